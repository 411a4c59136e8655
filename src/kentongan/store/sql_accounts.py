"""Accounts, sessions, sign-in attempts and the access log on a SQL engine."""

from collections.abc import Sequence
from datetime import datetime

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
from kentongan.store.engine import Engine, Lock, Row
from kentongan.store.journal import moment


class SqlAccounts:
    """Implements `store.accounts.Accounts`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, account: Account) -> None:
        """Add or replace an account."""
        name = folded(account.name)
        with self._engine.exclusive() as link:
            sql = "SELECT id FROM accounts WHERE name_folded = ? AND id <> ?"
            if link.ask(sql, (name, account.id)):
                raise NameTaken(account.name)
            link.tell(
                """INSERT INTO accounts (id, name_folded, data) VALUES (?, ?, ?)
                ON CONFLICT (id) DO UPDATE
                SET name_folded = excluded.name_folded, data = excluded.data""",
                (account.id, name, encode(account)),
            )

    def find(self, account: AgentId) -> Account | None:
        """The account with that id."""
        return self._find("SELECT data FROM accounts WHERE id = ?", account)

    def find_by_name(self, name: str) -> Account | None:
        """The account with that name, whatever its case."""
        return self._find("SELECT data FROM accounts WHERE name_folded = ?", folded(name))

    def _find(self, sql: str, key: str) -> Account | None:
        if "\0" in key:  # no account has such a name, and PostgreSQL would not even look
            return None
        with self._engine.reading() as link:
            found = link.ask(sql, (key,))
        return decode_account(found[0][0]) if found else None

    def list(self) -> Sequence[Account]:
        """All accounts by name."""
        with self._engine.reading() as link:
            found = link.ask("SELECT data FROM accounts ORDER BY name_folded")
        return [decode_account(row[0]) for row in found]

    def start_session(self, session: Session) -> None:
        """Remember a sign-in and forget sessions that are over."""
        with self._engine.transaction() as link:
            link.tell("DELETE FROM sessions WHERE expires_at <= ?", (session.created_at,))
            link.tell(
                """INSERT INTO sessions (key, account, csrf, created_at, expires_at)
                VALUES (?, ?, ?, ?, ?)""",
                (
                    session.key,
                    session.account,
                    session.csrf,
                    session.created_at,
                    session.expires_at,
                ),
            )

    def find_session(self, key: str, now: datetime) -> Session | None:
        """The session unless it has ended by then."""
        if "\0" in key:
            return None
        sql = """SELECT key, account, csrf, created_at, expires_at FROM sessions
            WHERE key = ? AND expires_at > ?"""
        with self._engine.reading() as link:
            found = link.ask(sql, (key, now))
        return _session(found[0]) if found else None

    def sessions_of(self, account: AgentId, now: datetime) -> Sequence[Session]:
        """The person's sessions that have not ended by then."""
        sql = """SELECT key, account, csrf, created_at, expires_at FROM sessions
            WHERE account = ? AND expires_at > ?"""
        with self._engine.reading() as link:
            found = link.ask(sql, (account.replace("\0", "?"), now))
        return [_session(row) for row in found]

    def extend_session(self, key: str, expires_at: datetime) -> None:
        """Move the end of a session."""
        with self._engine.transaction() as link:
            link.tell("UPDATE sessions SET expires_at = ? WHERE key = ?", (expires_at, key))

    def end_session(self, key: str) -> None:
        """Sign out."""
        with self._engine.transaction() as link:
            link.tell("DELETE FROM sessions WHERE key = ?", (key,))

    def end_sessions_of(self, account: AgentId) -> int:
        """Sign out everywhere."""
        with self._engine.transaction() as link:
            sql = "DELETE FROM sessions WHERE account = ? RETURNING key"
            return len(link.ask(sql, (account,)))

    def note_failure(self, who: str, at: datetime) -> None:
        """A sign-in failed."""
        who = who.replace("\0", "?")
        with self._engine.transaction() as link:
            link.tell("INSERT INTO failures (who, at) VALUES (?, ?)", (who, at))
            link.tell(
                """DELETE FROM failures WHERE who = ? AND at < coalesce((SELECT at FROM failures
                WHERE who = ? ORDER BY at DESC LIMIT 1 OFFSET ?), at)""",
                (who, who, FAILURES_MAX - 1),
            )

    def failures(self, who: str, since: datetime) -> Sequence[datetime]:
        """When sign-ins failed since then, oldest first."""
        sql = "SELECT at FROM failures WHERE who = ? AND at >= ? ORDER BY at"
        with self._engine.reading() as link:
            found = link.ask(sql, (who.replace("\0", "?"), since))
        return [moment(row[0]) for row in found][-FAILURES_MAX:]

    def forget_failures(self, who: str) -> None:
        """A sign-in succeeded."""
        with self._engine.transaction() as link:
            link.tell("DELETE FROM failures WHERE who = ?", (who.replace("\0", "?"),))

    def log_access(self, accesses: Sequence[Access]) -> None:
        """Record readings."""
        sql = "INSERT INTO access_log (id, viewer, what, reason, at) VALUES (?, ?, ?, ?, ?)"
        with self._engine.transaction() as link:
            link.lock(Lock.ACCESS_LOG)
            last: int = link.ask("SELECT coalesce(max(id), 0) FROM access_log")[0][0]
            for number, access in enumerate(accesses, start=last + 1):
                link.tell(sql, (number, access.viewer, access.what, access.reason, access.at))

    def accesses(
        self, *, what: str | None = None, viewer: str | None = None, limit: int = 200
    ) -> Sequence[Access]:
        """The newest readings, of one thing or of all, by one person or by everybody."""
        asked = [(name, value) for name, value in (("what", what), ("viewer", viewer)) if value]
        where = " AND ".join(f"{name} = ?" for name, _ in asked) or "1 = 1"
        sql = f"""SELECT viewer, what, reason, at FROM access_log WHERE {where}
            ORDER BY id DESC LIMIT ?"""  # noqa: S608 - constants
        with self._engine.reading() as link:
            found = link.ask(sql, (*(value.replace("\0", "?") for _, value in asked), limit))
        return [_access(row) for row in found]


def _session(row: Row) -> Session:
    key, account, csrf, created_at, expires_at = row
    return Session(
        key=key,
        account=AgentId(account),
        csrf=csrf,
        created_at=moment(created_at),
        expires_at=moment(expires_at),
    )


def _access(row: Row) -> Access:
    viewer, what, reason, at = row
    return Access(viewer=AgentId(viewer), what=what, reason=reason, at=moment(at))
