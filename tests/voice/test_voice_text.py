"""Real-time text through a whole centre: a telephone with losses, a desk, dead processes."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from media_text_peer import TextPeer
from switch_room import BUDI, DEWI, Page, Room, until

from kentongan.core.commands import HoldCall, ResumeCall
from kentongan.core.events import CallTexted
from kentongan.core.words import CallId
from kentongan.sip.text_line import read_text
from kentongan.store.open import open_store

HEAD = "v=0\r\no=- {n} {n} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
AUDIO = "m=audio {audio} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
TEXT = (
    "m=text {port} RTP/AVP 100 98\r\na=rtpmap:98 t140/1000\r\na=fmtp:98 cps=100\r\n"
    "a=rtpmap:100 red/1000\r\na=fmtp:100 98/98/98\r\n"
)


class TextTelephone:
    """A text telephone on a bare UDP socket, which speaks just enough SIP."""

    def __init__(self, room: Room, loss: float = 0.0) -> None:
        self.peer = TextPeer(loss=loss)
        self._to = (room.centre.host, room.centre.port)
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", 0))
        self._sock.setblocking(False)
        self._port = int(self._sock.getsockname()[1])
        self._audio = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._audio.bind(("127.0.0.1", 0))
        self.answer = ""
        self.answered = asyncio.Event()
        self.is_over = asyncio.Event()
        self._task = asyncio.get_running_loop().create_task(self._listen())

    async def ring(self, *, audio: bool) -> None:
        """INVITE, until it is answered."""
        lines = HEAD + (AUDIO if audio else "") + TEXT
        body = lines.format(n=1, port=self.peer.port, audio=self._audio.getsockname()[1])
        self._send("INVITE", 1, body, "")
        async with asyncio.timeout(15):
            await self.answered.wait()

    def hang_up(self) -> None:
        """BYE."""
        self._send("BYE", 2, "", self._to_tag)

    def close(self) -> None:
        """Switch it off."""
        self._task.cancel()
        self.peer.close()
        self._sock.close()
        self._audio.close()

    @property
    def _to_tag(self) -> str:
        to = next(line for line in self.answer.split("\r\n") if line.lower().startswith("to:"))
        return ";tag=" + to.partition("tag=")[2]

    def _send(self, method: str, cseq: int, body: str, tag: str) -> None:
        kind = "Content-Type: application/sdp\r\n" if body else ""
        data = (
            f"{method} sip:112@127.0.0.1 SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._port};branch=z9hG4bK{method}{self._port};rport\r\n"
            f"From: <sip:0811222333@127.0.0.1>;tag=t{self._port}\r\n"
            f"To: <sip:112@127.0.0.1>{tag}\r\n"
            f"Call-ID: text-{self._port}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
            f"Contact: <sip:text@127.0.0.1:{self._port}>\r\n{kind}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
        self._sock.sendto(data.encode(), self._to)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            text = (await loop.sock_recv(self._sock, 65_535)).decode()
            line = text.partition("\r\n")[0]
            if line.startswith("SIP/2.0 200") and "1 INVITE" in text:
                self.answer = text
                self._send("ACK", 1, "", self._to_tag)
                found = read_text(text.partition("\r\n\r\n")[2].encode())
                assert found is not None, text
                self.peer.point_at(found.address, found.port)
                self.answered.set()
            elif line.startswith(("BYE", "OPTIONS", "INVITE")):
                self._agree(text)
                if line.startswith("BYE"):
                    self.is_over.set()

    def _agree(self, request: str) -> None:
        kept = ("via:", "from:", "to:", "call-id:", "cseq:")
        lines = [line for line in request.split("\r\n") if line.lower().startswith(kept)]
        answer = "\r\n".join(["SIP/2.0 200 OK", *lines, "Content-Length: 0", "", ""])
        self._sock.sendto(answer.encode(), self._to)


@asynccontextmanager
async def _calling(
    folder: Path, *, audio: bool, loss: float = 0.0
) -> AsyncGenerator[tuple[Room, TextTelephone, str]]:
    """A text telephone that waits in the queue, and has read that it does."""
    async with Room(folder, trunks=[{"key": "local", "networks": ["127.0.0.0/8"]}]) as room:
        telephone = TextTelephone(room, loss)
        try:
            await telephone.ring(audio=audio)
            row = await room.call_in("queued")
            await telephone.peer.until_read("what is happening.\n")
            yield room, telephone, row["key"]
        finally:
            telephone.close()


class Desk:
    """A desk that types and reads."""

    def __init__(self, room: Room, call: str) -> None:
        self._room, self._call = room, call
        self._count = 0

    async def type(self, text: str, agent: Any = DEWI) -> dict[str, Any]:
        """Letters, until somebody took them."""
        self._count += 1
        async with asyncio.timeout(15):
            while True:
                reply = await self._room.control.ask(
                    "type", call=self._call, desk=agent.desk, agent=agent.id, name=agent.name,
                    stream="page", count=self._count, text=text,
                )  # fmt: skip
                if "error" not in reply:
                    return reply
                await asyncio.sleep(0.1)

    async def reads(self, text: str) -> None:
        """Wait until this is the caller's unfinished line on the screen."""
        await until(lambda: self.shown == text)

    @property
    def shown(self) -> str:
        """The caller's unfinished line."""
        said = [
            one
            for one in self._room.control.pushed
            if one.get("event") == "typing" and one["by"] == "caller" and one["call"] == self._call
        ]
        return str(said[-1]["text"]) if said else ""


