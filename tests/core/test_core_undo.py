"""Taking back: whoever was told is told so, the facts stay, and the world may have moved on."""

from contextlib import suppress

import msgspec
import pytest
from core_world import (
    AMB,
    AMB_2,
    ARREST,
    BUDI,
    CREW,
    DAMKAR,
    DINKES,
    HERE,
    INCIDENT,
    OFFICER,
    OTHER,
    PLANS,
    POLISI,
    RINA,
    SYSTEM,
    ClaimTakenError,
    World,
    tags,
)
from test_core_scene import sent

from kentongan.core import commands as c
from kentongan.core.access import may
from kentongan.core.agency_file import figures, lines
from kentongan.core.commands.undo import (
    RestoreUnit,
    TakeBackAnswer,
    UnsendIncident,
    WithdrawTask,
)
from kentongan.core.events import AnyEvent
from kentongan.core.ladder import asks_of
from kentongan.core.policy import reactions
from kentongan.core.redaction import redact
from kentongan.core.rows import IncidentRow, Task
from kentongan.core.streams import fold
from kentongan.core.tasking import find_task
from kentongan.core.undo import WITHIN
from kentongan.core.words import Outcome, Progress, Refused, TaskState

UNSEND = UnsendIncident(incident=INCIDENT)
RESTORE = RestoreUnit(incident=INCIDENT, unit=AMB)
RELEASE = c.ReleaseUnit(incident=INCIDENT, unit=AMB, reason="swapped")
LATE_S = WITHIN.total_seconds() + 1


