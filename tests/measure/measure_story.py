"""A journal written by hand and made-up tables, shared by the tests of this folder."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import numpy as np

from kentongan.cities.facts import Point
from kentongan.core.events import (
    AgencyNotified,
    AgencyTasked,
    AlertDelivered,
    AnyEvent,
    CallAnswered,
    CallEnded,
    CallOffered,
    IncidentClassified,
    IncidentClosed,
    IncidentLocated,
    IncidentOpened,
    ReportLinked,
    ReportOpened,
    TaskAcknowledged,
    UnitAssigned,
    UnitProgressed,
)
from kentongan.core.words import (
    AgencyKey,
    AgentId,
    CallId,
    Channel,
    DeskKey,
    EventId,
    Meta,
    NatureCode,
    Outcome,
    Place,
    Priority,
    Progress,
    ReportId,
    TaskRole,
    UnitId,
)
from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Subject
from kentongan.measure.observations import NEVER, Observations, column_of, time_labels
from kentongan.measure.statistics.arrays import Flags, Floats, Whole
from kentongan.measure.tables import MICRO, Table

START = datetime(2026, 11, 25, 7, 0, tzinfo=UTC)
AMB, DINKES = UnitId("AMB01"), AgencyKey("dinkes")
CITY_HALL = Point(lat=-6.9822, lon=110.4138)
AT_CITY_HALL = Place(point=CITY_HALL, kecamatan="33.74.01")

Fact = tuple[str, float, AnyEvent]


def journal(facts: Iterable[Fact]) -> list[tuple[AnyEvent, Meta]]:
    """Events with their stream and the second they happened at."""
    return [
        (
            event,
            Meta(
                event_id=EventId(f"{stream}#{position}"),
                stream=stream,
                version=position,
                position=position,
                at=START + timedelta(seconds=second),
                recorded_at=START + timedelta(seconds=second),
                agent=AgentId("a"),
            ),
        )
        for position, (stream, second, event) in enumerate(facts, 1)
    ]


STEPS: tuple[tuple[Progress, float], ...] = (
    (Progress.ACCEPTED, 110),
    (Progress.DEPARTED, 140),
    (Progress.ON_SCENE, 500),
    (Progress.AT_PATIENT, 560),
    (Progress.TRANSPORTING, 900),
    (Progress.AT_HOSPITAL, 1300),
    (Progress.HANDED_OVER, 2200),
    (Progress.CLEAR, 2500),
)


def founding_call(nature: str = "MED-22") -> list[Fact]:
    """One call from the first ring to the closed incident."""
    return [
        ("call:c1", 0, CallOffered(line="112", dialled="112", trunk="t")),
        ("call:c1", 4, CallAnswered(desk=DeskKey("desk_1"), agent="r", agent_name="Rina")),
        ("report:r1", 5, ReportOpened(channel=Channel.CALL, call=CallId("c1"))),
        ("incident:i1", 5, IncidentOpened(number=1, long_id="SMG-1", code="S-1")),
        ("incident:i1", 5, ReportLinked(report=ReportId("r1"))),
        (
            "incident:i1",
            30,
            IncidentClassified(nature=NatureCode(nature), priority=Priority.P1),
        ),
        ("incident:i1", 34, IncidentLocated(place=AT_CITY_HALL, usable=True)),
        ("incident:i1", 50, AgencyTasked(agency=DINKES, role=TaskRole.LEAD)),
        ("incident:i1", 51, AgencyNotified(agency=DINKES, channel="inbox")),
        ("incident:i1", 71, TaskAcknowledged(agency=DINKES)),
        ("incident:i1", 90, UnitAssigned(unit=AMB, agency=DINKES)),
        ("incident:i1", 92, AlertDelivered(unit=AMB, channel="screen")),
        *[
            ("incident:i1", second, UnitProgressed(unit=AMB, progress=step))
            for step, second in STEPS
        ],
        ("call:c1", 300, CallEnded(by="caller")),
        ("incident:i1", 2600, IncidentClosed(outcome=Outcome.TRANSPORTED)),
    ]


def table_of(
    seconds: Mapping[Clock, Floats],
    *,
    subject: Subject = Subject.INCIDENT,
    labels: Mapping[str, list[str]] | None = None,
    gave_up: Floats | None = None,
    closed: Floats | None = None,
    precision_s: float = 0.0,
) -> Table:
    """A table from seconds after `START`, NaN for a stamp that is not there."""
    size = len(next(iter(seconds.values())))
    origin = int(START.timestamp()) * MICRO

    def moments(values: Floats | None) -> Whole:
        if values is None:
            return np.full(size, NEVER)
        known = ~np.isnan(values)
        whole = np.round(np.where(known, values, 0) * MICRO).astype(np.int64)
        return np.where(known, whole + origin, NEVER)

    at = {clock: moments(values) for clock, values in seconds.items()}
    began = np.min(np.stack([np.where(m == NEVER, origin, m) for m in at.values()]), axis=0)
    return Table(
        subject=subject,
        size=size,
        at=at,
        last=at,
        over=np.ones(size, dtype=np.bool_),
        gave_up=moments(gave_up),
        closed=moments(closed),
        by_call=np.ones(size, dtype=np.bool_),
        labels={
            **time_labels(began // MICRO, 25_200),
            **{key: column_of(values) for key, values in (labels or {}).items()},
        },
        precision_s=precision_s,
        offset_s=25_200,
        until=origin + 400 * 86_400 * MICRO,
    )


def observed(seconds: Floats, labels: Mapping[str, list[str]] | None = None) -> Observations:
    """Values as observations of one interval."""
    from kentongan.measure.intervals import Interval
    from kentongan.measure.tables import observe

    table = table_of(
        {Clock.RING: np.zeros(len(seconds)), Clock.ARRIVED: np.asarray(seconds, dtype=np.float64)},
        labels=labels,
    )
    return observe(Interval("response", Subject.INCIDENT, Clock.RING, Clock.ARRIVED), table)


def share_of(flags: Flags) -> float:
    """How many of them hold."""
    return float(np.mean(flags))
