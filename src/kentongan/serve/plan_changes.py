"""The city as it was on a day of the past: every noted change of the service undone or in effect.

The record knows units, posts and roads as they are now. What was noted of the past
(`core.past_change`) says what was different before, and from which day.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

import numpy as np
from msgspec import structs

from kentongan.core.rows import ChangeRow
from kentongan.edge.geo.routing.closures import Closure
from kentongan.plan.twin.city import City
from kentongan.serve.plan_city import CityTwin
from kentongan.serve.plan_roads import RoadTable, closure_at

Key = TypeVar("Key")

Roads = Callable[[Sequence[Closure]], RoadTable]
"""The city's driving times with these roads closed."""


def city_on(twin: CityTwin, changes: Sequence[ChangeRow], day: date, roads: Roads) -> City:
    """The twin's city on that day; `ValueError` for a unit or a place that nobody knows."""
    closures = closed_on(changes, day)
    rules = [
        (change.rule == "core") is is_since
        for _, change, is_since in _of_each(changes, day, _rules)
    ]
    table = roads(closures) if closures else None
    city = twin.city(spares=all(rules), table=table)
    gone = {
        twin.unit_number(unit)
        for unit, change, is_since in _of_each(changes, day, _presence)
        if (change.what == "unit_removed") is is_since
    }
    homes = {
        twin.unit_number(unit): twin.table.places.number(_home(change, is_since))
        for unit, change, is_since in _of_each(changes, day, _posts)
    }
    nobody = np.zeros(168, dtype=np.bool_)
    units = [
        structs.replace(
            unit,
            duty=nobody if n in gone else unit.duty,
            home=homes.get(n, unit.home),
        )
        for n, unit in enumerate(city.units)
    ]
    return structs.replace(city, units=tuple(units))


def closed_on(changes: Sequence[ChangeRow], day: date) -> list[Closure]:
    """The roads that were noted as closed on that day."""
    return [
        closure_at(*point)
        for point, change, is_since in _of_each(changes, day, _points)
        if (change.what == "road_closed") is is_since
    ]


def _of_each(
    changes: Sequence[ChangeRow], day: date, keys_of: Callable[[ChangeRow], Sequence[Key]]
) -> list[tuple[Key, ChangeRow, bool]]:
    """Of everything that ever changed, the change that says how it was on that day: the latest one
    until then, which was in effect, or else the first one after, which was not yet."""
    found: dict[Key, tuple[ChangeRow, bool]] = {}
    for change in sorted(changes, key=lambda one: one.day):
        for key in keys_of(change):
            if change.day <= day or key not in found:
                found[key] = (change, change.day <= day)
    return [(key, change, is_since) for key, (change, is_since) in found.items()]


def _points(change: ChangeRow) -> list[tuple[float, float]]:
    """Points within some ten metres are the same road."""
    if change.point is None:
        return []
    return [(round(change.point.lat, 4), round(change.point.lon, 4))]


def _rules(change: ChangeRow) -> list[str]:
    return [] if change.rule is None else ["rule"]


def _presence(change: ChangeRow) -> Sequence[str]:
    return change.units if change.what in ("unit_added", "unit_removed") else ()


def _posts(change: ChangeRow) -> Sequence[str]:
    return change.units if change.what in ("post_opened", "post_closed") else ()


def _home(change: ChangeRow, is_since: bool) -> str:
    """Where its units wait: at the post that was opened, or at the other one."""
    return change.place if (change.what == "post_opened") is is_since else change.other
