"""What the addresses of accounts take and give."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from kentongan.core.accounts import Asked
from kentongan.core.commands.account import (
    AgreeRoles,
    BlockAccount,
    ChangeAccount,
    OpenAccount,
    ResetPassword,
    SignOutAccount,
    UnblockAccount,
    WithdrawRoles,
)
from kentongan.core.words import AgencyKey, AgentId, DeskKey, Role, UnitId
from kentongan.edge.web.bodies import CommandKey, reader

AskedOfAccounts = (
    OpenAccount
    | ChangeAccount
    | AgreeRoles
    | WithdrawRoles
    | BlockAccount
    | UnblockAccount
    | SignOutAccount
    | ResetPassword
)
"""What an administrator asks; the rest is the software's."""


class AccountRequest(Struct, frozen=True, kw_only=True):
    """A command about an account, under an id of the asker's choice."""

    id: CommandKey
    command: AskedOfAccounts


class AccountShown(Struct, frozen=True, kw_only=True):
    """An account. `desk` is where the person is on duty now; `one_time_until` as long as the
    password is one for a single use; `has_page` while a page of theirs is open.
    """

    key: AgentId
    name: str
    label: str
    roles: tuple[Role, ...]
    agency: AgencyKey | None
    unit: UnitId | None
    blocked: bool
    asked: Asked | None
    version: int
    changed_by: str
    changed_at: datetime | None
    reason: str
    desk: DeskKey | None = None
    has_page: bool = False
    one_time_until: datetime | None = None


class AccountsShown(Struct, frozen=True, kw_only=True):
    """A page of accounts by name; `total` fit what was asked, `waiting` of all wait for two."""

    accounts: tuple[AccountShown, ...]
    total: int
    waiting: int
    administrators: int


class AccountFact(Struct, frozen=True, kw_only=True):
    """Something that happened to an account; `facts` are the event's own."""

    at: datetime
    by: str
    kind: str
    facts: dict[str, object]


class AccountHistory(Struct, frozen=True, kw_only=True):
    """An account and what happened to it, the newest first."""

    account: AccountShown
    history: tuple[AccountFact, ...]


class AccountDone(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The command went through; the password is told once, to whoever asked."""

    outcome: Literal["done"]
    events: tuple[str, ...]
    account: AccountShown
    password: str | None = None


decode_account = reader(AccountRequest)
