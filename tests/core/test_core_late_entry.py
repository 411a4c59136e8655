"""Catch-up entry: a paper form becomes a record with its true times, and nobody is rung by it."""

from datetime import datetime, timedelta

import pytest
from core_world import (
    AMB,
    ARREST,
    DINKES,
    HERE,
    INCIDENT,
    OTHER,
    PLANS,
    REPORT,
    START,
    ClaimTakenError,
    World,
    tags,
)
from msgspec import structs

from kentongan.core import commands as c
from kentongan.core.late_entry import LATE_MAX, LATE_PARTS_MAX
from kentongan.core.policy import effects, reactions, timers
from kentongan.core.redaction import redact
from kentongan.core.references import check_references
from kentongan.core.rows import EngagementRow, IncidentRow
from kentongan.core.words import (
    Agent,
    AgentId,
    NatureCode,
    Outcome,
    Personal,
    Progress,
    Refused,
    Role,
    TaskState,
    UnitId,
)


def at(minutes: float) -> datetime:
    """So many minutes before the entry (negative), by the form."""
    return START + timedelta(minutes=minutes)


FORM = c.RecordLate(
    incident=INCIDENT,
    form=" K-261123-1405-01 ",
    called_at=at(-90),
    nature=ARREST,
    report=REPORT,
    place=HERE,
    sent_at=at(-88),
    tasks=(c.LateTask(agency=DINKES, told_at=at(-88), answered_at=at(-87)),),
    units=(
        c.LateUnit(
            unit=AMB,
            agency=DINKES,
            progress_at={
                Progress.ASSIGNED: at(-87),
                Progress.ON_SCENE: at(-78),
                Progress.CLEAR: at(-40),
            },
        ),
    ),
    closed_at=at(-40),
    outcome=Outcome.TRANSPORTED,
    note=Personal(text="lift rusak"),
)


def reason(command: c.RecordLate, world: World | None = None) -> str:
    """Why it is refused."""
    with pytest.raises(Refused) as refused:
        (world or World()).do(command)
    return refused.value.reason


def test_the_record_has_the_true_times_and_says_that_it_was_entered_late() -> None:
    """Both clocks stand in it: when it happened, and when who wrote it down from which form."""
    world = World().run(c.OpenReport(report=REPORT))
    events = world.do(FORM)
    assert tags(events) == [
        "incident.recorded_late",
        "incident.report_linked",
        "incident.note_added",
    ]
    row = world.incident()
    assert row.late is not None
    assert (row.late.form, row.late.entered_by, row.late.entered_at) == (
        "K-261123-1405-01", "Rina", START,
    )  # fmt: skip
    assert (row.opened_at, row.sent_at, row.closed_at) == (at(-90), at(-88), at(-40))
    assert (row.state, row.outcome, row.reports) == ("closed", Outcome.TRANSPORTED, (REPORT,))
    assert row.tasks[0].state is TaskState.COMPLETED
    assert row.assignments[0].progress_at[Progress.ON_SCENE] == at(-78)
    assert Progress.DEPARTED not in row.assignments[0].progress_at  # nobody wrote it: not invented
    assert row.sensitive
    assert world.do(FORM) == ()
    assert world.refold("incident:i1") == world.state("incident:i1")


def test_nobody_is_rung_told_or_hurried_by_it() -> None:
    """No command, no timer, no message follows from what was done by voice hours ago."""
    world = World().run(c.OpenReport(report=REPORT))
    open_form = structs.replace(FORM, closed_at=None, outcome=None)
    for event in world.do(open_form):
        meta = world.history["incident:i1"][0][1]
        state = world.state("incident:i1")
        follows = reactions(event, meta, state, PLANS)
        assert {one.name for one in follows} <= {"attach_report"}
        assert timers(event, meta, state, PLANS) == ()
        assert effects(event, meta, state, PLANS) == ()


