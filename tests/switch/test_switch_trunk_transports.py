"""SIP over UDP and TCP in both families: answers, pings, and which connection is used."""

import asyncio
import socket

import pytest
from trunk_line import HOST, Line, Peer, play, request, until

from kentongan.edge.switch.connection import alias_in, way_back
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip.address import Address, Outgoing, Transport

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 8\r\n"
)
BYE_TO_5071 = request("BYE", via="127.0.0.9:5060", number=77)


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not _has_ipv6(), reason="this machine has no IPv6 loopback")


async def _ask_udp(line: Line, host: str, data: bytes, *, own: str = "") -> bytes:
    """One datagram and its answer, which must come from the address that was asked."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.bind((own or host, 0))
        sock.connect((host, line.port))  # from now on it hears nobody else
        sock.send(data)
        async with asyncio.timeout(5):
            return await asyncio.get_running_loop().sock_recv(sock, 65_535)


@needs_ipv6
def test_both_families_and_both_plain_transports_answer() -> None:
    """OPTIONS by UDP and TCP to an IPv4 and an IPv6 address of the same switch."""

    async def scenario(line: Line) -> None:
        for host, via in ((HOST, "127.0.0.1:5099"), ("::1", "[::1]:5099")):
            said = await _ask_udp(line, host, request(via=via, transport="UDP"))
            assert said.startswith(b"SIP/2.0 200 ")
            peer = await Peer.open(line.port, host=host)
            peer.send(request(via=via))
            assert await peer.status() == 200
            peer.close()

    play(Line(hosts=(HOST, "::1")), scenario)


def test_the_answer_leaves_from_the_address_that_was_asked() -> None:
    """Two addresses of one family: each answers itself, as a carrier's firewall wants it."""

    async def scenario(line: Line) -> None:
        for host in ("127.0.0.2", HOST, "127.0.0.2"):
            said = await _ask_udp(line, host, request(transport="UDP"), own="127.0.0.5")
            assert said.startswith(b"SIP/2.0 200 ")

    play(Line(hosts=(HOST, "127.0.0.2")), scenario)


@needs_ipv6
def test_a_stranger_is_refused_in_either_family_by_either_transport() -> None:
    """403 and no trace of it in the stack; a connection is closed after that."""

    async def scenario(line: Line) -> None:
        for host, via in ((HOST, "127.0.0.1:5099"), ("::1", "[::1]:5099")):
            invite = request("INVITE", via=via, transport="UDP", body=SDP)
            assert (await _ask_udp(line, host, invite)).startswith(b"SIP/2.0 403 ")
            peer = await Peer.open(line.port, host=host)
            peer.send(request("INVITE", via=via, body=SDP))
            assert await peer.status() == 403
            assert await peer.answer() == b""
        assert line.events == []
        assert line.strangers == 4

    play(Line(Trunk(key="a", networks=("10.0.0.0/8",)), hosts=(HOST, "::1")), scenario)


def test_a_double_line_break_is_answered_with_a_single_one() -> None:
    """RFC 5626 section 3.5.1, between two messages on one connection."""

    async def scenario(line: Line) -> None:
        peer = await Peer.open(line.port)
        peer.send(b"\r\n\r\n")
        assert await peer.reader.readexactly(2) == b"\r\n"
        peer.send(request(number=1) + b"\r\n\r\n" + request(number=2))
        assert await peer.status() == 200
        assert await peer.reader.readexactly(2) == b"\r\n"
        assert await peer.status() == 200

    play(Line(), scenario)


def test_answers_return_on_their_own_connection() -> None:
    """Two connections of one host: each gets its own answer (RFC 3261 section 18.2.2)."""

    async def scenario(line: Line) -> None:
        peers = [await Peer.open(line.port) for _ in range(2)]
        for number, peer in enumerate(peers):
            peer.send(request(number=10 + number))
        for number, peer in enumerate(peers):
            assert f"Call-ID: line-{10 + number}\r\n".encode() in await peer.answer()

    play(Line(), scenario)


