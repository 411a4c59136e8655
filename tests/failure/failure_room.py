"""A room at work: call-takers at desks who answer what rings, and citizens who ring.

Everything goes the way it goes for people: SIP and RTP on one side, HTTP, WebSocket and WebRTC on
the other. Nobody here knows that something may be killed; they try again as a page or a telephone
would. The chances of a citizen come from a seed.
"""

import asyncio
import contextlib
import secrets
from random import Random
from typing import Any

from failure_client import Frame, Screen
from media_peers import WebPeer
from msgspec import Struct

from kentongan.edge.caller.phone import CallState, Phone, PhoneCall
from kentongan.edge.caller.voice import silence
from kentongan.media.g711 import Codec
from kentongan.sip.address import Address

DESKS = (
    "desk_1", "desk_2", "desk_3", "desk_4", "desk_5", "dispatch_1", "dispatch_2", "supervisor",
)  # fmt: skip
LOOK_S = 0.05
CALL_LIMIT_S = 150.0
"""A citizen who is neither answered nor hung up on by then was lost."""

QUIET = bytes([0xD5]) * 160
PLACE = {
    "words": {"text": "Jalan Pemuda 148, Sekayu"},
    "label": {"text": "Balai Kota Semarang"},
    "point": {"lat": -6.9819, "lon": 110.4137},
    "source": "gazetteer",
}


class Room:
    """What everybody sees: the calls that wait, oldest first, and pages asked to offer again."""

    def __init__(self) -> None:
        self.waiting: dict[str, str] = {}  # call -> when it rang
        self.redo: set[str] = set()
        self.handled = 0
        self.refused: dict[str, int] = {}

    def take(self, frame: Frame) -> None:
        """A frame of anybody's line."""
        for row in frame.get("rows", ()):
            if row.get("kind") == "call":
                self._take_call(row)
        if frame.get("k") == "redo":
            self.redo.add(frame["call"])

    def _take_call(self, row: dict[str, Any]) -> None:
        if row.get("state") in ("offered", "queued"):
            self.waiting[row["key"]] = row["ring_at"]
        else:
            self.waiting.pop(row["key"], None)

    def next_call(self) -> str | None:
        """The call that has waited longest; whoever asks means to answer it."""
        if not self.waiting:
            return None
        call = min(self.waiting, key=lambda key: self.waiting[key])
        del self.waiting[call]
        return call

    def give_back(self, call: str, reason: str) -> None:
        """It was not answered after all; unless somebody else has it, it still waits."""
        if reason not in ("call_taken", "call_over"):
            self.waiting.setdefault(call, "")  # before all others: it has been waiting

    def note(self, reason: str) -> None:
        """The domain said no, as it may when several act at once."""
        self.refused[reason] = self.refused.get(reason, 0) + 1


