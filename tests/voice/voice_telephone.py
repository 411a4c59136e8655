"""A SIP telephone that rings and is rung, in any codec: a caller, an agency, a person called back.

One UDP socket and one SIP stack for any number of lines. What rings is answered at once, or when
the test says so (`slow`), or refused with a status. A stranger to the switch.
"""

import asyncio
import contextlib
import re
import secrets
import time
from typing import Self

from media_ears import LOUDNESS
from msgspec.structs import replace
from voice_ends import Handset

from kentongan.media.codec import CodecName
from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Transport
from kentongan.sip.codecs import Codec, own_format
from kentongan.sip.sdp import Audio, Session, answer_to, read_audio, write_audio
from kentongan.sip.stack import Stack

_INVITED = re.compile(rb"SIP/2\.0 (\d+).*?\r\nCSeq: *(\d+) INVITE", re.DOTALL)

HEARD = LOUDNESS / 2**0.5
"""The rms of a tone at full level, which is 0 dB in all tables."""


class Line(Handset):
    """One call of a telephone. `states` as they came: trying, ringing, talking, over."""

    def __init__(self, hz: float, codecs: tuple[CodecName, ...]) -> None:
        super().__init__(hz)
        self.codecs = codecs
        self.state = "trying"
        self.status = 0
        self.ended_by = ""
        self.dialog = ""
        self.request = ""
        self.key = ""
        self.number = ""
        self.offered: Audio | None = None
        self.reinvites = 0
        self.speaks(codecs[0], own_format(Codec(codecs[0].value)).payload_type)

    @property
    def host(self) -> str:
        """The address it listens at."""
        return str(self.transport.get_extra_info("sockname")[0])

    @property
    def session(self) -> Session:
        """What this end describes."""
        formats = tuple(own_format(Codec(each.value)) for each in self.codecs)
        return Session(
            self.host, self.port, session_id=1, version=1 + self.reinvites, formats=formats
        )

    def agree(self, audio: Audio | None) -> None:
        """The other end described itself: speak to it."""
        if audio is None or not audio.formats:
            return
        form = audio.formats[0]
        if (form.codec.value, form.payload_type) != (self.name.value, self.payload_type):
            self.speaks(CodecName(form.codec.value), form.payload_type)
        is_new = self.remote is None
        self.remote = (audio.address, audio.port)
        if is_new:
            self.start()

    async def reach(self, *states: str, within_s: float = 15.0) -> str:
        """Wait until it is so. Raises `TimeoutError`."""
        async with asyncio.timeout(within_s):
            while self.state not in states:
                await asyncio.sleep(0.01)
        return self.state


