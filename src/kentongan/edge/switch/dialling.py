"""Telephones that we ring: agencies, hospitals, neighbours, and people who are called back.

    asked -> a place in the bridge (media) -> INVITE -> rings -> answered (joined) | failed
                                                               -> hung up (left)

The place comes first, so that the INVITE names it and no second one is needed. Nothing here sends
before the commit; a switch that was restarted goes on with what the spool remembers. Who does not
answer within `ANSWER_S` is no longer rung; the caller in the meantime is never alone.
"""

from datetime import timedelta
from typing import assert_never

from msgspec.structs import replace

from kentongan.core.commands import ConnectCall, DropParty, FailParty, JoinParty
from kentongan.core.words import CallId, PartyFailure, PartyKey
from kentongan.edge.switch import detour, duty, families, referring, silence, telling, wall
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.descriptions import readable, taking_answer
from kentongan.edge.switch.hops import hops_for
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import PartyLeg, SipLeg, SpooledCall
from kentongan.edge.switch.telephones import Telephones
from kentongan.edge.switch.telling_caller import told_of_caller
from kentongan.sip import events

ANSWER_S = 30.0
"""How long a party is rung (VOICE.md, section 4.3)."""

CALL_BACK_S = 45.0
"""How long a person is rung who is called back; a mobile's voice mail comes after 20 to 30 s."""

Dialled = events.Response | events.Timeout | events.Bye

_FAILURES: dict[int, PartyFailure] = {
    404: "unreachable", 408: "no_answer", 410: "unreachable", 480: "no_answer", 484: "unreachable",
    486: "busy", 487: "no_answer", 600: "busy", 603: "refused", 604: "unreachable", 403: "refused",
}  # fmt: skip


def begin(board: Board, call_id: CallId, party: PartyKey, moment: Moment) -> None:
    """Somebody is to be rung into a call: find the way there, and let a place be made."""
    call = board.ledger.find(call_id)
    row = None if call is None else board.ledger.row(call_id)
    asked = None if row is None else next((one for one in row.parties if one.party == party), None)
    if call is None or row is None or asked is None or call.find_party(party) is not None:
        return
    route = board.find_route(asked.contact, asked.number, row.line)
    if route is None:
        failed = FailParty(call=call_id, party=party, reason="unreachable")
        board.act("party-failed", failed, moment)
        return
    number = call.parties_asked + 1
    leg = PartyLeg(
        party=party,
        name=f"party-{number}",
        trunk=route.trunk.key,
        target=route.target,
        asked_at=moment.at,
        leg=board.leg_to(route, moment.at),
    )
    board.put(replace(call, parties=(*call.parties, leg), parties_asked=number))


def placed(
    board: Board, phones: Telephones, call_id: CallId, name: str, ip: str, port: int, moment: Moment
) -> None:
    """The media process has a place for that telephone: ring it."""
    call = board.ledger.find(call_id)
    leg = None if call is None else _named(call, name)
    if call is None or leg is None:
        return
    before = (leg.leg.local_ip, leg.leg.local_port)
    leg = replace(leg, leg=replace(leg.leg, local_ip=ip, local_port=port))
    if leg.calling and before != (ip, port):  # told as soon as there is a dialog to tell it in
        version = leg.leg.session_version + 1
        leg = replace(leg, leg=replace(leg.leg, session_version=version, tell_at=moment.at))
    if not leg.calling and not leg.dialog:
        route = board.route_by(leg.trunk, leg.target, board.ledger.row(call_id).line)
        if route is None:
            _fail(board, phones, call_id, leg.party, "unreachable", moment)
            return
        calling = phones.ring_out(
            call_id,
            leg.leg,
            route,
            moment,
            replaces=leg.replaces,
            hops=hops_for(board, call, leg),
            told=told_of_caller(board, call_id, leg, route),
        )
        leg = replace(leg, calling=calling, asked_at=moment.at)
    _put(board, call, leg)


def ring_person(board: Board, phones: Telephones, call: SpooledCall, moment: Moment) -> SpooledCall:
    """The person whom we call back has a place: ring them, once."""
    if call.calling or call.dialog:
        return call
    route = board.route_by(call.trunk, call.target, board.ledger.row(call.id).line)
    if route is None:
        board.end(call.id, "switch", "unreachable", moment)
        return board.ledger.get(call.id)
    calling = phones.ring_out(call.id, call.citizen, route, moment)
    return replace(call, calling=calling, invited_at=moment.at)


def hand_over(
    board: Board, phones: Telephones, call_id: CallId, party: PartyKey, moment: Moment
) -> None:
    """A finished transfer between two telephones of a trunk that wants it goes out of our hands."""
    call = board.ledger.find(call_id)
    leg = None if call is None else call.find_party(party)
    trunk = None if leg is None else board.find_trunk(leg.trunk)
    if call is None or leg is None or trunk is None or not trunk.refer:
        return
    if leg.is_joined and call.trunk == trunk.key and call.dialog:
        phones.refer(call, leg, moment)


