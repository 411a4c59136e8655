"""Speeds and spreads from the centre's own journeys, careful while they are few.

Each cell (profile, kind of road, part of the day) starts as the table says and moves towards what
was driven as passages are seen: with `PRIOR_PASSAGES` of them it stands half way, in the logarithm.
What is no driving (standing for minutes, jumps of a receiver) is left out. Pure: history comes in
as values; only journeys to an incident belong in it, not waiting at a post.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from kentongan.edge.geo.network.profiles import BANDS, PROFILES, Band, Profile, Speeds
from kentongan.edge.geo.routing.spread import Spread

PRIOR_PASSAGES: Final = 30.0
"""So many passages of a cell weigh as much as the table."""

PRIOR_JOURNEYS: Final = 40.0
"""So many journeys of a profile and band weigh as much as the table of spreads."""

RATIO_MAX: Final = 3.0
"""A cell never leaves a third to three times the table: beyond that the history is wrong."""

KM_H_MIN, KM_H_MAX = 3.0, 160.0
"""A passage outside this is standing, or a receiver's error."""

STEP_S_MAX: Final = 60.0
"""Two positions farther apart in time say nothing about the road between them."""

STEP_M_MIN: Final = 15.0
"""Shorter steps are the receiver's noise."""

RATIO_LOG_MAX: Final = math.log(6)
"""A journey that took six times as long, or a sixth, was no such journey."""


class Passage(NamedTuple):
    """So many metres of a kind of road (index of `ROAD_KINDS`), driven in so many seconds."""

    profile: Profile
    kind: int
    band: Band
    metres: float
    seconds: float


class TrackPoint(NamedTuple):
    """A unit's position put on the network: seconds of any clock, edge, metres along it."""

    at_s: float
    edge: int
    along_m: float


class DrivenJourney(NamedTuple):
    """What was reckoned and what it took, seconds of driving."""

    profile: Profile
    band: Band
    reckoned_s: float
    driven_s: float


def passages(
    track: Sequence[TrackPoint], kinds: Sequence[int], profile: Profile, band: Band
) -> list[Passage]:
    """The steps of a track that stay on one edge; `kinds` is the kind of each edge."""
    found: list[Passage] = []
    for before, after in itertools.pairwise(track):
        seconds, metres = after.at_s - before.at_s, abs(after.along_m - before.along_m)
        if before.edge == after.edge and 0 < seconds <= STEP_S_MAX and metres >= STEP_M_MIN:
            found.append(Passage(profile, kinds[before.edge], band, metres, seconds))
    return found


def calibrated(history: Iterable[Passage], table: Speeds) -> Speeds:
    """The table, moved towards what was driven."""
    driven: defaultdict[tuple[int, int, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for passage in history:
        if passage.seconds <= 0:
            continue
        km_h = passage.metres / passage.seconds * 3.6
        if KM_H_MIN <= km_h <= KM_H_MAX:
            cell = PROFILES.index(passage.profile), passage.kind, BANDS.index(passage.band)
            total = driven[cell]
            total[0] += passage.metres
            total[1] += passage.seconds
            total[2] += 1
    km_h_table = table.km_h.copy()
    for cell, (metres, seconds, count) in driven.items():
        ratio = math.log(metres / seconds * 3.6 / km_h_table[cell])
        share = count / (count + PRIOR_PASSAGES)
        bounded = max(-math.log(RATIO_MAX), min(math.log(RATIO_MAX), ratio * share))
        km_h_table[cell] *= math.exp(bounded)
    return Speeds(km_h=km_h_table)


def spread_of(journeys: Iterable[DrivenJourney], table: Spread) -> Spread:
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
        share = len(values) / (len(values) + PRIOR_JOURNEYS)
        centre = share * float(np.mean(values)) + (1 - share) * float(mu[cell])
        variance = float(np.mean((np.array(values) - centre) ** 2))
        sigma[cell] = math.sqrt(share * variance + (1 - share) * float(sigma[cell]) ** 2)
        mu[cell] = centre
    return Spread(mu=mu, sigma=sigma)
