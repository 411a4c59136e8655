"""The room of bad input: a caller and a desk who talk, and a wire to be bad on.

After the bad input they still talk, not one packet is missing, and each cause was logged once.
"""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from switch_room import DEWI, Page, Room
from voice_centre import centre, waiting_call
from voice_levels import Levels, Pace
from voice_telephone import Line, Telephone

from kentongan.core.words import AgentId, CallId, DeskKey

CALLER_HZ, DESK_HZ, OTHER_HZ, STRANGER_HZ = 700.0, 1300.0, 1000.0, 2050.0
MESSAGE = """{method} sip:112@127.0.0.1 SIP/2.0
Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{method}{branch};rport
From: <sip:0811999@{host}>;tag=a{branch}
To: <sip:112@127.0.0.1>{to_tag}
Call-ID: bad-{branch}
CSeq: 1 {method}
Contact: <sip:a@{host}:{port}>
Max-Forwards: 70
{typed}Content-Length: {length}

"""
HEAD = "v=0\no=- 1 1 IN IP4 127.0.0.1\ns=-\nc=IN IP4 127.0.0.1\nt=0 0\n"


CAUSES_MAX = 2
"""In the log: noise is no message, and on a stream nobody knows where it ends, said once each."""


class Wire:
    """A bare SIP peer: octets out, octets in."""

    def __init__(self, room: Room) -> None:
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", 0))
        self._sock.setblocking(False)
        self._room = room
        self.port = int(self._sock.getsockname()[1])

    def send(self, method: str, branch: str, body: str = "", to_tag: str = "") -> None:
        """One request of a dialog that has the name of its branch."""
        typed = "Content-Type: application/sdp\n" if body else ""
        octets = body.replace("\n", "\r\n")
        head = MESSAGE.format(
            method=method, host="127.0.0.1", port=self.port, branch=branch, to_tag=to_tag,
            typed=typed, length=len(octets),
        )  # fmt: skip
        data = head.replace("\n", "\r\n") + octets
        self._sock.sendto(data.encode(), (self._room.centre.host, self._room.centre.port))

    async def final(self, branch: str, method: str = "INVITE") -> tuple[int, str]:
        """The final answer to that request: its status, the whole of it."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(10):
            while True:
                text = (await loop.sock_recv(self._sock, 65_535)).decode()
                status = int(text.split(" ", 2)[1]) if text.startswith("SIP/2.0 ") else 0
                if status >= 200 and f"branch=z9hG4bK{method}{branch};" in text:
                    return status, text

    def close(self) -> None:
        """Let go of the port."""
        self._sock.close()


class Scene:
    """The room, the talk that must go on, and a wire to be bad on."""

    def __init__(self, room: Room, agency: Telephone, telephone: Telephone) -> None:
        self.room = room
        self.agency = agency
        self.telephone = telephone
        self.wire = Wire(room)
        self.levels = Levels("beside it", pace=Pace(room))
        self.caller: Line

    async def begin(self) -> None:
        """They talk."""
        self.telephone.hz = CALLER_HZ
        self.caller = await self.telephone.dial(self.room.centre, number="0811000")
        self.call = CallId(await waiting_call(self.room, "0811000"))
        self.desk = await self.answer(self.call, "desk_1", DESK_HZ)
        self.levels.ears = {"caller": self.caller, "desk": self.desk.peer}
        self.levels.voices = {
            "caller": CALLER_HZ, "desk": DESK_HZ, "other": OTHER_HZ, "stranger": STRANGER_HZ,
        }  # fmt: skip
        await self.still_talk()
        self.caller.forget()

    async def answer(self, call: str, desk: str, hz: float) -> Page:
        """A desk takes a call."""
        agent = replace(DEWI, id=AgentId(f"dewi-{desk}"), desk=DeskKey(desk))
        page = Page(self.room.control, agent, hz)
        await page.answer(call)
        return page

    async def still_talk(self) -> None:
        """Both hear each other and nobody else."""
        await self.levels.judge("talk", {"caller": "desk", "desk": "caller"})

    async def row(self, call: str) -> dict[str, Any]:
        """A call as the switch has it."""
        return next(row for row in await self.room.control.calls() if row["key"] == call)

    def logged(self) -> list[str]:
        """What the switch has said of faults and of peers."""
        lines = self.room.switch.log.read_text().splitlines()
        told = [line for line in lines if re.search("WARN|ERROR|CRITICAL|Traceback", line)]
        return [line for line in told if "seal_keys" not in line]  # a new room makes its key


def play(
    folder: Path,
    scenario: Callable[[Scene], Awaitable[None]],
    *more: dict[str, Any],
    causes_max: int = CAUSES_MAX,
    **overrides: Any,
) -> None:
    """The talk, the scenario, the talk; in a centre with `more` trunks, other settings."""

    async def main() -> None:
        async with centre(folder, *more, **overrides) as (room, agency), Telephone() as telephone:
            scene = Scene(room, agency, telephone)
            await scene.begin()
            try:
                await scenario(scene)
                await scene.still_talk()
                assert scene.caller.missing == 0
                assert scene.caller.reinvites == 0
                causes = [line.split(" ", 3)[-1] for line in scene.logged()]
                assert len(causes) == len(set(causes)) <= causes_max, causes
                assert (await room.control.ask("health"))["faults"] == 0
            finally:
                scene.wire.close()
                await scene.desk.peer.close()

    asyncio.run(main())
