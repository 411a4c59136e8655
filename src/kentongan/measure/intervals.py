"""Intervals: from one clock to another, for one kind of subject; each is one line of a table.

Every measurement says what it is worth (`Quality`). Values are kept whenever there is one; what is
doubtful is marked and counted, never quietly dropped. What never came to its end is kept with the
time it waited, so that open and cancelled cases stay in the figures (Kaplan-Meier). Source:
EVALUATION of this project after EENA and NENA-STA-020.1; departure and arrival are two intervals
and are never merged into one.
"""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from kentongan.measure.clocks import Clock

HOUR_S: Final = 3_600.0

CALL_CLOCKS: Final = frozenset({Clock.RING, Clock.ANSWER})
"""What only an incident has that somebody telephoned about."""


class Subject(StrEnum):
    """What an interval is counted per: denominators that must not be mixed."""

    CALL = "call"
    INCIDENT = "incident"
    TASK = "task"
    WORK = "work"


class Quality(StrEnum):
    """What a measurement is worth.

    The first five have a value. `overlap`: two steps ran side by side by design, 0 s.
    `manual_late`: a tap that certainly came after the fact. `outlier`: beyond what is plausible for
    this interval; it counts. `rounded`: a stamp is on a grid coarser than a second. The others have
    none. `skew`: negative, and the two stamps are of different machines. `negative`: negative
    otherwise. `missing`: the subject is over and a stamp is not there. `cancelled`: it ended
    before; `open`: it may still come; both keep the time waited.
    """

    OK = "ok"
    OVERLAP = "overlap"
    ROUNDED = "rounded"
    MANUAL_LATE = "manual_late"
    OUTLIER = "outlier"
    SKEW = "skew"
    NEGATIVE = "negative"
    MISSING = "missing"
    CANCELLED = "cancelled"
    OPEN = "open"


QUALITIES: Final = tuple(Quality)

VALUED: Final = frozenset(QUALITIES[: QUALITIES.index(Quality.SKEW)])
"""Qualities that come with a value."""


class Interval(Struct, frozen=True):
    """An interval's definition; `or_end` ends it as well, whichever comes first.

    `optional` when many subjects rightly never reach its end, so that only those count that did or
    still may; `common_end` when many reach its end that never had its start; `last` when the
    incident ends with the last unit due, not the first. Longer than `plausible_s` is marked as an
    outlier.
    """

    key: str
    subject: Subject
    start: Clock
    end: Clock
    may_overlap: bool = False
    optional: bool = False
    common_end: bool = False
    or_end: Clock | None = None
    last: bool = False
    plausible_s: float = 4 * HOUR_S


_CALL, _INCIDENT, _TASK, _WORK = Subject
C = Clock
INTERVALS: Final[tuple[Interval, ...]] = (
    Interval("answer", _CALL, C.RING, C.ANSWER, plausible_s=600),
    Interval("call_length", _CALL, C.ANSWER, C.ENDED, plausible_s=2 * HOUR_S),
    Interval("locate", _INCIDENT, C.ANSWER, C.LOCATION, plausible_s=1_800),
    Interval("classify", _INCIDENT, C.ANSWER, C.CATEGORY, plausible_s=1_800),
    Interval("open", _INCIDENT, C.ANSWER, C.OPENED, may_overlap=True, plausible_s=1_800),
    Interval("notify", _INCIDENT, C.LOCATION, C.NOTIFIED, may_overlap=True, plausible_s=HOUR_S),
    Interval("process", _INCIDENT, C.ANSWER, C.ALERTED, may_overlap=True, plausible_s=HOUR_S),
    Interval("acknowledge", _TASK, C.NOTIFIED, C.ACK, plausible_s=HOUR_S),
    Interval("queue", _TASK, C.NOTIFIED, C.ASSIGNED, may_overlap=True, plausible_s=2 * HOUR_S),
    Interval("agency_response", _TASK, C.NOTIFIED, C.ARRIVED, may_overlap=True),
    Interval("assign", _WORK, C.NOTIFIED, C.ASSIGNED, may_overlap=True),
    Interval("alert", _WORK, C.ASSIGNED, C.ALERTED, may_overlap=True, plausible_s=600),
    Interval("accept", _WORK, C.ALERTED, C.ACCEPTED, may_overlap=True, plausible_s=1_800),
    Interval("turnout", _WORK, C.ALERTED, C.DEPARTED, may_overlap=True, plausible_s=HOUR_S),
    Interval("depart", _WORK, C.ASSIGNED, C.DEPARTED, plausible_s=HOUR_S),
    Interval("travel", _WORK, C.DEPARTED, C.ARRIVED, plausible_s=2 * HOUR_S),
    Interval("access", _WORK, C.ARRIVED, C.PATIENT, optional=True, plausible_s=HOUR_S),
    Interval("on_scene", _WORK, C.ARRIVED, C.LEFT, or_end=C.CLEAR),
    Interval("to_hospital", _WORK, C.ARRIVED, C.HOSPITAL, optional=True),
    Interval("transport", _WORK, C.LEFT, C.HOSPITAL),
    Interval("handover", _WORK, C.HOSPITAL, C.HANDOVER),
    Interval("turnaround", _WORK, C.HOSPITAL, C.CLEAR, common_end=True),
    Interval("committed", _WORK, C.ASSIGNED, C.CLEAR, plausible_s=12 * HOUR_S),
    Interval("departure_promise", _INCIDENT, C.ANSWER, C.DEPARTED),
    Interval("response", _INCIDENT, C.NOTIFIED, C.ARRIVED),
    Interval("response_from_answer", _INCIDENT, C.ANSWER, C.ARRIVED),
    Interval("citizen_response", _INCIDENT, C.RING, C.ARRIVED),
    Interval("to_patient", _INCIDENT, C.RING, C.PATIENT, optional=True),
    Interval("team_response", _INCIDENT, C.ALERTED, C.ARRIVED, last=True, may_overlap=True),
    Interval("scene_total", _INCIDENT, C.ARRIVED, C.CLEAR, last=True, plausible_s=12 * HOUR_S),
    Interval("arrest", _INCIDENT, C.RING, C.ARREST, optional=True, plausible_s=1_800),
    Interval("compression", _INCIDENT, C.RING, C.COMPRESSION, optional=True, plausible_s=1_800),
)
INTERVAL_BY_KEY: Final = {interval.key: interval for interval in INTERVALS}


def interval_of(text: str) -> Interval:
    """An interval by its key, or as `from..to` of two clocks of a call or of an incident.

    `ValueError` with everything that is known when it is neither.
    """
    if text in INTERVAL_BY_KEY:
        return INTERVAL_BY_KEY[text]
    start, dots, end = text.partition("..")
    known = {clock.value for clock in Clock}
    if not dots or start not in known or end not in known:
        raise ValueError(
            f"no interval {text!r}; known are {', '.join(INTERVAL_BY_KEY)}, or two of the clocks "
            f"{', '.join(Clock)} as from..to"
        )
    subject = Subject.CALL if {start, end} <= _OF_CALLS else Subject.INCIDENT
    return Interval(text, subject, Clock(start), Clock(end))


_OF_CALLS = frozenset({"ring", "queued", "answer", "connected", "abandoned", "ended", "callback"})
