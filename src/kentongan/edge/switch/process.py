"""The switch as a process: sockets, clock, spool, media, outbox and control put together.

One loop, one order: what arrived changes the board; then the spool is committed, once for all that
arrived together; only then SIP is sent, bridges are tended, pages are told and replies are given.
At start the spool is loaded before the first socket is bound, so that nobody is told 481 by an
empty table. A disk that fails does not fail callers: it raises an alarm, and calls go on.
"""

import asyncio
import base64
import contextlib
import logging
import secrets
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import uvloop
from msgspec import to_builtins

from kentongan.edge.switch import admission, losses, offering, rights, signalling, wall, watch
from kentongan.edge.switch.board import Board, City
from kentongan.edge.switch.control import Answer, ControlSocket
from kentongan.edge.switch.control_tcp import ControlListener
from kentongan.edge.switch.faults import Faults
from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.intake import Intake
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.media import Media
from kentongan.edge.switch.memory import Memory
from kentongan.edge.switch.outbox import Door, Outbox
from kentongan.edge.switch.owner import BridgeOwner
from kentongan.edge.switch.queueing import Queueing
from kentongan.edge.switch.reception import Reception
from kentongan.edge.switch.references import References
from kentongan.edge.switch.room import Room
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.switch.spool import Spool
from kentongan.edge.switch.strangers import Strangers
from kentongan.edge.switch.telephones import Telephones
from kentongan.edge.switch.trunk_side import TrunkSide
from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Transport
from kentongan.sip.stack import Stack
from kentongan.switch_line import address_of

USER_AGENT = "Kentongan"

SRTP_KEY_BYTES = 30
"""Master key and salt of SRTP (RFC 4568 section 6.1)."""

_log = logging.getLogger(__name__)


def moment() -> Moment:
    """Now."""
    return Moment(time.monotonic(), datetime.now(UTC))


