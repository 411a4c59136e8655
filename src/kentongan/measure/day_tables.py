"""A day's cases as columns, so that years of them are looked at in a second.

Made once from the journal's cases and kept as a file. A day holds nine tables: calls, incidents,
agencies' tasks and units' works; the first unit's chain of each incident; both once more for each
incident and agency, as that agency saw it; what was advised and promised of each unit sent; and
when units were there and bound.
Nobody's name or words are in it. Of a sensitive incident neither the nature nor the point is
known, only the kelurahan and, where it does not give the nature away, the category.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from msgspec import Struct, structs

from kentongan.cities.taxonomy import Nature
from kentongan.measure.advice_table import advice_table
from kentongan.measure.case_tables import (
    incident_table,
    response_table,
    seen_by,
    tables_of,
)
from kentongan.measure.cases import Cases
from kentongan.measure.clocks import Clock
from kentongan.measure.exclusions import Excluded, Selection, discreet, select
from kentongan.measure.intervals import Subject
from kentongan.measure.observations import UNKNOWN, Column, column_of
from kentongan.measure.subjects import IncidentCase
from kentongan.measure.tables import Table
from kentongan.measure.texts import Texts
from kentongan.measure.unit_spans import Presence, unit_spans

FORMAT: Final = 8
"""Of the files; others are made anew."""

KINDS: Final = (
    "call",
    "incident",
    "task",
    "work",
    "response",
    "own",
    "own_response",
    "advice",
    "hours",
)

CELL_DIGITS: Final = 3
"""Decimals of a degree that a place is known by: about 110 m."""


class Day(Struct, frozen=True, kw_only=True):
    """The tables of a day or, joined, of many; what was left out by rule, by its reason."""

    tables: Mapping[str, Table]
    excluded: tuple[Excluded, ...] = ()


def day_of(
    cases: Cases, natures: Mapping[str, Nature], start: datetime, end: datetime, zone: ZoneInfo,
    *, training: bool, presence: Sequence[Presence] = (),
) -> Day:  # fmt: skip
    """The tables of what rang and was opened in [start, end), and of the units that were there."""
    selected = select(cases, natures, Selection(start, end, training=training))
    chosen = discreet(selected.cases, natures)
    incidents = list(chosen.incidents.values())
    seen = [
        seen_by(case, [agency])
        for case in incidents
        for agency in sorted({part.agency for part in (*case.tasks.values(), *case.works)})
    ]
    tables = tables_of(chosen, zone)
    until = chosen.until
    facts = {case.incident: _facts(case, cases) for case in incidents}
    return Day(
        tables={
            "call": tables.call,
            "incident": _with_facts(tables.incident, facts),
            "task": tables.task,
            "work": tables.work,
            "response": _with_facts(response_table(incidents, until, zone), facts),
            "own": _with_facts(incident_table(seen, until, zone), facts),
            "own_response": _with_facts(response_table(seen, until, zone), facts),
            "advice": advice_table(incidents, until, zone),
            "hours": unit_spans(
                (case for case in cases.incidents.values() if case.training == training),
                presence,
                (start, end),
                until,
                zone,
            ),
        },
        excluded=selected.excluded,
    )


def to_bytes(day: Day) -> bytes:
    """As a file."""
    packed = {kind: _packed(day.tables[kind]) for kind in KINDS}
    return msgspec.msgpack.encode(_File(FORMAT, packed, day.excluded))


def from_bytes(content: bytes) -> Day:
    """Out of a file; `ValueError` when it is none of ours or of another format."""
    try:
        file = msgspec.msgpack.decode(content, type=_File)
        if file.format != FORMAT:
            raise ValueError(f"format {file.format}, not {FORMAT}")
        tables = {kind: _unpacked(file.tables[kind]) for kind in KINDS}
    except (msgspec.DecodeError, KeyError) as error:
        raise ValueError(f"no day of cases: {error}") from None
    return Day(tables=tables, excluded=file.excluded)


class _Packed(Struct, array_like=True):
    subject: Subject
    size: int
    clocks: tuple[Clock, ...]
    at: bytes
    sources: bytes
    late: bytes
    lasts: tuple[Clock, ...]
    last: bytes
    flags: bytes
    times: bytes
    keys: tuple[str, ...]
    labels: dict[str, tuple[tuple[str, ...], bytes]]
    offset_s: int
    until: int


class _File(Struct, array_like=True):
    format: int
    tables: dict[str, _Packed]
    excluded: tuple[Excluded, ...]


def _facts(case: IncidentCase, cases: Cases) -> dict[str, str]:
    calls = [
        report.call
        for key in case.reports
        if (report := cases.reports.get(key)) is not None and report.call is not None
    ]
    point = case.point
    return {
        "number": str(case.number),
        "call": calls[0] if calls else UNKNOWN,
        "cell": f"{point.lat:.{CELL_DIGITS}f},{point.lon:.{CELL_DIGITS}f}" if point else UNKNOWN,
    }


def _with_facts(table: Table, facts: Mapping[str, Mapping[str, str]]) -> Table:
    added = {
        name: column_of(facts[key][name] for key in table.keys)
        for name in ("number", "call", "cell")
    }
    named = {name: column_of(UNKNOWN for _ in table.keys) for name in ("agency", "unit")}
    return structs.replace(table, labels={**named, **table.labels, **added})


def _packed(table: Table) -> _Packed:
    clocks, lasts = tuple(table.at), tuple(table.last)
    return _Packed(
        subject=table.subject,
        size=table.size,
        clocks=clocks,
        at=b"".join(table.at[clock].tobytes() for clock in clocks),
        sources=b"".join(table.source(clock).tobytes() for clock in clocks),
        late=b"".join(table.is_late(clock).tobytes() for clock in clocks),
        lasts=lasts,
        last=b"".join(table.last[clock].tobytes() for clock in lasts),
        flags=table.over.tobytes() + table.by_call.tobytes(),
        times=table.gave_up.tobytes() + table.closed.tobytes(),
        keys=tuple(table.keys),
        labels={
            name: (tuple(column.names), column.codes.tobytes())
            for name, column in table.labels.items()
        },
        offset_s=table.offset_s,
        until=table.until,
    )


def _unpacked(packed: _Packed) -> Table:
    n = packed.size
    at = np.frombuffer(packed.at, np.int64).reshape(len(packed.clocks), n)
    sources = np.frombuffer(packed.sources, np.uint8).reshape(len(packed.clocks), n)
    late = np.frombuffer(packed.late, np.bool_).reshape(len(packed.clocks), n)
    last = np.frombuffer(packed.last, np.int64).reshape(len(packed.lasts), n)
    over, by_call = np.frombuffer(packed.flags, np.bool_).reshape(2, n)
    gave_up, closed = np.frombuffer(packed.times, np.int64).reshape(2, n)
    return Table(
        subject=packed.subject,
        size=n,
        at=dict(zip(packed.clocks, at, strict=True)),
        last=dict(zip(packed.lasts, last, strict=True)),
        sources=dict(zip(packed.clocks, sources, strict=True)),
        late=dict(zip(packed.clocks, late, strict=True)),
        over=over,
        gave_up=gave_up,
        closed=closed,
        by_call=by_call,
        keys=Texts.of(packed.keys),
        labels={
            name: Column(np.frombuffer(codes, np.int32), names)
            for name, (names, codes) in packed.labels.items()
        },
        offset_s=packed.offset_s,
        until=packed.until,
    )
