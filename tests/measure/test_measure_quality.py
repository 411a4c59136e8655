"""What a measurement is worth: every mark has its case; columns equal a plain calculation."""

import random
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from measure_story import AMB, AT_CITY_HALL, CITY_HALL, DINKES, START, Fact, founding_call, journal

from kentongan.cities.facts import Point
from kentongan.core.events import (
    AgencyTasked,
    AlertDelivered,
    CallAbandoned,
    CallOffered,
    IncidentClosed,
    IncidentLocated,
    IncidentOpened,
    ReportLinked,
    ReportOpened,
    TaskRefused,
    UnitAssigned,
    UnitProgressed,
    UnitReleased,
)
from kentongan.core.words import (
    CallId,
    Channel,
    Fix,
    NatureCode,
    Outcome,
    Progress,
    ReportId,
    TaskRole,
    UnitId,
)
from kentongan.measure.case_tables import tables_of
from kentongan.measure.cases import Cases, cases_of
from kentongan.measure.clocks import TAPPED, Clock
from kentongan.measure.exclusions import Selection, select
from kentongan.measure.intervals import (
    INTERVAL_BY_KEY,
    INTERVALS,
    QUALITIES,
    Quality,
    Subject,
    interval_of,
)
from kentongan.measure.observations import Observations
from kentongan.measure.stamps import Source, Stamp
from kentongan.measure.subjects import IncidentCase, PartCase
from kentongan.measure.tables import BURST_S, SKEW_MAX_S, observe

ZONE = ZoneInfo("Asia/Jakarta")


def _observe(facts: list[Fact] | Cases, key: str) -> Observations:
    cases = facts if isinstance(facts, Cases) else cases_of(journal(facts))
    interval = INTERVAL_BY_KEY[key]
    return observe(interval, tables_of(cases, ZONE).of(interval.subject))


def _only(found: Observations) -> tuple[str, float]:
    assert len(found) == 1, found
    return QUALITIES[int(found.quality[0])], float(found.seconds[0])


def _tapped(progress: Progress, second: float, point: Point | None = None) -> Fact:
    fix = Fix(point=point, at=START, accuracy_m=10) if point else None
    return ("incident:i1", second, UnitProgressed(unit=AMB, progress=progress, fix=fix))


def _changed(step: Progress, *instead: Fact) -> list[Fact]:
    facts = founding_call()
    place = next(
        i for i, fact in enumerate(facts)
        if isinstance(fact[2], UnitProgressed) and fact[2].progress is step
    )  # fmt: skip
    return [*facts[:place], *instead, *facts[place + 1 :]]


def test_a_tap_at_the_place_is_confirmed_and_one_elsewhere_came_late() -> None:
    """The position sent with the tap says which; without one it is a tap by hand."""
    by_hand = _observe(founding_call(), "travel")
    assert by_hand.labels["source"].names[by_hand.labels["source"].codes[0]] == Source.HAND
    at_it = _observe(
        _changed(Progress.ON_SCENE, _tapped(Progress.ON_SCENE, 500, CITY_HALL)), "response"
    )
    assert _only(at_it) == (Quality.OK, 449)
    assert at_it.labels["source"].names[at_it.labels["source"].codes[0]] == Source.GEOFENCE
    far = Point(lat=CITY_HALL.lat + 0.02, lon=CITY_HALL.lon)  # 2.2 km north
    late = _observe(_changed(Progress.ON_SCENE, _tapped(Progress.ON_SCENE, 500, far)), "response")
    assert _only(late) == (Quality.MANUAL_LATE, 449)


def test_two_taps_pressed_together_mark_the_first_as_late() -> None:
    """Departure tapped at the arrival: its travel of a second is shown, and marked."""
    facts = _changed(Progress.DEPARTED, _tapped(Progress.DEPARTED, 500 - BURST_S + 1))
    assert _only(_observe(facts, "travel")) == (Quality.MANUAL_LATE, BURST_S - 1)
    facts = _changed(Progress.DEPARTED, _tapped(Progress.DEPARTED, 500 - BURST_S))
    assert _only(_observe(facts, "travel")) == (Quality.OK, BURST_S)


def test_a_correction_takes_back_the_arrival_that_was_none() -> None:
    """As on the board: later steps are forgotten, the step itself keeps its first time."""
    back = UnitProgressed(unit=AMB, progress=Progress.DEPARTED, correction=True)
    facts = _changed(
        Progress.ON_SCENE,
        _tapped(Progress.ON_SCENE, 200),
        ("incident:i1", 210, back),
        _tapped(Progress.ON_SCENE, 520),
    )
    assert _only(_observe(facts, "travel")) == (Quality.OK, 380)
    assert _only(_observe(facts, "citizen_response")) == (Quality.OK, 520)
    assert _only(_observe(facts, "turnout")) == (Quality.OK, 48)