class Work:
    """What follows from the events of the incident, done in their order, as `work` does it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._done = 0

    def follow(self) -> None:
        """Whatever has not been followed yet, what that leads to with it."""
        stream = f"incident:{INCIDENT}"
        history = self._world.history[stream]
        while self._done < len(history):
            known = [(_event(text), meta) for text, meta in history[: self._done + 1]]
            event, meta = known[-1]
            for one in reactions(event, meta, fold(stream, known), PLANS):
                with suppress(Refused):  # an answer, too
                    self._world.do(one.command, SYSTEM)
            self._done += 1
            history = self._world.history[stream]


def _event(text: bytes) -> AnyEvent:
    return msgspec.json.decode(text, type=AnyEvent)


def drafted() -> World:
    """An arrest at a known place, not sent yet."""
    return World().run(
        c.OpenIncident(incident=INCIDENT),
        c.ClassifyIncident(incident=INCIDENT, nature=ARREST),
        c.LocateIncident(incident=INCIDENT, place=HERE),
    )


def task(world: World, agency: str = DINKES) -> Task:
    found = find_task(world.incident().tasks, agency)
    return found if found is not None else pytest.fail(f"{agency} was not asked")


# --- sent ----------------------------------------------------------------------------------------


def test_a_sending_is_taken_back_and_given_again() -> None:
    """A draft again; whom it asked is not asked any more, and is asked by the next sending."""
    world = drafted()
    work = Work(world)
    world.do(c.SendIncident(incident=INCIDENT))
    work.follow()
    world.later(5)
    assert tags(world.do(UNSEND))[-2:] == ["task.withdrawn", "incident.unsent"]
    row = world.incident()
    assert (row.state, row.sent_at, asks_of(row, ())) == ("draft", None, ())
    assert {one.state for one in row.tasks} == {TaskState.WITHDRAWN}
    assert world.do(UNSEND) == ()
    work.follow()
    world.later(30)
    world.do(c.SendIncident(incident=INCIDENT))
    work.follow()
    assert (world.incident().state, task(world).tasked_at) == ("open", world.now)
    assert {one.state for one in world.incident().tasks} == {TaskState.TASKED}


def test_a_sending_that_work_has_not_followed_yet_asks_nobody_in_the_end() -> None:
    """Its reactions come all the same, and are taken back by those of the undo; what somebody had
    asked by hand before stays asked."""
    world = drafted()
    world.do(c.TaskAgency(incident=INCIDENT, agency=POLISI))
    world.later(1)
    world.run(c.SendIncident(incident=INCIDENT), UNSEND)
    Work(world).follow()
    assert task(world).state is TaskState.WITHDRAWN
    assert task(world, POLISI).state is TaskState.TASKED
    assert world.incident().state == "draft"


def test_a_sending_is_not_taken_back_under_a_unit_nor_too_late() -> None:
    """Who goes there says so; after a minute an incident is closed, not unsent."""
    world = sent()
    with pytest.raises(Refused, match="units_at_work") as refused:
        world.do(UNSEND)
    assert refused.value.details["units"] == AMB
    world.do(RELEASE, BUDI)
    world.later(LATE_S)
    with pytest.raises(Refused, match="too_late_to_undo"):
        world.do(UNSEND)
    world.do(c.CloseIncident(incident=INCIDENT, outcome=Outcome.NO_INCIDENT))
    with pytest.raises(Refused, match="incident_closed"):
        world.do(UNSEND)


# --- asked and answered --------------------------------------------------------------------------


def test_an_agency_that_was_asked_by_mistake_sees_for_a_while_that_it_is_not() -> None:
    """It can neither accept nor do anything there; the wait for its answer is over."""
    world = drafted().run(c.TaskAgency(incident=INCIDENT, agency=DINKES))
    withdraw = WithdrawTask(incident=INCIDENT, agency=DINKES)
    for who in (RINA, BUDI, SYSTEM):
        may(who, withdraw, world.find)
    world.do(withdraw)
    assert world.do(withdraw) == ()
    assert task(world).state is TaskState.WITHDRAWN
    with pytest.raises(Refused, match="task_over"):
        world.do(c.AcknowledgeTask(incident=INCIDENT, agency=DINKES), OFFICER)
    assert isinstance(redact(world.incident(), OFFICER, world.find, world.now), IncidentRow)
    world.later(16 * 60)
    assert redact(world.incident(), OFFICER, world.find, world.now) is None
    world.do(c.TaskAgency(incident=INCIDENT, agency=DINKES))
    assert task(world).state is TaskState.TASKED


def test_an_agency_is_not_withdrawn_over_its_units_nor_later_to_look_better() -> None:
    """A task of an hour counts in the agency's file, whatever somebody does with it."""
    world = sent()
    withdraw = WithdrawTask(incident=INCIDENT, agency=DINKES)
    with pytest.raises(Refused, match="units_at_work"):
        world.do(withdraw)
    world.do(RELEASE, BUDI)
    world.later(LATE_S)
    with pytest.raises(Refused, match="too_late_to_undo"):
        world.do(withdraw)
    world.do(withdraw, SYSTEM)
    (line,) = lines([world.incident()], DINKES, task(world).tasked_at, world.now, PLANS)
    assert (line.state, figures([line]).law_cases) == ("withdrawn", 0)


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        (c.AcknowledgeTask(incident=INCIDENT, agency=DINKES), TaskState.ACKNOWLEDGED),
        (c.RefuseTask(incident=INCIDENT, agency=DINKES, reason="x"), TaskState.REFUSED),
        (c.CompleteTask(incident=INCIDENT, agency=DINKES), TaskState.COMPLETED),
        (c.HandOverTask(incident=INCIDENT, agency=DINKES, to=DAMKAR), TaskState.HANDED_OVER),
    ],
)
def test_an_answer_is_taken_back_whole(given: c.AnyCommand, answer: TaskState) -> None:
    """The task is as if nobody had pressed; a second time nothing happens."""
    world = drafted().run(c.TaskAgency(incident=INCIDENT, agency=DINKES))
    world.do(c.NotifyAgency(incident=INCIDENT, agency=DINKES, channel="sms"), SYSTEM)
    before = task(world)
    world.later(5)
    world.do(given, OFFICER)
    back = TakeBackAnswer(incident=INCIDENT, agency=DINKES, answer=answer)
    may(OFFICER, back, world.find)
    world.do(back, OFFICER)
    assert task(world) == before
    assert world.do(back, OFFICER) == ()
    if answer is TaskState.HANDED_OVER:
        assert task(world, DAMKAR).state is TaskState.WITHDRAWN


