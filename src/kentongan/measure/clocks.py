"""Which event stamps which clock. One line a clock, so that a definition can be argued over.

A clock's stamp is the *first* event of its kind for its subject; corrections are appended to the
journal and never move an earlier stamp. The names are those of the city pack's targets and of
EENA and NENA reports (`ring`, `answer`, `notified`, ...).
"""

from collections.abc import Callable
from enum import StrEnum

from kentongan.core.events import (
    AgencyNotified,
    AlertDelivered,
    AnyEvent,
    CallAbandoned,
    CallAnswered,
    CallbackNoted,
    CallDisposed,
    CallEnded,
    CallOffered,
    IncidentClassified,
    IncidentClosed,
    IncidentLocated,
    IncidentOpened,
    IncidentSent,
    TaskAcknowledged,
    UnitAssigned,
    UnitProgressed,
)
from kentongan.core.words import Disposition, Progress


class Clock(StrEnum):
    """A moment that is measured."""

    RING = "ring"
    ANSWER = "answer"
    ABANDONED = "abandoned"
    ENDED = "ended"
    CALLBACK = "callback"
    OPENED = "opened"
    LOCATION = "location"
    CATEGORY = "category"
    SENT = "sent"
    NOTIFIED = "notified"
    ACK = "ack"
    ASSIGNED = "assigned"
    ALERTED = "alerted"
    ACCEPTED = "accepted"
    DEPARTED = "departed"
    ARRIVED = "arrived"
    PATIENT = "patient"
    LEFT = "left"
    HOSPITAL = "hospital"
    CLEAR = "clear"
    CLOSED = "closed"


_PROGRESS = {
    Progress.ACCEPTED: Clock.ACCEPTED,
    Progress.DEPARTED: Clock.DEPARTED,
    Progress.ON_SCENE: Clock.ARRIVED,
    Progress.AT_PATIENT: Clock.PATIENT,
    Progress.TRANSPORTING: Clock.LEFT,
    Progress.AT_HOSPITAL: Clock.HOSPITAL,
    Progress.CLEAR: Clock.CLEAR,
}


def _located(event: IncidentLocated) -> Clock | None:
    return Clock.LOCATION if event.usable else None


def _progressed(event: UnitProgressed) -> Clock | None:
    return None if event.correction else _PROGRESS.get(event.progress)


def _noted(event: CallbackNoted) -> Clock | None:
    return None if event.outcome == "not_called" else Clock.CALLBACK


def _disposed(event: CallDisposed) -> Clock | None:
    return Clock.CALLBACK if event.disposition is Disposition.CALLED_BACK else None


_FIXED: dict[type, Clock] = {
    CallOffered: Clock.RING,
    CallAnswered: Clock.ANSWER,
    CallAbandoned: Clock.ABANDONED,
    CallEnded: Clock.ENDED,
    IncidentOpened: Clock.OPENED,
    IncidentClassified: Clock.CATEGORY,
    IncidentSent: Clock.SENT,
    IncidentClosed: Clock.CLOSED,
    AgencyNotified: Clock.NOTIFIED,
    TaskAcknowledged: Clock.ACK,
    UnitAssigned: Clock.ASSIGNED,
    AlertDelivered: Clock.ALERTED,
}
_CONDITIONAL: dict[type, Callable[..., Clock | None]] = {
    IncidentLocated: _located,
    UnitProgressed: _progressed,
    CallDisposed: _disposed,
    CallbackNoted: _noted,
}


def clock_of(event: AnyEvent) -> Clock | None:
    """The clock this event stamps, or None."""
    kind = type(event)
    if (fixed := _FIXED.get(kind)) is not None:
        return fixed
    conditional = _CONDITIONAL.get(kind)
    return conditional(event) if conditional else None
