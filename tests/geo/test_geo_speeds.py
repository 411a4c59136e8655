"""Speeds learnt from journeys: a planted truth is found, few change little, files are checked."""

import itertools
import math
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np
import pytest
from geo_textbook import lattice
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.edge.geo.network.profiles import (
    BANDS,
    PROFILES,
    Band,
    Profile,
    band_of,
    seconds_of,
    seed_speeds,
)
from kentongan.edge.geo.network.road_network import KIND_OF, ROAD_KINDS, RoadNetwork
from kentongan.edge.geo.routing.roads import RouterSettings
from kentongan.edge.geo.routing.router import Router
from kentongan.edge.geo.routing.spread import seed_spread
from kentongan.edge.geo.speeds.calibrating import calibrated
from kentongan.edge.geo.speeds.files import SpeedFile, SpeedFiles, SpeedsBroken, speeds_of
from kentongan.edge.geo.speeds.history import Journey
from kentongan.edge.geo.speeds.learning import (
    FASTER_MAX,
    JOURNEYS_MIN,
    DrivenJourney,
    Passage,
    learnt_speeds,
    learnt_spread,
)
from kentongan.edge.geo.speeds.tracks import TrackPoint, driving_part

TABLE = seed_speeds()
AMBULANCE = PROFILES.index(Profile.AMBULANCE)
PRIMARY, RESIDENTIAL = KIND_OF["primary"], KIND_OF["residential"]
PEAK_HOUR, OTHER_PEAK, NOON_HOUR = 7, 24 + 17, 12
PEAK_KM_H = float(TABLE.at(Profile.AMBULANCE, PEAK_HOUR)[PRIMARY])
WIB = timedelta(hours=7)
MONDAY_NOON = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
METRES = 111_195.0
NUMBERS = itertools.count()


def driven(count: int, km_h: float, hour: int = PEAK_HOUR, seed: int = 1) -> list[Passage]:
    """Journeys of an ambulance on primary roads, scattered about a true speed."""
    chance = random.Random(seed)
    usual = float(TABLE.at(Profile.AMBULANCE, hour)[PRIMARY])
    found: list[Passage] = []
    for _ in range(count):
        metres = chance.uniform(300, 3_000)
        seconds = metres / (km_h / 3.6) * math.exp(chance.gauss(0, 0.2))
        reckoned_s = metres / (usual / 3.6)
        number = next(NUMBERS)
        found.append(Passage(number, Profile.AMBULANCE, PRIMARY, hour, metres, seconds, reckoned_s))
    return found


@pytest.mark.parametrize("share", [0.5, 0.8, 1.2])
def test_a_planted_speed_is_found(share: float) -> None:
    """Two thousand journeys at the peak: the hour and all the peak are as driven, no other cell."""
    truth = PEAK_KM_H * share
    learnt, cells, held = learnt_speeds(driven(2_000, truth), TABLE)
    assert (cells, held) == (1, 0)
    for hour in (PEAK_HOUR, OTHER_PEAK):
        assert learnt.at(Profile.AMBULANCE, hour)[PRIMARY] == pytest.approx(truth, rel=0.05)
    assert learnt.are_alike(Profile.AMBULANCE, NOON_HOUR, 24 + NOON_HOUR)
    changed = np.argwhere(learnt.faster != 1.0)
    assert {(row, kind) for row, kind, _ in changed.tolist()} == {(AMBULANCE, PRIMARY)}
    assert {band_of(hour) for *_, hour in changed.tolist()} == {Band.PEAK}


def test_an_hour_of_its_own_is_told_from_its_part_of_the_day() -> None:
    """Monday at seven is worse than the other peaks, and both are known."""
    history = driven(300, PEAK_KM_H * 0.5) + driven(900, PEAK_KM_H * 0.9, OTHER_PEAK, seed=2)
    learnt = learnt_speeds(history, TABLE).speeds
    worse = learnt.at(Profile.AMBULANCE, PEAK_HOUR)[PRIMARY]
    assert worse == pytest.approx(PEAK_KM_H * 0.5, rel=0.1)
    assert learnt.at(Profile.AMBULANCE, OTHER_PEAK)[PRIMARY] > worse * 1.5


def test_few_journeys_change_little() -> None:
    """Fewer than the least change nothing; the more, the nearer to what was driven."""
    counts = (0, JOURNEYS_MIN - 1, JOURNEYS_MIN, 30, 300)
    steps = [
        float(
            learnt_speeds(driven(count, PEAK_KM_H / 2), TABLE).speeds.at(
                Profile.AMBULANCE, OTHER_PEAK
            )[PRIMARY]
        )
        for count in counts
    ]
    assert steps[0] == steps[1] == PEAK_KM_H
    assert steps == sorted(steps, reverse=True)
    assert 0.75 * PEAK_KM_H < steps[2] < PEAK_KM_H
    assert steps[4] > 0.45 * PEAK_KM_H


