"""`kentongan plan shifts` and `plan room`: people at the desks, planned against who was there."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from msgspec import Struct

from kentongan.app.ports import Unavailable
from kentongan.cities.pack import CityPack
from kentongan.measure.clocks import Clock
from kentongan.measure.subjects import CallCase
from kentongan.measure.table import aligned
from kentongan.plan.ahead import Judged, forecast
from kentongan.plan.arrays import Floats, Whole
from kentongan.plan.desks import STAFFED, desks_for
from kentongan.plan.erlang import DESKS_MIN
from kentongan.plan.forecast import NotEnoughError
from kentongan.plan.patience import Patience
from kentongan.plan.regressors import Group
from kentongan.plan.room import Wave, draw_calls, run_room
from kentongan.plan.shifts import Shifts, mean_present, plan_shifts
from kentongan.serve.plan_causes import (
    JUDGED_HEAD,
    EstimatedDay,
    causes_of,
    estimated_days,
    estimated_lines,
    judged_rows,
    unknown_lines,
)
from kentongan.serve.plan_record import HOURS_OF_WEEK, Record, hour_at, hours, read_record
from kentongan.serve.planning import (
    handling_of,
    history_of,
    patience_in,
    patience_line,
)
from kentongan.serve.wiring import load_pack
from kentongan.settings import Settings
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store

CALL_TAKER: Final = "call_taker"
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EPOCH: Final = date(1970, 1, 1)
EPOCH_MONDAY_H: Final = 4 * 24
"""Hours of `plan.forecast` begin on a Thursday; this is the first Monday."""

WEEKS_BACK: Final = 8
WEEKS_MAX: Final = 260
SEED: Final = 112


class Need(Struct, frozen=True, eq=False, kw_only=True):
    """A week from the Monday `begins` on: calls expected and desks needed by hour of the week, and
    what that rests on."""

    begins: date
    expected: Floats
    desks: Whole
    handling_s: float
    is_measured: bool
    patience: Patience
    is_regression: bool
    causes: tuple[Judged, ...]


class ShiftAnswer(Struct, frozen=True, kw_only=True):
    """The plan, hour by hour against the need and against who was on duty. The need is that of the
    week from `week_begins` on; `estimated` are its holidays that nobody has decreed yet. With no
    `weeks_on_record` nobody signed on, which says nothing of how many were there."""

    week_begins: str
    estimated: tuple[EstimatedDay, ...]
    begins: tuple[int, ...]
    hours: int
    people: tuple[tuple[int, ...], ...]
    shifts_a_week: int
    proved: bool
    need: tuple[int, ...]
    planned: tuple[int, ...]
    on_duty: tuple[float, ...]
    weeks_on_record: float
    handling_s: float
    patience: Patience
    is_regression: bool
    causes: tuple[Judged, ...]


def run_shifts(settings: Settings, parsed: argparse.Namespace) -> int:
    """Print the shift plan; 2 for wrong use, 1 when there is nothing to plan from."""
    try:
        pack = load_pack(settings)
        now = datetime.now(UTC)
        record = read_record(open_store(settings.store_url), now)
        training = parsed.training or settings.training
        causes = causes_of(settings, pack)
        answer = shifts_of(record, pack, now, parsed, training=training, causes=causes)
    except (NotEnoughError, StoreError, Unavailable, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(msgspec.json.encode(answer).decode() if parsed.json else table_of_shifts(answer, pack))
    return 0


def shifts_of(
    record: Record,
    pack: CityPack,
    now: datetime,
    parsed: argparse.Namespace,
    *,
    training: bool,
    causes: Sequence[Group] = (),
) -> ShiftAnswer:
    """The plan for a usual week of the next four."""
    if not 0 <= parsed.spare <= 50:
        raise ValueError("--spare: 0 to 50")
    need = need_of(record, pack, now, training=training, causes=causes)
    wanted = need.desks + parsed.spare
    shifts: Shifts = plan_shifts(wanted, parsed.hours, parsed.begins)
    zone = ZoneInfo(pack.city.timezone)
    offset = now.astimezone(zone).utcoffset() or timedelta()
    takers = {desk.key for desk in pack.desks if desk.role == CALL_TAKER}
    since = now - timedelta(weeks=WEEKS_BACK)
    spans = [
        (max(begin, since), end)
        for key, found in record.desks.items()
        if key in takers
        for begin, end in found
        if end > since
    ]
    first = min((begin for begin, _ in spans), default=now)
    on_duty = mean_present(hours(spans, offset), hour_at(first, offset), hour_at(now, offset))
    return ShiftAnswer(
        week_begins=need.begins.isoformat(),
        estimated=estimated_days(need.begins, need.begins + timedelta(days=6), pack),
        begins=shifts.begins,
        hours=shifts.hours,
        people=tuple(tuple(row) for row in shifts.people.tolist()),
        shifts_a_week=int(shifts.people.sum()),
        proved=shifts.proved,
        need=tuple(wanted.tolist()),
        planned=tuple(shifts.present.tolist()),
        on_duty=tuple(np.round(on_duty, 2).tolist()),
        weeks_on_record=(now - first) / timedelta(weeks=1),
        handling_s=need.handling_s,
        patience=need.patience,
        is_regression=need.is_regression,
        causes=need.causes,
    )


def need_of(
    record: Record,
    pack: CityPack,
    now: datetime,
    *,
    training: bool,
    causes: Sequence[Group] = (),
) -> Need:
    """Desks by hour of the week for the next week; `NotEnoughError` without a call on record."""
    zone = ZoneInfo(pack.city.timezone)
    calls: list[CallCase] = [
        call
        for call in record.cases.calls.values()
        if call.training == training and Clock.RING in call.stamps
    ]
    history = history_of(calls, zone, now)
    offset = now.astimezone(zone).utcoffset() or timedelta()
    week = int(hour_at(now, offset)) // HOURS_OF_WEEK + 1
    hour = EPOCH_MONDAY_H + week * HOURS_OF_WEEK + np.arange(HOURS_OF_WEEK)
    ahead = forecast(history, hour, causes)
    expected = ahead.forecast
    handling_s, is_measured = handling_of(calls)
    patience = patience_in(calls)
    busy = expected.quantile(STAFFED)
    return Need(
        begins=EPOCH + timedelta(hours=int(hour[0])),
        expected=expected.mean,
        desks=np.array([desks_for(int(n), handling_s, patience) for n in busy]),
        handling_s=handling_s,
        is_measured=is_measured,
        patience=patience,
        is_regression=ahead.is_regression,
        causes=ahead.judged,
    )


def table_of_shifts(answer: ShiftAnswer, pack: CityPack) -> str:
    """The answer in lines for a terminal."""
    rows = [
        (day, "", *(str(n) for n in people), f"{sum(people)}")
        for day, people in zip(DAYS, answer.people, strict=True)
    ]
    head = ("begins", "", *(f"{hour:02d}.00" for hour in answer.begins), "shifts")
    proof = "no plan needs fewer" if answer.proved else "the best found in time"
    title = (
        f"{answer.shifts_a_week} shifts of {answer.hours} h a week ({proof}); "
        f"a call takes {answer.handling_s:.0f} s; {patience_line(answer.patience)}; "
        f"calls as forecast for the week from {answer.week_begins}"
    )
    hour_head = ("by the hour", "", *(f"{hour:02d}" for hour in range(24)))
    need, planned, duty = (
        np.array(one, dtype=np.float64).reshape(7, 24)
        for one in (answer.need, answer.planned, answer.on_duty)
    )
    lines: list[tuple[str, ...]] = [hour_head]
    for day, name in enumerate(DAYS):
        lines.append((name, "needed", *(f"{n:.0f}" for n in need[day])))
        lines.append(("", "planned", *(f"{n:.0f}" for n in planned[day])))
        if answer.weeks_on_record > 0:
            lines.append(("", "was on duty", *(f"{n:.1f}" for n in duty[day])))
    short = int((duty + 0.5 < need).sum())
    over = int((duty > need + 1).sum())
    told = (
        f"of 168 hours {short} had fewer people than needed and {over} more than one too many "
        f"({answer.weeks_on_record:.1f} weeks on record)"
        if answer.weeks_on_record > 0
        else "no duty on record: nobody signed on at a call-taker's desk in eight weeks, so that "
        "the plan cannot be held against who was there"
    )
    causes = aligned([JUDGED_HEAD, *judged_rows(answer.causes)])
    causes += unknown_lines(answer.causes, HOURS_OF_WEEK, pack)
    causes += estimated_lines(answer.estimated)
    return "\n".join([title, *causes, *aligned([head, *rows]), *aligned(lines), told])


# --- waves of pranks -----------------------------------------------------------------------------


class WaveAnswer(Struct, frozen=True, kw_only=True):
    """Shares of real calls answered within 15 s: in usual hours alone, with waves as they come, and
    with waves when pranks wait behind everybody else."""

    desks: tuple[int, ...]
    calls: int
    pranks: int
    usual: float
    with_waves: float
    pranks_last: float
    lost: float
    called_back: float
    weeks: int


def run_room_waves(settings: Settings, parsed: argparse.Namespace) -> int:
    """Print what a wave of pranks does to real callers."""
    try:
        if not 1 <= parsed.weeks <= WEEKS_MAX:
            raise ValueError(f"--weeks: 1 to {WEEKS_MAX}")
        if parsed.wave < 0 or parsed.wave_hours <= 0 or parsed.waves_a_week < 0:
            raise ValueError("--wave, --wave-hours, --waves-a-week: not below 0")
        pack, now = load_pack(settings), datetime.now(UTC)
        record = read_record(open_store(settings.store_url), now)
        training, causes = parsed.training or settings.training, causes_of(settings, pack)
        need = need_of(record, pack, now, training=training, causes=causes)
        answer = waves_of(need, parsed)
    except (NotEnoughError, StoreError, Unavailable, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(msgspec.json.encode(answer).decode() if parsed.json else _waves_table(answer, parsed))
    return 0


def waves_of(need: Need, parsed: argparse.Namespace) -> WaveAnswer:
    """The same weeks three times: without waves, with them, with pranks told apart."""
    desks = need.desks if parsed.desks is None else np.full(HOURS_OF_WEEK, parsed.desks)
    if int(desks.min()) < DESKS_MIN:
        raise ValueError(f"--desks: at least {DESKS_MIN}")
    patience_s = need.patience.mean_s or float("inf")
    wave = Wave(calls_h=parsed.wave, hours=parsed.wave_hours, a_week=parsed.waves_a_week)
    calls = draw_calls(
        need.expected,
        parsed.weeks * 7,
        handling_s=need.handling_s,
        patience_s=patience_s,
        wave=wave,
        chance=np.random.default_rng(SEED),
    )
    real = ~calls.prank
    alone = msgspec.structs.replace(
        calls,
        **{name: getattr(calls, name)[real] for name in type(calls).__struct_fields__},
    )
    told = msgspec.structs.replace(calls, urgency=np.where(calls.prank, 2, 1))
    mixed, last = run_room(calls, desks), run_room(told, desks)
    lost = np.isnan(mixed.answered) & real
    return WaveAnswer(
        desks=tuple(desks.tolist()),
        calls=int(real.sum()),
        pranks=int(calls.prank.sum()),
        usual=run_room(alone, desks).within(alone, 15),
        with_waves=mixed.within(calls, 15, real),
        pranks_last=last.within(calls, 15, real),
        lost=float(lost.sum() / max(int(real.sum()), 1)),
        called_back=float((~np.isnan(mixed.called_back[lost])).mean()) if lost.any() else 1.0,
        weeks=parsed.weeks,
    )


def _waves_table(answer: WaveAnswer, parsed: argparse.Namespace) -> str:
    low, high = min(answer.desks), max(answer.desks)
    rows = [
        ("real calls alone", "", f"{answer.usual:.1%}"),
        ("with the waves", "", f"{answer.with_waves:.1%}"),
        ("with the waves, pranks answered last", "", f"{answer.pranks_last:.1%}"),
    ]
    title = (
        f"{answer.weeks} weeks, {low} to {high} desks, {answer.calls} real calls and "
        f"{answer.pranks} pranks in waves of {parsed.wave:g} an hour"
    )
    told = (
        f"{answer.lost:.2%} of real callers hang up in them; "
        f"{answer.called_back:.0%} of those are called back"
    )
    return "\n".join([title, *aligned([("answered within 15 s", "", "share"), *rows]), told])