class CallTaker:
    """Works at a desk until cancelled; finishes the call in hand first."""

    def __init__(self, room: Room, screen: Screen, desk: str, chance: Random) -> None:
        self._room = room
        self._screen = screen
        self._desk = desk
        self._chance = chance

    async def work(self, stop: asyncio.Event, units: list[str]) -> None:
        """Answer what rings until told to stop."""
        await self._screen.must("desk.start_duty", desk=self._desk, headset_checked=True)
        line = asyncio.create_task(self._screen.follow(self._room.take))
        try:
            while not stop.is_set():
                call = self._room.next_call()
                if call is None:
                    await asyncio.sleep(LOOK_S)
                    continue
                answered = await self._screen.command("call.answer", call=call, desk=self._desk)
                if answered.is_done:
                    await self._serve(call, units)
                else:
                    self._room.note(answered.body["reason"])
                    self._room.give_back(call, answered.body["reason"])
        finally:
            line.cancel()
            await asyncio.gather(line, return_exceptions=True)

    async def _serve(self, call: str, units: list[str]) -> None:
        audio = asyncio.create_task(self._talk(call))
        try:
            incident = await self._interview(call)
            await self._send_help(incident, units)
        finally:
            await _ended(audio)
        for kind, fields in (
            ("call.end", {"by": "desk"}),
            ("call.dispose", {"disposition": "incident"}),
        ):
            answer = await self._screen.command(kind, call=call, **fields)
            if not answer.is_done:
                self._room.note(answer.body["reason"])
        self._room.handled += 1

    async def _talk(self, call: str) -> None:
        """Offer audio, and again whenever the page is asked to."""
        while True:
            peer = await WebPeer(codec=Codec.PCMA).open()
            peer.keeps = False
            peer.speak_like(QUIET)
            try:
                self._room.redo.discard(call)
                offer = {"sdp": peer.offer(), "desk": self._desk}
                answer = await self._screen.post(f"/api/calls/{call}/media", offer)
                if answer.status == 200:
                    with contextlib.suppress(TimeoutError):
                        await peer.connect(answer.body["sdp"], wait_s=3.0)
                        while call not in self._room.redo:
                            await asyncio.sleep(LOOK_S)
                else:
                    await asyncio.sleep(LOOK_S * 4)
            except OSError:
                await asyncio.sleep(LOOK_S * 4)
            finally:
                await peer.close()

    async def _interview(self, call: str) -> str:
        """The city's order: name, number, complaint, place, nature; then send."""
        screen, key = self._screen, secrets.token_hex(8)
        report, incident = f"report-{key}", f"incident-{key}"
        await screen.must("report.open", report=report, call=call)
        await screen.must("report.identify", report=report, name={"text": "Siti Aminah"})
        await screen.must("report.identify", report=report, number={"text": "081303131148"})
        words = {"text": "minta tolong dipanggilkan Ambulans Hebat"}
        await screen.must("report.take_complaint", report=report, words=words)
        await screen.must("incident.open", incident=incident, report=report)
        await screen.must("incident.locate", incident=incident, place=PLACE)
        await screen.must("incident.classify", incident=incident, nature="MED-01")
        await screen.must("incident.send", incident=incident, complete=True)
        return incident

    async def _send_help(self, incident: str, units: list[str]) -> None:
        """Assign a unit that is free, drive it to the end, close."""
        screen = self._screen
        for unit in self._chance.sample(units, len(units)):
            answer = await screen.command(
                "assignment.assign", incident=incident, unit=unit, agency="dinkes"
            )
            if answer.is_done:
                for progress in ("accepted", "departed", "on_scene", "clear"):
                    await screen.must(
                        "assignment.progress", incident=incident, unit=unit, progress=progress
                    )
                break
            self._room.note(answer.body["reason"])
        await screen.must("incident.close", incident=incident, outcome="resolved")


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancels the task until it has ended: a cancellation that comes together with the end of a
    wait with a limit is lost (Python 3.11), and the task would go on for ever."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=1.0)


class Citizen(Struct):
    """One ring: the number it came from and what became of it."""

    number: str
    call: PhoneCall | None = None
    was_impatient: bool = False
    is_lost: bool = False

    @property
    def was_heard_of(self) -> bool:
        """The centre answered its INVITE with anything but "trying"."""
        return self.call is not None and self.call.status > 100


class Citizens:
    """Rings so many calls, so many at once, each from a number of its own."""

    def __init__(self, port: int, chance: Random) -> None:
        self._phone = Phone(Address("127.0.0.1", port))
        self._chance = chance
        self.rung: list[Citizen] = []

    async def ring(self, count: int, at_once: int) -> None:
        """Ring them all; returns when the last one is over."""
        await self._phone.start()
        places = asyncio.Semaphore(at_once)

        async def one(number: int, patience_s: float | None) -> None:
            async with places:
                await self._ring(f"0813{number:08}", patience_s)

        async with asyncio.TaskGroup() as group:
            for number in range(1, count + 1):
                is_impatient = self._chance.random() < 0.15
                patience_s = self._chance.uniform(0.1, 2.0) if is_impatient else None
                group.create_task(one(number, patience_s))
        await self._phone.close()

    async def _ring(self, number: str, patience_s: float | None) -> None:
        citizen = Citizen(number=number, was_impatient=patience_s is not None)
        self.rung.append(citizen)
        call = citizen.call = await self._phone.call("112", number=number, voice=silence())
        if patience_s is not None:
            with contextlib.suppress(TimeoutError):
                await call.reach(CallState.OVER, within_s=patience_s)
            call.hang_up()
        try:
            await call.reach(CallState.OVER, within_s=CALL_LIMIT_S)
        except TimeoutError:
            citizen.is_lost = True
            call.hang_up()
