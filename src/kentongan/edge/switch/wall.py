"""Telephones on the wall: plain SIP telephones that ring for a caller when no desk answers.

Rung by the last stage of the queue, each in a leg of the caller's bridge. Whoever lifts first has
the call, like a desk would; the others stop ringing. There is no page: hanging up ends the call.
Which telephone it was stands in the record; who held it, nobody knows. One that is busy or does not
answer rings no more, as the record says, rests for a while and is rung again.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from msgspec.structs import replace

from kentongan.core.call_rows import CallRow
from kentongan.core.commands import (
    AnswerCall,
    ConnectCall,
    Envelope,
    ResumeParty,
    RingDesks,
    RingOut,
)
from kentongan.core.words import (
    Agent,
    AgentId,
    CallId,
    CommandId,
    DeskKey,
    PartyFailure,
    PartyKey,
    Refused,
    Role,
)
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import PartyLeg, SpooledCall

PREFIX: Final = "wall:"
"""Of the names of such legs among the parties; no party of a call has one."""


STAGE: Final = "telephones"
"""Of the queue, at which they ring."""

REST: Final = timedelta(seconds=15)
"""How long one that was busy, or did not answer, is left alone by the same caller."""

SHORT_RESTS: Final = 40
"""So often; ten minutes in all. A telephone that fails for so long rests for `LONG_REST`."""

LONG_REST: Final = timedelta(seconds=60)

UNREACHED: Final = timedelta(minutes=10)
"""How long an alarm says that a telephone could not be reached; nobody may ring it any more."""

AGAIN_MAX: Final = 3
"""Callers for whom resting telephones are rung again, from the front of the queue: one telephone
takes one of them, and a flood of callers writes no flood of facts."""


def begin(board: Board, call_id: CallId, desk: DeskKey, moment: Moment) -> None:
    """A telephone is to ring for a caller who waits."""
    call = board.ledger.find(call_id)
    if call is None or call.is_over:
        return
    before = next((leg for leg in call.parties if leg.wall == desk), None)
    if before is not None and not before.has_failed:
        return
    others = tuple(leg for leg in call.parties if leg.wall != desk)
    number = call.parties_asked + 1
    leg = PartyLeg(
        party=PartyKey(f"{PREFIX}{desk}"),
        name=f"party-{number}",
        trunk="",
        target="",
        asked_at=moment.at,
        wall=desk,
        tries=0 if before is None else before.tries,
    )
    route = board.route_to(board.settings.wall_telephones.get(desk, ""), "")
    if route is not None:
        leg = replace(
            leg,
            trunk=route.trunk.key,
            target=route.target,
            leg=board.leg_to(route, moment.at),
        )
    board.put(replace(call, parties=(*others, leg), parties_asked=number))
    if route is None:
        failed(board, call_id, leg, moment, "unreachable")


def answered(board: Board, call_id: CallId, leg: PartyLeg, moment: Moment) -> None:
    """Somebody lifted it; where a desk was faster, that desk's answer lets it go."""
    desk = leg.wall
    if desk is None:
        return
    rings(board, leg)
    agent = Agent(
        id=AgentId(f"telephone:{desk}"), name=str(desk), roles=(Role.CALL_TAKER,), desk=desk
    )
    envelope = Envelope(
        id=CommandId(f"{call_id}/{leg.name}/answer"),
        agent=agent,
        command=AnswerCall(call=call_id, desk=desk),
    )
    try:
        board.obey(call_id, envelope, moment.at)
    except Refused:
        failed(board, call_id, leg, moment)
        return
    board.act("connect", ConnectCall(call=call_id), moment)
    for party in board.ledger.row(call_id).parties:
        if party.state == "held":  # whom a desk held; no key of a telephone can undo that
            command = ResumeParty(call=call_id, party=party.party)
            board.act("resumed", command, moment)


def rings(board: Board, leg: PartyLeg) -> None:
    """Somebody heard it, or could have: it can be reached."""
    if leg.wall is not None:
        board.wall_unreached.pop(leg.wall, None)


def unreachable(board: Board, at: datetime) -> tuple[DeskKey, ...]:
    """Telephones that no trunk leads to, or that could not be rung a moment ago; for an alarm."""
    can_ring = any(trunk.host for trunk in board.settings.trunks)
    tried = board.wall_unreached
    return tuple(
        desk
        for desk in board.settings.wall_telephones
        if not can_ring or (desk in tried and at - tried[desk] < UNREACHED)
    )


