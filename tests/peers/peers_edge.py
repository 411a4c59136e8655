"""The production edge in tests: Kamailio and rtpengine before two real switch nodes on one record.

Everything is started from the files that `deploy/` makes; only addresses differ from production.
"""

import asyncio
import contextlib
import shutil
import subprocess
from pathlib import Path
from typing import Any, Self

import pytest
from peers_nodes import write_secret
from peers_site import Program, Site, is_udp_bound
from switch_room import Room, kind_of, until

from kentongan.edge.caller.phone import Phone
from kentongan.sip.address import Address, Transport

needs_edge = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("kamailio") is None, reason="Kamailio is not installed"),
    pytest.mark.skipif(shutil.which("rtpengine") is None, reason="rtpengine is not installed"),
]


PATIENCE_S = 60.0
"""Far more than anything here takes, for a machine that runs other tests at the same time."""


class Edge:
    """Two nodes, their edge, and telephones of the trunk before it."""

    def __init__(self, folder: Path, **overrides: Any) -> None:
        self.site = Site(folder)
        self.site.render()
        store, secret_file = f"sqlite:{folder / 'store.db'}", write_secret(folder)
        self.a, self.b = (
            Room(
                folder / name,
                store=store,
                sip_hosts=[host],
                sip_port=5060,
                control_listen=f"{host}:5070",
                control_secret_file=secret_file,
                trunks=[_edge_trunk(self.site)],
                **overrides,
            )
            for name, host in zip("ab", self.site.nodes, strict=True)
        )
        self.kamailio = Program(
            folder, "kamailio", "-f", str(folder / "kamailio/kamailio.cfg"), "-DD", "-E",
            "-w", str(folder), "-Y", str(folder), "-P", str(folder / "kamailio.pid"),
            "-m", "32", "-M", "4", "-n", "2",
        )  # fmt: skip
        self.rtpengine = Program(
            folder, "rtpengine", "--config-file", str(folder / "rtpengine/rtpengine.conf"),
            "-f", "-E", "--pidfile", str(folder / "rtpengine.pid"),
        )  # fmt: skip
        self._phones: list[Phone] = []

    @property
    def address(self) -> Address:
        """Where the trunk sends its calls."""
        return Address(self.site.outside, 5060)

    async def __aenter__(self) -> Self:
        try:
            self.start_rtpengine()
            for room in (self.a, self.b):
                for process in (*room.media, room.switch):
                    process.start()
            await asyncio.gather(_reach(self.a), _reach(self.b))
            self.start_kamailio()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for phone in self._phones:
            await phone.close()
        self.kamailio.stop()
        self.rtpengine.stop()
        await self.a.__aexit__()
        await self.b.__aexit__()

    async def restart(self, room: Room) -> None:
        """Start a switch again that was killed, and wait until it can be asked."""
        room.switch.start()
        await _reach(room)

    def start_kamailio(self) -> None:
        """Start it; ready when it listens."""
        self.kamailio.start(lambda: is_udp_bound(self.site.outside, 5060))

    def start_rtpengine(self) -> None:
        """Start it; ready when it can be asked."""
        self.rtpengine.start(lambda: is_udp_bound(self.site.inside, 2223))

    async def phone(self, host: str = "", transport: Transport = Transport.UDP) -> Phone:
        """A telephone of the trunk, or at another address."""
        phone = Phone(self.address, host=host or self.site.trunk, transport=transport)
        await phone.start()
        self._phones.append(phone)
        return phone

    async def rows(self) -> list[dict[str, Any]]:
        """The calls of both nodes."""
        return [*await self.a.control.calls(), *await self.b.control.calls()]

    async def told(self, *kinds: str) -> list[str]:
        """The kinds of all events on record, once these are among them."""

        def found() -> list[str]:
            seen = [kind_of(one) for one in self.a.read_journal()]
            return seen if set(kinds) <= set(seen) else []

        return await until(found, PATIENCE_S)

    def ask(self, *words: str) -> str:
        """What Kamailio answers to `kamcmd`."""
        socket = f"unix:{self.site.folder / 'ctl.sock'}"
        done = subprocess.run(
            ["kamcmd", "-s", socket, *words], capture_output=True, text=True, check=True, timeout=10
        )
        return done.stdout

    def is_up(self, node: str) -> bool:
        """Whether Kamailio sends new calls to that node."""
        rows = self.ask("dispatcher.list").split("DEST: {")
        return any(f"sip:{node}:" in row and "FLAGS: A" in row for row in rows)


def _edge_trunk(site: Site) -> dict[str, Any]:
    """As `docs/operate/edge.md` has it."""
    return {"key": "edge", "networks": [f"{site.inside}/32"], "host": site.inside}


async def _reach(room: Room) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with contextlib.suppress(TimeoutError):
                await room.control.connect()
                return
