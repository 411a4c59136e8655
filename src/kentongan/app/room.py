"""What the work process knows of the room: what is open, and calls and incidents of a day.

Read whole from the board once, then followed by position, so that a call among many abandoned ones
costs what changed and not the whole history. A memory of what was read, not a source of truth: it
is made anew at every start. Numbers are opened here, because whether two callers are one is decided
by their text; nothing of it is shown to anybody.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from msgspec import structs

from kentongan.app.ports import Store
from kentongan.core.callbacks import Known, is_listed
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
from kentongan.core.words import Personal

KEPT_FOR: Final = timedelta(hours=24)
"""How long what is over may still say something about a number that rings again."""

COMPARED_MAX: Final = 5_000
"""Calls, and reports, kept: a day of a city with the busiest hours we know of, the newest first."""

_UNNEEDED: Final = (ClosureRow, AliasRow, ChangeRow, HospitalRow, PackRow)
"""Rows about the city, which say nothing about the room."""

Row = TypeVar("Row", bound=AnyRow)


class Room:
    """Follows the board; `known` is what it says now."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: dict[tuple[str, str], AnyRow] = {}
        self._position = 0

    def known(self, now: datetime) -> Known:
        """The room as the board has it now."""
        self._follow(now)
        for place in [place for place, row in self._rows.items() if _is_past(row, now)]:
            del self._rows[place]
        return Known(
            calls=_newest(self._of(CallRow), lambda row: row.ring_at),
            reports=_newest(self._of(ReportRow), lambda row: row.opened_at),
            incidents=self._of(IncidentRow),
            desks=self._of(DeskRow),
            ready=frozenset(row.key for row in self._of(UnitRow) if row.pre_alert is not None),
        )

    def alarms(self) -> list[AlarmRow]:
        """Those that stand, as of the last `known`."""
        return self._of(AlarmRow)

    def units(self) -> list[UnitRow]:
        """All units, as of the last `known`."""
        return self._of(UnitRow)

    def engagements(self) -> list[EngagementRow]:
        """Units at work, as of the last `known`."""
        return self._of(EngagementRow)

    def agencies(self) -> list[AgencyRow]:
        """All agencies, as of the last `known`."""
        return self._of(AgencyRow)

    def _follow(self, now: datetime) -> None:
        changed: dict[tuple[str, str], AnyRow] = {}
        position = self._position
        for line in self._store.rows(after=self._position):
            place = (line.kind, line.key)
            if line.row is None or _is_past(line.row, now):
                self._rows.pop(place, None)
            elif not isinstance(line.row, _UNNEEDED):
                changed[place] = line.row
            position = max(position, line.position)
        self._rows.update(self._with_numbers(changed))
        self._position = position  # only now: a store that goes away meanwhile is asked again

    def _with_numbers(self, rows: dict[tuple[str, str], AnyRow]) -> dict[tuple[str, str], AnyRow]:
        """The rows with their numbers opened; one that was open already is not asked for again."""
        texts = dict(filter(None, (_number_of(self._rows.get(place)) for place in rows)))
        refs = {ref for row in rows.values() if (ref := _ref_of(row)) and ref not in texts}
        texts |= self._store.open_texts(sorted(refs)) if refs else {}
        return {place: _with_number(row, texts) for place, row in rows.items()}

    def _of(self, kind: type[Row]) -> list[Row]:
        return [row for row in self._rows.values() if isinstance(row, kind)]


def _ref_of(row: AnyRow | None) -> str | None:
    is_numbered = isinstance(row, CallRow | ReportRow)
    return row.number.ref if is_numbered and row.number is not None else None


def _number_of(row: AnyRow | None) -> tuple[str, str] | None:
    """Reference and text of a number that is open."""
    if not isinstance(row, CallRow | ReportRow) or row.number is None:
        return None
    ref, text = row.number.ref, row.number.text
    return (ref, text) if ref is not None and text is not None else None


def _with_number(row: AnyRow, texts: dict[str, str]) -> AnyRow:
    ref = _ref_of(row)
    if ref is None or not isinstance(row, CallRow | ReportRow):
        return row
    return structs.replace(row, number=Personal(text=texts.get(ref), ref=ref))


def _newest(rows: list[Row], at: Callable[[Row], datetime]) -> list[Row]:
    if len(rows) <= COMPARED_MAX:
        return rows
    return sorted(rows, key=at, reverse=True)[:COMPARED_MAX]


def _is_past(row: AnyRow, now: datetime) -> bool:
    """Whether it is over for so long that it says nothing about who rings today."""
    match row:
        case CallRow(ended_at=ended_at):
            return ended_at is not None and not is_listed(row) and now - ended_at > KEPT_FOR
        case IncidentRow(closed_at=closed_at):
            return closed_at is not None and now - closed_at > KEPT_FOR
        case ReportRow(opened_at=opened_at):
            return now - opened_at > KEPT_FOR
        case _:
            return False
