"""Calls with something odd in them ring; those that cannot are on record, and said once."""

import logging
from pathlib import Path

import pytest
from switch_playbook import DESK, OFFER, PHONE, Playbook

from kentongan.core.commands import AnswerCall
from kentongan.edge.switch import signalling
from kentongan.edge.switch.board import Counts
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.strangers import Strangers
from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.sdp import read_audio

INVITE = (
    b"INVITE sip:112@127.0.0.1 SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.2:5099;branch=z9hG4bK%d\r\n"
    b"From: <sip:081234567890@127.0.0.2>;tag=p\r\nTo: <sip:112@127.0.0.1>\r\n"
    b"Call-ID: odd-%d\r\nCSeq: 1 INVITE\r\nContact: <sip:081234567890@127.0.0.2:5099>\r\n"
    b"Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n"
)
CUT = OFFER[:20]
EMPTY = b"v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nt=0 0\r\n"
VIDEO = EMPTY + b"c=IN IP4 127.0.0.2\r\nm=video 4002 RTP/AVP 31\r\n"


def invite(number: int = 1, body: bytes = OFFER, length: int | None = None) -> bytes:
    """An INVITE as octets."""
    return INVITE % (number, number, len(body) if length is None else length) + body


def hear(book: Playbook, data: bytes, source: Address = PHONE) -> list[int]:
    """The switch hears it; the statuses of its answers."""
    stack = book.phones.stack
    for event in stack.receive(data, source, Transport.UDP, book.elapsed_s):
        signalling.take(book.board, book.phones, event, book.moment)
    signalling.settle(book.board, book.phones, book.moment)
    return [int(out.data.split(b" ", 2)[1]) for out in stack.drain()]


@pytest.mark.parametrize("body", [CUT, EMPTY, EMPTY + b"m=aud"], ids=["cut", "empty", "cut m="])
def test_description_of_nothing_rings_and_is_remarked(tmp_path: Path, body: bytes) -> None:
    """Cut short, or without a medium: like none at all, our answer makes the offer."""
    book = Playbook(tmp_path)
    assert hear(book, invite(body=body)) == [100, 180]
    assert "sdp_unreadable" in book.board.ledger.row(book.call.id).remarks
    signalling.placed(book.board, book.phones, book.call.id, "127.0.0.1", 40_000, book.moment)
    (answer,) = book.phones.stack.drain()
    assert answer.data.startswith(b"SIP/2.0 200 ")
    assert b"m=audio 40000 RTP/AVP 8 0" in answer.data


def test_stated_length_that_cuts_the_description_rings(tmp_path: Path) -> None:
    """Content-Length 20 ends within o=."""
    book = Playbook(tmp_path)
    assert hear(book, invite(length=20)) == [100, 180]


def test_video_alone_is_refused_on_record_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """One row for each attempt, one line for the cause; repeats are counted."""
    book = Playbook(tmp_path)
    with caplog.at_level(logging.WARNING):
        for number in (1, 1, 2):
            assert hear(book, invite(number, VIDEO)) == [488]
    rows = [book.board.ledger.row(call.id) for call in book.board.ledger]
    assert [row.number and row.number.text for row in rows] == ["081234567890"] * 2
    assert len(caplog.messages) == 1
    assert "127.0.0.2: no_audio_offered" in caplog.messages[0]
    assert book.board.notices.counts == {"no_audio_offered": 3}


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        (b"Call-ID: odd-1\r\n", b"", 400),
        (b"Via: SIP/2.0/UDP 127.0.0.2:5099", b"Via: ,;,SIP/2.0/UDP 127.0.0.2:5099", 400),
        (b"sip:112@127.0.0.1 SIP/2.0", b"sip:112@127.0.0.1 SIP/7.0", 505),
        (b"From: <sip:081", b'From: "Pak <sip:081', 400),
        (b"CSeq: 1 INVITE", b"CSeq: 99887766554433 INVITE", 400),
    ],
)
def test_unreadable_invite_is_refused_and_its_caller_can_be_rung_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, old: bytes, new: bytes, status: int
) -> None:
    """There is a row with the number, once for all repeats; the log names source and fault."""
    book = Playbook(tmp_path)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert hear(book, invite().replace(old, new, 1)) in ([status], [])
    row = book.board.ledger.row(book.call.id)
    assert row.number is not None
    assert row.number.text == "081234567890"
    assert row.ended_by == "switch"
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("127.0.0.2: unreadable: an INVITE got")
    assert book.board.notices.counts == {"unreadable": 3}


def test_what_is_no_sip_is_said_once_and_no_call(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Noise from a trunk: a line in the log, no row, no answer."""
    book = Playbook(tmp_path)
    with caplog.at_level(logging.WARNING):
        for _ in range(5):
            hear(book, b"\x16\x03\x01 what is this\r\n\r\n")
    assert list(book.board.ledger) == []
    assert len(caplog.messages) == 1
    assert book.board.counts.unreadable == 5


def test_line_that_is_no_field_is_remarked_on_the_call(tmp_path: Path) -> None:
    """The desk sees that something was left out."""
    book = Playbook(tmp_path)
    assert hear(book, invite().replace(b"To:", b"X@y: 1\r\nTo:")) == [100, 180]
    assert "header_left_out" in book.board.ledger.row(book.call.id).remarks


def test_stranger_is_said_once_for_each_source(caplog: pytest.LogCaptureFixture) -> None:
    """With what was asked for; a flood from many sources is counted and does not fill the log."""
    strangers = Strangers(Counts(), notices := Notices(lambda: 0.0))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            strangers.answer(invite(), Address("192.0.2.9", 5060), Transport.UDP, 0.0)
        assert caplog.messages == [
            "192.0.2.9: stranger: SIP over UDP, 403: INVITE sip:112@127.0.0.1 SIP/2.0"
        ]
        for number in range(200):
            strangers.answer(invite(), Address(f"198.51.100.{number}", 5060), Transport.UDP, 0.0)
    assert len(caplog.messages) == 50
    assert notices.counts == {"stranger": 203}


def test_who_described_nothing_is_offered_sound_in_the_200_alone(tmp_path: Path) -> None:
    """A first offer may not stand in a 183 that nobody acknowledges (RFC 3261 section 13.2.1)."""
    trunk = {"key": "local", "networks": ["127.0.0.0/8"], "answer": "at_desk"}
    book = Playbook(tmp_path, trunks=[trunk])
    book.ring(b"")
    book.place()
    assert set(book.statuses) == {180}
    assert book.state == "queued"
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    last = book.told(events.Response)[-1]
    assert last.status == 200
    assert read_audio(last.sdp or b"") is not None
