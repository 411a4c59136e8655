"""Who else is in a call: agencies, interpreters, hospitals, neighbours, other desks.

    from      (none)     invited    joined     held       left, failed
    invite    invited    same: nothing, else refused party_used
    join      unknown    joined     nothing    nothing    refused party_gone
    fail      unknown    failed     nothing    nothing    nothing
    drop      unknown    left       left       left       nothing
    hold      unknown    refused    held       nothing    refused party_gone
    resume    unknown    refused    nothing    joined     refused party_gone
    refer     unknown    refused    same: nothing; else another is invited, once at a time; refused

Theory: the desk that has the call may leave it to a party. *Attended*, the party has joined before;
*blind*, it is still rung and the caller hears reassurance; asked for with the invitation both are
one decision, so that who is busy at once leaves the caller where who never answers does. A
transferred caller always has company: a party that joined or is being rung. When the last of them
is gone the caller is back at the head of the queue by the same command, so that nobody is ever
alone on a line. A desk of ours that was only asked is none after somebody who was there: in the
queue the caller rings at every desk. *Pass* gives the call to another desk that has joined; a
transfer to a desk is a pass, at once or as soon as it joins. Without a desk nobody can take a party
out of *hold*: when one speaks with a transferred caller, all do.
*Refer* comes from a party's own exchange: the one it names is rung beside it, and takes its place
by joining. Until then, and when nobody comes, the party stays.
"""

from typing import Final, assert_never

from msgspec import structs

from kentongan.core.call.state import (
    COMPANY,
    LIVE,
    CallState,
    find_party,
    must_be_with_desk,
    must_run,
    must_take_part,
)
from kentongan.core.call_rows import CallRow, Party
from kentongan.core.checks import check_labels, same_words
from kentongan.core.commands.call_parties import (
    DropParty,
    FailParty,
    HoldParty,
    InviteParty,
    JoinParty,
    PartyCommand,
    PassCall,
    ReferParty,
    ResumeParty,
    TransferCall,
)
from kentongan.core.context import Context
from kentongan.core.events.call import CallEvent, CallRequeued
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
from kentongan.core.words import DeskKey, PartyKey, Refused, Role

PARTIES_LIVE_MAX: Final = 8
"""Parties in one call at once: every lead agency, an interpreter and a hospital."""

PARTIES_MAX: Final = 100
"""Parties of one call in all, so that its row stays small enough to send to every screen."""

REFERRALS_MAX: Final = 8
"""How often exchanges may put another telephone in a party's place, in one call: a few tries of two
agencies. They dial by themselves, so that a faulty one must come to an end."""


def decide(command: PartyCommand, row: CallRow, context: Context) -> tuple[CallEvent, ...]:
    """What follows."""
    match command:
        case InviteParty():
            return _invite(command, row, context)
        case JoinParty():
            return _join(command, row)
        case FailParty(party=key, reason=reason):
            party = _known(row, key)
            failed = PartyFailed(party=key, reason=reason)
            return _gone(failed, row, "transfer_failed") if party.state == "invited" else ()
        case DropParty():
            return _drop(command, row, context)
        case ReferParty():
            return _refer(command, row)
        case HoldParty(party=key):
            if _joined_or_held(row, key, context) == "held":
                return ()
            if row.state == CallState.TRANSFERRED:
                raise Refused("call_transferred")
            return (PartyHeld(party=key),)
        case ResumeParty(party=key):
            is_held = _joined_or_held(row, key, context) == "held"
            return (PartyResumed(party=key),) if is_held else ()
        case TransferCall():
            return _transfer(command, row, context)
        case PassCall(desk=desk):
            return _pass(desk, row, context)
        case _:
            assert_never(command)


def _known(row: CallRow, key: PartyKey) -> Party:
    party = find_party(row, key)
    if party is None:
        raise Refused("unknown_party")
    return party


def _invite(command: InviteParty, row: CallRow, context: Context) -> tuple[CallEvent, ...]:
    known = find_party(row, command.party)
    if known is not None:
        if _is_same(known, command):
            return ()
        raise Refused("party_used")
    must_be_with_desk(row)
    must_take_part(row, context.agent)
    check_labels(party=command.party, contact=command.contact, number=command.number)
    _check_address(command, row, context)
    live = sum(one.state in LIVE for one in row.parties)
    if live >= PARTIES_LIVE_MAX or len(row.parties) >= PARTIES_MAX:
        raise Refused("too_many_parties", parties_max=str(PARTIES_LIVE_MAX))
    invited = PartyInvited(
        party=command.party,
        kind=command.kind,
        contact=command.contact,
        number=command.number,
        desk=command.desk,
        agent=context.agent.id,
        agent_name=context.agent.name,
    )
    return (invited, *_left_blind(row, command.party)) if command.blind else (invited,)


def _is_same(known: Party, command: InviteParty) -> bool:
    return (
        (known.kind, known.contact, known.desk) == (command.kind, command.contact, command.desk)
    ) and same_words(known.number, command.number)


def _check_address(command: InviteParty, row: CallRow, context: Context) -> None:
    """A desk of ours is rung by its key, everybody else by directory key or number."""
    if command.kind == "desk":
        if command.desk not in context.plans.desks:
            raise Refused("unknown_desk", desk=(command.desk or "")[:100])
        if command.desk == row.desk:
            raise Refused("own_call")
    elif not command.party.strip() or not (command.contact or command.number):
        raise Refused("party_without_address")


