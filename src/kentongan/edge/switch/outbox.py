"""Carries facts from the spool to the door, in the order in which they were decided.

The store may be away for as long as it likes: calls go on, and what happened is delivered when it
returns, with the age it then has. The same command ids make that safe to repeat. A command that
the door refuses is a bug between the switch and the rules: it is set aside, counted and logged,
and stands in nobody's way. The door runs in one thread of its own; nothing here waits for a call.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from msgspec.structs import replace

from kentongan.app.handle import Busy
from kentongan.app.ports import Unavailable
from kentongan.core.commands import Envelope
from kentongan.core.events import AnyEvent
from kentongan.core.words import Refused
from kentongan.edge.switch.spool import DELIVERED, SET_ASIDE, Posted, Spool, SpoolError
from kentongan.store.tables import KeyLine

BATCH_MAX = 50
"""Commands per trip to the door: about half a second with a slow disk."""

RETRY_S = (0.2, 0.5, 1.0, 2.0)
"""Pauses while the store is away; the last one repeats."""

FAULTS_MAX = 30
"""Times a command may crash the door, for about a minute, before it is set aside."""

Result = TypeVar("Result")
_log = logging.getLogger(__name__)


class Door(Protocol):
    """The store with `app.handle` before it; used from one thread."""

    def handle(self, envelope: Envelope) -> tuple[AnyEvent, ...]:
        """Let a command in; raises `Refused`, `Busy` or `Unavailable`."""
        ...

    def keep_keys(self, keys: Sequence[KeyLine]) -> None:
        """Keep sealed keys of recordings; raises `Unavailable`."""
        ...

    def close(self) -> None:
        """Let the store go."""
        ...


class Outbox:
    """One queue, oldest first. `open_door` is called in the door's thread and may be refused."""

    def __init__(self, spool: Spool, open_door: Callable[[], Door]) -> None:
        self._spool = spool
        self._open_door = open_door
        self._door: Door | None = None
        self._thread = ThreadPoolExecutor(1, "door")
        self._rung = asyncio.Event()
        self._faults: tuple[int, int] = (0, 0)  # seq of the command that crashed, how often
        self.away_since: datetime | None = None

    def ring(self) -> None:
        """Something was posted."""
        self._rung.set()

    async def run(self) -> None:
        """Deliver for ever; end it by cancelling."""
        failures = 0
        while True:
            self._rung.clear()
            try:
                is_away = await self._trip()
            except SpoolError as error:
                _log.error("the outbox cannot be read: %s", error)
                is_away = True
            if is_away is None:
                await self._rung.wait()
                continue
            failures = failures + 1 if is_away else 0
            if is_away:
                await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S)) - 1])

    async def _trip(self) -> bool | None:
        """Deliver one batch: whether the rest has to wait, None when there was nothing.

        Keys go first: a recording on record without the key that opens it is of no use.
        """
        keys, posts = self._spool.waiting_keys(BATCH_MAX), self._spool.waiting(BATCH_MAX)
        if not (keys or posts):
            return None
        is_away = bool(keys) and await self._in_thread(lambda: not self._deliver_keys(keys))
        if keys and not is_away:
            self._spool.drop_keys(key.id for key in keys)
        if posts:
            outcomes, has_to_wait = await self._in_thread(lambda: self._deliver(posts))
            is_away = is_away or has_to_wait
            if outcomes:
                self._spool.acknowledge(outcomes)
        self._note(is_away=is_away)
        return is_away

    async def send(self, envelope: Envelope) -> tuple[AnyEvent, ...]:
        """One command straight to the door, for a call that is no longer in hand."""
        return await self._in_thread(lambda: self._opened().handle(envelope))

    async def close(self) -> None:
        """Let the store go; what waits stays in the spool."""
        await self._in_thread(self._close)
        self._thread.shutdown()

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _note(self, *, is_away: bool) -> None:
        if is_away and self.away_since is None:
            self.away_since = datetime.now(UTC)
            _log.warning("the store is away; calls go on, facts wait in the spool")
        elif not is_away and self.away_since is not None:
            self.away_since = None
            _log.warning("the store is back")

    def _opened(self) -> Door:
        if self._door is None:
            self._door = self._open_door()
        return self._door

    def _close(self) -> None:
        if self._door is not None:
            self._door.close()

    def _deliver_keys(self, keys: Sequence[KeyLine]) -> bool:
        """Runs in the thread. Whether the store has them now."""
        door = self._try_to_open()
        if door is None:
            return False
        try:
            door.keep_keys(keys)
        except Unavailable:
            return False
        except Exception:  # noqa: BLE001 -- outermost: a bug must not hold up facts
            _log.exception("keys of recordings cannot be delivered")
            return False
        return True

    def _deliver(self, posts: Sequence[Posted]) -> tuple[list[tuple[int, str]], bool]:
        """Runs in the thread. What became of each command, until one has to wait."""
        outcomes: list[tuple[int, str]] = []
        door = self._try_to_open()
        if door is None:
            return outcomes, True
        for post in posts:
            age_s = (datetime.now(UTC) - post.at).total_seconds()
            try:
                door.handle(replace(post.envelope, age_s=max(age_s, 0.0)))
            except (Unavailable, Busy):
                return outcomes, True
            except Refused as refusal:
                _log.error("the door refused %s: %s", post.envelope.id, refusal.reason)
                outcomes.append((post.seq, SET_ASIDE))
            except Exception:  # noqa: BLE001 -- outermost: a bug must not hold up other calls
                _log.exception("the door crashed on %s", post.envelope.id)
                if not self._is_hopeless(post.seq):
                    return outcomes, True
                outcomes.append((post.seq, SET_ASIDE))
            else:
                outcomes.append((post.seq, DELIVERED))
        return outcomes, False

    def _try_to_open(self) -> Door | None:
        try:
            return self._opened()
        except Unavailable:
            return None
        except Exception:  # noqa: BLE001 -- outermost: a store that is damaged is away too
            _log.exception("the store cannot be opened")
            return None

    def _is_hopeless(self, seq: int) -> bool:
        last, count = self._faults
        self._faults = (seq, count + 1 if last == seq else 1)
        return self._faults[1] >= FAULTS_MAX
