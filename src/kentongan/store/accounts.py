"""Who may sign in, who is signed in, and who looked at what.

These are not facts of an emergency and so not in the journal; they share its database and its
backup (sessions and attempts excepted). Passwords arrive here already hashed, session keys already
digested: whoever reads the database can sign in as nobody.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from kentongan.core.words import AgencyKey, AgentId, Role, UnitId
from kentongan.store.errors import StoreDamaged


class Account(Struct, frozen=True, kw_only=True):
    """A person who may sign in; `id` is the agent's id. Never deleted, only disabled.

    `name` is typed at sign-in and unique whatever its case; `label` is shown on screens. With
    `one_time_until` the password is for a single use until then: who signs in chooses another.
    """

    id: AgentId
    name: str
    label: str = ""
    password_hash: str
    roles: tuple[Role, ...]
    agency: AgencyKey | None = None
    unit: UnitId | None = None
    disabled: bool = False
    one_time_until: datetime | None = None


class Session(Struct, frozen=True, kw_only=True):
    """A signed-in browser. `key` is a digest of the cookie, never the cookie itself."""

    key: str
    account: AgentId
    csrf: str
    created_at: datetime
    expires_at: datetime


SESSION_IDLE: Final = timedelta(hours=2)
"""A page that was closed this long ago is signed out."""

SESSION_MAX: Final = timedelta(hours=14)
"""Longest session: a shift of twelve hours and its handover."""

UNUSED_AFTER: Final = timedelta(minutes=3)
"""A session that moved its end no more for so long has no open screen: one moves it each minute."""


def is_in_use(session: Session, now: datetime) -> bool:
    """Whether a screen of it was open a moment ago; at its longest nothing moves and none is told.

    Then it counts as in use until its end.
    """
    moved = now - UNUSED_AFTER + SESSION_IDLE
    return session.expires_at >= min(moved, session.created_at + SESSION_MAX)


class Access(Struct, frozen=True, kw_only=True):
    """A viewer read something protected: a personal text's ref, a recording, an export."""

    viewer: AgentId
    what: str
    reason: str
    at: datetime


class NameTaken(Exception):  # noqa: N818 - an answer to the administrator
    """Another account has that name."""


class Accounts(Protocol):
    """Accounts, sessions, sign-in attempts and the access log of one store."""

    def put(self, account: Account) -> None:
        """Add the account or replace the one with its id; `NameTaken` when the name is not free."""
        ...

    def find(self, account: AgentId) -> Account | None:
        """The account with that id."""
        ...

    def find_by_name(self, name: str) -> Account | None:
        """The account with that name, whatever its case."""
        ...

    def list(self) -> Sequence[Account]:
        """All accounts by name, disabled ones included."""
        ...

    def start_session(self, session: Session) -> None:
        """Remember a sign-in; sessions that ended before it was created are forgotten."""
        ...

    def find_session(self, key: str, now: datetime) -> Session | None:
        """The session unless it has ended by then."""
        ...

    def sessions_of(self, account: AgentId, now: datetime) -> Sequence[Session]:
        """The person's sessions that have not ended by then."""
        ...

    def extend_session(self, key: str, expires_at: datetime) -> None:
        """Move the end of a session; nothing happens when there is none."""
        ...

    def end_session(self, key: str) -> None:
        """Sign out."""
        ...

    def end_sessions_of(self, account: AgentId) -> int:
        """Sign out everywhere; returns how many sessions there were."""
        ...

    def note_failure(self, who: str, at: datetime) -> None:
        """A sign-in failed; `who` is a name or an address, as the caller counts them."""
        ...

    def failures(self, who: str, since: datetime) -> Sequence[datetime]:
        """When sign-ins failed since then, oldest first, at most `FAILURES_MAX`."""
        ...

    def forget_failures(self, who: str) -> None:
        """A sign-in succeeded."""
        ...

    def log_access(self, accesses: Sequence[Access]) -> None:
        """Record readings, durably, before their content is shown."""
        ...

    def accesses(
        self, *, what: str | None = None, viewer: str | None = None, limit: int = 200
    ) -> Sequence[Access]:
        """The newest readings, of one thing or of all, by one person or by everybody."""
        ...


FAILURES_MAX = 100
"""Failed sign-ins counted per name or address; far above any limit that blocks further ones."""


def folded(name: str) -> str:
    """The form in which names are compared."""
    return name.strip().casefold()


def decode_account(data: str) -> Account:
    """The account from its JSON."""
    try:
        return msgspec.json.decode(data, type=Account)
    except msgspec.MsgspecError as error:
        raise StoreDamaged(f"an account that cannot be read: {error}") from error