def test_a_departure_before_its_assignment_is_a_skewed_clock_and_never_counts() -> None:
    """Two machines, a small difference: skew. A large one is just negative."""
    early = founding_call()
    early = [(s, 90 - 30 if isinstance(e, UnitAssigned) is False and isinstance(e, UnitProgressed)
              and e.progress is Progress.DEPARTED else t, e) for s, t, e in early]  # fmt: skip
    quality, seconds = _only(_observe(early, "depart"))
    assert quality == Quality.SKEW
    assert np.isnan(seconds)
    far = [(s, t - 2 * SKEW_MAX_S if isinstance(e, UnitProgressed) and e.progress is
            Progress.DEPARTED else t, e) for s, t, e in founding_call()]  # fmt: skip
    assert _only(_observe(far, "depart"))[0] == Quality.NEGATIVE


def test_a_released_unit_and_a_refusing_agency_keep_the_time_they_waited() -> None:
    """Cancelled is not missing: Kaplan and Meier need how long it had been."""
    facts = [f for f in founding_call() if not isinstance(f[2], UnitProgressed)]
    facts.insert(-1, ("incident:i1", 400, UnitReleased(unit=AMB, reason="nearer_unit")))
    travel = _observe(facts, "depart")
    assert _only(travel)[0] == Quality.CANCELLED
    assert travel.waited[0] == 310
    refused: list[Fact] = [
        *founding_call()[:9],
        ("incident:i1", 100, TaskRefused(agency=DINKES, reason="no_unit")),
    ]
    ack = _observe(refused, "acknowledge")
    assert _only(ack)[0] == Quality.CANCELLED
    assert ack.waited[0] == 49


def test_an_incident_closed_without_a_unit_is_cancelled_with_its_wait() -> None:
    """Nobody came: the citizen waited until it was closed."""
    facts = [
        *founding_call()[:10],
        ("incident:i1", 1_800.0, IncidentClosed(outcome=Outcome.NOT_FOUND)),
    ]
    found = _observe(facts, "citizen_response")
    assert _only(found)[0] == Quality.CANCELLED
    assert found.waited[0] == 1_800


def test_an_abandoned_call_waits_until_it_was_given_up() -> None:
    """It has no answer time and is not left out either."""
    facts: list[Fact] = [
        ("call:x", 0, CallOffered(line="119", dialled="119", trunk="t")),
        ("call:x", 9, CallAbandoned()),
    ]
    found = _observe(facts, "answer")
    assert _only(found)[0] == Quality.CANCELLED
    assert found.waited[0] == 9


def test_open_cases_wait_until_the_newest_moment_of_the_record() -> None:
    """What may still come is open, with its wait so far."""
    facts = [fact for fact in founding_call() if fact[1] <= 200]
    found = _observe(facts, "citizen_response")
    assert _only(found)[0] == Quality.OPEN
    assert found.waited[0] == 140


def test_beyond_what_is_plausible_is_marked_and_counts() -> None:
    """A turnout of two hours is told, not dropped."""
    facts = _changed(Progress.DEPARTED, _tapped(Progress.DEPARTED, 7_300))
    facts = [(s, t + 7_000 if isinstance(e, UnitProgressed) and t > 200 and e.progress is not
              Progress.DEPARTED else t, e) for s, t, e in facts]  # fmt: skip
    assert _only(_observe(facts, "turnout")) == (Quality.OUTLIER, 7_208)


def test_what_nobody_telephoned_about_has_no_citizens_clock() -> None:
    """It is neither missing nor zero; its other intervals are there."""
    facts: list[Fact] = [
        (s, t, ReportOpened(channel=Channel.COUNTER) if isinstance(e, ReportOpened) else e)
        for s, t, e in founding_call()
        if not s.startswith("call:")
    ]
    assert len(_observe(facts, "citizen_response")) == 0
    assert _only(_observe(facts, "response")) == (Quality.OK, 449)


