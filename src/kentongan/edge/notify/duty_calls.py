"""What came of telephoning people on duty: into the ledger, onto the task, and as their answer.

The switch writes each call down as a row; this reads those rows, in their order and again after a
restart, and everything that follows has an id made of the call, so that it happens once. A key
pressed is what the same person could have said on a screen, and is asked with their rights: an
officer takes the task, a crew accepts. Only a yes that was taken is an answer: the telephone is let
go then. One that was refused is none, the ladder goes on, and the officer hears the announcement
again until the line's time is over. Whom nobody waits for any more answers nothing.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from kentongan.app.handle import Busy, handle
from kentongan.app.system import SYSTEM
from kentongan.core.call.duty import NOT_TAKEN, is_acknowledged
from kentongan.core.call_rows import CallRow, DutyCall
from kentongan.core.commands import (
    AcknowledgeTask,
    AnyCommand,
    Envelope,
    NoteRinging,
    ProgressUnit,
)
from kentongan.core.plans import Plans
from kentongan.core.words import (
    Agent,
    AgentId,
    CallId,
    CommandId,
    DutyOutcome,
    IncidentId,
    Progress,
    Refused,
    Role,
)
from kentongan.edge.notify.channel import ReceiptIn
from kentongan.edge.notify.telephone import Telephone, receipt_of
from kentongan.store.deliveries import Contact, Delivery
from kentongan.store.whole import WholeStore

SETTLED_AFTER: Final = timedelta(hours=1)
"""A call that ended before that is not looked at again by a process that begins."""

_log = logging.getLogger(__name__)


class DutyCalls:
    """Used by one thread. `take` is given what came of the calls of `telephone`."""

    def __init__(
        self,
        store: WholeStore,
        plans: Plans,
        telephone: Telephone,
        *,
        is_wanted: Callable[[Delivery], bool],
        take: Callable[[ReceiptIn, datetime], None],
    ) -> None:
        self._store = store
        self._plans = plans
        self._telephone = telephone
        self._is_wanted = is_wanted
        self._take = take
        self._position = 0
        self._live: dict[CallId, DutyCall] = {}  # not given up, and nobody pressed the key

    def step(self, now: datetime) -> None:
        """Look at calls that changed, and at those that nobody waits for any more.

        What an absent store stops is looked at again.
        """
        self._read(now)
        for call in self._telephone.pressed():
            known = self._store.find_row("call", call)
            if known is not None and isinstance(known.row, CallRow) and known.row.duty is not None:
                self._look_at(known.row, known.row.duty, now)
        for call, duty in list(self._live.items()):
            kept = self._store.deliveries.find(duty.delivery)
            if kept is not None and not self._is_wanted(kept.delivery):
                del self._live[call]
                self._telephone.give_up(call)

    def _read(self, now: datetime) -> None:
        for found in self._store.rows("call", after=self._position):
            row = found.row
            if isinstance(row, CallRow) and row.duty is not None and not _is_settled(row, now):
                try:
                    self._look_at(row, row.duty, now)
                except Busy:
                    return
            self._position = max(self._position, found.position)

    def _look_at(self, row: CallRow, duty: DutyCall, now: datetime) -> None:
        self._live[row.key] = duty
        if duty.outcome is not None or is_acknowledged(row):
            del self._live[row.key]
        verdict = self._verdict(row, duty, now) if is_acknowledged(row) else None
        if duty.incident is not None and duty.agency is not None and duty.unit is None:
            rings = NoteRinging(
                incident=duty.incident, agency=duty.agency, call=row.key, label=duty.label
            )
            self._ask(row, "rings", rings, SYSTEM, row.ring_at, now)
            if duty.outcome is not None:
                ended = NoteRinging(
                    incident=duty.incident,
                    agency=duty.agency,
                    call=row.key,
                    label=duty.label,
                    outcome=verdict or duty.outcome,
                )
                self._ask(row, "ended", ended, SYSTEM, row.ended_at, now)
        receipt = receipt_of(row, self._telephone.name, verdict)
        if receipt is not None:
            self._take(receipt, now)

    def _verdict(self, row: CallRow, duty: DutyCall, now: datetime) -> DutyOutcome:
        """Whether the pressed key is an answer; if it is, the telephone may go."""
        if not self._is_taken(row, duty, now):
            return NOT_TAKEN
        if duty.outcome is None:
            self._telephone.give_up(row.key, "acknowledged")
        return "acknowledged"

    def _is_taken(self, row: CallRow, duty: DutyCall, now: datetime) -> bool:
        """Key 5: who lifted says yes, for the agency or the unit whose telephone it is.

        Nothing is to be taken from a supervisor, or where nobody waits any more.
        """
        kept = self._store.deliveries.find(duty.delivery)
        contact = self._store.deliveries.find_contact(duty.contact)
        if kept is None or contact is None or not self._is_wanted(kept.delivery):
            return True
        command = _yes_of(duty, contact)
        if command is None:
            return True
        agent = _agent_of(duty, contact)
        return self._ask(row, "answer", command, agent, row.ended_at or now, now)

    def _ask(
        self,
        row: CallRow,
        name: str,
        command: AnyCommand,
        agent: Agent,
        at: datetime | None,
        now: datetime,
    ) -> bool:
        """Whether it was let in."""
        age_s = 0.0 if at is None else max(0.0, (now - at).total_seconds())
        envelope = Envelope(
            id=CommandId(f"{row.key}/{name}"), agent=agent, command=command, age_s=age_s
        )
        try:
            handle(self._store, self._plans, envelope, now)
        except Refused as refused:
            _log.info("%s: %s", envelope.id, refused.reason)
            return False
        return True


def _is_settled(row: CallRow, now: datetime) -> bool:
    return row.ended_at is not None and now - row.ended_at > SETTLED_AFTER


def _yes_of(duty: DutyCall, contact: Contact) -> AnyCommand | None:
    """A supervisor's telephone answers for nobody but the supervisor."""
    if duty.incident is None:
        return None
    incident = IncidentId(duty.incident)
    if duty.unit is not None and contact.unit == duty.unit:
        return ProgressUnit(incident=incident, unit=duty.unit, progress=Progress.ACCEPTED)
    if duty.agency is not None and contact.unit is None and contact.agency == duty.agency:
        return AcknowledgeTask(incident=incident, agency=duty.agency)
    return None


def _agent_of(duty: DutyCall, contact: Contact) -> Agent:
    return Agent(
        id=contact.account or AgentId(f"telephone:{contact.id}"),
        name=f"{contact.label} (telepon)",
        roles=(Role.CREW if duty.unit is not None else Role.AGENCY_OFFICER,),
        agency=duty.agency,
        unit=duty.unit,
    )
