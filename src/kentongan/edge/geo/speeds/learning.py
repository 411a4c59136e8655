"""Speeds and spreads from the centre's own journeys, careful while they are few.

A cell (profile, kind of road) starts in every hour of the week as the table says. It moves towards
what was driven first by part of the day, then by hour of the week, each in the logarithm and only
as far as the number of journeys allows; a cell with fewer than `JOURNEYS_MIN` stays. It never gets
faster than `FASTER_MAX` times the table: who is promised more than was ever planned is told a time
that one lucky night made. How many cells that limit held is told. Pure: history comes in as values;
only journeys to an incident belong in it.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

from kentongan.edge.geo.network.profiles import (
    BANDS,
    HOURS,
    PROFILES,
    Band,
    Profile,
    Speeds,
    band_of,
)
from kentongan.edge.geo.routing.spread import Spread

JOURNEYS_MIN: Final = 5
"""With fewer journeys a cell says nothing, and a spread neither."""

PRIOR_BAND: Final = 15.0
"""So many journeys over a kind of road in a part of the day weigh as much as the table."""

PRIOR_HOUR: Final = 15.0
"""So many in one hour of the week weigh as much as its part of the day."""

PRIOR_JOURNEYS: Final = 40.0
"""So many journeys of a profile and band weigh as much as the table of spreads."""

SLOWER_MAX: Final = 3.0
"""No cell gets slower than a third of the table: beyond that the history is wrong."""

FASTER_MAX: Final = 1.3
"""No cell gets faster than so many times the table."""

KM_H_MIN, KM_H_MAX = 3.0, 160.0
"""A passage outside this is standing, or a receiver's error."""

RATIO_LOG_MAX: Final = math.log(6)
"""A journey that took six times as long, or a sixth, was no such journey."""


class Passage(NamedTuple):
    """What one journey (its number in the history) drove on a kind of road (index of `ROAD_KINDS`)
    in one hour of the week: metres, seconds, and the seconds that the table reckons for the same
    roads. A journey over the full hour has one for each of the two hours."""

    journey: int
    profile: Profile
    kind: int
    hour: int
    metres: float
    seconds: float
    reckoned_s: float


class DrivenJourney(NamedTuple):
    """What was reckoned and what it took, seconds of driving."""

    profile: Profile
    band: Band
    reckoned_s: float
    driven_s: float


class Learnt(NamedTuple):
    """The speeds, how many cells of a kind and a part of the day moved, and how many of them the
    limit of `FASTER_MAX` held."""

    speeds: Speeds
    cells: int
    held: int


class _Driven:
    """Of one cell: its journeys, their seconds, and the seconds reckoned for them."""

    __slots__ = ("_numbers", "reckoned_s", "seconds")

    def __init__(self) -> None:
        self._numbers: set[int] = set()
        self.seconds, self.reckoned_s = 0.0, 0.0

    @property
    def journeys(self) -> int:
        """How many: one that lasted over a full hour counts once."""
        return len(self._numbers)

    def add(self, passage: Passage) -> None:
        self._numbers.add(passage.journey)
        self.seconds += passage.seconds
        self.reckoned_s += passage.reckoned_s

    def moved(self, start: float, prior: float) -> float:
        """The logarithm of how much faster than the table, moved from `start` as far as the number
        of journeys allows."""
        share = self.journeys / (self.journeys + prior)
        return (1 - share) * start + share * math.log(self.reckoned_s / self.seconds)


def learnt_speeds(history: Iterable[Passage], table: Speeds) -> Learnt:
    """The table, moved towards what was driven."""
    by_band: defaultdict[tuple[int, int, Band], _Driven] = defaultdict(_Driven)
    by_hour: defaultdict[tuple[int, int, int], _Driven] = defaultdict(_Driven)
    for passage in history:
        if passage.seconds <= 0 or passage.reckoned_s <= 0 or not _is_driving(passage):
            continue
        profile = PROFILES.index(passage.profile)
        by_band[profile, passage.kind, band_of(passage.hour)].add(passage)
        by_hour[profile, passage.kind, passage.hour].add(passage)
    faster, cells, held = table.faster.copy(), 0, 0
    for (profile, kind, band), driven in by_band.items():
        if driven.journeys < JOURNEYS_MIN:
            continue
        cells += 1
        day = driven.moved(0.0, PRIOR_BAND)
        held += day > math.log(FASTER_MAX)
        for hour in range(HOURS):
            if band_of(hour) is not band:
                continue
            own = by_hour.get((profile, kind, hour))
            if own is not None and own.journeys >= JOURNEYS_MIN:
                faster[profile, kind, hour] *= _bounded(own.moved(day, PRIOR_HOUR))
            else:
                faster[profile, kind, hour] *= _bounded(day)
    return Learnt(Speeds(km_h=table.km_h, faster=faster), cells, held)


def learnt_spread(journeys: Iterable[DrivenJourney], table: Spread) -> Spread:
    """The spread of driven over reckoned time, moved from the table towards what happened."""
    ratios: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
    for journey in journeys:
        if journey.reckoned_s > 0 and journey.driven_s > 0:
            ratio = math.log(journey.driven_s / journey.reckoned_s)
            if abs(ratio) <= RATIO_LOG_MAX:
                cell = PROFILES.index(journey.profile), BANDS.index(journey.band)
                ratios[cell].append(ratio)
    mu, sigma = table.mu.copy(), table.sigma.copy()
    for cell, values in ratios.items():
        if len(values) < JOURNEYS_MIN:
            continue
        share = len(values) / (len(values) + PRIOR_JOURNEYS)
        centre = share * float(np.mean(values)) + (1 - share) * float(mu[cell])
        variance = float(np.mean((np.array(values) - centre) ** 2))
        sigma[cell] = math.sqrt(share * variance + (1 - share) * float(sigma[cell]) ** 2)
        mu[cell] = centre
    return Spread(mu=mu, sigma=sigma)


def _is_driving(passage: Passage) -> bool:
    return KM_H_MIN <= passage.metres / passage.seconds * 3.6 <= KM_H_MAX


def _bounded(log_faster: float) -> float:
    return math.exp(max(-math.log(SLOWER_MAX), min(math.log(FASTER_MAX), log_faster)))
