"""What can happen to the note of a past change."""

from datetime import date

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.core.words import ChangeOf, DispatchRule, Personal, UnitId


class ChangeNoted(Struct, frozen=True, kw_only=True, tag="change.noted"):
    """Since `day` something in the service is different."""

    what: ChangeOf
    day: date
    units: tuple[UnitId, ...] = ()
    place: str = ""
    other: str = ""
    rule: DispatchRule | None = None
    point: Point | None = None
    note: Personal | None = None


class ChangeWithdrawn(Struct, frozen=True, kw_only=True, tag="change.withdrawn"):
    """It was no change."""

    reason: Personal | None = None


ChangeEvent = ChangeNoted | ChangeWithdrawn
