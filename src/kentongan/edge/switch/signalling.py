"""What telephones do: a call comes in, is answered, changes, ends.

Each function takes one event of the SIP stack and changes the board; nothing is sent before the
board was committed. An INVITE from a trunk rings and is on record whatever becomes of it, also
when all lines are full; one that SIP itself has to refuse is on record as such.
"""

import re
from typing import Literal, assert_never

from msgspec.structs import replace

from kentongan.core.commands import OfferCall
from kentongan.core.words import CallId, personal
from kentongan.edge.switch.arrival import Arrival, arrival_of
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.hearing import signal
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import SipLeg, SpooledCall
from kentongan.edge.switch.telephones import Telephones
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip import events
from kentongan.sip.errors import ParseError
from kentongan.sip.sdp import ANSWERS, Audio, read_audio

_INFO_KEY = re.compile(rb"\s*(?:Signal\s*=\s*)?([0-9*#A-D])\s*(?:[\r\n;]|\Z)", re.IGNORECASE)
"""A key in the body of an INFO: `application/dtmf-relay` and `application/dtmf`."""

_REFUSED = {
    406: "answer_not_taken",
    415: "body_not_readable",
    416: "address_not_readable",
    420: "extension_unknown",
    488: "no_common_codec",
    503: "overload",
}
"""Why SIP refused a new call, as the reason of its end; else the bare status."""

_NOT_FOUND_ADDRESSES = frozenset({"0.0.0.0", "::"})  # noqa: S104 -- read in an SDP, not bound


def take(board: Board, phones: Telephones, event: events.Event, moment: Moment) -> None:
    """One event of the SIP stack."""
    match event:
        case events.Invite():
            _invited(board, phones, event, moment)
        case events.RefusedInvite():
            _refused(board, event, moment)
        case events.Reinvite():
            _reinvited(board, phones, event, moment)
        case events.Bye() | events.Cancel() | events.Timeout() | events.Response():
            _parted(board, phones, event, moment)
        case events.Ack(dialog=dialog, sdp=sdp):
            _acknowledged(board, phones, dialog, sdp)
        case events.Info(dialog=dialog, body=body):
            _informed(board, phones, dialog, body, moment)
        case events.OtherRequest(dialog=dialog, method=method, answered=answered):
            board.counts.refused_invites += method == "INVITE" and (answered or 0) >= 400
            phones.changed(dialog)
        case events.Malformed():
            board.counts.unreadable += 1
        case events.Options():
            pass
        case _:
            assert_never(event)


def settle(board: Board, phones: Telephones, moment: Moment) -> None:
    """Let telephones follow what became of their calls: answered at a desk, or over."""
    to_accept, board.to_accept = board.to_accept, {}
    to_hang_up, board.to_hang_up = board.to_hang_up, {}
    for call_id in to_accept:
        call = board.ledger.find(call_id)
        if call is not None and call.invite and call.citizen.local_port is not None:
            board.put(phones.accept(call, moment))
    for call_id, reason in to_hang_up.items():
        call = board.ledger.find(call_id)
        if call is not None and call.dialog:
            phones.hang_up(call, reason, moment)
            board.put(replace(call, invite=""))


def placed(
    board: Board, phones: Telephones, call_id: CallId, ip: str, port: int, moment: Moment
) -> None:
    """The media process has a place for the caller: answer, and let the caller wait there."""
    call = board.ledger.find(call_id)
    if call is None or call.is_over:
        return
    is_moved = (call.citizen.local_ip, call.citizen.local_port) != (ip, port)
    if is_moved:
        call = replace(call, citizen=replace(call.citizen, local_ip=ip, local_port=port))
    if not call.invite:
        if is_moved and call.is_answered:
            call = phones.move(call, moment)
        board.put(call)
        return
    if call.at_desk and not call.desks:
        phones.announce(call, moment)
    else:
        call = phones.accept(call, moment)
    board.put(call)
    board.queue(call, moment)


def displaced(board: Board, call_id: CallId, key: str) -> None:
    """The media process refuses the caller's leg: its port is taken, or its address unusable."""
    call = board.ledger.find(call_id)
    if call is None or call.is_over:
        return
    if key == "port-taken":  # take another one; `placed` tells the telephone
        board.put(replace(call, citizen=replace(call.citizen, local_port=None)))
    elif key == "address":  # wait for its packets and answer to where they come from
        board.put(replace(call, citizen=replace(call.citizen, ip=None, port=None)))


def redistribute(board: Board, call_id: CallId) -> None:
    """Its media process is full: a caller who has no place yet may get one in another."""
    call = board.ledger.find(call_id)
    if call is not None and call.citizen.local_port is None:
        board.put(replace(call, shard=board.choose_shard()))


def _invited(board: Board, phones: Telephones, invite: events.Invite, moment: Moment) -> None:
    settings = board.settings
    trunk = board.gate.find(invite.source, invite.transport)
    if trunk is None:
        board.counts.strangers += 1
        phones.refuse(invite.request, 403, moment)
        return
    is_full = board.ledger.count_in_hand() >= settings.calls_max
    board.counts.calls += 1
    call = _offered(board, invite, trunk, moment)
    phones.own(call)
    if is_full:
        board.counts.full += 1
        board.end(call.id, "switch", "full", moment)
    else:
        phones.ring(call, moment)


def _refused(board: Board, event: events.RefusedInvite, moment: Moment) -> None:
    """SIP has refused it already; that somebody tried, and why it failed, is on record."""
    board.counts.refused_invites += 1
    invite, refusals = event.invite, board.refusals
    trunk = board.gate.find(invite.source, invite.transport)
    if trunk is None:
        board.counts.strangers += 1
        return
    host, now = invite.source.host, moment.now
    if refusals.is_repeat(host, invite.call_id, now):
        return
    if not refusals.may_record(trunk.key, host, invite.call_id, now):
        board.counts.off_record += 1
        return
    call = _offered(board, invite, trunk, moment)
    reason = _REFUSED.get(event.status, f"refused_{event.status}")
    board.end(call.id, "switch", reason, moment)


