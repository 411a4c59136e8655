"""Keeping accounts: the record says what is so, the store's accounts follow it, and only they let
people in.

The two are written one after the other, the record first. What a crash leaves between them is put
right by the next look at the accounts, because the store is compared with the record each time.
An account that is only in the store was made there before, or on the server; it is taken on record.
"""

import logging
import secrets
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, structs

from kentongan.app.accounts import AccountRecord, account_record
from kentongan.app.handle import Outcome, handle
from kentongan.app.system import SYSTEM
from kentongan.core.accounts import KeptAccount, folded
from kentongan.core.call_rows import DeskRow
from kentongan.core.commands import AccountCommand, AnyCommand, Envelope, ForceEndDuty
from kentongan.core.commands.account import (
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
from kentongan.core.events import AccountEvent
from kentongan.core.events.account import (
    AccountBlocked,
    AccountChanged,
    AccountOpened,
    AccountSignedOut,
    AccountUnblocked,
    PasswordReset,
    RolesAgreed,
    RolesAsked,
    RolesWithdrawn,
)
from kentongan.core.plans import Plans
from kentongan.core.words import Agent, AgentId, CommandId, Refused
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.sessions import FreshPassword
from kentongan.store.accounts import Account, NameTaken
from kentongan.store.whole import WholeStore

_log = logging.getLogger(__name__)

ONE_TIME: Final = timedelta(hours=72)
"""How long a password for a single use waits: a weekend."""

PASSWORD_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # noqa: S105 - signs, no secret
"""Without signs that are taken for one another when they are read aloud."""

PASSWORD_GROUPS: Final = 4
"""Of four signs each: 79 bits together."""

AT_ONCE: Final = 500
"""Accounts taken on record by one command."""

NO_PASSWORD: Final = "!"  # noqa: S105 - no hash is this
"""Where a password's hash stands: no password fits."""

FACT_OF: Final[dict[type[AnyCommand], tuple[type[AccountEvent], ...]]] = {
    OpenAccount: (AccountOpened,),
    ChangeAccount: (AccountChanged, RolesAsked, RolesWithdrawn),
    AgreeRoles: (RolesAgreed,),
    WithdrawRoles: (RolesWithdrawn,),
    BlockAccount: (AccountBlocked,),
    UnblockAccount: (AccountUnblocked,),
    SignOutAccount: (AccountSignedOut,),
    ResetPassword: (PasswordReset,),
}
"""What a command about an account puts on record when it is taken."""

FOUND: Final = "account_found"
"""Why an account is taken on record that nobody opened through it: a key, worded by the screens."""


class Given(Struct, frozen=True, kw_only=True):
    """What a command about an account led to. `account` is how it is now."""

    outcome: Outcome
    record: AccountRecord
    account: KeptAccount


class OneTime(Struct, frozen=True, kw_only=True):
    """A password for a single use, its hash, and until when it is one."""

    password: str
    hashed: str
    until: datetime


def new_password() -> str:
    """A password for a single use, in groups that can be read aloud."""
    groups = (
        "".join(secrets.choice(PASSWORD_ALPHABET) for _ in range(4)) for _ in range(PASSWORD_GROUPS)
    )
    return "-".join(groups)


def gives_password(command: AccountCommand) -> bool:
    """Whether the command ends with a password for a single use."""
    return isinstance(command, OpenAccount | ResetPassword)


def current_record(store: WholeStore, plans: Plans, now: datetime) -> AccountRecord:
    """The record, with everything in it that the store has, and the store put right by it.

    On the writing thread.
    """
    record = account_record(store)
    stored = store.accounts.list()
    taken = {folded(one.name) for one in record.accounts.known.values()}
    unknown = [one for one in stored if one.id not in record.accounts.known]
    new = [_known(one) for one in unknown if folded(one.name) not in taken]
    if len(new) < len(unknown):
        _log.warning("%d accounts have the name of another on record", len(unknown) - len(new))
    for first in range(0, len(new), AT_ONCE):
        some = tuple(new[first : first + AT_ONCE])
        _system(store, plans, RecordAccounts(accounts=some, reason=FOUND), now)
    if new:
        record = account_record(store)
    by_id = {one.id: one for one in stored}
    for kept in record.accounts.known.values():
        _follow(store, kept, by_id.get(kept.key))
    return record


def give(
    store: WholeStore, plans: Plans, envelope: Envelope, one_time: OneTime | None, now: datetime
) -> Given:
    """Take the command, then let the store, the sessions and the desks follow. Raises `Refused`.

    On the writing thread.
    """
    command = envelope.command
    assert not isinstance(command, RecordAccounts)  # noqa: S101 - the body has no such command
    current_record(store, plans, now)
    outcome = handle(store, plans, envelope, now)
    if outcome.repeated:
        _check_same(command, outcome)
    record = account_record(store)
    kept = record.accounts.known[command.account]  # type: ignore[union-attr]
    # A command that is repeated gives no second password: the first may have been used since.
    fresh = None if outcome.repeated else one_time
    _follow(store, kept, store.accounts.find(kept.key), fresh)
    if isinstance(command, BlockAccount | SignOutAccount | ResetPassword):
        store.accounts.end_sessions_of(kept.key)
    _end_duty(store, plans, kept, now)
    return Given(outcome=outcome, record=record, account=kept)


def chosen(parts: Parts, password: str) -> FreshPassword:
    """A password that somebody chose, which goes on record before it is one."""
    now, plans = parts.given.clock(), parts.city.plans

    def note(store: WholeStore, account: AgentId) -> None:
        current_record(store, plans, now)
        _system(store, plans, ChoosePassword(account=account), now)

    return FreshPassword(password=password, note=note)


def asked_by(parts: Parts, agent: Agent, command_id: str, command: AccountCommand) -> Envelope:
    """The command as this agent's."""
    return Envelope(id=CommandId(command_id), agent=parts.live.at_desk(agent), command=command)


def _known(account: Account) -> KnownAccount:
    return KnownAccount(
        account=account.id,
        name=account.name,
        label=account.label or account.name,
        roles=account.roles,
        agency=account.agency,
        unit=account.unit,
        blocked=account.disabled,
    )


def _follow(
    store: WholeStore, kept: KeptAccount, stored: Account | None, one_time: OneTime | None = None
) -> None:
    """The store's account as the record has it; with a new password where one is given."""
    before = stored or Account(id=kept.key, name=kept.name, password_hash=NO_PASSWORD, roles=())
    after = structs.replace(
        before,
        name=kept.name,
        label=kept.label,
        roles=kept.roles,
        agency=kept.agency,
        unit=kept.unit,
        disabled=kept.blocked,
    )
    if one_time is not None:
        after = structs.replace(after, password_hash=one_time.hashed, one_time_until=one_time.until)
    if after == stored:
        return
    try:
        store.accounts.put(after)
    except NameTaken:  # one account that cannot follow must not keep the others from it
        _log.warning("the account %s cannot have the name on record: it is taken", kept.key)
        if stored is not None:
            store.accounts.put(structs.replace(after, name=stored.name))


def _check_same(command: AnyCommand, outcome: Outcome) -> None:
    """All accounts are one stream, so an id used before must have been for this very thing."""
    kind, account = FACT_OF[type(command)], getattr(command, "account", None)
    facts = [one.event for one in outcome.events]
    if any(getattr(fact, "account", None) != account for fact in facts):
        raise Refused("command_id_used")
    if not any(isinstance(fact, kind) for fact in facts):
        raise Refused("command_id_used")


def _end_duty(store: WholeStore, plans: Plans, kept: KeptAccount, now: datetime) -> None:
    """Nobody stays on duty with a closed account, or in a role that was taken away: calls would
    ring at a desk that may not answer them. A caller there goes back to the queue."""
    roles = {role.value for role in kept.roles}
    for found in store.rows("desk"):
        if not isinstance(found.row, DeskRow) or found.row.agent != kept.key:
            continue
        if kept.blocked or not roles.issuperset(found.row.roles):
            command = ForceEndDuty(desk=found.row.key, reason="account_closed")
            _system(store, plans, command, now)


def _system(store: WholeStore, plans: Plans, command: AnyCommand, now: datetime) -> None:
    """A command of the software itself."""
    envelope = Envelope(
        id=CommandId(f"account-{secrets.token_hex(12)}"), agent=SYSTEM, command=command
    )
    handle(store, plans, envelope, now)
