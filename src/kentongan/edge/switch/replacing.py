"""A telephone takes another one's place in a call: INVITE with Replaces (RFC 3891).

So ends an attended transfer at an agency's exchange, and so does a caller's own exchange move a
call to another telephone. The dialog must be one of ours that is answered, and the INVITE must come
over the trunk that has it (section 3 asks for who may): otherwise 481 and 403. A call for help is
never refused for what it names; it rings as a new one.
"""

from msgspec.structs import replace

from kentongan.edge.switch import families
from kentongan.edge.switch.arrival import readable_text, seen_from
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.descriptions import description_of, readable
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import SipLeg, SpooledCall
from kentongan.edge.switch.telephones import Telephones
from kentongan.edge.switch.text_side import taking
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip import events
from kentongan.sip.unmatched import NO_FAMILY, Mismatch, unmatched

UNKNOWN, FORBIDDEN, NOTHING_COMMON = 481, 403, 488

OTHER_MEDIA = Mismatch("media_not_of_this_call", '399 kentongan "only media that the call has"')
"""Text for a call without, or sound for one of text alone: it has no place there."""


def take(
    board: Board, phones: Telephones, invite: events.Invite, trunk: Trunk, moment: Moment
) -> bool:
    """Whether the INVITE is dealt with: it has the other's place, or is refused."""
    if not invite.replaces:
        return False
    call = _call_of(board, phones, invite.replaces)
    status = _refusal(call, invite.replaces, trunk)
    leg = None if call is None or status else _leg(board, call, invite, trunk)
    if call is not None and isinstance(leg, SipLeg):
        _change_places(board, phones, call, invite, leg, moment)
        return True
    if invite.is_emergency:
        return False
    if isinstance(leg, Mismatch):
        board.notices.say(leg.key, invite.source.host, "an INVITE with Replaces got 488")
        phones.refuse(invite.request, NOTHING_COMMON, moment, leg.headers)
    else:
        phones.refuse(invite.request, status, moment)
    return True


def _call_of(board: Board, phones: Telephones, dialog: str) -> SpooledCall | None:
    call_id = phones.find_call(dialog)
    return None if call_id is None else board.ledger.find(call_id)


def _refusal(call: SpooledCall | None, dialog: str, trunk: Trunk) -> int:
    """0 where nothing stands against it."""
    if call is None or call.is_over:
        return UNKNOWN
    is_caller = call.dialog == dialog and call.is_answered
    if not is_caller and all(leg.dialog != dialog for leg in call.parties):
        return UNKNOWN
    return 0 if call.trunk_of(dialog) == trunk.key else FORBIDDEN


def _leg(board: Board, call: SpooledCall, invite: events.Invite, trunk: Trunk) -> SipLeg | Mismatch:
    """The new telephone at the media address of the old one; else why it cannot be there."""
    before, host = call.telephone(invite.replaces), invite.source.host
    if invite.sdp is None:
        return before  # we offer what was agreed; its answer comes with the ACK
    audio = readable(invite.sdp)
    heard = None if audio is None else seen_from(audio, host)[0]
    text = readable_text(invite.sdp, host) if before.text is not None else None
    leg = taking(before, invite.sdp, (heard, text), trunk, board.new_key)
    if leg is None:
        return unmatched(invite.sdp)
    if not families.is_heard(leg, host, board.settings.media_hosts):
        return NO_FAMILY
    return leg if leg.has_place else OTHER_MEDIA


def _change_places(
    board: Board,
    phones: Telephones,
    call: SpooledCall,
    invite: events.Invite,
    leg: SipLeg,
    moment: Moment,
) -> None:
    old, new = invite.replaces, invite.dialog
    leg = replace(leg, session_version=leg.session_version + 1, probed_at=None, present_at=None)
    if call.dialog == old:
        call = replace(call, dialog=new, citizen=leg, pending="")
    else:
        parties = tuple(
            replace(one, dialog=new, leg=leg) if one.dialog == old else one for one in call.parties
        )
        call = replace(call, parties=parties)
    phones.also(new, call.id)
    phones.stack.respond(invite.request, 200, now=moment.now, body=description_of(leg))
    board.put(call)
    phones.leave(call.id, old, "", moment)
