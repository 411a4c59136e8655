"""What telephones do: a call comes in, is answered, changes, ends.

Each function takes one event of the SIP stack and changes the board; nothing is sent before the
board was committed. An INVITE from a trunk rings and is on record whatever becomes of it, also
when all lines are full; one that SIP itself has to refuse is on record as such.
"""

from collections.abc import Iterator
from typing import TypeVar, assert_never

from msgspec.structs import replace

from kentongan.core.words import CallId
from kentongan.edge.switch import (
    admission,
    changing,
    dialling,
    endings,
    families,
    offering,
    references,
    referring,
    replacing,
    subscribing,
    texting,
    wall,
)
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.faults import Caught, uncaught
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import SpooledCall
from kentongan.edge.switch.telephones import Telephones
from kentongan.sip import events
from kentongan.sip.unmatched import NO_FAMILY, unmatched

NOT_SUBSCRIBED = 481
"""What a NOTIFY gets that nobody waits for (RFC 6665 section 4.1.3)."""

NOT_IN_HAND = 481
"""What is answered to a request within a call that is none of ours (RFC 3261 section 12.2.2)."""

LOOP_DETECTED = 482
"""What a call of ours gets that comes back to us (RFC 3261 section 8.2.2.2)."""

Key = TypeVar("Key")
Value = TypeVar("Value")

Within = (
    events.Reinvite
    | events.Update
    | events.Prack
    | events.Bye
    | events.Cancel
    | events.Timeout
    | events.Response
    | events.Ack
    | events.Info
    | events.Message
    | events.Refer
    | events.Referred
    | events.ProbeFailed
    | events.SessionExpired
    | events.Changed
)


def take(board: Board, phones: Telephones, event: events.Event, moment: Moment) -> None:
    """One event of the SIP stack."""
    if dialling.take(board, phones, event, moment):
        return
    match event:
        case events.Invite():
            _invited(board, phones, event, moment)
        case events.RefusedInvite():
            offering.refused(board, event, moment)
        case events.OtherRequest(dialog=dialog, method=method, answered=answered):
            board.counts.refused_invites += method == "INVITE" and (answered or 0) >= 400
            if event.is_foreign:
                told = f"{method} in a call of another trunk got 481"
                board.notices.say("other_trunk", event.source.host, told)
            elif method == "NOTIFY" and answered == NOT_SUBSCRIBED:
                told = "a NOTIFY of nothing that was asked for got 481"
                board.notices.say("notify_unasked", event.source.host, told)
            elif method == "BYE" and answered == NOT_IN_HAND:
                board.notices.say("bye_unknown", event.source.host, "a BYE of no call got 481")
            phones.changed(dialog)
        case events.Malformed():
            offering.unreadable(board, event, moment)
        case events.Options():
            pass
        case events.Notified() | events.SubscriptionEnded():
            subscribing.take(board, event, moment)
        case _:
            _take_within(board, phones, event, moment)


def _take_within(board: Board, phones: Telephones, event: Within, moment: Moment) -> None:
    """Something within a dialog."""
    phones.changed(event.dialog)
    match event:
        case events.Reinvite() | events.Update() | events.Prack():
            changing.described(board, phones, event, moment)
        case events.Bye() | events.Cancel() | events.Timeout() | events.Response():
            _parted(board, phones, event, moment)
        case events.Ack(dialog=dialog, sdp=sdp):
            changing.acknowledged(board, phones, dialog, sdp)
        case events.Info() | events.Message():
            changing.informed(board, phones, event, moment)
        case events.Refer():
            referring.take(board, phones, event, moment)
        case events.ProbeFailed(dialog=dialog):
            _gone(board, phones, dialog, "probe_failed", moment)
        case events.SessionExpired(dialog=dialog):
            _expired(board, phones, dialog, moment)
        case events.Referred():
            dialling.handed_over(board, phones, event, moment)
        case events.Changed():
            pass
        case _:
            assert_never(event)


