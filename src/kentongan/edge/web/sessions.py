"""Signing in, staying signed in, signing out.

The cookie is a random 256-bit key; the store keeps only its SHA-256. A session ends when it was
idle too long (an open screen is not idle) and in any case after a long shift. Every process keeps
the sessions it has seen and asks the store again every two seconds, so that signing out anywhere
works everywhere, and so that a room goes on while the store is away.
"""

import asyncio
import hashlib
import secrets
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import Struct, structs

from kentongan.app.accounts import PASSWORD_CHARACTERS_MIN
from kentongan.app.ports import Unavailable
from kentongan.core.words import Agent, AgentId
from kentongan.edge.web.attempts import ACCOUNT, ADDRESS, MEMORY, wait_s
from kentongan.edge.web.browsers import end_browsers
from kentongan.edge.web.lanes import Lanes, Overfull
from kentongan.edge.web.problems import Problem
from kentongan.store.accounts import SESSION_IDLE, SESSION_MAX, Account, Session, folded
from kentongan.store.whole import WholeStore

EXTEND_EVERY: Final = timedelta(minutes=1)
"""How often a session in use is written down again; see `store.accounts.UNUSED_AFTER`."""

RECHECK: Final = timedelta(seconds=2)
"""How long a session is believed without asking the store."""

REMEMBERED_MAX: Final = 5_000
"""Sessions remembered by one process."""

SIGNING_IN_MAX: Final = 20
"""Sign-ins under way at once: each costs about 50 ms and 64 MiB, one after the other."""

PASSWORD_CHARACTERS_MAX: Final = 1_000
"""Longer ones are wrong without being hashed."""


Note = Callable[[WholeStore, AgentId], None]
"""Puts on record that this person has chosen a password, before it is one."""


class SignedIn(Struct, frozen=True, kw_only=True):
    """A session and the agent it stands for."""

    session: Session
    agent: Agent


class FreshPassword(Struct, frozen=True, kw_only=True):
    """The password somebody chose, and how that is put on record."""

    password: str
    note: Note


class _Remembered(Struct, kw_only=True):
    signed_in: SignedIn
    checked_at: datetime


