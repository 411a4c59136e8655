"""Every interval of a call, computed from two event kinds each and checked by hand."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from measure_story import START, founding_call, journal

from kentongan.cities.pack import load, packaged
from kentongan.core.commands.incident_lane import LateTask, LateUnit
from kentongan.core.events import (
    AgencyNotified,
    AnyEvent,
    CallAbandoned,
    CallOffered,
    CompressionsBegun,
    IncidentMerged,
    IncidentOpened,
    LateRecorded,
    ReportLinked,
    ReportOpened,
    ReportUnlinked,
    TriageAnswered,
    UnitProgressed,
)
from kentongan.core.words import (
    AgencyKey,
    CallId,
    Channel,
    IncidentId,
    NatureCode,
    Outcome,
    Priority,
    Progress,
    ReportId,
    UnitId,
)
from kentongan.measure.cases import Cases, cases_of
from kentongan.measure.clocks import Clock
from kentongan.measure.report import Evaluation, Figure, evaluate, percentile
from kentongan.measure.stamps import Source, Stamp
from kentongan.measure.table import to_json, to_table

PACK = load(packaged())


def _evaluate(
    facts: Iterable[tuple[str, float, AnyEvent]], *, training: bool = False
) -> Evaluation:
    return evaluate(
        cases_of(journal(facts)),
        PACK.targets,
        PACK.nature_by_code,
        start_at=START,
        end_at=START + timedelta(days=1),
        zone=ZoneInfo("Asia/Jakarta"),
        training=training,
    )


def _figure(evaluation: Evaluation, key: str) -> Figure:
    return next(figure for figure in evaluation.intervals if figure.key == key)


@pytest.mark.parametrize(
    ("key", "seconds"),
    [
        ("answer", 4),
        ("call_length", 296),
        ("locate", 30),
        ("classify", 26),
        ("open", 1),
        ("notify", 17),
        ("process", 88),
        ("acknowledge", 20),
        ("queue", 39),
        ("agency_response", 449),
        ("assign", 39),
        ("alert", 2),
        ("accept", 18),
        ("turnout", 48),
        ("depart", 50),
        ("travel", 360),
        ("access", 60),
        ("on_scene", 400),
        ("to_hospital", 800),
        ("transport", 400),
        ("handover", 900),
        ("turnaround", 1200),
        ("committed", 2410),
        ("departure_promise", 136),
        ("response", 449),
        ("response_from_answer", 496),
        ("to_patient", 560),
        ("team_response", 408),
        ("scene_total", 2000),
        ("citizen_response", 500),
    ],
)
def test_each_interval_of_the_founding_call(key: str, seconds: float) -> None:
    """Each interval is exactly what the two stamps say, once, with nothing missing."""
    figure = _figure(_evaluate(founding_call()), key)
    assert (figure.n, figure.p50_s, figure.p90_s) == (1, seconds, seconds)
    assert (figure.missing, figure.open, figure.negative) == (0, 0, 0)


def test_resuscitation_by_telephone_has_its_two_intervals() -> None:
    """From the ring to the recognised arrest and to the first compression; missed by none else."""
    story = founding_call()
    answer = TriageAnswered(question="breathing", answer="no", instructions="arrest")
    begun = [("incident:i1", 60.0, answer), ("incident:i1", 95.0, CompressionsBegun())]
    evaluation = _evaluate([*story, *begun])
    assert _figure(evaluation, "arrest").p50_s == 60
    assert _figure(evaluation, "compression").p50_s == 95
    without = _figure(_evaluate(story), "compression")
    assert (without.n, without.missing) == (0, 0)


def test_departure_is_measured_against_five_minutes() -> None:
    """The opening's promise is a target of the pack: departed within 300 s of the answer."""
    evaluation = _evaluate(founding_call())
    promise = next(figure for figure in evaluation.targets if figure.key == "depart")
    assert (promise.limit_s, promise.n, promise.share) == (300, 1, 1.0)
    assert promise.p50_s == 136


def test_an_untapped_arrival_is_missing_and_never_dropped() -> None:
    """A unit that never tapped ON SCENE shows up as missing once it is over."""
    facts = [
        fact
        for fact in founding_call()
        if not (isinstance(fact[2], UnitProgressed) and fact[2].progress is Progress.ON_SCENE)
    ]
    travel = _figure(_evaluate(facts), "travel")
    assert (travel.n, travel.missing, travel.p50_s) == (0, 1, None)
    assert _figure(_evaluate(facts), "citizen_response").missing == 1


def test_a_running_case_is_open_not_missing() -> None:
    """What may still come is open."""
    facts = [fact for fact in founding_call() if fact[1] <= 200]
    assert _figure(_evaluate(facts), "travel").open == 1
    assert _figure(_evaluate(facts), "travel").missing == 0


def test_an_abandoned_call_is_counted_on_its_line_and_has_no_answer_time() -> None:
    """Nobody answered: the line says so; the answer figure is not prettified by it."""
    facts: list[tuple[str, float, AnyEvent]] = [
        ("call:x", 0, CallOffered(line="119", dialled="119", trunk="t")),
        ("call:x", 9, CallAbandoned()),
    ]
    evaluation = _evaluate([*founding_call(), *facts])
    line = next(count for count in evaluation.lines if count.line == "119")
    assert (line.offered, line.answered, line.abandoned, line.waiting) == (1, 0, 1, 0)
    assert _figure(evaluation, "answer").n == 1


