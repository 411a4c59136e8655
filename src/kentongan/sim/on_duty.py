"""The centre telephones an agency's officer who has not answered: the rung `call` of the ladder.

What climbs the ladder is played as somebody who looks at the board again and again, and so forgets
nothing when it dies: it asks the switch, and says what stands in the calls' rows. Outside somebody
lifts or not, presses the key or another one, or the line breaks.
"""

from collections.abc import Iterator

from kentongan.core.call.duty import ACKNOWLEDGE_KEY, is_acknowledged
from kentongan.core.commands import (
    AcknowledgeTask,
    AnyCommand,
    ConnectCall,
    EndCall,
    NoteRinging,
    RingDuty,
    SignalCall,
)
from kentongan.core.ladder import Ask as Waited
from kentongan.core.ladder import asks_of
from kentongan.core.rows import CallRow, IncidentRow
from kentongan.core.tasking import find_task
from kentongan.core.words import CallId, Personal
from kentongan.sim.room import Room
from kentongan.sim.story import Ask, Story

WAITS_S = 15.0
"""How long an agency may be silent before it is rung; officers look every few seconds."""

CONTACTS = ("piket", "wakil")
"""Whose telephones are on duty for each agency."""

OUT_OF_LUCK = ("busy", "no_answer", "unreachable")


def ladder(room: Room) -> Story:
    """Rings who is waited for, one for each task, and hands on what came of it."""
    while True:
        yield room.random.uniform(2.0, 6.0)
        for command in tuple(_told(room)):
            yield Ask(command)
        for wish in tuple(_wishes(room)):
            yield Ask(wish, at_switch=True)


def _wishes(room: Room) -> Iterator[RingDuty]:
    """Who is to be rung and was not: each of an agency once, and the switch rings one at a time."""
    rung = {row.duty.delivery for row in room.switch.calls() if row.duty is not None}
    for waited in _silent(room):
        for contact in CONTACTS:
            delivery = f"{waited.key}/{contact}"
            if delivery not in rung:
                yield RingDuty(
                    call=CallId(f"duty-{delivery.replace('/', '-')}"),
                    number=Personal(text="081200000001"),
                    delivery=delivery,
                    contact=contact,
                    label=contact,
                    incident=waited.incident,
                    agency=waited.agency,
                )


def _silent(room: Room) -> Iterator[Waited]:
    """Agencies that were asked and have not answered for long."""
    for row in room.board.by_kind.get("incident", {}).values():
        for one in asks_of(row, ()) if isinstance(row, IncidentRow) else ():
            is_old = (room.clock.now() - one.asked_at).total_seconds() >= WAITS_S
            if one.unit is None and is_old:
                yield one


def _told(room: Room) -> Iterator[AnyCommand]:
    """What the calls' rows say and the tasks do not yet."""
    for row in room.board.by_kind.get("call", {}).values():
        if isinstance(row, CallRow) and row.duty is not None:
            yield from _of_call(room, row)


def _of_call(room: Room, row: CallRow) -> Iterator[AnyCommand]:
    duty = row.duty
    if duty is None or duty.incident is None or duty.agency is None:
        return
    incident = room.board.find("incident", duty.incident)
    task = find_task(incident.tasks, duty.agency) if isinstance(incident, IncidentRow) else None
    if task is None or task.tasked_at > row.ring_at:
        return  # asked anew since: this call was about what was asked before
    if is_acknowledged(row) and task.acknowledged_at is None and task.ended_at is None:
        yield AcknowledgeTask(incident=duty.incident, agency=duty.agency)
    ringing = task.ringing
    if ringing is not None and ringing.call == row.key:
        is_news = ringing.outcome != duty.outcome
    else:
        is_news = duty.outcome is None
    if is_news:
        yield NoteRinging(
            incident=duty.incident,
            agency=duty.agency,
            call=row.key,
            label=duty.label,
            outcome=duty.outcome,
        )


def ring_outside(room: Room, call: CallId) -> None:
    """A telephone on duty begins to ring."""
    room.clock.after(room.random.uniform(1.0, 6.0), lambda: _lift(room, call))


def _lift(room: Room, call: CallId) -> None:
    if room.random.random() < 0.4:
        reason = room.random.choice(OUT_OF_LUCK)
        room.switch.say(EndCall(call=call, by="switch", reason=reason))
        return
    room.switch.say(ConnectCall(call=call))
    if room.random.random() < 0.7:
        room.switch.say(SignalCall(call=call, keys=room.random.choice((ACKNOWLEDGE_KEY, "1"))))
    end = EndCall(call=call, by="caller", reason="lost" if room.unlucky(0.3) else "")
    room.clock.after(room.random.uniform(1.0, 8.0), lambda: room.switch.say(end))
