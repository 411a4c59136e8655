"""A simulated telephone: rings a number, is answered, talks, presses keys, hangs up.

One socket and one SIP stack for any number of calls. It follows SIP as a trunk does (a re-INVITE
is agreed to, a BYE ends the call) and adds nothing of its own, so that what works with it works
with any telephone.
"""

import asyncio
import secrets
import time
from collections.abc import Mapping
from enum import StrEnum

from kentongan.edge.caller.audio import AudioEnd
from kentongan.edge.caller.text_end import TextEnd
from kentongan.edge.caller.voice import Voice
from kentongan.edge.caller.wire import Wire
from kentongan.media.g711 import Codec
from kentongan.sip import events
from kentongan.sip.address import Address, Listener, Transport, bracketed
from kentongan.sip.errors import ParseError
from kentongan.sip.sdp import Audio, Session, read_audio, write_audio
from kentongan.sip.stack import Stack
from kentongan.sip.text_line import read_text, text_lines

USER_AGENT = "Kentongan caller"


class CallState(StrEnum):
    """How far a call is, as its telephone sees it."""

    DIALLING = "dialling"
    RINGING = "ringing"
    TALKING = "talking"
    OVER = "over"


class PhoneCall:
    """One call of a telephone. `status` is the last SIP status, `ended_by` us, them or nobody."""

    def __init__(
        self, phone: "Phone", audio: AudioEnd, text: TextEnd | None = None, *, speaks: bool = True
    ) -> None:
        self.audio = audio
        self.text = text
        self.speaks = speaks
        self.state = CallState.DIALLING
        self.status = 0
        self.reinvites = 0
        self.ended_by = ""
        self.dialog = ""
        self.key = ""
        self.state_at: dict[CallState, float] = {}
        self._phone = phone
        self._moved = asyncio.Event()

    async def reach(self, *states: CallState, within_s: float = 10.0) -> CallState:
        """Wait for one of these states. Raises `TimeoutError`."""
        async with asyncio.timeout(within_s):
            while self.state not in states:
                self._moved.clear()
                await self._moved.wait()
        return self.state

    def say(self, voice: Voice) -> None:
        """Say this now, then be silent."""
        self.audio.say(voice)

    def press(self, keys: str) -> None:
        """Press keys."""
        self.audio.press(keys)

    def type(self, text: str) -> None:
        """Type this, where the telephone has text."""
        if self.text is not None:
            self.text.type(text)

    def hang_up(self) -> None:
        """BYE, or CANCEL while it rings."""
        self._phone.hang_up(self)

    def move(self, state: CallState, *, by: str = "") -> None:
        """For the telephone: the call is in this state now."""
        if self.state is CallState.OVER:
            return
        self.state = state
        self.state_at[state] = time.monotonic()
        self.ended_by = by
        self._moved.set()
        if state is CallState.OVER:
            self.audio.close()
            if self.text is not None:
                self.text.close()


