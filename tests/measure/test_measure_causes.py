"""Causes of lost time beside the chain: choice of unit, alley, hospital, out of the journal."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from measure_month import months
from measure_story import AMB, CITY_HALL, START, Fact, founding_call, journal
from msgspec import structs

from kentongan.core.commands import ListedUnit, PassedOver
from kentongan.core.events import (
    IncidentOpened,
    PlaceCorrected,
    ShortageBegan,
    UnitAssigned,
    UnitProgressed,
)
from kentongan.core.words import AgencyKey, Fix, Progress, UnitId
from kentongan.measure.case_tables import response_table
from kentongan.measure.cases import cases_of
from kentongan.measure.choices import regret_s
from kentongan.measure.clocks import Clock
from kentongan.measure.day_tables import day_of, from_bytes, to_bytes
from kentongan.measure.ledger import Ledger, chain_of, ledger
from kentongan.measure.observations import NEVER
from kentongan.measure.screens.frame import Asked, frame
from kentongan.measure.screens.worst import worst
from kentongan.measure.shortage import HANDOVER_S, waited_for, waits_of
from kentongan.measure.standards import presets
from kentongan.measure.tables import MICRO, Table

ZONE = ZoneInfo("Asia/Jakarta")
OTHER = UnitId("AMB02")

WAITS = ("no_free_unit", "hospital_hold")

PLANTED_S = {
    "choice": 240.0, "gang": 150.0, "hospital": 900.0, "no_free_unit": 600.0,
    "hospital_hold": 600.0,
}  # fmt: skip
"""What is planted at the second agency, beyond what each may take."""


def _line(unit: UnitId, eta_s: float, **what: bool) -> ListedUnit:
    return ListedUnit(unit=unit, eta_s_low=eta_s - 60, eta_s_high=eta_s + 60, **what)


def _told(facts: Sequence[Fact], planted: str = "") -> list[Fact]:
    """The same month with the lists that were shown, and every step up to the hospital."""
    found: list[Fact] = []
    late: set[str] = set()
    waits: dict[str, float] = {}
    for stream, time_s, event in facts:
        at = time_s + waits.get(stream, 0.0)
        slow_s = PLANTED_S.get(planted, 0.0) if stream in late else 0.0
        if isinstance(event, UnitAssigned):
            if event.agency == "damkar":
                late.add(stream)
                if planted in WAITS and stream not in waits:
                    found.append((stream, at, ShortageBegan()))
                    waits[stream] = PLANTED_S[planted]
                    at += PLANTED_S[planted]
            is_planted = planted == "choice" and stream in late
            listed = (_line(OTHER, 400), _line(event.unit, 400 + 240 * is_planted))
            why = (PassedOver(unit=OTHER, reason="crew_tired"),) if is_planted else ()
            event = structs.replace(event, offered=listed, passed_over=why)  # noqa: PLW2901
        elif isinstance(event, UnitProgressed) and event.progress is Progress.CLEAR:
            there = at - 1_200 + (slow_s if planted == "choice" else 0.0)
            bedside = there + 30 + (slow_s if planted == "gang" else 0.0)
            free = there + 2_000 + (slow_s if planted == "hospital" else 0.0)
            for progress, moment in (
                (Progress.ON_SCENE, there), (Progress.AT_PATIENT, bedside),
                (Progress.TRANSPORTING, there + 600), (Progress.AT_HOSPITAL, there + 1_000),
                (Progress.CLEAR, free),
            ):  # fmt: skip
                step = UnitProgressed(unit=event.unit, progress=progress)
                found.append((stream, moment, step))
            continue
        elif isinstance(event, UnitProgressed) and event.progress is Progress.ON_SCENE:
            continue
        found.append((stream, at, event))
    if planted == "hospital_hold":
        found += _held(min(facts, key=lambda fact: fact[1])[1])
    return sorted(found, key=lambda fact: fact[1])


def _held(begin: float) -> list[Fact]:
    """A fire engine that stands at a hospital all month."""
    unit, incident = UnitId("DAMKAR9"), "incident:held"
    opened = IncidentOpened(number=9, long_id="SMG-9", code="S-9")
    steps = [(Progress.AT_HOSPITAL, 60.0), (Progress.CLEAR, 40 * 86_400.0)]
    return [
        (incident, begin, opened),
        (incident, begin + 1, UnitAssigned(unit=unit, agency=AgencyKey("damkar"))),
        *((incident, begin + at, UnitProgressed(unit=unit, progress=step)) for step, at in steps),
    ]


def _table(facts: Sequence[Fact]) -> Table:
    cases = cases_of(journal(facts))
    return response_table(list(cases.incidents.values()), cases.until, ZONE)


def _ledger(planted: str) -> Ledger:
    now = _table(_told(months("2026-10-01", 30, 12, seed=3), planted))
    before = _table(_told(months("2026-09-01", 30, 12, seed=4)))
    found = ledger(now, reference=before)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("planted", "of"),
    [
        ("choice", "arrival"),
        ("gang", "patient"),
        ("hospital", "unit"),
        ("no_free_unit", "arrival"),
        ("hospital_hold", "arrival"),
    ],
)
def test_a_planted_delay_beside_the_chain_comes_out_on_top(planted: str, of: str) -> None:
    """At one agency of two; with whose seconds they are, and what the P90 would have been."""
    found = _ledger(planted)
    first = found.changes[0]
    assert (first.cause, first.of, first.where) == (planted, of, "damkar")
    assert first.where_share > 0.9
    assert first.saved_s == pytest.approx(PLANTED_S[planted] / 2, rel=0.35)
    assert first.p90_then_s < first.p90_s
    assert first.n == first.due == found.n
    assert not found.missing
    assert (first.within_then is None) == (planted == "hospital")


@pytest.mark.parametrize("planted", WAITS)
def test_the_pareto_of_the_slowest_names_what_was_planted(planted: str) -> None:
    """F7, from the files of days; a third of the incidents is that agency's."""
    facts = months("2026-10-01", 30, 12, seed=3, agencies=("dinkes", "dinkes", "damkar"))
    cases = cases_of(journal(_told(facts, planted)))
    start = datetime(2026, 9, 30, 17, tzinfo=UTC)
    now, before = (
        day_of(cases, {}, begin, begin + timedelta(days=31), ZONE, training=False)
        for begin in (start, start - timedelta(days=31))
    )
    asked = Asked(start=date(2026, 10, 1), days=31)
    found = worst(frame(asked, from_bytes(to_bytes(now)), before, presets()))
    assert found is not None
    lost = {one.cause: one.lost_s for one in found.pareto}
    others = sum(lost.get(one, 0.0) for one in ("dispatch", *WAITS) if one != planted)
    assert lost[planted] > 100 * others
    assert lost[planted] > lost["road"]


