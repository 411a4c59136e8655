"""A caller's place that is subscribed to: who may be asked, what is told, and how it ends."""

import logging
from pathlib import Path

import pytest
from location_server import CIRCLE, both, presence
from presence_server import PresenceServer
from switch_playbook import AGENCY, CENTRE, OFFER, PHONE, Playbook

from kentongan.core.call_rows import CallRow
from kentongan.core.words import PlaceSource, RawKind
from kentongan.edge.switch import signalling, subscribing
from kentongan.edge.switch.board import Counts
from kentongan.edge.switch.location_servers import LocationServers, presence_target
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.strangers import Strangers
from kentongan.edge.switch.trunks import Registration, Trunk
from kentongan.sip.address import Address, Transport
from kentongan.sip.parse import parse_message
from kentongan.sip.subscription import NOTICES_MAX

HERE = "sip:place-77@127.0.0.5"
CARRIER = {
    "key": "carrier",
    "networks": ["127.0.0.0/8"],
    "host": AGENCY.host,
    "port": AGENCY.port,
}
FINE = CIRCLE.replace(">35<", ">9<")
COARSE = CIRCLE.replace(">35<", ">2000<").replace("110.4229", "110.4301")


def book_of(folder: Path, server: PresenceServer, **more: object) -> Playbook:
    """A centre whose only trunk has a presence server behind it."""
    book = Playbook(folder, **{"trunks": [CARRIER], **more})
    book.agency = server  # type: ignore[assignment]
    return book


def ring(book: Playbook, *uris: str) -> CallRow:
    """A call with these references; its row once nobody has anything more to say."""
    fields = (("Geolocation", ", ".join(f"<{uri}>" for uri in uris)),)
    now = book.elapsed_s
    book.phone.invite("sip:112@127.0.0.1", OFFER, now=now, peer=CENTRE, headers=fields)
    book.flush()
    return row_of(book)


def row_of(book: Playbook) -> CallRow:
    """The only call's row."""
    return book.board.ledger.row(book.call.id)


def causes(row: CallRow) -> list[str]:
    """What stands beside the call about references, but for the references themselves."""
    kind = RawKind.LOCATION_REFERENCE
    return [one.label for one in row.raw_facts if one.kind is kind and one.label]


def test_it_rings_first_and_then_is_told_where_the_caller_is(tmp_path: Path) -> None:
    """By way of the trunk; position and document are kept, and the call is where it would be."""
    server = PresenceServer(presence())
    book = book_of(tmp_path, server)
    row = ring(book, HERE)
    assert [one.uri for one in server.asked] == [HERE]
    assert book.statuses == [180]
    assert server.answered == [200]
    (position,) = row.positions
    assert (position.source, position.radius_m) == (PlaceSource.CELL, 35.0)
    reference, answer = row.raw_facts
    assert (reference.kind, reference.content.text) == (RawKind.LOCATION_REFERENCE, HERE)
    assert (answer.kind, answer.label) == (RawKind.LOCATION_ANSWER, "127.0.0.5")
    assert answer.content.text == presence().decode()


def test_each_place_of_an_answer_is_kept(tmp_path: Path) -> None:
    """The network's cell first and what the telephone measured second: both, the finer believed."""
    finer = presence(CIRCLE.replace(">35<", ">9<")).replace(b"method>Cell", b"method>GPS", 1)
    book = book_of(tmp_path, PresenceServer(both(presence(), finer)))
    told = [(one.source, one.radius_m) for one in ring(book, HERE).positions]
    assert told == [(PlaceSource.DEVICE, 9.0), (PlaceSource.CELL, 35.0)]


def test_the_ring_goes_out_before_anybody_is_asked(tmp_path: Path) -> None:
    """In the order of what is sent, after the commit that both wait for."""
    book = book_of(tmp_path, PresenceServer())
    fields = (("Geolocation", f"<{HERE}>"),)
    book.phone.invite("sip:112@127.0.0.1", OFFER, now=0.0, peer=CENTRE, headers=fields)
    stack = book.phones.stack
    for out in book.phone.drain():
        for event in stack.receive(out.data, PHONE, Transport.UDP, 0.0):
            signalling.take(book.board, book.phones, event, book.moment)
    assert not any(out.data.startswith(b"SUBSCRIBE") for out in stack.out), "nothing is settled yet"
    book._commit()
    sent = [(out.data.split(b"\r\n")[0], out.address) for out in stack.drain()]
    assert [line for line, _ in sent[:2]] == [b"SIP/2.0 100 Trying", b"SIP/2.0 180 Ringing"]
    assert sent[2] == (f"SUBSCRIBE {HERE} SIP/2.0".encode(), AGENCY)


