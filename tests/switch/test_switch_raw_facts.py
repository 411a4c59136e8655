"""What came with a call and nobody has read is on the call; number, line and language too."""

from pathlib import Path

import msgspec
import pytest
from location_server import CIRCLE, both, presence
from msgspec.structs import replace
from switch_playbook import CENTRE, CITY, OFFER, PHONE, Playbook

from kentongan.core.call_rows import CallRow, DeskRow
from kentongan.core.checks import NUMBER_CHARACTERS_MAX
from kentongan.core.queue import Ladder
from kentongan.core.words import CallId, DeskKey, PlaceSource, RawKind
from kentongan.edge.switch import citizens, signalling
from kentongan.edge.switch.control import CitizenCall
from kentongan.edge.switch.queueing import Queueing
from kentongan.edge.switch.room import Room, Word
from kentongan.sip.address import Transport
from kentongan.sip.location import LOCATIONS_MAX

WHERE = (
    ("Geolocation", "<https://lis.telco.example/ref/abc123>"),
    ("P-Access-Network-Info", "3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=510101234ABCDEF0"),
    ("Call-Info", "<https://adr.telco.example/aml/77>; purpose=EmergencyCallData.DeviceInfo"),
)
KEY = "0" * 32


def ring(book: Playbook, dialled: str = "112", **more: object) -> CallRow:
    """Somebody rings; the newest call's row."""
    book.phone.invite(f"sip:{dialled}@127.0.0.1", OFFER, now=book.elapsed_s, peer=CENTRE, **more)  # type: ignore[arg-type]
    book.flush()
    return book.board.ledger.row(list(book.board.ledger)[-1].id)


def test_where_the_caller_is_by_reference_stands_on_the_call(tmp_path: Path) -> None:
    """Row, fact and outbox have the reference, the cell and the additional data, as they came."""
    book = Playbook(tmp_path)
    row = ring(book, headers=WHERE)
    assert [(fact.kind, fact.label) for fact in row.raw_facts] == [
        (RawKind.LOCATION_REFERENCE, ""),
        (RawKind.ACCESS_NETWORK, ""),
        (RawKind.ADDITIONAL, "DeviceInfo"),
    ]
    assert "location_by_reference" in row.remarks
    sent = b"".join(msgspec.json.encode(post.envelope) for post in book.spool.waiting(10))
    for word in (b"abc123", b"utran-cell-id-3gpp=510101234ABCDEF0", b"aml/77"):
        assert word in sent
        assert word in msgspec.json.encode(row)


def ring_with(book: Playbook, *documents: bytes) -> CallRow:
    """Somebody rings whose INVITE brings these documents, each named by Geolocation."""
    parts = [b"Content-Type: application/sdp\r\n\r\n" + OFFER]
    for number, document in enumerate(documents):
        head = b"Content-Type: application/pidf+xml\r\nContent-ID: <%d@a>\r\n\r\n" % number
        parts.append(head + document)
    names = ", ".join(f"<cid:{number}@a>" for number in range(len(documents)))
    book.phone.invite(
        "sip:112@127.0.0.1",
        b"--b\r\n" + b"\r\n--b\r\n".join(parts) + b"\r\n--b--\r\n",
        now=0.0,
        peer=CENTRE,
        headers=(("Geolocation", names),),
    )
    (out,) = book.phone.drain()
    data = out.data.replace(
        b"Content-Type: application/sdp", b"Content-Type: multipart/mixed;boundary=b", 1
    )
    for event in book.phones.stack.receive(data, PHONE, Transport.UDP, 0.0):
        signalling.take(book.board, book.phones, event, book.moment)
    return book.board.ledger.row(book.call.id)


def test_unreadable_location_is_kept_raw(tmp_path: Path) -> None:
    """A document that is none: its octets are there for whoever can read them."""
    (fact,) = ring_with(Playbook(tmp_path), b"<presence rusak -6.98,110.42").raw_facts
    assert fact.kind is RawKind.LOCATION_UNREADABLE
    assert fact.content.text is not None
    assert "rusak -6.98,110.42" in fact.content.text


CELL_AT, GPS_AT = "2026-11-25T08:59:40Z", "2026-11-25T08:59:00Z"
CELL = presence(CIRCLE.replace(">35<", ">3000<"), CELL_AT)
GPS = presence(CIRCLE.replace(">35<", ">12<").replace("-6.9903", "-6.9800"), GPS_AT).replace(
    b"<gp:method>Cell", b"<gp:method>GPS"
)


