"""Overflow on a fake clock: not for a page that loads anew, and not beside a desk that is here."""

from pathlib import Path

import pytest
from switch_playbook import DESK, DEWI
from test_switch_queueing import Floor

from kentongan.core.commands import AnswerCall, JoinParty
from kentongan.core.queue import Ladder
from kentongan.core.words import CallId, DeskKey
from kentongan.edge.switch.queueing import Queueing
from kentongan.edge.switch.room import PAGE_AWAY_S
from kentongan.sip import events

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


def overflowed(floor: Floor) -> CallId:
    """Nobody is on duty: the neighbour is rung, and its telephone rings."""
    call = floor.ring()
    floor.look()
    floor.sent_on(call)
    floor.book.agency_answers(180)
    return call


@pytest.mark.parametrize("is_late", [False, True])
def test_who_is_answered_here_is_answered_by_no_neighbour(tmp_path: Path, is_late: bool) -> None:
    """CANCEL, and a 200 that crosses it gets a BYE: nobody there joins, or rings for nothing."""
    floor = Floor(tmp_path, overflow_to="neighbour")
    call, book = overflowed(floor), floor.book
    book.is_agency_gone = is_late  # the CANCEL is under way
    assert book.ask_of(call, AnswerCall(call=call, desk=DESK), DEWI) == (
        "call.answered",
        "call.party_failed",
    )
    assert book.board.ledger.get(call).parties == ()
    book.is_agency_gone = False
    if is_late:
        book.agency_answers()
    book.wait(2)
    (party,) = book.board.ledger.row(call).parties
    assert (party.state, party.reason, party.joined_at) == ("failed", "cancelled", None)
    assert book.modes() == {"citizen": "talk", DESK: "talk"}
    ending = events.Bye if is_late else events.Cancel
    assert any(isinstance(one, ending) for one in book.agency_heard)
    assert not book.agency.dialogs


def test_a_desk_that_comes_while_the_neighbour_is_rung_rings_at_once(tmp_path: Path) -> None:
    """The caller is back in front of the queue, and the neighbour is let go."""
    floor = Floor(tmp_path, overflow_to="neighbour")
    call, book = overflowed(floor), floor.book
    floor.desks, floor.away = (DESK,), frozenset({DESK})
    floor.look()
    assert book.board.ledger.row(call).state == "transferred", "nobody can be rung yet"
    floor.away = frozenset()
    floor.look()
    floor.look()
    row = book.board.ledger.row(call)
    assert (row.state, row.rung, row.requeued) == ("queued", (DESK,), 1)
    assert [(one.state, one.reason) for one in row.parties] == [("failed", "cancelled")]
    assert any(isinstance(one, events.Cancel) for one in book.agency_heard)


def away(floor: Floor) -> list[str]:
    """The callers for whom the neighbour is rung, or speaks."""
    rows = [floor.book.board.ledger.row(one.id) for one in floor.book.board.ledger.in_hand()]
    return [row.key for row in rows if any(one.state != "failed" for one in row.parties)]


def test_a_ring_that_begins_anew_takes_no_more_lines_than_the_limit(tmp_path: Path) -> None:
    """The neighbour sends each caller back with another number and 70 hops: neither tells a copy
    from a caller, and all the same nobody's copies take line after line."""
    floor, most = Floor(tmp_path, overflow_to="neighbour"), Ladder().overflow_calls_max
    floor.ring()
    copies = 0
    for turn in range(2 * most):
        before = len(away(floor))
        floor.look(1)
        if len(away(floor)) > before:
            floor.ring(shown=f"0291{turn:04d}")  # what we sent has come back
            copies += 1
    assert (len(away(floor)), copies) == (most, most)
    (waits,) = [one.id for one in floor.book.board.ledger.in_hand() if one.id not in away(floor)]
    assert floor.book.board.ledger.row(waits).state == "queued", "the last copy waits here"


def test_so_many_calls_at_once_are_at_the_neighbour(tmp_path: Path) -> None:
    """Answered there or not; who comes after waits here, and is sent on when one of them ends."""
    floor, most = Floor(tmp_path, overflow_to="neighbour"), Ladder().overflow_calls_max
    callers = [floor.ring() for _ in range(most + 2)]
    floor.look()
    assert away(floor) == callers[:most], "in one round, too"
    first = callers[0]
    joined = JoinParty(call=first, party=floor.book.board.ledger.row(first).parties[0].party)
    floor.book.board.act("joined", joined, floor.book.moment)
    floor.look(5)
    assert away(floor) == callers[:most]
    floor.book.end_call(first)
    floor.look()
    assert away(floor) == callers[1 : most + 1]
