"""The journal's cases as tables: calls, incidents, agencies' tasks and units' works."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import Struct, structs

from kentongan.core.words import Channel
from kentongan.measure.cases import Cases
from kentongan.measure.choices import reason_given, sooner, with_carrier
from kentongan.measure.clocks import WORK_CLOCKS, Clock
from kentongan.measure.intervals import Subject
from kentongan.measure.observations import NEVER, UNKNOWN, Column, column_of, time_labels
from kentongan.measure.shortage import held_spans, with_shortage
from kentongan.measure.stamps import TRUST, Stamp, Stamps, keep_earliest
from kentongan.measure.statistics.arrays import Whole
from kentongan.measure.subjects import CallCase, IncidentCase, PartCase
from kentongan.measure.tables import MICRO, Table
from kentongan.measure.texts import Texts

_ORIGIN: Final = datetime(1970, 1, 1, tzinfo=UTC)

LAST: Final = (Clock.ARRIVED, Clock.CLEAR)
"""Clocks of which the incident's last counts as well: full assignment, and its end."""


class Row(Struct, frozen=True, kw_only=True):
    """One subject on its way into a table."""

    key: str
    stamps: Stamps
    over: bool
    gave_up_at: datetime | None = None
    closed_at: datetime | None = None
    by_call: bool = True
    case: IncidentCase | None = None
    labels: Mapping[str, str | None] = {}


class Tables(Struct, frozen=True, kw_only=True):
    """All four kinds of subject."""

    call: Table
    incident: Table
    task: Table
    work: Table

    def of(self, subject: Subject) -> Table:
        """The table of that kind."""
        tables = {
            Subject.CALL: self.call,
            Subject.INCIDENT: self.incident,
            Subject.TASK: self.task,
            Subject.WORK: self.work,
        }
        return tables[subject]


def tables_of(cases: Cases, zone: ZoneInfo) -> Tables:
    """Every case; merged incidents are part of another and left out."""
    incidents = [case for case in cases.incidents.values() if not case.merged]
    shape = _Shape(zone, cases.until)
    return Tables(
        call=shape.table(Subject.CALL, [_of_call(call) for call in cases.calls.values()]),
        incident=incident_table(incidents, cases.until, zone),
        task=shape.table(
            Subject.TASK, [_of_task(c, p) for c in incidents for p in c.tasks.values()]
        ),
        work=shape.table(Subject.WORK, [of_work(c, p) for c in incidents for p in c.works]),
    )


def incident_table(incidents: Sequence[IncidentCase], until: datetime, zone: ZoneInfo) -> Table:
    """These incidents; as a standard sees them, say, with the stamps of its agencies only."""
    return _Shape(zone, until).table(Subject.INCIDENT, [_of_incident(case) for case in incidents])


def table_of(subject: Subject, rows: Sequence[Row], until: datetime, zone: ZoneInfo) -> Table:
    """Rows that somebody else made, as a table."""
    return _Shape(zone, until).table(subject, rows)


def seen_by(case: IncidentCase, agencies: Sequence[str]) -> IncidentCase:
    """The incident as some agencies saw it: what their parts did, and what is nobody's part."""
    tasks = {key: task for key, task in case.tasks.items() if task.agency in agencies}
    works = [work for work in case.works if work.agency in agencies]
    stamps = {clock: stamp for clock, stamp in case.stamps.items() if clock not in _OF_PARTS}
    for part in (*tasks.values(), *works):
        for clock, stamp in part.stamps.items():
            keep_earliest(stamps, clock, stamp)
    return structs.replace(case, stamps=stamps, tasks=tasks, works=works)


def response_table(incidents: Sequence[IncidentCase], until: datetime, zone: ZoneInfo) -> Table:
    """Each incident with the steps of the unit that arrived first, and of its agency's task.

    Never stamps of different units: their differences would be nobody's time. The way to the
    hospital alone is that of the unit that carried the patient, and all of it is that unit's.
    """
    held = held_spans(incidents, until)
    found: list[IncidentCase] = []
    for case in incidents:
        first = case.first_arriving()
        if first is None:
            continue
        stamps = {clock: stamp for clock, stamp in case.stamps.items() if clock not in _OF_PARTS}
        task = case.tasks.get(first.agency)
        if task is not None:
            its = (Clock.TASKED, Clock.NOTIFIED, Clock.ACK)
            stamps |= {clock: task.stamps[clock] for clock in its if clock in task.stamps}
        own = (*WORK_CLOCKS, Clock.CORRECTED)
        stamps |= {clock: first.stamps[clock] for clock in own if clock in first.stamps}
        stamps = with_shortage(stamps, case, first, held) | sooner(case, first)
        found.append(structs.replace(case, stamps=with_carrier(stamps, case, first)))
    table = incident_table(found, until, zone)
    given = column_of(reason_given(case) for case in found)
    return structs.replace(table, labels={**table.labels, "passed_over": given})


_OF_PARTS: Final = frozenset(WORK_CLOCKS) | {Clock.TASKED, Clock.NOTIFIED, Clock.ACK}


