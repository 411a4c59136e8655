"""Journeys of the fleet as figures to learn from: passages over kinds of road, and driving times.

A journey is a unit's track between its departure and its arrival. One of which too much fits no
road says nothing about roads and is left out. Times are UTC; hours are the centre's. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from kentongan.cities.facts import Point
from kentongan.edge.geo.network.profiles import Profile, Speeds, band_of, hour_of_week
from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.network.snapping import grid_of
from kentongan.edge.geo.routing.router import Router
from kentongan.edge.geo.speeds.learning import DrivenJourney, Passage
from kentongan.edge.geo.speeds.tracks import RoadMatcher, Stretch, TrackPoint, driving_part

LOST_SHARE_MAX: Final = 0.3
"""A journey of which a larger part fits no road is left out."""

PASSAGE_M_MIN: Final = 100.0
"""Fewer metres of a kind of road say nothing about its speed."""


class Journey(NamedTuple):
    """A unit's drive to an incident: how it drives, and where it was, seconds since 1970."""

    profile: Profile
    track: Sequence[TrackPoint]


class History(NamedTuple):
    """What can be learnt from: `used` are the journeys whose driving part lies on roads."""

    passages: list[Passage]
    used: list[Journey]
    kilometres: float


class Matching:
    """Puts journeys on a network. `offset` is the centre's clock from UTC, `table` the speeds that
    stretches are compared with."""

    def __init__(self, network: RoadNetwork, offset: timedelta, table: Speeds) -> None:
        self._network = network
        self._grid = grid_of(network)
        self._offset = offset
        self._table = table
        self._matchers: dict[Profile, RoadMatcher] = {}

    def history(self, journeys: Iterable[Journey]) -> History:
        """What they say about roads, one journey after another."""
        passages: list[Passage] = []
        used: list[Journey] = []
        metres = 0.0
        for journey in journeys:
            track = driving_part(journey.track)
            if not track:
                continue
            drove = self._matcher(journey.profile).drove(track, self._hour(track[0].at_s))
            on_roads_m = sum(one.metres for one in drove.stretches)
            if on_roads_m <= 0 or drove.lost_m > LOST_SHARE_MAX * (on_roads_m + drove.lost_m):
                continue
            metres += on_roads_m
            passages += self._passages(len(used), journey.profile, drove.stretches)
            used.append(Journey(journey.profile, track))
        return History(passages, used, metres / 1_000)

    def driven(self, journeys: Iterable[Journey], router: Router) -> list[DrivenJourney]:
        """What the router reckons for each, and what it took; a journey without a road is left
        out. By hour of the week, because each hour has weights of its own."""
        found: list[DrivenJourney] = []
        for one in sorted(journeys, key=lambda one: self._hour(one.track[0].at_s)):
            first, last = one.track[0], one.track[-1]
            at = datetime.fromtimestamp(first.at_s, UTC)
            way = router.journey(
                one.profile, Point(first.lat, first.lon), Point(last.lat, last.lon), at
            )
            if way is not None:
                band = band_of(self._hour(first.at_s))
                took_s = last.at_s - first.at_s
                found.append(DrivenJourney(one.profile, band, way.seconds, took_s))
        return found

    def _matcher(self, profile: Profile) -> RoadMatcher:
        if profile not in self._matchers:
            matcher = RoadMatcher(self._network, self._grid, profile, self._table)
            self._matchers[profile] = matcher
        return self._matchers[profile]

    def _hour(self, at_s: float) -> int:
        return hour_of_week(datetime.fromtimestamp(at_s, UTC) + self._offset)

    def _passages(
        self, number: int, profile: Profile, stretches: Iterable[Stretch]
    ) -> list[Passage]:
        """One for each kind of road and hour of the journey with that number."""
        totals: defaultdict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        for one in stretches:
            total = totals[one.kind, self._hour(one.at_s)]
            for place, value in enumerate((one.metres, one.seconds, one.reckoned_s)):
                total[place] += value
        return [
            Passage(number, profile, kind, hour, metres, seconds, reckoned_s)
            for (kind, hour), (metres, seconds, reckoned_s) in totals.items()
            if metres >= PASSAGE_M_MIN
        ]