def test_a_drive_over_the_full_hour_counts_once() -> None:
    """One journey fewer than the least, each driven before and after eight: nothing changes. With
    one more they weigh as so many journeys, not as twice so many."""
    before = driven(JOURNEYS_MIN, PEAK_KM_H / 2)
    after = [one._replace(hour=PEAK_HOUR + 1) for one in before]
    assert band_of(PEAK_HOUR) is band_of(PEAK_HOUR + 1)
    few = [one for one in before + after if one.journey != before[0].journey]
    assert learnt_speeds(few, TABLE).cells == 0
    parted = learnt_speeds(before + after, TABLE).speeds
    whole = learnt_speeds(before, TABLE).speeds
    assert parted.at(Profile.AMBULANCE, OTHER_PEAK)[PRIMARY] == pytest.approx(
        whole.at(Profile.AMBULANCE, OTHER_PEAK)[PRIMARY]
    )


def test_never_faster_than_the_limit() -> None:
    """A fleet that flies is held at the limit, and that is counted."""
    learnt, _, held = learnt_speeds(driven(900, PEAK_KM_H * 2), TABLE)
    assert held == 1
    fastest = float(learnt.at(Profile.AMBULANCE, PEAK_HOUR)[PRIMARY])
    assert fastest == pytest.approx(PEAK_KM_H * FASTER_MAX)


def test_what_is_no_driving_is_left_out() -> None:
    """Standing, a jump of the receiver, no time at all: the table stays."""
    wrong = [
        Passage(next(NUMBERS), Profile.AMBULANCE, PRIMARY, PEAK_HOUR, metres, seconds, 10.0)
        for metres, seconds in ((200.0, 3_000.0), (5_000.0, 10.0), (100.0, 0.0), (100.0, -4.0))
    ]
    assert np.array_equal(learnt_speeds(wrong * 100, TABLE).speeds.faster, TABLE.faster)


def test_a_planted_spread_is_found() -> None:
    """Journeys 10 % longer than reckoned, scattered by 0.4: P10 to P90 holds four in five."""
    chance = random.Random(4)
    ratios = [math.exp(chance.gauss(math.log(1.1), 0.4)) for _ in range(3_000)]
    journeys = [DrivenJourney(Profile.AMBULANCE, Band.DAY, 300, 300 * ratio) for ratio in ratios]
    low, high = learnt_spread(journeys, seed_spread()).factors(Profile.AMBULANCE, Band.DAY)
    inside = sum(low <= ratio <= high for ratio in ratios) / len(ratios)
    assert inside == pytest.approx(0.8, abs=0.02)
    assert seed_spread().factors(Profile.AMBULANCE, Band.NIGHT) == pytest.approx(
        learnt_spread(journeys, seed_spread()).factors(Profile.AMBULANCE, Band.NIGHT)
    )


def test_few_journeys_change_the_spread_little() -> None:
    """Six lucky journeys do not make a narrow promise, four or a wrong clock none at all."""
    seed = seed_spread().factors(Profile.AMBULANCE, Band.DAY)
    lucky = [DrivenJourney(Profile.AMBULANCE, Band.DAY, 300, 300)] * 6
    low, high = learnt_spread(lucky, seed_spread()).factors(Profile.AMBULANCE, Band.DAY)
    assert high - low > 0.85 * (seed[1] - seed[0])
    wrong = [DrivenJourney(Profile.AMBULANCE, Band.DAY, 300, 30_000)] * 50
    for journeys in (lucky[:4], wrong):
        learnt = learnt_spread(journeys, seed_spread())
        assert learnt.factors(Profile.AMBULANCE, Band.DAY) == seed


# --- from tracks -------------------------------------------------------------------------------


def city() -> RoadNetwork:
    """Streets of two kinds, as if imported."""
    return structs.replace(lattice(14), source="osm")