@pytest.mark.parametrize("documents", [(CELL, GPS), (GPS, CELL), (both(CELL, GPS),)])
def test_every_place_by_value_is_kept_and_the_finest_believed(
    tmp_path: Path, documents: tuple[bytes, ...]
) -> None:
    """A cell of 3 km and a fix of 12 m some seconds before it, in either order, in two documents or
    in one: each with its source, radius and own time, and its octets; the fix comes first.
    """
    book = Playbook(tmp_path)
    row = ring_with(book, *documents)
    assert [(one.source, one.radius_m) for one in row.positions] == [
        (PlaceSource.DEVICE, 12.0),
        (PlaceSource.CELL, 3_000.0),
    ]
    assert [f"{one.at:%Y-%m-%dT%H:%M:%SZ}" for one in row.positions] == [GPS_AT, CELL_AT]
    assert row.place is not None
    assert row.place.source is PlaceSource.DEVICE
    assert [fact.content.text for fact in row.raw_facts] == [one.decode() for one in documents]
    assert {fact.kind for fact in row.raw_facts} == {RawKind.LOCATION_READ}


def test_places_by_value_beside_one_that_is_none(tmp_path: Path) -> None:
    """As many as are read of one call; what cannot be read is flagged, and stands first."""
    book = Playbook(tmp_path)
    fixes = [GPS.replace(b"-6.9800", b"-6.98%02d" % number) for number in range(0, 90, 10)]
    row = ring_with(book, b"<presence rusak", *fixes)
    first, *others = row.raw_facts
    assert first.kind is RawKind.LOCATION_UNREADABLE
    assert len(others) == LOCATIONS_MAX - 1
    assert row.remarks == ("location_unreadable",)
    assert book.facts[:8] == ["call.offered"] + ["call.positioned"] * 7


def test_a_document_with_a_place_and_one_that_is_none(tmp_path: Path) -> None:
    """The place is used; the document is kept as read and as unreadable."""
    row = ring_with(Playbook(tmp_path), both(GPS, GPS.replace(b"gml:pos>", b"gml:wrong>")))
    kinds = [fact.kind for fact in row.raw_facts]
    assert kinds == [RawKind.LOCATION_UNREADABLE, RawKind.LOCATION_READ]
    assert row.remarks == ("location_unreadable",)
    assert [one.radius_m for one in row.positions] == [12.0]


def test_number_of_thousands_of_digits_is_cut_and_flagged(tmp_path: Path) -> None:
    """The call rings; what is on the board can be dialled and shown."""
    book = Playbook(tmp_path)
    row = ring(book, from_uri=f"sip:{'9' * 5_000}@127.0.0.2")
    assert row.number is not None
    assert row.number.text == "9" * NUMBER_CHARACTERS_MAX
    assert "number_cut" in row.remarks


def test_line_of_the_city_says_priority_and_language(tmp_path: Path) -> None:
    """A legacy line's call waits behind 112's, and is answered in the language it is greeted in."""
    book = Playbook(tmp_path)
    english = replace(CITY.emergency, key="tourists", priority=3, languages=("en", "id"))
    lines = {"112": CITY.emergency, "1500": english}
    book.board.city = replace(CITY, find_line=lines.get)
    first, second = ring(book, "1500"), ring(book, "112")
    assert (first.line_priority, first.language) == (3, "en")
    assert (second.line_priority, second.language) == (CITY.emergency.priority, "id")


def test_page_of_a_citizen_brings_its_language_and_a_clean_number(tmp_path: Path) -> None:
    """The language that was chosen there; a line break in a number is none."""
    book = Playbook(tmp_path)
    call = CallId("web-" + "1" * 24)
    asked = CitizenCall(call=call, key=KEY, language="jv", number="0812\n345\x1b678")
    citizens.open_call(book.board, asked, book.moment)
    row = book.board.ledger.row(call)
    assert (row.language, row.line_priority) == ("jv", CITY.emergency.priority)
    assert row.number is not None
    assert row.number.text == "0812345678"


def test_skills_of_the_line_choose_the_desk(tmp_path: Path) -> None:
    """Of two free desks the one rings that has the skill, though it was idle for less long."""
    book = Playbook(tmp_path)
    book.board.city = replace(CITY, lines={"112": replace(CITY.emergency, skills=("medis",))})
    room = Room()
    desks = tuple(
        DeskRow(
            key=DeskKey(key),
            state="on_duty",
            agent=key,
            roles=("call_taker",),
            since=book.moment.at,
            skills=skills,
        )
        for key, skills in (("desk_1", ()), ("desk_2", ("medis",)))
    )
    room.hear("w", Word(at=book.moment.at, desks=desks, pages=frozenset(d.key for d in desks)))
    call = book.ring()
    book.place()
    Queueing(book.board, room, Ladder(), ()).look(book.moment)
    assert book.board.ledger.row(call.id).rung == ("desk_2",)