def test_waiting_for_a_free_unit_is_not_the_dispatchers_time() -> None:
    """A shortage that another assignment ended counts until then; one after it counts nothing; in
    the worst list it has its own name; a chain's step stays whole."""
    begin, now = 100.0, 90.0
    facts = [
        (stream, at + 400 * (at >= now), event) for stream, at, event in founding_call()
    ]  # the unit was assigned at 90 s; now at 490
    facts.append(("incident:i1", begin, ShortageBegan()))

    def waits(*more: Fact) -> tuple[float, float]:
        table = _table(sorted([*facts, *more], key=lambda fact: fact[1]))
        chain = chain_of(table)
        none, held = waits_of(table, chain.rows, chain.step(Clock.ASSIGNED))
        assert chain.step(Clock.ASSIGNED)[0] >= none[0] + held[0]
        return float(none[0]), float(held[0])

    assert waits() == (390, 0)
    other = UnitAssigned(unit=OTHER, agency=AgencyKey("dinkes"))
    assert waits(("incident:i1", 250, other)) == (150, 0)
    away = [
        ("incident:i2", 0.0, IncidentOpened(number=2, long_id="SMG-2", code="S-2")),
        ("incident:i2", 0.0, other),
        ("incident:i2", 1.0, UnitProgressed(unit=OTHER, progress=Progress.AT_HOSPITAL)),
    ]
    early = [(stream, at - HANDOVER_S + 200, event) for stream, at, event in away]
    assert waits(*early) == (101, 289)  # held from 201 s on, and it never came back
    assert waited_for(400, (101, 289)) == "hospital_hold"
    assert waited_for(400, (300, 0)) == "no_free_unit"
    assert waited_for(400, (150, 0)) == "dispatch"