def _said(room: Room) -> list[tuple[str, str]]:
    """The lines in the journal, opened."""
    found = [one.event for one in room.read_journal() if isinstance(one.event, CallTexted)]
    store = open_store(room.store_address)
    try:
        texts = store.open_texts([one.text.ref or "" for one in found])
    finally:
        store.close()
    return [(one.by, texts.get(one.text.ref or "", "")) for one in found]


async def _until_said(room: Room, *lines: tuple[str, str]) -> None:
    await until(lambda: _said(room) == list(lines))


async def _a_call_of_text_alone(folder: Path) -> None:
    async with _calling(folder, audio=False, loss=0.4) as (room, telephone, call):
        assert "m=audio" not in telephone.answer
        page = Page(room.control, DEWI)
        await page.answer(call)
        desk = Desk(room, call)
        await telephone.peer.until_read("A call-taker is reading.\n")
        await telephone.peer.type("kebakaram\bn di Jl. Pandu 1555\b")
        await desk.reads("kebakaran di Jl. Pandu 155")
        assert _said(room) == []
        await telephone.peer.type("\n")
        await desk.type("Ada yang terjeb")
        await telephone.peer.until_read("Ada yang terjeb")
        await desk.type("ak?\n")
        await telephone.peer.until_read("Ada yang terjebak?\n")
        await room.control.command(HoldCall(call=CallId(call)))
        await telephone.peer.until_read("still connected.\n")
        await telephone.peer.type("ya 2 orang")
        await desk.reads("ya 2 orang")
        await room.control.command(ResumeCall(call=CallId(call)))
        telephone.hang_up()
        await _until_said(
            room,
            ("caller", "kebakaran di Jl. Pandu 155"),
            ("desk", "Ada yang terjebak?"),
            ("caller", "ya 2 orang"),
        )


async def _killed(folder: Path) -> None:
    async with _calling(folder, audio=True) as (room, telephone, call):
        await Page(room.control, DEWI).answer(call)
        desk = Desk(room, call)
        await telephone.peer.type("satu")
        await desk.reads("satu")
        room.switch.kill()
        await telephone.peer.type(" dua")
        room.switch.start()
        room.control.pushed.clear()
        await room.control.connect()
        await telephone.peer.type(" tiga")
        await desk.reads("satu dua tiga")
        await desk.type("baik")
        await telephone.peer.until_read("baik")
        room.media[0].kill()
        room.media[0].start()
        await desk.type(" sekali\n")  # asked until the process has the line again
        await telephone.peer.until_read(" sekali\n")
        await telephone.peer.type("!")
        await until(lambda: desk.shown.endswith("!"))
        telephone.hang_up()
        await until(lambda: _caller_said(room) == "satu dua tiga!")


def _caller_said(room: Room) -> str:
    """All of it, whether or not a pause made several lines of it."""
    lines = [text for by, text in _said(room) if by == "caller"]
    return "".join(lines).replace("\ufffd", "")


async def _another_desk(folder: Path) -> None:
    async with _calling(folder, audio=True) as (room, telephone, call):
        await Page(room.control, DEWI).answer(call)
        desk = Desk(room, call)
        refused = await room.control.ask(
            "type", call=call, desk=BUDI.desk, agent=BUDI.id, stream="x", count=1, text="x"
        )
        assert refused["refused"] == "not_permitted"
        await desk.type("tung")
        await telephone.peer.until_read("tung")
        telephone.hang_up()
        await _until_said(room, ("desk", "tung"))
        gone = await room.control.ask(
            "type", call=call, desk=DEWI.desk, agent=DEWI.id, stream="x", count=1, text="x"
        )
        assert gone["refused"] == "call_over"


@pytest.mark.parametrize("scenario", [_a_call_of_text_alone, _killed, _another_desk])
def test_a_caller_who_types(tmp_path: Path, scenario: Any) -> None:
    """Text alone with two of five packets lost each way; killed processes; who may write."""
    asyncio.run(scenario(tmp_path))
