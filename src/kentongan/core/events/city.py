"""What can happen to closures of roads and to aliases of places."""

from datetime import datetime

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.core.shapes import Shape
from kentongan.core.words import AliasDoubt, IncidentId, Personal, UnitId, WayDirection


class RoadsClosed(Struct, frozen=True, kw_only=True, tag="closure.closed"):
    """Roads are shut or slow, where the shape lies."""

    geometry: Shape
    reason: str
    reason_text: Personal | None = None
    label: Personal | None = None
    way: int | None = None
    factors: dict[str, float] = {}
    depth_cm: int | None = None
    direction: WayDirection = "both"
    from_at: datetime | None = None
    until_at: datetime | None = None


class ClosureChanged(Struct, frozen=True, kw_only=True, tag="closure.changed"):
    """The whole closure as it is from now on."""

    geometry: Shape
    reason: str
    reason_text: Personal | None = None
    label: Personal | None = None
    way: int | None = None
    factors: dict[str, float] = {}
    depth_cm: int | None = None
    direction: WayDirection = "both"
    from_at: datetime | None = None
    until_at: datetime | None = None


class ClosureLifted(Struct, frozen=True, kw_only=True, tag="closure.lifted"):
    """The roads are open again."""

    reason: str = ""
    reason_text: Personal | None = None


class AliasAdded(Struct, frozen=True, kw_only=True, tag="alias.added"):
    """What people call a place, and where it is. `by` when it was on somebody's behalf;
    with a `doubt` it waits for review."""

    phrases: tuple[Personal, ...]
    label: Personal
    point: Point
    document: str | None = None
    accuracy_m: int = 30
    incident: IncidentId | None = None
    unit: UnitId | None = None
    note: Personal | None = None
    by: str = ""
    doubt: AliasDoubt = ""


class AliasReviewed(Struct, frozen=True, kw_only=True, tag="alias.reviewed"):
    """Somebody looked at it; refused, it is in effect no longer."""

    accepted: bool
    note: Personal | None = None


class AliasUndone(Struct, frozen=True, kw_only=True, tag="alias.undone"):
    """It was taken back; `sensitive` by itself, when its incident became sensitive."""

    reason: Personal | None = None
    sensitive: bool = False


ClosureEvent = RoadsClosed | ClosureChanged | ClosureLifted
AliasEvent = AliasAdded | AliasReviewed | AliasUndone
