"""Certificates that end while people talk: ours, and that of a carrier that has a call."""

import asyncio
import shutil
import ssl
import time
from pathlib import Path
from typing import Any

from trunk_certificates import SLACK, Authority
from trunk_line import Peer, request
from voice_scene import HEAD, Scene

OFFER = (HEAD + "m=audio 4000 RTP/AVP 8\n").replace("\n", "\r\n").encode()
CARRIER = {
    "key": "carrier",
    "transport": "tls",
    "networks": ["127.0.0.9/32"],
    "certificate_names": ["sbc.carrier.example"],
}


class Ending:
    """Our certificate and a carrier's, which end while people talk."""

    def __init__(self, scene: Scene, authority: Authority) -> None:
        self._scene = scene
        self._authority = authority
        self._call: Peer

    async def begin(self) -> None:
        """Ours is replaced by one that ends soon; a carrier rings by one that does."""
        seconds = 2.0
        while not await self._rings(seconds):  # a machine that stood still for so long
            seconds *= 2
        self._renew(1.0)

    async def end(self) -> None:
        """Both have ended: the carrier's call stays, new ones find no way in; ours is renewed."""
        await self._reach("expired")
        for _ in range(3):
            assert not await self._is_let_in()
        self._call.send(request(transport="TLS", number=2))
        assert await self._call.status() == 200
        (row,) = await self._rows()
        assert row["state"] == "queued"
        self._renew(90 * 86_400.0)
        await self._reach("well")
        self._call.close()

    async def _rows(self) -> list[dict[str, Any]]:
        rows = await self._scene.room.control.calls()
        return [row for row in rows if row["number"] and row["number"]["text"] == "0811"]

    async def _rings(self, seconds: float) -> bool:
        self._ends_at = time.monotonic() + seconds
        self._shown = self._sign("sbc", seconds, "sbc.carrier.example")
        if not await self._is_let_in():
            return False
        self._call.send(request("INVITE", transport="TLS", body=OFFER))
        assert await self._call.status() == 200
        return True

    async def _is_let_in(self) -> bool:
        """A connection of the carrier. TLS 1.3 tells its client after the fact that it is not."""
        context = self._authority.client(self._shown)
        context.verify_mode = ssl.CERT_NONE  # ours may have ended
        port = self._scene.room.settings.tls_port
        try:
            peer = await Peer.open(port, own="127.0.0.9", context=context)
            peer.send(request(transport="TLS"))
            is_in = await peer.status() == 200
        except OSError:
            return False
        self._call = peer if is_in else self._call
        return is_in

    def _sign(self, name: str, seconds: float, *names: str) -> tuple[Path, Path]:
        days = (seconds - SLACK.total_seconds()) / 86_400
        return self._authority.sign(name, *names, days=days)

    def _renew(self, seconds: float) -> None:
        made = self._sign("renewed", seconds, "127.0.0.1")
        for file in made:
            shutil.copy(file, file.with_stem("centre"))

    async def _reach(self, state: str) -> None:
        async with asyncio.timeout(30):
            while time.monotonic() < self._ends_at or await self._state() != state:
                await asyncio.sleep(0.1)

    async def _state(self) -> str:
        health = await self._scene.room.control.ask("health")
        return str(health["transports"]["certificate"]["state"])
