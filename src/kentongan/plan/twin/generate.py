"""Years that might have been: incidents drawn from what was observed, and the weather with them.

Every purpose has a stream of chance of its own (times, places, kinds, scenes, handovers, roads,
weather, questions), so that a change of one thing never changes the luck of another.
"""

from typing import Final

import numpy as np
from msgspec import Struct, structs

from kentongan.plan.arrays import Floats, Whole
from kentongan.plan.twin.city import INCIDENTS_MAX, CityBroken, Trace, in_order
from kentongan.plan.twin.rows import HOUR_S, HOURS_OF_WEEK

DAY_H: Final = 24
DAYS_MAX: Final = 3_660
WEEKDAY_WEIGHT: Final = 20.0
"""Incidents after which a weekday's own share counts as much as the mean of all days."""


class Weather(Struct, frozen=True, kw_only=True):
    """Wet spells: how many a week, how long in hours on average, how much slower the roads are and
    how many more incidents there are then."""

    spells_a_week: float = 0.0
    spell_h: float = 3.0
    slower: float = 1.3
    busier: float = 1.2


class Demand(Struct, frozen=True, eq=False, kw_only=True):
    """What happens: incidents an hour by hour of the week, weights of places and kinds, and by kind
    how urgent it is, how often somebody is taken to hospital, how long the scene takes. Times are
    log-normal: a mean in seconds and the deviation of the logarithm."""

    rate: Floats
    places: Floats
    kinds: Floats
    urgency: Whole
    carried: Floats
    scene_s: Floats
    scene_spread: float
    handover_s: float
    handover_spread: float
    asking_s: float
    asking_spread: float
    road_spread: float


def generate(
    demand: Demand, days: int, seed: int, weather: Weather | None = None, first_hour: int = 0
) -> Trace:
    """The incidents of so many days; the same seed gives the same days."""
    if not 1 <= days <= DAYS_MAX:
        raise CityBroken(f"{days} days: 1 to {DAYS_MAX}")
    luck = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(9)]
    hours = np.arange(days * DAY_H)
    wet = _wet(weather or Weather(), len(hours), luck[0])
    rate = demand.rate[(hours + first_hour) % HOURS_OF_WEEK]
    counts = luck[1].poisson(rate * np.where(wet, (weather or Weather()).busier, 1.0))
    total = int(counts.sum())
    if total > INCIDENTS_MAX:
        raise CityBroken(f"{total} incidents: at most {INCIDENTS_MAX}")
    called = (np.repeat(hours, counts) + luck[2].random(total)) * HOUR_S
    called.sort()
    kind = _draw(demand.kinds, total, luck[3])
    ready = called + _lognormal(demand.asking_s, demand.asking_spread, total, luck[4])
    return in_order(
        Trace(
            called=called,
            ready=ready,
            node=_draw(demand.places, total, luck[5]),
            plan=kind,
            urgency=demand.urgency[kind],
            carried=(luck[6].random(total) < demand.carried[kind]).astype(np.int64),
            scene=_lognormal(demand.scene_s[kind], demand.scene_spread, total, luck[7]),
            handover=_lognormal(demand.handover_s, demand.handover_spread, total, luck[7]),
            stray=np.exp(luck[8].normal(0.0, demand.road_spread, total)),
            weather=np.where(wet, (weather or Weather()).slower, 1.0),
            first_hour=first_hour,
        )
    )


def demand_of(trace: Trace, days: float, nodes: int, kinds: int, like: Demand) -> Demand:
    """What was observed, as a demand; what a trace cannot tell is taken from `like`.

    Hours of the week are the product of the hour's and the weekday's share while there are few.
    Every place keeps a small chance: what never happened in a month may happen in a year.
    """
    if not len(trace) or days <= 0:
        raise CityBroken("no incidents to learn from")
    hour = ((trace.called // HOUR_S).astype(np.int64) + trace.first_hour) % HOURS_OF_WEEK
    by_hour = np.bincount(hour % DAY_H, minlength=DAY_H) / len(hour)
    by_day = np.bincount(hour // DAY_H, minlength=7)
    by_day = (by_day + WEEKDAY_WEIGHT) / (by_day + WEEKDAY_WEIGHT).sum() * 7
    each = len(trace) / days
    seen = np.bincount(trace.plan, minlength=kinds)
    carried = np.bincount(trace.plan, trace.carried, kinds)
    scene = np.bincount(trace.plan, trace.scene, kinds)
    prior = 10.0
    return structs.replace(
        like,
        rate=np.tile(by_hour, 7) * np.repeat(by_day, DAY_H) * each,
        places=np.bincount(trace.node, minlength=nodes) + like.places / like.places.sum() * 10,
        kinds=seen.astype(np.float64),
        carried=(carried + prior * like.carried) / (seen + prior),
        scene_s=(scene + prior * like.scene_s) / (seen + prior),
        asking_s=float((trace.ready - trace.called).mean()),
    )


def _wet(weather: Weather, hours: int, luck: np.random.Generator) -> np.ndarray:
    """Which hours are wet: spells of geometric length that begin at random."""
    begins = luck.random(hours) < weather.spells_a_week / HOURS_OF_WEEK
    length = luck.geometric(1 / max(weather.spell_h, 1.0), hours)
    change = np.zeros(hours + 1, dtype=np.int64)
    at = np.flatnonzero(begins)
    np.add.at(change, at, 1)
    np.add.at(change, np.minimum(at + length[at], hours), -1)
    return np.cumsum(change[:-1]) > 0


def _draw(weights: Floats, size: int, luck: np.random.Generator) -> Whole:
    total = np.cumsum(weights)
    if not total[-1] > 0:
        raise CityBroken("weights must not all be 0")
    at = np.searchsorted(total, luck.random(size) * float(total[-1]), side="right")
    return np.asarray(at, dtype=np.int64)


def _lognormal(mean: Floats | float, spread: float, size: int, luck: np.random.Generator) -> Floats:
    """Values with that mean and that deviation of the logarithm."""
    return np.asarray(mean) * np.exp(luck.normal(0.0, spread, size) - spread**2 / 2)
