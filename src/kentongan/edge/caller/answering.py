"""A simulated telephone that is rung: it rings, and whoever owns it answers, refuses or lets it be.

The other side of `Phone`, with the same socket and stack. It is given to `rung` as soon as it has a
place for sound; from the answer on it is a call like any other. What happens at it is decided by
whoever owns it, not here.
"""

import asyncio
import secrets
import time
from collections.abc import Callable

from kentongan.edge.caller.audio import AudioEnd
from kentongan.edge.caller.phone import CallState, Phone, PhoneCall, point, read
from kentongan.sip import events
from kentongan.sip.address import Address
from kentongan.sip.sdp import Audio, Session, answer_to, write_audio

RUNG_MAX = 60
"""Calls that ring or talk at once; one more finds it busy. The room has 8 desks."""

BUSY, NO_COMMON_CODEC, GONE = 486, 488, 480


class RungCall(PhoneCall):
    """A call that came in. `dialled` is the number that was rung, `caller` who rings."""

    def __init__(
        self, phone: "AnsweringPhone", audio: AudioEnd, invite: events.Invite, offered: Audio | None
    ) -> None:
        super().__init__(phone, audio)
        self.dialled = invite.line
        self.caller = invite.caller
        self.dialog = invite.dialog
        self.request = invite.request
        self.offered = offered
        self._answering = phone

    def accept(self) -> None:
        """Pick up. Without a codec in common the call is refused instead."""
        self._answering.accept(self)

    def refuse(self, status: int = BUSY) -> None:
        """Let whoever rings know that nobody will answer."""
        self._answering.refuse(self, status)


class AnsweringPhone(Phone):
    """Calls `rung` with each call that comes in, on the event loop."""

    def __init__(
        self, centre: Address, rung: Callable[[RungCall], None], *, host: str = "127.0.0.1"
    ) -> None:
        super().__init__(centre, host=host)
        self._rung = rung
        self._rung_calls: dict[str, RungCall] = {}
        self._opening: set[asyncio.Task[None]] = set()

    def accept(self, call: RungCall) -> None:
        """200 with our description; nothing when the call has ended or was answered."""
        if call.state is not CallState.RINGING:
            return
        ours = Session(self._host, call.audio.port, session_id=secrets.randbits(31))
        answer = ours if call.offered is None else answer_to(call.offered, ours)
        if answer is None:
            self.refuse(call, NO_COMMON_CODEC)
            return
        if call.offered is not None:
            point(call, call.offered)
        self._open().respond(call.request, 200, now=time.monotonic(), body=write_audio(answer))
        call.status = 200
        call.move(CallState.TALKING)
        self._flush()

    def refuse(self, call: RungCall, status: int) -> None:
        """A final answer that is none; nothing when the call has ended or was answered."""
        if call.state is CallState.RINGING:
            self._open().respond(call.request, status, now=time.monotonic())
            call.status = status
            self._over(call, by="us")
            self._flush()

    def hang_up(self, call: PhoneCall) -> None:
        """BYE, or a refusal while it rings."""
        if isinstance(call, RungCall) and call.state is CallState.RINGING:
            self.refuse(call, GONE)
            return
        super().hang_up(call)
        if isinstance(call, RungCall):
            self._over(call, by="us")

    async def close(self) -> None:
        """Hang up everything and unplug."""
        for task in list(self._opening):
            task.cancel()
        for call in list(self._rung_calls.values()):
            self.hang_up(call)
        await super().close()

    def _take(self, event: events.Event) -> None:
        match event:
            case events.Invite():
                task = asyncio.get_running_loop().create_task(self._ring(event), name="rung")
                self._opening.add(task)
                task.add_done_callback(self._opening.discard)
            case events.Ack(dialog=dialog, sdp=sdp) if dialog in self._rung_calls:
                audio = read(sdp)
                if audio is not None:  # we made the offer
                    point(self._rung_calls[dialog], audio)
            case events.Cancel(dialog=dialog) | events.Bye(dialog=dialog) if (
                dialog in self._rung_calls
            ):
                self._over(self._rung_calls[dialog], by="them")
            case events.Timeout(dialog=dialog) | events.SessionExpired(dialog=dialog) if (
                dialog in self._rung_calls
            ):
                self._over(self._rung_calls[dialog], by="nobody")
            case _:
                super()._take(event)

    async def _ring(self, invite: events.Invite) -> None:
        now = time.monotonic()
        if len(self._rung_calls) >= RUNG_MAX:
            self._open().respond(invite.request, BUSY, now=now)
            self._flush()
            return
        audio = AudioEnd(ssrc=secrets.randbits(32))
        await audio.open(self._host)
        call = RungCall(self, audio, invite, read(invite.sdp))
        if not self._open().respond(invite.request, 180, now=now):
            audio.close()  # they gave up in the meantime
            return
        self._rung_calls[call.dialog] = self._by_dialog[call.dialog] = call
        call.move(CallState.RINGING)
        self._flush()
        self._rung(call)

    def _over(self, call: RungCall, *, by: str) -> None:
        self._rung_calls.pop(call.dialog, None)
        self._by_dialog.pop(call.dialog, None)
        call.move(CallState.OVER, by=by)
