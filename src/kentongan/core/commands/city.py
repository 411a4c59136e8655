"""Commands about the city itself: roads that are shut, and words for a place.

Each closure and each alias is a stream of its own. Which of them are in force, and what follows for
a journey or a search, is no command's business.
"""

from datetime import datetime

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.core.shapes import Shape
from kentongan.core.words import (
    AliasDoubt,
    AliasId,
    ClosureId,
    IncidentId,
    Personal,
    UnitId,
    WayDirection,
)


class CloseRoads(Struct, frozen=True, kw_only=True, tag="closure.close"):
    """Roads are shut or slow, where the shape lies, from `from_at` (now) until `until_at`.

    `factors` multiply the driving time of a profile (0 closes it to that profile); a flood is told
    by its depth instead. With neither, nobody gets through. `label` is what people call it there,
    `way` an OSM way, when known.
    """

    closure: ClosureId
    geometry: Shape
    reason: str
    label: Personal | None = None
    way: int | None = None
    factors: dict[str, float] = {}
    depth_cm: int | None = None
    direction: WayDirection = "both"
    from_at: datetime | None = None
    until_at: datetime | None = None


class ChangeClosure(Struct, frozen=True, kw_only=True, tag="closure.change"):
    """The whole closure as it is from now on: the water rises, it lasts longer, it has moved."""

    closure: ClosureId
    geometry: Shape
    reason: str
    label: Personal | None = None
    way: int | None = None
    factors: dict[str, float] = {}
    depth_cm: int | None = None
    direction: WayDirection = "both"
    from_at: datetime | None = None
    until_at: datetime | None = None


class LiftClosure(Struct, frozen=True, kw_only=True, tag="closure.lift"):
    """The roads are open again."""

    closure: ClosureId
    reason: str = ""


class AddAlias(Struct, frozen=True, kw_only=True, tag="alias.add"):
    """What people call a place, and where it is. In effect at once, before anybody reviews it.

    `document` is the known place whose point is wrong, `incident` and `unit` where it was noticed.
    `by` is on whose behalf, `doubt` why it waits for review; only the system says them.
    """

    alias: AliasId
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


class ReviewAlias(Struct, frozen=True, kw_only=True, tag="alias.review"):
    """Somebody looked at it; refusing ends it."""

    alias: AliasId
    accepted: bool
    note: Personal | None = None


class UndoAlias(Struct, frozen=True, kw_only=True, tag="alias.undo"):
    """It is taken back. `sensitive`: because the incident it comes from has become sensitive; only
    the system says it, and it comes back when that was a mistake."""

    alias: AliasId
    reason: Personal | None = None
    sensitive: bool = False


ClosureCommand = CloseRoads | ChangeClosure | LiftClosure
AliasCommand = AddAlias | ReviewAlias | UndoAlias
