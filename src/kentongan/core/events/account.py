"""What can happen to the accounts of those who may sign in. Never a password, nor its hash."""

from msgspec import Struct

from kentongan.core.words import AgencyKey, AgentId, Role, UnitId


class AccountRecorded(Struct, frozen=True, kw_only=True, tag="account.recorded"):
    """The account was as the store had it: made before, or changed on the server itself."""

    account: AgentId
    name: str
    label: str
    roles: tuple[Role, ...]
    reason: str
    agency: AgencyKey | None = None
    unit: UnitId | None = None
    blocked: bool = False


class AccountOpened(Struct, frozen=True, kw_only=True, tag="account.opened"):
    """A person may sign in."""

    account: AgentId
    name: str
    label: str
    roles: tuple[Role, ...]
    reason: str
    agency: AgencyKey | None = None
    unit: UnitId | None = None


class AccountChanged(Struct, frozen=True, kw_only=True, tag="account.changed"):
    """The whole of what may change: name on screens, roles, agency, unit."""

    account: AgentId
    label: str
    roles: tuple[Role, ...]
    reason: str
    agency: AgencyKey | None = None
    unit: UnitId | None = None


class RolesAsked(Struct, frozen=True, kw_only=True, tag="account.roles_asked"):
    """Roles that need a second administrator were asked for."""

    account: AgentId
    roles: tuple[Role, ...]
    reason: str


class RolesAgreed(Struct, frozen=True, kw_only=True, tag="account.roles_agreed"):
    """A second administrator agreed; the person has them from now on."""

    account: AgentId
    roles: tuple[Role, ...]
    note: str = ""


class RolesWithdrawn(Struct, frozen=True, kw_only=True, tag="account.roles_withdrawn"):
    """What was asked for is not given."""

    account: AgentId
    reason: str


class AccountBlocked(Struct, frozen=True, kw_only=True, tag="account.blocked"):
    """The person may not sign in."""

    account: AgentId
    reason: str


class AccountUnblocked(Struct, frozen=True, kw_only=True, tag="account.unblocked"):
    """The person may sign in again, with these roles."""

    account: AgentId
    roles: tuple[Role, ...]
    reason: str


class AccountSignedOut(Struct, frozen=True, kw_only=True, tag="account.signed_out"):
    """Every session of the person was ended."""

    account: AgentId
    reason: str


class PasswordReset(Struct, frozen=True, kw_only=True, tag="account.password_reset"):
    """The person was given a password for a single use."""

    account: AgentId
    reason: str


class PasswordChosen(Struct, frozen=True, kw_only=True, tag="account.password_chosen"):
    """The person chose a password of their own."""

    account: AgentId


AccountEvent = (
    AccountRecorded
    | AccountOpened
    | AccountChanged
    | RolesAsked
    | RolesAgreed
    | RolesWithdrawn
    | AccountBlocked
    | AccountUnblocked
    | AccountSignedOut
    | PasswordReset
    | PasswordChosen
)