def _join(command: JoinParty, row: CallRow) -> tuple[CallEvent, ...]:
    must_run(row)
    party = _known(row, command.party)
    has_call = party.desk is not None and party.desk == row.desk
    if party.state in ("joined", "held") or has_call:
        return ()
    if party.state != "invited":
        raise Refused("party_gone")
    joined = PartyJoined(party=party.party, agent=command.agent, agent_name=command.agent_name)
    before = None if party.referred_by is None else find_party(row, party.referred_by)
    if before is not None and before.state in LIVE:
        left = PartyLeft(party=before.party, by="party")
        if before.state == "held":
            return (joined, left, PartyHeld(party=party.party))
        return (joined, left)
    if row.state != CallState.TRANSFERRED:
        return (joined,)
    if party.desk is None:
        return (joined, *_out_of_hold(row))
    passed = CallPassed(
        desk=party.desk, agent=command.agent or "", agent_name=command.agent_name or ""
    )
    return (joined, passed)


def _refer(command: ReferParty, row: CallRow) -> tuple[CallEvent, ...]:
    """Somebody else in that party's place. Only a telephone that talks may ask for that."""
    must_run(row)
    party = _known(row, command.party)
    known = find_party(row, command.to)
    if known is not None:
        if known.referred_by == party.party and same_words(known.number, command.number):
            return ()
        raise Refused("party_used")
    if party.state != "joined" or party.kind == "desk":
        raise Refused("party_not_joined")
    check_labels(party=command.to, number=command.number)
    asked = [one for one in row.parties if one.referred_by is not None]
    is_asking = any(one.referred_by == party.party and one.state in LIVE for one in asked)
    live = sum(one.state in LIVE for one in row.parties)
    if is_asking or len(asked) >= REFERRALS_MAX or live > PARTIES_LIVE_MAX:
        raise Refused("too_many_parties", parties_max=str(PARTIES_LIVE_MAX))
    return (PartyReferred(party=party.party, to=command.to, number=command.number),)


def _drop(command: DropParty, row: CallRow, context: Context) -> tuple[CallEvent, ...]:
    party = _known(row, command.party)
    if party.state not in LIVE:
        return ()
    must_take_part(row, context.agent)
    by = command.by if context.agent.has(Role.SYSTEM) else "desk"
    rung_for_it = tuple(
        one
        for one in row.parties
        if by == "desk" and one.state == "invited" and one.referred_by == party.party
    )
    others = tuple(one for one in row.parties if one not in rung_for_it)
    left = PartyLeft(party=party.party, by=by)
    also_left = tuple(PartyLeft(party=one.party, by=by) for one in rung_for_it)
    return (*also_left, *_gone(left, structs.replace(row, parties=others), "party_left"))


def _gone(event: PartyFailed | PartyLeft, row: CallRow, reason: str) -> tuple[CallEvent, ...]:
    """A party less; a caller whom nobody keeps company is in front of the queue again."""
    gone = find_party(row, event.party)
    was_there = gone is not None and gone.state != "invited"
    company = (one for one in row.parties if one.state in COMPANY and one.party != event.party)
    is_alone = all(was_there and one.kind == "desk" and one.state == "invited" for one in company)
    if row.state == CallState.TRANSFERRED and is_alone:
        return (event, CallRequeued(reason=reason))
    return (event,)


def _joined_or_held(row: CallRow, key: PartyKey, context: Context) -> str:
    must_run(row)
    party = _known(row, key)
    if party.state == "invited":
        raise Refused("party_not_joined")
    if party.state not in LIVE:
        raise Refused("party_gone")
    must_take_part(row, context.agent)
    return party.state


def _transfer(command: TransferCall, row: CallRow, context: Context) -> tuple[CallEvent, ...]:
    if row.state == CallState.TRANSFERRED and _is_company(row, command.party):
        return ()
    must_be_with_desk(row)
    party = _known(row, command.party)
    if party.desk is not None and party.desk == row.desk:
        return ()  # that desk has it already
    must_take_part(row, context.agent)
    if party.state not in LIVE:
        raise Refused("party_gone")
    if party.state == "invited" and not command.blind:
        raise Refused("party_not_joined")
    if party.desk is not None and party.state != "invited":
        return (_passed_to(party, party.desk),)
    if party.state == "invited":
        return _left_blind(row, party.party)
    return (*_out_of_hold(row, but=party.party), CallTransferred(party=party.party))


def _left_blind(row: CallRow, key: PartyKey) -> tuple[CallEvent, ...]:
    """The desk leaves while they are rung; whoever has joined speaks with the caller meanwhile."""
    speaks = any(one.state == "joined" for one in row.parties)
    resumed = _out_of_hold(row) if speaks else ()
    return (*resumed, CallTransferred(party=key, blind=True))


def _out_of_hold(row: CallRow, but: PartyKey | None = None) -> tuple[PartyResumed, ...]:
    """Everybody on hold: no desk is left that could resume them. The event of `but` says it."""
    held = (one.party for one in row.parties if one.state == "held" and one.party != but)
    return tuple(PartyResumed(party=party) for party in held)


def _is_company(row: CallRow, key: PartyKey) -> bool:
    party = find_party(row, key)
    return party is not None and party.state in COMPANY


def _pass(desk: DeskKey, row: CallRow, context: Context) -> tuple[CallEvent, ...]:
    must_be_with_desk(row)
    if row.desk == desk:
        return ()
    must_take_part(row, context.agent)
    for party in row.parties:
        if party.kind == "desk" and party.desk == desk and party.state in ("joined", "held"):
            return (_passed_to(party, desk),)
    raise Refused("desk_not_joined", desk=desk[:100])


def _passed_to(party: Party, desk: DeskKey) -> CallPassed:
    return CallPassed(desk=desk, agent=party.agent or "", agent_name=party.agent_name or "")
