"""Speeds and spreads learnt from journeys: a planted truth is found, few passages change little."""

import math
import random

import numpy as np
import pytest

from kentongan.edge.geo.network.profiles import BANDS, PROFILES, Band, Profile, seed_speeds
from kentongan.edge.geo.network.road_network import KIND_OF
from kentongan.edge.geo.routing.calibration import (
    DrivenJourney,
    Passage,
    TrackPoint,
    calibrated,
    passages,
    spread_of,
)
from kentongan.edge.geo.routing.spread import seed_spread

TABLE = seed_speeds()
CELL = (PROFILES.index(Profile.AMBULANCE), KIND_OF["primary"], BANDS.index(Band.PEAK))


def driven(count: int, km_h: float, seed: int = 1) -> list[Passage]:
    """Passages of an ambulance on primary roads at the peak, scattered about a true speed."""
    chance = random.Random(seed)
    found: list[Passage] = []
    for _ in range(count):
        metres = chance.uniform(50, 400)
        seconds = metres / (km_h / 3.6) * math.exp(chance.gauss(0, 0.3))
        found.append(Passage(Profile.AMBULANCE, CELL[1], Band.PEAK, metres, seconds))
    return found


@pytest.mark.parametrize("truth", [18.0, 32.0, 55.0])
def test_a_planted_speed_is_found(truth: float) -> None:
    """Two thousand passages: within a twentieth of the truth; every other cell is as the table."""
    learnt = calibrated(driven(2_000, truth), TABLE).km_h
    assert learnt[CELL] == pytest.approx(truth, rel=0.07)
    others = np.ones_like(learnt, dtype=bool)
    others[CELL] = False
    assert np.array_equal(learnt[others], TABLE.km_h[others])


def test_few_passages_change_little() -> None:
    """None changes nothing; the more, the nearer to what was driven, and never beyond it."""
    table = float(TABLE.km_h[CELL])
    steps = [float(calibrated(driven(n, table / 2), TABLE).km_h[CELL]) for n in (0, 3, 30, 300)]
    assert steps[0] == table
    assert steps == sorted(steps, reverse=True)
    assert steps[1] > 0.9 * table
    assert steps[2] == pytest.approx(table / math.sqrt(2), rel=0.1)
    assert steps[3] > 0.45 * table


def test_what_is_no_driving_is_left_out() -> None:
    """Standing, a jump of the receiver, no time at all: the table stays."""
    wrong = [
        Passage(Profile.AMBULANCE, CELL[1], Band.PEAK, metres, seconds)
        for metres, seconds in ((20.0, 300.0), (5_000.0, 10.0), (100.0, 0.0), (100.0, -4.0))
    ]
    assert np.array_equal(calibrated(wrong * 100, TABLE).km_h, TABLE.km_h)


def test_a_track_becomes_passages() -> None:
    """Steps on one edge count, in either direction; over junctions, pauses and noise do not."""
    track = [
        TrackPoint(0, 4, 0.0),
        TrackPoint(5, 4, 60.0),
        TrackPoint(10, 4, 120.0),
        TrackPoint(15, 9, 30.0),  # another edge
        TrackPoint(20, 9, 10.0),  # backwards along it
        TrackPoint(25, 9, 9.0),  # noise
        TrackPoint(300, 9, 90.0),  # a pause
    ]
    kinds = [KIND_OF["primary"]] * 10
    found = passages(track, kinds, Profile.AMBULANCE, Band.DAY)
    assert [(step.metres, step.seconds) for step in found] == [(60, 5), (60, 5), (20, 5)]


def test_a_planted_spread_is_found() -> None:
    """Journeys 10 % longer than reckoned, scattered by 0.4: P10 to P90 holds four in five."""
    chance = random.Random(4)
    ratios = [math.exp(chance.gauss(math.log(1.1), 0.4)) for _ in range(3_000)]
    journeys = [DrivenJourney(Profile.AMBULANCE, Band.DAY, 300, 300 * ratio) for ratio in ratios]
    low, high = spread_of(journeys, seed_spread()).factors(Profile.AMBULANCE, Band.DAY)
    inside = sum(low <= ratio <= high for ratio in ratios) / len(ratios)
    assert inside == pytest.approx(0.8, abs=0.02)
    assert seed_spread().factors(Profile.AMBULANCE, Band.NIGHT) == pytest.approx(
        spread_of(journeys, seed_spread()).factors(Profile.AMBULANCE, Band.NIGHT)
    )


def test_few_journeys_change_the_spread_little() -> None:
    """Three lucky journeys do not make a narrow promise, a wrong clock none at all."""
    seed = seed_spread().factors(Profile.AMBULANCE, Band.DAY)
    lucky = [DrivenJourney(Profile.AMBULANCE, Band.DAY, 300, 300)] * 3
    low, high = spread_of(lucky, seed_spread()).factors(Profile.AMBULANCE, Band.DAY)
    assert high - low > 0.9 * (seed[1] - seed[0])
    wrong = [DrivenJourney(Profile.AMBULANCE, Band.DAY, 300, 30_000)] * 50
    assert spread_of(wrong, seed_spread()).factors(Profile.AMBULANCE, Band.DAY) == seed