@pytest.mark.parametrize("answer", [TaskState.ACKNOWLEDGED, TaskState.COMPLETED])
def test_an_answer_is_not_taken_back_later_nor_in_a_closed_incident(answer: TaskState) -> None:
    """What an agency once answered, and when, is not written anew to look better."""
    world = drafted().run(c.TaskAgency(incident=INCIDENT, agency=DINKES))
    world.do(c.AcknowledgeTask(incident=INCIDENT, agency=DINKES), OFFICER)
    if answer is TaskState.COMPLETED:
        world.later(LATE_S)
        world.do(c.CompleteTask(incident=INCIDENT, agency=DINKES), OFFICER)
    back = TakeBackAnswer(incident=INCIDENT, agency=DINKES, answer=answer)
    world.later(LATE_S)
    with pytest.raises(Refused, match="too_late_to_undo"):
        world.do(back, OFFICER)
    world.do(c.CloseIncident(incident=INCIDENT, outcome=Outcome.NO_INCIDENT))
    with pytest.raises(Refused, match="incident_closed"):
        world.do(back, OFFICER)
    assert task(world).state is answer


def test_an_answer_that_another_one_followed_is_not_taken_back() -> None:
    """Accepted, then done: the accepting is no more what stands. Done is, and it was accepted."""
    world = drafted().run(c.TaskAgency(incident=INCIDENT, agency=DINKES))
    world.do(c.AcknowledgeTask(incident=INCIDENT, agency=DINKES), OFFICER)
    world.do(c.CompleteTask(incident=INCIDENT, agency=DINKES), OFFICER)
    back = TakeBackAnswer(incident=INCIDENT, agency=DINKES, answer=TaskState.ACKNOWLEDGED)
    with pytest.raises(Refused, match="task_over"):
        world.do(back, OFFICER)
    done = TakeBackAnswer(incident=INCIDENT, agency=DINKES, answer=TaskState.COMPLETED)
    world.do(done, OFFICER)
    assert task(world).state is TaskState.ACKNOWLEDGED
    never = TakeBackAnswer(incident=INCIDENT, agency=DINKES, answer=TaskState.TASKED)
    with pytest.raises(Refused, match="not_an_answer"):
        world.do(never, OFFICER)
    with pytest.raises(Refused, match="agency_not_tasked"):
        world.do(TakeBackAnswer(incident=INCIDENT, agency=POLISI, answer=TaskState.COMPLETED))


# --- released ------------------------------------------------------------------------------------


def test_a_release_is_taken_back_to_where_the_unit_was() -> None:
    """With its times and its promise; only a dispatcher does that."""
    world = sent()
    (before,) = world.incident().assignments
    world.later(20)
    world.do(RELEASE, BUDI)
    for who in (CREW, RINA, OFFICER):
        with pytest.raises(Refused, match="not_permitted"):
            may(who, RESTORE, world.find)
    world.do(RESTORE, BUDI)
    assert world.do(RESTORE, BUDI) == ()
    (after,) = world.incident().assignments
    assert (after.progress, after.progress_at, after.open) == (
        Progress.DEPARTED,
        before.progress_at,
        True,
    )
    assert (after.released, after.ended_at, after.restored_at) == (False, None, world.now)


def test_a_release_is_not_taken_back_once_the_unit_is_elsewhere() -> None:
    """The other incident has it: its claim says which one."""
    world = sent()
    world.do(RELEASE, BUDI)
    world.run(
        c.OpenIncident(incident=OTHER),
        c.ClassifyIncident(incident=OTHER, nature=ARREST),
        c.LocateIncident(incident=OTHER, place=HERE),
        c.AssignUnit(incident=OTHER, unit=AMB, agency=DINKES),
    )
    with pytest.raises(ClaimTakenError, match=AMB):
        world.do(RESTORE, BUDI)
    world.do(c.ReleaseUnit(incident=OTHER, unit=AMB, reason="undone"), BUDI)
    world.later(LATE_S)
    with pytest.raises(Refused, match="too_late_to_undo"):
        world.do(RESTORE, BUDI)


def test_only_a_release_is_restored() -> None:
    """A unit that is clear is corrected; one that was never there is not put there."""
    world = sent()
    world.do(c.ProgressUnit(incident=INCIDENT, unit=AMB, progress=Progress.CLEAR), CREW)
    with pytest.raises(Refused, match="assignment_over"):
        world.do(RESTORE, BUDI)
    with pytest.raises(Refused, match="unit_not_assigned"):
        world.do(RestoreUnit(incident=INCIDENT, unit=AMB_2), BUDI)
