"""Who may sign in, with which roles: opened, changed, blocked; never deleted.

                 from nothing        signed in or not                     blocked
    open         opened              refused name taken                   refused name taken
    change       refused unknown     changed; guarded roles are asked     refused blocked
    agree        refused unknown     the asked roles are given            refused blocked
    block        refused unknown     blocked                              nothing
    unblock      refused unknown     nothing                              unblocked; guarded roles
                                                                          are asked anew
    sign out, reset a password       on record each time                  refused blocked

Theory: all accounts are one stream, so that "an administrator must remain" and "no two have the
same name" are decided once, whatever two administrators do in the same second. Two roles are
guarded, because whoever has them can take every other rule away: the administrator, and the
approver whose signature makes words of a protocol valid. They are given by two people. Nor may one
administrator make another's password anew, and so be two: that is done on the server
(`kentongan account`), by whoever has its keys. The stream has no row on the board: nobody but an
administrator has to do with it, and the one who asks gets the fold.
"""

from typing import Final, assert_never

from msgspec import structs

from kentongan.core.account_facts import (
    EVOLVE,
    Accounts,
    Asked,
    KeptAccount,
    evolve,
    in_order,
)
from kentongan.core.checks import check_labels, check_names
from kentongan.core.commands.account import (
    AccountCommand,
    AgreeRoles,
    BlockAccount,
    ChangeAccount,
    ChoosePassword,
    KnownAccount,
    OpenAccount,
    RecordAccounts,
    ResetPassword,
    SignOutAccount,
    UnblockAccount,
    WithdrawRoles,
)
from kentongan.core.context import Context
from kentongan.core.events.account import (
    AccountBlocked,
    AccountChanged,
    AccountEvent,
    AccountOpened,
    AccountRecorded,
    AccountSignedOut,
    AccountUnblocked,
    PasswordChosen,
    PasswordReset,
    RolesAgreed,
    RolesAsked,
    RolesWithdrawn,
)
from kentongan.core.words import AgentId, Refused, Role

__all__ = [
    "ACCOUNTS_MAX",
    "EVOLVE",
    "GUARDED",
    "Accounts",
    "Asked",
    "KeptAccount",
    "decide",
    "evolve",
    "folded",
]

GUARDED: Final = frozenset({Role.ADMIN, Role.APPROVER})
"""Roles that two people give."""

ACCOUNTS_MAX: Final = 2_000
"""Blocked ones included; a province's centre has some hundreds in ten years."""

NAME_CHARACTERS_MAX: Final = 60
"""Of a name that is typed at every sign-in."""


def folded(name: str) -> str:
    """The form in which names are compared."""
    return name.strip().casefold()


