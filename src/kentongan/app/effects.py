"""Carries messages to the outside, and writes down that they arrived, or that they did not.

What must be told to whom is said by `core.policy`; how, by a `Notifier` (push, SMS, a siren). A
delivery is itself a fact in the journal, under an id made from the event's. A message goes out at
least once: after a crash between delivery and fact it may go out a second time, but the fact stands
once. One channel that is away holds up its own messages only. After the last try the dispatcher is
told in the same way as when the crew or the agency stays silent, and the failure is counted.

The cursor stands before the oldest event whose message is still on its way, so nothing about
pending messages needs to be kept anywhere else.
"""

import logging
from datetime import datetime, timedelta
from typing import Protocol, assert_never

from msgspec import Struct

from kentongan.app.follow import States
from kentongan.app.handle import Busy, handle
from kentongan.app.ports import Recorded, Store, Unavailable
from kentongan.app.system import SYSTEM
from kentongan.core.commands import (
    AnyCommand,
    DeliverAlert,
    Envelope,
    EscalateAlert,
    EscalateTask,
    NotifyAgency,
)
from kentongan.core.plans import Plans
from kentongan.core.policy import AlertCrewEffect, AnyEffect, NotifyAgencyEffect, effects
from kentongan.core.rows import IncidentRow
from kentongan.core.words import CommandId, EventId, Progress, Refused, TaskState

CURSOR = "effects"

BATCH_MAX = 200
"""Events read at a time."""

PENDING_MAX = 500
"""Messages on their way at once; a city's whole fleet and all agencies ten times over."""

RETRY_S = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 30.0)
"""Pauses after each failed try, seconds: 98 in all, longer than the limits after which silence
escalates (A-04, A-07), so that giving up is never told before silence would be."""

_log = logging.getLogger(__name__)


class Notifier(Protocol):
    """A way to the outside."""

    def deliver(self, effect: AnyEffect) -> str:
        """Deliver and return the channel used; raises `Unavailable`. Returns within seconds.

        An empty answer means: handed over, and the receiver's own device will say when it is
        there. Then nothing is recorded here, and silence escalates by its timer.
        """
        ...


class Message(Struct):
    """An effect on its way. `channel` is set once it was delivered."""

    id: CommandId
    effect: AnyEffect
    cause: EventId
    caused_at: datetime
    position: int
    next_at: datetime
    tries: int = 0
    channel: str | None = None


