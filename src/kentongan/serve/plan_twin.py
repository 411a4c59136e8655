"""`kentongan plan what-if` and `plan twin`: other units, posts, rules and roads, tried on the past
and on years that might have been; and whether the twin may be believed."""

import argparse
import csv
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct, structs

from kentongan.app.ports import Unavailable
from kentongan.core.rows import ChangeRow
from kentongan.core.words import ChangeId, UnitId
from kentongan.edge.geo.network.road_network import NetworkBroken
from kentongan.edge.geo.routing.closures import Closure
from kentongan.measure.table import aligned
from kentongan.plan.arrays import Whole
from kentongan.plan.twin.acceptance import INDICATIVE, Criterion, is_valid, nobody_came
from kentongan.plan.twin.city import City, CityBroken, Unit
from kentongan.plan.twin.engine import Outcome, keep_compiled_in, simulate
from kentongan.plan.twin.figures import (
    Difference,
    Figures,
    by_days,
    differences,
    figures,
    waited_quantile,
)
from kentongan.plan.twin.generate import Weather, generate
from kentongan.plan.twin.rows import NOBODY
from kentongan.serve.beside import tell_progress
from kentongan.serve.plan_accept import Tried
from kentongan.serve.plan_changes import city_on, closed_on
from kentongan.serve.plan_city import CityTwin
from kentongan.serve.plan_record import read_record
from kentongan.serve.plan_roads import RoadMaker, RoadTable, closure_at, point_of
from kentongan.settings import Settings
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store

REPLICATIONS_MAX: Final = 1_000
SEED: Final = 112
RULES: Final = ("core", "closest")

SAID: Final = {
    "incidents": ("incidents", ""),
    "mean_s": ("mean response", "s"),
    "p50_s": ("P50 response", "s"),
    "p90_s": ("P90 response", "s"),
    "within": ("within the limit", "%"),
    "waited": ("nobody free at once", "%"),
    "nobody": ("nobody ever", "%"),
    "kilometres": ("driven per incident", "km"),
    "busy": ("units busy", "%"),
}
"""How a figure is named, and its unit; shares are shown as per cent."""


class Answer(Struct, frozen=True, kw_only=True):
    """A what-if: on the recorded incidents and on generated ones."""

    change: str
    recorded: int
    days: float
    replications: int
    replication_days: int
    limit_s: float
    roads: str
    replay: tuple[Difference, ...]
    generated: tuple[Difference, ...]
    valid: bool
    acceptance: tuple[Criterion, ...]


class _Room:
    """Record, roads and twin, read once for a command."""

    def __init__(self, settings: Settings, *, training: bool) -> None:
        keep_compiled_in(settings.compiled_dir)
        self.roads = RoadMaker(settings)
        now = datetime.now(UTC)
        record = read_record(open_store(settings.store_url), now)
        self.twin = CityTwin(
            record, self.roads.pack, self.roads.table(), self.roads.offset, training
        )

    def accepted(self, limit_s: float, asked: tuple[ChangeRow, ...] = ()) -> tuple[Criterion, ...]:
        """Every line of the test, on what was noted and on what is asked besides."""
        changes = (*self.twin.record.changes, *asked)
        return Tried(twin=self.twin, changes=changes, roads=self.roads.table).accepted(limit_s)

    def now(self) -> City:
        """The city of today, with what was noted in effect."""
        return city_on(self.twin, self.twin.record.changes, self._today(), self.roads.table)

    def roads_now(self, closures: Sequence[Closure]) -> RoadTable:
        """Driving times with these roads closed besides those that were noted as closed."""
        noted = closed_on(self.twin.record.changes, self._today())
        return self.roads.table((*noted, *closures))

    def _today(self) -> date:
        return (datetime.now(UTC) + self.roads.offset).date()


