"""What is read out of an INVITE; everything unreadable is a remark, nothing is a refusal."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kentongan.cities.facts import Point
from kentongan.cities.pack import load, packaged
from kentongan.core.words import Place, Sector
from kentongan.edge.switch.arrival import Arrival, arrival_of, national_form
from kentongan.sip.address import Address, Listener, Transport
from kentongan.sip.events import Invite, RefusedInvite
from kentongan.sip.stack import Stack

PACK = load(packaged())
SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 8\r\n"
)


def arrive(
    uri: str = "sip:112@127.0.0.1",
    *headers: str,
    sender: str = "<sip:081@x>;tag=1",
    to: str = "<sip:112@x>",
    body: bytes = SDP,
    content_type: str = "application/sdp",
    may_be_refused: bool = False,
) -> Arrival:
    """An INVITE through the real stack, read; one that SIP refuses is read for the record."""
    lines = [
        f"INVITE {uri} SIP/2.0",
        "Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKa;rport",
        f"From: {sender}",
        f"To: {to}",
        "Call-ID: a",
        "CSeq: 1 INVITE",
        "Contact: <sip:a@127.0.0.1:5099>",
        f"Content-Type: {content_type}",
        *headers,
        f"Content-Length: {len(body)}",
    ]
    data = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    address = Address("127.0.0.1", 5060)
    stack = Stack(lambda: "t", [Listener(Transport.UDP, address)], "test")
    (event,) = stack.receive(data, Address("127.0.0.1", 5099), Transport.UDP, 0.0)
    if may_be_refused and isinstance(event, RefusedInvite):
        event = event.invite
    assert isinstance(event, Invite), event
    return arrival_of(event, PACK.find_line, emergency="112", country="62")


@pytest.mark.parametrize(
    ("uri", "to", "dialled", "line"),
    [
        ("sip:112@127.0.0.1", "<sip:x@y>", "112", "112"),
        ("sip:+62112@127.0.0.1", "<sip:x@y>", "+62112", "112"),
        ("tel:119", "<sip:x@y>", "119", "119"),
        ("urn:service:sos", "<urn:service:sos>", "112", "112"),
        ("urn:service:sos.fire", "<urn:service:sos>", "112", "112"),
        ("sip:trunk@127.0.0.1", "<sip:1500132@y>", "1500132", "1500-132"),
    ],
)
def test_the_line_is_what_was_dialled(uri: str, to: str, dialled: str, line: str) -> None:
    """Request-URI first, To where a gateway wrote itself into it; a service URN is 112."""
    found = arrive(uri, to=to)
    assert (found.dialled, found.line and found.line.key) == (dialled, line)
    assert found.remarks == ()


def test_a_diverted_call_reaches_the_line_that_was_dialled() -> None:
    """An exchange that rewrites both addresses still says what was dialled first."""
    found = arrive(
        "sip:trunk@127.0.0.1", "Diversion: <sip:1500132@y>;reason=unconditional", to="<sip:t@y>"
    )
    assert (found.dialled, found.line and found.line.key) == ("1500132", "1500-132")


def test_an_unknown_line_is_remarked_and_rings_all_the_same() -> None:
    """Digits nobody knows are kept as dialled."""
    found = arrive("sip:777@127.0.0.1", to="<sip:777@y>")
    assert (found.dialled, found.line, found.remarks) == ("777", None, ("line_unknown",))


@pytest.mark.parametrize(
    ("sender", "headers", "number", "withheld"),
    [
        ("<sip:+6281303131148@x>;tag=1", (), "081303131148", False),
        ("<sip:081@x>;tag=1", ("P-Asserted-Identity: <tel:+62822>",), "0822", False),
        ("<sip:anonymous@anonymous.invalid>;tag=1", (), None, True),
        ("Anonymous <sip:x@y>;tag=1", (), None, True),
        ("<sip:x@y>;tag=1", ("Privacy: id",), None, True),
        ("<sip:+6281303131148@x>;tag=1", ("Privacy: id",), "081303131148", True),
        (
            "<sip:+62811@x>;tag=1",
            ("Privacy: user", "P-Asserted-Identity: <tel:0811>"),
            "0811",
            False,
        ),
        (
            "<sip:anonymous@anonymous.invalid>;tag=1",
            ("P-Asserted-Identity: <tel:0811>",),
            "0811",
            False,
        ),
        ("<sip:imei@phone>;tag=1", (), None, False),
        ("<sip:081@x>;tag=1", ('P-Asserted-Identity: "broken',), "081", False),
    ],
)
def test_the_number_is_the_asserted_one_then_the_shown_one(
    sender: str, headers: tuple[str, ...], number: str | None, withheld: bool
) -> None:
    """Withheld is said unless the network asserts it; a phone without a number has none."""
    found = arrive("sip:112@127.0.0.1", *headers, sender=sender)
    assert (found.number, found.is_withheld) == (number, withheld)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+62811", "0811"),
        ("0062811", "0811"),
        ("628113131148", "08113131148"),
        ("62811", "62811"),
        ("+1555", "+1555"),
        ("0811", "0811"),
    ],
)
def test_numbers_are_shown_as_people_write_them(number: str, shown: str) -> None:
    """+62 and 0062 are 0; a short number that begins with 62 is left alone."""
    assert national_form(number, "62") == shown


PIDF = (
    '<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf"'
    ' xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gs="http://www.opengis.net/pidflo/1.0"'
    ' xmlns:gml="http://www.opengis.net/gml" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model"'
    ' entity="pres:a@b"><dm:device id="d"><gp:geopriv><gp:location-info>'
    '<gs:Circle srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>{}</gml:pos>'
    '<gs:radius uom="urn:ogc:def:uom:EPSG::9001">50</gs:radius></gs:Circle>'
    "</gp:location-info><gp:usage-rules/><gp:method>GPS</gp:method></gp:geopriv>"
    "</dm:device></presence>"
)


def _place(found: Arrival) -> Place:
    (told,) = found.places
    return told.place


def _with_location(pidf: str) -> Arrival:
    body = (
        b"--b\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"\r\n--b\r\n"
        b"Content-Type: application/pidf+xml\r\nContent-ID: <loc@x>\r\n\r\n"
        + pidf.encode()
        + b"\r\n--b--\r\n"
    )
    return arrive(
        "sip:112@127.0.0.1",
        "Geolocation: <cid:loc@x>",
        body=body,
        content_type="multipart/mixed;boundary=b",
    )


def test_a_location_by_value_is_a_place() -> None:
    """Latitude, longitude and radius as sent, from the phone itself."""
    found = _with_location(PIDF.format("-6.98 110.41"))
    assert _place(found).point == Point(lat=-6.98, lon=110.41)
    assert (_place(found).radius_m, _place(found).source.value) == (50.0, "device")
    assert found.audio is not None
    assert found.remarks == ()


def test_the_sector_of_a_cell_is_a_place_with_its_shape() -> None:
    """As sent: the antenna, the radius, and the part of the circle that it serves."""
    circle, _, rest = PIDF.partition("<gs:Circle")[2].partition("</gs:Circle>")
    angle = 'uom="urn:ogc:def:uom:EPSG::9102"'
    metres = 'uom="urn:ogc:def:uom:EPSG::9001"'
    band = (
        '<gs:ArcBand srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>-6.98 110.41</gml:pos>'
        f"<gs:innerRadius {metres}>200</gs:innerRadius>"
        f"<gs:outerRadius {metres}>900</gs:outerRadius>"
        f"<gs:startAngle {angle}>330</gs:startAngle>"
        f"<gs:openingAngle {angle}>120</gs:openingAngle></gs:ArcBand>"
    )
    head = PIDF.partition("<gs:Circle")[0]
    assert circle
    found = _with_location(f"{head}{band}{rest.replace('GPS', 'Cell')}")
    assert (_place(found).radius_m, _place(found).source.value) == (900.0, "cell")
    assert _place(found).sector == Sector(
        inner_m=200.0, outer_m=900.0, start_deg=330.0, opening_deg=120.0
    )
    assert found.remarks == ()


@pytest.mark.parametrize(
    ("rules", "cautions"),
    [
        ("", ()),
        ("<gp:retransmission-allowed>yes</gp:retransmission-allowed>", ()),
        ("<gp:retransmission-allowed>no</gp:retransmission-allowed>", ("not_for_others",)),
        ("<gp:retransmission-allowed>False</gp:retransmission-allowed>", ("not_for_others",)),
        ("<gp:retention-expiry>2026-11-26T08:00:00Z</gp:retention-expiry>", ("not_for_others",)),
    ],
)
def test_what_a_sender_lets_nobody_else_have_says_so(rules: str, cautions: tuple[str, ...]) -> None:
    """RFC 4119 section 2.2.2: the place is used all the same, with a word of caution."""
    said = PIDF.replace("<gp:usage-rules/>", f"<gp:usage-rules>{rules}</gp:usage-rules>")
    found = _with_location(said.format("-6.98 110.41"))
    assert (_place(found).cautions, _place(found).uncertain) == (cautions, False)


def test_a_broken_location_is_a_remark_and_no_place() -> None:
    """Never 0/0, never a lost call."""
    found = _with_location("<presence")
    assert found.places == ()
    assert found.remarks == ("location_unreadable",)
    assert found.audio is not None


@pytest.mark.parametrize(
    ("body", "remark"),
    [
        (b"v=0\r\nm=audio nonsense\r\n", "sdp_unreadable"),
        (b"\x00\xff", "sdp_unreadable"),
        (b"", "sdp_absent"),
    ],
)
def test_unreadable_audio_rings(body: bytes, remark: str) -> None:
    """Our description will be the offer then."""
    found = arrive(body=body)
    assert found.audio is None
    assert found.remarks == (remark,)


def test_training_is_a_header() -> None:
    """Whether it is believed is the trunk's matter."""
    assert arrive("sip:112@127.0.0.1", "x-kentongan-training: 1").is_training
    assert not arrive(body=SDP + b"X-Kentongan-Training: 1\r\n").is_training


@example("", b"v=")
@given(
    st.text(st.characters(codec="ascii", exclude_characters="\r\n"), max_size=60),
    st.binary(max_size=200),
)
def test_anything_in_headers_and_body_still_reads(text: str, body: bytes) -> None:
    """No text in the headers we look at and no body raises, also when SIP refuses the call."""
    headers = (f"P-Asserted-Identity: {text}", f"Geolocation: {text}")
    arrive("sip:112@127.0.0.1", *headers, body=body, may_be_refused=True)