class Sessions:
    """Everybody who is signed in, as far as this process has seen them."""

    def __init__(
        self,
        lanes: Lanes,
        clock: Callable[[], datetime],
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._lanes = lanes
        self._clock = clock
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))
        self._hashing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hashing")
        self._turn = asyncio.Lock()
        self._signing_in = 0
        self._known: dict[str, _Remembered] = {}

    async def sign_in(
        self, name: str, password: str, address: str, fresh: FreshPassword | None = None
    ) -> tuple[str, SignedIn]:
        """A new session: the cookie's key and who it is. `fresh` replaces the password.

        Raises `Problem`: `wrong_password` whether or not the name exists, `too_many_attempts`;
        `password_must_change` for one that is for a single use, without a new one.
        """
        async with self._in_turn():
            account = await self._proved(name, password, address)
            if fresh is not None or account.one_time_until is not None:
                account = await self._renewed(account, password, fresh, None)
            return await self._start(account, f"name:{folded(name)[:200]}", self._clock())

    async def change_password(
        self, signed_in: SignedIn, password: str, address: str, fresh: FreshPassword
    ) -> None:
        """One's own, with the old one. This session stays, every other of the account ends.

        Raises `Problem`: `wrong_old_password`, `too_many_attempts`, and what is wrong with it.
        """
        async with self._in_turn():
            agent = signed_in.agent.id
            known = await self._lanes.reading.run(lambda store: store.accounts.find(agent))
            name = "" if known is None else known.name
            try:
                account = await self._proved(name, password, address)
            except Problem as problem:
                if problem.reason != "wrong_password":
                    raise
                raise Problem(403, "wrong_old_password") from problem
            await self._renewed(account, password, fresh, signed_in.session)

    async def find(self, key: str) -> SignedIn | None:
        """Who the cookie's key stands for; None when the session is over or never was."""
        return await self.find_digest(digest_of(key))

    async def find_digest(self, digest: str) -> SignedIn | None:
        """Who the session with that digest stands for, kept from idling by this look."""
        now = self._clock()
        known = self._known.get(digest)
        if known is None or now - known.checked_at > RECHECK:
            known = await self._check(digest, known, now)
        if known is None or known.signed_in.session.expires_at <= now:
            self._known.pop(digest, None)
            return None
        await self._extend(known, now)
        return known.signed_in

    async def sign_out(self, signed_in: SignedIn) -> None:
        """End this session, and its browser is rung no more."""
        key, account = signed_in.session.key, signed_in.agent.id
        self._known.pop(key, None)

        def end(store: WholeStore) -> None:
            store.accounts.end_session(key)
            end_browsers(store, account, lambda one: one.session == key)

        await self._lanes.door.run(end)

    async def sign_out_everywhere(self, account: AgentId) -> int:
        """End all sessions of an account; returns how many there were."""
        self.forget(account)

        def end(store: WholeStore) -> int:
            end_browsers(store, account)
            return store.accounts.end_sessions_of(account)

        return await self._lanes.door.run(end)

    def close(self) -> None:
        """Release the hashing thread."""
        self._hashing.shutdown(wait=False)

    async def hashed(self, password: str) -> str:
        """What the store keeps of a password; about 50 ms, one after the other."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._hashing, self._hasher.hash, password)

    def forget(self, account: AgentId) -> None:
        """Ask the store again about every session of the account, whose rights have changed."""
        theirs = [k for k, known in self._known.items() if known.signed_in.agent.id == account]
        for key in theirs:
            del self._known[key]

    @asynccontextmanager
    async def _in_turn(self) -> AsyncGenerator[None]:
        """One after the other, and only so many who wait."""
        if self._signing_in >= SIGNING_IN_MAX:
            raise Problem(429, "too_many_attempts", wait_s="5")
        self._signing_in += 1
        try:
            async with self._turn:
                yield
        finally:
            self._signing_in -= 1

    async def _proved(self, name: str, password: str, address: str) -> Account:
        """The account with that name, whose password this is."""
        now = self._clock()
        by_name, by_address = f"name:{folded(name)[:200]}", f"address:{address}"

        def begin(store: WholeStore) -> Account | None:
            since = now - MEMORY
            left_s = max(
                wait_s(store.accounts.failures(by_name, since), ACCOUNT, now),
                wait_s(store.accounts.failures(by_address, since), ADDRESS, now),
            )
            if left_s:
                raise Problem(429, "too_many_attempts", wait_s=str(left_s))
            return store.accounts.find_by_name(name)

        account = await self._lanes.reading.run(begin)
        if not await self._is_right(account, password):

            def fail(store: WholeStore) -> None:
                store.accounts.note_failure(by_name, now)
                store.accounts.note_failure(by_address, now)

            await self._lanes.door.run(fail)
            raise Problem(401, "wrong_password")
        assert account is not None  # noqa: S101 - `_is_right` is False without one
        return account

    async def _renewed(
        self, account: Account, password: str, fresh: FreshPassword | None, kept: Session | None
    ) -> Account:
        """The account with the new password; its sessions end, but for `kept`.

        On record first: what is refused or cannot be written there leaves the old password.
        """
        if account.one_time_until is not None and self._clock() > account.one_time_until:
            raise Problem(401, "password_expired")
        if fresh is None:
            raise Problem(403, "password_must_change")
        if not PASSWORD_CHARACTERS_MIN <= len(fresh.password) <= PASSWORD_CHARACTERS_MAX:
            least = str(PASSWORD_CHARACTERS_MIN)
            raise Problem(400, "password_too_short", characters_min=least)
        if fresh.password == password:
            raise Problem(400, "password_same")
        hashed, note = await self.hashed(fresh.password), fresh.note

        def write(store: WholeStore) -> Account | None:
            if not _is_unchanged(store, account):
                return None
            note(store, account.id)
            current = store.accounts.find(account.id)
            assert current is not None  # noqa: S101 - it was there, and none is ever deleted
            renewed = structs.replace(current, password_hash=hashed, one_time_until=None)
            store.accounts.put(renewed)
            store.accounts.end_sessions_of(account.id)
            end_browsers(store, account.id, lambda one: kept is None or one.session != kept.key)
            if kept is not None:
                store.accounts.start_session(kept)
            return renewed

        renewed = await self._lanes.door.run(write)
        if renewed is None or renewed.disabled:  # somebody was first
            raise Problem(401, "wrong_password")
        self.forget(account.id)
        return renewed

    async def _is_right(self, account: Account | None, password: str) -> bool:
        """Takes equally long for an unknown name, so that names cannot be probed."""
        hashed = account.password_hash if account is not None else self._nobody
        said = password[:PASSWORD_CHARACTERS_MAX]

        def verify() -> bool:
            try:
                return self._hasher.verify(hashed, said)
            except (VerificationError, InvalidHashError):
                return False

        right = await asyncio.get_running_loop().run_in_executor(self._hashing, verify)
        return (
            right
            and account is not None
            and not account.disabled
            and len(password) <= PASSWORD_CHARACTERS_MAX
        )

    async def _start(self, account: Account, by_name: str, now: datetime) -> tuple[str, SignedIn]:
        key = secrets.token_urlsafe(32)
        session = Session(
            key=digest_of(key),
            account=account.id,
            csrf=secrets.token_urlsafe(32),
            created_at=now,
            expires_at=now + SESSION_IDLE,
        )

        def write(store: WholeStore) -> Account | None:
            """First the session, then the look: who blocks or resets now either ends it or is
            seen, also from another process."""
            store.accounts.start_session(session)
            current = store.accounts.find(account.id)
            if current is None or not _is_unchanged(store, account):
                store.accounts.end_session(session.key)
                return None
            store.accounts.forget_failures(by_name)
            return current

        current = await self._lanes.door.run(write)
        if current is None:  # while the password was hashed
            raise Problem(401, "wrong_password")
        signed_in = SignedIn(session=session, agent=agent_of(current))
        self._remember(signed_in, now)
        return key, signed_in

    async def _check(
        self, digest: str, known: _Remembered | None, now: datetime
    ) -> _Remembered | None:
        """Ask the store; while it is away, what is known goes on counting."""

        def read(store: WholeStore) -> SignedIn | None:
            session = store.accounts.find_session(digest, now)
            account = store.accounts.find(session.account) if session is not None else None
            if session is None or account is None or account.disabled:
                return None
            return SignedIn(session=session, agent=agent_of(account))

        try:
            found = await self._lanes.reading.run(read)
        except (Unavailable, Overfull):
            if known is None:
                raise
            return known
        if found is None:
            self._known.pop(digest, None)
            return None
        return self._remember(found, now)

    def _remember(self, signed_in: SignedIn, now: datetime) -> _Remembered:
        if len(self._known) >= REMEMBERED_MAX:
            oldest = min(self._known, key=lambda key: self._known[key].checked_at)
            del self._known[oldest]
        remembered = _Remembered(signed_in=signed_in, checked_at=now)
        self._known[signed_in.session.key] = remembered
        return remembered

    async def _extend(self, known: _Remembered, now: datetime) -> None:
        session = known.signed_in.session
        until = min(now + SESSION_IDLE, session.created_at + SESSION_MAX)
        if until - session.expires_at < EXTEND_EVERY:
            return
        moved = Session(
            key=session.key,
            account=session.account,
            csrf=session.csrf,
            created_at=session.created_at,
            expires_at=until,
        )
        known.signed_in = SignedIn(session=moved, agent=known.signed_in.agent)
        try:
            await self._lanes.door.run(
                lambda store: store.accounts.extend_session(session.key, until)
            )
        except (Unavailable, Overfull):
            return


def _is_unchanged(store: WholeStore, account: Account) -> bool:
    """Whether the password that was proved still lets that person in."""
    current = store.accounts.find(account.id)
    return (
        current is not None
        and not current.disabled
        and current.password_hash == account.password_hash
    )


def digest_of(key: str) -> str:
    """What the store keeps of a cookie's key."""
    return hashlib.sha256(key.encode()).hexdigest()


def agent_of(account: Account) -> Agent:
    """The agent an account stands for."""
    return Agent(
        id=account.id,
        name=account.label or account.name,
        roles=account.roles,
        agency=account.agency,
        unit=account.unit,
    )