def test_full_assignment_ends_with_the_last_unit_that_was_still_due() -> None:
    """A released unit is not waited for, one that never tapped leaves it missing."""
    second = UnitId("AMB02")
    more: list[Fact] = [
        ("incident:i1", 95, UnitAssigned(unit=second, agency=DINKES)),
        ("incident:i1", 96, AlertDelivered(unit=second, channel="screen")),
        ("incident:i1", 800, UnitProgressed(unit=second, progress=Progress.ON_SCENE)),
        ("incident:i1", 2_550, UnitProgressed(unit=second, progress=Progress.CLEAR)),
    ]
    facts = founding_call()
    both = [*facts[:-1], *more, facts[-1]]
    assert _only(_observe(both, "team_response")) == (Quality.OK, 708)
    assert _only(_observe(both, "citizen_response")) == (Quality.OK, 500)
    assert _only(_observe(both, "scene_total")) == (Quality.OK, 2_050)
    released: list[Fact] = [
        *more[:2],
        ("incident:i1", 300, UnitReleased(unit=second, reason="not_needed")),
    ]
    assert _only(_observe([*facts[:-1], *released, facts[-1]], "team_response"))[1] == 408
    assert (
        _only(_observe([*facts[:-1], *more[:2], facts[-1]], "team_response"))[0] == Quality.MISSING
    )


def test_self_initiated_work_and_duplicates_are_left_out_and_counted() -> None:
    """An exclusion is a rule with a name, and its count is part of the report."""
    facts: list[Fact] = [
        *founding_call(),
        ("incident:i2", 10, IncidentOpened(number=2, long_id="SMG-2", code="S-2")),
        ("incident:i2", 10, UnitAssigned(unit=UnitId("PLS01"), agency=DINKES)),
        ("incident:i3", 20, IncidentOpened(number=3, long_id="SMG-3", code="S-3")),
        ("incident:i3", 60, IncidentClosed(outcome=Outcome.DUPLICATE)),
    ]
    selected = select(cases_of(journal(facts)), {}, Selection(START, START + timedelta(days=1)))
    assert set(selected.cases.incidents) == {"i1"}
    assert {one.reason: one.count for one in selected.excluded} == {
        "self_initiated": 1,
        "no_incident": 1,
    }


def test_an_interval_is_one_line_and_may_be_typed() -> None:
    """Two clocks make one; a word that is no clock is told with those that are."""
    assert interval_of("answer").subject is Subject.CALL
    assert interval_of("ring..patient").end is Clock.PATIENT
    assert interval_of("ring..connected").subject is Subject.CALL
    with pytest.raises(ValueError, match=r"no interval 'ring\.\.moon'; known are answer"):
        interval_of("ring..moon")
    assert len({interval.key for interval in INTERVALS}) == len(INTERVALS)


def test_a_report_that_comes_later_brings_the_earlier_ring() -> None:
    """Linked duplicates are one incident, which starts at the first ring of the first call."""
    earlier: list[Fact] = [
        ("call:c0", -60, CallOffered(line="119", dialled="119", trunk="t")),
        ("report:r0", 40, ReportOpened(channel=Channel.CALL, call=CallId("c0"))),
        ("incident:i1", 41, ReportLinked(report=ReportId("r0"))),
    ]
    found = _observe([*founding_call(), *earlier], "citizen_response")
    assert _only(found) == (Quality.OK, 560)
    assert found.labels["line"].names[found.labels["line"].codes[0]] == "119"


def _plain(
    case: IncidentCase, start: Clock, end: Clock, *, may_overlap: bool
) -> tuple[str, float] | None:
    """Start to end of one incident in plain Python, written a second time on purpose."""
    a, b = case.stamps.get(start), case.stamps.get(end)
    if a is None and b is None:
        return None
    if a is None:
        return (Quality.MISSING, -1.0)
    order = list(Clock)
    units = order[order.index(Clock.ASSIGNED) : order.index(Clock.CLEAR) + 1]
    if b is None:
        later = (
            any(c in case.stamps for c in units[units.index(end) + 1 :]) if end in units else False
        )
        if not case.is_over:
            return (Quality.OPEN, -1.0)
        if later or end not in units:
            return (Quality.MISSING, -1.0)
        return (Quality.CANCELLED, -1.0)
    seconds = (b.at - a.at).total_seconds()
    if seconds < 0 and may_overlap:
        return (Quality.OVERLAP, 0.0)
    if seconds < 0:
        other = a.source is not b.source and seconds >= -300
        return (Quality.SKEW if other else Quality.NEGATIVE, -1.0)
    by_hand = {start, end} <= TAPPED and Source.AUTOMATIC not in {a.source, b.source}
    if a.is_late or b.is_late or (by_hand and seconds < 3):
        return (Quality.MANUAL_LATE, seconds)
    return (Quality.OUTLIER if seconds > 4 * 3_600 else Quality.OK, seconds)


