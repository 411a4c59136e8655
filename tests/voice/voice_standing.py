"""Calls that stand in all states at once, before a process is killed, and what is heard in each."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace
from switch_room import DEWI, SUTI, Page, Room
from voice_centre import EARLY, waiting_call
from voice_levels import Levels, Pace
from voice_telephone import Line, Telephone

from kentongan.core.commands import (
    AnyCommand,
    CallBack,
    HoldCall,
    InviteParty,
    SuperviseCall,
    TransferCall,
)
from kentongan.core.words import AgentId, CallId, DeskKey, PartyKey, personal

PARTY = PartyKey("damkar-1")
STEP_HZ = 40
CHIEF_HZ = 2050.0
JUDGED_MAX = 3
"""Calls listened to at a time: spectra of more would hold up the voices of this program."""

TALK: Mapping[str, str] = {"caller": "desk", "desk": "caller"}
THREE: Mapping[str, str] = {
    "caller": "desk agency", "desk": "caller agency", "agency": "caller desk",
}  # fmt: skip
NAMES = (
    "ringing", "queued", "talking", "held", "conference", "transferred", "leaving", "back",
    "blind", "dialling",
)  # fmt: skip
"""Seven states of whoever rang in; somebody who is rung back; two whose agency rings."""


class Standing:
    """One call in one state: its caller, its desk, the agency in it, who listens."""

    def __init__(self, stage: "Stage", name: str, index: int) -> None:
        self.stage = stage
        self.name = name
        self.number = f"0811777{index:03d}"
        self.caller_hz, self.desk_hz, self.agency_hz = (
            base + STEP_HZ * index for base in (700.0, 1300.0, 2500.0)
        )
        self.key = CallId("")
        self.caller: Line
        self.page: Page
        self.agency: Line
        self.chief: Page
        stage.agency.hz_of[self.number] = self.agency_hz

    async def ring(self, telephone: Telephone) -> None:
        """The caller dials, and waits."""
        telephone.hz = self.caller_hz
        self.caller = await telephone.dial(self.stage.room.centre, number=self.number)
        self.key = CallId(await waiting_call(self.stage.room, self.number))

    async def answer(self, desk: str) -> None:
        """A desk takes it; both hear each other."""
        agent = replace(DEWI, id=AgentId(f"dewi-{desk}"), desk=DeskKey(desk))
        self.page = Page(self.stage.room.control, agent, self.desk_hz)
        await self.page.answer(self.key)
        await self.judge("talk", TALK)

    async def dial(self) -> None:
        """The agency is rung."""
        ask = InviteParty(call=self.key, party=PARTY, kind="agency", number=personal(self.number))
        await self.ask(ask)
        self.agency = await self.stage.agency.rung(self.number)

    async def invite(self) -> None:
        """The agency joins."""
        await self.dial()
        await self.judge("conference", THREE)

    async def transfer(self, *, blind: bool = False) -> None:
        """The desk leaves caller and agency to each other."""
        await self.ask(TransferCall(call=self.key, party=PARTY, blind=blind))
        await self.page.peer.close()

    async def supervise(self, desk: str, mode: str) -> None:
        """A supervisor listens, or speaks to the desk alone."""
        self.chief = Page(self.stage.room.control, replace(SUTI, desk=DeskKey(desk)), CHIEF_HZ)
        ask = SuperviseCall(call=self.key, desk=DeskKey(desk), mode=mode)  # type: ignore[arg-type]
        assert "events" in await self.stage.room.control.command(ask, self.chief.agent)
        await self.chief.join(self.key)
        await self.judge_supervised(mode)

    async def judge_supervised(self, mode: str) -> None:
        """Supervisors hear everybody; they are heard by nobody, or by the desk alone."""
        hearing = dict(THREE if hasattr(self, "agency") else TALK)
        hearing["chief"] = "caller desk" + (" agency" if hasattr(self, "agency") else "")
        if mode == "whisper":
            hearing["desk"] += " chief"
        await self.judge(mode, hearing)

    async def ask(self, command: AnyCommand) -> None:
        """What the desk asks."""
        answer = await self.stage.room.control.command(command, self.page.agent)
        assert "events" in answer, (self.name, command, answer)

    async def judge(self, stage: str, hearing: Mapping[str, str], *, sound: str = "") -> None:
        """Who hears whom."""
        levels = Levels(self.name, pace=Pace(self.stage.room))
        levels.ears = {
            name: getattr(self, name) for name in ("caller", "agency") if hasattr(self, name)
        }
        levels.voices = {"caller": self.caller_hz, "desk": self.desk_hz, "agency": self.agency_hz}
        if hasattr(self, "page"):
            levels.ears["desk"] = self.page.peer
        if hasattr(self, "chief"):
            levels.ears["chief"], levels.voices["chief"] = self.chief.peer, CHIEF_HZ
        async with self.stage.judging:
            await levels.judge(stage, hearing, sound=sound)

    async def row(self) -> dict[str, Any]:
        """As the switch has it."""
        rows = {row["key"]: row for row in await self.stage.room.control.calls()}
        return rows[self.key]

    async def state(self) -> str:
        """As the switch has it."""
        return str((await self.row())["state"])

    async def reach_party(self, state: str) -> None:
        """Wait until the agency is in that state. Raises `TimeoutError`."""
        async with asyncio.timeout(15):
            while [one["state"] for one in (await self.row())["parties"]] != [state]:
                await asyncio.sleep(0.05)


class Stage:
    """A centre with calls that stand in all states."""

    def __init__(self, room: Room, agency: Telephone, telephone: Telephone) -> None:
        self.room = room
        self.agency = agency
        self.telephone = telephone
        self.early = Telephone(host=EARLY)
        self.judging = asyncio.Semaphore(JUDGED_MAX)

    def call(self, name: str, index: int) -> Standing:
        """A call to be."""
        return Standing(self, name, index)

    async def restart_switch(self) -> float:
        """kill -9, start; seconds until it has its calls again."""
        self.room.control.close()
        killed_at = time.monotonic()
        await asyncio.to_thread(self.room.switch.kill)  # our own ears must not be held up
        await asyncio.to_thread(self.room.switch.start)
        await self.room.control.connect()
        await self.room.control.calls()
        return time.monotonic() - killed_at

    async def all_states(self) -> dict[str, Standing]:
        """A call in each of them; two supervisors, one listens and one whispers."""
        calls = {name: self.call(name, index) for index, name in enumerate(NAMES)}
        await calls["ringing"].ring(self.early)
        for name in NAMES[1:]:
            if name != "back":
                await calls[name].ring(self.telephone)
        await asyncio.gather(
            self._transfer(calls["transferred"], calls["back"]),
            self._blind(calls["blind"], calls["dialling"]),
            calls["talking"].answer("desk_1"),
            self._hold(calls["held"]),
            self._confer(calls["conference"]),
            calls["leaving"].answer("desk_5"),
        )
        await asyncio.gather(
            calls["talking"].supervise("supervisor", "whisper"),
            calls["conference"].supervise("dispatch_1", "listen"),
        )
        return calls

    async def _transfer(self, call: Standing, back: Standing) -> None:
        """Caller and agency are left to each other; then that desk rings somebody."""
        await call.answer("desk_4")
        await call.invite()
        await call.transfer()
        await self._call_back(back)

    async def _call_back(self, back: Standing) -> None:
        """A desk rings somebody whose telephone has not answered yet."""
        back.key = CallId("back-1")
        desk = DeskKey("desk_4")
        agent = replace(DEWI, id=AgentId("dewi-back"), desk=desk)
        back.page = Page(self.room.control, agent, back.desk_hz)
        number = personal(back.number)
        assert number is not None
        self.agency.slow.add(back.number)
        await back.ask(CallBack(call=back.key, number=number, line="112", trunk="", desk=desk))
        await back.page.join(back.key)
        back.caller = await self.agency.rung(back.number)
        back.caller_hz, back.agency_hz = back.agency_hz, back.caller_hz

    async def _blind(self, blind: Standing, dialling: Standing) -> None:
        """A blind transfer that rings; then that desk talks to a caller while its agency rings."""
        await blind.answer("dispatch_2")
        self.agency.slow |= {blind.number, dialling.number}
        await blind.dial()
        await blind.transfer(blind=True)
        await dialling.answer("dispatch_2")
        await dialling.dial()
        await blind.judge("blind, it rings", {"caller": ""}, sound="caller")

    async def _hold(self, call: Standing) -> None:
        await call.answer("desk_2")
        await call.ask(HoldCall(call=call.key))
        await call.judge("hold", {"caller": "", "desk": ""}, sound="caller")

    async def _confer(self, call: Standing) -> None:
        await call.answer("desk_3")
        await call.invite()
