"""Addresses of the trunks' hosts: literals at once, names asked of the system and asked again.

A name server that fails changes nothing that was known; a name nobody could ever resolve has no
address. Only A and AAAA records are asked for: a carrier that publishes SRV records gives its hosts
as trunks, one each.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable

from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.trunks import is_address

ASK_EACH_S = 60.0
"""Between two rounds; carriers move a name with some minutes' notice."""
ASK_S_MAX = 10.0
"""For one name; a resolver tries its servers for five seconds each."""
ADDRESSES_MAX = 8
"""Addresses kept of one name."""

Resolve = Callable[[str], Awaitable[tuple[str, ...]]]


class Names:
    """What is known of every host that a trunk names."""

    def __init__(self, gate: Gate, notices: Notices, resolve: Resolve | None = None) -> None:
        self._gate = gate
        self._notices = notices
        self._resolve = resolve or resolve_by_system
        self._known: dict[str, tuple[str, ...]] = {}

    def addresses(self, host: str) -> tuple[str, ...]:
        """The addresses of a host, in the resolver's order; empty while there are none."""
        return (host,) if is_address(host) else self._known.get(host, ())

    async def run(self) -> None:
        """Ask again and again, until cancelled."""
        while True:
            await self.refresh()
            await asyncio.sleep(ASK_EACH_S)

    async def refresh(self) -> None:
        """Ask once for every name, all at the same time."""
        hosts = dict.fromkeys(host for trunk in self._gate.trunks for host in trunk.own_hosts)
        names = [host for host in hosts if not is_address(host)]
        await asyncio.gather(*(self._ask(name) for name in names))
        for trunk in self._gate.trunks:
            found = (address for host in trunk.own_hosts for address in self.addresses(host))
            self._gate.resolved(trunk.key, tuple(found))

    async def _ask(self, name: str) -> None:
        try:
            async with asyncio.timeout(ASK_S_MAX):
                found = await self._resolve(name)
        except OSError as error:  # the resolver's errors and `TimeoutError` are of its kind
            self._notices.say("name_unresolved", name, str(error) or "no answer in time")
            return
        if found:
            self._known[name] = distinct(found)


def distinct(found: Iterable[str]) -> tuple[str, ...]:
    """Each address once, no more than are kept."""
    return tuple(dict.fromkeys(found))[:ADDRESSES_MAX]


async def resolve_by_system(name: str) -> tuple[str, ...]:
    """Addresses of a name from the system's resolver. Raises `OSError`."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, None, type=socket.SOCK_DGRAM)
    return distinct(str(where[4][0]) for where in found)
