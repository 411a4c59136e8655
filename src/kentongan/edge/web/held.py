"""The rows this process keeps in memory: what is open now, and what was over a short while ago.

Filled once from the board and then followed by position. `find` is what the redaction looks up;
`related` says which other rows a change may make visible or hide for somebody.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from kentongan.app.ports import BoardRow
from kentongan.core.rows import (
    AgencyRow,
    AlarmRow,
    AliasRow,
    AnyRow,
    CallRow,
    ChangeRow,
    ClosureRow,
    DeskRow,
    EngagementRow,
    HospitalRow,
    IncidentRow,
    PackRow,
    ReportRow,
    UnitRow,
)

Key = tuple[str, str]
"""Kind and key of a row."""

SHOWN_AFTER: Final = timedelta(hours=2)
"""How long screens keep what is over; a crew may read its incident so long."""

HELD_AFTER: Final = timedelta(hours=24)
"""How long search and call history find it."""


class Held:
    """Rows by kind and key."""

    def __init__(self) -> None:
        self._rows: dict[Key, BoardRow] = {}
        self._reports_of_call: dict[str, set[str]] = {}
        self.position = 0

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, kind: str, key: str) -> AnyRow | None:
        """The row, or None when it is gone or long over."""
        found = self._rows.get((kind, key))
        return found.row if found is not None else None

    def get(self, place: Key) -> BoardRow | None:
        """The row with its position."""
        return self._rows.get(place)

    def of_kind(self, kind: str) -> list[BoardRow]:
        """All rows of a kind. A copy: the rows may be replaced on another thread meanwhile."""
        return [held for held in list(self._rows.values()) if held.kind == kind]

    def all(self) -> list[BoardRow]:
        """All rows; a copy."""
        return list(self._rows.values())

    def put(self, changed: Iterable[BoardRow], now: datetime) -> set[Key]:
        """Take rows over; returns every row whose visibility may have changed by it."""
        affected: set[Key] = set()
        for new in changed:
            place = (new.kind, new.key)
            old = self._rows.get(place)
            affected.add(place)
            for row in (old.row if old is not None else None, new.row):
                if row is not None:
                    affected.update(self._related(row))
            if new.row is None or self.is_over(new.row, now, HELD_AFTER):
                self._drop(place)
            else:
                self._rows[place] = new
                self._index(new.row)
            self.position = max(self.position, new.position)
        return affected

    def sweep(self, now: datetime) -> set[Key]:
        """Forget what has been over for long; returns the rows that screens no longer show."""
        stale = {
            place
            for place, held in self._rows.items()
            if held.row is not None and not self.is_shown(held.row, now)
        }
        for place in stale:
            row = self._rows[place].row
            if row is not None and self.is_over(row, now, HELD_AFTER):
                self._drop(place)
        return stale

    def is_over(self, row: AnyRow, now: datetime, after: timedelta) -> bool:
        """Whether the row's matter ended longer ago than that."""
        match row:
            case CallRow(open=False, ended_at=ended_at):
                return ended_at is not None and now - ended_at > after
            case IncidentRow(closed_at=closed_at):
                return closed_at is not None and now - closed_at > after
            case ReportRow(opened_at=opened_at, incident=incident):
                found = self.find("incident", incident) if incident is not None else None
                if found is not None:
                    return self.is_over(found, now, after)
                return now - opened_at > after
            case ClosureRow(lifted_at=ended_at) | AliasRow(ended_at=ended_at):
                return ended_at is not None and now - ended_at > after
            case _:
                return False

    def is_shown(self, row: AnyRow, now: datetime) -> bool:
        """Whether screens show the row: what is over vanishes, and an alias that is settled.

        A city has thousands of aliases in effect; only what somebody has to look at is everybody's,
        the others are asked for.
        """
        decided_at = row.undone_at or row.reviewed_at if isinstance(row, AliasRow) else None
        if decided_at is not None:
            return now - decided_at <= SHOWN_AFTER
        return not self.is_over(row, now, SHOWN_AFTER)

    def reports_of_call(self, call: str) -> list[ReportRow]:
        """What was told in that call."""
        found = (self.find("report", key) for key in self._reports_of_call.get(call, ()))
        return [row for row in found if isinstance(row, ReportRow)]

    def _index(self, row: AnyRow) -> None:
        if isinstance(row, ReportRow) and row.call is not None:
            self._reports_of_call.setdefault(row.call, set()).add(row.key)

    def _drop(self, place: Key) -> None:
        """Forget a row, and what was told in which call: either may be over first."""
        held = self._rows.pop(place, None)
        row = held.row if held is not None else None
        if isinstance(row, CallRow):
            self._reports_of_call.pop(row.key, None)
        elif isinstance(row, ReportRow) and row.call is not None:
            told = self._reports_of_call.get(row.call, set())
            told.discard(row.key)
            if not told:
                self._reports_of_call.pop(row.call, None)

    def _related(self, row: AnyRow) -> Iterator[Key]:
        match row:
            case IncidentRow():
                yield from _around_incident(row)
            case ReportRow(incident=incident, call=call):
                if incident is not None:
                    yield "incident", incident
                if call is not None:
                    yield "call", call
            case EngagementRow(key=unit, incident=incident):
                yield "unit", unit
                yield "incident", incident
                found = self.find("incident", incident)
                if isinstance(found, IncidentRow):
                    yield from _around_incident(found)
            case UnitRow(key=unit):
                yield "engagement", unit
            case CallRow(key=call):
                for report in self._reports_of_call.get(call, ()):
                    yield "report", report
            case (
                DeskRow()
                | AgencyRow()
                | ClosureRow()
                | AliasRow()
                | ChangeRow()
                | AlarmRow()
                | PackRow()
                | HospitalRow()
            ):
                return


def _around_incident(row: IncidentRow) -> Iterator[Key]:
    for report in row.reports:
        yield "report", report
    for assignment in row.assignments:
        yield "unit", assignment.unit
        yield "engagement", assignment.unit