def test_the_reason_for_passing_over_the_best_unit_is_told() -> None:
    """Every second that the choice cost was given up for the same reason."""
    choice = _ledger("choice").changes[0]
    assert [one.reason for one in choice.reasons] == ["crew_tired"]
    assert choice.reasons[0].incidents == choice.incidents
    assert choice.reasons[0].lost_s == pytest.approx(choice.lost_s)
    quiet = next(one for one in _ledger("").changes if one.cause == "choice")
    assert (quiet.lost_s, quiet.reasons) == (0.0, ())
    assert (choice.allowance_s, quiet.allowance_s) == (60.0, 60.0)  # the median before was 0 s


def _chosen(*lines: ListedUnit, also: UnitId | None = None, after_s: float = 5) -> float | None:
    facts = founding_call()
    place = next(n for n, (_, _, event) in enumerate(facts) if isinstance(event, UnitAssigned))
    agency = AgencyKey("dinkes")
    facts[place] = ("incident:i1", 90, UnitAssigned(unit=AMB, agency=agency, offered=lines))
    if also is not None:
        sent = ("incident:i1", 90 + after_s, UnitAssigned(unit=also, agency=agency))
        facts.insert(place + 1, sent)
    case = cases_of(journal(facts)).incidents["i1"]
    first = case.first_arriving()
    assert first is not None
    return regret_s(case, first)


def test_the_regret_of_a_choice_is_against_who_could_have_gone() -> None:
    """Not against who was sent as well, is cut off or cannot do as much; unknown without a list."""
    own, better = _line(AMB, 500), _line(OTHER, 300)
    assert _chosen(better, own) == 200
    assert _chosen(own, _line(OTHER, 900)) == 0
    assert _chosen(own) == 0
    assert _chosen(better, own, also=OTHER) == 0
    assert _chosen(better, own, also=OTHER, after_s=400) == 200
    assert _chosen(_line(OTHER, 300, cut_off=True), own) == 0
    assert _chosen(_line(OTHER, 300, fits=False), own) == 0
    assert _chosen(_line(OTHER, 300, fits=False), _line(AMB, 500, fits=False)) == 200
    assert _chosen(better) is None
    assert _chosen(better, ListedUnit(unit=AMB)) is None
    assert _chosen() is None


def _between(table: Table, begin: Clock, end: Clock) -> float | None:
    one, other = int(table.moments(begin)[0]), int(table.moments(end)[0])
    return None if NEVER in {one, other} else (other - one) / MICRO


def test_the_wrong_place_and_another_hospital_are_in_the_record() -> None:
    """The crew found the place two minutes later; the hospital was changed on the way."""
    facts = founding_call()
    fix = Fix(point=CITY_HALL, at=START)
    facts.append(("incident:i1", 620, PlaceCorrected(unit=AMB, fix=fix)))
    for at, hospital in ((900, "rsk"), (1_100, "rswn")):
        step = UnitProgressed(unit=AMB, progress=Progress.TRANSPORTING, destination=hospital)
        facts.append(("incident:i1", at, step))
    table = _table(sorted(facts, key=lambda fact: fact[1]))
    assert _between(table, Clock.ARRIVED, Clock.CORRECTED) == 120
    assert _between(table, Clock.LEFT, Clock.DIVERTED) == 200
    assert _between(table, Clock.ARRIVED, Clock.SOONER) is None