def test_what_is_told_later_and_how_it_ends(tmp_path: Path) -> None:
    """A finer place becomes the first, a coarser one hides nothing; the end of the call ends it."""
    server = PresenceServer(presence())
    book = book_of(tmp_path, server)
    ring(book, HERE)
    for shape, minute in ((FINE, "01"), (COARSE, "02")):
        book.elapsed_s += 60.0
        server.notify(presence(shape, f"2026-11-25T09:{minute}:00Z"))
        book.flush()
        row = row_of(book)
        assert (row.positions[0].radius_m, row.place and row.place.radius_m) == (9.0, 9.0)
    assert {one.radius_m for one in row_of(book).positions} == {9.0, 2000.0}
    assert server.expires == ["600"]
    book.end_call(book.call.id)
    assert server.expires == ["600", "0"]
    assert server.asked[1].headers.find("to") == "<sip:place-77@127.0.0.5>;tag=lis"
    assert book.board.subscribed == {}
    assert server.answered == [200, 200, 200, 200]
    assert causes(row_of(book)) == []


def test_a_trunk_that_only_calls_in_is_asked_where_it_called_from(tmp_path: Path) -> None:
    """As everything in the call is sent there; here a telephone, which has no such thing."""
    trunks = [{"key": "local", "networks": ["127.0.0.0/8"]}]
    book = book_of(tmp_path, PresenceServer(), trunks=trunks)
    row = ring(book, "sip:place-77@127.0.0.2")
    assert causes(row) == ["refused"]
    assert row.raw_facts[1].content.text == "127.0.0.2: 405 Method Not Allowed"


@pytest.mark.parametrize(
    ("status", "cause"),
    [(404, "refused"), (401, "refused"), (302, "refused"), (503, "server_failed")],
)
def test_a_refusal_is_named_and_no_secret_is_told(tmp_path: Path, status: int, cause: str) -> None:
    """Also to a challenge of the trunk's own realm, for which there is a password."""
    (tmp_path / "password").write_text("secret\n")
    register = {"user": "centre", "password_file": str(tmp_path / "password")}
    server = PresenceServer(status=status)
    book = book_of(tmp_path, server, trunks=[{**CARRIER, "register": register}])
    row = ring(book, HERE)
    assert causes(row) == [cause]
    assert [one.headers.find("authorization") for one in server.asked] == [None]
    assert row.state == "offered"


def test_a_server_that_says_nothing(tmp_path: Path) -> None:
    """Nothing waits for it; after 32 s it stands beside the call, once."""
    server = PresenceServer(status=None)
    book = book_of(tmp_path, server)
    assert causes(ring(book, HERE)) == []
    book.place()
    book.wait(40.0)
    assert causes(row_of(book)) == ["no_answer"]
    assert len({one.headers.find("call-id") for one in server.asked}) == 1


@pytest.mark.parametrize(
    ("document", "cause"),
    [(b"no xml", "unreadable"), (presence("<gs:Prism/>"), "no_place"), (b"x" * 20_000, "too_long")],
)
def test_a_notice_of_no_use(tmp_path: Path, document: bytes, cause: str) -> None:
    """Named, and kept as it came as far as any raw fact is."""
    row = ring(book := book_of(tmp_path, PresenceServer(document)), HERE)
    assert causes(row) == [cause]
    kept = [one.content.text for one in row.raw_facts if one.kind is RawKind.LOCATION_ANSWER]
    assert kept == ([] if cause == "too_long" else [document.decode()])
    assert book.board.notices.counts == {f"location_{cause}": 1}


def test_one_that_is_ended_by_its_server(tmp_path: Path) -> None:
    """Without a place the reason stands beside the call; with one there is nothing to say."""
    for name, documents, told in (("none", (), ["terminated"]), ("one", (presence(),), [])):
        server = PresenceServer(*documents)
        book = book_of(tmp_path / name, server)
        ring(book, HERE)
        server.notify(b"", "terminated;reason=giveup")
        book.flush()
        assert causes(row_of(book)) == told
        assert book.board.subscribed == {}


def test_one_that_never_stops_is_ended_by_us(tmp_path: Path) -> None:
    """After so many notices, also with a place."""
    server = PresenceServer(*[presence()] * (NOTICES_MAX + 5))
    book = book_of(tmp_path, server)
    assert causes(ring(book, HERE)) == ["too_many"]
    assert server.expires == ["600", "0"]