class Switch:
    """One switch; `start`, then `stop`."""

    def __init__(self, settings: SwitchSettings, city: City, open_door: Callable[[], Door]) -> None:
        self._settings = settings
        self._faults = Faults()
        self._spool = Spool(Path(settings.spool_path), self._faults.caught)
        self._board = Board(
            settings,
            city,
            token=lambda: secrets.token_hex(8),
            choose_shard=self._least_loaded,
            new_key=lambda: base64.b64encode(secrets.token_bytes(SRTP_KEY_BYTES)).decode(),
        )
        self._phones = Telephones(_stack(settings, self._board.gate))
        self._memory = Memory(self._spool, self._board, self._phones, self._faults.caught)
        self._intake = self._made_intake()
        self._trunks = TrunkSide(
            settings,
            self._board.gate,
            self._phones.stack,
            notices=self._board.notices,
            receive=self._intake.receive,
            turn_away=self._turned_away,
            token=_token,
            clock=moment,
        )
        self._sockets = self._trunks.sockets
        self._board.reach = self._trunks.reach
        self._strangers = Strangers(self._board.counts, self._board.notices)
        self._owner = BridgeOwner(
            self._board,
            self._phones,
            clock=moment,
            changed=self._changed,
            durable=self._durable,
            caught=self._faults.caught,
        )
        self._media = Media(settings.media_sockets, self._owner)
        self._references = References(self._board, moment, self._changed, self._faults.caught)
        self._outbox = Outbox(self._spool, open_door)
        self._started_at = datetime.now(UTC)
        self._room = room = Room(self._started_at)
        self._board.awaited = room.awaited
        telephones = tuple(settings.wall_telephones)
        caught = self._faults.caught
        self._queueing = Queueing(self._board, room, settings.ladder, telephones, caught)
        reception = Reception(
            self._board,
            self._media,
            self._outbox,
            room,
            changed=self._requeue,
            clock=moment,
            durable=self._durable,
            health=self.health,
        )
        self._control = ControlSocket(Path(settings.control_socket), reception.answer)
        self._listener = _listener(settings, self._control)
        self._tasks: list[asyncio.Task[None]] = []
        self._sounding: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._flush_due: asyncio.Future[None] | None = None

    def _made_intake(self) -> Intake:
        return Intake(
            self._received,
            has_call=self._phones.stack.has_call,
            counts=self._board.counts,
            notices=self._board.notices,
            soon=lambda action: asyncio.get_running_loop().call_soon(action),
        )

    async def start(self) -> None:
        """Take over what was running, then let the world in. Raises `OSError`."""
        if missing := self._missing_sounds():
            _log.warning("the city has no sound for: %s", ", ".join(missing))
        if neighbour := self._queueing.overflow_problem:
            _log.warning("nothing overflows: %s has no number in the directory", neighbour)
        self._memory.retry_set_aside()
        self._memory.adopt(moment())
        for host in self._settings.sip_hosts:
            await self._sockets.open(host, self._settings.sip_port)
            if self._settings.has_tls:
                await self._sockets.open_tls(host, self._settings.tls_port)
        self._flush()
        self._media.start()
        await self._control.open()
        if self._listener is not None:
            self._listener.start()
        loop = asyncio.get_running_loop()
        loops = (self._outbox.run(), self._trunks.run(), self._look())
        self._tasks = [loop.create_task(each) for each in loops]
        for task in self._tasks:
            task.add_done_callback(_must_not_end)

    async def stop(self) -> None:
        """Go away; calls and their audio go on, the spool knows them."""
        for task in self._tasks:
            task.remove_done_callback(_must_not_end)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._intake.close()
        await self._references.close()
        self._flush()
        if self._timer is not None:
            self._timer.cancel()
        if self._listener is not None:
            await self._listener.close()
        await self._control.close()
        await self._media.close()
        await self._sockets.close()
        await self._outbox.close()
        self._spool.close()

    def health(self) -> Answer:
        """How the switch and its neighbours are, for people and for the watchdog."""
        away = self._outbox.away_since
        now = datetime.now(UTC)
        windows = self._room.windows(now)
        return {
            "sip": {
                "since": self._started_at,
                "calls_in_hand": self._board.ledger.count_in_hand(),
                "calls_max": self._board.lines.total,
                "is_full": admission.is_full(self._board, moment()),
                "pages_max": self._board.lines.for_pages,
                "counts": to_builtins(self._board.counts)
                | {"recording_seconds_lost": losses.lost_s(self._board, now)},
                "pages": sorted(self._room.pages(now)),
                **({} if windows is None else {"windows": sorted(windows)}),
            },
            **self._trunks.health(),
            "trunks_full": list(self._board.full_trunks()),
            "requests_kept": self._phones.stack.kept,
            "faults": self._faults.count,
            "fault_causes": dict(self._faults.causes),
            "recording_problem": self._owner.keys.problem,
            "recordings_failing": losses.count_failing(self._board),
            "sounds_missing": self._missing_sounds(),
            "overflow_problem": self._queueing.overflow_problem,
            "wall_unreachable": list(wall.unreachable(self._board, now)),
            "control_line_problem": None if self._listener is None else self._listener.problem,
            "media": to_builtins(self._media.health()),
            **self._memory.health(now),
            "store_away_s": 0.0 if away is None else (now - away).total_seconds(),
        }

    def _say_what_is_unrecorded(self) -> None:
        """Again and again while it lasts: whoever opened a line meanwhile has to know as well.

        `is_behind` when facts do not reach the record, so that calls are on screens by our word.
        """
        is_behind = self._memory.is_stuck or self._outbox.away_since is not None
        if is_behind or self._memory.failing_since is not None:
            self._control.push({"event": "unrecorded", "is_behind": is_behind})

    def _missing_sounds(self) -> list[str]:
        """What callers will hear in another language only, or not at all."""
        missing = self._board.city.missing_sounds
        return [f"{key} in {language}" if language else key for key, language in missing]

    def _least_loaded(self) -> int:
        calls = self._board.ledger.in_hand()
        return self._media.least_loaded(call.shard for call in calls if call.has_line)

    def _received(self, data: bytes, source: Address, transport: Transport) -> None:
        now = moment()
        with self._faults.caught("reading a message"):
            self._take(self._phones.stack.receive(data, source, transport, now.now), now)

    def _fired(self) -> None:
        now = moment()
        self._take(self._phones.stack.poll(now.now, self._faults.caught), now)

    def _take(self, found: list[events.Event], now: Moment) -> None:
        for event in found:
            before = self._faults.count
            with self._faults.caught(f"handling {type(event).__name__}"):
                if self._trunks.take(event, now):
                    continue
                signalling.take(self._board, self._phones, event, now)
            if self._faults.count > before and isinstance(event, events.Invite):
                self._phones.refuse(event.request, 500, now)  # let the trunk try the other node
                with self._faults.caught("giving a call up"):
                    offering.failed(self._board, event, now)
        self._changed()

    def _turned_away(self, data: bytes, source: Address, transport: Transport) -> None:
        with self._faults.caught("turning a stranger away"):
            answer = self._strangers.answer(data, source, transport, time.monotonic())
            if answer is not None:
                self._sockets.send(answer)

    def _requeue(self) -> None:
        """The room changed: somebody else may have to be rung."""
        with self._faults.caught("looking after the queue"):
            self._queueing.look(moment())
        self._changed()

    def _changed(self) -> None:
        """Commit and speak once everything that is ready to be read has been read."""
        if self._flush_due is None:
            loop = asyncio.get_running_loop()
            self._flush_due = loop.create_future()
            loop.call_soon(self._flush)

    async def _durable(self) -> None:
        """Wait for the next commit: on the disk, or in memory where the disk takes nothing."""
        self._changed()
        assert self._flush_due is not None  # noqa: S101
        await asyncio.shield(self._flush_due)

    def _flush(self) -> None:
        done, self._flush_due = self._flush_due, None
        caught, board = self._faults.caught, self._board
        with caught("looking after the queue"):
            if board.waiting_changed:
                board.waiting_changed = False
                self._queueing.look(moment())
        with caught("letting telephones follow"):
            signalling.settle(board, self._phones, moment(), caught)
        with caught("writing dialogs down"):
            self._phones.write_down(board.ledger, caught)
        with caught("committing"):
            if self._memory.commit():
                self._outbox.ring()
        for outgoing in self._phones.stack.drain():
            with caught("sending"):
                self._sockets.send(outgoing)
        self._tend()
        self._sound()
        with caught("asking where callers are"):
            self._references.look()
        pushes, board.pushes = board.pushes, []
        for push in pushes:
            with caught("telling the pages"):
                self._control.push(push)
        if done is not None and not done.done():
            done.set_result(None)
        self._set_timer()

    def _sound(self) -> None:
        """What is to be heard once."""
        commands, self._board.to_sound = self._board.to_sound, []
        for command in commands:
            task = asyncio.get_running_loop().create_task(self._media.ask_once(command))
            self._sounding.add(task)
            task.add_done_callback(self._sounding.discard)

    def _tend(self) -> None:
        restless, self._board.restless = self._board.restless, {}
        for call_id in restless:
            call = self._board.ledger.find(call_id)
            if call is not None:
                with self._faults.caught("tending a bridge"):
                    self._media.tend(call_id, call.shard)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        at = self._phones.stack.next_timer()
        loop = asyncio.get_running_loop()
        wait_s = 0.0 if at is None else max(0.0, at - time.monotonic())
        self._timer = None if at is None else loop.call_later(wait_s, self._fired)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(watch.LOOK_S)
            now, caught = moment(), self._faults.caught
            with caught("looking after the spool"):
                self._memory.look()
                self._say_what_is_unrecorded()
            with caught("looking at the trunks"):
                self._trunks.look(now)
            with caught("looking at the time"):
                watch.look(self._board, self._phones, now, caught)
            with caught("looking after the queue"):
                self._queueing.look(now)
            with caught("looking who may listen"):
                rights.look(self._board, self._room, now)
            self._changed()
            for call in watch.awaiting_digests(self._board, now):
                with caught("asking for a digest"):
                    self._owner.digest(call)
            with caught("forgetting calls"):
                self._memory.forget(now)