def journeys_at(
    network: RoadNetwork, truth: Mapping[int, float], count: int, *, every_s: float = 7.0
) -> list[Journey]:
    """Journeys along the fastest ways, at the true speeds (km/h by kind), seen by a receiver that
    is 5 m off, every few seconds; the crew waits a while at both ends."""
    chance = random.Random(5)
    speeds = np.array([truth.get(kind, 20.0) for kind in range(len(ROAD_KINDS))])
    router = Router(network, kernel="scipy", settings=RouterSettings(offset=WIB))
    found: list[Journey] = []
    for number in range(count):
        start, goal = (
            Point(chance.uniform(0, 0.026), 110 + chance.uniform(0, 0.026)) for _ in range(2)
        )
        way = router.journey(Profile.AMBULANCE, start, goal, MONDAY_NOON)
        if way is None or way.distance_m < 800:
            continue
        begin = (MONDAY_NOON + timedelta(days=number % 5, seconds=number)).timestamp()
        track = _seen(way.points, speeds, begin, every_s, chance)
        found.append(Journey(Profile.AMBULANCE, track))
    return found


def _seen(
    points: Sequence[tuple[float, float]],
    speeds: np.ndarray,
    begin: float,
    every_s: float,
    chance: random.Random,
) -> list[TrackPoint]:
    """Where a receiver says that somebody is who drives the line at the speed of each street."""
    marks, at_s = [(begin, *points[0])], begin + 45.0
    marks.append((at_s, *points[0]))
    for (lat, lon), (next_lat, next_lon) in itertools.pairwise(points):
        metres = math.hypot(next_lat - lat, next_lon - lon) * METRES
        row = lat / 0.002
        is_primary = abs(lat - next_lat) < 1e-9 and abs(row - round(row)) < 0.01
        kind = PRIMARY if is_primary and round(row) % 4 == 0 else RESIDENTIAL
        at_s += metres / (float(speeds[kind]) / 3.6)
        marks.append((at_s, next_lat, next_lon))
    marks.append((at_s + 60.0, *points[-1]))
    times = np.arange(begin, at_s + 60.0, every_s)
    known = np.array(marks)
    lats, lons = (np.interp(times, known[:, 0], known[:, column]) for column in (1, 2))
    off = 5.0 / METRES
    return [
        TrackPoint(float(time), lat + chance.gauss(0, off), lon + chance.gauss(0, off))
        for time, lat, lon in zip(times, lats.tolist(), lons.tolist(), strict=True)
    ]


def test_tracks_give_the_true_speeds() -> None:
    """From noisy tracks the speeds of both kinds of road come out within a tenth, and so does the
    time of a journey; what was not driven stays."""
    network = city()
    usual = TABLE.at(Profile.AMBULANCE, NOON_HOUR)
    truth = {PRIMARY: float(usual[PRIMARY]) * 0.6, RESIDENTIAL: float(usual[RESIDENTIAL]) * 1.2}
    journeys = journeys_at(network, truth, 220)
    content = calibrated(network, journeys, WIB, MONDAY_NOON, 28, kernel="scipy")
    assert content.journeys > 0.95 * len(journeys) > 150
    assert content.kilometres > 150
    speeds, spread = speeds_of(content, "file")
    learnt = speeds.at(Profile.AMBULANCE, NOON_HOUR)
    for kind, km_h in truth.items():
        assert learnt[kind] == pytest.approx(km_h, rel=0.1), ROAD_KINDS[kind]
    assert set(content.km_h) == {"ambulance"}
    assert set(content.km_h["ambulance"]) == {"primary", "residential"}
    router = Router(network, kernel="scipy")
    before = router.source
    router.set_speeds(speeds, spread, is_learnt=True)
    router.place_unit("A", 0.0, 110.001, Profile.AMBULANCE)
    found = router.nearest(0.0, 110.025, 1, at=MONDAY_NOON).found[0]
    true_s = 0.024 * METRES / (truth[PRIMARY] / 3.6)
    assert found.seconds == pytest.approx(true_s, rel=0.1)
    assert found.seconds_low < true_s < found.seconds_high
    assert before == "road_network_scipy"
    assert router.source == "road_network_fleet_scipy"


def test_too_few_tracks_change_nothing() -> None:
    """Three journeys: the file would say nothing, and nobody drives by it."""
    network = city()
    few = journeys_at(network, {PRIMARY: 20.0, RESIDENTIAL: 10.0}, 3)
    content = calibrated(network, few, WIB, MONDAY_NOON, 28, kernel="scipy")
    assert content.cells == 0
    assert not content.km_h
    speeds, spread = speeds_of(content, "file")
    assert np.array_equal(speeds.faster, TABLE.faster)
    assert spread.mu == pytest.approx(seed_spread().mu)
    assert spread.sigma == pytest.approx(seed_spread().sigma)


