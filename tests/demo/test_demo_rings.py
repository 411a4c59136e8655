"""The demo as a newcomer starts it: it rings, agencies come, and a caller who was cut off picks up
when rung back. Real processes, real SIP and sound, nothing beyond this machine.
"""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from websockets.asyncio.client import connect

from kentongan.demo.start import DEMO_PASSWORD
from kentongan.settings import ENVIRONMENT_PREFIX, HttpSettings, MediaSettings, Settings
from kentongan.sip_settings import SipSettings

WITHIN_S = 60.0
"""Longest wait for anything; a quiet machine needs a tenth of it."""

Row = dict[str, Any]


def _free_ports() -> tuple[int, int, int]:
    """For HTTP, SIP and browsers' sound, each free now, and the one where people are rung too."""
    with ExitStack() as kept:
        tcp = kept.enter_context(socket.socket())
        tcp.bind(("127.0.0.1", 0))
        found: list[int] = []
        while len(found) < 2:
            udp = kept.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            udp.bind(("127.0.0.1", 0))
            beside = kept.enter_context(socket.socket(type=socket.SOCK_DGRAM))
            try:
                beside.bind(("127.0.0.1", udp.getsockname()[1] + 10))
            except (OSError, OverflowError):
                continue
            found.append(udp.getsockname()[1])
        return tcp.getsockname()[1], found[0], found[1]


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The demo runs; where its pages are."""
    http, sip, web_sound = _free_ports()
    settings = Settings(
        state_dir=str(tmp_path),
        http=HttpSettings(port=http),
        sip=SipSettings(port=sip),
        media=MediaSettings(web_port_first=web_sound, rtp_port_first=31_000, rtp_ports_each=200),
    )
    file = tmp_path / "given.json"
    file.write_bytes(msgspec.json.encode(settings))
    own = {
        name: text for name, text in os.environ.items() if not name.startswith(ENVIRONMENT_PREFIX)
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "kentongan.main", "--settings", str(file), "demo", "--no-browser"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=own,
    )
    try:
        yield f"http://127.0.0.1:{http}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


class Desk:
    """Rina at her desk, without a browser: commands, and the rows she sees."""

    def __init__(self, address: str) -> None:
        self.calls: dict[str, Row] = {}
        self._address = address
        self._moved = asyncio.Event()
        self._http = httpx.AsyncClient(
            base_url=address, headers={"Origin": address}, timeout=10.0, trust_env=False
        )
        self._following: asyncio.Task[None] | None = None

    async def sign_in(self) -> None:
        """As soon as there is a page."""
        body = {"name": "rina", "password": DEMO_PASSWORD}
        async with asyncio.timeout(WITHIN_S):
            while True:
                try:
                    found = await self._http.post("/api/session", json=body)
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                    continue
                if found.status_code == 200:
                    break
                await asyncio.sleep(0.1)
        self._http.headers["X-Kentongan-Csrf"] = found.json()["csrf"]
        self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """Leave."""
        assert self._following is not None
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        await self._http.aclose()

    async def command(self, kind: str, /, **fields: object) -> None:
        """A command that goes through."""
        body = {"id": f"t-{secrets.token_hex(8)}", "command": {"type": kind, **fields}}
        found = await self._http.post("/api/commands", json=body)
        assert found.status_code == 200, (kind, found.text)

    async def start(self, scenario: str) -> None:
        """Let a scenario ring."""
        found = await self._http.post(f"/api/demo/scenarios/{scenario}")
        assert found.status_code in (200, 202, 204), found.text

    async def see(self, what: Callable[[Row], bool]) -> Row:
        """The first call of which that is true, now or later."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                for row in self.calls.values():
                    if what(row):
                        return row
                self._moved.clear()
                await self._moved.wait()

    async def _follow(self) -> None:
        cookies = "; ".join(f"{key}={value}" for key, value in self._http.cookies.items())
        async with connect(
            f"{self._address.replace('http', 'ws', 1)}/ws",
            origin=self._address,  # type: ignore[arg-type] - a string by another name
            additional_headers={"Cookie": cookies},
            max_size=None,
            proxy=None,
        ) as line:
            async for text in line:
                frame = msgspec.json.decode(text)
                for row in frame.get("rows", ()):
                    if row["kind"] == "call":
                        self.calls[row["key"]] = row
                self._moved.set()


def _party(row: Row, key: str) -> str:
    return next((one["state"] for one in row.get("parties", ()) if one["party"] == key), "")


def test_the_first_call_rings_agencies_come_and_a_cut_off_caller_is_rung_back(address: str) -> None:
    """One duty: the ring of a newcomer, a conference, a busy agency, a caller who was cut off."""

    async def duty() -> None:
        desk = Desk(address)
        await desk.sign_in()
        await desk.command("desk.start_duty", desk="desk_1")
        first = await desk.see(lambda row: row["state"] == "queued")
        await desk.command("call.answer", call=first["key"], desk="desk_1")
        invite = {"call": first["key"], "kind": "agency"}
        await desk.command("call.invite_party", party="p-fire", contact="damkar", **invite)
        await desk.command("call.invite_party", party="p-power", contact="pln", **invite)
        await desk.see(lambda row: _party(row, "p-fire") == "joined")
        await desk.see(lambda row: _party(row, "p-power") == "failed")
        await desk.command("call.end", call=first["key"], by="desk")

        await desk.start("cut_off")
        lost = await desk.see(lambda row: row["state"] == "abandoned")
        await desk.command(
            "call.call_back",
            call="back-1",
            of=lost["key"],
            number=lost["number"],
            line="112",
            trunk="",
            desk="desk_1",
        )
        back = await desk.see(lambda row: row["key"] == "back-1" and row["state"] == "answered")
        assert back["desk"] == "desk_1"
        await desk.close()

    asyncio.run(duty())
