"""Descriptions that cannot be taken as they are: each rings or is refused, and says why."""

from pathlib import Path

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from switch_playbook import Playbook

from kentongan.cities.pack import load, packaged
from kentongan.edge.switch.arrival import NOWHERE, Arrival, arrival_of, seen_from
from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Transport, bracketed
from kentongan.sip.message import Request
from kentongan.sip.parse import parse_message
from kentongan.sip.sdp import Session, answer_to, read_audio, write_audio
from kentongan.sip.stack import Stack

PACK = load(packaged())
PUBLIC, PRIVATE, LOOPBACK = "36.66.208.3", "10.8.0.5", "127.0.0.2"
OURS = Session("203.0.113.7", 42_000, session_id=1)
AUDIO = "m=audio 4000 RTP/AVP 8\r\n"
VIDEO = "m=video 5000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"


def sdp(*media: str, address: str = PUBLIC) -> bytes:
    """A description with these media."""
    family = "IP6" if ":" in address else "IP4"
    head = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN {family} {address}\r\nt=0 0\r\n"
    return (head + "".join(media)).encode()


class Trunk:
    """A trunk at an address that rings the centre through a real SIP stack."""

    def __init__(self, host: str = PUBLIC) -> None:
        numbers = iter(range(1, 100))
        listener = Listener(Transport.UDP, Address("203.0.113.7", 5060))
        self.stack = Stack(lambda: f"t{next(numbers):03}", [listener], "test")
        self.host = host

    def ring(self, body: bytes, uri: str = "urn:service:sos") -> list[events.Event]:
        """What the stack makes of an INVITE with that body."""
        kind = "Content-Type: application/sdp\r\n" if body else ""
        host = bracketed(self.host)
        head = (
            f"INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:5060;branch=z9hG4bKa;rport\r\n"
            f"From: <sip:0811@{host}>;tag=1\r\nTo: <{uri}>\r\nCall-ID: a\r\n"
            f"CSeq: 1 INVITE\r\nContact: <sip:a@{host}>\r\n{kind}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        source = Address(self.host, 5060)
        return self.stack.receive(head.encode() + body, source, Transport.UDP, 0.0)

    def statuses(self) -> list[int]:
        """What was answered."""
        answers = (parse_message(out.data) for out in self.stack.drain())
        return [answer.status for answer in answers if not isinstance(answer, Request)]


def arrive(body: bytes, host: str = PUBLIC) -> Arrival:
    """The call as it is read; one that SIP refused as it goes on record."""
    (event,) = Trunk(host).ring(body)
    invite = event.invite if isinstance(event, events.RefusedInvite) else event
    assert isinstance(invite, events.Invite)
    return arrival_of(invite, PACK.find_line, emergency="112", country="62")


def test_an_invite_without_a_description_rings_and_gets_our_offer() -> None:
    """The 200 carries what we can; the ACK brings the answer."""
    trunk = Trunk()
    (invite,) = trunk.ring(b"")
    assert isinstance(invite, events.Invite)
    assert trunk.statuses() == [100]
    trunk.stack.respond(invite.request, 200, now=0.0, body=write_audio(OURS))
    offered = parse_message(trunk.stack.drain()[-1].data)
    found = read_audio(offered.body)
    assert found is not None
    assert found.codecs == (8, 0)
    assert arrive(b"").remarks == ("sdp_absent",)


def test_of_two_audio_lines_one_is_taken_and_one_refused_at_its_place() -> None:
    """The first that is not refused; the answer has as many lines as the offer (RFC 3264)."""
    found = arrive(sdp("m=audio 0 RTP/AVP 8\r\n", AUDIO, "m=audio 4002 RTP/AVP 0\r\n", VIDEO))
    assert found.remarks == ("sdp_more_audio",)
    assert found.audio is not None
    assert found.audio.port == 4000
    answer = answer_to(found.audio, OURS)
    assert answer is not None
    lines = [line for line in write_audio(answer).decode().split("\r\n") if line.startswith("m=")]
    assert [line.split(" ")[:2] for line in lines] == [
        ["m=audio", "0"],
        ["m=audio", "42000"],
        ["m=audio", "0"],
        ["m=video", "0"],
    ]


@pytest.mark.parametrize("body", [sdp(VIDEO), sdp("m=audio 0 RTP/AVP 8\r\n", VIDEO)])
def test_only_video_is_on_record_with_its_reason(body: bytes) -> None:
    """An answer cannot add a sound line (RFC 3264 section 6): 488, and the telephone may ask
    again with sound; who it was is on record."""
    assert arrive(body).audio is None
    assert arrive(body).remarks == ("sdp_without_audio",)
    assert arrive(body).number == "0811"


def test_video_beside_audio_is_an_ordinary_call() -> None:
    """The picture is refused, the sound is not."""
    assert arrive(sdp(AUDIO, VIDEO)).remarks == ()


@pytest.mark.parametrize(
    ("address", "source", "remark"),
    [
        ("127.0.0.1", PUBLIC, "audio_address_loopback"),
        ("::1", PUBLIC, "audio_address_loopback"),
        ("127.0.0.1", PRIVATE, "audio_address_loopback"),
        ("127.0.0.1", LOOPBACK, ""),
        ("192.168.1.20", PUBLIC, "audio_address_private"),
        ("100.64.3.2", PUBLIC, "audio_address_private"),
        ("fd00::20", "2001:4488::3", "audio_address_private"),
        ("192.168.1.20", PRIVATE, ""),
        ("36.66.208.9", PRIVATE, ""),
        ("36.66.208.9", PUBLIC, ""),
        ("224.0.0.5", PUBLIC, "audio_address_unusable"),
        ("169.254.9.9", PRIVATE, "audio_address_unusable"),
        ("phone.example.org", PUBLIC, "audio_address_unusable"),
        ("0.0.0.0", PUBLIC, ""),
    ],
)
def test_an_address_of_no_use_is_waited_for(address: str, source: str, remark: str) -> None:
    """The call rings; its sound is answered to where its packets come from."""
    found = arrive(sdp(AUDIO, address=address), source)
    assert found.remarks == ((remark,) if remark else ())
    assert found.audio is not None
    assert (found.audio.address, found.audio.port) == (NOWHERE if remark else address, 4000)


@example("", PUBLIC)
@given(st.text(max_size=40) | st.ip_addresses().map(str), st.ip_addresses().map(str))
def test_no_address_raises(address: str, source: str) -> None:
    """Whatever stands in a connection line."""
    (event,) = Trunk().ring(sdp(AUDIO))
    assert isinstance(event, events.Invite)
    assert event.sdp is not None
    audio = read_audio(event.sdp)
    assert audio is not None
    found, remark = seen_from(msgspec.structs.replace(audio, address=address), source)
    assert found.address == (NOWHERE if remark else address)


def test_a_move_to_where_nobody_can_be_reached_changes_no_address(tmp_path: Path) -> None:
    """A re-INVITE with a name, or a group address: agreed to, and sound stays where it was."""
    book = Playbook(tmp_path)
    book.ring()
    book.place()
    before = (book.call.citizen.ip, book.call.citizen.port)
    assert before == ("127.0.0.2", 4000)
    for address in ("phone.example.org", "239.1.1.1"):
        offer = sdp("m=audio 4444 RTP/AVP 8\r\n", address=address)
        book.phone.request(book.phone_dialog, "INVITE", now=book.elapsed_s, body=offer)
        book.flush()
        assert book.statuses[-1] == 200
        assert (book.call.citizen.ip, book.call.citizen.port) == before
