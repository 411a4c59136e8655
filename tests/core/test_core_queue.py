"""The queue: its order, and that nobody waits unrung while somebody is there.

`Hall` plays a room second by second: calls come, desks come and go, some answer, some say no; the
steps of each round go through the real rules of a call, as the switch does it.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

from core_world import CALL, PLANS, START, SYSTEM
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from kentongan.core import call as rules
from kentongan.core import commands as c
from kentongan.core.call_rows import CallRow
from kentongan.core.context import Context
from kentongan.core.queue import (
    COMMANDS_MAX,
    RING_S,
    AnyStep,
    Ladder,
    Standing,
    in_order,
    next_round,
    order_key,
)
from kentongan.core.queue_room import Seat
from kentongan.core.words import (
    AgentId,
    CallId,
    DeskKey,
    EventId,
    Meta,
    PartyKey,
    Role,
    personal,
)

DESKS = tuple(DeskKey(f"desk_{n}") for n in range(1, 6))
PHONES = (DeskKey("phone_1"), DeskKey("phone_2"))
LADDER = Ladder(overflow_to="kab_demak")


def seat(desk: str, idle_s: float | None = 60, **changes: object) -> Seat:
    """An idle call-taker's seat; `idle_s` None has a call in hand."""
    idle_since = None if idle_s is None else START - timedelta(seconds=idle_s)
    plain = Seat(desk=DeskKey(desk), agent=desk, state="on_duty", idle_since=idle_since)
    return structs.replace(plain, **changes)


class Hall:
    """Calls under the real rules, a clock, and what rang."""

    def __init__(self, seats: Sequence[Seat] = (), ladder: Ladder = LADDER) -> None:
        self.now = START
        self.calls: dict[str, rules.Call] = {}
        self.seats = {one.desk: one for one in seats}
        self.standings: dict[CallId, Standing] = {}
        self.ladder = ladder
        self.steps: list[AnyStep] = []
        self.facts = 0

    def do(self, command: c.CallCommand) -> None:
        """One command, decided and folded."""
        call = self.calls.get(command.call) or rules.Call(key=command.call)
        context = Context(agent=SYSTEM, at=self.now, plans=PLANS)
        for event in rules.decide(command, call, context):
            call = rules.evolve(call, event, self._meta(command.call))
            self.facts += 1
        self.calls[command.call] = call

    def _meta(self, key: str) -> Meta:
        return Meta(
            event_id=EventId("e"),
            stream=f"call:{key}",
            version=1,
            position=1,
            at=self.now,
            recorded_at=self.now,
            agent=AgentId("switch"),
        )

    def ring(self, key: str = CALL, *, line: int = 1, language: str | None = None) -> "Hall":
        """A call comes in and waits."""
        call = CallId(key)
        self.do(
            c.OfferCall(
                call=call, line="112", dialled="112", trunk="t", number=personal("0811"),
                line_priority=line, language=language,
            )
        )  # fmt: skip
        self.do(c.QueueCall(call=call))
        return self

    def rows(self) -> list[CallRow]:
        """All calls."""
        return [call.row for call in self.calls.values() if call.row is not None]

    def row(self, key: str = CALL) -> CallRow:
        """One call."""
        found = self.calls[key].row
        assert found is not None
        return found

    def round(self) -> tuple[AnyStep, ...]:
        """What is due now, carried out."""
        seats = list(self.seats.values())
        due = next_round(self.rows(), self.standings, seats, PHONES, self.ladder, self.now)
        for step in due.steps:
            self.do(step)
        self.steps += due.steps
        return due.steps

    def later(self, seconds: float) -> "Hall":
        """Time passes, a round each second."""
        for _ in range(int(seconds)):
            self.now += timedelta(seconds=1)
            self.round()
        return self


# --- order ---------------------------------------------------------------------------------------

STANDINGS = st.builds(
    Standing, repeat_of_p1=st.booleans(), returning=st.booleans(), nuisance=st.booleans()
)


@st.composite
def waiting(draw: st.DrawFn) -> tuple[list[CallRow], dict[CallId, Standing]]:
    """Some calls that wait, with what is known of their numbers."""
    rows = [
        CallRow(
            key=CallId(f"c{n}"),
            state="queued",
            line="112",
            ring_at=START - timedelta(seconds=draw(st.integers(0, 5))),
            line_priority=draw(st.integers(1, 3)),
            requeued=draw(st.integers(0, 1)),
        )
        for n in range(draw(st.integers(0, 12)))
    ]
    return rows, {row.key: draw(STANDINGS) for row in rows}