def handed_over(board: Board, phones: Telephones, event: events.Referred, moment: Moment) -> None:
    """The other side has connected the two; anything else, and we stay in the middle."""
    call_id = phones.find_call(event.dialog)
    if call_id is not None and event.status is not None and 200 <= event.status < 300:
        board.end(call_id, "switch", "referred", moment)


def displaced(board: Board, call_id: CallId, name: str, key: str) -> None:
    """The media process refuses that telephone's leg; another port, or wait for its packets."""
    call = board.ledger.find(call_id)
    leg = None if call is None else _named(call, name)
    if call is None or leg is None:
        return
    if key == "port-taken":
        _put(board, call, replace(leg, leg=replace(leg.leg, local_port=None)))
    elif key == "address":
        _put(board, call, replace(leg, leg=replace(leg.leg, ip=None, port=None)))


def take(board: Board, phones: Telephones, event: events.Event, moment: Moment) -> bool:
    """One event of the SIP stack; whether it was about somebody whom we rang."""
    if not isinstance(event, Dialled):
        return False
    call_id = phones.find_call(event.dialog) or phones.find_call(_call_of(event))
    call = None if call_id is None else board.ledger.find(call_id)
    if call is None:
        return _refuse_late(phones, event, moment)
    phones.changed(event.dialog)
    phones.changed(_call_of(event))
    leg = _about(call, event)
    if leg is not None:
        _party_event(board, phones, call, leg, event, moment)
        return True
    if call.is_placed_by_us and call.calling and call.calling == _call_of(event):
        _person_event(board, phones, call, event, moment)
        return True
    return False


def resume(
    board: Board, phones: Telephones, call: SpooledCall, leg: PartyLeg, moment: Moment
) -> None:
    """A party of before a restart; one that was not rung yet is rung when it has its place."""
    named = leg.dialog or leg.calling
    if not named or phones.find_call(named) is not None:
        _put(board, board.ledger.get(call.id), silence.asked_anew(leg))
        return
    if leg.is_joined:
        lost(board, call, leg.dialog, moment)
    else:
        _fail(board, phones, call.id, leg.party, "unreachable", moment)


def lost(board: Board, call: SpooledCall, dialog: str, moment: Moment) -> bool:
    """Whether that dialog was a party's; it is in the call no more."""
    leg = next((leg for leg in call.parties if leg.dialog == dialog), None)
    if leg is not None and leg.wall is not None:
        wall.gone(board, call.id, leg, moment, hung_up=False)
    elif leg is not None:
        command = DropParty(call=call.id, party=leg.party, by="switch")
        board.act("party-lost", command, moment)
    return leg is not None


def look(board: Board, phones: Telephones, call: SpooledCall, moment: Moment) -> None:
    """Nobody is rung for ever, nor by a trunk that says nothing."""
    detour.look(board, phones, call.id, moment)
    call = board.ledger.get(call.id)
    limit = timedelta(seconds=ANSWER_S)
    for leg in call.parties:
        is_rung = not (leg.is_joined or leg.has_failed or leg.wall is not None)
        if is_rung and moment.at - leg.asked_at >= limit:
            _fail(board, phones, call.id, leg.party, "no_answer", moment)
    row = board.ledger.row(call.id)
    if row.duty is not None:
        duty.look(board, row, moment)
    elif row.state == "calling" and moment.at - row.ring_at >= timedelta(seconds=CALL_BACK_S):
        board.end(call.id, "switch", "no_answer", moment)


def _party_event(
    board: Board,
    phones: Telephones,
    call: SpooledCall,
    leg: PartyLeg,
    event: Dialled,
    moment: Moment,
) -> None:
    if isinstance(event, events.Response) and not event.is_ended:
        silence.answered(board, call, leg, moment)
        call = board.ledger.get(call.id)
        leg = call.find_party(leg.party) or leg
    if detour.is_fault(event) and detour.for_party(board, phones, call, leg, moment):
        return
    if leg.wall is not None and not _is_ringing(leg, event):
        hung_up = isinstance(event, events.Bye)
        if hung_up or event.is_ended:
            wall.gone(board, call.id, leg, moment, hung_up=hung_up)
        return
    match event:
        case events.Bye():
            command = DropParty(call=call.id, party=leg.party, by="party")
            board.act("party-left", command, moment)
        case events.Timeout(is_ended=ended):
            if not leg.is_joined:
                _fail(board, phones, call.id, leg.party, "unreachable", moment)
            elif ended:
                command = DropParty(call=call.id, party=leg.party, by="switch")
                board.act("party-lost", command, moment)
        case events.Response(method="INVITE") if not leg.is_joined:
            _party_answers(board, phones, call, leg, event, moment)
        case events.Response(is_ended=True):
            command = DropParty(call=call.id, party=leg.party, by="switch")
            board.act("party-lost", command, moment)
        case events.Response(method="INVITE", status=200):  # to our re-INVITE
            _party_agrees(board, call, leg, event)
        case events.Response():
            pass
        case _:
            assert_never(event)