class Effects:
    """One reader with its cursor in the store. `failed` counts what was given up."""

    def __init__(self, store: Store, plans: Plans, notifier: Notifier) -> None:
        self._store = store
        self._plans = plans
        self._notifier = notifier
        self._states = States(store)
        self._pending: list[Message] = []
        self._read_to: int | None = None
        self._trying = ""
        self.failed = 0

    def step(self, now: datetime) -> bool:
        """Read new events, try what is due, move the cursor; whether there was anything."""
        start = self._store.cursor(CURSOR)
        if self._read_to is None:
            self._read_to = start
        has_read = self._read(self._read_to, now)
        has_tried = self._try_due(now)
        self._move_cursor(start)
        return has_read or has_tried

    def set_aside(self) -> str:
        """Give up the message, or pass over the event, that crashes; says which it was."""
        kept = [message for message in self._pending if message.id != self._trying]
        if len(kept) < len(self._pending):
            self._pending = kept
            return self._trying
        self._read_to = (self._read_to or 0) + 1
        return f"event {self._read_to}"

    def _read(self, after: int, now: datetime) -> bool:
        self._trying = ""
        room = PENDING_MAX - len(self._pending)
        for recorded in self._store.tail(after, min(BATCH_MAX, max(room, 0))):
            self._pending += self._messages(recorded, now)
            self._read_to = recorded.meta.position
        return self._read_to != after

    def _messages(self, recorded: Recorded, now: datetime) -> list[Message]:
        meta = recorded.meta
        state = self._states.after(recorded)
        messages = [
            Message(
                id=CommandId(f"{meta.event_id}/{_name(effect)}"),
                effect=effect,
                cause=meta.event_id,
                caused_at=meta.at,
                position=meta.position,
                next_at=now,
            )
            for effect in effects(recorded.event, meta, state, self._plans)
        ]
        return [message for message in messages if not self._is_settled(message)]

    def _is_settled(self, message: Message) -> bool:
        """Whether an earlier process saw it delivered or gave it up."""
        with self._store.transaction() as transaction:
            return any(
                transaction.find_outcome(command) is not None
                for command in (message.id, _id_of_failure(message))
            )

    def _try_due(self, now: datetime) -> bool:
        due = [message for message in self._pending if message.next_at <= now]
        for message in due:
            self._trying = message.id
            if self._try(message, now):
                self._pending.remove(message)
        return bool(due)

    def _try(self, message: Message, now: datetime) -> bool:
        """Whether the message is settled."""
        if message.channel is None and not self._is_wanted(message.effect):
            return True
        if message.channel is None and not self._deliver(message, now):
            return message.tries > len(RETRY_S) and self._give_up(message, now)
        if not message.channel:
            return True
        command = _delivered(message.effect, message.channel)
        return self._record(message, message.id, command, now)

    def _deliver(self, message: Message, now: datetime) -> bool:
        message.tries += 1
        try:
            message.channel = self._notifier.deliver(message.effect)
        except Unavailable as away:
            pause_s = RETRY_S[min(message.tries, len(RETRY_S)) - 1]
            message.next_at = now + timedelta(seconds=pause_s)
            _log.info("%s not delivered, %s is away", message.id, away.who)
            return False
        return True

    def _give_up(self, message: Message, now: datetime) -> bool:
        _log.warning("%s not delivered after %d tries", message.id, message.tries)
        command = _not_delivered(message, now)
        settled = self._record(message, _id_of_failure(message), command, now)
        self.failed += settled
        return settled

    def _record(
        self, message: Message, command_id: CommandId, command: AnyCommand, now: datetime
    ) -> bool:
        """Write the fact down; a refusal is an answer, `Busy` is tried again."""
        envelope = Envelope(id=command_id, agent=SYSTEM, command=command, because=message.cause)
        try:
            handle(self._store, self._plans, envelope, now)
        except Refused as refused:
            _log.info("%s refused: %s", command_id, refused.reason)
        except Busy:
            message.next_at = now + timedelta(seconds=RETRY_S[0])
            return False
        return True

    def _is_wanted(self, effect: AnyEffect) -> bool:
        """Whether it still has to be told: nobody is woken for what was answered meanwhile."""
        found = self._store.find_row("incident", effect.incident)
        row = found.row if found else None
        if not isinstance(row, IncidentRow) or row.state == "closed":
            return False
        match effect:
            case AlertCrewEffect(unit=unit):
                return any(
                    one.unit == unit
                    and one.open
                    and one.progress is Progress.ASSIGNED
                    and one.alert_delivered_at is None
                    for one in row.assignments
                )
            case NotifyAgencyEffect(agency=agency):
                return any(
                    task.agency == agency and task.state is TaskState.TASKED for task in row.tasks
                )
            case _:
                assert_never(effect)

    def _move_cursor(self, start: int) -> None:
        """To just before the oldest event with a message on its way."""
        oldest = min((message.position for message in self._pending), default=None)
        position = (self._read_to or 0) if oldest is None else oldest - 1
        if position != start:
            with self._store.transaction() as transaction:
                transaction.set_cursor(CURSOR, position)


def _name(effect: AnyEffect) -> str:
    return str(type(effect).__struct_config__.tag)


def _id_of_failure(message: Message) -> CommandId:
    return CommandId(f"{message.id}/failed")


def _delivered(effect: AnyEffect, channel: str) -> AnyCommand:
    match effect:
        case AlertCrewEffect(incident=incident, unit=unit):
            return DeliverAlert(incident=incident, unit=unit, channel=channel)
        case NotifyAgencyEffect(incident=incident, agency=agency):
            return NotifyAgency(incident=incident, agency=agency, channel=channel)
        case _:
            assert_never(effect)


def _not_delivered(message: Message, now: datetime) -> AnyCommand:
    match message.effect:
        case AlertCrewEffect(incident=incident, unit=unit):
            after_s = max(int((now - message.caused_at).total_seconds()), 0)
            return EscalateAlert(incident=incident, unit=unit, after_s=after_s)
        case NotifyAgencyEffect(incident=incident, agency=agency):
            return EscalateTask(incident=incident, agency=agency)
        case _:
            assert_never(message.effect)
