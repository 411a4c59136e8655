"""What the events about those brought into a call mean: how each changes the call. Facts only."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs

from kentongan.core.call.state import (
    LIVE,
    Call,
    CallState,
    find_party,
    quiet,
    row_of,
)
from kentongan.core.call_rows import CallRow, Party
from kentongan.core.events.call_parties import (
    CallPassed,
    CallTransferred,
    PartyFailed,
    PartyHeld,
    PartyInvited,
    PartyJoined,
    PartyLeft,
    PartyReferred,
    PartyResumed,
)
from kentongan.core.words import DeskKey, Meta, PartyKey, PartyKind, Personal


def invited(
    row: CallRow,
    party: PartyKey,
    kind: PartyKind,
    meta: Meta,
    *,
    contact: str | None = None,
    number: Personal | None = None,
    desk: DeskKey | None = None,
    referred_by: PartyKey | None = None,
) -> CallRow:
    """The row with one more party that is rung."""
    more = Party(
        party=party,
        kind=kind,
        state="invited",
        invited_at=meta.at,
        contact=contact,
        number=number,
        desk=desk,
        referred_by=referred_by,
    )
    return structs.replace(row, parties=(*row.parties, more))


def _with(call: Call, key: PartyKey, **changes: object) -> Call:
    row = row_of(call)
    parties = tuple(
        structs.replace(one, **changes) if one.party == key else one for one in row.parties
    )
    return structs.replace(call, row=structs.replace(row, parties=parties))


def _invited(call: Call, event: PartyInvited, meta: Meta) -> Call:
    row = invited(
        row_of(call),
        event.party,
        event.kind,
        meta,
        contact=event.contact,
        number=event.number,
        desk=event.desk,
    )
    return structs.replace(call, row=row)


def _joined(call: Call, event: PartyJoined, meta: Meta) -> Call:
    return _with(
        call,
        event.party,
        state="joined",
        joined_at=meta.at,
        agent=event.agent,
        agent_name=event.agent_name,
    )


def _failed(call: Call, event: PartyFailed, meta: Meta) -> Call:
    return _with(call, event.party, state="failed", ended_at=meta.at, reason=event.reason)


def _left(call: Call, event: PartyLeft, meta: Meta) -> Call:
    return _with(call, event.party, state="left", ended_at=meta.at, reason=event.by)


def _referred(call: Call, event: PartyReferred, meta: Meta) -> Call:
    """One more party of the same kind, that is to take the other's place."""
    before = row_of(call)
    known = find_party(before, event.party)
    kind: PartyKind = "other" if known is None else known.kind
    row = invited(before, event.to, kind, meta, number=event.number, referred_by=event.party)
    return structs.replace(call, row=row)


def _held(call: Call, event: PartyHeld, meta: Meta) -> Call:  # noqa: ARG001
    return _with(call, event.party, state="held")


def _resumed(call: Call, event: PartyResumed, meta: Meta) -> Call:  # noqa: ARG001
    return _with(call, event.party, state="joined")


def _transferred(call: Call, event: CallTransferred, meta: Meta) -> Call:  # noqa: ARG001
    party = find_party(row_of(call), event.party)
    if party is not None and party.state == "held":
        call = _with(call, event.party, state="joined")
    row = structs.replace(
        row_of(call),
        state=CallState.TRANSFERRED.value,
        desk=None,
        supervisors=(),
        unheard_since=None,  # told anew once somebody there listens
    )
    return structs.replace(call, row=row, connected=False)


def _passed(call: Call, event: CallPassed, meta: Meta) -> Call:
    """The new desk is no party any more; what was transferred to it is answered there.

    Who supervised the desk before does not hear the new one unasked, nor whisper to it.
    """
    before = row_of(call)
    parties = tuple(
        structs.replace(one, state="left", ended_at=meta.at, reason="desk")
        if one.desk == event.desk and one.state in LIVE
        else one
        for one in before.parties
    )
    state = before.state if before.state == CallState.HELD else CallState.ANSWERED.value
    row = structs.replace(
        quiet(before),
        state=state,
        answered_at=before.answered_at or meta.at,
        desk=event.desk,
        agent=event.agent,
        agent_name=event.agent_name,
        parties=parties,
        supervisors=(),
    )
    return structs.replace(call, row=row, connected=True)


EVOLVE: Final[dict[type[Struct], Callable[..., Call]]] = {
    PartyInvited: _invited,
    PartyJoined: _joined,
    PartyFailed: _failed,
    PartyLeft: _left,
    PartyReferred: _referred,
    PartyHeld: _held,
    PartyResumed: _resumed,
    CallTransferred: _transferred,
    CallPassed: _passed,
}
