"""What the room asks: answer, hold, bring others in, ring back, end, and the audio of a page.

The rules are `core`'s; added here is what no single call can know: a desk talks to one caller at a
time, and only the desk that has a call, or a supervisor, may hold or end it. A desk that was asked
into a call joins it by answering; it leaves that one when it takes another caller. Who cannot be
heard is handed over to no telephone: nobody there could read. Commands that only a telephone can
cause are refused from the room.
"""

from datetime import timedelta
from typing import assert_never, cast, get_args

from msgspec.structs import replace

from kentongan.core.access import may
from kentongan.core.call_rows import CallRow, Party
from kentongan.core.commands import (
    AnswerCall,
    AnyCommand,
    AskLocation,
    CallBack,
    CallCommand,
    ConnectCall,
    DropParty,
    EndCall,
    Envelope,
    FailParty,
    HoldCall,
    InviteParty,
    JoinParty,
    KeepQuality,
    KeepRawFact,
    KeepRecording,
    LocateCall,
    OfferCall,
    OverflowCall,
    QueueCall,
    RequeueCall,
    ResumeCall,
    RingDesks,
    RingOut,
    SignalCall,
    StopSupervising,
    SuperviseCall,
    TakeOver,
    TextCall,
    TransferCall,
)
from kentongan.core.events import CallEvent
from kentongan.core.words import Agent, CallId, DeskKey, PartyKey, PartyLeaver, Refused, Role
from kentongan.edge.switch import admission, references
from kentongan.edge.switch.announcements import greetings
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.control import Offer
from kentongan.edge.switch.ledger import SWITCH, Moment
from kentongan.edge.switch.record import DESK, SpooledCall, WebLeg
from kentongan.edge.switch.sounding import HOLD
from kentongan.media import protocol

AGE_S_MAX = 3600.0
"""Longest a command may have waited at a page; a call does not wait that long."""

_TELEPHONES_ONLY = (
    OfferCall,
    QueueCall,
    ConnectCall,
    SignalCall,
    KeepRecording,
    KeepQuality,
    LocateCall,
    KeepRawFact,
    RingDesks,
    RingOut,
    OverflowCall,
    JoinParty,
    FailParty,
)
CALL_BACK_AGE_S_MAX = 60.0
"""A wish to ring somebody back that waited longer is not carried out: ask again."""

_CALL_COMMANDS = get_args(CallCommand)


def call_of(envelope: Envelope) -> CallId | None:
    """The call a command goes to; None when it goes to no call at all."""
    asked = envelope.command
    return cast(CallCommand, asked).call if isinstance(asked, _CALL_COMMANDS) else None


def is_for_telephones(envelope: Envelope) -> bool:
    """Whether only a telephone, or the switch itself, can cause it."""
    return isinstance(envelope.command, _TELEPHONES_ONLY)


def command(
    board: Board, call: CallId, envelope: Envelope, moment: Moment
) -> tuple[CallEvent, ...]:
    """A command of an agent to a call in hand. Raises `Refused`."""
    asked = envelope.command
    if is_for_telephones(envelope):
        raise Refused("not_permitted")
    may(envelope.agent, asked, board.ledger.find_row)
    _check_desks(board, call, asked, envelope.agent)
    if isinstance(asked, AskLocation):
        references.may_ask_again(board, call, moment.at)
    joining = None
    if isinstance(asked, AnswerCall):
        joining = _asked_into(board.ledger.row(call), asked.desk)
    if joining is not None:
        events = _join(board, call, joining, envelope, moment)
    else:
        age = timedelta(seconds=min(max(envelope.age_s, 0.0), AGE_S_MAX))
        events = board.obey(call, envelope, moment.at - age)
    if isinstance(asked, AskLocation):
        references.ask_again(board, call, events)
    elif isinstance(asked, (AnswerCall, TakeOver)):
        _leave_others(board, asked.desk, call, moment)
    elif isinstance(asked, ResumeCall):
        _leave_others(board, board.ledger.row(call).desk, call, moment)
    return events


def _check_desks(board: Board, call: CallId, asked: AnyCommand, agent: Agent) -> None:
    match asked:
        case HoldCall() | RequeueCall() | EndCall():
            _must_be_with(board, call, agent)
        case ResumeCall():
            _must_be_with(board, call, agent)
            desk = board.ledger.row(call).desk
            if desk is not None:
                _must_be_free(board, desk, call)
        case AnswerCall(desk=desk) | SuperviseCall(desk=desk) | TakeOver(desk=desk):
            _must_be_free(board, desk, call)
        case TextCall(by="desk"):
            _must_read(board, call)
        case TransferCall(party=party):
            _must_be_heard(board, call, party)
        case InviteParty(desk=None, blind=True) if not board.ledger.get(call).has_voice:
            raise Refused("caller_types")
        case _:
            pass


