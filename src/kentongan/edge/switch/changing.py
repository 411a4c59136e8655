"""What a telephone changes during a call: its address, its codec, hold, keys, a line of text.

Each comes within a dialog, of the caller or of a party; a change of one never touches another.
What cannot be agreed is refused, and the call goes on as it was.
"""

import re

from msgspec.structs import replace

from kentongan.core.commands import TextCall
from kentongan.core.words import personal
from kentongan.edge.switch import families, telling
from kentongan.edge.switch.arrival import readable_text, seen_from
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.descriptions import is_in_clear_against, readable
from kentongan.edge.switch.hearing import INFO, signal
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import SipLeg, SpooledCall
from kentongan.edge.switch.telephones import Telephones
from kentongan.edge.switch.text_side import taking, taking_answers
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip import events
from kentongan.sip.sdp import Audio
from kentongan.sip.text_line import Text
from kentongan.sip.unmatched import KEY_LOST, NO_FAMILY, Mismatch, unmatched

TEXT_BYTES_MAX = 4_000
"""One line of typed text; more of it is cut."""

Described = events.Reinvite | events.Update | events.Prack

_INFO_KEY = re.compile(rb"\s*(?:Signal\s*=\s*)?([0-9*#A-D])\s*(?:[\r\n;]|\Z)", re.IGNORECASE)
"""A key in the body of an INFO: `application/dtmf-relay` and `application/dtmf`."""


def described(board: Board, phones: Telephones, event: Described, moment: Moment) -> None:
    """The telephone changes the session, or asks for our description of it."""
    if not event.request:
        if event.sdp is not None:
            acknowledged(board, phones, event.dialog, event.sdp)
        return
    call = call_of(board, phones, event.dialog)
    before = None if call is None else call.telephone(event.dialog)
    if call is None or before is None or not before.has_place:
        phones.refuse(event.request, 491, moment)  # our own side is being moved: ask again
        return
    leg = before
    if event.sdp is not None:
        trunk = board.find_trunk(call.trunk_of(event.dialog))
        said = _offered(phones, call, event.dialog, event.sdp)
        taken = taking(before, event.sdp, said, trunk, board.new_key)
        mismatch = _mismatch(board, before, taken, event.sdp, trunk)
        if taken is None or mismatch is not None:
            assert mismatch is not None  # noqa: S101
            board.notices.say(mismatch.key, _host(phones, event.dialog), "a change got 488")
            phones.refuse(event.request, 488, moment, mismatch.headers)
            return
        leg = taken
    if not leg.has_place:  # text, or sound, comes to it: answered as soon as it has a place
        board.put(replace(call.with_telephone(event.dialog, leg), pending=event.request))
        return
    agreed = phones.agree_to(event.request, before, leg, moment)
    board.put(call.with_telephone(event.dialog, agreed))


def _mismatch(
    board: Board, before: SipLeg, taken: SipLeg | None, sdp: bytes, trunk: Trunk | None
) -> Mismatch | None:
    """Why that change cannot be taken; None where it can."""
    if taken is None:
        return unmatched(sdp)
    if _loses_key(before, taken, trunk):
        return KEY_LOST
    is_heard = families.is_heard(taken, before.ip or "", board.settings.media_hosts)
    return None if is_heard else NO_FAMILY


def _loses_key(before: SipLeg, taken: SipLeg, trunk: Trunk | None) -> bool:
    """Whether a call whose sound was sealed would go on in clear where its trunk forbids it."""
    is_sealed = bool(before.crypto_in)
    return is_sealed and taken.is_in_clear and trunk is not None and trunk.srtp == "required"


def acknowledged(board: Board, phones: Telephones, dialog: str, sdp: bytes | None) -> None:
    """The telephone has our answer, or its own comes with it."""
    call = call_of(board, phones, dialog)
    audio = _reachable(phones, dialog, sdp)
    if call is None or sdp is None:
        return
    leg = call.telephone(dialog)
    if audio is not None or (leg.text is not None and not leg.has_audio):
        host = _host(phones, dialog)
        if audio is not None and is_in_clear_against(leg, audio):
            board.notices.say(KEY_LOST.key, host, "our offer of SRTP was answered in clear")
        if audio is not None and not families.is_reached(leg, audio.address):
            board.notices.say(NO_FAMILY.key, host, "an answer has sound on the other IP version")
        board.put(call.with_telephone(dialog, taking_answers(leg, audio, sdp, host)))


def agreed(board: Board, phones: Telephones, dialog: str, sdp: bytes | None) -> None:
    """200 to a re-INVITE of ours: the caller's telephone knows what we described."""
    acknowledged(board, phones, dialog, sdp)
    call = call_of(board, phones, dialog)
    if call is not None:
        telling.taken(board, call.id, dialog)


def _offered(
    phones: Telephones, call: SpooledCall, dialog: str, sdp: bytes
) -> tuple[Audio | None, Text | None]:
    """What the offer has for us: sound, and of the caller text."""
    text = readable_text(sdp, _host(phones, dialog)) if dialog == call.dialog else None
    return _reachable(phones, dialog, sdp), text


def _host(phones: Telephones, dialog: str) -> str:
    known = phones.stack.dialogs.get(dialog)
    return "" if known is None else known.peer.host


def _reachable(phones: Telephones, dialog: str, sdp: bytes | None) -> Audio | None:
    """Audio that we can speak, its address taken for what it is worth from here."""
    audio, known = readable(sdp), phones.stack.dialogs.get(dialog)
    return audio if audio is None or known is None else seen_from(audio, known.peer.host)[0]


def informed(
    board: Board, phones: Telephones, event: events.Info | events.Message, moment: Moment
) -> None:
    """Keys by INFO, or a typed line; only the caller's count."""
    call = call_of(board, phones, event.dialog)
    if call is None or call.dialog != event.dialog:
        return
    if isinstance(event, events.Message):
        _text(board, call, event, moment)
        return
    key = _INFO_KEY.match(event.body)
    if key is not None:
        pressed = key[1].decode("ascii").upper()
        signal(board, call.id, pressed, f"{INFO}{len(call.facts)}", moment)


def _text(board: Board, call: SpooledCall, event: events.Message, moment: Moment) -> None:
    is_text = not event.content_type or event.content_type.lower().startswith("text/plain")
    words = event.body[:TEXT_BYTES_MAX].decode("utf-8", "replace").strip() if is_text else ""
    if words:
        text = personal(words)
        assert text is not None  # noqa: S101 -- there are words
        board.act("text", TextCall(call=call.id, by="caller", text=text), moment)


def call_of(board: Board, phones: Telephones, dialog: str) -> SpooledCall | None:
    """The call of a dialog, as long as it is in hand."""
    call = phones.find_call(dialog)
    return None if call is None else board.ledger.find(call)
