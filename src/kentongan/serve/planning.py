"""`kentongan plan`: calls expected by the hour, and the desks they need, out of the record."""

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from msgspec import Struct

from kentongan.app.ports import Store, Unavailable
from kentongan.cities.pack import CityPack
from kentongan.measure.cases import Cases
from kentongan.measure.clocks import Clock
from kentongan.measure.subjects import CallCase
from kentongan.measure.table import aligned
from kentongan.plan.ahead import Judged, forecast
from kentongan.plan.desks import STAFFED, WRAP_UP_S, desks_for
from kentongan.plan.erlang import Patient, answered_within_c
from kentongan.plan.forecast import Hours, NotEnoughError
from kentongan.plan.patience import Patience, patience_of
from kentongan.plan.regressors import Group
from kentongan.plan.weather import WeatherError
from kentongan.serve.evaluation import EVENTS_EACH
from kentongan.serve.plan_causes import (
    JUDGED_HEAD,
    causes_of,
    estimated_days,
    estimated_lines,
    judged_rows,
    unknown_lines,
)
from kentongan.serve.wiring import load_pack
from kentongan.settings import Settings
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store

DAYS_MAX = 28
"""Days ahead: beyond four weeks the error of a forecast was not measured."""

HANDLING_S = 120.0
"""Mean time of a call with its wrap-up where the record has none yet, seconds."""

CALLS_MIN = 30
"""Conversations before their own mean is used."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class HourPlan(Struct, frozen=True, kw_only=True):
    """One hour of the city's clock. `answered_15` is the share within 15 s at that many calls."""

    hour: str
    expected: float
    busy: int
    desks: int
    answered_15: float


class Plan(Struct, frozen=True, kw_only=True):
    """The hours asked for, and what they rest on. Callers hang up (Erlang A) where
    `patience.counts`; else they wait (Erlang C). `causes` is what else was tried, and used where it
    helped."""

    hours_of_history: int
    handling_s: float
    measured_handling: bool
    patience: Patience
    is_regression: bool
    causes: tuple[Judged, ...]
    hours: tuple[HourPlan, ...]


