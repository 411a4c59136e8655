"""What plans are made from: one reading of the journal, calls and incidents, units and duty."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import numpy as np
from msgspec import Struct, field

from kentongan.app.ports import Store
from kentongan.cities.facts import Unit
from kentongan.cities.pack import CityPack
from kentongan.core.events import AnyEvent
from kentongan.core.events.desk import (
    DutyEnded,
    DutyForcedOut,
    DutyPaused,
    DutyResumed,
    DutyStarted,
)
from kentongan.core.events.unit import UnitDutyEnded, UnitDutyStarted, UnitRegistered
from kentongan.core.past_change import EVOLVE, PastChange
from kentongan.core.rows import ChangeRow, UnitRow
from kentongan.core.words import AgencyKey, ChangeId, Meta, UnitId
from kentongan.measure.cases import Cases
from kentongan.plan.arrays import Flags, Floats
from kentongan.serve.evaluation import EVENTS_EACH

MONDAY = datetime(1970, 1, 5, tzinfo=UTC)
"""A Monday 0 h; hours of plans count from here, in the city's clock."""

HOURS_OF_WEEK = 168
WEEK_H = 168.0

Spans = list[tuple[datetime, datetime]]


class Record(Struct, kw_only=True):
    """The journal as plans need it. `duty` and `desks` are spans of units and of desks, `changes`
    what was noted of the service's past."""

    cases: Cases = field(default_factory=Cases)
    units: dict[str, UnitRow] = field(default_factory=dict[str, UnitRow])
    duty: dict[str, Spans] = field(default_factory=dict[str, Spans])
    desks: dict[str, Spans] = field(default_factory=dict[str, Spans])
    begun: dict[str, datetime] = field(default_factory=dict[str, datetime])
    noted: dict[str, PastChange] = field(default_factory=dict[str, PastChange])

    def add(self, event: AnyEvent, meta: Meta) -> None:
        """Take one event into account, in the order of the journal."""
        self.cases.add(event, meta)
        noun, _, key = meta.stream.partition(":")
        if noun == "unit":
            self._add_to_unit(event, meta, key)
        elif noun == "change":
            before = self.noted.get(key) or PastChange(key=ChangeId(key))
            self.noted[key] = EVOLVE[type(event)](before, event, meta)
        elif noun == "desk":
            if isinstance(event, DutyStarted | DutyResumed):
                self.begun[meta.stream] = meta.at
            elif isinstance(event, DutyEnded | DutyPaused | DutyForcedOut):
                self._end(self.desks.setdefault(key, []), meta)

    @property
    def changes(self) -> list[ChangeRow]:
        """What was changed, by its day; what was withdrawn was no change."""
        rows = [one.row for one in self.noted.values() if one.row is not None]
        return sorted((row for row in rows if row.withdrawn_at is None), key=lambda row: row.day)

    def _add_to_unit(self, event: AnyEvent, meta: Meta, key: str) -> None:
        if isinstance(event, UnitRegistered):
            self.units[key] = UnitRow(
                key=UnitId(key),
                state="available",
                agency=event.agency,
                unit_kind=event.kind,
                label=event.label,
                capabilities=event.capabilities,
                post=event.post,
                home=event.home,
                since=meta.at,
                crew_size=event.crew_size,
                demo=event.demo,
            )
        elif isinstance(event, UnitDutyStarted):
            self.begun[meta.stream] = meta.at
        elif isinstance(event, UnitDutyEnded):
            self._end(self.duty.setdefault(key, []), meta)

    def _end(self, spans: Spans, meta: Meta) -> None:
        begun = self.begun.pop(meta.stream, None)
        if begun is not None:
            spans.append((begun, meta.at))

    def finish(self, now: datetime) -> None:
        """Whoever is still on duty is so until now."""
        self.cases.finish()
        for stream, begun in self.begun.items():
            noun, _, key = stream.partition(":")
            spans = self.duty if noun == "unit" else self.desks
            spans.setdefault(key, []).append((begun, now))
        self.begun.clear()


def read_record(store: Store, now: datetime) -> Record:
    """The whole journal, read once."""
    record, position = Record(), 0
    while found := store.tail(position, EVENTS_EACH):
        for recorded in found:
            record.add(recorded.event, recorded.meta)
        position = found[-1].meta.position
    record.finish(now)
    return record


def units_of(record: Record, pack: CityPack) -> list[UnitRow]:
    """The units of the record; those of the city pack while none is registered."""
    if record.units:
        return sorted(record.units.values(), key=lambda unit: unit.key)
    return [_row(unit, pack) for unit in pack.units]


def _row(unit: Unit, pack: CityPack) -> UnitRow:
    return UnitRow(
        key=UnitId(unit.call_sign),
        state="available",
        agency=AgencyKey(unit.agency),
        unit_kind=unit.kind.value,
        label=unit.label.id,
        capabilities=tuple(one.value for one in unit.capabilities),
        post=unit.post,
        home=unit.home or pack.post_by_key[unit.post].point,
        since=MONDAY,
        demo=unit.demo,
    )


def hours(spans: Iterable[tuple[datetime, datetime]], offset: timedelta) -> Floats:
    """Spans as hours since a Monday 0 h of the city's clock, one row each."""
    found = [(hour_at(begin, offset), hour_at(end, offset)) for begin, end in spans]
    return np.array(found, dtype=np.float64).reshape(-1, 2)


def hour_at(at: datetime, offset: timedelta) -> float:
    """Hours since a Monday 0 h of the city's clock."""
    return (at + offset - MONDAY).total_seconds() / 3_600


def duty_of(spans: Spans, offset: timedelta) -> Flags | None:
    """The hours of the week in which a unit is usually on duty; None when nothing is known."""
    from kentongan.plan.shifts import mean_present

    if not spans:
        return None
    on_duty = hours(spans, offset)
    present = mean_present(on_duty, float(on_duty.min()), float(on_duty.max()))
    return present >= 0.5 * max(float(present.max()), 1e-9)