def settle(board: Board, phones: Telephones, moment: Moment, caught: Caught = uncaught) -> None:
    """Let telephones follow what became of their calls: answered at a desk, or over.

    Each is taken off its list first and dealt with on its own: one call's fault costs the others
    nothing.
    """
    for (call_id, party), _ in _taken(board.to_ring):
        with caught("ringing a party"):
            dialling.begin(board, call_id, party, moment)
    for (call_id, desk), _ in _taken(board.to_ring_wall):
        with caught("ringing a telephone on the wall"):
            wall.begin(board, call_id, desk, moment)
    for call_id, _ in _taken(board.to_accept):
        with caught("answering a telephone"):
            _accept(board, phones, call_id, moment)
    for call_id, reason in _taken(board.to_hang_up):
        with caught("hanging up a telephone"):
            _hang_up(board, phones, call_id, reason, moment)
    for call_id, party in _taken(board.to_refer):
        with caught("handing a call over"):
            dialling.hand_over(board, phones, call_id, party, moment)
    for _ in range(len(board.to_subscribe)):
        with caught("asking to be told where a caller is"):
            subscribing.begin(board, phones, board.to_subscribe.pop(0), moment)
    with caught("being told no more where callers are"):
        subscribing.end(board, phones, moment)
    for _ in range(len(board.to_press)):
        _, dialog, keys = board.to_press.pop(0)
        with caught("pressing keys"):
            phones.press(dialog, keys, moment)
    for _ in range(len(board.to_part)):
        call_id, leg = board.to_part.pop(0)
        with caught("parting with a telephone"):
            referring.let_go(board, phones, call_id, leg, moment)
            phones.part(call_id, leg, moment)


def _taken(table: dict[Key, Value]) -> Iterator[tuple[Key, Value]]:
    """What stands there now, each taken off as its turn comes; what is added waits."""
    for key in tuple(table):
        yield key, table.pop(key)


def _accept(board: Board, phones: Telephones, call_id: CallId, moment: Moment) -> None:
    call = board.ledger.find(call_id)
    if call is not None and call.invite and call.citizen.has_place:
        board.put(phones.accept(call, moment))


def _hang_up(
    board: Board, phones: Telephones, call_id: CallId, reason: str, moment: Moment
) -> None:
    call = board.ledger.find(call_id)
    if call is not None and (call.dialog or call.calling):
        phones.hang_up(call, reason, moment)
        board.put(replace(call, invite=""))


def resume(board: Board, phones: Telephones, call: SpooledCall, moment: Moment) -> None:
    """A call of before a restart: whoever's dialog is gone is gone themselves."""
    if call.is_over or call.page is not None:
        return
    named = call.dialog or call.calling
    if phones.find_call(named) is None and (named or not call.is_placed_by_us):
        board.end(call.id, "caller", "dialog_lost", moment)
        return
    for leg in call.parties:
        dialling.resume(board, phones, call, leg, moment)
    references.resume(board, call)
    subscribing.resume(board, call)


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
    _has_place(board, phones, call, moment, is_moved=is_moved)


def text_placed(
    board: Board, phones: Telephones, call_id: CallId, ip: str, port: int, moment: Moment
) -> None:
    """The same for the caller's text."""
    call = board.ledger.find(call_id)
    if call is None or call.is_over or call.citizen.text is None:
        return
    leg = call.citizen
    is_moved = (leg.local_ip, call.citizen.text.local_port) != (ip, port)
    if is_moved:
        text = replace(call.citizen.text, local_port=port)
        call = replace(call, citizen=replace(leg, local_ip=ip, text=text))
    _has_place(board, phones, call, moment, is_moved=is_moved)


def _has_place(
    board: Board, phones: Telephones, call: SpooledCall, moment: Moment, *, is_moved: bool
) -> None:
    if not call.citizen.has_place:  # its other medium is still to come
        board.put(call)
        return
    if call.is_placed_by_us and not call.is_answered:
        board.put(dialling.ring_person(board, phones, call, moment))
        return
    if call.pending:
        call = phones.agree_late(call, moment)
    elif not call.invite and is_moved and call.is_answered:
        call = phones.move(call, moment)
    if not call.invite:
        board.put(call)
        return
    if call.at_desk and not call.desks:
        if not call.is_offerless:  # a first offer may stand in no unreliable 183 (RFC 3261 13.2.1)
            phones.announce(call, moment)
    else:
        call = phones.accept(call, moment)
    board.put(call)
    texting.greet(board, call)
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
    if call is not None and not call.citizen.has_place:
        board.put(replace(call, shard=board.choose_shard()))


