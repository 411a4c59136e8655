"""Overflow on a fake clock: not for a page that loads anew, and not beside a desk that is here."""

from pathlib import Path

import pytest
from switch_playbook import DESK
from test_switch_queueing import Floor

from kentongan.core.queue import Ladder
from kentongan.core.words import DeskKey
from kentongan.edge.switch.queueing import Queueing
from kentongan.edge.switch.room import PAGE_AWAY_S

WALL = DeskKey("wall_1")


@pytest.mark.parametrize("away_s", [1, PAGE_AWAY_S - 2])
def test_a_page_that_loads_anew_sends_nobody_away(tmp_path: Path, away_s: float) -> None:
    """The only desk of the night: its caller waits, and rings there when the page is back."""
    floor = Floor(tmp_path, DESK, overflow_to="neighbour")
    floor.look(60)
    floor.away = frozenset({DESK})
    call = floor.ring()
    floor.look(away_s)
    row = floor.book.board.ledger.row(call)
    assert (row.state, row.rung, row.parties) == ("queued", (), ())
    floor.away = frozenset()
    floor.look()
    assert floor.rung(call) == (DESK,)


def test_a_page_that_stays_away_is_nobody(tmp_path: Path) -> None:
    """A desk left without ending its duty; and duty that has begun counts as much before its page
    was ever there."""
    floor = Floor(tmp_path, overflow_to="neighbour")
    floor.look(5)
    floor.desks, floor.away = (DESK,), frozenset({DESK})
    call = floor.ring()
    floor.look(PAGE_AWAY_S)
    assert "call.overflowed" not in floor.kinds(call)
    floor.look(1)
    assert "call.overflowed" in floor.kinds(call)
    other = floor.ring()
    floor.look()
    assert "call.overflowed" in floor.kinds(other)


def test_no_telephone_on_the_wall_rings_for_a_page_that_loads_anew(tmp_path: Path) -> None:
    """Not either where its own time to ring is over meanwhile."""
    floor = Floor(tmp_path, DESK)
    floor.queueing = Queueing(floor.book.board, floor.room, Ladder(), (WALL,))
    call = floor.ring()
    floor.look(9)
    floor.away = frozenset({DESK})
    floor.look(PAGE_AWAY_S - 2)
    assert WALL not in floor.rung(call)
    floor.look(4)
    assert WALL in floor.rung(call)
