"""What the media driver is told about calls, and what it tells of them: the board's side of it.

Every method changes the board and asks for a commit; nothing is sent from here.
"""

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path

from kentongan.core.words import CallId, DeskKey
from kentongan.edge.switch import (
    citizens,
    dialling,
    hearing,
    prompting,
    signalling,
    telling,
    texting,
)
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.bridge import WantedBridge
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import CITIZEN
from kentongan.edge.switch.recording_keys import NewSegment, RecordingKeys
from kentongan.edge.switch.telephones import Telephones
from kentongan.media import protocol
from kentongan.media.seal import SealError, Unbegun
from kentongan.media.seal_keys import KeyRefusedError, SegmentKey
from kentongan.media.seal_read import Reading, check_file

DIGEST_RETRY_S = 60.0
"""Pause before a recording that could not be read is tried again."""

REBUILD_S = 2.0
"""After a media process died its recordings are read so much later: calls first."""

_log = logging.getLogger(__name__)


class BridgeOwner:
    """Implements `media_owner.Owner` on a board."""

    def __init__(
        self,
        board: Board,
        phones: Telephones,
        *,
        clock: Callable[[], Moment],
        changed: Callable[[], None],
        durable: Callable[[], Awaitable[None]],
        caught: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        self._board = board
        self._phones = phones
        self._clock = clock
        self._changed = changed
        self._durable = durable
        self._caught = caught
        self.keys = RecordingKeys(board.settings.recording_key_path)
        self._full: dict[CallId, set[int]] = {}  # processes that told a call they are full
        self._unused: dict[CallId, NewSegment] = {}  # segments that a process refused to begin
        self._digests: dict[str, asyncio.Task[None]] = {}  # by the file's name

    def wanted(self, call: CallId) -> WantedBridge | None:
        """How the call should sound; None when it is over or unknown."""
        wanted = self._board.wanted(call)
        if wanted is None:
            self._unused.pop(call, None)
            self._full.pop(call, None)
        return wanted

    async def begin_segment(self, call: CallId) -> protocol.Create:
        """A bridge is about to be made: with a new segment, whose key is on disk by then.

        A spool that fails does not hold up a call: its key is written as soon as it works again.
        """
        segment = self._unused.pop(call, None)
        if segment is not None:
            hearing.take_segment(self._board, call, segment.name)
        else:
            segment = hearing.begin_segment(self._board, call, self._clock(), self.keys)
        await self._durable()
        return segment.create(call) if segment is not None else protocol.Create(bridge=call)

    def placed(self, call: CallId, leg: str, ip: str, port: int, epoch: str) -> None:
        """That telephone's leg has this media address of ours, in the process of that epoch."""
        if leg == CITIZEN:
            signalling.placed(self._board, self._phones, call, ip, port, self._clock())
        else:
            dialling.placed(self._board, self._phones, call, leg, ip, port, self._clock())
        telling.in_process(self._board, call, leg, epoch, self._clock())
        self._changed()

    def text_placed(self, call: CallId, ip: str, port: int) -> None:
        """The caller's text line has this address of ours."""
        signalling.text_placed(self._board, self._phones, call, ip, port, self._clock())
        self._changed()

    def refused(self, call: CallId, step: protocol.AnyCommand, key: str) -> None:
        """The process will not do this; the next attempt is in a second."""
        if isinstance(step, protocol.Create):
            self._put_by(call, step)
            if key == "full":
                self._find_room(call)
        elif isinstance(step, protocol.Rtp):
            _displaced(self._board, call, step.leg, key)
        elif isinstance(step, protocol.Text):
            texting.displaced(self._board, call, key)
        elif isinstance(step, protocol.Play) and step.leg == CITIZEN and key == "sound":
            prompting.give_up(self._board, call, "no_sound", self._clock())
        self._changed()

    def carried_out(self, call: CallId, step: protocol.AnyCommand) -> None:
        """The process did this."""
        prompting.carried_out(self._board, call, step, self._clock())
        self._changed()

    def said(self, call: CallId, command: prompting.Once) -> None:
        """The process took what is heard or read once."""
        prompting.said(self._board, call, command, self._clock())
        self._changed()

    def plays(self, call: CallId, files: tuple[str, ...]) -> None:
        """A process met again plays this to the caller."""
        prompting.plays(self._board, call, files, self._clock())
        self._changed()

    def _find_room(self, call: CallId) -> None:
        """A process is full against our count: another one, and no line when all have said so.

        Each is asked twice, because a call that ended may just have been leaving it.
        """
        known = self._board.ledger.find(call)
        if known is None:
            return
        told = self._full.setdefault(call, set())
        is_again = known.shard in told
        told.add(known.shard)
        if is_again and len(told) == len(self._board.settings.media_sockets):
            del self._full[call]
            signalling.crowded_out(self._board, call, self._clock())
        else:
            signalling.redistribute(self._board, call)

    def room_told(self, shard: int, bridges_max: int) -> None:
        """The process says how many calls it carries."""
        self._board.lines.learn(shard, bridges_max)

    def carries(self, shard: int) -> int:
        """How many calls that process carries, as far as is known."""
        return self._board.lines.of_shard(shard)

    def _put_by(self, call: CallId, step: protocol.Create) -> None:
        """A segment that was never begun: its name and key serve the next attempt."""
        if step.record is not None:
            hearing.drop_segment(self._board, call, step.record)
            key = SegmentKey(step.key_id, base64.b64decode(step.key))
            self._unused[call] = NewSegment(step.record, key)

    def pages_heard(self, call: CallId, desks: tuple[DeskKey, ...]) -> None:
        """These desks' pages are connected, whatever was told while nobody listened."""
        for desk in desks:
            known = self._board.ledger.find(call)
            if known is not None and desk == CITIZEN:
                citizens.page_heard(self._board, known, self._clock())
            elif known is not None:
                hearing.page_connected(self._board, known, desk, self._clock())
        self._changed()

    def pages_missing(self, call: CallId, desks: tuple[DeskKey, ...]) -> None:
        """These desks' pages must offer again; until they do, they are not heard."""
        for desk in desks:
            known = self._board.ledger.find(call)
            if known is not None and desk == CITIZEN:
                citizens.page_missing(self._board, known, self._clock())
            else:
                hearing.page_lost(self._board, call, desk, self._clock())
                self._board.redo(call, desk)
        self._changed()

    def process_lost(self, shard: int) -> None:
        """A media process died, or only its line: citizens' pages offer anew meanwhile.

        They ask and are told, which takes time; their offers wait for the process. A desk's page is
        told at once, when the process is there.
        """
        for call in self._board.ledger.in_hand():
            if call.shard == shard:
                citizens.page_missing(self._board, call, self._clock())
                prompting.lost(self._board, call.id, self._clock())
        self._changed()

    def heard(self, epoch: str, event: protocol.AnyEvent) -> None:
        """The process says what happened."""
        with self._caught(f"hearing {type(event).__name__}"):
            hearing.hear(self._board, epoch, event, self._clock())
        self._changed()

    def calls_of(self, shard: int) -> tuple[CallId, ...]:
        """The calls in that process, also those over whose bridge may still be there."""
        return tuple(call.id for call in self._board.ledger if call.shard == shard)

    def process_found(self, shard: int, recording: frozenset[str], epoch: str) -> None:
        """What a process that died will not tell any more: the digest of its segments, which are
        closed here, and how its legs sounded, of which the last word before stands.
        """
        running = {Path(file).name for file in recording}
        for call in tuple(self._board.ledger):
            if call.shard == shard:
                hearing.cut_short(self._board, call.id, epoch, self._clock())
                self.digest(call.id, running, wait_s=REBUILD_S)
        self._changed()

    def digest(self, call: CallId, running: Collection[str] = (), *, wait_s: float = 0.0) -> None:
        """Read what nobody has told the digest of, except files that are being written."""
        known = self._board.ledger.get(call)
        for segment in known.recordings:
            if segment not in known.kept and segment not in running:
                self._start_digest(call, segment, wait_s)

    def _start_digest(self, call: CallId, segment: str, wait_s: float) -> None:
        if segment not in self._digests:
            task = asyncio.get_running_loop().create_task(self._digest(call, segment, wait_s))
            self._digests[segment] = task
            task.add_done_callback(lambda _: self._digests.pop(segment, None))

    async def _digest(self, call: CallId, segment: str, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        path = Path(self._board.settings.recordings_dir) / segment
        try:
            reading = await asyncio.to_thread(self._read, call, segment, path)
        except (FileNotFoundError, Unbegun):
            hearing.drop_segment(self._board, call, segment)
            self._changed()
            return
        except (OSError, SealError, KeyRefusedError) as error:
            self._board.counts.recording_failures += 1
            _log.error("recording %s cannot be read: %s", segment, error)
            await asyncio.sleep(DIGEST_RETRY_S)  # as long as this runs, no other try begins
            return
        self.heard(
            "",
            protocol.Recorded(
                bridge=call,
                file=str(path),
                sha256=reading.sha256,
                seconds=reading.seconds,
                bytes=reading.sound_bytes,
                key=reading.key_id,
                chain=reading.chain,
                lost_s=reading.lost_s,
            ),
        )

    def _read(self, call: CallId, segment: str, path: Path) -> Reading:
        """Runs in a thread: what a process that died has left."""
        known = self._board.ledger.find(call)
        sealed = known.find_key(segment) if known is not None else None
        if sealed is None:
            raise KeyRefusedError("there is no key for it")
        return check_file(path, self.keys.open(sealed))


def _displaced(board: Board, call: CallId, leg: str, key: str) -> None:
    if leg == CITIZEN:
        signalling.displaced(board, call, key)
    else:
        dialling.displaced(board, call, leg, key)