@given(waiting(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_is_total_and_does_not_depend_on_how_it_is_asked(
    calls: tuple[list[CallRow], dict[CallId, Standing]], random: Random
) -> None:
    """No two calls have the same key; any order of the input gives the same queue."""
    rows, standings = calls
    ordered = in_order(rows, standings)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert in_order(shuffled, standings) == ordered
    keys = [order_key(row, standings[row.key]) for row in ordered]
    assert sorted(set(keys)) == keys


@given(waiting())
@settings(max_examples=60, deadline=None)
def test_nobody_waits_behind_a_prank_while_a_repeat_caller_waits(
    calls: tuple[list[CallRow], dict[CallId, Standing]],
) -> None:
    """In front of a repeat caller stand only others who are at the head."""
    rows, standings = calls
    ordered = in_order(rows, standings)
    repeats = [n for n, row in enumerate(ordered) if standings[row.key].repeat_of_p1]
    for row in ordered[: max(repeats, default=0)]:
        known = standings[row.key]
        assert known.repeat_of_p1 or not known.nuisance
        assert known.repeat_of_p1 or known.returning or row.requeued > 0


def test_prank_then_line_then_first_ring() -> None:
    """A suspected prank is last, whenever it rang and whatever it dialled; lines come in order."""
    hall = Hall().ring("prank").later(1).ring("b").later(1).ring("a").ring("legacy", line=2)
    hall.standings[CallId("prank")] = Standing(nuisance=True)
    hall.do(c.AnswerCall(call=CallId("b"), desk=DESKS[0]))
    hall.ring("lost").do(c.AnswerCall(call=CallId("lost"), desk=DESKS[1]))
    hall.do(c.RequeueCall(call=CallId("lost"), reason="desk_lost"))
    due = next_round(hall.rows(), hall.standings, [], (), LADDER, hall.now)
    assert due.order == ("lost", "a", "legacy", "prank")
    assert due.positions() == {"lost": 1, "a": 2, "legacy": 3, "prank": 4}


# --- which desk ----------------------------------------------------------------------------------


def test_language_before_skill_before_idleness() -> None:
    """A caller in Javanese rings at whoever speaks it; then skill counts, then the long idle."""
    hall = Hall(
        [
            seat("desk_1", 900),
            seat("desk_2", 10, languages=("id", "jv")),
            seat("desk_3", 20, languages=("id", "jv"), skills=("medical",)),
            seat("desk_4", 800, languages=("id",)),
        ]
    )
    hall.standings[CALL] = Standing(skills=("medical",))
    hall.ring(language="jv").round()
    assert (hall.row().rung, hall.row().rung_stage) == (("desk_3",), "first")
    hall.ring("second", language="en").round()
    assert hall.row("second").rung == ("desk_1",)


def test_one_desk_rings_for_one_call_at_a_time_and_a_decline_goes_on_to_the_next() -> None:
    """Two calls, two desks: one each. "Not me" rings elsewhere at once, not at the same desk."""
    hall = Hall([seat("desk_1", 90), seat("desk_2", 60), seat("desk_3", 30)])
    hall.ring("a").ring("b").round()
    assert (hall.row("a").rung, hall.row("b").rung) == (("desk_1",), ("desk_2",))
    hall.do(c.DeclineOffer(call=CallId("a"), desk=DeskKey("desk_1"), reason="not_me"))
    hall.round()
    assert (hall.row("a").rung, hall.row("a").rung_stage) == (("desk_3",), "second")
    assert hall.round() == ()


def test_the_ladder_from_the_first_desk_to_the_neighbour() -> None:
    """Each stage rings its time, is written as rung out, and the next one begins."""
    hall = Hall(
        [
            seat("desk_1", 90),
            seat("desk_2", 60),
            seat("desk_3", 30),
            seat("desk_4", 30, protected=True),
            seat("desk_5", 30, state="paused"),
            seat("dispatch_1", 30, roles=(Role.DISPATCHER.value,)),
            seat("supervisor_1", 30, roles=(Role.SUPERVISOR.value,)),
        ],
        Ladder(overflow_to="kab_demak", overflow_after_s=100),
    )
    hall.ring().round()
    hall.later(100)
    stages = [(step.stage, step.desks) for step in hall.steps if isinstance(step, c.RingDesks)]
    takers = ("desk_1", "desk_2", "desk_3", "dispatch_1")
    late = (*takers, "supervisor_1", "desk_4", "desk_5")
    assert stages == [
        ("first", ("desk_1",)),
        ("second", ("desk_2",)),
        ("all", takers),
        ("supervisor", late),
        ("telephones", (*late, *PHONES)),
    ]
    waited = [round(step.waited_s) for step in hall.steps if isinstance(step, c.RingOut)]
    assert waited[:4] == [10, 8, 12, 15]
    assert hall.row().state == "transferred"
    assert [one.contact for one in hall.row().parties] == ["kab_demak"]


def test_nobody_on_duty_rings_the_telephones_at_once_and_then_the_neighbour() -> None:
    """An empty room: no waiting for stages that have nobody. Three tries, then it rings on."""
    hall = Hall()
    hall.ring().round()
    assert (hall.row().rung, hall.row().rung_stage) == (PHONES, "telephones")
    for n in range(1, 4):
        hall.later(31)
        assert hall.row().state == "transferred", n
        party = hall.row().parties[-1].party
        hall.do(c.FailParty(call=CALL, party=PartyKey(party), reason="no_answer"))
        assert (hall.row().state, hall.row().requeued) == ("queued", n)
    facts = hall.facts
    hall.later(200)
    assert (hall.row().rung, hall.facts) == (PHONES, facts + 1)


def test_a_desk_that_becomes_free_rings_for_whoever_is_in_front() -> None:
    """Everybody talks, two wait and ring with the busy; the first free desk is the first call's."""
    hall = Hall([seat("desk_1", None), seat("desk_2", None)])
    hall.ring("a").later(1).ring("b").later(40)
    hall.seats[DeskKey("desk_3")] = seat("desk_3", 0)
    (step,) = hall.round()
    assert isinstance(step, c.RingDesks)
    assert (step.call, step.desks[-1]) == ("a", "desk_3")


def test_a_flood_writes_a_few_facts_per_call_and_each_round_is_bounded() -> None:
    """A thousand calls at one moment on five desks: bounded rounds, then no more facts."""
    hall = Hall([seat(desk, 60) for desk in DESKS], Ladder())
    for n in range(1_000):
        hall.ring(f"c{n:04}")
    before = hall.facts
    assert len(hall.round()) == 5
    for _ in range(70):
        hall.now += timedelta(seconds=1)
        assert len(hall.round()) <= COMMANDS_MAX + 1
    assert all(row.rung for row in hall.rows())
    assert hall.facts - before <= 8 * 1_000
    settled = hall.facts
    hall.later(3)
    assert hall.facts == settled


# --- whatever happens ----------------------------------------------------------------------------

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["ring", "answer", "decline", "leave", "come", "protect", "pause", "busy"]),
        st.integers(0, 4),
        st.integers(1, 9),
    ),
    max_size=25,
)


