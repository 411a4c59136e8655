"""Ratios of calls and hours of units, worked out by hand."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from measure_month import months
from measure_story import START, Fact, journal

from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.core.events import (
    CallAbandoned,
    CallAnswered,
    CallbackNoted,
    CallOffered,
    IncidentOpened,
    UnitAssigned,
    UnitDutyEnded,
    UnitDutyStarted,
    UnitProgressed,
    UnitRegistered,
    UnitReleased,
    UnitReturnedToService,
    UnitTakenOutOfService,
)
from kentongan.core.words import AgencyKey, CallbackOutcome, CallId, DeskKey, Progress, UnitId
from kentongan.measure.alarms import Alarms
from kentongan.measure.cases import cases_of
from kentongan.measure.monthly.content import Asked, monthly
from kentongan.measure.monthly.pages import monthly_blocks
from kentongan.measure.monthly.speech import Speech
from kentongan.measure.pdf import Grid
from kentongan.measure.report import Evaluation, evaluate, with_ratios
from kentongan.measure.table import to_table

ZONE = ZoneInfo("Asia/Jakarta")
HOUR = 3_600.0
DINKES = AgencyKey("dinkes")


def _told(facts: list[Fact]) -> Evaluation:
    cases = cases_of(journal(sorted(facts, key=lambda one: one[1])))
    end = START + timedelta(days=1)
    found = evaluate(cases, (), {}, start_at=START, end_at=end, zone=ZONE)
    return with_ratios(found, cases, ZONE)


def _call(key: str, at: float, *, hung_up: float | None = None, answer: float = 4) -> list[Fact]:
    facts: list[Fact] = [
        (f"call:{key}", at, CallOffered(line="112", dialled="112", trunk="t")),
    ]
    if hung_up is None:
        said = CallAnswered(desk=DeskKey("desk_1"), agent="r", agent_name="Rina")
        return [*facts, (f"call:{key}", at + answer, said)]
    return [*facts, (f"call:{key}", at + hung_up, CallAbandoned())]


def _noted(key: str, at: float, outcome: CallbackOutcome) -> Fact:
    return (f"call:{key}", at, CallbackNoted(by=CallId("b"), outcome=outcome))


def test_who_hung_up_was_rescued_or_was_never_to_be_reached() -> None:
    """Ten answered; of six that hung up one was reached in time, one too late, one only tried, one
    a second before the record ends, two within the announcement."""
    last = 20_000.0
    facts = [fact for n in range(10) for fact in _call(f"a{n}", 100.0 * n)]
    facts += _call("rescued", 2_000, hung_up=20)
    facts += [_noted("rescued", 2_100, "no_answer"), _noted("rescued", 2_199, "reached")]
    facts += [*_call("late", 3_000, hung_up=20), _noted("late", 3_201, "reached")]
    facts += [*_call("tried", 4_000, hung_up=70), _noted("tried", 4_100, "busy")]
    facts += [*_call("short", 5_000, hung_up=4.9), *_call("shorter", 6_000, hung_up=1)]
    facts += _call("now", last - 31, hung_up=30)
    facts += [("call:waits", last, CallOffered(line="112", dialled="112", trunk="t"))]
    found = _told(facts)
    assert found.ratios is not None
    told = {one.key: (one.count, one.of, one.undecided) for one in found.ratios.ratios}
    assert told == {"abandoned": (6, 16, 1), "rescued": (1, 5, 1), "short": (2, 6, 0)}
    assert found.ratios.offered == 17
    bands = {one.from_s: (one.count, one.of) for one in found.ratios.by_waiting}
    assert bands == {0: (2, 16), 5: (0, 4), 15: (2, 4), 30: (1, 2), 60: (1, 1), 180: (0, 0)}
    share = found.ratios.ratios[1].share
    assert share is not None
    assert share.value == pytest.approx(0.2)
    said = to_table(found, timedelta())
    for words in ("spoken with again within 180 s", "30 s to 60 s", "of who waited so long"):
        assert words in said


def _unit(name: str) -> Fact:
    registered = UnitRegistered(
        agency=DINKES, kind="ambulance", label=name, capabilities=(), post="p",
        home=Point(lat=-6.98, lon=110.41),
    )  # fmt: skip
    return (f"unit:{name}", 0, registered)


def _work(incident: str, unit: str, begin: float, end: float | None) -> list[Fact]:
    name = f"incident:{incident}"
    opened = IncidentOpened(number=1, long_id=incident, code=incident)
    facts: list[Fact] = [
        (name, begin, opened),
        (name, begin, UnitAssigned(unit=UnitId(unit), agency=DINKES)),
    ]
    if end is not None:
        clear = UnitProgressed(unit=UnitId(unit), progress=Progress.CLEAR)
        facts.append((name, end, clear))
    return facts


def test_hours_bound_count_once_and_only_on_duty() -> None:
    """A unit on duty for ten hours, one of them out of service, two works that overlap and one that
    began before its duty; and a unit that nobody signed on."""
    facts = [_unit("A1"), _unit("A2")]
    facts += [
        ("unit:A1", 0, UnitDutyStarted()),
        ("unit:A1", 4 * HOUR, UnitTakenOutOfService(reason="fuel")),
        ("unit:A1", 5 * HOUR, UnitReturnedToService()),
        ("unit:A1", 10 * HOUR, UnitDutyEnded()),
    ]
    facts += _work("i1", "A1", 1 * HOUR, 3 * HOUR)
    facts += _work("i2", "A1", 2 * HOUR, 3.25 * HOUR)
    facts += _work("i3", "A1", 9.5 * HOUR, 10.5 * HOUR)
    facts += _work("i4", "A2", 6 * HOUR, None)
    gone = UnitReleased(unit=UnitId("A2"), reason="not_needed")
    facts += [("incident:i4", 7 * HOUR, gone)]
    found = {one.agency: one for one in _told(facts).units}
    assert set(found) == {"", "dinkes"}
    whole = found["dinkes"]
    assert (whole.units, whole.on_duty_h) == (2, 9)
    assert whole.bound_h == pytest.approx(2.25 + 0.5)
    assert whole.unsigned_h == pytest.approx(0.5 + 1)
    assert whole.utilisation == pytest.approx(2.75 / 9)
    assert found[""].bound_h == whole.bound_h


def test_a_month_tells_them_with_what_they_are_of(pack: CityPack) -> None:
    """On the pages in both languages, and in JSON."""
    facts = months("2026-10-05", 12, 6.0)
    begin = facts[0][1]
    facts += _call("gone", begin + 3_600, hung_up=20)
    facts += [_unit("DINKES1"), ("unit:DINKES1", begin, UnitDutyStarted())]
    cases = cases_of(journal(sorted(facts, key=lambda one: one[1])))
    found = monthly(cases, Alarms(), {}, (), Asked(month="2026-10"), ZONE)
    assert found.ratios is not None
    assert found.ratios.ratios[0].count == 1
    dinkes = next(one for one in found.units if one.agency == "dinkes")
    assert dinkes.bound_h > 0
    for language, said in (("id", "terhubung lagi dalam 3 menit"), ("en", "within 3 minutes")):
        blocks = monthly_blocks(found, (), pack, Speech(language, pack))
        rows = [row for one in blocks if isinstance(one, Grid) for row in one.rows]
        assert any(said in row[0] for row in rows)
        assert any(row[0] == "Dinkes" for row in rows)


@pytest.fixture(scope="module")
def pack() -> CityPack:
    """The city's own names."""
    return load(packaged())
