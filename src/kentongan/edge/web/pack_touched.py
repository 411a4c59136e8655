"""Whom a change of the pack concerns right now: units at work, open incidents, asked agencies."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from kentongan.cities.changes import Change
from kentongan.core.rows import EngagementRow, IncidentRow, UnitRow
from kentongan.edge.web.held import Held
from kentongan.edge.web.pack_bodies import Touched

SHOWN_MAX: Final = 60
"""Told by name; the rest is a number."""

_FIRST: Final = re.compile(r"(units|agencies|posts|priorities|alarms)\[([^\]]+)\]")
_NATURE: Final = re.compile(r"categories\[([^\]]+)\](?:\.natures\[([^\]]+)\])?")
_PROTOCOL: Final = re.compile(r"protocols\[([^\]]+)\]")


def touched(held: Held, changes: Iterable[Change]) -> tuple[tuple[Touched, ...], int]:
    """Whom it concerns, each once, and how many more than are told."""
    found: dict[tuple[str, str], Touched] = {}
    incidents = [
        one.row
        for one in held.of_kind("incident")
        if isinstance(one.row, IncidentRow) and one.row.closed_at is None
    ]
    for change in changes:
        for one in _touched(held, incidents, change):
            found.setdefault((one.kind, one.key), one)
    listed = tuple(found.values())
    return listed[:SHOWN_MAX], max(0, len(listed) - SHOWN_MAX)


def _touched(held: Held, incidents: list[IncidentRow], change: Change) -> Iterator[Touched]:
    path = change.path
    if match := _FIRST.match(path):
        table, key = match[1], match[2]
        if table == "units":
            yield from _unit(held, key, path)
        elif table == "agencies":
            asked = [one for one in incidents if any(task.agency == key for task in one.tasks)]
            yield from (_incident(one, path) for one in asked)
        elif table == "priorities":
            yield from (_incident(one, path) for one in incidents if one.priority == key)
    elif match := _NATURE.match(path):
        for one in incidents:
            nature = one.nature or ""
            if nature == match[2] or (match[2] is None and nature.startswith(f"{match[1]}-")):
                yield _incident(one, path)
    elif match := _PROTOCOL.match(path):
        for one in incidents:
            if any(answer.protocol == match[1] for answer in one.triage):
                yield _incident(one, path)


def _unit(held: Held, key: str, path: str) -> Iterator[Touched]:
    row, engaged = held.find("unit", key), held.find("engagement", key)
    if isinstance(engaged, EngagementRow):
        yield Touched(kind="unit", key=key, label=str(engaged.number), path=path)
    elif isinstance(row, UnitRow) and row.state != "off_duty":
        yield Touched(kind="unit", key=key, label="", path=path)


def _incident(row: IncidentRow, path: str) -> Touched:
    return Touched(kind="incident", key=row.key, label=str(row.number), path=path)
