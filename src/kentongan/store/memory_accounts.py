"""Accounts of the memory store."""

import threading
from collections.abc import Sequence
from datetime import datetime

import msgspec

from kentongan.core.words import AgentId
from kentongan.store.accounts import (
    FAILURES_MAX,
    Access,
    Account,
    NameTaken,
    Session,
    decode_account,
    folded,
)
from kentongan.store.codec import encode
from kentongan.store.memory_tables import Content
from kentongan.store.tables import AccessLine, AccountLine


class MemoryAccounts:
    """Accounts, sessions, sign-in attempts and the access log, in dictionaries."""

    def __init__(self, content: Content, lock: threading.RLock) -> None:
        self._content = content
        self._lock = lock
        self._sessions: dict[str, Session] = {}
        self._failures: dict[str, list[datetime]] = {}

    def put(self, account: Account) -> None:
        """Add or replace an account."""
        line = AccountLine(account.id, folded(account.name), encode(account))
        with self._lock:
            for other in self._content.accounts.values():
                if other.name_folded == line.name_folded and other.id != line.id:
                    raise NameTaken(account.name)
            self._content.accounts[account.id] = line

    def find(self, account: AgentId) -> Account | None:
        """The account with that id."""
        with self._lock:
            line = self._content.accounts.get(account)
        return decode_account(line.data) if line else None

    def find_by_name(self, name: str) -> Account | None:
        """The account with that name, whatever its case."""
        wanted = folded(name)
        with self._lock:
            lines = [x for x in self._content.accounts.values() if x.name_folded == wanted]
        return decode_account(lines[0].data) if lines else None

    def list(self) -> Sequence[Account]:
        """All accounts by name."""
        with self._lock:
            lines = sorted(self._content.accounts.values(), key=lambda line: line.name_folded)
        return [decode_account(line.data) for line in lines]

    def start_session(self, session: Session) -> None:
        """Remember a sign-in and forget sessions that are over."""
        with self._lock:
            over = [k for k, s in self._sessions.items() if s.expires_at <= session.created_at]
            for key in over:
                del self._sessions[key]
            self._sessions[session.key] = session

    def find_session(self, key: str, now: datetime) -> Session | None:
        """The session unless it has ended by then."""
        with self._lock:
            session = self._sessions.get(key)
        return session if session is not None and session.expires_at > now else None

    def sessions_of(self, account: AgentId, now: datetime) -> Sequence[Session]:
        """The person's sessions that have not ended by then."""
        with self._lock:
            known = list(self._sessions.values())
        return [one for one in known if one.account == account and one.expires_at > now]

    def extend_session(self, key: str, expires_at: datetime) -> None:
        """Move the end of a session."""
        with self._lock:
            if key in self._sessions:
                moved = msgspec.structs.replace(self._sessions[key], expires_at=expires_at)
                self._sessions[key] = moved

    def end_session(self, key: str) -> None:
        """Sign out."""
        with self._lock:
            self._sessions.pop(key, None)

    def end_sessions_of(self, account: AgentId) -> int:
        """Sign out everywhere."""
        with self._lock:
            theirs = [k for k, s in self._sessions.items() if s.account == account]
            for key in theirs:
                del self._sessions[key]
        return len(theirs)

    def note_failure(self, who: str, at: datetime) -> None:
        """A sign-in failed."""
        with self._lock:
            kept = [*self._failures.get(who, ()), at]
            self._failures[who] = sorted(kept)[-FAILURES_MAX:]

    def failures(self, who: str, since: datetime) -> Sequence[datetime]:
        """When sign-ins failed since then, oldest first."""
        with self._lock:
            return [at for at in self._failures.get(who, ()) if at >= since]

    def forget_failures(self, who: str) -> None:
        """A sign-in succeeded."""
        with self._lock:
            self._failures.pop(who, None)

    def log_access(self, accesses: Sequence[Access]) -> None:
        """Record readings."""
        log = self._content.access_log
        with self._lock:
            for access in accesses:
                number = len(log) + 1
                log[number] = AccessLine(
                    number, access.viewer, access.what, access.reason, access.at
                )

    def accesses(
        self, *, what: str | None = None, viewer: str | None = None, limit: int = 200
    ) -> Sequence[Access]:
        """The newest readings, of one thing or of all, by one person or by everybody."""
        with self._lock:
            lines = [
                x
                for x in self._content.access_log.values()
                if what in (None, "", x.what) and viewer in (None, "", x.viewer)
            ]
        newest = lines[::-1][:limit]
        return [
            Access(viewer=AgentId(x.viewer), what=x.what, reason=x.reason, at=x.at) for x in newest
        ]
