"""A switch without telephones: the single writer of calls, under the real one's rule.

It decides with the real rules on a state of its own, keeps what it decided in a spool, answers,
and brings the spool to the door until the door has it. What is in the spool survives its death;
nothing else does. When the store is away, calls are answered all the same.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from kentongan.app.handle import Busy, Outcome, handle
from kentongan.app.ports import Recorded, Store, Unavailable
from kentongan.app.system import SYSTEM
from kentongan.core.call.state import is_over
from kentongan.core.commands import (
    AnswerCall,
    AnyCommand,
    CallBack,
    Envelope,
    ResumeCall,
    RingDuty,
    TakeOver,
)
from kentongan.core.context import Context
from kentongan.core.plans import Plans
from kentongan.core.rows import CallRow
from kentongan.core.streams import AnyState, decide, evolve, initial, rows_of, stream_of
from kentongan.core.words import CallId, CommandId, EventId, Meta, Refused
from kentongan.sim.checks import Violation
from kentongan.sim.clock import Clock
from kentongan.sim.fate import Killed
from kentongan.sim.wire import Answer

DRAIN_S = 0.5
"""Pause between two trips to the door."""

DOWN_S = 1.0
"""How long a new switch process needs to take its calls over."""


def _talking_in(row: CallRow) -> set[str | None]:
    """Desks that speak in that call."""
    joined = [one.desk for one in row.parties if one.kind == "desk" and one.state == "joined"]
    return {row.desk, *joined} if row.state in ("answered", "calling") else {*joined}


def _nobody(call: CallId) -> None:
    del call


class Posted(Struct):
    """A decided command on its way to the door."""

    envelope: Envelope
    decided_at_s: float


class Switch:
    """The spool (durable) and the process around it (mortal)."""

    def __init__(self, clock: Clock, store: Store, plans: Plans) -> None:
        self._clock = clock
        self._store = store
        self._plans = plans
        self._states: dict[str, AnyState] = {}
        self._versions: dict[str, int] = {}
        self._answers: dict[str, Outcome] = {}
        self._count = 0
        self._down_until_s = 0.0
        self.outbox: list[Posted] = []
        self.delivered: set[str] = set()
        self.deaths = 0
        self.on_placed: Callable[[CallId], None] = _nobody
        """A telephone outside is rung, whether or not the desk ever hears that it is: the order
        may have been late, and overtaken by a repetition that was refused."""

    def receive(self, envelope: Envelope) -> Answer | None:
        """A command from a desk; no answer while the process is down."""
        if self._clock.now_s < self._down_until_s:
            return None
        try:
            self._check_desk(envelope)
            return self._decide(envelope)
        except Refused as refused:
            return refused

    def say(self, command: AnyCommand) -> None:
        """What a telephone says that may have come too late; then it changes nothing."""
        try:
            self.act(command)
        except Refused:
            return

    def is_busy(self, desk: str | None, *, but: str = "") -> bool:
        """Whether somebody speaks there, in a call of the desk's own or in another's."""
        rows = (self.find(stream) for stream in self._states)
        return any(row.key != but and desk in _talking_in(row) for row in rows if row is not None)

    def _check_desk(self, envelope: Envelope) -> None:
        """A desk talks to one caller at a time; what no single call can know."""
        command = envelope.command
        match command:
            case AnswerCall(desk=desk) | TakeOver(desk=desk) | CallBack(desk=desk):
                wanted: str | None = desk
            case ResumeCall():
                row = self.find(stream_of(command))
                wanted = row.desk if row is not None else None
            case RingDuty() if envelope.id not in self._answers:
                self._check_duty(command)
                return
            case _:
                return
        if envelope.id not in self._answers and self.is_busy(wanted, but=command.call):
            raise Refused("desk_busy", desk=wanted or "")

    def _check_duty(self, asked: RingDuty) -> None:
        """One call at a time about a task."""
        about = (asked.incident, asked.agency, asked.unit)
        for row in (self.find(stream) for stream in self._states):
            one = None if row is None or row.key == asked.call or is_over(row) else row.duty
            if one is not None and (one.incident, one.agency, one.unit) == about:
                raise Refused("already_rung")

    def act(self, command: AnyCommand) -> None:
        """What the telephone side says: it rings, the caller hangs up. It is never lost, because
        the network repeats it until it is taken."""
        self._count += 1
        self._decide(Envelope(id=CommandId(f"switch.{self._count}"), agent=SYSTEM, command=command))

    def find(self, stream: str) -> CallRow | None:
        """The call as the switch knows it."""
        state = self._states.get(stream)
        rows = rows_of(state) if state is not None else ()
        return rows[0] if rows and isinstance(rows[0], CallRow) else None

    def calls(self) -> list[CallRow]:
        """All calls, oldest first; none while the process is down."""
        if self._clock.now_s < self._down_until_s:
            return []
        rows = (self.find(stream) for stream in self._states)
        return [row for row in rows if row is not None]

    def drain(self) -> None:
        """Bring what is spooled to the door, oldest first, until it is away or this dies."""
        if self._clock.now_s < self._down_until_s:
            return
        try:
            while self.outbox:
                self._post(self.outbox[0])
                self.delivered.add(self.outbox.pop(0).envelope.id)
        except (Unavailable, Busy):
            return
        except Killed:
            self.deaths += 1
            self._down_until_s = self._clock.now_s + DOWN_S

    def _post(self, posted: Posted) -> None:
        age_s = self._clock.now_s - posted.decided_at_s
        envelope = Envelope(
            id=posted.envelope.id,
            agent=posted.envelope.agent,
            command=posted.envelope.command,
            age_s=age_s,
        )
        try:
            handle(self._store, self._plans, envelope, self._clock.now())
        except Refused as refused:
            raise Violation("the door takes what the switch decided", posted) from refused

    def _decide(self, envelope: Envelope) -> Outcome:
        known = self._answers.get(envelope.id)
        if known is not None:
            return known
        stream = stream_of(envelope.command)
        state = self._states.get(stream) or initial(stream)
        context = Context(agent=envelope.agent, at=self._clock.now(), plans=self._plans)
        recorded: list[Recorded] = []
        for event in decide(envelope.command, state, context):
            meta = self._meta(stream, envelope, context.at)
            state = evolve(state, event, meta)
            recorded.append(Recorded(event=event, meta=meta, command=envelope.id))
        self._states[stream] = state
        outcome = Outcome(events=tuple(recorded))
        self._answers[envelope.id] = outcome
        self.outbox.append(Posted(envelope, self._clock.now_s))
        if isinstance(envelope.command, CallBack | RingDuty):
            self.on_placed(envelope.command.call)
        return outcome

    def _meta(self, stream: str, envelope: Envelope, at: datetime) -> Meta:
        version = self._versions.get(stream, 0) + 1
        self._versions[stream] = version
        return Meta(
            event_id=EventId(f"{stream}#{version}"),
            stream=stream,
            version=version,
            position=0,
            at=at,
            recorded_at=at,
            agent=envelope.agent.id,
            agent_name=envelope.agent.name,
        )
