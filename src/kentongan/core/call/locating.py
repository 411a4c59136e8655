"""Where the caller is said to be, while the call runs, and the page that a desk may give them.

Everything readable is written down with its source and its time, unless the same source has just
said the same; which position is believed first is `core.caller_position`'s rule. Nothing here
places an incident. A telephone is never told that it errs: what cannot be read is left out.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.call.state import Call, is_over, must_run, must_take_part, row_of
from kentongan.core.call_rows import CallerPosition, CallRow, LocationLink
from kentongan.core.caller_position import TOLD_MAX, is_news, kept, position_of
from kentongan.core.checks import RAW_FACTS_MAX, check_place, keep_raw_facts
from kentongan.core.commands.call import (
    AskLocation,
    KeepRawFact,
    LinkCall,
    LocateCall,
    LocationCommand,
)
from kentongan.core.context import Context
from kentongan.core.events.call import (
    CallEvent,
    CallLinkMade,
    CallPositioned,
    CallRawFactKept,
)
from kentongan.core.plans import Plans
from kentongan.core.words import Agent, Meta, Personal, Place, RawFact, RawKind, Refused, Role

MEASURED_BEFORE_MAX: Final = timedelta(days=1)
"""An older position says where the telephone was yesterday; its time is taken for a slip."""

LINK_VALID_MIN_S, LINK_VALID_MAX_S = 60, 7_200
"""How long a page for the caller's position may be opened, seconds: up to two hours."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

ASKED_AGAIN: Final = "asked_again"
"""Label of the fact that somebody had the caller's references asked once more."""

ASKED_AGAIN_MAX: Final = 5
"""How often that is done in one call."""

LEARNT_FACTS_MAX: Final = RAW_FACTS_MAX + 8 + ASKED_AGAIN_MAX
"""Raw facts of a call with those learnt while it runs: there is room for why each of two
references led nowhere, also where the INVITE brought all it may, and for who asked again."""

LEARNT_CHARACTERS_MAX: Final = 300
"""Of one that is learnt later: a sentence."""

ANSWERS_MAX: Final = 2
"""Answers of servers of locations that are kept as they came, as long as any raw fact may be: one
of each reference that is asked for."""

LINKS_MAX: Final = 3
"""Links of one call that are good at the same time, the newest."""


def decide(
    command: LocationCommand, call: Call, row: CallRow, context: Context
) -> tuple[CallEvent, ...]:
    """What follows for a call that has rung."""
    match command:
        case LocateCall():
            return _locate(command, call, row, context)
        case KeepRawFact(fact=fact):
            return _keep(fact, row)
        case LinkCall():
            return _link(command, row, context.agent)
        case AskLocation():
            return _ask(row, context.agent)
        case _:
            assert_never(command)


def _ask(row: CallRow, agent: Agent) -> tuple[CallEvent, ...]:
    """The journal has who asked; how soon they may again is the switch's to say."""
    must_run(row)
    if not agent.has(Role.DISPATCHER, Role.SUPERVISOR):
        must_take_part(row, agent)
    references = [fact for fact in row.raw_facts if fact.kind is RawKind.LOCATION_REFERENCE]
    if all(fact.label for fact in references):
        raise Refused("no_location_reference")
    if sum(fact.label == ASKED_AGAIN for fact in references) >= ASKED_AGAIN_MAX:
        raise Refused("location_asked_enough", times=str(ASKED_AGAIN_MAX))
    content = Personal(text=agent.name)
    fact = RawFact(kind=RawKind.LOCATION_REFERENCE, label=ASKED_AGAIN, content=content)
    return (CallRawFactKept(fact=fact),)


def readable_place(place: Place | None, plans: Plans) -> Place | None:
    """The place as it is kept; None when it says nothing that can be shown."""
    try:
        return None if place is None else check_place(place, plans.box)
    except Refused:
        return None


def credible(measured_at: datetime | None, now: datetime) -> datetime | None:
    """A clock that is ahead, or a day behind, says nothing about when it was measured: None."""
    is_so = measured_at is not None and timedelta(0) <= now - measured_at <= MEASURED_BEFORE_MAX
    return measured_at if is_so else None


