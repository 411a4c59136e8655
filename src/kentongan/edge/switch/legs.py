"""Who is in a call, as legs: brought into step with what its facts say. Pure.

The row says which desks, supervisors and parties take part; a leg says how each is connected. The
two are compared after every fact, so that any way into a state (answered, passed on, taken over,
requeued, transferred) gives the same legs, also for a switch that was restarted.
"""

import math
from collections.abc import Container, Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from kentongan.core.call_rows import CallRow, Party
from kentongan.core.events import PartyResumed
from kentongan.core.words import DeskKey, PartyKey
from kentongan.edge.switch.record import (
    DESK,
    PARTNER,
    SUPERVISOR,
    Fact,
    PageRole,
    PartyLeg,
    SpooledCall,
    WebLeg,
)

_LIVE = frozenset({"invited", "joined", "held"})
_IN_TALK = frozenset({"joined", "held"})

HEARD_S_MIN = 0.1
"""Less than this is no request that a media process takes."""


class Step(Struct, frozen=True, kw_only=True):
    """The call with its legs as they should be, and what follows from the difference."""

    call: SpooledCall
    parted: tuple[PartyLeg, ...] = ()  # telephones that are in it no more
    asked: tuple[PartyKey, ...] = ()  # parties that must be rung
    wall: tuple[DeskKey, ...] = ()  # telephones on the wall that must be rung


def in_step(call: SpooledCall, row: CallRow, at: datetime, wall: Container[DeskKey] = ()) -> Step:
    """Legs for everybody the row names and for nobody else. `wall`: desks that are telephones."""
    if call.is_over:
        return Step(call=replace(call, desks=(), parties=()), parted=call.parties)
    live = {one.party: one for one in row.parties if one.state in _LIVE and one.kind != DESK}
    kept = tuple(leg for leg in (_kept(leg, row, live) for leg in call.parties) if leg is not None)
    known = {leg.party for leg in kept}
    rung = {leg.wall for leg in kept if not leg.has_failed}
    return Step(
        call=replace(call, desks=_pages(call, row, at, wall), parties=kept),
        parted=tuple(leg for leg in call.parties if leg.party not in known),
        asked=tuple(key for key in live if key not in known),
        wall=tuple(desk for desk in row.rung if desk in wall and desk not in rung),
    )


def is_on_hold(row: CallRow, desk: DeskKey) -> bool:
    """Whether that desk was brought in and put on hold: neither heard nor hearing."""
    return any(one.desk == desk and one.state == "held" for one in row.parties)


def heard_for(row: CallRow, facts: Iterable[Fact], leg: WebLeg, at: datetime) -> float:
    """For how long, in seconds, that desk may have heard the call: one brought in, since it came or
    was last on hold.

    Without a bound for the desk whose call it is.
    """
    brought = [one for one in row.parties if one.desk == leg.desk and one.joined_at]
    keys = {one.party for one in brought}
    since = [one.joined_at for one in brought if one.joined_at]
    since += [
        fact.meta.at
        for fact in facts
        if isinstance(fact.event, PartyResumed) and fact.event.party in keys
    ]
    if leg.role != PARTNER or not since:
        return math.inf
    return max(HEARD_S_MIN, (at - max(since)).total_seconds())


def _kept(leg: PartyLeg, row: CallRow, live: Mapping[PartyKey, Party]) -> PartyLeg | None:
    """The leg as it is now; None when it has no part in the call any more."""
    if leg.wall is None:
        return _joined(leg, live[leg.party]) if leg.party in live else None
    if leg.wall == row.desk:
        return replace(leg, is_joined=True)
    return leg if leg.has_failed or leg.wall in row.rung else None


def _joined(leg: PartyLeg, party: Party) -> PartyLeg:
    return replace(leg, is_joined=party.state in _IN_TALK)


def _pages(
    call: SpooledCall, row: CallRow, at: datetime, wall: Container[DeskKey]
) -> tuple[WebLeg, ...]:
    """The desk that has the call first; a desk has one page in it, in the first of its roles."""
    wanted: dict[DeskKey, tuple[str, PageRole]] = {}
    if row.desk is not None and row.agent is not None and row.desk not in wall:
        wanted[row.desk] = (row.agent, DESK)
    for party in row.parties:
        if party.kind == DESK and party.state in _IN_TALK and party.desk is not None:
            wanted.setdefault(party.desk, (party.agent or "", PARTNER))
    for one in row.supervisors:
        wanted.setdefault(one.desk, (one.agent, SUPERVISOR))
    return tuple(_page(call, desk, *who, at) for desk, who in wanted.items())


def _page(call: SpooledCall, desk: DeskKey, agent: str, role: PageRole, at: datetime) -> WebLeg:
    known = call.find_desk(desk)
    if known is None or known.agent != agent:
        return WebLeg(desk=desk, agent=agent, role=role, lost_at=at)
    return replace(known, role=role)