def test_what_lies_on_no_road_teaches_nothing() -> None:
    """A track across a field is left out whole, however often it was driven."""
    field = [TrackPoint(n * 5.0, 0.05 + n * 4e-4, 110.05) for n in range(60)]
    content = calibrated(
        city(), [Journey(Profile.AMBULANCE, field)] * 20, WIB, MONDAY_NOON, 28, kernel="scipy"
    )
    assert (content.journeys, content.kilometres, content.cells) == (0, 0.0, 0)


def test_standing_at_both_ends_is_no_driving() -> None:
    """From the last position at the start to the first one at the end."""
    still = [TrackPoint(n, 0.0, 110.0) for n in range(5)]
    moving = [TrackPoint(5 + n, 0.001 * n, 110.0) for n in range(1, 4)]
    there = [TrackPoint(20 + n, 0.003, 110.0) for n in range(4)]
    part = driving_part([*still, *moving, *there])
    assert (part[0].at_s, part[-1].at_s) == (4, 8)
    assert driving_part(still) == []


# --- the file ----------------------------------------------------------------------------------


def content_of(**changes: object) -> SpeedFile:
    """A file in which ambulances are half as fast on primary roads."""
    hours = [round(float(TABLE.at(Profile.AMBULANCE, hour)[PRIMARY]) / 2, 2) for hour in range(168)]
    content = SpeedFile(
        made_at=MONDAY_NOON,
        days=28,
        network="1",
        source="osm",
        journeys=400,
        kilometres=1_234.5,
        cells=3,
        held=0,
        km_h={"ambulance": {"primary": hours}},
        spread={"ambulance": {"day": (0.05, 0.3)}},
    )
    return structs.replace(content, **changes)


def test_the_newest_file_is_in_use(tmp_path: Path) -> None:
    """Each is kept beside the others for a while; removed, the one before is the newest again."""
    files = SpeedFiles(tmp_path)
    assert files.newest() == ""
    paths = [
        files.write(content_of(made_at=MONDAY_NOON + timedelta(days=day))) for day in range(14)
    ]
    assert len(files.names()) == 10
    assert files.newest() == paths[-1].name
    assert files.read(files.newest()).kilometres == 1_234.5
    paths[-1].unlink()
    assert files.newest() == paths[-2].name
    speeds, spread = speeds_of(files.read(files.newest()), "file")
    assert speeds.at(Profile.AMBULANCE, PEAK_HOUR)[PRIMARY] == pytest.approx(
        PEAK_KM_H / 2, rel=1e-3
    )
    assert spread.mu[AMBULANCE, BANDS.index(Band.DAY)] == 0.05


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"km_h": {"ambulance": {"primary": [30.0] * 24}}}, "primary: 24 hours"),
        ({"km_h": {"ambulance": {"primary": [300.0] * 168}}}, r"primary\[0\]: 300 km/h"),
        ({"km_h": {"ambulance": {"primary": [0.0] * 168}}}, r"primary\[0\]: 0 km/h"),
        ({"spread": {"ambulance": {"day": (0.0, 9.0)}}}, "spread.ambulance.day"),
        ({"spread": {"ambulance": {"day": (5.0, 0.2)}}}, "spread.ambulance.day"),
    ],
)
def test_a_file_with_impossible_figures_is_not_used(changes: dict[str, object], fault: str) -> None:
    """Nobody is promised a time from a figure that cannot be."""
    with pytest.raises(SpeedsBroken, match=fault):
        speeds_of(content_of(**changes), "file")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"{", "truncated"),
        (b'{"format": 1}', "missing required field"),
        (msgspec.json.encode(content_of(format=2)), "layout 2"),
        (b"x" * 4_000_001, "more than"),
    ],
)
def test_what_is_no_file_of_speeds_is_named(tmp_path: Path, content: bytes, fault: str) -> None:
    """Broken, of another layout, too large: which file, and why."""
    files = SpeedFiles(tmp_path)
    path = files.write(content_of())
    path.write_bytes(content)
    with pytest.raises(SpeedsBroken, match=f"{path.name}.*{fault}"):
        files.read(path.name)


def test_what_is_learnt_counts_for_every_sort_of_road() -> None:
    """Half as fast on a kind of road is half as fast where a sign or a gang limits it, too."""
    network = city()
    speeds, _ = speeds_of(content_of(), "file")
    signed = structs.replace(network, maxspeed=np.full(network.edges, 50, dtype=np.uint8))
    for roads in (network, signed):
        usual = seconds_of(roads, Profile.AMBULANCE, NOON_HOUR, TABLE)
        learnt = seconds_of(roads, Profile.AMBULANCE, NOON_HOUR, speeds)
        expected = np.where(roads.kind == PRIMARY, 2.0, 1.0)
        assert learnt / usual == pytest.approx(expected, rel=1e-3)
