"""Commands about who may sign in. All go to one stream, because "there must stay an administrator"
is one decision about all accounts.

No password ever passes here: the store keeps its hash, the record only says that it was made anew.
`base` is how many events the account had when the asker looked at it; if somebody changed it since,
the asker is told who, and nothing is overwritten.
"""

from msgspec import Struct

from kentongan.core.words import AgencyKey, AgentId, Role, UnitId


class KnownAccount(Struct, frozen=True, kw_only=True):
    """An account as the store has it."""

    account: AgentId
    name: str
    label: str
    roles: tuple[Role, ...]
    agency: AgencyKey | None = None
    unit: UnitId | None = None
    blocked: bool = False


class RecordAccounts(Struct, frozen=True, kw_only=True, tag="account.record"):
    """Take on record what the store has of these: made before, or changed on the server itself."""

    accounts: tuple[KnownAccount, ...]
    reason: str


class OpenAccount(Struct, frozen=True, kw_only=True, tag="account.open"):
    """A person may sign in from now on, under this name, with these roles."""

    account: AgentId
    name: str
    label: str
    roles: tuple[Role, ...]
    reason: str
    agency: AgencyKey | None = None
    unit: UnitId | None = None


class ChangeAccount(Struct, frozen=True, kw_only=True, tag="account.change"):
    """These are the person's name on screens, roles, agency and unit from now on, all of them."""

    account: AgentId
    base: int
    label: str
    roles: tuple[Role, ...]
    reason: str
    agency: AgencyKey | None = None
    unit: UnitId | None = None


class AgreeRoles(Struct, frozen=True, kw_only=True, tag="account.agree"):
    """A second administrator agrees to the roles that were asked for."""

    account: AgentId
    base: int
    note: str = ""


class WithdrawRoles(Struct, frozen=True, kw_only=True, tag="account.withdraw"):
    """The roles that were asked for are not given."""

    account: AgentId
    base: int
    reason: str


class BlockAccount(Struct, frozen=True, kw_only=True, tag="account.block"):
    """The person may not sign in any more, and is signed out."""

    account: AgentId
    base: int
    reason: str


class UnblockAccount(Struct, frozen=True, kw_only=True, tag="account.unblock"):
    """The person may sign in again."""

    account: AgentId
    base: int
    reason: str


class SignOutAccount(Struct, frozen=True, kw_only=True, tag="account.sign_out"):
    """Every session of the person ends: a telephone was lost, a page left open."""

    account: AgentId
    reason: str


class ResetPassword(Struct, frozen=True, kw_only=True, tag="account.reset_password"):
    """The person forgot the password and gets one for a single use."""

    account: AgentId
    reason: str


class ChoosePassword(Struct, frozen=True, kw_only=True, tag="account.choose_password"):
    """The person chose a password; the server says so, who has just seen the old one."""

    account: AgentId


AccountCommand = (
    RecordAccounts
    | OpenAccount
    | ChangeAccount
    | AgreeRoles
    | WithdrawRoles
    | BlockAccount
    | UnblockAccount
    | SignOutAccount
    | ResetPassword
    | ChoosePassword
)