def _stack(settings: SwitchSettings, gate: Gate) -> Stack:
    plain = [
        Listener(transport, Address(host, settings.sip_port))
        for transport in (Transport.UDP, Transport.TCP)
        for host in settings.hosts
    ]
    secure = [Listener(Transport.TLS, Address(host, settings.tls_port)) for host in settings.hosts]
    local = [*plain, *(secure if settings.has_tls else ())]
    return Stack(_token, local, USER_AGENT, is_direct=gate.is_direct, owners_of=gate.owners_of)


def _listener(settings: SwitchSettings, control: ControlSocket) -> ControlListener | None:
    if not settings.control_listen:
        return None
    address = address_of(settings.control_listen)
    return ControlListener(address, settings.control_secret_file, settings.control_tls, control)


def _token() -> str:
    """80 random bits as SIP writes them: tags, branches, nonces of ours."""
    return secrets.token_hex(10)


def _must_not_end(task: asyncio.Task[None]) -> None:
    """A loop that ends by itself is a bug: let the process die and be started again."""
    if not task.cancelled():
        _log.critical("a loop of the switch ended", exc_info=task.exception())
        signal.raise_signal(signal.SIGTERM)


def run(settings: SwitchSettings, city: City, open_door: Callable[[], Door]) -> None:
    """Serve until SIGTERM or SIGINT. Raises `OSError` at the start."""
    uvloop.run(_until_signalled(settings, city, open_door))


async def _until_signalled(
    settings: SwitchSettings, city: City, open_door: Callable[[], Door]
) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    switch = Switch(settings, city, open_door)
    await switch.start()
    _log.info("switch on %s port %d", ", ".join(settings.sip_hosts), settings.sip_port)
    await stopped.wait()
    await switch.stop()
