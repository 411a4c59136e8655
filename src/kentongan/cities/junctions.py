"""Crossings that a city knows by itself: what a caller may name where no street map is loaded."""

from typing import Annotated

from msgspec import Meta

from kentongan.cities.facts import Fact, Point


class Junction(Fact, frozen=True, kw_only=True):
    """A place where streets meet, by their whole names ("Jalan Pandanaran")."""

    key: str
    name: str
    streets: Annotated[tuple[str, ...], Meta(min_length=2, max_length=8)]
    point: Point
