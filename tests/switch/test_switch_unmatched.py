"""A 488 says what was missing: to the other side, in the record and in the log."""

import logging
from pathlib import Path

import pytest
from switch_playbook import CENTRE, DESK, OFFER, Playbook

from kentongan.core.commands import AnswerCall, CallBack
from kentongan.core.events import CallEnded
from kentongan.core.words import CallId, Personal
from kentongan.edge.switch import families, signalling
from kentongan.edge.switch.bridge import Phone
from kentongan.edge.switch.descriptions import phone_of
from kentongan.edge.switch.record import SipLeg
from kentongan.edge.switch.routes import LiteralReach, find_route
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip import events
from kentongan.sip.crypto import Crypto
from kentongan.sip.sdp import Session, write_audio

HEAD = OFFER.partition(b"m=audio")[0]
VIDEO = HEAD + b"m=video 4002 RTP/AVP 31\r\n"
OPUS = HEAD + b"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 opus/48000/2\r\n"
SEALED = HEAD + b"m=audio 4000 RTP/SAVP 8\r\n"
GCM = b"a=crypto:1 AEAD_AES_128_GCM inline:" + b"A" * 38 + b"==\r\n"
SIX = write_audio(Session("2001:db8::7", 4000, session_id=7))
TEXT_SEALED = HEAD + b"m=text 4004 RTP/SAVP 98\r\na=rtpmap:98 t140/1000\r\n" + GCM
OWN_SUITE = SEALED + b"a=crypto:1 F8_128_HMAC_SHA1_80 inline:" + b"A" * 40 + b"\r\n"
DTLS = HEAD + b"m=audio 4000 UDP/TLS/RTP/SAVPF 8\r\na=fingerprint:sha-256 AB:CD\r\n"
BROKEN = HEAD + b"m=audio zero RTP/AVP 8\r\n"
CAUSES = [
    (SIX, "no_media_family", '301 kentongan "no sound over this IP version'),
    (VIDEO, "no_audio_offered", '304 kentongan "no audio is offered"'),
    (OPUS, "no_common_codec", '305 kentongan "PCMA, PCMU and G722 only"'),
    (SEALED, "no_usable_srtp_key", '399 kentongan "SRTP needs a=crypto with AES_CM_128'),
    (OWN_SUITE, "no_usable_srtp_key", '399 kentongan "SRTP needs a=crypto with AES_CM_128'),
    (DTLS, "dtls_srtp_offered", '399 kentongan "DTLS-SRTP is not taken; offer RTP/SAVP'),
    (TEXT_SEALED, "no_usable_srtp_key", '399 kentongan "SRTP needs a=crypto with AES_CM_128'),
]


def _refusal(book: Playbook) -> str:
    """The last answer to the telephone, which must be a 488."""
    answer = book.told(events.Response)[-1]
    assert answer.status == 488
    return answer.raw.decode()


@pytest.mark.parametrize(("offer", "cause", "warning"), CAUSES)
def test_a_new_call_is_refused_with_its_own_cause(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, offer: bytes, cause: str, warning: str
) -> None:
    """One word in Warning, record, log and health."""
    book = Playbook(tmp_path)
    with caplog.at_level(logging.WARNING):
        call = book.ring(offer)
    assert f"\r\nWarning: {warning}" in _refusal(book)
    ended = call.facts[-1].event
    assert isinstance(ended, CallEnded)
    assert (ended.by, ended.reason) == ("switch", cause)
    assert f"127.0.0.2: {cause}: " in caplog.text
    assert book.board.notices.counts == {cause: 1}


@pytest.mark.parametrize(
    ("offer", "cause", "warning"),
    [*CAUSES, (BROKEN, "sdp_unreadable", '399 kentongan "the offer cannot be read"')],
)
def test_a_change_is_refused_with_its_own_cause_and_the_call_goes_on(
    tmp_path: Path, offer: bytes, cause: str, warning: str
) -> None:
    """The same words; who talks goes on talking as before."""
    book = Playbook(tmp_path)
    book.ring()
    leg = book.place().citizen
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    book.phone.request(book.phone_dialog, "INVITE", now=book.elapsed_s, body=offer)
    book.flush()
    assert f"\r\nWarning: {warning}" in _refusal(book)
    assert book.board.notices.counts == {cause: 1}
    assert (book.state, book.call.citizen) == ("answered", leg)


def test_sound_of_the_family_that_we_speak_is_taken(tmp_path: Path) -> None:
    """Where sound is bound on IPv6, IPv4 is what is refused; the other rings."""
    book = Playbook(tmp_path, media_host="2001:db8::1")
    book.ring(SIX)
    assert (book.state, book.statuses) == ("offered", [180])
    other = Playbook(tmp_path / "other", media_host="2001:db8::1")
    assert isinstance(other.ring(OFFER).facts[-1].event, CallEnded)