def _party_agrees(board: Board, call: SpooledCall, leg: PartyLeg, event: events.Response) -> None:
    audio = readable(event.sdp)
    described = None if audio is None else taking_answer(leg.leg, audio)
    if described is not None:
        _put(board, call, replace(leg, leg=described))
    telling.taken(board, call.id, leg.dialog)


def _is_ringing(leg: PartyLeg, event: Dialled) -> bool:
    """Whether that is an answer to our INVITE, which is the same for everybody whom we ring."""
    is_answer = isinstance(event, events.Response) and event.method == "INVITE"
    return is_answer and not leg.is_joined


def _party_answers(
    board: Board,
    phones: Telephones,
    call: SpooledCall,
    leg: PartyLeg,
    event: events.Response,
    moment: Moment,
) -> None:
    audio = readable(event.sdp)
    described = leg.leg if audio is None else taking_answer(leg.leg, audio)
    if event.status >= 300:
        _fail(board, phones, call.id, leg.party, _failure(event.status), moment)
    elif event.status < 200:
        described = described or leg.leg
        if event.status >= 180:
            wall.rings(board, leg)
            referring.rings(phones, call, leg, moment)
        _put(board, call, replace(leg, leg=described, is_ringing=event.status >= 180))
    elif described is None or not _is_reachable(board, described):
        phones.part(call.id, replace(leg, dialog=event.dialog), moment)
        _fail(board, phones, call.id, leg.party, "unreachable", moment)
    else:
        phones.also(event.dialog, call.id)
        leg = replace(leg, leg=described, dialog=event.dialog)
        _put(board, call, leg)
        if leg.wall is not None:
            wall.answered(board, call.id, leg, moment)
        else:
            referring.joined(phones, call, leg, moment)
            board.act("party-joined", JoinParty(call=call.id, party=leg.party), moment)


def _person_event(
    board: Board, phones: Telephones, call: SpooledCall, event: Dialled, moment: Moment
) -> None:
    """The person whom we call back; once they answered, they are like any caller."""
    if detour.is_fault(event) and detour.for_person(board, phones, call, moment):
        return
    if isinstance(event, events.Timeout):
        board.end(call.id, "switch", "unreachable", moment)
    elif isinstance(event, events.Response) and event.method == "INVITE":
        if event.status >= 300:
            board.end(call.id, "switch", _failure(event.status), moment)
        else:
            _person_answers(board, phones, call, event, moment)


def _person_answers(
    board: Board, phones: Telephones, call: SpooledCall, event: events.Response, moment: Moment
) -> None:
    audio = readable(event.sdp)
    leg = call.citizen if audio is None else taking_answer(call.citizen, audio)
    call = replace(call, citizen=leg or call.citizen, is_ringing=event.status >= 180)
    if event.status < 200:
        board.put(call)
        return
    phones.also(event.dialog, call.id)
    board.put(replace(call, dialog=event.dialog, calling="", is_answered=True))
    if leg is None or not _is_reachable(board, leg):
        board.end(call.id, "switch", "unreachable", moment)
    else:
        board.act("connect", ConnectCall(call=call.id), moment)


def _is_reachable(board: Board, leg: SipLeg) -> bool:
    """Whether an answer says where its sound is, on the IP version that ours speaks."""
    return leg.ip is not None and families.is_heard(leg, "", board.settings.media_hosts)


def _refuse_late(phones: Telephones, event: Dialled, moment: Moment) -> bool:
    """Somebody answers a call of ours that nobody remembers: hang up there."""
    if not isinstance(event, events.Response) or event.method != "INVITE":
        return False
    is_answer = 200 <= event.status < 300 and phones.find_call(event.dialog) is None
    if is_answer:
        phones.stack.bye(event.dialog, now=moment.now)
    return is_answer


def _call_of(event: Dialled) -> str:
    return "" if isinstance(event, events.Bye) else event.call


def _about(call: SpooledCall, event: Dialled) -> PartyLeg | None:
    key = _call_of(event)
    for leg in call.parties:
        if (key and leg.calling == key) or (event.dialog and leg.dialog == event.dialog):
            return leg
    return None


def _named(call: SpooledCall, name: str) -> PartyLeg | None:
    return next((leg for leg in call.parties if leg.name == name), None)


def _put(board: Board, call: SpooledCall, leg: PartyLeg) -> None:
    legs = tuple(leg if one.party == leg.party else one for one in call.parties)
    board.put(replace(call, parties=legs))


def _fail(
    board: Board,
    phones: Telephones,
    call: CallId,
    party: PartyKey,
    reason: PartyFailure,
    moment: Moment,
) -> None:
    known = board.ledger.find(call)
    leg = None if known is None else known.find_party(party)
    if leg is not None and leg.wall is not None:
        wall.failed(board, call, leg, moment, reason)
        return
    if known is not None and leg is not None:
        referring.failed(phones, known, leg, reason, moment)
    board.act("party-failed", FailParty(call=call, party=party, reason=reason), moment)


def _failure(status: int) -> PartyFailure:
    return _FAILURES.get(status, "refused" if status < 500 else "unreachable")