class Phone:
    """A telephone at an address of ours that calls the centre at `centre`."""

    def __init__(
        self, centre: Address, *, host: str = "127.0.0.1", transport: Transport = Transport.UDP
    ) -> None:
        self._centre = centre
        self._host = host
        self._transport = transport
        self._wire = Wire(self._received)
        self._stack: Stack | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._by_key: dict[str, PhoneCall] = {}
        self._by_dialog: dict[str, PhoneCall] = {}

    async def start(self, port: int = 0) -> Address:
        """Open the line, on any free port unless told; where it is. Raises `OSError`."""
        own = await self._wire.open(self._host, self._centre, self._transport, port)
        self._stack = Stack(
            lambda: secrets.token_hex(8), [Listener(self._transport, own)], USER_AGENT
        )
        return own

    async def call(
        self,
        dialled: str,
        *,
        number: str | None = "081234567890",
        voice: Voice | None = None,
        headers: Mapping[str, str] | None = None,
        codecs: tuple[int, ...] = (8, 0),
        text: TextEnd | None = None,
        speaks: bool = True,
    ) -> PhoneCall:
        """Ring digits or a URI; `number` None withholds it. Returns at once: `reach` waits.

        With `text` real-time text is offered beside the sound, or alone when it does not speak.
        """
        audio = AudioEnd(codec=Codec(codecs[0]), ssrc=secrets.randbits(32))
        await audio.open(self._host)
        if voice is not None:
            audio.say(voice)
        made = PhoneCall(self, audio, text, speaks=speaks)
        if text is not None:
            await text.open(self._host)
        own = self._described(made, codecs)
        target = dialled if ":" in dialled else f"sip:{dialled}@{bracketed(self._centre.host)}"
        sender = (
            "anonymous@anonymous.invalid" if number is None else f"{number}@{bracketed(self._host)}"
        )
        made.key = self._open().invite(
            target,
            write_audio(own),
            now=time.monotonic(),
            peer=self._centre,
            transport=self._transport,
            from_uri=f"sip:{sender}",
            headers=tuple((headers or {}).items()),
        )
        self._by_key[made.key] = made
        self._flush()
        return made

    def _described(
        self, call: PhoneCall, codecs: tuple[int, ...] = (8, 0), version: int = 1
    ) -> Session:
        """What the telephone offers, and describes itself with later."""
        return Session(
            self._host,
            call.audio.port,
            session_id=1 if version > 1 else secrets.randbits(31),
            version=version,
            codecs=codecs,
            after=() if call.text is None else text_lines(call.text.port),
            has_audio=call.speaks,
        )

    def hang_up(self, call: PhoneCall) -> None:
        """BYE, or CANCEL while it rings."""
        now = time.monotonic()
        if call.state is CallState.TALKING:
            self._open().bye(call.dialog, now=now)
            call.move(CallState.OVER, by="us")
        elif call.state is not CallState.OVER:
            self._open().cancel(call.key, now=now)
        self._flush()

    async def close(self) -> None:
        """Hang up everything and unplug."""
        for call in self._by_key.values():
            self.hang_up(call)
            call.move(CallState.OVER, by="us")
        if self._timer is not None:
            self._timer.cancel()
        self._wire.close()

    def _open(self) -> Stack:
        assert self._stack is not None, "the telephone is not started"  # noqa: S101
        return self._stack

    def _received(self, data: bytes, source: Address, transport: Transport) -> None:
        for event in self._open().receive(data, source, transport, time.monotonic()):
            self._take(event)
        self._flush()

    def _fired(self) -> None:
        for event in self._open().poll(time.monotonic()):
            self._take(event)
        self._flush()

    def _flush(self) -> None:
        stack = self._open()
        for out in stack.drain():
            self._wire.send(out)
        if self._timer is not None:
            self._timer.cancel()
        at = stack.next_timer()
        loop = asyncio.get_running_loop()
        self._timer = None if at is None else loop.call_at(at, self._fired)

    def _take(self, event: events.Event) -> None:
        match event:
            case events.Response(method="INVITE"):
                self._answered(event)
            case events.Timeout(call=key) if key in self._by_key:
                self._by_key[key].move(CallState.OVER, by="nobody")
            case events.Bye(dialog=dialog) if dialog in self._by_dialog:
                self._by_dialog[dialog].move(CallState.OVER, by="them")
            case events.Reinvite() | events.Update() if event.request:
                self._agree(event)
            case _:
                pass  # nothing else concerns a telephone

    def _answered(self, event: events.Response) -> None:
        call = self._by_key.get(event.call)
        if call is None:
            return
        call.status = event.status
        audio = read(event.sdp)
        if audio is not None:
            point(call, audio)
        point_text(call, event.sdp)
        if event.status >= 300 or event.is_ended:
            call.move(CallState.OVER, by="us" if event.status == 487 else "them")
        elif event.status >= 200:
            call.dialog = event.dialog
            self._by_dialog[event.dialog] = call
            call.move(CallState.TALKING)
        else:
            call.move(CallState.RINGING)

    def _agree(self, event: events.Reinvite | events.Update) -> None:
        call = self._by_dialog.get(event.dialog)
        audio = read(event.sdp)
        if call is None:
            return
        call.reinvites += 1
        if audio is not None:
            point(call, audio)
        own = self._described(call, version=1 + call.reinvites)
        self._open().respond(event.request, 200, now=time.monotonic(), body=write_audio(own))


def read(sdp: bytes | None) -> Audio | None:
    """The audio of a description; None where there is none, or none that can be read."""
    try:
        return None if sdp is None else read_audio(sdp)
    except ParseError:
        return None


def point_text(call: PhoneCall, sdp: bytes | None) -> None:
    """Type to where the other side reads, if it does."""
    if call.text is None or sdp is None:
        return
    try:
        line = read_text(sdp)
    except ParseError:
        return
    if line is not None:
        call.text.point_at(line)


def point(call: PhoneCall, audio: Audio) -> None:
    """Speak to where the other side listens, in its first codec."""
    codec = audio.codecs[0] if audio.codecs else Codec.PCMA
    call.audio.point_at(audio.address, audio.port, codec=codec, dtmf=audio.telephone_event)
