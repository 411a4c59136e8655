"""A trunk's certificate runs out while its connection is in use."""

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path

from trunk_certificates import SLACK, Authority
from trunk_line import HOST, Line, Peer, play, request

from kentongan.edge.switch.trunks import Trunk

CARRIER = Trunk(
    key="carrier",
    transport="tls",
    networks=("127.0.0.0/8",),
    certificate_names=("sbc.carrier.example",),
)
LEFT = timedelta(seconds=4)
"""Until it ends: time for a first connection on a busy machine."""


def test_a_certificate_that_runs_out_takes_no_connection_along(tmp_path: Path) -> None:
    """What is open stays open, and its calls with it; the next connection is refused by name."""
    authority = Authority(tmp_path)
    ours = authority.files("centre", "112.example", HOST)
    days = (LEFT - SLACK) / timedelta(days=1)
    context = authority.client(authority.sign("ending", "sbc.carrier.example", days=days))

    async def scenario(line: Line) -> None:
        peer = await Peer.open(line.tls_port, context=context)
        peer.send(request(transport="TLS"))
        assert await peer.status() == 200
        while not line.notices.counts["peer_certificate_expired"]:
            with contextlib.suppress(OSError):
                late = await Peer.open(line.tls_port, context=context)
                late.send(request(transport="TLS"))
                await late.answer()
                late.close()
            await asyncio.sleep(0.2)
        peer.send(request(transport="TLS"))
        assert await peer.status() == 200

    play(Line(CARRIER, tls=ours), scenario)