def test_an_answer_whose_connection_is_gone_takes_the_way_back() -> None:
    """To the host the request came from, at the port of its Via (RFC 3261 section 18.2.2)."""

    async def scenario(line: Line) -> None:
        heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            said = await reader.readuntil(b"\r\n\r\n")
            writer.close()
            heard.set_result(said)

        server = await asyncio.start_server(hear, "127.0.0.9", 0)
        port = server.sockets[0].getsockname()[1]
        peer = await Peer.open(line.port, own="127.0.0.9")
        peer.send(request("INVITE", via=f"127.0.0.9:{port}", body=SDP))
        await until(lambda: line.invites)
        peer.close()
        await until(lambda: not line.sockets.connections.count(Transport.TCP))
        line.stack.respond(line.invites[0].request, 486, now=0.0)
        line.flush()
        async with asyncio.timeout(5):
            assert (await heard).startswith(b"SIP/2.0 486 ")
        server.close()

    play(Line(), scenario)


def test_a_request_reuses_the_connection_its_peer_offered_for_it() -> None:
    """`alias` in a Via (RFC 5923): no second connection to a port nobody listens on."""

    async def scenario(line: Line) -> None:
        peer = await Peer.open(line.port, own="127.0.0.9")
        peer.send(request(via="127.0.0.9:5060", params=";alias"))
        assert await peer.status() == 200
        there = Address("127.0.0.9", 5060)
        line.sockets.send(Outgoing(BYE_TO_5071, there, Transport.TCP))
        assert (await peer.answer()).startswith(b"BYE ")
        assert line.notices.counts == {}

    play(Line(), scenario)


def test_without_an_offer_a_connection_is_opened_and_used_again() -> None:
    """Two requests, one connection; requests of the peer on it are heard."""

    async def scenario(line: Line) -> None:
        met: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

        async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            met.append((reader, writer))

        server = await asyncio.start_server(hear, "127.0.0.9", 0)
        there = Address("127.0.0.9", server.sockets[0].getsockname()[1])
        for _ in range(3):
            line.sockets.send(Outgoing(BYE_TO_5071, there, Transport.TCP))
        await until(lambda: met)
        peer = Peer(*met[0])
        for _ in range(3):
            assert (await peer.answer()).startswith(b"BYE ")
        peer.send(request(via=f"127.0.0.9:{there.port}"))
        assert await peer.status() == 200
        assert len(met) == 1
        server.close()

    play(Line(), scenario)


def test_where_none_can_be_opened_the_peers_own_is_used() -> None:
    """A telephone behind a firewall has only the connection it opened itself."""

    async def scenario(line: Line) -> None:
        peer = await Peer.open(line.port, own="127.0.0.9")
        peer.send(request())
        assert await peer.status() == 200
        line.sockets.send(Outgoing(BYE_TO_5071, Address("127.0.0.9", 1), Transport.TCP))
        assert (await peer.answer()).startswith(b"BYE ")
        assert line.notices.counts == {"connection_refused": 1}

    play(Line(), scenario)


@pytest.mark.parametrize(
    ("head", "params", "alias"),
    [
        ("OPTIONS", ";alias", Address("127.0.0.9", 5060)),
        ("OPTIONS", ";x=1;ALIAS;y", Address("127.0.0.9", 5060)),
        ("OPTIONS", ";aliases", None),
        ("OPTIONS", "", None),
    ],
)
def test_an_alias_is_the_peers_own_address(head: str, params: str, alias: Address | None) -> None:
    """Another host's address is nobody's to claim."""
    message = request(head, via="127.0.0.9:5060", params=params)
    assert alias_in(message, Address("127.0.0.9", 40_000), Transport.TCP) == alias
    assert alias_in(message, Address("127.0.0.8", 40_000), Transport.TCP) is None


def test_the_way_back_keeps_to_the_host_the_request_came_from() -> None:
    """A Via may name any host; only its port is taken."""
    message = b"SIP/2.0 200 OK\r\nv: SIP/2.0/TCP [2001:db8::1]:5070;branch=z9\r\n\r\n"
    assert way_back(message, Address("::1", 9), Transport.TCP) == Address("::1", 5070)
    standard = b"SIP/2.0 200 OK\r\nVia: SIP / 2.0 / TLS pbx.example ;branch=z9\r\n\r\n"
    assert way_back(standard, Address("127.0.0.1", 9), Transport.TLS) == Address("127.0.0.1", 5061)
    assert way_back(b"SIP/2.0 200 OK\r\n\r\n", Address("::1", 9), Transport.TCP) is None