def decide(
    command: AccountCommand, accounts: Accounts, context: Context
) -> tuple[AccountEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    match command:
        case RecordAccounts():
            return _record(command, accounts)
        case OpenAccount():
            return _open(command, accounts, context)
        case ChangeAccount():
            return _change(command, accounts, context)
        case AgreeRoles():
            return _agree(command, _current(accounts, command), context)
        case WithdrawRoles():
            return _withdraw(command, _current(accounts, command))
        case BlockAccount():
            return _block(command, accounts, context)
        case UnblockAccount():
            return _unblock(command, _current(accounts, command))
        case SignOutAccount():
            _check_reason(command.reason)
            kept = _open_one(_find(accounts, command.account))
            return (AccountSignedOut(account=kept.key, reason=command.reason.strip()),)
        case ResetPassword():
            return _reset(command, _open_one(_find(accounts, command.account)))
        case ChoosePassword():
            return (PasswordChosen(account=_find(accounts, command.account).key),)
        case _:
            assert_never(command)


def _record(command: RecordAccounts, accounts: Accounts) -> tuple[AccountEvent, ...]:
    """What differs from what is on record; the store is believed, it is who lets people in.

    But for a name that another has: of two with the same name nobody could say who signs in.
    """
    _check_reason(command.reason)
    taken = {folded(kept.name): key for key, kept in accounts.known.items()}
    for one in command.accounts:
        kept, name = accounts.known.get(one.account), folded(one.name)
        is_its_own = kept is not None and folded(kept.name) == name
        if not is_its_own and taken.setdefault(name, one.account) != one.account:
            raise Refused("account_name_taken", name=one.name)
    return tuple(
        AccountRecorded(
            account=one.account,
            name=one.name,
            label=one.label,
            roles=one.roles,
            agency=one.agency,
            unit=one.unit,
            blocked=one.blocked,
            reason=command.reason.strip(),
        )
        for one in command.accounts
        if not _is_as_kept(one, accounts.known.get(one.account))
    )


def _is_as_kept(one: KnownAccount, kept: KeptAccount | None) -> bool:
    return kept is not None and (
        (one.name, one.label, one.roles, one.agency, one.unit, one.blocked)
        == (kept.name, kept.label, kept.roles, kept.agency, kept.unit, kept.blocked)
    )


def _open(command: OpenAccount, accounts: Accounts, context: Context) -> tuple[AccountEvent, ...]:
    _check_reason(command.reason)
    name = command.name.strip()
    if not 0 < len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise Refused("account_name_unreadable", characters_max=str(NAME_CHARACTERS_MAX))
    if any(folded(kept.name) == folded(name) for kept in accounts.known.values()):
        raise Refused("account_name_taken", name=name)
    if command.account in accounts.known:
        raise Refused("account_exists")
    if len(accounts.known) >= ACCOUNTS_MAX:
        raise Refused("too_many_accounts", most=str(ACCOUNTS_MAX))
    _check_place(command, context)
    free, guarded = _parted(command.roles)
    opened = AccountOpened(
        account=command.account,
        name=name,
        label=command.label.strip() or name,
        roles=free,
        agency=command.agency,
        unit=command.unit,
        reason=command.reason.strip(),
    )
    return (opened, *_asking(command.account, guarded, command.reason))


def _change(
    command: ChangeAccount, accounts: Accounts, context: Context
) -> tuple[AccountEvent, ...]:
    kept = _open_one(_current(accounts, command))
    _check_reason(command.reason)
    _check_place(command, context)
    label = command.label.strip() or kept.name
    held = tuple(role for role in command.roles if role not in GUARDED or role in kept.roles)
    wanted = tuple(role for role in command.roles if role not in held)
    if Role.ADMIN in kept.roles and Role.ADMIN not in held:
        _must_leave_administrator(accounts, kept)
    if kept.key == context.agent.id and not set(command.roles) <= set(kept.roles):
        raise Refused("account_own")
    after = structs.replace(
        kept, label=label, roles=in_order(held), agency=command.agency, unit=command.unit
    )
    events: tuple[AccountEvent, ...] = ()
    if after != kept:
        events = (
            AccountChanged(
                account=kept.key,
                label=after.label,
                roles=after.roles,
                agency=after.agency,
                unit=after.unit,
                reason=command.reason.strip(),
            ),
        )
    if kept.asked is not None and set(kept.asked.roles) == set(wanted):
        return events
    return (*events, *_asking(kept.key, in_order(wanted), command.reason))


def _agree(command: AgreeRoles, kept: KeptAccount, context: Context) -> tuple[AccountEvent, ...]:
    check_labels(note=command.note)
    _open_one(kept)
    if kept.asked is None:
        raise Refused("account_nothing_asked")
    if context.agent.id in (kept.asked.asker, kept.key):
        raise Refused("account_own_request")
    roles = kept.asked.roles
    return (RolesAgreed(account=kept.key, roles=roles, note=command.note.strip()),)


def _withdraw(command: WithdrawRoles, kept: KeptAccount) -> tuple[AccountEvent, ...]:
    _check_reason(command.reason)
    if kept.asked is None:
        return ()
    return (RolesWithdrawn(account=kept.key, reason=command.reason.strip()),)


def _block(command: BlockAccount, accounts: Accounts, context: Context) -> tuple[AccountEvent, ...]:
    kept = _current(accounts, command)
    _check_reason(command.reason)
    if kept.blocked:
        return ()
    if kept.key == context.agent.id:
        raise Refused("account_own")
    if Role.ADMIN in kept.roles:
        _must_leave_administrator(accounts, kept)
    return (AccountBlocked(account=kept.key, reason=command.reason.strip()),)


def _unblock(command: UnblockAccount, kept: KeptAccount) -> tuple[AccountEvent, ...]:
    """What two people give is asked anew: one person's click does not bring it back."""
    _check_reason(command.reason)
    if not kept.blocked:
        return ()
    free, guarded = _parted(kept.roles)
    back = AccountUnblocked(account=kept.key, roles=free, reason=command.reason.strip())
    return (back, *_asking(kept.key, guarded, command.reason))


def _reset(command: ResetPassword, kept: KeptAccount) -> tuple[AccountEvent, ...]:
    _check_reason(command.reason)
    asked = kept.asked.roles if kept.asked is not None else ()
    if GUARDED & {*kept.roles, *asked}:
        raise Refused("account_password_on_server", name=kept.name)
    return (PasswordReset(account=kept.key, reason=command.reason.strip()),)


def _asking(account: AgentId, roles: tuple[Role, ...], reason: str) -> tuple[RolesAsked, ...]:
    return (RolesAsked(account=account, roles=roles, reason=reason.strip()),) if roles else ()


def _find(accounts: Accounts, account: AgentId) -> KeptAccount:
    kept = accounts.known.get(account)
    if kept is None:
        raise Refused("unknown_account")
    return kept


def _current(
    accounts: Accounts,
    command: ChangeAccount | AgreeRoles | WithdrawRoles | BlockAccount | UnblockAccount,
) -> KeptAccount:
    """The account, unless somebody changed it after the asker looked."""
    kept = _find(accounts, command.account)
    if command.base != kept.version:
        raise Refused("account_moved_on", name=kept.name, by=kept.changed_by, said=kept.reason)
    return kept


def _open_one(kept: KeptAccount) -> KeptAccount:
    if kept.blocked:
        raise Refused("account_blocked", name=kept.name)
    return kept


def _must_leave_administrator(accounts: Accounts, kept: KeptAccount) -> None:
    others = (one for key, one in accounts.known.items() if key != kept.key and not one.blocked)
    if not any(Role.ADMIN in one.roles for one in others):
        raise Refused("account_last_admin")


def _check_reason(reason: str) -> None:
    check_labels(reason=reason)
    if not reason.strip():
        raise Refused("account_reason_missing")


def _check_place(command: OpenAccount | ChangeAccount, context: Context) -> None:
    """The roles can be had, and whoever needs an agency or a unit has one of this city."""
    check_names(label=command.label)
    if not command.roles:
        raise Refused("account_without_role")
    if Role.SYSTEM in command.roles:
        raise Refused("account_role_system")
    if command.agency is not None and command.agency not in context.plans.agencies:
        raise Refused("unknown_agency", agency=command.agency[:100])
    if Role.AGENCY_OFFICER in command.roles and command.agency is None:
        raise Refused("account_needs_agency")
    if Role.CREW in command.roles and (command.unit is None or command.agency is None):
        raise Refused("account_needs_unit")


def _parted(roles: tuple[Role, ...]) -> tuple[tuple[Role, ...], tuple[Role, ...]]:
    """Roles that one person gives, and those that two give."""
    free = tuple(role for role in roles if role not in GUARDED)
    return in_order(free), in_order(tuple(role for role in roles if role in GUARDED))