def place(board: Board, envelope: Envelope, moment: Moment) -> tuple[CallEvent, ...]:
    """A desk rings somebody: a new call, with that person as its caller. Raises `Refused`."""
    asked = envelope.command
    assert isinstance(asked, CallBack)  # noqa: S101
    may(envelope.agent, asked, board.ledger.find_row)
    _must_be_free(board, asked.desk, asked.call)
    if envelope.age_s > CALL_BACK_AGE_S_MAX:
        raise Refused("too_late")
    if not admission.may_ring_out(board, asked.number, moment):
        raise Refused("lines_full")
    route = board.find_route(None, asked.number, asked.line)
    if route is None:
        raise Refused("no_trunk")
    greeted = greetings(board.city.line_of(asked.line), asked.language)
    call = SpooledCall(
        id=asked.call,
        trunk=route.trunk.key,
        announcements=tuple(one.key for one in greeted) or (board.settings.default_announcement,),
        languages=tuple(one.language for one in greeted),
        training=route.trunk.training,
        shard=board.choose_shard(),
        citizen=board.leg_to(route, moment.at),
        target=route.target,
    )
    board.ledger.open(call)
    named = replace(envelope, command=replace(asked, trunk=route.trunk.key))
    try:
        events = board.obey(asked.call, named, moment.at)
    except Refused:
        board.ledger.forget(asked.call)
        raise
    _leave_others(board, asked.desk, asked.call, moment)
    return events


def _asked_into(row: CallRow, desk: DeskKey) -> Party | None:
    """That desk as somebody who was asked into the call and has not come yet.

    A call that is in the queue by now has nobody to join: it is answered.
    """
    if row.state == "queued":
        return None
    return next(
        (one for one in row.parties if one.desk == desk and one.state == "invited"),
        None,
    )


def _join(
    board: Board, call: CallId, party: Party, envelope: Envelope, moment: Moment
) -> tuple[CallEvent, ...]:
    """The desk answers: it takes part from now on."""
    agent = envelope.agent
    joined = JoinParty(call=call, party=party.party, agent=agent.id, agent_name=agent.name)
    return board.obey(
        call, replace(envelope, agent=SWITCH, command=joined, because=None), moment.at
    )


def prepare_offer(board: Board, offer: Offer, moment: Moment) -> protocol.Web:
    """A page offers audio for a call: what the media process is told. Raises `Refused`."""
    known = board.ledger.find(offer.call)
    leg = known.find_desk(offer.desk) if known is not None else None
    if known is None or known.is_over:
        raise Refused("call_over")
    if leg is None or leg.agent != offer.agent:
        row = board.ledger.row(offer.call)
        raise Refused("call_taken", by=row.agent_name or "", desk=row.desk or "")
    if not offer.restart:
        renewed = replace(leg, is_connected=False, lost_at=leg.lost_at or moment.at)
        desks = tuple(renewed if old.desk == offer.desk else old for old in known.desks)
        board.put(replace(known, desks=desks))
    wanted = board.wanted(offer.call)
    page = wanted.find(offer.desk) if wanted is not None else None
    return protocol.Web(
        bridge=offer.call,
        leg=offer.desk,
        role=page.role if page is not None else DESK,
        mode=page.mode if page is not None else HOLD,
        sdp=offer.sdp,
        restart=offer.restart,
    )


def lose_page(board: Board, call: CallId, leg: WebLeg, moment: Moment) -> None:
    """A page is lost. Of the desk that has the call: its caller is in front of the queue again."""
    match leg.role:
        case "desk" if board.ledger.row(call).state == "calling":
            board.end(call, "switch", "desk_lost", moment)
        case "desk":
            board.requeue(call, "desk_lost", moment)
        case "supervisor":
            board.act("stop", StopSupervising(call=call, desk=leg.desk), moment)
        case "partner":
            _drop_partner(board, call, leg.desk, "switch", moment)
        case _:
            assert_never(leg.role)


def _leave_others(board: Board, desk: DeskKey | None, call: CallId, moment: Moment) -> None:
    """A page is heard in one call: where that desk only takes part in another, it does no more."""
    for other in tuple(board.ledger.in_hand()):
        if desk is not None and other.id != call and board.ledger.row(other.id).desk != desk:
            _drop_partner(board, other.id, desk, "desk", moment)


def _drop_partner(
    board: Board, call: CallId, desk: DeskKey, by: PartyLeaver, moment: Moment
) -> None:
    for party in board.ledger.row(call).parties:
        if party.desk == desk and party.state in ("joined", "held"):
            command = DropParty(call=call, party=party.party, by=by)
            board.act("partner-left", command, moment)


def _must_be_with(board: Board, call: CallId, agent: Agent) -> None:
    """Whoever has the call at their desk decides about it; a supervisor may step in.

    A caller who waits has nobody yet, so only a supervisor may turn them away.
    """
    if agent.has(Role.SUPERVISOR, Role.SYSTEM):
        return
    row = board.ledger.row(call)
    is_at_own_desk = agent.desk is None or agent.desk == row.desk
    if (row.agent == agent.id and is_at_own_desk) or board.ledger.get(call).is_over:
        return
    if row.desk is None:
        raise Refused("call_not_answered")
    raise Refused("call_taken", by=row.agent_name or "", desk=row.desk)


def _must_read(board: Board, call: CallId) -> None:
    """Text to a plain telephone goes nowhere: nobody may believe that it was read."""
    known = board.ledger.get(call)
    if not known.is_over and known.page is None and known.citizen.text is None:
        raise Refused("no_text_line")


def _must_be_heard(board: Board, call: CallId, key: PartyKey) -> None:
    """Alone with a telephone, who only types would speak with nobody."""
    asked = next((one for one in board.ledger.row(call).parties if one.party == key), None)
    if asked is not None and asked.desk is None and not board.ledger.get(call).has_voice:
        raise Refused("caller_types")


def _must_be_free(board: Board, desk: DeskKey, wanted: CallId) -> None:
    for call in board.ledger.in_hand():
        row = board.ledger.row(call.id)
        if call.id != wanted and row.desk == desk and row.state in ("answered", "calling"):
            raise Refused("desk_busy", call=call.id, desk=desk)
