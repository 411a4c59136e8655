"""The centre itself telephones somebody on duty: what the call says, and what the task shows."""

from datetime import timedelta

import pytest
from core_world import (
    ARREST,
    CALL,
    DESK,
    DEWI,
    DINKES,
    HERE,
    INCIDENT,
    REPORT,
    SARI,
    START,
    SYSTEM,
    World,
    tags,
)

from kentongan.core import commands as c
from kentongan.core.rows import CallRow, Task
from kentongan.core.words import CallId, Personal, Refused

RING = c.RingDuty(
    call=CALL,
    number=Personal(text="+6281200000001"),
    delivery="task/i/dinkes/1/2/call/piket",
    contact="piket",
    label="Piket Dinkes",
    incident=INCIDENT,
    agency=DINKES,
    line="",
    trunk="t",
)
LIFTS = c.ConnectCall(call=CALL)
END = c.EndCall(call=CALL, by="switch", reason="no_key")


def _row(world: World) -> CallRow:
    row = world.find("call", CALL)
    assert isinstance(row, CallRow)
    return row


def _outcome(world: World) -> str | None:
    duty = _row(world).duty
    assert duty is not None
    return duty.outcome


def _switch(*commands: c.AnyCommand) -> World:
    world = World()
    for command in commands:
        world.do(command, SYSTEM)
    return world


def test_a_key_is_an_acknowledgement_and_lifting_is_none() -> None:
    """A voice mail lifts, too. The call is a list's of nobody when it is over."""
    world = _switch(RING, LIFTS)
    assert _row(world).state == "answered"
    assert _row(world).desk is None
    world.do(c.SignalCall(call=CALL, keys="1"), SYSTEM)
    world.do(END, SYSTEM)
    assert _outcome(world) == "no_key"
    assert not _row(world).open
    said_yes = _switch(RING, LIFTS, c.SignalCall(call=CALL, keys="15"), END)
    assert _outcome(said_yes) == "acknowledged"


def test_a_key_before_anybody_lifted_is_none() -> None:
    """A network that plays digits before the answer takes no task for anybody."""
    world = _switch(RING, c.SignalCall(call=CALL, keys="5"), END)
    assert _outcome(world) == "unreachable"


@pytest.mark.parametrize("reason", ["busy", "no_answer", "refused", "unreachable", "cancelled"])
def test_why_nobody_was_reached(reason: str) -> None:
    """In the words of the switch."""
    world = _switch(RING, c.EndCall(call=CALL, by="switch", reason=reason))
    assert _outcome(world) == reason


def test_a_line_that_breaks_is_owed_no_call() -> None:
    """Whom we rang by ourselves is never on the list of those to be rung back."""
    world = _switch(RING, LIFTS, c.EndCall(call=CALL, by="caller", reason="dialog_lost"))
    assert _outcome(world) == "no_key"
    assert not _row(world).dropped
    assert not _row(world).open


def test_the_same_wish_is_the_same_call() -> None:
    """Another one under its name is refused."""
    world = _switch(RING)
    assert world.do(RING, SYSTEM) == ()
    other = c.RingDuty(
        call=CALL, number=RING.number, delivery="another", contact="piket", label="Piket"
    )
    with pytest.raises(Refused, match="call_exists"):
        world.do(other, SYSTEM)


@pytest.mark.parametrize(
    "command",
    [
        c.AnswerCall(call=CALL, desk=DESK),
        c.HoldCall(call=CALL),
        c.TakeOver(call=CALL, desk=DESK),
        c.SuperviseCall(call=CALL, desk=DESK, mode="listen"),
        c.QueueCall(call=CALL),
        c.RequeueCall(call=CALL, reason="r"),
    ],
)
def test_nobody_of_the_room_takes_part(command: c.AnyCommand) -> None:
    """Nothing is waited for there, and nobody is to be spoken to."""
    world = _switch(RING, LIFTS)
    agent = SARI if isinstance(command, c.TakeOver | c.SuperviseCall) else DEWI
    with pytest.raises(Refused, match="duty_call"):
        world.do(command, SYSTEM if isinstance(command, c.QueueCall | c.RequeueCall) else agent)


def _asked() -> World:
    world = World().run(
        c.OpenIncident(incident=INCIDENT, report=REPORT),
        c.LocateIncident(incident=INCIDENT, place=HERE),
        c.ClassifyIncident(incident=INCIDENT, nature=ARREST),
        c.SendIncident(incident=INCIDENT),
        c.TaskAgency(incident=INCIDENT, agency=DINKES),
    )
    return world.later(30)


def _task(world: World) -> Task:
    return next(task for task in world.incident().tasks if task.agency == DINKES)


def _note(call: str, outcome: str | None = None) -> c.NoteRinging:
    return c.NoteRinging(
        incident=INCIDENT,
        agency=DINKES,
        call=CallId(call),
        label="Piket Dinkes",
        outcome=outcome,  # type: ignore[arg-type]
    )


def test_the_task_says_who_is_rung_and_what_came_of_it() -> None:
    """Each call begins once and ends once; the next one counts."""
    world = _asked()
    assert tags(world.do(_note("a"), SYSTEM)) == ["task.rung"]
    assert world.do(_note("a"), SYSTEM) == ()
    ringing = _task(world).ringing
    assert ringing is not None
    assert (ringing.label, ringing.at, ringing.outcome) == (
        "Piket Dinkes",
        START + timedelta(seconds=30),
        None,
    )
    assert tags(world.do(_note("a", "busy"), SYSTEM)) == ["task.rung"]
    assert world.do(_note("a", "no_key"), SYSTEM) == ()
    world.do(_note("b"), SYSTEM)
    ringing = _task(world).ringing
    assert ringing is not None
    assert (ringing.call, ringing.tries, ringing.outcome) == ("b", 2, None)
    assert world.do(_note("a", "busy"), SYSTEM) == ()
    assert world.do(_note("c", "busy"), SYSTEM) == ()
    assert _task(world).state == "tasked"


def test_what_comes_after_the_answer_begins_nothing() -> None:
    """A call that rings on is still told how it ended; an agency that answered is not rung."""
    world = _asked()
    world.do(_note("a"), SYSTEM)
    world.run(c.AcknowledgeTask(incident=INCIDENT, agency=DINKES))
    assert world.do(_note("b"), SYSTEM) == ()
    assert tags(world.do(_note("a", "acknowledged"), SYSTEM)) == ["task.rung"]
    assert _task(world).state == "acknowledged"