def test_a_unit_that_is_still_out_is_claimed_like_any_other() -> None:
    """It shows as at work; where it works elsewhere already the form is refused whole."""
    steps = {Progress.ASSIGNED: at(-30), Progress.ON_SCENE: at(-20)}
    out = c.LateUnit(unit=AMB, agency=DINKES, progress_at=steps)
    running = structs.replace(FORM, report=None, units=(out,), closed_at=None, outcome=None)
    world = World().run(running)
    assert world.incident().state == "open"
    engaged = world.find("engagement", AMB)
    assert isinstance(engaged, EngagementRow)
    assert (engaged.progress, engaged.since) == (Progress.ON_SCENE, at(-20))
    with pytest.raises(ClaimTakenError):
        world.do(structs.replace(running, incident=OTHER))
    assert "incident:i2" not in world.history
    assert world.incident().tasks[0].state is TaskState.ACKNOWLEDGED
    untold = structs.replace(running, tasks=())
    (task,) = World().run(untold).incident().tasks
    assert (task.agency, task.tasked_at, task.state) == (
        DINKES, at(-30), TaskState.ACKNOWLEDGED,
    )  # fmt: skip


def test_the_least_a_form_can_say() -> None:
    """A number, an hour, a kind; not sent, it is a draft for somebody to look at."""
    bare = c.RecordLate(incident=INCIDENT, form="7", called_at=at(-10), nature=ARREST)
    world = World().run(bare)
    row = world.incident()
    assert (row.state, row.tasks, row.assignments) == ("draft", (), ())


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"form": "  "}, "form_missing"),
        ({"form": "x" * 301}, "text_too_long"),
        ({"called_at": at(10)}, "late_time_unreadable"),
        ({"called_at": START - LATE_MAX - timedelta(minutes=1)}, "late_time_unreadable"),
        ({"called_at": at(-90).replace(tzinfo=None)}, "late_time_unreadable"),
        ({"sent_at": at(-91)}, "late_time_order"),
        ({"closed_at": at(-50)}, "late_time_order"),
        ({"outcome": None}, "late_not_ended"),
        ({"closed_at": None}, "late_not_ended"),
        ({"nature": NatureCode("ZZZ-99")}, "unknown_nature"),
        ({"tasks": (c.LateTask(agency=DINKES, told_at=at(-80), answered_at=at(-81)),)},
         "late_time_order"),
        ({"tasks": FORM.tasks * 2}, "late_named_twice"),
        ({"units": FORM.units * 2}, "late_named_twice"),
        ({"units": FORM.units * (LATE_PARTS_MAX + 1)}, "late_too_many"),
        ({"units": (structs.replace(FORM.units[0], progress_at={}),)}, "late_time_order"),
        ({"units": (structs.replace(FORM.units[0], progress_at={
            Progress.ON_SCENE: at(-70), Progress.ASSIGNED: at(-60), Progress.CLEAR: at(-50)}),)},
         "late_time_order"),
        ({"units": (structs.replace(FORM.units[0], progress_at={Progress.ASSIGNED: at(-70)}),)},
         "late_not_ended"),
        ({"units": (structs.replace(FORM.units[0], destination="nowhere"),)}, "unknown_hospital"),
        ({"units": (structs.replace(FORM.units[0], agency="nobody"),)}, "unknown_agency"),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_true_is_refused_whole(changed: dict[str, object], why: str) -> None:
    """Times that lie ahead or go backwards, ends without an end, names twice."""
    world = World().run(c.OpenReport(report=REPORT))
    assert reason(structs.replace(FORM, **changed), world) == why
    assert "incident:i1" not in world.history


def test_units_of_a_form_are_the_citys() -> None:
    """Asked of the board like an assignment."""
    world = World()
    for unit, why in ((UnitId("AMB99"), "unknown_unit"),):
        form = structs.replace(FORM, units=(structs.replace(FORM.units[0], unit=unit),))
        with pytest.raises(Refused, match=why):
            check_references(form, world.find, ())


def test_an_evaluator_counts_it_without_the_name_of_who_entered_it() -> None:
    """The mark stays, so that times written by hand are never taken for stamps."""
    world = World().run(c.OpenReport(report=REPORT), FORM)
    eva = Agent(id=AgentId("eva"), name="Eva", roles=(Role.EVALUATOR,))
    seen = redact(world.incident(), eva, world.find)
    assert isinstance(seen, IncidentRow)
    assert seen.late is not None
    assert (seen.late.form, seen.late.entered_by) == ("K-261123-1405-01", "")