def test_one_subscription_of_a_call_and_so_many_in_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not subscribed to for that has its own cause."""
    server = PresenceServer(presence())
    book = book_of(tmp_path, server)
    row = ring(book, HERE, "pres:other@127.0.0.5", "sip:far@203.0.113.9", "ldap://x")
    assert causes(row) == ["not_asked", "already_asked", "not_allowed"]
    assert len(server.asked) == 1
    monkeypatch.setattr(subscribing, "SUBSCRIPTIONS_MAX", 0)
    (tmp_path / "full").mkdir()
    assert causes(ring(book_of(tmp_path / "full", server), HERE)) == ["busy"]


def test_a_call_that_is_refused_asks_nobody(tmp_path: Path) -> None:
    """It is over before it could."""
    server = PresenceServer()
    book = book_of(tmp_path, server)
    fields = (("Geolocation", f"<{HERE}>"),)
    video = b"v=0\r\no=- 1 1 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\nt=0 0\r\n"
    video += b"m=video 4000 RTP/AVP 96\r\n"
    book.phone.invite("sip:112@127.0.0.1", video, now=0.0, peer=CENTRE, headers=fields)
    book.flush()
    assert row_of(book).state != "offered"
    assert server.asked == []


def test_after_a_restart_it_is_subscribed_to_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Anew, for every call in hand; a notice of before gets 481, and the log says so once."""
    server = PresenceServer(presence())
    book = book_of(tmp_path, server)
    ring(book, HERE)
    book.place()
    book.restart()
    assert [one.uri for one in server.asked] == [HERE, HERE]
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            server.notify(presence(FINE), of=server.asked[0])
            book.flush()
    assert server.answered == [200, 200, 481, 481, 481]
    assert [line for line in caplog.messages if "NOTIFY" in line] == [
        "127.0.0.5: notify_unasked: a NOTIFY of nothing that was asked for got 481"
    ]
    assert [one.radius_m for one in row_of(book).positions] == [35.0]
    server.notify(presence(FINE, "2026-11-25T09:02:00Z"))
    book.flush()
    assert row_of(book).positions[0].radius_m == 9.0
    book.end_call(book.call.id)
    book.restart()
    assert server.expires == ["600", "600", "0"], "and not for a call that is over"


def test_it_is_renewed_as_long_as_the_call_lives(tmp_path: Path) -> None:
    """Ten minutes later it is still told where the caller is."""
    server = PresenceServer(presence())
    book = book_of(tmp_path, server)
    ring(book, HERE)
    for book.elapsed_s in (575.0, 605.0):
        for event in book.phones.stack.poll(book.elapsed_s):
            signalling.take(book.board, book.phones, event, book.moment)
        book.flush()
    assert server.expires == ["600", "600"]
    server.notify(presence(FINE, "2026-11-25T09:10:00Z"))
    book.flush()
    assert row_of(book).positions[0].radius_m == 9.0


def test_a_notice_from_no_trunk(caplog: pytest.LogCaptureFixture) -> None:
    """481, which ends it where it was made, and one line in the log."""
    strangers = Strangers(Counts(), Notices(lambda: 0.0))
    server = PresenceServer(status=None)
    asked = b"SUBSCRIBE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n"
    asked += b"From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 SUBSCRIBE\r\n\r\n"
    server.receive(asked, AGENCY, Transport.UDP, 0.0)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            server.notify(presence())
            (told,) = server.drain()
            source = Address("192.0.2.9", 5060)
            out = strangers.answer(told.data, source, Transport.UDP, 0.0)
            assert out is not None
            assert b"SIP/2.0 481 " in out.data
            assert parse_message(out.data).headers.find("call-id") == "1"
    assert len(caplog.messages) == 1


LIST = LocationServers(hosts=("lis.carrier.example:8443", "192.0.2.40"))
PLAIN = Trunk(
    key="carrier",
    networks=("198.51.100.0/24",),
    host="sbc.carrier.example",
    domain="carrier.example",
    register=Registration(user="u", password_env="P", registrar="reg.carrier.example"),
)
SECURE = Trunk(key="secure", networks=("198.51.100.0/24",), transport="tls", host="198.51.100.7")


@pytest.mark.parametrize(
    ("uri", "target"),
    [
        ("sip:77@carrier.example", "sip:77@carrier.example"),
        ("sip:77@SBC.Carrier.Example;transport=tcp", "sip:77@SBC.Carrier.Example;transport=tcp"),
        ("pres:77@reg.carrier.example", "sip:77@reg.carrier.example"),
        ("PRES:77@carrier.example?Route=evil", "sip:77@carrier.example"),
        ("sip:a?b@carrier.example", "sip:a?b@carrier.example"),
        ("sip:77@198.51.100.9:5080", "sip:77@198.51.100.9:5080"),
        ("sip:77@lis.carrier.example", "sip:77@lis.carrier.example"),
        ("sip:77@192.0.2.40", "sip:77@192.0.2.40"),
        ("sip:77@elsewhere.example", None),
        ("sip:77@203.0.113.9", None),
        ("sip:carrier.example@203.0.113.9", None),
        ("sip:77@carrier.example.evil.example", None),
        ("sip:77@carrier.example;maddr=203.0.113.9", None),
        ("sip:77@carrier.example;MAddr=203.0.113.9", None),
        ("sips:77@carrier.example", None),
        ("tel:112", None),
        ("sip:", None),
        ("pres:", None),
        ("sip:7 7@carrier.example", None),
        ("sip:77\r\nX: y@carrier.example", None),
        (f"sip:{'7' * 2_100}@carrier.example", None),
    ],
)
def test_whom_a_reference_may_lead_to(uri: str, target: str | None) -> None:
    """The trunk's own hosts and networks, and the list; nowhere else, whatever is written."""
    assert presence_target(uri, LIST, PLAIN) == target


def test_secure_references_need_a_secure_trunk() -> None:
    """`sips:` is TLS all the way."""
    assert presence_target("sips:77@198.51.100.7", LIST, SECURE) == "sips:77@198.51.100.7"
    assert presence_target("sips:77@lis.carrier.example", LIST, PLAIN) is None