def _locate(
    command: LocateCall, call: Call, row: CallRow, context: Context
) -> tuple[CallEvent, ...]:
    """Unreadable, said already, or too late: nothing; a telephone is never told that it errs."""
    place = readable_place(command.place, context.plans)
    if is_over(row) or place is None or (place == row.place and place.point is None):
        return ()
    if call.positions_told.get(place.source, 0) >= TOLD_MAX:
        return ()
    measured_at = credible(command.measured_at, context.at)
    new = position_of(place, measured_at or context.at, context.at)
    if new is None:
        return (CallPositioned(place=place),)
    if not is_news(row.positions, new):
        return ()
    return (CallPositioned(place=place, measured_at=measured_at),)


def _keep(fact: RawFact, row: CallRow) -> tuple[CallEvent, ...]:
    """Of each kind and label once: what failed again for the same cause says nothing new."""
    if is_over(row) or len(row.raw_facts) >= LEARNT_FACTS_MAX:
        return ()
    is_answer = fact.kind is RawKind.LOCATION_ANSWER
    if is_answer and sum(one.kind is fact.kind for one in row.raw_facts) >= ANSWERS_MAX:
        return ()
    if not is_answer:
        text = (fact.content.text or "")[:LEARNT_CHARACTERS_MAX]
        fact = structs.replace(fact, content=structs.replace(fact.content, text=text))
    kept, _ = keep_raw_facts((fact,))
    is_known = any(
        (one.kind, one.label) == (new.kind, new.label) for one in row.raw_facts for new in kept
    )
    return () if is_known else tuple(CallRawFactKept(fact=new) for new in kept)


def _link(command: LinkCall, row: CallRow, agent: Agent) -> tuple[CallEvent, ...]:
    must_run(row)
    if not agent.has(Role.DISPATCHER, Role.SUPERVISOR):
        must_take_part(row, agent)
    if any(link.digest == command.digest for link in row.location_links):
        return ()
    if not _DIGEST.fullmatch(command.digest):
        raise Refused("location_link_unreadable")
    valid_s = min(max(command.valid_s, LINK_VALID_MIN_S), LINK_VALID_MAX_S)
    return (CallLinkMade(digest=command.digest, valid_s=valid_s),)


def _positioned(call: Call, event: CallPositioned, meta: Meta) -> Call:
    """The place shown is that of the position to believe first, whichever came last."""
    before = row_of(call)
    source = event.place.source
    told = {**call.positions_told, source: call.positions_told.get(source, 0) + 1}
    counted = structs.replace(call, positions_told=told)
    new = position_of(event.place, event.measured_at or meta.at, meta.at)
    if new is None:
        is_all = not before.positions and (before.place is None or before.place.point is None)
        place = event.place if is_all else before.place
        return structs.replace(counted, row=structs.replace(before, place=place))
    positions = kept((*_known(before, new), new))
    place = event.place if positions[0] == new else before.place
    row = structs.replace(before, positions=positions, place=place)
    return structs.replace(counted, row=row)


def _known(row: CallRow, new: CallerPosition) -> tuple[CallerPosition, ...]:
    """What was told before, also by a call that rang when only its place was kept."""
    if row.positions or row.place is None:
        return row.positions
    first = position_of(row.place, row.ring_at, row.ring_at)
    is_new = first is not None and (first.source, first.point, first.radius_m) != (
        new.source,
        new.point,
        new.radius_m,
    )
    return (first,) if first is not None and is_new else ()


def _raw_fact_kept(call: Call, event: CallRawFactKept, meta: Meta) -> Call:  # noqa: ARG001
    before = row_of(call)
    row = structs.replace(before, raw_facts=(*before.raw_facts, event.fact))
    return structs.replace(call, row=row)


def _link_made(call: Call, event: CallLinkMade, meta: Meta) -> Call:
    before = row_of(call)
    link = LocationLink(
        digest=event.digest,
        made_at=meta.at,
        expires_at=meta.at + timedelta(seconds=event.valid_s),
    )
    links = (*before.location_links, link)[-LINKS_MAX:]
    return structs.replace(call, row=structs.replace(before, location_links=links))


EVOLVE: Final[dict[type[Struct], Callable[..., Call]]] = {
    CallPositioned: _positioned,
    CallRawFactKept: _raw_fact_kept,
    CallLinkMade: _link_made,
}
