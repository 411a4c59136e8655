"""The ladder: who is waited for, who is told next, what a crew's text message means."""

from datetime import UTC, datetime, timedelta

import pytest

from kentongan.core.commands import (
    EndUnitDuty,
    ProgressUnit,
    RaiseCrewEmergency,
    StartUnitDuty,
)
from kentongan.core.crew_words import CrewWord, command_of, folded, understood
from kentongan.core.ladder import LADDER, Climb, Climbed, asks_of, next_rung
from kentongan.core.rows import Assignment, IncidentRow, Task
from kentongan.core.words import (
    AgencyKey,
    IncidentId,
    Progress,
    TaskRole,
    TaskState,
    UnitId,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
USEFUL_S = 900.0


def after(seconds: float) -> datetime:
    """That many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def climb(*climbed: Climbed, at: float) -> Climb:
    """What is next on the usual ladder of an ask of noon."""
    return next_rung(LADDER, NOON, climbed, after(at), USEFUL_S)


def test_notify_each_rung_has_its_time() -> None:
    """The app at once, SMS after ten seconds, the telephone after thirty, then the supervisor."""
    assert climb(at=0) == Climb(0, None)
    app = Climbed("going", NOON)
    assert climb(app, at=9.9) == Climb(None, after(10))
    assert climb(app, at=10) == Climb(1, None)
    sms = Climbed("going", after(10))
    assert climb(app, sms, at=29) == Climb(None, after(30))
    assert climb(app, sms, at=30) == Climb(2, None)
    call = Climbed("going", after(30))
    assert climb(app, sms, call, at=60) == Climb(3, None)
    assert climb(app, sms, call, Climbed("going", after(60)), at=600) == Climb(None, None)


def test_notify_where_nobody_can_be_told_the_next_rung_is_climbed_at_once() -> None:
    """Without an app, without a telephone to call by: no second is waited for nothing."""
    assert climb(Climbed("nobody", NOON), at=0) == Climb(1, None)
    nobody = [Climbed("nobody", NOON)] * 3
    assert climb(*nobody[:2], at=0) == Climb(2, None)
    assert climb(*nobody, at=0) == Climb(None, after(60))  # the supervisor is left a minute
    assert climb(*nobody, at=60) == Climb(3, None)


def test_notify_when_every_try_failed_the_next_rung_begins_then() -> None:
    """Not after the time in which an answer could have come."""
    failed = Climbed("failed", after(4))
    assert climb(failed, at=4) == Climb(1, None)
    assert climb(failed, at=3) == Climb(None, after(4))


def test_notify_after_a_pause_rungs_are_not_climbed_all_at_once() -> None:
    """A process that was away begins where it was, and each rung still has its time."""
    late = Climbed("going", after(120))
    assert climb(late, at=121) == Climb(None, after(130))


def test_notify_what_is_of_no_use_any_more_begins_nothing() -> None:
    """A crew is not rung about what the room has solved by radio long ago."""
    assert climb(at=USEFUL_S) == Climb(0, None)
    assert climb(at=USEFUL_S + 1) == Climb(None, None)


def task(agency: str, state: TaskState) -> Task:
    """An agency's task of noon."""
    return Task(agency=AgencyKey(agency), role=TaskRole.LEAD, state=state, tasked_at=NOON)


def assignment(unit: str, progress: Progress, *, is_open: bool = True) -> Assignment:
    """A unit's work since noon."""
    return Assignment(
        unit=UnitId(unit),
        agency=AgencyKey("dinkes"),
        progress=progress,
        progress_at={Progress.ASSIGNED: NOON},
        open=is_open,
    )


def row(state: str = "open", *, training: bool = False) -> IncidentRow:
    """An incident with everybody in it who could be waited for."""
    return IncidentRow(
        key=IncidentId("one"),
        state=state,
        number=41,
        long_id="SMG-1",
        code="S-1",
        opened_at=NOON,
        training=training,
        tasks=(
            task("damkar", TaskState.TASKED),
            task("dinkes", TaskState.NOTIFIED),
            task("polres", TaskState.ACKNOWLEDGED),
            task("lapor", TaskState.TASKED),
            task("bpbd", TaskState.REFUSED),
        ),
        assignments=(
            assignment("AMB03", Progress.ASSIGNED),
            assignment("AMB04", Progress.ACCEPTED),
            assignment("AMB05", Progress.ASSIGNED, is_open=False),
        ),
    )


def test_notify_who_is_waited_for_stands_on_the_board() -> None:
    """Who answered, refused, was released or answers in days is not rung."""
    asks = asks_of(row(), {"lapor"})
    assert [(ask.about, ask.agency, ask.unit) for ask in asks] == [
        ("task", "damkar", None),
        ("task", "dinkes", None),
        ("alert", "dinkes", "AMB03"),
    ]
    assert len({ask.key for ask in asks}) == 3
    assert asks_of(row("draft"), ()) == ()
    assert asks_of(row("closed"), ()) == ()
    assert asks_of(row(training=True), ()) == ()


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("TIBA AMB03", "TIBA"),
        ("tiba", "TIBA"),
        (" Tiba. amb-3 ", "TIBA"),
        ("Berangkat AMB 03", "BERANGKAT"),
        ("DARURAT!", "DARURAT"),
        ("dinas amb03", "DINAS"),
        ("siaga", "SIAGA"),
        ("serah amb03", "SERAH"),
    ],
)
def test_notify_a_crew_is_understood_as_it_types(text: str, verb: str) -> None:
    """In any case, with the call sign or without."""
    assert understood(text, "AMB03") == CrewWord(verb)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("TIBA AMB04", "other_unit"),
        ("SELESAI DMK 3", "other_unit"),
        ("halo", "not_understood"),
        ("", "not_understood"),
        ("🚑", "not_understood"),
        ("SELESAI BELUM", "not_understood"),
        ("BELUM TIBA", "not_understood"),
        ("x" * 5_000, "not_understood"),
    ],
)
def test_notify_what_is_not_clear_changes_nothing(text: str, fault: str) -> None:
    """ "Selesai belum" is a question, not the end of the work."""
    assert understood(text, "AMB03") == fault


def test_notify_verbs_are_the_crews_commands() -> None:
    """What is about an incident needs one; the others do not."""
    unit, incident = UnitId("AMB03"), IncidentId("one")
    word = understood("ANTAR amb03 RSUP Kariadi", unit)
    assert isinstance(word, CrewWord)
    assert word == CrewWord("ANTAR", "rsup_kariadi")
    assert command_of(word, unit, incident) == ProgressUnit(
        incident=incident, unit=unit, progress=Progress.TRANSPORTING, destination="rsup_kariadi"
    )
    assert command_of(CrewWord("TIBA"), unit, None) is None
    assert command_of(CrewWord("DARURAT"), unit, None) == RaiseCrewEmergency(unit=unit)
    assert command_of(CrewWord("DINAS"), unit, None) == StartUnitDuty(unit=unit)
    assert command_of(CrewWord("PULANG"), unit, None) == EndUnitDuty(unit=unit)
    assert folded("amb-003") == folded("AMB 3") == "AMB3"
