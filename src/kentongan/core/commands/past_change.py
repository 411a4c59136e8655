"""Commands about what was changed in the city's service, so that its effect can be looked at."""

from datetime import date

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.core.words import ChangeId, ChangeOf, DispatchRule, Personal, UnitId


class NoteChange(Struct, frozen=True, kw_only=True, tag="change.note"):
    """From `day` (of the city) on something was different; what of it depends on `what`.

    Units added or removed: `units`. A post opened or closed: `place`, the `units` that moved, and
    where they waited before (after) as `other`. A rule changed: `rule` is the one since then. Roads
    closed or opened: `point` on the road. Keys of the city pack.
    """

    change: ChangeId
    what: ChangeOf
    day: date
    units: tuple[UnitId, ...] = ()
    place: str = ""
    other: str = ""
    rule: DispatchRule | None = None
    point: Point | None = None
    note: Personal | None = None


class WithdrawChange(Struct, frozen=True, kw_only=True, tag="change.withdraw"):
    """It was noted by mistake."""

    change: ChangeId
    reason: Personal | None = None


ChangeCommand = NoteChange | WithdrawChange