class Telephone(asyncio.DatagramProtocol):
    """`async with Telephone(...) as agency`: its lines are in the order in which they began."""

    def __init__(
        self,
        hz: float = 0.0,
        *,
        codecs: tuple[CodecName, ...] = (CodecName.PCMA,),
        host: str = "127.0.0.1",
        port: int = 0,
        status: int = 200,
        line_kind: type[Line] = Line,
    ) -> None:
        self.hz = hz
        self.codecs = codecs
        self.status = status
        self._line_kind = line_kind
        self.strays: list[tuple[int, int]] = []  # answers to INVITEs: status, CSeq
        self.slow: set[str] = set()  # numbers that ring until the test accepts
        self.hz_of: dict[str, float] = {}  # what is said to whoever rang this number
        self.lines: list[Line] = []
        self.address = Address(host, port)
        self._timer: asyncio.TimerHandle | None = None
        self._opening: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._datagrams, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self.address.host, self.address.port)
        )
        name = self._datagrams.get_extra_info("sockname")
        self.address = Address(name[0], name[1])
        listener = Listener(Transport.UDP, self.address)
        self._stack = Stack(lambda: secrets.token_hex(8), [listener], "Tests' telephone")
        return self

    async def __aexit__(self, *_: object) -> None:
        for line in self.lines:
            with contextlib.suppress(AttributeError):  # a line that was never opened
                await line.close()
        if self._timer is not None:
            self._timer.cancel()
        self._datagrams.close()

    async def dial(self, centre: Address, dialled: str = "112", number: str = "0811") -> Line:
        """Ring the centre; returns at once."""
        line = self._line_kind(self.hz, self.codecs)
        await line.open(self.address.host)
        self.lines.append(line)
        line.key = self._stack.invite(
            f"sip:{dialled}@{centre.host}",
            write_audio(line.session),
            now=time.monotonic(),
            peer=centre,
            from_uri=f"sip:{number}@{self.address.host}",
        )
        self._flush()
        return line

    def accept(self, line: Line) -> None:
        """Answer what rings."""
        assert line.offered is not None
        answer = answer_to(line.offered, line.session)
        assert answer is not None
        now = time.monotonic()
        self._stack.respond(line.request, 200, now=now, body=write_audio(answer))
        line.agree(line.offered)
        line.state = "talking"
        self._flush()

    def hang_up(self, line: Line) -> None:
        """BYE, or CANCEL of what we dialled."""
        if line.state == "talking":
            self._stack.bye(line.dialog, now=time.monotonic())
            line.state, line.ended_by = "over", "us"
        elif line.key:
            self._stack.cancel(line.key, now=time.monotonic())
        self._flush()

    def refer(self, line: Line, number: str) -> None:
        """Send the other side on to another number here."""
        target = f"sip:{number}@{self.address.host}"
        self._stack.refer(line.dialog, target, now=time.monotonic())
        self._flush()

    def reinvite(self, line: Line, session: Session) -> None:
        """Describe ourselves anew."""
        now, body = time.monotonic(), write_audio(session)
        typed = (("Content-Type", "application/sdp"),)
        self._stack.request(line.dialog, "INVITE", now=now, body=body, headers=typed)
        self._flush()

    async def storm(self, line: Line, centre: Address, count: int) -> dict[int, int]:
        """So many re-INVITEs of one dialog at once, by hand: a stack would send one at a time.

        The final answers by their numbers, until all are there or 10 s have passed. Each 200 gets
        its ACK.
        """
        dialog = self._stack.dialogs[line.dialog]
        fields = f"From: {dialog.local}\r\nTo: {dialog.remote}\r\nCall-ID: {dialog.call_id}\r\n"
        first = dialog.local_seq + 1

        def send(method: str, number: int, branch: str, body: bytes) -> None:
            typed = "Content-Type: application/sdp\r\n" if body else ""
            head = (
                f"{method} {dialog.target} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {self.address.host}:{self.address.port};"
                f"branch=z9hG4bK{branch}{number};rport\r\n"
                f"{fields}CSeq: {first + number} {method}\r\nMax-Forwards: 70\r\n"
                f"Contact: <sip:a@{self.address.host}:{self.address.port}>\r\n"
                f"{typed}Content-Length: {len(body)}\r\n\r\n"
            )
            self._datagrams.sendto(head.encode() + body, (centre.host, centre.port))

        for number in range(count):
            version = line.session.version + 1 + number
            send("INVITE", number, "storm", write_audio(replace(line.session, version=version)))
        answers: dict[int, int] = {}
        deadline = time.monotonic() + 10
        while len(answers) < count and time.monotonic() < deadline:
            await asyncio.sleep(0.01)
            while self.strays:
                status, number = self.strays.pop()
                if status >= 200 and number >= first:
                    answers[number - first] = status
                    send("ACK", number - first, "ack" if status < 300 else "storm", b"")
        return answers

    async def rung(self, number: str, within_s: float = 15.0) -> Line:
        """The newest line on which this number rings, or rang."""
        async with asyncio.timeout(within_s):
            while True:
                for line in reversed(self.lines):
                    if line.number == number and line.request:
                        return line
                await asyncio.sleep(0.01)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """One SIP message."""
        source = Address(addr[0], addr[1])
        answer = _INVITED.match(data)
        if answer is not None:
            self.strays.append((int(answer[1]), int(answer[2])))
        for event in self._stack.receive(data, source, Transport.UDP, time.monotonic()):
            self._take(event)
        self._flush()

    def error_received(self, exc: Exception) -> None:
        """The centre may be restarting."""

    def _take(self, event: events.Event) -> None:
        match event:
            case events.Invite():
                task = asyncio.get_running_loop().create_task(self._ring(event))
                self._opening.add(task)
                task.add_done_callback(self._opening.discard)
            case events.Response(method="INVITE"):
                self._answered(event)
            case events.Timeout(call=key):
                for line in (line for line in self.lines if line.key and line.key == key):
                    line.state, line.ended_by = "over", "nobody"
            case events.Bye(dialog=dialog) | events.Cancel(dialog=dialog):
                for line in self._of(dialog):
                    line.state, line.ended_by = "over", "them"
            case events.Reinvite() | events.Update() if event.request:
                self._agree(event)
            case _:
                pass  # nothing else concerns a telephone

    async def _ring(self, event: events.Invite) -> None:
        line = self._line_kind(self.hz_of.get(event.line, self.hz), self.codecs)
        line.number, line.dialog = event.line, event.dialog
        line.offered = read_audio(event.sdp or b"")
        await line.open(self.address.host)
        self.lines.append(line)
        line.request, line.state = event.request, "ringing"
        self._stack.respond(event.request, 180, now=time.monotonic())
        if self.status >= 300:
            self._stack.respond(event.request, self.status, now=time.monotonic())
            line.state = "over"
        elif event.line not in self.slow:
            self.accept(line)
        self._flush()

    def _answered(self, event: events.Response) -> None:
        for line in (line for line in self.lines if line.key and line.key == event.call):
            line.status = event.status
            line.agree(read_audio(event.sdp) if event.sdp else None)
            if event.status >= 300:
                line.state = "over"
            elif event.status >= 200:
                line.dialog, line.state = event.dialog, "talking"
            else:
                line.state = "ringing"

    def _agree(self, event: events.Reinvite | events.Update) -> None:
        for line in self._of(event.dialog):
            line.reinvites += 1
            audio = read_audio(event.sdp) if event.sdp else None
            line.agree(audio)
            answer = line.session if audio is None else answer_to(audio, line.session)
            body = b"" if answer is None else write_audio(answer)
            self._stack.respond(event.request, 200, now=time.monotonic(), body=body)

    def _of(self, dialog: str) -> list[Line]:
        return [line for line in self.lines if line.dialog == dialog]

    def _flush(self) -> None:
        for out in self._stack.drain():
            self._datagrams.sendto(out.data, (out.address.host, out.address.port))
        if self._timer is not None:
            self._timer.cancel()
        at = self._stack.next_timer()
        loop = asyncio.get_running_loop()
        self._timer = None if at is None else loop.call_at(at, self._fired)

    def _fired(self) -> None:
        for event in self._stack.poll(time.monotonic()):
            self._take(event)
        self._flush()
