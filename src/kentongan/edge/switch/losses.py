"""Sound that recordings lose because a disk is full, away or too slow: counted while it is lost.

A media process says when a recording stops writing, when it writes again and what that cost, and
how much its segment lost in all. What goes on counts by the clock, so that health moves while an
outage lasts; the sum at the end is what counts. The log has a line for an outage, and one for each
segment that is silent in part.
"""

import logging
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from kentongan.media import protocol

if TYPE_CHECKING:
    from kentongan.edge.switch.board import Board

LOSING_MAX: Final = 1_024
"""Segments remembered; calls end, and more than the lines of a centre are never open."""

_log = logging.getLogger("kentongan.edge.switch")


class Loss(Struct):
    """Of one segment: since when it writes nothing, and the seconds counted so far."""

    since: datetime | None = None
    counted_s: float = 0.0


def hear(
    board: "Board", event: protocol.RecordingFailed | protocol.RecordingStarted, at: datetime
) -> None:
    """A recording stopped writing, or writes (again)."""
    segment = Path(event.file).name
    match event:
        case protocol.RecordingFailed(reason=reason):
            board.counts.recording_failures += 1
            if segment not in board.losing and len(board.losing) >= LOSING_MAX:
                return
            loss = board.losing.setdefault(segment, Loss())
            loss.since = loss.since or at
            board.notices.say("recording_failed", "recordings", f"{segment}: {reason}")
        case protocol.RecordingStarted(lost_s=lost_s):
            loss = board.losing.get(segment)
            if loss is not None:
                loss.since = None
                _count(board, loss, loss.counted_s + lost_s)


def closed(board: "Board", segment: str, lost_s: float) -> None:
    """A segment is whole; what it lost in all is known."""
    _count(board, board.losing.pop(segment, Loss()), lost_s)
    if lost_s:
        _log.warning("recording %s: %.0f s of it are silence, the disk lost them", segment, lost_s)


def lost_s(board: "Board", at: datetime) -> float:
    """Seconds lost since the start, those being lost now included."""
    running = (at - loss.since for loss in board.losing.values() if loss.since is not None)
    return board.counts.recording_seconds_lost + sum(gap.total_seconds() for gap in running)


def count_failing(board: "Board") -> int:
    """Recordings that write nothing now."""
    return sum(loss.since is not None for loss in board.losing.values())


def _count(board: "Board", loss: Loss, lost_s: float) -> None:
    board.counts.recording_seconds_lost += lost_s - loss.counted_s
    loss.counted_s = lost_s
