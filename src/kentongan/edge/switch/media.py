"""Drives the media processes: makes every call sound as it should, again and again until it does.

One worker per call compares the wanted bridge with the actual one (`bridge`) and sends one command
at a time. It ends when they are the same and is woken by every change: of the call, of the process
(a restart leaves nothing, so everything is made again on the same ports), of the switch (bridges
found running are taken over). It never decides about a call; what comes of it is told to `Owner`.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from kentongan.core.words import CallId, DeskKey
from kentongan.edge.switch.bridge import (
    ActualBridge,
    after,
    doubted,
    found_bridge,
    heard_pages,
    missing_pages,
    next_step,
    unsure,
    whole,
)
from kentongan.edge.switch.media_owner import Owner
from kentongan.edge.switch.prompting import Once
from kentongan.edge.switch.record import CITIZEN
from kentongan.media import protocol
from kentongan.media.client import (
    Connected,
    MediaClient,
    MediaRefusedError,
    MediaUnavailableError,
)

RETRY_S = 1.0
"""Pause after a refused command."""

FULL_S = 0.2
"""Pause after a process said that it is full: a call that ended may just be leaving it."""

FULL_AGAIN_S = 2.0
"""A process that said so is asked last for so long, whatever our own count says."""

STEPS_MAX = 100
"""Commands for one call without a pause; more means that two sides never agree: a bug."""

_log = logging.getLogger(__name__)


class ShardHealth(Struct, frozen=True, kw_only=True):
    """One media process as the switch sees it."""

    socket: str
    is_connected: bool
    calls: int
    orphans: tuple[str, ...]  # bridges that no call of ours has


class Media:
    """All media processes. `start` once; `tend` whenever a call changed."""

    def __init__(self, sockets: tuple[str, ...], owner: Owner) -> None:
        self._owner = owner
        self._sockets = sockets
        self._actual: dict[CallId, ActualBridge | None] = {}
        self._shards: dict[CallId, int] = {}
        self._workers: dict[CallId, asyncio.Task[None]] = {}
        self._again: set[CallId] = set()
        self._locks: dict[CallId, asyncio.Lock] = {}
        self._epochs = [""] * len(sockets)
        self._known = [False] * len(sockets)  # whether the process's bridges have been read
        self._orphans: list[tuple[str, ...]] = [() for _ in sockets]
        self._full_at = [-FULL_AGAIN_S] * len(sockets)  # when it last said that it is full
        self._readers: set[asyncio.Task[None]] = set()
        self._is_closing = False
        self._clients = [
            MediaClient(
                Path(path),
                on_event=lambda event, shard=shard: owner.heard(self._epochs[shard], event),
                on_connected=lambda state, shard=shard: self._connected(shard, state),
                on_lost=lambda shard=shard: self._lost(shard),
            )
            for shard, path in enumerate(sockets)
        ]

    def start(self) -> None:
        """Connect to every process, for ever."""
        for client in self._clients:
            client.start()

    async def close(self) -> None:
        """Hang up; the processes and their calls go on."""
        self._is_closing = True
        for task in (*self._workers.values(), *self._readers):
            task.cancel()
        for client in self._clients:
            await client.close()

    def least_loaded(self, calls: Iterable[int]) -> int:
        """The process for a new call, given those of all others with a line.

        One with room and connected, then the one with the smallest part of its lines taken.
        """
        counts = Counter(calls)
        now = time.monotonic()
        order = [
            (
                counts[shard] >= self._owner.carries(shard)
                or now - self._full_at[shard] < FULL_AGAIN_S,
                not client.is_connected,
                counts[shard] / self._owner.carries(shard),
                shard,
            )
            for shard, client in enumerate(self._clients)
        ]
        return min(order)[3]

    def health(self) -> tuple[ShardHealth, ...]:
        """Every process."""
        return tuple(
            ShardHealth(
                socket=self._sockets[shard],
                is_connected=client.is_connected,
                calls=sum(1 for used in self._shards.values() if used == shard),
                orphans=self._orphans[shard],
            )
            for shard, client in enumerate(self._clients)
        )

    def tend(self, call: CallId, shard: int) -> None:
        """The call changed: bring its bridge there."""
        self._shards[call] = shard
        if call in self._workers:
            self._again.add(call)
            return
        if self._known[shard]:
            task = asyncio.get_running_loop().create_task(self._work(call))
            self._workers[call] = task
            task.add_done_callback(lambda done: self._worked(call, done))

    async def offer(self, command: protocol.Web) -> str:
        """The answer to a page's offer for the call `command.bridge`.

        Whoever was told to leave, or to be quiet, while the process answered does so at once.
        Raises the media client's errors.
        """
        call = CallId(command.bridge)
        try:
            async with self._lock(call):
                return await self._offer(call, command)
        finally:
            shard = self._shards.get(call)
            if shard is not None:
                self.tend(call, shard)

    async def _offer(self, call: CallId, command: protocol.Web) -> str:
        try:
            answer = await self._client(call).web(command)
        except MediaUnavailableError:  # no answer in time: the leg may be there all the same
            self._actual[call] = doubted(self._actual.get(call), command.leg)
            raise
        self._actual[call] = after(self._actual.get(call), command)
        self._owner.carried_out(call, command)
        return answer

    async def ask(self, call: CallId, command: protocol.AnyCommand) -> None:
        """A command that changes nothing of what is compared: keys, a tone, a replay.

        Raises the media client's errors.
        """
        async with self._lock(call):
            await self._client(call).request(command, protocol.Reply)

    async def ask_once(self, command: Once) -> None:
        """The same, by whoever does not wait for an answer: a refusal is only logged."""
        call = CallId(command.bridge)
        try:
            await self.ask(call, command)
            self._owner.said(call, command)
        except (MediaUnavailableError, MediaRefusedError) as error:
            _log.warning(
                "%s of %s was not heard: %s", type(command).__name__, command.bridge, error
            )

    def _client(self, call: CallId) -> MediaClient:
        shard = self._shards.get(call)
        if shard is None:
            raise MediaUnavailableError(f"call {call} has no media process yet")
        return self._clients[shard]

    def _lock(self, call: CallId) -> asyncio.Lock:
        return self._locks.setdefault(call, asyncio.Lock())

    def _worked(self, call: CallId, task: asyncio.Task[None]) -> None:
        del self._workers[call]
        if not task.cancelled() and task.exception() is not None:
            _log.error("media worker of %s failed", call, exc_info=task.exception())
        again = call in self._again
        self._again.discard(call)
        if again and not task.cancelled():
            self.tend(call, self._shards[call])
        elif self._owner.wanted(call) is None and self._actual.get(call) is None:
            self._shards.pop(call, None)
            self._actual.pop(call, None)
            self._locks.pop(call, None)

    async def _work(self, call: CallId) -> None:
        """Until the bridge is as wanted. Never given up before: a caller is on it."""
        steps = 0
        while True:
            async with self._lock(call):
                pause_s = await self._step(call)
            if pause_s is None:
                return
            steps = 0 if pause_s else steps + 1
            if steps >= STEPS_MAX:
                _log.error("media of %s does not come to rest", call)
                steps, pause_s = 0, RETRY_S
            if pause_s:
                await asyncio.sleep(pause_s)

    async def _step(self, call: CallId) -> float | None:
        """One command; how long to wait before the next, None when there is none to send.

        A bridge is made with all that belongs into it at once: between two commands the spool may
        write something down for somebody else, and a busy disk takes a second for that.
        """
        step = next_step(self._owner.wanted(call), self._actual.get(call), call)
        if step is None:
            return None
        steps: Sequence[protocol.AnyCommand] = (step,)
        if isinstance(step, protocol.Create):
            create = await self._owner.begin_segment(call)
            steps = whole(self._owner.wanted(call), create, call)
        tried = [self._carry_out(call, one) for one in steps]
        errors = await asyncio.gather(*tried, return_exceptions=True)
        for one, error in zip(steps, errors, strict=True):
            if isinstance(error, MediaUnavailableError):
                self._actual[call] = unsure(self._actual.get(call), one)
        for one, error in zip(steps, errors, strict=True):
            if isinstance(error, MediaUnavailableError):
                is_connected = self._clients[self._shards[call]].is_connected
                return RETRY_S if is_connected else None  # the next connection wakes every call
            if isinstance(error, MediaRefusedError):
                _log.warning("media refused %s of %s: %s", type(one).__name__, call, error)
                return self._refused(call, one, error.key)
            if error is not None:
                raise error
        return 0.0

    async def _carry_out(self, call: CallId, step: protocol.AnyCommand) -> None:
        client = self._clients[self._shards[call]]
        if isinstance(step, protocol.Rtp):
            address = await client.rtp(step)
            self._actual[call] = after(self._actual.get(call), step)
            epoch = self._epochs[self._shards[call]]
            self._owner.placed(call, step.leg, address.ip, address.port, epoch)
        elif isinstance(step, protocol.Text):
            address = await client.request(step, protocol.RtpAddress)
            self._actual[call] = after(self._actual.get(call), step)
            self._owner.text_placed(call, address.ip, address.port)
        else:
            await client.request(step, protocol.Reply)
            self._actual[call] = after(self._actual.get(call), step)
            self._owner.carried_out(call, step)

    def _refused(self, call: CallId, step: protocol.AnyCommand, key: str) -> float:
        """How long to wait before the next attempt."""
        if isinstance(step, protocol.Play) and key == "sound":
            self._actual[call] = after(self._actual.get(call), step)  # silence, not a dead end
            self._owner.refused(call, step, key)
            return 0.0
        if key == "no-bridge":  # it ended by itself: make it again
            self._actual[call] = None
        if key == "no-leg" and isinstance(step, protocol.SetMode | protocol.Play | protocol.Leave):
            gone = protocol.Leave(bridge=call, leg=step.leg)
            self._actual[call] = after(self._actual.get(call), gone)
        is_full = key == "full" and isinstance(step, protocol.Create)
        if is_full:
            self._full_at[self._shards[call]] = time.monotonic()
        self._owner.refused(call, step, key)
        return FULL_S if is_full else RETRY_S

    def _lost(self, shard: int) -> None:
        self._known[shard] = False
        if not self._is_closing:
            self._owner.process_lost(shard)

    def _connected(self, shard: int, state: Connected) -> None:
        self._epochs[shard] = state.epoch
        task = asyncio.get_running_loop().create_task(self._read_bridges(shard, state))
        self._readers.add(task)
        task.add_done_callback(self._readers.discard)

    async def _read_bridges(self, shard: int, state: Connected) -> None:
        """Compare what runs there with what we know, then wake every call of that process."""
        try:
            listing = await self._clients[shard].list()
        except (MediaUnavailableError, MediaRefusedError):
            return
        self._owner.room_told(shard, listing.bridges_max)
        rows = {row.bridge: row for row in listing.bridges}
        calls = self._owner.calls_of(shard)
        self._orphans[shard] = tuple(name for name in rows if name not in calls)
        for orphan in self._orphans[shard]:
            await self._leave_alone_or_end(shard, rows[orphan])
        self._known[shard] = True
        if state.is_new_process or not state.is_complete:
            files = frozenset(row.record for row in listing.bridges if row.record)
            self._owner.process_found(shard, files, state.epoch)
        for call in calls:
            self.tend(call, shard)  # before anything is told: all that follows is one write
        for call in calls:
            self._compare(call, rows.get(call))

    async def _leave_alone_or_end(self, shard: int, row: protocol.BridgeRow) -> None:
        """A bridge that no call of ours has: never ended while anybody is heard in it."""
        if not all(leg.is_silent for leg in row.legs):
            _log.error("bridge %s belongs to no call and somebody speaks; left alone", row.bridge)
            return
        _log.warning("bridge %s belongs to no call and is silent; ended", row.bridge)
        try:
            await self._clients[shard].destroy(row.bridge)
        except (MediaUnavailableError, MediaRefusedError):
            return  # the next connection finds it again

    def _compare(self, call: CallId, row: protocol.BridgeRow | None) -> None:
        wanted = self._owner.wanted(call)
        if row is None or wanted is None:
            self._actual[call] = None if row is None else ActualBridge()
            pages = tuple(DeskKey(leg.name) for leg in wanted.pages) if wanted is not None else ()
        else:
            self._actual[call] = found = found_bridge(row, wanted)
            pages = missing_pages(wanted, found)
            self._owner.pages_heard(call, heard_pages(row))
            if CITIZEN in found.legs:
                self._owner.plays(call, found.legs[CITIZEN].playing)
        if pages:
            self._owner.pages_missing(call, pages)
