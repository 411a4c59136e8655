"""TLS handshakes that are begun and left: they keep no trunk away."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from trunk_certificates import Authority
from trunk_line import HOST, Line, Peer, log_of, play, request, until

from kentongan.edge.switch.handshakes import Handshakes
from kentongan.edge.switch.trunks import Trunk

CARRIER = Trunk(key="carrier", transport="tls", networks=("127.0.0.3/32",))
SCANNER = "127.0.0.200"


def test_a_strangers_idle_connections_keep_no_trunk_out(tmp_path: Path) -> None:
    """Four of one address hold places, the others are closed at once; the trunk has its own."""
    authority = Authority(tmp_path)

    async def scenario(line: Line) -> None:
        idle = [await Peer.open(line.tls_port, own=SCANNER) for _ in range(20)]
        await until(lambda: line.notices.counts["too_many_handshakes"] == 16)
        peer = await Peer.open(line.tls_port, own="127.0.0.3", context=authority.client())
        peer.send(request(transport="TLS"))
        assert await peer.status() == 200
        for one in (*idle, peer):
            one.close()

    play(Line(CARRIER, tls=authority.files("centre", HOST)), scenario)


def test_a_peer_that_goes_away_in_the_handshake_is_told_with_a_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not with a colon and nothing behind it."""

    async def scenario(line: Line) -> None:
        peer = await Peer.open(line.tls_port, own="127.0.0.3")
        peer.close()
        await until(lambda: line.notices.counts["connection_lost"] == 1)

    play(Line(CARRIER, tls=Authority(tmp_path).files("centre", HOST)), scenario)
    (said,) = [record.getMessage() for record in log_of(caplog)]
    assert said.endswith("connection_lost: TLS handshake: the peer closed the connection")


def test_an_address_that_showed_its_certificate_is_known_by_it() -> None:
    """A trunk with a certificate and no network comes back while scanners hold all their places."""
    handshakes = Handshakes()
    handshakes.remember("192.0.2.7")
    with ExitStack() as begun:
        for number in range(8):
            host = f"198.51.100.{number}"
            begun.enter_context(handshakes.count(host, is_known=False))
        assert not handshakes.has_room("198.51.100.9", is_known=False)
        assert handshakes.has_room("192.0.2.7", is_known=False)
        assert handshakes.has_room("192.0.2.8", is_known=True)
    assert handshakes.has_room("198.51.100.9", is_known=False)
