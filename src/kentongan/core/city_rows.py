"""The rows of what a person says about the city itself: roads that are shut, names and points.

What `core.rows` says of rows is true of these. They are the record's; what follows from them for a
journey or a search is `edge.geo`'s. `seq` is the journal position of the row's latest event, so
that whoever passes them on can tell an older word from a newer one.
"""

from datetime import date, datetime

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.core.shapes import Shape
from kentongan.core.words import (
    AliasDoubt,
    AliasId,
    AliasState,
    ChangeId,
    ChangeOf,
    ClosureId,
    DispatchRule,
    IncidentId,
    Personal,
    UnitId,
    WayDirection,
)


class ClosureRow(Struct, frozen=True, kw_only=True, tag="closure", tag_field="kind"):
    """Roads shut or slowed, from `from_at` (at once) until `until_at` (till lifted).

    `factors` multiply the driving time of a profile, 0 closes; without factors and depth all are
    shut out. `direction` is along the way as it was drawn. Ended when `lifted_at` is set.
    """

    key: ClosureId
    seq: int
    geometry: Shape
    label: Personal | None = None
    way: int | None = None
    factors: dict[str, float] = {}
    depth_cm: int | None = None
    direction: WayDirection = "both"
    from_at: datetime | None = None
    until_at: datetime | None = None
    reason: str = ""
    reason_text: Personal | None = None
    closed_at: datetime
    closed_by: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""
    lifted_at: datetime | None = None
    lifted_by: str = ""
    lift_reason: str = ""
    lift_reason_text: Personal | None = None


class AliasRow(Struct, frozen=True, kw_only=True, tag="alias", tag_field="kind"):
    """Local words for a point, or the true point of a known document.

    In effect from the beginning (`new`), or where there is a `doubt` from its review (`reviewed`),
    until it is `refused` or `undone`; `ended_at` says since when it is over. `sensitive` says that
    it was undone by itself because its incident is sensitive: it comes back when the incident is
    not. The words are personal text: people call a place by who lives there. One whose words were
    erased has nothing left to be found by.
    """

    key: AliasId
    seq: int
    state: AliasState
    phrases: tuple[Personal, ...]
    label: Personal | None
    point: Point
    document: str | None = None
    accuracy_m: int = 30
    incident: IncidentId | None = None
    unit: UnitId | None = None
    note: Personal | None = None
    added_at: datetime
    added_by: str = ""
    reviewed_at: datetime | None = None
    reviewed_by: str = ""
    review_note: Personal | None = None
    undone_at: datetime | None = None
    undone_by: str = ""
    undo_reason: Personal | None = None
    sensitive: bool = False
    doubt: AliasDoubt = ""
    ended_at: datetime | None = None

    @property
    def is_in_effect(self) -> bool:
        """Whether searches use it."""
        return self.state == "reviewed" or (self.state == "new" and not self.doubt)


class ChangeRow(Struct, frozen=True, kw_only=True, tag="change", tag_field="kind"):
    """A change of the service that was noted afterwards: since `day` it is so.

    Which fields say something depends on `what` (`core.past_change`). `place` is the post opened or
    closed, `other` where its units waited before or wait since.
    """

    key: ChangeId
    what: ChangeOf
    day: date
    units: tuple[UnitId, ...] = ()
    place: str = ""
    other: str = ""
    rule: DispatchRule | None = None
    point: Point | None = None
    note: Personal | None = None
    noted_at: datetime
    noted_by: str = ""
    withdrawn_at: datetime | None = None
    withdrawn_by: str = ""
    withdraw_reason: Personal | None = None


__all__ = ["AliasRow", "ChangeRow", "ClosureRow"]