def _happen(hall: Hall, what: str, n: int) -> None:
    """One thing that people do."""
    desk = DESKS[n]
    calls = [row for row in in_order(hall.rows(), hall.standings) if desk in row.rung]
    own = hall.seats.get(desk)
    match what:
        case "ring":
            hall.ring(f"c{len(hall.calls)}")
        case "answer" if calls and own is not None and own.idle_since is not None:
            hall.do(c.AnswerCall(call=calls[0].key, desk=desk))
            hall.seats[desk] = seat(desk, None)
        case "decline" if calls:
            hall.do(c.DeclineOffer(call=calls[0].key, desk=desk, reason="not_me"))
        case "leave":
            hall.seats.pop(desk, None)
        case "come" | "protect" | "pause" | "busy":
            state = "paused" if what == "pause" else "on_duty"
            idle_s = None if what == "busy" else 60.0
            hall.seats[desk] = seat(desk, idle_s, protected=what == "protect", state=state)
        case _:
            pass


def _seconds_of(hall: Hall, events: list[tuple[str, int, int]]) -> Iterator[list[CallRow]]:
    """Second by second: the rows before each round."""
    for what, n, seconds in events:
        _happen(hall, what, n)
        for _ in range(seconds):
            yield hall.rows()
            hall.round()
            hall.now += timedelta(seconds=1)


@given(EVENTS)
@settings(max_examples=60, deadline=None)
def test_every_waiting_call_rings_within_the_first_stage_while_somebody_is_there(
    events: list[tuple[str, int, int]],
) -> None:
    """Counted are seconds in which a desk was there and the call waited without ringing at one."""
    hall = Hall()
    unrung: dict[CallId, int] = {}
    for _ in _seconds_of(hall, events):
        for row in hall.rows():
            is_rung = any(desk in hall.seats or desk in PHONES for desk in row.rung)
            waits = row.state == "queued" and bool(hall.seats) and not is_rung
            unrung[row.key] = unrung.get(row.key, 0) + 1 if waits else 0
            assert unrung[row.key] <= RING_S["first"] + 1


@given(EVENTS)
@settings(max_examples=60, deadline=None)
def test_a_protected_desk_is_spared_while_an_untried_one_is_free(
    events: list[tuple[str, int, int]],
) -> None:
    """No call begins to ring there before every free desk was tried for it."""
    hall = Hall()
    for before in _seconds_of(hall, events):
        old = {row.key: row for row in before}
        seats = list(hall.seats.values())
        free = {one.desk for one in seats if one.is_idle}
        shielded = {one.desk for one in seats if one.protected}
        due = next_round(before, {}, seats, PHONES, LADDER, hall.now)
        for step in due.steps:
            if isinstance(step, c.RingDesks):
                row = old[step.call]
                tried = {*row.rung, *row.rung_out, *row.declined}
                assert free <= tried or not (set(step.desks) - tried) & shielded
            assert not isinstance(step, c.RingDesks) or len(step.desks) == len(set(step.desks))


@given(EVENTS)
@settings(max_examples=40, deadline=None)
def test_a_round_carried_out_asks_for_nothing_more(events: list[tuple[str, int, int]]) -> None:
    """Asked again in the same moment there is nothing to do: nothing is rung twice."""
    hall = Hall()
    for _ in _seconds_of(hall, events):
        hall.round()
        assert hall.round() == ()


def test_positions_follow_who_leaves() -> None:
    """Places are counted among those who wait now."""
    hall = Hall().ring("a").ring("b").ring("c")
    hall.do(c.EndCall(call=CallId("a"), by="caller"))
    assert next_round(hall.rows(), {}, [], (), LADDER, START).positions() == {"b": 1, "c": 2}
