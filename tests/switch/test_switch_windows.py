"""Whose window is there, as the switch tells the web processes: one that only blinked still is."""

from datetime import UTC, datetime, timedelta

from kentongan.core.words import DeskKey
from kentongan.edge.switch.room import PRESENCE_S, WINDOW_AWAY_S, Room, Word

START = datetime(2026, 11, 26, 12, tzinfo=UTC)
DESK = DeskKey("desk_1")
HERE = frozenset({DESK})


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_window_that_was_there_a_moment_ago_is_not_gone() -> None:
    """A connection that breaks and comes back, also at another web process, is one window."""
    room = Room()
    room.hear("w1", Word(at=_at(0), windows=HERE))
    room.hear("w1", Word(at=_at(1)))
    assert room.windows(_at(1 + WINDOW_AWAY_S - 0.1)) == HERE
    assert room.windows(_at(1 + WINDOW_AWAY_S)) == frozenset()
    room.hear("w2", Word(at=_at(7), windows=HERE))
    assert room.windows(_at(7)) == HERE


def test_a_switch_that_has_just_begun_calls_no_window_gone() -> None:
    """Nobody has told it yet who is there."""
    room = Room(START)
    room.hear("w1", Word(at=_at(1)))
    assert room.windows(_at(2)) is None
    assert room.windows(_at(PRESENCE_S)) == frozenset()
    room.hear("w1", Word(at=_at(2), pages=HERE, windows=HERE))
    assert room.windows(_at(2)) == HERE
