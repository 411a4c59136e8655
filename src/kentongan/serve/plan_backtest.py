"""`kentongan plan back-test`: the forecast tried on the past, and whether its desks were enough."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from msgspec import Struct

from kentongan.app.ports import Store, Unavailable
from kentongan.measure.table import aligned
from kentongan.plan.backtest import BackTest, Model, back_test
from kentongan.plan.erlang import desks_needed
from kentongan.plan.forecast import NotEnoughError
from kentongan.plan.regressors import Group
from kentongan.plan.weather import WeatherError
from kentongan.serve.plan_causes import causes_of
from kentongan.serve.planning import DAYS_MAX, calls_of, handling_of, history_of, patience_in
from kentongan.serve.wiring import load_pack
from kentongan.settings import Settings
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store

ORIGINS_MAX = 60


class Answer(Struct, frozen=True, kw_only=True):
    """The back-test, and of its hours the share in which the desks planned for the P90 were those
    that the calls needed, or more; `spare_desks` is how many more on average."""

    origins: int
    days_ahead: float
    calls_an_hour: float
    floor: float
    models: tuple[Model, ...]
    desks_enough: float
    spare_desks: float


def run_back_test(settings: Settings, parsed: argparse.Namespace) -> int:
    """Print it; 1 when the record is too short, 2 when the question cannot be meant."""
    if not 1 <= parsed.days <= DAYS_MAX or not 1 <= parsed.origins <= ORIGINS_MAX:
        print(f"--days: 1 to {DAYS_MAX}; --origins: 1 to {ORIGINS_MAX}", file=sys.stderr)
        return 2
    try:
        pack = load_pack(settings)
        zone, causes = ZoneInfo(pack.city.timezone), causes_of(settings, pack)
        store = open_store(settings.store_url)
        is_training = parsed.training or settings.training
        now = datetime.now(UTC)
        found = tried(
            store, zone, now, parsed.days, parsed.origins, training=is_training, causes=causes
        )
    except (NotEnoughError, WeatherError, StoreError, Unavailable, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(msgspec.json.encode(found).decode() if parsed.json else _table(found))
    return 0


def tried(
    store: Store,
    zone: ZoneInfo,
    now: datetime,
    days: int,
    origins: int,
    *,
    training: bool,
    causes: Sequence[Group] = (),
) -> Answer:
    """The back-test of a record; `NotEnoughError` when it is too short for one."""
    calls = [one for one in calls_of(store) if one.training == training]
    handling_s, _ = handling_of(calls)
    patience = patience_in(calls)
    found = back_test(history_of(calls, zone, now), origins, days * 24, causes)
    enough, spare = desks_of(found, handling_s, patience.mean_s if patience.counts else None)
    return Answer(
        origins=found.origins,
        days_ahead=found.ahead_h / 24,
        calls_an_hour=found.calls_an_hour,
        floor=found.floor,
        models=found.models,
        desks_enough=enough,
        spare_desks=spare,
    )


def desks_of(found: BackTest, handling_s: float, patience_s: float | None) -> tuple[float, float]:
    """Share of hours with desks enough, and desks more than needed on average."""

    @cache
    def desks(calls: int) -> int:
        return desks_needed(calls / 3_600, handling_s, patience_s=patience_s)

    planned = np.array([desks(calls) for calls in found.busy.tolist()])
    needed = np.array([desks(calls) for calls in found.counts.tolist()])
    return float((planned >= needed).mean()), float((planned - needed).mean())


def _table(found: Answer) -> str:
    head = ("forecast", "", "WAPE", "worst", "within P80", "within P90")
    rows = [
        (one.name, "", *(f"{v:.1%}" for v in (one.wape, one.worst, one.within_p80, one.within_p90)))
        for one in found.models
    ]
    title = (
        f"{found.origins} times {found.days_ahead:g} days ahead, {found.calls_an_hour:.1f} calls "
        f"an hour; by chance alone an error of {found.floor:.1%}"
    )
    desks = (
        f"desks planned for the P90 were enough in {found.desks_enough:.1%} of the hours, "
        f"{found.spare_desks:.1f} more than needed on average"
    )
    return "\n".join([title, *aligned([head, *rows]), desks])
