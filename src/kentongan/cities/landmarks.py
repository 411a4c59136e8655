"""The facts of a city that callers say instead of an address: landmarks, rail crossings, toll
roads, and the roads that flood."""

from enum import StrEnum

from kentongan.cities.facts import Facility, Fact


class LandmarkKind(StrEnum):
    """What a landmark is, for its symbol."""

    GOVERNMENT = "government"
    SQUARE = "square"
    HERITAGE = "heritage"
    WORSHIP = "worship"
    MARKET = "market"
    MALL = "mall"
    STATION = "station"
    TERMINAL = "terminal"
    AIRPORT = "airport"
    PORT = "port"
    CAMPUS = "campus"
    SPORT = "sport"
    AREA = "area"
    ROAD = "road"
    STREET = "street"  # a main street by a rough point, for a city without a street map


class Landmark(Facility, frozen=True, kw_only=True):
    """A patokan: what callers say instead of an address."""

    kind: LandmarkKind


class LevelCrossing(Fact, frozen=True, kw_only=True):
    """A rail crossing, by name; points are not known."""

    key: str
    name: str
    hazard: str | None = None


class TollRoad(Fact, frozen=True, kw_only=True):
    """A toll road: its gates, its sections and the kilometre marks that are known. `up` and `down`
    are towns that one drives to with rising (carriageway A) and falling kilometres (B)."""

    key: str
    name: str
    gates: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    kilometres: tuple[str, ...] = ()
    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()


class FloodRoad(Fact, frozen=True, kw_only=True):
    """A road that floods again and again."""

    key: str
    name: str
