"""A city whose map can be exchanged while screens look at it."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from msgspec import structs
from web_people import PACK, PLANS

from kentongan.cities.facts import Point
from kentongan.edge.geo.served.straight import StraightGeography
from kentongan.geography import CityShown, CoverageAsked, CoverageShown, Route, Start


class Mapped(StraightGeography):
    """Straight lines, and a map file that can be exchanged; counts what it is asked."""

    def __init__(self) -> None:
        super().__init__(PACK, PLANS.time_zone_offset)
        self.file: Path | None = None
        self.shown: CityShown | None = None
        self.asked: list[CoverageAsked] = []
        self.asked_at: list[datetime] = []
        self.routed: list[tuple[Start, ...]] = []

    def use(self, path: Path, version: str, content: bytes) -> None:
        """Another city is in use from now on."""
        path.write_bytes(content)
        self.file = path
        self.shown = structs.replace(super().city(), state="ready", version=version, has_tiles=True)

    def city(self) -> CityShown:
        return self.shown or super().city()

    def tiles(self) -> Path | None:
        return self.file

    async def coverage(self, asked: CoverageAsked, at: datetime) -> CoverageShown:
        self.asked.append(asked)
        self.asked_at.append(at)
        return await super().coverage(asked, at)

    async def routes(self, goal: Point, starts: Sequence[Start], at: datetime) -> tuple[Route, ...]:
        self.routed.append(tuple(starts))
        return await super().routes(goal, starts, at)
