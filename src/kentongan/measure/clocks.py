"""Which event stamps which clock. One line a clock, so that a definition can be argued over.

A clock's stamp is the *first* event of its kind for its subject. A crew's correction takes back the
steps it corrects, and nothing else moves an earlier stamp. The names are those of the city pack's
targets and of EENA and NENA reports (`ring`, `answer`, `notified`, ...); `docs/evaluation.md` lists
each with the name of the standards beside it.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from kentongan.core.events import (
    AgencyNotified,
    AgencyTasked,
    AlertDelivered,
    AnyEvent,
    ArrivalPromised,
    CallAbandoned,
    CallAnswered,
    CallbackNoted,
    CallConnected,
    CallDisposed,
    CallEnded,
    CallerTold,
    CallOffered,
    CallQueued,
    CallTransferred,
    CompressionsBegun,
    IncidentClassified,
    IncidentClosed,
    IncidentLocated,
    IncidentOpened,
    IncidentReopened,
    IncidentSent,
    PlaceCorrected,
    ShortageBegan,
    TaskAcknowledged,
    TaskCompleted,
    TriageAnswered,
    UnitAssigned,
    UnitPreAlerted,
    UnitProgressed,
    UnitReleased,
)
from kentongan.core.words import Disposition, Progress


class Clock(StrEnum):
    """A moment that is measured, in the order in which they normally come."""

    RING = "ring"
    QUEUED = "queued"
    ABANDONED = "abandoned"
    ANSWER = "answer"
    CONNECTED = "connected"
    TRANSFERRED = "transferred"
    ENDED = "ended"
    CALLBACK = "callback"
    REGAINED = "regained"
    OPENED = "opened"
    LOCATION = "location"
    CATEGORY = "category"
    ARREST = "arrest"
    COMPRESSION = "compression"
    PRE_ALERT = "pre_alert"
    SENT = "sent"
    TASKED = "tasked"
    NOTIFIED = "notified"
    ACK = "ack"
    ASSIGNED = "assigned"
    PROMISED = "promised"
    TOLD = "told"
    ALERTED = "alerted"
    ACCEPTED = "accepted"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    PATIENT = "patient"
    LEFT = "left"
    HOSPITAL = "hospital"
    HANDOVER = "handover"
    CLEAR = "clear"
    RELEASED = "released"
    SHORTAGE = "shortage"
    HELD = "held"
    SOONER = "sooner"
    CORRECTED = "corrected"
    DIVERTED = "diverted"
    COMPLETED = "completed"
    CLOSED = "closed"
    REOPENED = "reopened"
    LISTED_FROM = "listed_from"
    LISTED_TO = "listed_to"
    PROMISED_LEAVE = "promised_leave"
    PROMISED_FROM = "promised_from"
    PROMISED_TO = "promised_to"
    LAST_TO = "last_to"


DERIVED: Final = frozenset(
    {
        Clock.HELD,
        Clock.SOONER,
        Clock.LISTED_FROM,
        Clock.LISTED_TO,
        Clock.PROMISED_LEAVE,
        Clock.PROMISED_FROM,
        Clock.PROMISED_TO,
        Clock.LAST_TO,
    }
)
"""Moments that nothing stamped: what the list or a promise said would be."""

ARREST_INSTRUCTIONS: Final = frozenset({"arrest", "child"})
"""Instructions that a call-taker reads when the patient has no pulse (protocol T02)."""

WORK_CLOCKS: Final = (
    Clock.ASSIGNED,
    Clock.ALERTED,
    Clock.ACCEPTED,
    Clock.DEPARTED,
    Clock.ARRIVED,
    Clock.PATIENT,
    Clock.LEFT,
    Clock.HOSPITAL,
    Clock.HANDOVER,
    Clock.CLEAR,
)
"""What a unit goes through with an incident, in order."""

TAPPED: Final = frozenset(WORK_CLOCKS[WORK_CLOCKS.index(Clock.DEPARTED) :])
"""Stamped by a crew's tap: it can be early, late or forgotten."""

STEP_CLOCKS: Final = {
    Progress.ASSIGNED: Clock.ASSIGNED,
    Progress.ACCEPTED: Clock.ACCEPTED,
    Progress.DEPARTED: Clock.DEPARTED,
    Progress.ON_SCENE: Clock.ARRIVED,
    Progress.AT_PATIENT: Clock.PATIENT,
    Progress.TRANSPORTING: Clock.LEFT,
    Progress.AT_HOSPITAL: Clock.HOSPITAL,
    Progress.HANDED_OVER: Clock.HANDOVER,
    Progress.CLEAR: Clock.CLEAR,
}
"""The clock that each step of a unit stamps."""


def _located(event: IncidentLocated) -> Clock | None:
    return Clock.LOCATION if event.usable else None


def _progressed(event: UnitProgressed) -> Clock | None:
    return STEP_CLOCKS.get(event.progress)


def _noted(event: CallbackNoted) -> Clock | None:
    return None if event.outcome == "not_called" else Clock.CALLBACK


def _disposed(event: CallDisposed) -> Clock | None:
    return Clock.CALLBACK if event.disposition is Disposition.CALLED_BACK else None


def _triaged(event: TriageAnswered) -> Clock | None:
    return Clock.ARREST if event.instructions in ARREST_INSTRUCTIONS else None


_FIXED: dict[type, Clock] = {
    CallOffered: Clock.RING,
    CallQueued: Clock.QUEUED,
    CallAnswered: Clock.ANSWER,
    CallConnected: Clock.CONNECTED,
    CallTransferred: Clock.TRANSFERRED,
    CallAbandoned: Clock.ABANDONED,
    CallEnded: Clock.ENDED,
    CallerTold: Clock.TOLD,
    IncidentOpened: Clock.OPENED,
    IncidentClassified: Clock.CATEGORY,
    CompressionsBegun: Clock.COMPRESSION,
    IncidentSent: Clock.SENT,
    IncidentClosed: Clock.CLOSED,
    IncidentReopened: Clock.REOPENED,
    AgencyTasked: Clock.TASKED,
    AgencyNotified: Clock.NOTIFIED,
    TaskAcknowledged: Clock.ACK,
    TaskCompleted: Clock.COMPLETED,
    UnitPreAlerted: Clock.PRE_ALERT,
    UnitAssigned: Clock.ASSIGNED,
    UnitReleased: Clock.RELEASED,
    PlaceCorrected: Clock.CORRECTED,
    ShortageBegan: Clock.SHORTAGE,
    ArrivalPromised: Clock.PROMISED,
    AlertDelivered: Clock.ALERTED,
}
_CONDITIONAL: dict[type, Callable[..., Clock | None]] = {
    IncidentLocated: _located,
    UnitProgressed: _progressed,
    CallDisposed: _disposed,
    CallbackNoted: _noted,
    TriageAnswered: _triaged,
}


def clock_of(event: AnyEvent) -> Clock | None:
    """The clock this event stamps, or None."""
    kind = type(event)
    if (fixed := _FIXED.get(kind)) is not None:
        return fixed
    conditional = _CONDITIONAL.get(kind)
    return conditional(event) if conditional else None
