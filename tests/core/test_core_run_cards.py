"""Run cards, plans of several units, soon free ones, and what never changes a list."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from core_world import INCIDENT, OTHER, PLANS, SIMPANG_LIMA
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from kentongan.cities.facts import Capability, Text
from kentongan.cities.run_cards import RunCard, RunLine, RunStage
from kentongan.cities.taxonomy import PriorityCode
from kentongan.core.candidates import Candidate, Loss, Plan, Recommendation, Travel
from kentongan.core.eligibility import fills
from kentongan.core.recommend import Wish, recommend
from kentongan.core.rows import EngagementRow, UnitRow
from kentongan.core.run_card import Asked, asked_for
from kentongan.core.run_card import plan as plan_of
from kentongan.core.seating import Coming
from kentongan.core.words import AgencyKey, Fix, IncidentId, Progress, UnitId

NOON = datetime(2026, 11, 23, 7, 5, 20, tzinfo=UTC)
MED, FIRE = PLANS.natures["MED-01"], PLANS.natures["KBK-01"]
ALS, BLS = Capability.ALS, Capability.BLS
PUMP, WATER, LADDER = Capability.PUMP, Capability.WATER, Capability.LADDER


def row(key: str, *can: str, agency: str = "damkar", kind: str = "fire_engine") -> UnitRow:
    """A unit on duty."""
    return UnitRow(
        key=UnitId(key),
        state="available",
        agency=AgencyKey(agency),
        unit_kind=kind,
        label=key,
        capabilities=can,
        post="p",
        home=SIMPANG_LIMA,
        since=NOON - timedelta(hours=1),
    )


def plan(asked: Asked, present: Sequence[UnitRow], rows: Sequence[UnitRow]) -> Plan | None:
    """The plan while nobody can say who is there when."""
    return plan_of(asked, present, [Coming(one) for one in rows])


def stands(
    unit: UnitRow,
    low: float | None = 300,
    *,
    at_work: Progress | None = None,
    since_s: float = 0,
    incident: IncidentId = OTHER,
    age_s: float = 3,
    loss: Loss | None = None,
    walk_m: float = 0,
    marks: tuple[str, ...] = (),
) -> Candidate:
    """The unit as it stands, so many seconds away."""
    work = EngagementRow(
        key=unit.key,
        incident=incident,
        number=60,
        progress=at_work or Progress.ASSIGNED,
        since=NOON - timedelta(seconds=since_s),
    )
    return Candidate(
        unit=unit,
        engagement=None if at_work is None else work,
        fix=Fix(point=SIMPANG_LIMA, at=NOON - timedelta(seconds=age_s)),
        travel=None
        if low is None
        else Travel(seconds_low=low, seconds_high=low * 1.5, distance_m=low * 8, source="road"),
        turnout_s=60,
        loss=loss,
        walk_m=walk_m,
        marks=marks,
    )


def card(key: str, *lines: RunLine, level: str = "P1", **scope: tuple[str, ...]) -> RunCard:
    """A card of one stage."""
    stage = RunStage(priorities=(PriorityCode(level),), send=lines)
    return RunCard(key=key, label=Text(id=key, en=key), stages=(stage,), **scope)


# --- which card ----------------------------------------------------------------------------------


def test_the_sub_categorys_card_goes_before_its_categorys_and_the_priority_sets_the_stage() -> None:
    """A house on fire gets its own card, a car the card of all fires, each by priority."""
    house = asked_for(FIRE, "P1", PLANS)
    assert house.card == "building_fire"
    assert sum(line.count for line in house.lines) == 6
    assert sum(line.count for line in asked_for(FIRE, "P3", PLANS).lines) == 1
    car = PLANS.natures["KBK-02"]
    assert asked_for(car, None, PLANS) == asked_for(car, "P1", PLANS)
    assert asked_for(car, "P1", PLANS).card == "fire"


def test_without_a_stage_for_the_priority_the_next_card_counts_and_then_the_needs() -> None:
    """A hole in a card never leaves an incident without anything to send."""
    own = card("own", RunLine(needs=(LADDER,)), natures=("KBK-01",))
    all_fires = card("all", RunLine(needs=(WATER,)), level="P2", categories=("KBK",))
    plans = structs.replace(PLANS, run_cards=(all_fires, own))
    assert asked_for(FIRE, "P1", plans).card == "own"
    assert asked_for(FIRE, "P2", plans).card == "all"
    assert asked_for(FIRE, "P3", plans) == Asked("", (RunLine(needs=(PUMP,)),))
    nothing = structs.replace(FIRE, needs=())
    assert asked_for(nothing, "P3", plans) == Asked("", ())
    assert plan(asked_for(nothing, "P3", plans), [], [row("D")]) is None


# --- the set -------------------------------------------------------------------------------------


def test_a_versatile_unit_is_kept_for_what_only_it_can_do() -> None:
    """The nearest engine is the only ladder: the next one pumps."""
    asked = Asked("x", (RunLine(needs=(PUMP,)), RunLine(needs=(LADDER,))))
    both, engine = row("D1", "pump", "ladder"), row("D2", "pump")
    found = plan(asked, [], [both, engine])
    assert found is not None
    assert [(one.unit, one.needs) for one in found.units] == [
        ("D1", ("ladder",)),
        ("D2", ("pump",)),
    ]
    assert found.wanting == ()


def test_what_nobody_can_do_is_said_and_a_substitute_is_named_as_one() -> None:
    """Basic for advanced life support; of three engines two are missing."""
    asked = Asked("x", (RunLine(needs=(ALS,)), RunLine(needs=(PUMP,), count=3)))
    found = plan(asked, [], [row("P1", "bls", agency="pmi"), row("D1", "pump")])
    assert found is not None
    assert [(one.unit, one.fits) for one in found.units] == [("P1", False), ("D1", True)]
    (wanting,) = found.wanting
    assert (wanting.count, wanting.needs) == (2, ("pump",))
    assert found.asked == 4


def test_who_is_there_already_counts_and_is_not_asked_again() -> None:
    """The second look at a card only asks for the rest."""
    asked = Asked("x", (RunLine(needs=(PUMP,), count=2),))
    found = plan(asked, [row("D1", "pump")], [row("D2", "pump"), row("D3", "pump")])
    assert found is not None
    assert (found.present, [one.unit for one in found.units]) == (("D1",), ["D2"])


CAPABILITIES = st.sets(st.sampled_from(["als", "pump", "water", "ladder"]), max_size=3)
UNITS = st.lists(CAPABILITIES, max_size=6)
LINES = st.lists(
    st.builds(
        RunLine,
        needs=st.sampled_from([(ALS,), (PUMP,), (WATER,), (LADDER,), (PUMP, WATER)]),
        count=st.integers(1, 2),
    ),
    min_size=1,
    max_size=3,
)


def _matchable(rows: Sequence[UnitRow], seats: Sequence[RunLine]) -> bool:
    if not rows:
        return True
    first, *rest = rows
    return any(
        _matchable(rest, [*seats[:n], *seats[n + 1 :]])
        for n, line in enumerate(seats)
        if fills(line, first)
    )


def _best_set(rows: list[UnitRow], seats: list[RunLine]) -> list[str]:
    """By trying every set: the largest that fits, of these the one that comes first."""
    for size in range(min(len(rows), len(seats)), 0, -1):
        for chosen in combinations(rows, size):
            if _matchable(chosen, seats):
                return [one.key for one in chosen]
    return []


@given(UNITS, LINES)
def test_a_plan_fills_as_many_lines_as_can_be_with_the_best_ranked(
    abilities: list[set[str]], lines: list[RunLine]
) -> None:
    """The same set as trying them all; nobody twice; every line is filled or told as wanting. Each
    comes ten minutes after the one before, so that nobody spares anybody."""
    rows = [row(f"U{n}", *sorted(can)) for n, can in enumerate(abilities)]
    coming = [Coming(one, 600.0 * n) for n, one in enumerate(rows)]
    found = plan_of(Asked("x", tuple(lines)), [], coming)
    assert found is not None
    seats = [line for line in lines for _ in range(line.count)]
    units = [one.unit for one in found.units]
    assert units == _best_set(rows, seats)
    assert len(units) + sum(one.count for one in found.wanting) == len(seats)


# --- the whole list ------------------------------------------------------------------------------


def keys(found: Recommendation) -> list[str]:
    """Who is offered, best first."""
    return [one.unit for one in found.offered]


def test_the_card_brings_in_units_that_the_taxonomy_alone_would_not() -> None:
    """An ambulance for a house on fire, behind the engines; units there are not offered again."""
    wish = Wish(nature=structs.replace(FIRE, support=()), incident=INCIDENT)
    engine, medic = stands(row("D1", "pump")), stands(row("A1", "bls", agency="dinkes"), 60)
    there = stands(row("D2", "pump"), at_work=Progress.ON_SCENE, incident=INCIDENT)
    assert keys(recommend(wish, [engine, medic, there], NOON)) == ["D1"]
    asked = Asked("x", (RunLine(needs=(PUMP,), count=2), RunLine(needs=(BLS,))))
    found = recommend(structs.replace(wish, card=asked), [engine, medic, there], NOON)
    assert keys(found) == ["D1", "A1"]
    assert [reason.key for reason in found.offered[1].reasons][:1] == ["on_card"]
    assert found.plan is not None
    assert (found.plan.present, [one.unit for one in found.plan.units]) == (("D2",), ["D1", "A1"])
    assert found.not_offered == ()


def test_a_unit_that_will_soon_be_free_is_named_apart_with_the_time() -> None:
    """At the hospital for 14 of the usual 20 minutes: free in about six, and never offered now."""
    wish = Wish(nature=MED, busy_s={"at_hospital": 1200, "transporting": 2400})
    at_hospital = stands(
        row("A1", "als", agency="dinkes"), at_work=Progress.AT_HOSPITAL, since_s=840
    )
    found = recommend(wish, [at_hospital], NOON)
    assert (keys(found), found.not_offered) == ([], ())
    (soon,) = found.soon
    assert (soon.free_s, soon.incident_number) == (360, 60)
    assert (soon.eta_s_low, soon.eta_s_high) == (360 + 60 + 300, 360 + 60 + 450)
    assert soon.reasons[0] == ("soon_free", {"minutes": "6", "incident_number": "60"})


@pytest.mark.parametrize(
    ("progress", "since_s", "overdue"),
    [
        (Progress.AT_HOSPITAL, 1500, True),
        (Progress.TRANSPORTING, 0, None),
        (Progress.ON_SCENE, 9000, None),
    ],
)
def test_soon_free_is_only_what_the_pack_speaks_of_and_within_a_quarter_of_an_hour(
    progress: Progress, since_s: float, overdue: bool | None
) -> None:
    """Past the usual time it is told as a minute and as overdue; longer waits are not soon."""
    wish = Wish(nature=MED, busy_s={"at_hospital": 1200, "transporting": 2400})
    one = stands(row("A1", "als", agency="dinkes"), at_work=progress, since_s=since_s)
    found = recommend(wish, [one], NOON)
    if overdue is None:
        assert found.soon == ()
        assert [reason.key for reason in found.not_offered[0].reasons] == ["engaged"]
    else:
        assert found.soon[0].free_s == 60
        assert "free_overdue" in {warning.key for warning in found.soon[0].warnings}


def test_closer_ones_that_are_not_offered_come_with_their_time_the_nearest_first() -> None:
    """Why not the one round the corner: it cannot, it works, it is away."""
    first = stands(row("A1", "als", agency="dinkes"), 600)
    off = stands(structs.replace(row("A2", "als", agency="dinkes"), state="off_duty"), 300)
    busy = stands(row("A3", "als", agency="dinkes"), 120, at_work=Progress.ON_SCENE)
    far = stands(row("D1", "pump", agency="polisi"), 900)
    unknown = stands(row("D2", "pump", agency="polisi"), None)
    found = recommend(Wish(nature=MED), [first, unknown, far, off, busy], NOON)
    told = [(one.unit, one.closer, one.eta_s_low) for one in found.not_offered]
    assert told == [
        ("A3", True, 180),
        ("A2", True, 360),
        ("D1", False, 960),
        ("D2", False, None),
    ]


def test_marks_of_the_way_and_old_states_are_told_in_words() -> None:
    """On a closed road, far from any road, on foot at the end; a state of thirteen hours."""
    unit = structs.replace(row("A1", "als", agency="dinkes"), since=NOON - timedelta(hours=13))
    one = stands(unit, walk_m=80, marks=("same_edge", "on_closed", "not_reached"))
    (told,) = recommend(Wish(nature=MED), [one], NOON).offered
    assert ("walk", {"walk_m": "80"}) in told.reasons
    assert [warning.key for warning in told.warnings] == ["status_old", "on_closed", "not_reached"]


def test_what_it_leaves_uncovered_is_named_in_short() -> None:
    """Three kelurahan by name, the others as a number."""
    two = Loss(("Srondol", "Pedalangan"), 480, "road")
    five = Loss(("A", "B", "C", "D", "E"), 480, "road")
    first, second = (
        stands(row("A1", "als", agency="dinkes"), 100, loss=two),
        stands(row("A2", "als", agency="dinkes"), 900, loss=five),
    )
    found = recommend(Wish(nature=MED), [first, second], NOON)
    assert found.offered[0].warnings == (
        ("uncovers", {"areas": "Srondol, Pedalangan", "minutes": "8", "source": "road"}),
    )
    assert found.offered[1].warnings == (
        ("uncovers_more", {"areas": "A, B, C", "more": "2", "minutes": "8", "source": "road"}),
    )


def test_coverage_decides_between_two_of_the_same_minute_only() -> None:
    """Ten seconds later and nothing lost goes first; two minutes later does not."""
    loss, none = Loss(("Srondol",), 480, "road"), Loss((), 480, "road")
    near = stands(row("A1", "als", agency="dinkes"), 200, loss=loss)
    near_too = stands(row("A2", "als", agency="dinkes"), 204, loss=none)
    later = stands(row("A3", "als", agency="dinkes"), 320, loss=none)
    found = recommend(Wish(nature=MED), [near, near_too, later], NOON)
    assert keys(found) == ["A2", "A1", "A3"]


AGENCIES = st.sampled_from(["dinkes", "pmi", "damkar", "polisi"])
LOSSES = st.none() | st.lists(st.sampled_from("ABCDE"), unique=True).map(
    lambda areas: Loss(tuple(areas), 480, "road")
)


@st.composite
def fleets(draw: st.DrawFn) -> list[Candidate]:
    """Any fleet in any state."""
    count = draw(st.integers(0, 10))
    found: list[Candidate] = []
    for n in range(count):
        can = sorted(draw(st.sets(st.sampled_from(["als", "bls", "pump", "water"]), max_size=3)))
        state = draw(st.sampled_from(["available", "available", "off_duty", "out_of_service"]))
        unit = structs.replace(row(f"U{n}", *can, agency=draw(AGENCIES)), state=state)
        found.append(
            stands(
                unit,
                draw(st.none() | st.floats(1, 9_000)),
                at_work=draw(st.none() | st.none() | st.sampled_from(list(Progress)[:-1])),
                since_s=draw(st.floats(0, 4_000)),
                incident=draw(st.sampled_from([INCIDENT, OTHER])),
                age_s=draw(st.floats(0, 90_000)),
                loss=draw(LOSSES),
            )
        )
    return found


WISH = Wish(
    nature=MED,
    asked=("damkar",),
    incident=INCIDENT,
    card=Asked("x", (RunLine(needs=(ALS,), count=2), RunLine(needs=(PUMP,)))),
    busy_s={"at_hospital": 1200, "transporting": 2400},
)


@given(fleets())
def test_every_unit_is_told_of_once_and_nobody_at_work_is_offered(fleet: list[Candidate]) -> None:
    """Offered, soon free, not offered with a reason, or here already; plans only of the offered."""
    found = recommend(WISH, fleet, NOON)
    at_work = {one.unit.key for one in fleet if one.engagement is not None}
    here = {one.unit.key for one in fleet if one.engagement and one.engagement.incident == INCIDENT}
    told = [
        *keys(found),
        *(one.unit for one in found.soon),
        *(one.unit for one in found.not_offered),
        *here,
    ]
    assert sorted(told) == sorted(one.unit.key for one in fleet)
    assert not at_work & set(keys(found))
    assert all(one.reasons for one in found.not_offered)
    assert found.plan is not None
    assert {one.unit for one in found.plan.units} <= set(keys(found))
    assert set(found.plan.present) <= here


@given(fleets(), st.data())
def test_ages_hide_nobody_and_coverage_moves_nobody_to_another_minute(
    fleet: list[Candidate], data: st.DataObject
) -> None:
    """With every position and status fresh and no coverage known: the same units, and the same
    sequence of whole minutes within each group."""
    fresh = [
        structs.replace(
            one,
            fix=Fix(point=SIMPANG_LIMA, at=NOON),
            unit=structs.replace(one.unit, since=NOON),
            loss=data.draw(LOSSES),
        )
        for one in fleet
    ]
    one, other = recommend(WISH, fleet, NOON), recommend(WISH, fresh, NOON)
    assert set(keys(one)) == set(keys(other))

    def minutes(found: Recommendation) -> list[float | None]:
        return [None if o.eta_s_high is None else o.eta_s_high // 60 for o in found.offered]

    assert minutes(one) == minutes(other)