def test_a_thousand_random_incidents_equal_a_plain_calculation() -> None:
    """Stamps missing, out of order, late, by hand and by machine; to the microsecond."""
    chance = random.Random(6)
    clocks = [c for c in Clock if c not in {Clock.CLOSED, Clock.REOPENED}]
    cases = Cases(until=START + timedelta(days=2))
    for n in range(1_000):
        own = {
            clock: Stamp(
                _moment(chance),
                chance.choice([Source.AUTOMATIC, Source.HAND, Source.GEOFENCE]),
                is_late=chance.random() < 0.02,
            )
            for clock in clocks
            if chance.random() < 0.8
        }
        if chance.random() < 0.9:
            own[Clock.CLOSED] = Stamp(START + timedelta(days=1))
        cases.incidents[f"i{n}"] = IncidentCase(
            incident=f"i{n}", own=own, stamps=own, origin=Channel.CALL
        )
    table = tables_of(cases, ZONE).incident
    for text in ("ring..arrived", "notified..arrived", "location..notified", "departed..arrived"):
        interval = interval_of(text)
        found = observe(interval, table)
        plain = [
            one
            for case in cases.incidents.values()
            if (one := _plain(case, interval.start, interval.end, may_overlap=False))
        ]
        ours = [
            (QUALITIES[int(q)], float(s) if not np.isnan(s) else -1.0)
            for q, s in zip(found.quality.tolist(), found.seconds.tolist(), strict=True)
        ]
        assert ours == plain, text


def _moment(chance: random.Random) -> datetime:
    return START + timedelta(microseconds=int(chance.lognormvariate(20.5, 1.2)))


def test_parts_are_never_mixed_between_units() -> None:
    """The first clear may be another unit's: the stamps of two units are never subtracted."""
    turned_back = UnitId("AMB09")
    more: list[Fact] = [
        ("incident:i1", 60, AgencyTasked(agency=DINKES, role=TaskRole.LEAD)),
        ("incident:i1", 91, UnitAssigned(unit=turned_back, agency=DINKES)),
        ("incident:i1", 100, UnitProgressed(unit=turned_back, progress=Progress.DEPARTED)),
        ("incident:i1", 150, UnitProgressed(unit=turned_back, progress=Progress.CLEAR)),
    ]
    facts = founding_call()
    found = _observe([*facts[:-1], *more, facts[-1]], "on_scene")
    marks = {QUALITIES[int(q)] for q in found.quality.tolist()}
    assert sorted(found.values().tolist()) == [400]
    assert marks == {Quality.OK, Quality.MISSING}


def test_what_an_incident_is_called_last_is_what_it_is_split_by() -> None:
    """Nature, priority and place may be corrected while it runs."""
    facts = [
        *founding_call(),
        ("incident:i1", 2_700.0, IncidentLocated(place=AT_CITY_HALL, usable=True)),
    ]
    found = _observe(facts, "citizen_response")
    assert found.split(["kecamatan", "priority"])[0][0] == ("33.74.01", "P1")
    assert NatureCode("MED-22") in found.labels["nature"].names
    assert PartCase(agency="x").at(Clock.ARRIVED) is None


@pytest.mark.parametrize(
    ("forgotten", "wanted"),
    [
        (Progress.TRANSPORTING, ("missing", "ok", "ok")),
        (Progress.AT_HOSPITAL, ("missing", "missing", None)),
        (Progress.HANDED_OVER, ("ok", "missing", "ok")),
    ],
)
def test_a_hospital_step_that_was_forgotten_is_missing_and_not_dropped(
    forgotten: Progress, wanted: tuple[str | None, ...]
) -> None:
    """Who left with a patient is due at a hospital, and who is there hands over; a unit that never
    was at one is free without a turnaround."""
    for key, mark in zip(("transport", "handover", "turnaround"), wanted, strict=True):
        found = _observe(_changed(forgotten), key)
        assert [QUALITIES[code] for code in found.quality] == ([mark] if mark else []), key


def test_a_transport_that_was_called_off_keeps_the_time_it_waited() -> None:
    """Cancelled, with its wait: it is in the kept P90."""
    gone = {Progress.AT_HOSPITAL, Progress.HANDED_OVER, Progress.CLEAR}
    facts = [
        one
        for one in founding_call()
        if not (isinstance(one[2], UnitProgressed) and one[2].progress in gone)
    ]
    facts.insert(-1, ("incident:i1", 1_900, UnitReleased(unit=AMB, reason="stood_down")))
    found = _observe(facts, "transport")
    assert [QUALITIES[code] for code in found.quality] == [Quality.CANCELLED]
    assert found.waited[0] == 1_000