def run_plan(settings: Settings, *, days: int, training: bool, as_json: bool) -> int:
    """Print the plan from the next full hour on."""
    if not 1 <= days <= DAYS_MAX:
        print(f"--days: 1 to {DAYS_MAX}", file=sys.stderr)
        return 2
    try:
        pack = load_pack(settings)
        store = open_store(settings.store_url)
        zone = ZoneInfo(pack.city.timezone)
        causes, is_training = causes_of(settings, pack), training or settings.training
        found = plan(store, zone, datetime.now(UTC), days, training=is_training, causes=causes)
    except (NotEnoughError, WeatherError, StoreError, Unavailable, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(msgspec.json.encode(found).decode() if as_json else _table(found, pack))
    return 0


def plan(
    store: Store,
    zone: ZoneInfo,
    now: datetime,
    days: int,
    *,
    training: bool,
    causes: Sequence[Group] = (),
) -> Plan:
    """Calls and desks of the next days; `NotEnoughError` when no call was ever recorded."""
    calls = [one for one in calls_of(store) if one.training == training]
    history = history_of(calls, zone, now)
    handling_s, is_measured = handling_of(calls)
    patience = patience_in(calls)
    begin = _hour_of(now, zone) + 1
    hour = begin + np.arange(days * 24)
    ahead = forecast(history, hour, causes)
    expected = ahead.forecast
    busy = expected.quantile(STAFFED)
    return Plan(
        hours_of_history=len(history.hour),
        handling_s=handling_s,
        measured_handling=is_measured,
        patience=patience,
        is_regression=ahead.is_regression,
        causes=ahead.judged,
        hours=tuple(
            _hour(int(h), float(mean), int(count), handling_s, patience)
            for h, mean, count in zip(hour, expected.mean, busy, strict=True)
        ),
    )


def _hour(hour: int, mean: float, busy: int, handling_s: float, patience: Patience) -> HourPlan:
    calls_s = busy / 3_600
    patience_s = patience.mean_s if patience.counts else None
    desks = desks_for(busy, handling_s, patience)
    return HourPlan(
        hour=(EPOCH + timedelta(hours=hour)).strftime("%Y-%m-%d %H.00"),
        expected=mean,
        busy=busy,
        desks=desks,
        answered_15=_within(calls_s, handling_s, desks, patience_s),
    )


def _within(calls_s: float, handling_s: float, desks: int, patience_s: float | None) -> float:
    """Share of all offered calls answered within 15 s."""
    if patience_s is None or calls_s <= 0:
        return answered_within_c(calls_s, handling_s, desks, 15)
    room = Patient(calls_s=calls_s, handling_s=handling_s, patience_s=patience_s, desks=desks)
    return room.answered_within(15)


def patience_in(calls: list[CallCase]) -> Patience:
    """From every call that was answered or hung up."""
    waits: dict[Clock, list[float]] = {Clock.ANSWER: [], Clock.ABANDONED: []}
    for call in calls:
        end = next((clock for clock in waits if clock in call.stamps), None)
        if end is not None:
            waited = (call.stamps[end].at - call.stamps[Clock.RING].at).total_seconds()
            waits[end].append(max(waited, 0.0))
    return patience_of(np.array(waits[Clock.ANSWER]), np.array(waits[Clock.ABANDONED]))


def calls_of(store: Store) -> list[CallCase]:
    """Every call of a record."""
    cases, position = Cases(), 0
    while found := store.tail(position, EVENTS_EACH):
        for recorded in found:
            if recorded.meta.stream.startswith("call:"):
                cases.add(recorded.event, recorded.meta)
        position = found[-1].meta.position
    return [call for call in cases.calls.values() if Clock.RING in call.stamps]


def history_of(calls: list[CallCase], zone: ZoneInfo, now: datetime) -> Hours:
    """Every full hour since the first call; an hour of the record without a call has none."""
    if not calls:
        raise NotEnoughError("no call was ever recorded here: nothing to forecast from")
    counts = Counter(_hour_of(call.stamps[Clock.RING].at, zone) for call in calls)
    hour = np.arange(min(counts), max(_hour_of(now, zone), min(counts) + 1))
    return Hours(hour, np.array([counts[int(one)] for one in hour], dtype=np.int64))


def _hour_of(at: datetime, zone: ZoneInfo) -> int:
    local = at.astimezone(zone).replace(tzinfo=UTC)
    return (local - EPOCH) // timedelta(hours=1)


def handling_of(calls: list[CallCase]) -> tuple[float, bool]:
    """Mean time of a call with its wrap-up, seconds, and whether it was measured."""
    spoken = [
        (call.stamps[Clock.ENDED].at - call.stamps[Clock.ANSWER].at).total_seconds()
        for call in calls
        if Clock.ENDED in call.stamps and Clock.ANSWER in call.stamps
    ]
    if len(spoken) < CALLS_MIN:
        return HANDLING_S, False
    return sum(spoken) / len(spoken) + WRAP_UP_S, True


def _table(found: Plan, pack: CityPack) -> str:
    source = "of this centre" if found.measured_handling else "assumed: too few conversations yet"
    rows = [
        (one.hour, "", f"{one.expected:.1f}", str(one.busy), str(one.desks),
         f"{one.answered_15:.1%}")
        for one in found.hours
    ]  # fmt: skip
    title = (
        f"from {found.hours_of_history:,} hours of calls; a call takes {found.handling_s:.0f} s "
        f"with its wrap-up ({source})"
    )
    head = ("hour", "", "calls expected", "in 9 of 10 at most", "desks", "within 15 s then")
    causes = aligned([JUDGED_HEAD, *judged_rows(found.causes)])
    unknown = unknown_lines(found.causes, len(found.hours), pack)
    if found.hours:
        first, last = (date.fromisoformat(found.hours[at].hour[:10]) for at in (0, -1))
        unknown += estimated_lines(estimated_days(first, last, pack))
    told = [title, patience_line(found.patience), *causes, *unknown]
    return "\n".join([*told, *aligned([head, *rows])])


def patience_line(patience: Patience) -> str:
    """Whether callers are taken to hang up, and why."""
    hung = f"{patience.lost:.1%} of {patience.offered} callers hung up ({patience.short} at once)"
    if patience.counts and patience.mean_s is not None:
        return f"{hung}: they wait {patience.mean_s:.0f} s on average (Erlang A)"
    return f"{hung}: reckoned as if they waited for ever (Erlang C)"
