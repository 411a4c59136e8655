"""Callers nobody has any more: whose desk was lost, whom every desk declined, who came back."""

from datetime import UTC, datetime, timedelta

import pytest
import test_core_queue
from msgspec import structs
from test_core_queue import CALL, LADDER, PHONES, Hall, seat

from kentongan.core import commands as c
from kentongan.core.queue import AGAIN_S, Standing, in_order, next_round
from kentongan.core.rows import CallRow
from kentongan.core.words import CallId, DeskKey, Role

START = datetime(2026, 11, 14, 7, tzinfo=UTC)


def test_a_suspected_prank_whose_desk_was_lost_is_in_front_of_the_new_ones() -> None:
    """It was being talked to; but a repeat caller and an honest lost one stand before it."""
    row = CallRow(key=CallId("prank"), state="queued", line="112", ring_at=START, line_priority=1)
    rows = [
        structs.replace(row, requeued=1),
        structs.replace(row, key=CallId("new"), ring_at=START - timedelta(seconds=60)),
        structs.replace(row, key=CallId("again"), ring_at=START - timedelta(seconds=50)),
        structs.replace(row, key=CallId("repeat"), line="legacy", line_priority=2),
        structs.replace(row, key=CallId("lost"), requeued=1),
    ]
    prank = Standing(nuisance=True)
    standings = {
        CallId("prank"): prank,
        CallId("again"): Standing(nuisance=True, returning=True),
        CallId("repeat"): Standing(repeat_of_p1=True),
    }
    ordered = [one.key for one in in_order(rows, standings)]
    assert ordered == ["lost", "repeat", "prank", "new", "again"]


@pytest.mark.parametrize("desks", [(), ("desk_1",)])
def test_a_call_that_may_have_come_back_is_sent_nowhere(desks: tuple[str, ...]) -> None:
    """A telephone or a neighbour that leads back to us: sent on, it would take line after line."""
    hall = Hall([seat(one) for one in desks]).ring("first")
    hall.round()
    hall.ring("second")
    _mark(hall, "second", remarks=("came_back",))
    hall.round()
    for _ in range(300):
        hall.later(1)
        assert not {*hall.row("second").rung} & {*hall.row("first").rung} & {*PHONES}
    assert {step.call for step in hall.steps if isinstance(step, c.OverflowCall)} == {"first"}


def test_at_night_it_rings_at_telephones_that_no_other_call_has() -> None:
    """Nobody else could help; and the call of which it may be a copy is not there."""
    hall = Hall([]).ring("talks")
    _mark(hall, "talks", state="answered", desk=PHONES[0])
    hall.ring("back")
    _mark(hall, "back", remarks=("many_hops",))
    hall.round()
    assert hall.row("back").rung == PHONES[1:]


def _mark(hall: Hall, name: str, **fields: object) -> None:
    call = hall.calls[CallId(name)]
    assert call.row is not None
    hall.calls[CallId(name)] = structs.replace(call, row=structs.replace(call.row, **fields))


@pytest.fixture
def declined(monkeypatch: pytest.MonkeyPatch) -> Hall:
    """At night: nobody but a supervisor, no telephone on the wall, and the supervisor said no."""
    monkeypatch.setattr(test_core_queue, "PHONES", ())
    hall = Hall([seat("desk_9", 90, roles=(Role.SUPERVISOR.value,))])
    hall.ring()
    while hall.row().rung != ("desk_9",):
        hall.later(1)
    hall.do(c.DeclineOffer(call=CALL, desk=DeskKey("desk_9"), reason="not_me"))
    assert hall.round() == ()
    assert hall.row().rung == ()
    return hall


def test_who_comes_after_everybody_declined_is_rung_at_once(declined: Hall) -> None:
    """At whatever stage the last one said no: a desk that begins its duty hears the call."""
    declined.seats[DeskKey("desk_2")] = seat("desk_2", 1)
    declined.round()
    assert "desk_2" in declined.row().rung


def test_nobody_waits_in_silence_because_everybody_declined(declined: Hall) -> None:
    """The room rings again within a quarter of a minute of the last ringing, with few facts."""
    before = declined.facts
    declined.later(AGAIN_S + 1)
    assert declined.row().rung == ("desk_9",)
    assert declined.facts - before < 5


def test_nobody_is_sent_away_before_anybody_has_told_who_is_there() -> None:
    """A switch that has just begun again knows of no desk; the desks may all be staffed."""
    hall = Hall().ring("a")
    hall.now += timedelta(seconds=60)
    unknown = next_round(hall.rows(), {}, [], PHONES, LADDER, hall.now, is_known=False)
    assert (unknown.order, unknown.steps) == (("a",), ())
    known = next_round(hall.rows(), {}, [], (), LADDER, hall.now)
    assert [type(one).__name__ for one in known.steps] == ["OverflowCall"]
    staffed = next_round(hall.rows(), {}, [seat("desk_1")], (), LADDER, hall.now, is_known=False)
    assert [type(one).__name__ for one in staffed.steps] == ["RingDesks"]


def test_a_room_whose_only_desk_loads_its_page_anew_is_waited_for() -> None:
    """However long they had waited: it rings at no telephone, and at no neighbour."""
    away = seat("desk_1", has_page=False, is_awaited=True)
    hall = Hall().ring("a")
    for waited_s in (1, 60, 300):
        hall.now = hall.row("a").ring_at + timedelta(seconds=waited_s)
        assert next_round(hall.rows(), {}, [away], PHONES, LADDER, hall.now).steps == ()
    gone = structs.replace(away, is_awaited=False)
    (step,) = next_round(hall.rows(), {}, [gone], PHONES, LADDER, hall.now).steps
    assert isinstance(step, c.RingDesks)
    assert step.desks == PHONES


def test_a_desk_that_comes_takes_one_caller_back_from_the_neighbour() -> None:
    """Not one that was rung in vain, nor one that rings for somebody else."""
    hall = Hall([]).ring("a").ring("b")
    for name in ("a", "b"):
        _mark(hall, name, rung_out=("desk_1",))
        hall.do(c.OverflowCall(call=CallId(name), to="kab_demak", reason="no_answer"))
    hall.seats[DeskKey("desk_1")] = seat("desk_1")
    assert hall.round() == ()
    hall.seats = {DeskKey("desk_2"): seat("desk_2")}
    hall.round()
    hall.round()
    states = [(hall.row(name).state, hall.row(name).rung) for name in ("a", "b")]
    assert states == [("queued", ("desk_2",)), ("transferred", ())]
    assert hall.round() == ()