def crowded_out(board: Board, call_id: CallId, moment: Moment) -> None:
    """No media process has a place, against our own count: the trunk may try elsewhere, at once.

    Only for a telephone that is not answered yet. Any other call waits for a place.
    """
    call = board.ledger.find(call_id)
    if call is not None and call.invite and not call.citizen.has_place:
        board.counts.full += 1
        board.end(call_id, "switch", "full", moment)


def _invited(board: Board, phones: Telephones, invite: events.Invite, moment: Moment) -> None:
    trunk = board.gate.find(invite.source, invite.transport)
    if trunk is None:
        board.counts.strangers += 1
        board.notices.say("stranger", invite.source.host, "an INVITE got 403")
        phones.refuse(invite.request, 403, moment)
        return
    if replacing.take(board, phones, invite, trunk, moment):
        return
    if phones.is_our_own(invite):  # whoever we ring would be ourselves, and take line after line
        board.counts.refused_invites += 1
        told = "a call that we make came back and got 482; see sip.trunks, sip.wall_telephones"
        board.notices.say("loop_detected", invite.source.host, told)
        phones.refuse(invite.request, LOOP_DETECTED, moment)
        return
    board.counts.calls += 1
    call = offering.offered(board, invite, trunk, moment)
    phones.own(call)
    if trunk.srtp == "required" and invite.sdp is not None and call.citizen.is_in_clear:
        told = "a call in clear on a trunk that requires SRTP; it rings"
        board.notices.say("srtp_not_offered", invite.source.host, told)
    if not call.citizen.formats and call.citizen.text is None and invite.sdp is not None:
        cause = unmatched(invite.sdp).key
        board.notices.say(cause, invite.source.host, "an INVITE got 488")
        board.end(call.id, "switch", cause, moment)
    elif not families.is_heard(call.citizen, invite.source.host, board.settings.media_hosts):
        told = "an INVITE got 488: sound is bound on the other IP version alone; see media.host_v6"
        board.notices.say(NO_FAMILY.key, invite.source.host, told)
        board.end(call.id, "switch", NO_FAMILY.key, moment)
    elif not admission.finds_line(board, call, moment):
        board.counts.full += 1
        board.notices.say("full", invite.source.host, "no line is free for this caller")
        board.end(call.id, "switch", "full", moment)
    else:
        phones.ring(call, moment)


def _parted(
    board: Board,
    phones: Telephones,
    event: events.Bye | events.Cancel | events.Timeout | events.Response,
    moment: Moment,
) -> None:
    """A dialog ends, or a request of ours got its answer."""
    match event:
        case events.Bye(dialog=dialog, reason=reason):
            _gone(board, phones, dialog, endings.of_bye(reason), moment)
        case events.Cancel(dialog=dialog, is_initial=True, reason=reason):
            _gone(board, phones, dialog, endings.of_cancel(reason), moment)
        case events.Timeout(dialog=dialog, method="ACK"):
            _gone(board, phones, dialog, "no_ack", moment)
        case events.Response(dialog=dialog, is_ended=True):
            _gone(board, phones, dialog, "dialog_lost", moment)
        case events.Response(dialog=dialog, method="INVITE", sdp=sdp, status=200):
            changing.agreed(board, phones, dialog, sdp)  # to our re-INVITE
        case _:
            pass


def _gone(board: Board, phones: Telephones, dialog: str, reason: str, moment: Moment) -> None:
    """The telephone hung up, or is lost for good: either way the caller is gone."""
    call = changing.call_of(board, phones, dialog)
    if call is None or call.is_over or dialling.lost(board, call, dialog, moment):
        return
    if call.dialog != dialog:  # its place was taken by another telephone
        return
    board.end(call.id, "caller", reason, moment)


def _expired(board: Board, phones: Telephones, dialog: str, moment: Moment) -> None:
    """Nobody refreshed the session (RFC 4028). A caller who is heard is not hung up for that."""
    call = changing.call_of(board, phones, dialog)
    if call is not None and call.telephone(dialog).silent_since is not None:
        _gone(board, phones, dialog, "session_expired", moment)
