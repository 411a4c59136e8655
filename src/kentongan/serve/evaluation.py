"""`kentongan evaluate` and `alarms`, and the same figures for screens: out of the journal."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from kentongan.app.ports import Store
from kentongan.cities.pack import CityPack
from kentongan.measure.alarm_table import to_table as month_table
from kentongan.measure.alarms import AlarmMonth, Alarms, month_of, report
from kentongan.measure.cases import Cases
from kentongan.measure.report import Evaluation, evaluate, with_ratios
from kentongan.measure.table import to_json, to_table
from kentongan.serve.wiring import load_pack
from kentongan.settings import Settings
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

EVENTS_EACH = 5_000
"""Events read from the journal at a time."""

WALLBOARD_KEPT = timedelta(days=40)
"""How far back the wallboard's process remembers: a month and its edges."""

ALARMS_KEPT = 100_000
"""Alarms that the screens' process remembers: a year of a city that has far too many."""

DAYS_MAX = 3_660
"""Longest span of one report, days."""


def run_evaluate(
    settings: Settings, *, start: str | None, days: int, training: bool, as_json: bool
) -> int:
    """Print the evaluation of some days as a table or as JSON."""
    pack = load_pack(settings)
    zone = ZoneInfo(pack.city.timezone)
    try:
        begin_at, end_at = span_of(start, days, zone)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    store = open_store(settings.store_url)
    figures = Figures(store, pack)
    found = figures.evaluate(begin_at, end_at, training=training or settings.training)
    found = figures.with_ratios(found)
    offset = begin_at.astimezone(zone).utcoffset() or timedelta()
    print(to_json(found) if as_json else to_table(found, offset))
    return 0


def span_of(start: str | None, days: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Whole days of the city's clock, from that one or today; `ValueError` names the option."""
    try:
        day = datetime.fromisoformat(start) if start else datetime.now(zone)
        begin = day.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=zone)
    except ValueError:
        raise ValueError(f"--from: {start!r} is not a day (YYYY-MM-DD)") from None
    if not 1 <= days <= DAYS_MAX:
        raise ValueError(f"--days: 1 to {DAYS_MAX}")
    return begin.astimezone(UTC), (begin + timedelta(days=days)).astimezone(UTC)


def run_alarms(settings: Settings, *, month: str | None, training: bool, as_json: bool) -> int:
    """Print the month of alarms as a table or as JSON."""
    pack = load_pack(settings)
    zone = ZoneInfo(pack.city.timezone)
    asked = month or datetime.now(zone).strftime("%Y-%m")
    try:
        month_of(asked, zone)
    except ValueError:
        print(f"--month: {asked!r} is not a month (YYYY-MM)", file=sys.stderr)
        return 2
    store = open_store(settings.store_url)
    found = AlarmMonths(store, zone).report(asked, training=training or settings.training)
    print(msgspec.json.encode(found).decode() if as_json else month_table(found))
    return 0


class AlarmMonths:
    """Months of alarms that stay up to date: each event of the journal is read once."""

    def __init__(self, store: Store, zone: ZoneInfo, kept: int | None = None) -> None:
        """`kept` is how many alarms are remembered, the newest; None is all."""
        self._store = store
        self._zone = zone
        self._kept = kept
        self._alarms = Alarms()
        self._position = 0

    def report(self, month: str, *, training: bool) -> AlarmMonth:
        """The report of a month, with everything recorded until now; `ValueError` for no month."""
        while found := self._store.tail(self._position, EVENTS_EACH):
            for recorded in found:
                self._alarms.add(recorded.event, recorded.meta)
            self._position = found[-1].meta.position
            if self._kept is not None:
                del self._alarms.episodes[: -self._kept]
        return report(self._alarms, month, self._zone, training=training)


def alarm_months_of(pack: CityPack) -> Callable[[WholeStore, str, bool], AlarmMonth]:
    """The month of alarms for supervisors; it remembers what it read of each store."""
    zone = ZoneInfo(pack.city.timezone)
    known: dict[int, AlarmMonths] = {}

    def report_now(store: WholeStore, month: str, training: bool) -> AlarmMonth:
        months = known.setdefault(id(store), AlarmMonths(store, zone, ALARMS_KEPT))
        return months.report(month, training=training)

    return report_now


class Figures:
    """Figures that stay up to date: each event of the journal is read once per process."""

    def __init__(self, store: Store, pack: CityPack, kept: timedelta | None = None) -> None:
        """`kept` is how long what is over is remembered; None is for ever."""
        self._store = store
        self._pack = pack
        self._zone = ZoneInfo(pack.city.timezone)
        self._kept = kept
        self._cases = Cases()
        self._position = 0

    def evaluate(self, start_at: datetime, end_at: datetime, *, training: bool) -> Evaluation:
        """The evaluation of [start_at, end_at), with everything recorded until now."""
        while found := self._store.tail(self._position, EVENTS_EACH):
            for recorded in found:
                self._cases.add(recorded.event, recorded.meta)
            self._position = found[-1].meta.position
            if self._kept is not None:
                self._cases.forget(found[-1].meta.recorded_at - self._kept)
        self._cases.finish()
        return evaluate(
            self._cases,
            self._pack.targets,
            self._pack.nature_by_code,
            start_at=start_at,
            end_at=end_at,
            zone=self._zone,
            training=training,
        )

    def with_ratios(self, found: Evaluation) -> Evaluation:
        """An evaluation of these with the ratios of its calls and units."""
        return with_ratios(found, self._cases, self._zone)


def figures_of(pack: CityPack) -> Callable[[WholeStore, datetime, datetime, bool], Evaluation]:
    """The evaluation for the wallboard; it remembers what it read of each store."""
    known: dict[int, Figures] = {}

    def evaluate_now(
        store: WholeStore, start_at: datetime, end_at: datetime, training: bool
    ) -> Evaluation:
        figures = known.setdefault(id(store), Figures(store, pack, WALLBOARD_KEPT))
        return figures.evaluate(start_at, end_at, training=training)

    return evaluate_now