def test_a_telephone_that_names_no_place_counts_by_where_it_calls_from() -> None:
    """Offerless, on hold, or with an address of no use: its packets could come from there alone."""
    for ip in (None, "0.0.0.0", "::"):
        leg = SipLeg(ip=ip)
        assert families.is_heard(leg, "192.0.2.7", ("192.0.2.1",))
        assert not families.is_heard(leg, "2001:db8::7", ("192.0.2.1",))
        assert families.is_heard(leg, "2001:db8::7", ("2001:db8::1",))
    assert families.is_heard(SipLeg(ip="192.0.2.9"), "2001:db8::7", ("192.0.2.1",))


def test_who_answers_with_sound_that_cannot_come_is_not_in_the_call(tmp_path: Path) -> None:
    """A desk that rings somebody is told, and talks to no telephone that hears nothing."""
    book = Playbook(tmp_path)
    number = Personal(text="081234567890")
    book.ask(CallBack(call=CallId("b"), number=number, line="112", trunk="", desk=DESK))
    book.place(40_002)
    invite = next(one for one in book.agency_heard if isinstance(one, events.Invite))
    book.agency.respond(invite.request, 200, now=book.elapsed_s, body=SIX)
    book.flush()
    assert (book.state, book.facts[-1]) == ("ended", "call.ended")
    assert any(isinstance(one, events.Bye) for one in book.agency_heard)


def test_nobody_is_rung_who_could_not_be_heard() -> None:
    """A trunk of the other family leads nowhere; the next one is taken."""
    six = Trunk(key="six", host="2001:db8::7")
    four = Trunk(key="four", host="192.0.2.7")

    def way(*trunks: Trunk, media_host: str) -> str | None:
        reach = LiteralReach()
        route = find_route(
            trunks, reach, "0241", own_host="192.0.2.1", line="112", media_hosts=(media_host,)
        )
        return None if route is None else route.trunk.key

    assert way(six, four, media_host="192.0.2.1") == "four"
    assert way(six, media_host="192.0.2.1") is None
    assert way(six, four, media_host="2001:db8::1") == "six"


def test_another_telephone_without_sound_for_us_is_told_why(tmp_path: Path) -> None:
    """INVITE with Replaces: without a codec of ours, and with text for a call that has none."""
    book = Playbook(tmp_path)
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    call_id, ours, theirs = book.call.dialog.split("|")
    headers = (("Replaces", f"{call_id};to-tag={ours};from-tag={theirs}"),)
    book.phone.invite("sip:meja@127.0.0.1", OPUS, now=0.0, peer=CENTRE, headers=headers)
    book.flush()
    assert '305 kentongan "PCMA, PCMU and G722 only"' in _refusal(book)
    book.phone.invite("sip:meja@127.0.0.1", SIX, now=0.0, peer=CENTRE, headers=headers)
    book.flush()
    assert "301 kentongan" in _refusal(book)
    assert book.board.notices.counts == {"no_common_codec": 1, "no_media_family": 1}


def test_a_call_in_clear_rings_on_a_trunk_that_wants_srtp_and_is_said(tmp_path: Path) -> None:
    """A call for help is never refused for its missing key; the carrier is to be asked."""
    book = Playbook(tmp_path, trunks=[SEALED_TRUNK])
    book.ring()
    assert (book.state, book.statuses) == ("offered", [180])
    assert book.board.notices.counts == {"srtp_not_offered": 1}


SEALED_TRUNK = {"key": "sealed", "networks": ["127.0.0.2/32"], "srtp": "required"}
THEIRS = Crypto(1, "AES_CM_128_HMAC_SHA1_80", "D" * 40)
WITH_KEY = write_audio(Session("127.0.0.2", 4000, session_id=7, crypto=(THEIRS,)))


def test_a_call_with_a_key_does_not_go_on_in_clear(tmp_path: Path) -> None:
    """A change to RTP in clear is refused and said; the call goes on sealed as it was."""
    book = Playbook(tmp_path, trunks=[SEALED_TRUNK])
    book.ring(WITH_KEY)
    leg = book.place().citizen
    assert leg.crypto_in == THEIRS.key
    book.phone.request(book.phone_dialog, "INVITE", now=book.elapsed_s, body=OFFER)
    book.flush()
    assert 'Warning: 399 kentongan "this call has SRTP' in _refusal(book)
    assert book.board.notices.counts == {"srtp_not_offered": 1}
    assert book.call.citizen == leg


@pytest.mark.parametrize("answer", [OFFER, WITH_KEY])
def test_an_answer_to_our_key_is_sealed_or_said(tmp_path: Path, answer: bytes) -> None:
    """Nothing is sent before; an answer in clear is heard in clear, as a call in clear is."""
    book = Playbook(tmp_path, trunks=[SEALED_TRUNK])
    book.ring(b"")
    book.place()
    assert (book.call.citizen.crypto is not None, _phone(book).sends) == (True, False)
    acknowledged = events.Ack(dialog=book.call.dialog, sdp=answer)
    signalling.take(book.board, book.phones, acknowledged, book.moment)
    is_sealed = answer == WITH_KEY
    assert (_phone(book).srtp is not None, _phone(book).sends) == (is_sealed, True)
    assert book.call.citizen.is_in_clear is not is_sealed
    assert book.board.notices.counts == ({} if is_sealed else {"srtp_not_offered": 1})


def _phone(book: Playbook) -> Phone:
    return phone_of(book.call.citizen, ())