def _offered(board: Board, invite: events.Invite, trunk: Trunk, moment: Moment) -> SpooledCall:
    """A new call with its first fact."""
    city = board.city
    arrival = arrival_of(
        invite,
        city.find_line,
        emergency=city.emergency.dialled[0],
        country=city.country_code,
    )
    call = _new_call(board, invite, arrival, trunk, moment)
    board.ledger.open(call)
    board.act("offer", _offer(board, call, arrival), moment)
    return board.ledger.get(call.id)


def _new_call(
    board: Board, invite: events.Invite, arrival: Arrival, trunk: Trunk, moment: Moment
) -> SpooledCall:
    line = arrival.line or board.city.emergency
    is_asked = arrival.is_training and board.settings.may_train(invite.source.host)
    leg = SipLeg(session_id=int(moment.at.timestamp()))
    return SpooledCall(
        id=CallId(board.token()),
        trunk=trunk.key,
        announcement=line.announcement or board.settings.default_announcement,
        at_desk=trunk.answer == "at_desk",
        training=trunk.training or is_asked,
        shard=board.choose_shard(),
        citizen=leg if arrival.audio is None else _described(leg, arrival.audio),
        dialog=invite.dialog,
        invite=invite.request,
    )


def _offer(board: Board, call: SpooledCall, arrival: Arrival) -> OfferCall:
    return OfferCall(
        call=call.id,
        line=(arrival.line or board.city.emergency).key,
        dialled=arrival.dialled,
        trunk=call.trunk,
        number=personal(arrival.number),
        number_withheld=arrival.is_withheld,
        place=arrival.place,
        training=call.training,
        remarks=arrival.remarks,
    )


def _described(leg: SipLeg, audio: Audio) -> SipLeg:
    """The leg as the telephone's description says; on hold it stays where it was."""
    codecs: list[Literal[0, 8]] = [8 if codec == 8 else 0 for codec in audio.codecs]
    is_nowhere = audio.address in _NOT_FOUND_ADDRESSES
    return replace(
        leg,
        ip=leg.ip if is_nowhere else audio.address,
        port=leg.port if is_nowhere else audio.port,
        codecs=tuple(codecs) or leg.codecs,
        dtmf=audio.telephone_event,
        direction=ANSWERS[audio.direction],
    )


def _reinvited(board: Board, phones: Telephones, event: events.Reinvite, moment: Moment) -> None:
    call = _call_of(board, phones, event.dialog)
    if call is None or call.citizen.local_port is None:
        phones.refuse(event.request, 491, moment)  # our own side is being moved: ask again
        return
    if event.sdp is None:
        board.put(phones.agree(call, event.request, call.citizen, moment))
        return
    audio = _readable(event.sdp)
    if audio is None:
        phones.refuse(event.request, 488, moment)
    else:
        leg = _described(call.citizen, audio)
        board.put(phones.agree(call, event.request, leg, moment))


def _acknowledged(board: Board, phones: Telephones, dialog: str, sdp: bytes | None) -> None:
    phones.changed(dialog)
    call = _call_of(board, phones, dialog)
    audio = _readable(sdp) if sdp is not None else None
    if call is not None and audio is not None:
        board.put(replace(call, citizen=_described(call.citizen, audio)))


def _parted(
    board: Board,
    phones: Telephones,
    event: events.Bye | events.Cancel | events.Timeout | events.Response,
    moment: Moment,
) -> None:
    """A dialog ends, or a request of ours got its answer."""
    match event:
        case events.Bye(dialog=dialog, reason=reason):
            _gone(board, phones, dialog, reason or "bye", moment)
        case events.Cancel(dialog=dialog, is_initial=True, reason=reason):
            _gone(board, phones, dialog, reason or "cancelled", moment)
        case events.Timeout(dialog=dialog, method="ACK"):
            _gone(board, phones, dialog, "no_ack", moment)
        case events.Timeout(dialog=dialog, method="OPTIONS"):
            _gone(board, phones, dialog, "probe_unanswered", moment)
        case events.Response(dialog=dialog, is_ended=True):
            _gone(board, phones, dialog, "dialog_lost", moment)
        case events.Response(dialog=dialog, sdp=bytes() as sdp, status=200):
            _acknowledged(board, phones, dialog, sdp)  # to our re-INVITE
        case _:
            phones.changed(event.dialog)


def _gone(board: Board, phones: Telephones, dialog: str, reason: str, moment: Moment) -> None:
    """The telephone hung up, or is lost for good: either way the caller is gone."""
    phones.changed(dialog)
    call = _call_of(board, phones, dialog)
    if call is not None and not call.is_over:
        board.end(call.id, "caller", reason, moment)


def _informed(board: Board, phones: Telephones, dialog: str, body: bytes, moment: Moment) -> None:
    phones.changed(dialog)
    call = _call_of(board, phones, dialog)
    key = _INFO_KEY.match(body)
    if call is not None and key is not None:
        pressed = key[1].decode("ascii").upper()
        signal(board, call.id, pressed, f"info/{len(call.facts)}", moment)


def _call_of(board: Board, phones: Telephones, dialog: str) -> SpooledCall | None:
    call = phones.find_call(dialog)
    return None if call is None else board.ledger.find(call)


def _readable(sdp: bytes) -> Audio | None:
    """Audio that we can speak, else None."""
    try:
        audio = read_audio(sdp)
    except ParseError:
        return None
    return audio if audio is not None and audio.codecs and audio.port else None
