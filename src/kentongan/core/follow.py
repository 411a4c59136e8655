"""What somebody who reported an incident may know of it: how far help is, and nothing of anybody.

No name, no number, no unit, no crew, no address and no position leaves here: what is told is a kind
of help, a time range and a share of the way. It tells a change as a change and a delay as a delay;
before anybody has set out it promises nothing. Pure.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from kentongan.core.rows import Assignment, IncidentRow
from kentongan.core.words import Outcome, Progress

ENDS_AFTER: Final = timedelta(hours=2)
"""How long after closing a link still shows the result (CONSOLE.md §7.16)."""

UNSAFE: Final = frozenset({"SILENT", "NOCALLBACK"})
"""Flags of incidents whose reporter gets no message: nobody else may see that they called."""

HELP: Final[Mapping[str, str]] = {
    "ambulance": "ambulance",
    "fire": "fire",
    "rescue": "rescue",
    "police": "police",
    "traffic": "police",
}
"""Kinds of help by how a unit's kind begins; any other is `team`."""

_DRIVES: Final = (Progress.DEPARTED,)
_ARRIVED: Final = (
    Progress.ON_SCENE,
    Progress.AT_PATIENT,
    Progress.TRANSPORTING,
    Progress.AT_HOSPITAL,
    Progress.HANDED_OVER,
    Progress.CLEAR,
)

FollowState = Literal["received", "prepared", "driving", "arrived", "closed"]


class Followed(Struct, frozen=True, kw_only=True):
    """What the page behind the link says.

    `depart_by` until somebody has set out, the range from then on, and beside it the first one
    (`was_from`, `was_to`) when it was told anew. `is_changed`: the help that was on its way comes
    no more, other help does. `is_late`: the range is over and nobody is there.
    """

    state: FollowState
    code: str
    help: tuple[str, ...] = ()
    depart_by: datetime | None = None
    departed_at: datetime | None = None
    arrive_from: datetime | None = None
    arrive_to: datetime | None = None
    was_from: datetime | None = None
    was_to: datetime | None = None
    arrived_at: datetime | None = None
    is_changed: bool = False
    is_late: bool = False
    outcome: Outcome | None = None
    closed_at: datetime | None = None
    leader: str | None = None  # the unit whose way is shown; never told to anybody


def may_be_followed(incident: IncidentRow) -> bool:
    """Whether a link does no harm: the telephone may lie before whom the reporter fears."""
    return not UNSAFE & {*incident.flags}


def is_over(incident: IncidentRow, now: datetime) -> bool:
    """Whether the link says nothing any more."""
    return incident.closed_at is not None and now - incident.closed_at > ENDS_AFTER


def followed(incident: IncidentRow, kinds: Mapping[str, str], now: datetime) -> Followed:
    """How far help is. `kinds` are the units' kinds by call sign."""
    open_ones = [one for one in incident.assignments if one.open]
    leader = min(open_ones, key=_nearness, default=None)
    arrived_at = _arrived_at(incident)
    departed_at = leader.progress_at.get(Progress.DEPARTED) if leader is not None else None
    shows_range = leader is not None and leader.progress in _DRIVES and arrived_at is None
    promise = leader.promise if leader is not None else None
    told = promise if shows_range else None
    first = leader.first_promise if leader is not None and told is not None else None
    return Followed(
        state=_state(incident, leader, arrived_at),
        code=incident.code,
        help=tuple(dict.fromkeys(help_of(kinds.get(one.unit, "")) for one in open_ones)),
        depart_by=promise.depart_by if promise is not None and departed_at is None else None,
        departed_at=departed_at,
        arrive_from=told.arrive_from if told is not None else None,
        arrive_to=told.arrive_to if told is not None else None,
        was_from=first.arrive_from if first is not None else None,
        was_to=first.arrive_to if first is not None else None,
        arrived_at=arrived_at,
        is_changed=arrived_at is None and bool(open_ones) and _was_replaced(incident),
        is_late=told is not None and now > told.arrive_to,
        outcome=incident.outcome,
        closed_at=incident.closed_at,
        leader=leader.unit if shows_range and leader is not None else None,
    )


def _state(
    incident: IncidentRow, leader: Assignment | None, arrived_at: datetime | None
) -> FollowState:
    if incident.closed_at is not None:
        return "closed"
    if arrived_at is not None:
        return "arrived"
    if leader is None:
        return "received"
    return "driving" if leader.progress in _DRIVES else "prepared"


def _nearness(one: Assignment) -> tuple[bool, bool, datetime]:
    """Who is there, then who drives, then whose promise is the earliest."""
    ends = one.promise.arrive_to if one.promise is not None else _NEVER
    return (one.progress not in _ARRIVED, one.progress not in _DRIVES, ends)


_NEVER: Final = datetime.max.replace(tzinfo=UTC)


def _arrived_at(incident: IncidentRow) -> datetime | None:
    """When the first unit was there, also one that has left again."""
    times = [
        at
        for one in incident.assignments
        if (at := one.progress_at.get(Progress.ON_SCENE)) is not None
    ]
    return min(times, default=None)


def _was_replaced(incident: IncidentRow) -> bool:
    """Whether help that had been sent was called off before it came."""
    return any(
        not one.open and one.released and Progress.ON_SCENE not in one.progress_at
        for one in incident.assignments
    )


def help_of(kind: str) -> str:
    """What a unit of that kind is called to who is not of the trade."""
    first = kind.partition("_")[0]
    return HELP.get(first, "team")
