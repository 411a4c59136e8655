"""Rivers and coasts of a city as rough lines, for a map that is drawn without an extract."""

from enum import StrEnum

from kentongan.cities.facts import Fact, Point


class WaterKind(StrEnum):
    """A river runs either way; a coast is drawn with the land on its left."""

    RIVER = "river"
    COAST = "coast"


class Water(Fact, frozen=True, kw_only=True):
    """A river or a coast; the line has two points or more."""

    key: str
    name: str
    kind: WaterKind
    line: tuple[Point, ...]