def failed(
    board: Board,
    call_id: CallId,
    leg: PartyLeg,
    moment: Moment,
    reason: PartyFailure = "no_answer",
) -> None:
    """It is busy, did not answer, or cannot be rung: it rings no more, and rests."""
    call = board.ledger.find(call_id)
    if call is None or leg.wall is None:
        return
    if reason == "unreachable":
        board.wall_unreached[leg.wall] = moment.at
        text = "no trunk leads to it, or nobody is there; see sip.wall_telephones"
        board.notices.say("wall_telephone_unreachable", leg.wall, text)
    else:
        rings(board, leg)
    resting = replace(
        leg,
        has_failed=True,
        failed_at=moment.at,
        tries=leg.tries + 1,
        trunk="",
        calling="",
        dialog="",
    )
    legs = tuple(resting if one.party == leg.party else one for one in call.parties)
    board.put(replace(call, parties=legs))
    if leg.dialog or leg.calling:
        board.to_part.append((call_id, leg))
    rang_s = (moment.at - leg.asked_at).total_seconds()
    board.act("wall-failed", RingOut(call=call_id, desks=(leg.wall,), waited_s=rang_s), moment)


def as_rung(call: SpooledCall, row: CallRow) -> CallRow:
    """The row as the queue should see it: a telephone that only rests has not left the ladder.

    So desks that come free join in and the call overflows in time, as while it rings.
    """
    resting = tuple(leg.wall for leg in call.parties if leg.has_failed and leg.wall is not None)
    is_at_end = row.rung_stage == STAGE and not row.rung
    return replace(row, rung=resting) if is_at_end and resting else row


def without_resting(board: Board, step: RingDesks, at: datetime) -> RingDesks | None:
    """The step without telephones that are not to be rung yet; None when nobody is left."""
    call = board.ledger.get(step.call)
    row = board.ledger.row(step.call)
    resting = {
        leg.wall for leg in call.parties if leg.wall not in row.rung and _is_resting(board, leg, at)
    }
    desks = tuple(desk for desk in step.desks if desk not in resting)
    return replace(step, desks=desks) if desks else None


def again(
    board: Board, order: Iterable[CallId], stage_s: float, at: datetime
) -> Iterator[RingDesks]:
    """Who rested long enough is to be rung again, for the callers in front.

    Where others ring for that caller their stage runs out first (`stage_s`), since ringing somebody
    more begins it anew, and an overflow waits for its end.
    """
    served = 0
    for call_id in order:
        row, call = board.ledger.row(call_id), board.ledger.get(call_id)
        if row.rung_stage != STAGE or not call.has_voice:
            continue
        if row.rung and (at - (row.rung_at or row.ring_at)).total_seconds() < stage_s:
            continue
        rested = [
            leg.wall
            for leg in call.parties
            if leg.wall is not None and leg.has_failed and not _is_resting(board, leg, at)
        ]
        if rested:
            served += 1
            yield RingDesks(call=call_id, desks=(*row.rung, *rested), stage=STAGE)
        if served == AGAIN_MAX:
            return


def _is_resting(board: Board, leg: PartyLeg, at: datetime) -> bool:
    """It failed for this caller a moment ago, or somebody speaks there with another one."""
    if not leg.has_failed or leg.failed_at is None:
        return False
    rest = REST if leg.tries < SHORT_RESTS else LONG_REST
    in_hand = board.ledger.in_hand()
    return at - leg.failed_at < rest or any(
        board.ledger.row(c.id).desk == leg.wall for c in in_hand
    )


def gone(board: Board, call_id: CallId, leg: PartyLeg, moment: Moment, *, hung_up: bool) -> None:
    """It was put down, or is lost: an end of the call, or a caller in front of the queue again.

    Whom nobody could hear was not spoken with: that telephone ends no such call.
    """
    if not leg.is_joined:
        failed(board, call_id, leg, moment, "no_answer" if hung_up else "unreachable")
    elif hung_up and board.ledger.get(call_id).has_voice:
        board.end(call_id, "desk", "hung_up", moment)
    else:
        board.requeue(call_id, "desk_lost", moment)