class _Shape:
    """Turns rows into a table; the city's clock has one offset for all of them."""

    def __init__(self, zone: ZoneInfo, until: datetime) -> None:
        self._until = micros(until)
        self._offset_s = int((zone.utcoffset(until) or timedelta()).total_seconds())

    def table(self, subject: Subject, rows: Sequence[Row]) -> Table:
        clocks = [clock for clock in Clock if any(clock in row.stamps for row in rows)]
        at = {clock: _moments(row.stamps.get(clock) for row in rows) for clock in clocks}
        return Table(
            subject=subject,
            size=len(rows),
            at=at,
            last=_last(rows) if subject is Subject.INCIDENT else {},
            sources={
                clock: np.array(
                    [TRUST[s.source] if (s := row.stamps.get(clock)) else 0 for row in rows],
                    dtype=np.uint8,
                )
                for clock in clocks
            },
            late={
                clock: np.array(
                    [bool((s := row.stamps.get(clock)) and s.is_late) for row in rows],
                    dtype=np.bool_,
                )
                for clock in clocks
            },
            over=np.array([row.over for row in rows], dtype=np.bool_),
            gave_up=_times(row.gave_up_at for row in rows),
            closed=_times(row.closed_at for row in rows),
            by_call=np.array([row.by_call for row in rows], dtype=np.bool_),
            keys=Texts.of(row.key for row in rows),
            labels=self._labels(rows),
            offset_s=self._offset_s,
            until=self._until,
        )

    def _labels(self, rows: Sequence[Row]) -> dict[str, Column]:
        began = np.array([_began(row.stamps) for row in rows], dtype=np.int64)
        keys = sorted({key for row in rows for key in row.labels}) or ["line"]
        return {
            **time_labels(began, self._offset_s),
            **{key: column_of(row.labels.get(key) or UNKNOWN for row in rows) for key in keys},
        }


def micros(at: datetime) -> int:
    """Microseconds since 1970 (UTC)."""
    return (at - _ORIGIN) // timedelta(microseconds=1)


def _moments(stamps: Iterable[Stamp | None]) -> Whole:
    return np.array([micros(one.at) if one else NEVER for one in stamps], dtype=np.int64)


def _times(times: Iterable[datetime | None]) -> Whole:
    return np.array([NEVER if at is None else micros(at) for at in times], dtype=np.int64)


def _began(stamps: Stamps) -> int:
    first = min((stamp.at for stamp in stamps.values()), default=None)
    return NEVER if first is None else micros(first) // MICRO


def _last(rows: Sequence[Row]) -> dict[Clock, Whole]:
    return {
        clock: _moments(row.case.last(clock) if row.case else None for row in rows)
        for clock in LAST
    }


def _of_call(call: CallCase) -> Row:
    given_up = call.stamps.get(Clock.ABANDONED)
    if given_up is None and Clock.ANSWER not in call.stamps:
        given_up = call.stamps.get(Clock.ENDED)
    return Row(
        key=call.call,
        stamps=call.stamps,
        over=call.is_over,
        gave_up_at=given_up.at if given_up else None,
        labels={"line": call.line},
    )


def _of_incident(case: IncidentCase) -> Row:
    part = case.first_arriving() or next(iter((*case.works, *case.tasks.values())), None)
    return Row(
        key=case.incident,
        stamps=case.stamps,
        over=case.is_over,
        closed_at=_wait_over(case),
        by_call=case.origin == Channel.CALL or Clock.RING in case.own,  # or written on a paper form
        case=case,
        labels={**_described(case), "agency": part.agency, "unit": part.unit}
        if part
        else _described(case),
    )


def _wait_over(case: IncidentCase) -> datetime | None:
    """When nobody waited for a unit any more: the last one was called off and none was asked for
    after that, else when it was closed."""
    closed = case.own.get(Clock.CLOSED)
    ended = [part.gave_up_at for part in case.works]
    for task in case.tasks.values():
        is_served = any(work.agency == task.agency for work in case.works)
        ended += [] if is_served else [task.gave_up_at]
    known = [at for at in ended if at is not None]
    asked = [at for task in case.tasks.values() if (at := task.at(Clock.TASKED)) is not None]
    is_off = (
        case.works and len(known) == len(ended) and max(known) >= max(asked, default=max(known))
    )
    off = [max(known)] if is_off else []
    return min([*off, *([closed.at] if closed else [])], default=None)


def _of_task(case: IncidentCase, task: PartCase) -> Row:
    closed = case.own.get(Clock.CLOSED)
    return Row(
        key=f"{case.incident}/{task.agency}",
        stamps=task.stamps,
        over=case.is_over or task.gave_up_at is not None,
        gave_up_at=task.gave_up_at,
        closed_at=closed.at if closed else None,
        labels={**_described(case), "agency": task.agency},
    )


def of_work(case: IncidentCase, work: PartCase) -> Row:
    """A unit's work as a row."""
    return Row(
        key=f"{case.incident}/{work.unit}",
        stamps=work.stamps,
        over=case.is_over or work.over,
        gave_up_at=work.gave_up_at,
        labels={**_described(case), "agency": work.agency, "unit": work.unit},
    )


def _described(case: IncidentCase) -> dict[str, str | None]:
    return {
        "line": case.line,
        "nature": case.nature,
        "category": case.category,
        "priority": case.priority,
        "kecamatan": case.kecamatan,
        "kelurahan": case.kelurahan,
        "origin": case.origin,
        "outcome": case.outcome,
    }
