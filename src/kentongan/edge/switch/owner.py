"""What the media driver is told about calls, and what it tells of them: the board's side of it.

Every method changes the board and asks for a commit; nothing is sent from here.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from pathlib import Path

from kentongan.core.words import CallId, DeskKey
from kentongan.edge.switch import hearing, signalling
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.bridge import WantedBridge
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.telephones import Telephones
from kentongan.media import protocol

DIGEST_RETRY_S = 60.0
"""Pause before a recording that could not be read is tried again."""

_log = logging.getLogger(__name__)


class BridgeOwner:
    """Implements `media.Owner` on a board."""

    def __init__(
        self,
        board: Board,
        phones: Telephones,
        *,
        clock: Callable[[], Moment],
        changed: Callable[[], None],
        caught: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        self._board = board
        self._phones = phones
        self._clock = clock
        self._changed = changed
        self._caught = caught
        self._digests: dict[str, asyncio.Task[None]] = {}  # by the file's name

    def wanted(self, call: CallId) -> WantedBridge | None:
        """How the call should sound; None when it is over or unknown."""
        return self._board.wanted(call)

    def begin_segment(self, call: CallId) -> None:
        """A bridge is about to be made: name a new recording."""
        hearing.begin_segment(self._board, call, self._clock())
        self._changed()

    def placed(self, call: CallId, ip: str, port: int) -> None:
        """The caller's leg has this media address."""
        signalling.placed(self._board, self._phones, call, ip, port, self._clock())
        self._changed()

    def refused(self, call: CallId, step: protocol.AnyCommand, key: str) -> None:
        """The process will not do this; the next attempt is in a second."""
        if isinstance(step, protocol.Create):
            hearing.drop_segment(self._board, call, step.record or "")
            if key == "full":
                signalling.redistribute(self._board, call)
        elif isinstance(step, protocol.Rtp):
            signalling.displaced(self._board, call, key)
        self._changed()

    def pages_heard(self, call: CallId, desks: tuple[DeskKey, ...]) -> None:
        """These desks' pages are connected, whatever was told while nobody listened."""
        for desk in desks:
            known = self._board.ledger.find(call)
            if known is not None:
                hearing.page_connected(self._board, known, desk, self._clock())
        self._changed()

    def pages_missing(self, call: CallId, desks: tuple[DeskKey, ...]) -> None:
        """These desks' pages must offer again; until they do, they are not heard."""
        for desk in desks:
            hearing.page_lost(self._board, call, desk, self._clock())
            self._board.redo(call, desk)
        self._changed()

    def heard(self, epoch: str, event: protocol.AnyEvent) -> None:
        """The process says what happened."""
        with self._caught(f"hearing {type(event).__name__}"):
            hearing.hear(self._board, epoch, event, self._clock())
        self._changed()

    def calls_of(self, shard: int) -> tuple[CallId, ...]:
        """The calls in that process, also those over whose bridge may still be there."""
        return tuple(call.id for call in self._board.ledger if call.shard == shard)

    def process_found(self, shard: int, recording: frozenset[str]) -> None:
        """Segments of a process that died are closed here: nobody else will tell their digest."""
        running = {Path(file).name for file in recording}
        for call in self._board.ledger:
            if call.shard == shard:
                self.digest(call.id, running)

    def digest(self, call: CallId, running: Collection[str] = ()) -> None:
        """Read what nobody has told the digest of, except files that are being written."""
        known = self._board.ledger.get(call)
        for segment in known.recordings:
            if segment not in known.kept and segment not in running:
                self._start_digest(call, segment)

    def _start_digest(self, call: CallId, segment: str) -> None:
        if segment not in self._digests:
            task = asyncio.get_running_loop().create_task(self._digest(call, segment))
            self._digests[segment] = task
            task.add_done_callback(lambda _: self._digests.pop(segment, None))

    async def _digest(self, call: CallId, segment: str) -> None:
        from kentongan.media.record import digest_file  # brings numpy: not before it is needed

        path = Path(self._board.settings.recordings_dir) / segment
        try:
            sha256, seconds, size = await asyncio.to_thread(digest_file, path)
        except FileNotFoundError:
            hearing.drop_segment(self._board, call, segment)
            self._changed()
            return
        except OSError as error:
            self._board.counts.recording_failures += 1
            _log.error("recording %s cannot be read: %s", segment, error)
            await asyncio.sleep(DIGEST_RETRY_S)  # as long as this runs, no other try begins
            return
        self.heard(
            "",
            protocol.Recorded(
                bridge=call, file=str(path), sha256=sha256, seconds=seconds, bytes=size
            ),
        )
