"""What stands on the board now, as plain words, for paper: incidents, call-backs, units, roads.

Reads rows and opens their personal text for the room, which sees everything; `refs` are the texts
that were opened, so that whoever makes the pack can write it down. Bounded: a page that nobody can
turn helps nobody, and what was left out is counted.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.core.callbacks import in_risk_order
from kentongan.core.direction import set_apart
from kentongan.core.rows import (
    AgencyRow,
    AnyRow,
    CallRow,
    ClosureRow,
    EngagementRow,
    IncidentRow,
    ReportRow,
    UnitRow,
)
from kentongan.core.served import waits_for_unit
from kentongan.core.words import Personal, Place, ReportId, UnitId

INCIDENTS_MAX: Final = 200
"""Incidents on paper: forty pages. The most urgent that wait longest come first."""

CALL_BACKS_MAX: Final = 200
UNITS_MAX: Final = 2_000
CLOSURES_MAX: Final = 200

_LAST: Final = "P9"  # who has no priority yet comes last

OpenTexts = Callable[[Sequence[str]], Mapping[str, str]]
_Item = TypeVar("_Item")


class Reporter(Struct, frozen=True, kw_only=True):
    """Who told it. An erased name or number is empty."""

    name: str = ""
    number: str = ""
    complaint: str = ""


class Working(Struct, frozen=True, kw_only=True):
    """A unit on the incident: its latest step and since when."""

    unit: UnitId
    progress: str
    since: datetime | None = None


class Incident(Struct, frozen=True, kw_only=True):
    """An open incident in words."""

    row: IncidentRow
    place: str = ""
    landmark: str = ""
    point: Point | None = None
    reporters: tuple[Reporter, ...] = ()
    working: tuple[Working, ...] = ()

    @property
    def is_waiting(self) -> bool:
        """Sent, no unit has it and it is not served: as the screens and alarm A-03 say it."""
        return self.row.state == "open" and waits_for_unit(self.row)

    @property
    def is_over(self) -> bool:
        """Served, and no unit is there any more: somebody is to close it, or to send another."""
        return self.row.state == "open" and not self.working and not self.is_waiting


class CallBack(Struct, frozen=True, kw_only=True):
    """A caller nobody has spoken with to the end."""

    row: CallRow
    number: str = ""


class UnitLine(Struct, frozen=True, kw_only=True):
    """A unit and what it works on."""

    row: UnitRow
    engagement: EngagementRow | None = None


class Closure(Struct, frozen=True, kw_only=True):
    """A closed road in words."""

    row: ClosureRow
    label: str = ""


class Situation(Struct, frozen=True, kw_only=True):
    """Everything a pack shows of the board. `left_out` counts what the bounds cut, by kind."""

    incidents: tuple[Incident, ...]
    call_backs: tuple[CallBack, ...]
    units: tuple[UnitLine, ...]
    closures: tuple[Closure, ...]
    agencies: tuple[AgencyRow, ...]
    refs: frozenset[str]
    left_out: Mapping[str, int]


def situation_of(rows: Iterable[AnyRow], open_texts: OpenTexts, now: datetime) -> Situation:
    """The situation on the board at that moment."""
    board = _Board(rows, now)
    left_out = {
        "incidents": max(0, len(board.incidents) - INCIDENTS_MAX),
        "call_backs": max(0, len(board.call_backs) - CALL_BACKS_MAX),
        "fleet": max(0, len(board.units) - UNITS_MAX),
        "closures": max(0, len(board.closures) - CLOSURES_MAX),
    }
    board.cut()
    refs = frozenset(_refs(board.shown()))
    texts = open_texts(sorted(refs))
    opened = _Opened(texts)
    return Situation(
        incidents=tuple(opened.incident(row, board.reports) for row in board.incidents),
        call_backs=tuple(
            CallBack(row=row, number=opened.text(row.number)) for row in board.call_backs
        ),
        units=tuple(
            UnitLine(row=row, engagement=board.engagements.get(row.key)) for row in board.units
        ),
        closures=tuple(Closure(row=row, label=opened.text(row.label)) for row in board.closures),
        agencies=tuple(board.agencies),
        refs=refs & texts.keys(),
        left_out={kind: n for kind, n in left_out.items() if n},
    )


class _Board:
    """Rows by kind, in the order in which they are printed."""

    def __init__(self, rows: Iterable[AnyRow], now: datetime) -> None:
        all_rows = tuple(rows)
        self.reports: dict[ReportId, ReportRow] = {row.key: row for row in _of(ReportRow, all_rows)}
        self.engagements: dict[UnitId, EngagementRow] = {
            row.key: row for row in _of(EngagementRow, all_rows)
        }
        self.incidents = sorted(
            (row for row in _of(IncidentRow, all_rows) if row.state != "closed"), key=_urgency
        )
        self.call_backs = in_risk_order(_of(CallRow, all_rows))
        self.units = sorted(_of(UnitRow, all_rows), key=lambda row: (row.agency, row.key))
        self.closures = [row for row in _of(ClosureRow, all_rows) if _is_in_force(row, now)]
        self.agencies = sorted(_of(AgencyRow, all_rows), key=lambda row: row.key)

    def cut(self) -> None:
        """Keep what fits."""
        del self.incidents[INCIDENTS_MAX:]
        del self.call_backs[CALL_BACKS_MAX:]
        del self.units[UNITS_MAX:]
        del self.closures[CLOSURES_MAX:]
        told = {report for row in self.incidents for report in row.reports}
        self.reports = {key: row for key, row in self.reports.items() if key in told}

    def shown(self) -> Iterator[Personal]:
        """The personal text that is printed, still sealed."""
        for row in self.incidents:
            place = row.place or Place()
            yield from _present(place.words, place.label, place.landmark)
        for report in self.reports.values():
            yield from _present(report.name, report.number, report.complaint)
        for call in self.call_backs:
            yield from _present(call.number)
        for closure in self.closures:
            yield from _present(closure.label)


class _Opened:
    """Rows in words, with the texts that were opened."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def text(self, sealed: Personal | None) -> str:
        """The words, empty when there are none or they were erased."""
        if sealed is None:
            return ""
        return set_apart(sealed.text or self._texts.get(sealed.ref or "", ""))

    def incident(self, row: IncidentRow, reports: Mapping[ReportId, ReportRow]) -> Incident:
        """An incident with its reporters and units."""
        place = row.place or Place()
        words, label = self.text(place.words), self.text(place.label)
        return Incident(
            row=row,
            place=label if not words or words == label else f"{label} ({words})".strip(),
            landmark=self.text(place.landmark),
            point=place.point,
            reporters=tuple(self._reporter(reports[key]) for key in row.reports if key in reports),
            working=tuple(
                Working(
                    unit=one.unit, progress=one.progress, since=one.progress_at.get(one.progress)
                )
                for one in row.assignments
                if one.open
            ),
        )

    def _reporter(self, row: ReportRow) -> Reporter:
        return Reporter(
            name=self.text(row.name),
            number=self.text(row.number),
            complaint=self.text(row.complaint),
        )


def _of(kind: type[_Item], rows: Iterable[AnyRow]) -> Iterator[_Item]:
    return (row for row in rows if isinstance(row, kind))


def _urgency(row: IncidentRow) -> tuple[bool, str, datetime]:
    is_worked_on = any(one.open for one in row.assignments)
    return (is_worked_on, row.priority or _LAST, row.opened_at)


def _is_in_force(row: ClosureRow, now: datetime) -> bool:
    has_begun = row.from_at is None or row.from_at <= now
    return row.lifted_at is None and has_begun and (row.until_at is None or row.until_at > now)


def _present(*texts: Personal | None) -> Iterator[Personal]:
    return (text for text in texts if text is not None)


def _refs(texts: Iterable[Personal]) -> Iterator[str]:
    return (text.ref for text in texts if text.ref is not None and text.text is None)