def _as_noted(twin: CityTwin, day: str | None, units: list[str]) -> tuple[ChangeRow, ...]:
    """Units added on a day that nobody noted, as the command names them."""
    if day is None or not units:
        return ()
    try:
        at = date.fromisoformat(day)
    except ValueError:
        raise ValueError(f"--changed: {day!r} is not a day (YYYY-MM-DD)") from None
    for unit in units:
        twin.unit_number(unit)
    named = tuple(UnitId(unit) for unit in units)
    key = ChangeId("asked")
    now = datetime.now(UTC)
    return (ChangeRow(key=key, what="unit_added", day=at, units=named, noted_at=now),)


def run_twin(settings: Settings, parsed: argparse.Namespace) -> int:
    """Print the acceptance test; 1 when it is not passed."""
    try:
        if (parsed.changed is None) != (not parsed.added):
            raise ValueError("--changed DAY and --added UNIT belong together")
        room = _Room(settings, training=parsed.training)
        asked = _as_noted(room.twin, parsed.changed, parsed.added)
        criteria = room.accepted(parsed.minutes * 60, asked)
        city = room.now() if parsed.rule == "core" else room.twin.city(spares=False)
        if parsed.calls is not None:
            write_calls(parsed.calls, room.twin, city, simulate(city, room.twin.past.trace))
    except (ValueError, CityBroken) as error:
        print(error, file=sys.stderr)
        return 2
    except (StoreError, Unavailable, NetworkBroken, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if parsed.json:
        print(msgspec.json.encode({"valid": is_valid(criteria), "criteria": criteria}).decode())
    else:
        past = room.twin.past
        print(
            f"{len(past.cases)} incidents in {past.days:.0f} days; the last four weeks are lived "
            "again by a twin of what came before them"
        )
        print("\n".join(_criteria(criteria)))
    return 0 if is_valid(criteria) else 1


def run_what_if(settings: Settings, parsed: argparse.Namespace) -> int:
    """Print the differences that the change would make."""
    try:
        if not 2 <= parsed.replications <= REPLICATIONS_MAX:
            raise ValueError(f"--replications: 2 to {REPLICATIONS_MAX}")
        room = _Room(settings, training=parsed.training)
        answer = _answer(room, parsed)
    except (ValueError, CityBroken) as error:
        print(error, file=sys.stderr)
        return 2
    except (StoreError, Unavailable, NetworkBroken, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(msgspec.json.encode(answer).decode() if parsed.json else _table(answer))
    return 0


def _answer(room: _Room, parsed: argparse.Namespace) -> Answer:
    twin, limit_s = room.twin, parsed.minutes * 60
    now = room.now()
    then, said = changed_city(twin, now, parsed, room.roads_now)
    replayed = replay(twin, now, then, limit_s)
    before: list[Figures] = []
    after: list[Figures] = []
    demand = twin.demand()
    weather = Weather(spells_a_week=parsed.rain, slower=parsed.rain_slower)
    for seed in range(parsed.replications):
        trace = generate(demand, parsed.days, SEED + seed, weather)
        for city, found in ((now, before), (then, after)):
            found.append(figures(city, trace, simulate(city, trace), limit_s))
        if parsed.gently:
            tell_progress(seed + 1, parsed.replications)
    criteria = room.accepted(limit_s)
    return Answer(
        change=said,
        recorded=len(twin.past.cases),
        days=twin.past.days,
        replications=parsed.replications,
        replication_days=parsed.days,
        limit_s=limit_s,
        roads=twin.table.source,
        replay=replayed,
        generated=differences(before, after),
        valid=is_valid(criteria),
        acceptance=criteria,
    )


def changed_city(
    twin: CityTwin, now: City, parsed: argparse.Namespace,
    roads: Callable[[Sequence[Closure]], RoadTable],
) -> tuple[City, str]:  # fmt: skip
    """The city with the change, and what it is in words; `ValueError` when there is none."""
    city, said = now, list[str]()
    if parsed.close_bridge:
        at = [point_of(text) for text in parsed.close_bridge]
        closures = [closure_at(lat, lon) for lat, lon in at]
        city = structs.replace(now, roads=twin.city(table=roads(closures)).roads)
        said += [one.id for one in closures]
    if parsed.rule == "closest":
        city = structs.replace(city, rule=structs.replace(city.rule, spares=False))
        said.append("who is there first goes, whatever it leaves uncovered")
    for text in parsed.post:
        city, words = _moved(twin, city, text)
        said.append(words)
    for post in parsed.add_unit:
        city = _with_unit(twin, city, parsed.like, _place(twin, post))
        said.append(f"one more like {parsed.like} at {post}")
    if parsed.remove_unit:
        city = _without(twin, city, parsed.remove_unit)
        said.append(f"without {', '.join(parsed.remove_unit)}")
    if not said:
        raise ValueError(
            "what if what? --add-unit, --remove-unit, --post, --close-bridge or --rule"
        )
    return city, "; ".join(said)


def _place(twin: CityTwin, text: str) -> int:
    """A post, hospital or health centre by its key, or "lat,lon"."""
    if "," in text:
        from kentongan.cities.facts import Point

        return int(twin.table.places.nearest([Point(*point_of(text))])[0])
    return twin.table.places.number(text)


def _moved(twin: CityTwin, city: City, text: str) -> tuple[City, str]:
    key, equals, where = text.partition("=")
    if not equals:
        raise ValueError(f"--post {text}: UNIT=POST, for example AMB03=amb_srondol")
    number = twin.unit_number(key.strip())
    units = list(city.units)
    units[number] = structs.replace(units[number], home=_place(twin, where.strip()))
    return structs.replace(city, units=tuple(units)), f"{key.strip()} waits at {where.strip()}"


def _with_unit(twin: CityTwin, city: City, like: str, home: int) -> City:
    number = twin.unit_number(like)
    unit: Unit = structs.replace(city.units[number], key=f"{like}+", home=home)
    sends = structs.replace(
        city.sends,
        tier=np.column_stack((city.sends.tier, city.sends.tier[:, number])),
        fills=np.column_stack((city.sends.fills, city.sends.fills[:, number])),
        spares=_spared_alike(city.sends.spares, number),
    )
    return structs.replace(city, units=(*city.units, unit), sends=sends)


def _spared_alike(spares: Whole | None, number: int) -> Whole | None:
    """Who may go in another's place, with one more that is like that unit."""
    if spares is None:
        return None
    wider = np.column_stack((spares, spares[:, number]))
    return np.vstack((wider, wider[number]))


def _without(twin: CityTwin, city: City, keys: list[str]) -> City:
    """Those units are never on duty: the others keep their numbers."""
    gone = {twin.unit_number(key) for key in keys}
    nobody = np.zeros(168, dtype=np.bool_)
    units = tuple(
        structs.replace(unit, duty=nobody) if n in gone else unit
        for n, unit in enumerate(city.units)
    )
    return structs.replace(city, units=units)


def replay(
    twin: CityTwin, now: City, then: City, limit_s: float, engine: str | None = None
) -> tuple[Difference, ...]:
    """The recorded incidents in both cities: differences with whole days resampled.

    Whom nobody came to waits for ever in percentiles and shares, and is counted; the mean is of the
    incidents that somebody came to in both.
    """
    trace, chance = twin.past.trace, np.random.default_rng(SEED)
    was = simulate(now, trace, engine).first_arrival() - trace.called
    becomes = simulate(then, trace, engine).first_arrival() - trace.called
    day = twin.past.day
    both = (was, becomes, day)
    came = np.isfinite(was) & np.isfinite(becomes)
    reached = (was[came], becomes[came], day[came])
    return (
        *([by_days("mean_s", lambda v: float(v.mean()), *reached, chance)] if came.any() else []),
        by_days("p50_s", lambda v: waited_quantile(v, 0.5), *both, chance),
        by_days("p90_s", lambda v: waited_quantile(v, 0.9), *both, chance),
        by_days("within", lambda v: float((v <= limit_s).mean()), *both, chance),
        by_days("nobody", nobody_came, *both, chance),
    )


def write_calls(path: Path, twin: CityTwin, city: City, outcome: Outcome) -> None:
    """Every seat of the replay: which unit went and why, and how far it drove."""
    past = twin.past
    head = (
        "incident", "called_at", "unit", "real_first_unit", "able", "expected_s", "instead",
        "instead_expected_s", "seconds_before_it", "response_s", "real_response_s", "hospital",
        "km",
    )  # fmt: skip
    response = outcome.arrived - past.trace.called[outcome.incident]
    real = past.arrived - past.trace.called
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        incidents: list[int] = outcome.incident.tolist()
        for seat, incident in enumerate(incidents):
            unit, second = int(outcome.unit[seat]), int(outcome.second[seat])
            expected, other = float(outcome.expected[seat]), float(outcome.second_expected[seat])
            to, first = int(outcome.hospital[seat]), int(past.unit[incident])
            called = past.begin.timestamp() + float(past.trace.called[incident])
            writer.writerow(
                (
                    past.cases[incident].number,
                    datetime.fromtimestamp(called, UTC).isoformat(timespec="seconds"),
                    "" if unit == NOBODY else city.units[unit].key,
                    "" if first == NOBODY else city.units[first].key,
                    int(outcome.considered[seat]),
                    _whole(expected),
                    "" if second == NOBODY else city.units[second].key,
                    _whole(other),
                    _whole(other - expected),
                    _whole(float(response[seat])),
                    _whole(float(real[incident])),
                    "" if to == NOBODY else city.hospitals[to].key,
                    f"{outcome.metres[seat] / 1_000:.1f}",
                )
            )


def _whole(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.0f}"


def _criteria(criteria: tuple[Criterion, ...]) -> list[str]:
    rows = [
        (
            f"{one.name} {one.about}".strip(),
            "holds" if one.holds else f"FAILS by {one.miss:.3g} {one.unit}".strip(),
            one.found,
            f"({one.asked})",
        )
        for one in criteria
    ]
    width = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = [
        f"{row[0]:<{width[0]}}  {row[1]:<{width[1]}}  {row[2]:<{width[2]}}  {row[3]}"
        for row in rows
    ]
    return [*lines, "the twin may be believed" if is_valid(criteria) else INDICATIVE]


def _table(answer: Answer) -> str:
    head = ("", "", "now", "then", "difference", "95 % interval", "")
    past = [
        f"{answer.recorded} recorded incidents of {answer.days:.0f} days, replayed:",
        *aligned([head, *(_row(one) for one in answer.replay)]),
    ]
    years = [
        f"{answer.replications} x {answer.replication_days} generated days, the same calls twice:",
        *aligned([head, *(_row(one) for one in answer.generated)]),
    ]
    failed = [one.name for one in answer.acceptance if not one.holds]
    verdict = (
        "the twin passed its acceptance test"
        if answer.valid
        else f"{INDICATIVE} (kentongan plan twin: {', '.join(failed)})"
    )
    title = f"what if: {answer.change}  (limit {answer.limit_s / 60:g} min; {answer.roads})"
    return "\n".join([title, *past, *years, verdict])


def _row(one: Difference) -> tuple[str, ...]:
    name, unit = SAID[one.name]
    factor, digits = (100.0, 2) if unit == "%" else (1.0, 1)
    values = [
        "never" if np.isinf(value) else f"{value * factor:.{digits}f}"
        for value in (one.before, one.after)
    ]
    change = f"{one.change * factor:+.{digits}f}" if np.isfinite(one.change) else "–"
    between = f"{one.low * factor:+.{digits}f} to {one.high * factor:+.{digits}f}"
    if np.isnan(one.low):
        between = "–"
    word = "clear" if one.is_clear else "not clear"
    is_same = one.low == one.high == 0
    return (name, unit, *values, change, between, "the same" if is_same else word)