def test_the_citizens_clock_starts_at_the_first_ring_of_the_first_call() -> None:
    """A second caller linked to the incident does not move its clock."""
    second: list[tuple[str, float, AnyEvent]] = [
        ("call:c2", 60, CallOffered(line="112", dialled="112", trunk="t")),
        ("report:r2", 70, ReportOpened(channel=Channel.CALL, call=CallId("c2"))),
        ("incident:i1", 71, ReportLinked(report=ReportId("r2"))),
    ]
    assert _figure(_evaluate([*founding_call(), *second]), "citizen_response").p50_s == 500


def test_figures_that_live_on_equal_a_fresh_fold() -> None:
    """An unlinked report takes its call's ring with it, whenever figures were asked before."""
    unlinked: list[tuple[str, float, AnyEvent]] = [
        ("incident:i1", 3000, ReportUnlinked(report=ReportId("r1")))
    ]
    recorded = journal([*founding_call(), *unlinked])
    living = Cases()
    for event, meta in recorded[:-1]:
        living.add(event, meta)
    living.finish()
    assert Clock.RING in living.incidents["i1"].stamps
    living.add(*recorded[-1])
    living.finish()
    assert living == cases_of(recorded)
    assert Clock.RING not in living.incidents["i1"].stamps


def test_what_is_over_is_forgotten_and_what_runs_is_not() -> None:
    """A process that runs on drops the closed past only."""
    running: list[tuple[str, float, AnyEvent]] = [
        ("incident:i2", 10, IncidentOpened(number=2, long_id="SMG-2", code="S-2"))
    ]
    cases = cases_of(journal([*founding_call(), *running]))
    cases.forget(START + timedelta(days=2))
    assert set(cases.incidents) == {"i2"}
    assert not cases.calls


def test_a_paper_form_is_measured_by_its_times_and_each_is_by_hand_and_late() -> None:
    """Entered an hour afterwards: the response is the form's, and no stamp is the centre's own."""
    called_at = START + timedelta(seconds=60)
    steps = {Progress.ASSIGNED: 90.0, Progress.DEPARTED: 150.0, Progress.ON_SCENE: 560.0}
    form = LateRecorded(
        number=2,
        long_id="SMG-2",
        code="S-2",
        form="K-1",
        called_at=called_at,
        nature=NatureCode("MED-02"),
        priority=Priority("P1"),
        sent_at=START + timedelta(seconds=80),
        tasks=(LateTask(agency=AgencyKey("dinkes"), told_at=START + timedelta(seconds=85)),),
        units=(
            LateUnit(
                unit=UnitId("AMB03"),
                agency=AgencyKey("dinkes"),
                progress_at={step: START + timedelta(seconds=at) for step, at in steps.items()},
            ),
        ),
        closed_at=START + timedelta(seconds=2_000),
        outcome=Outcome.RESOLVED,
    )
    facts: list[tuple[str, float, AnyEvent]] = [("incident:i2", 3_600, form)]
    figure = _figure(_evaluate(facts), "citizen_response")
    assert (figure.n, figure.p50_s) == (1, 500)
    case = cases_of(journal(facts)).incidents["i2"]
    stamps = [*case.stamps.values(), *case.tasks["dinkes"].stamps.values()]
    assert len(stamps) > 8
    assert {(one.source, one.is_late) for one in stamps} == {(Source.HAND, True)}
    assert case.stamps[Clock.RING] == Stamp(called_at, Source.HAND, is_late=True)
    assert Clock.LOCATION not in case.stamps
    assert case.is_over


def test_appointments_merged_incidents_and_training_stay_out() -> None:
    """A home care ride, a duplicate and a drill never enter the duty's response figures."""
    assert _figure(_evaluate(founding_call("MED-19")), "citizen_response").n == 0
    merged: list[tuple[str, float, AnyEvent]] = [
        *founding_call(),
        ("incident:i1", 2700, IncidentMerged(into=IncidentId("i2"), reports=())),
    ]
    assert _figure(_evaluate(merged), "citizen_response").n == 0
    assert _evaluate(founding_call(), training=True).calls == 0


def test_an_assignment_before_the_notification_is_an_overlap_of_zero() -> None:
    """Steps may overlap by design; that is 0 seconds, not a defect."""
    facts = [
        (stream, 95.0 if isinstance(event, AgencyNotified) else second, event)
        for stream, second, event in founding_call()
    ]
    assign = _figure(_evaluate(facts), "assign")
    assert (assign.n, assign.p50_s, assign.negative) == (1, 0.0, 0)


def test_table_and_json_show_the_same_figures() -> None:
    """The terminal's table and the JSON carry n, P50, P90 and missing."""
    evaluation = _evaluate(founding_call())
    table = to_table(evaluation, timedelta(hours=7))
    assert "citizen_response" in table
    assert "08:20" in table
    assert "14.00" in table
    assert '"key":"citizen_response"' in to_json(evaluation)


@given(st.lists(st.floats(0, 10_000), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_a_percentile_is_interpolated_between_two_neighbours(
    values: Sequence[float], share: float
) -> None:
    """As PostgreSQL's percentile_cont, here by another way of reckoning; it keeps their order."""
    ordered = sorted(values)
    found = percentile(ordered, share)
    assert found is not None
    assert found == pytest.approx(float(np.quantile(ordered, share)), abs=1e-6)
    assert ordered[0] - 1e-9 <= found <= ordered[-1] + 1e-9
    assert percentile([], share) is None
