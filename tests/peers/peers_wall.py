"""Both ends of a firewall's test, run by `peers_wall.sh`: one listens, the other knocks.

A probe is SOURCE/PROTOCOL/DESTINATION/PORT. `listen` echoes datagrams and accepts connections at
every destination; `knock` sends from every source and prints the probes that were answered.
"""

import asyncio
import contextlib
import os
import socket
import sys
from typing import cast

ANSWER_S = 0.7
"""A wall drops without a word: this long without an answer is silence."""


class _Echo(asyncio.DatagramProtocol):
    transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.transport.sendto(data, addr)


async def listen(probes: list[list[str]]) -> None:
    """Answer at every destination until killed; the process id is printed when all are open."""
    loop = asyncio.get_running_loop()
    for protocol, host, port in sorted({(probe[1], probe[2], probe[3]) for probe in probes}):
        if protocol == "udp":
            await loop.create_datagram_endpoint(_Echo, local_addr=(host, int(port)))
        else:
            await asyncio.start_server(lambda _, writer: writer.close(), host, int(port))
    print(os.getpid(), flush=True)
    await asyncio.Event().wait()


async def knock(probes: list[list[str]]) -> None:
    """Try every probe, all at once."""
    answered = await asyncio.gather(*(_is_answered(*probe) for probe in probes))
    for probe, is_answered in zip(probes, answered, strict=True):
        if is_answered:
            print("/".join(probe))


async def _is_answered(source: str, protocol: str, host: str, port: str) -> bool:
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(ANSWER_S):
            if protocol == "udp":
                return await _is_echoed((source, 0), (host, int(port)))
            return await _is_accepted((source, 0), (host, int(port)))
    return False


async def _is_echoed(own: tuple[str, int], peer: tuple[str, int]) -> bool:
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as knocker:
        knocker.setblocking(False)
        knocker.bind(own)
        knocker.connect(peer)
        await loop.sock_sendall(knocker, b"knock")
        return await loop.sock_recv(knocker, 64) == b"knock"


async def _is_accepted(own: tuple[str, int], peer: tuple[str, int]) -> bool:
    _, writer = await asyncio.open_connection(*peer, local_addr=own)
    writer.close()
    return True


if __name__ == "__main__":
    wanted = [word.split("/") for word in sys.argv[2:]]
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(listen(wanted) if sys.argv[1] == "listen" else knock(wanted))
