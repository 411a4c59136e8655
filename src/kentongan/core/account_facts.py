"""What the events of accounts mean: the accounts after them. `core.accounts` decides."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct, structs

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
from kentongan.core.words import AgencyKey, AgentId, Meta, Role, UnitId


class Asked(Struct, frozen=True, kw_only=True):
    """Guarded roles that wait for a second administrator."""

    roles: tuple[Role, ...]
    asker: AgentId
    asked_by: str
    asked_at: datetime
    reason: str


class KeptAccount(Struct, frozen=True, kw_only=True):
    """An account; `version` counts its events, `changed_…` is the last one that changed it."""

    key: AgentId
    name: str
    label: str
    roles: tuple[Role, ...]
    agency: AgencyKey | None = None
    unit: UnitId | None = None
    blocked: bool = False
    asked: Asked | None = None
    version: int = 0
    changed_by: str = ""
    changed_at: datetime | None = None
    reason: str = ""


class Accounts(Struct, frozen=True, kw_only=True):
    """All accounts by id."""

    known: Mapping[AgentId, KeptAccount] = {}


def in_order(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    """Each once, in the order of the words, so that the same roles are the same value."""
    return tuple(role for role in Role if role in roles)


def _put(accounts: Accounts, kept: KeptAccount, meta: Meta, reason: str) -> Accounts:
    noted = structs.replace(
        kept,
        version=kept.version + 1,
        changed_by=meta.agent_name,
        changed_at=meta.at,
        reason=reason,
    )
    return Accounts(known={**accounts.known, kept.key: noted})


def _recorded(accounts: Accounts, event: AccountRecorded, meta: Meta) -> Accounts:
    before = accounts.known.get(event.account)
    kept = KeptAccount(
        key=event.account,
        name=event.name,
        label=event.label,
        roles=event.roles,
        agency=event.agency,
        unit=event.unit,
        blocked=event.blocked,
        version=0 if before is None else before.version,
    )
    return _put(accounts, kept, meta, event.reason)


def _opened(accounts: Accounts, event: AccountOpened, meta: Meta) -> Accounts:
    kept = KeptAccount(
        key=event.account,
        name=event.name,
        label=event.label,
        roles=event.roles,
        agency=event.agency,
        unit=event.unit,
    )
    return _put(accounts, kept, meta, event.reason)


def _changed(accounts: Accounts, event: AccountChanged, meta: Meta) -> Accounts:
    kept = structs.replace(
        accounts.known[event.account],
        label=event.label,
        roles=event.roles,
        agency=event.agency,
        unit=event.unit,
    )
    return _put(accounts, kept, meta, event.reason)


def _roles_asked(accounts: Accounts, event: RolesAsked, meta: Meta) -> Accounts:
    asked = Asked(
        roles=event.roles,
        asker=meta.agent,
        asked_by=meta.agent_name,
        asked_at=meta.at,
        reason=event.reason,
    )
    kept = structs.replace(accounts.known[event.account], asked=asked)
    return _put(accounts, kept, meta, event.reason)


def _roles_agreed(accounts: Accounts, event: RolesAgreed, meta: Meta) -> Accounts:
    before = accounts.known[event.account]
    roles = in_order((*before.roles, *event.roles))
    kept = structs.replace(before, roles=roles, asked=None)
    return _put(accounts, kept, meta, event.note)


def _roles_withdrawn(accounts: Accounts, event: RolesWithdrawn, meta: Meta) -> Accounts:
    kept = structs.replace(accounts.known[event.account], asked=None)
    return _put(accounts, kept, meta, event.reason)


def _blocked(accounts: Accounts, event: AccountBlocked, meta: Meta) -> Accounts:
    kept = structs.replace(accounts.known[event.account], blocked=True, asked=None)
    return _put(accounts, kept, meta, event.reason)


def _unblocked(accounts: Accounts, event: AccountUnblocked, meta: Meta) -> Accounts:
    kept = structs.replace(accounts.known[event.account], blocked=False, roles=event.roles)
    return _put(accounts, kept, meta, event.reason)


def _noted(
    accounts: Accounts, event: AccountSignedOut | PasswordReset | PasswordChosen, meta: Meta
) -> Accounts:
    """On record; nothing of the account is another."""
    del event, meta
    return accounts


EVOLVE: Final[dict[type[Struct], Callable[..., Accounts]]] = {
    AccountRecorded: _recorded,
    AccountOpened: _opened,
    AccountChanged: _changed,
    RolesAsked: _roles_asked,
    RolesAgreed: _roles_agreed,
    RolesWithdrawn: _roles_withdrawn,
    AccountBlocked: _blocked,
    AccountUnblocked: _unblocked,
    AccountSignedOut: _noted,
    PasswordReset: _noted,
    PasswordChosen: _noted,
}


def evolve(accounts: Accounts, event: AccountEvent, meta: Meta) -> Accounts:
    """The accounts after the event."""
    return EVOLVE[type(event)](accounts, event, meta)
