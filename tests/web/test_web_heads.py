"""The head of a request: its longest length and its longest time, before anybody has signed in."""

import contextlib
import socket

import pytest
from web_room import Room

from kentongan.edge.web.heads import HEAD_BYTES_MAX, HeadLimited

PATIENCE_S = 20
BEGUN = b"GET /api/session HTTP/1.1\r\nHost: x\r\n"
CHUNKED = b"POST /api/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


def sent_until_refused(port: int, begin: bytes, piece: bytes, octets: int) -> tuple[int, bytes]:
    """Send so much, or until the server hangs up: octets it let us send, and what it said."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as link:
        sent = 0
        with contextlib.suppress(ConnectionError):
            link.sendall(begin)
            while sent < octets:
                link.sendall(piece)
                sent += len(piece)
        return sent, said_until_closed(link)


def said_until_closed(link: socket.socket) -> bytes:
    """All that comes before the server hangs up; a line left open is a timeout and fails."""
    said = b""
    with contextlib.suppress(ConnectionError):
        while data := link.recv(65_536):
            said += data
    return said


@pytest.mark.parametrize(
    ("begin", "piece"),
    [
        (b"GET /", b"a" * 65_536),
        (BEGUN, b"X: " + b"a" * 1_000 + b"\r\n"),
        (BEGUN + b"X: ", b"a" * 65_536),
        (BEGUN, b"a" * 65_536),
        (CHUNKED + b"1;", b"a" * 65_536),
        (CHUNKED + b"0\r\nX: ", b"a" * 65_536),
        (CHUNKED + b"0\r\n", b"X: " + b"a" * 1_000 + b"\r\n"),
    ],
    ids=["address", "many", "value", "name", "chunk_line", "trailer", "trailers"],
)
def test_an_endless_head_is_not_taken(hall: Room, begin: bytes, piece: bytes) -> None:
    """The server hangs up long before 60 MB, whichever part of a head, chunk or trailer grows."""
    sent, said = sent_until_refused(hall.port, begin, piece, 60_000_000)
    assert sent < 30_000_000  # what the two sockets buffer, and far from all of it
    assert b" 200 " not in said.partition(b"\r\n")[0]
    assert hall.browser().get("/api/health").status_code == 200


@pytest.mark.parametrize("octets", [HEAD_BYTES_MAX + 1, 200_000])
def test_a_long_head_is_431_also_when_it_comes_at_once(hall: Room, octets: int) -> None:
    """Whole and well formed, in one read: still too long, and told so."""
    with socket.create_connection(("127.0.0.1", hall.port), timeout=PATIENCE_S) as link:
        link.sendall(BEGUN + b"X: " + b"a" * octets + b"\r\n\r\n")
        said = said_until_closed(link)
    assert said == b"" or said.startswith(b"HTTP/1.1 431 ")


def test_a_head_of_a_proxy_is_taken(hall: Room) -> None:
    """Half of the limit, in small pieces, twice on the same connection: each head counts anew."""
    with socket.create_connection(("127.0.0.1", hall.port), timeout=PATIENCE_S) as link:
        for _ in range(3):
            link.sendall(BEGUN)
            for _ in range(HEAD_BYTES_MAX // 2_000):
                link.sendall(b"X: " + b"a" * 1_000 + b"\r\n")
            link.sendall(b"\r\n")
            assert link.recv(65_536).startswith(b"HTTP/1.1 401 ")


def test_a_large_body_is_no_head(hall: Room) -> None:
    """Bodies far longer than a head go through on the same connection, with and without length."""
    rina = hall.person("rina")
    words = {"sealed": "personal", "text": "a" * 500_000}
    rina.done("report.open", report="r-body")
    for _ in range(2):
        rina.done("report.take_complaint", report="r-body", words=words)
    body = b'{"id": "in-pieces", "command": {"type": "report.open", "report": "r-pieces"}}'
    pieces = (body[start : start + 7] for start in range(0, len(body), 7))
    response = rina.client.post("/api/commands", content=pieces, headers=rina.headers)
    assert response.status_code == 200


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch, room: Room) -> Room:
    """A room that waits one second for a head."""
    monkeypatch.setattr(HeadLimited, "head_s", 1.0)
    return room


@pytest.mark.parametrize("data", [b"", b"\r\n", b"GET", BEGUN, BEGUN + b"X: "])
def test_a_head_that_does_not_come_ends_the_connection(hasty: Room, data: bytes) -> None:
    """Nothing, an empty line, or a part of a head: the server hangs up by itself."""
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=PATIENCE_S) as link:
        link.sendall(data)
        assert said_until_closed(link) == b""


def test_an_empty_line_between_requests_does_not_hold_the_connection(hasty: Room) -> None:
    """After an answer too, only a whole head keeps the line."""
    with socket.create_connection(("127.0.0.1", hasty.port), timeout=PATIENCE_S) as link:
        link.sendall(BEGUN + b"\r\n")
        assert link.recv(65_536).startswith(b"HTTP/1.1 401 ")
        link.sendall(b"\r\n")
        said_until_closed(link)


def test_the_time_of_a_head_does_not_end_a_screen(hasty: Room) -> None:
    """A WebSocket lives on: its head came in time."""
    with hasty.person("rina").screen() as screen:
        for _ in range(2):
            screen.until(lambda frame: frame["k"] == "positions")
