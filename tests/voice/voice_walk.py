"""One call through every way of talking, each judged by its tones at all ears.

talk, hold, listen, whisper, barge, conference with an agency, attended transfer, back to a desk,
blind transfer, transfer at the agency's exchange. Whoever calls is given: a telephone, a real SIP
program, a citizen's page.
"""

import asyncio
from typing import Protocol

from msgspec.structs import replace
from switch_room import DEWI, SUTI, Page, Room
from voice_levels import Ear, Levels, Pace
from voice_tears import OPUS_STEP
from voice_telephone import Line, Telephone

from kentongan.core.commands import (
    AnyCommand,
    HoldCall,
    InviteParty,
    ResumeCall,
    StopSupervising,
    SuperviseCall,
    TransferCall,
)
from kentongan.core.words import Agent, AgentId, CallId, DeskKey, PartyKey, personal

CALLER, DESK, CHIEF, AGENCY = "caller", "desk", "chief", "agency"

DESKS = ("desk_1", "desk_2", "desk_3", "desk_4", "desk_5", "dispatch_2")
"""One for each call that walks beside others."""

OPUS_DB = 5.0
"""Opus is made for speech: of two pure tones at 24 kbit/s one may come out this much weaker."""


class Hearer(Ear, Protocol):
    """Whoever calls."""

    hz: float


class Walk:
    """One call's way. `index` keeps its desks, tones and the agency's number its own."""

    def __init__(
        self, room: Room, agency: Telephone, chairs: "asyncio.Queue[str]", name: str, index: int
    ) -> None:
        self.room = room
        self.chairs = chairs  # desks of supervisors; each hears one call at a time
        self.agency = agency
        self.index = index
        self.levels = Levels(name)
        if "opus" in name:
            self.levels.heard_db, self.levels.step = OPUS_DB, OPUS_STEP
        self.levels.pace = Pace(room)
        self.tones = {
            CALLER: 700.0 + 40 * index,
            DESK: 1300.0 + 40 * index,
            CHIEF: 2050.0 + 40 * index,
            AGENCY: 2500.0 + 40 * index,
        }
        self.number = f"02476058{index:02d}"
        agency.hz_of[self.number] = self.tones[AGENCY]
        self.desk = self._page(DEWI, DESKS[index], self.tones[DESK])
        self.call = CallId("")

    def _page(self, who: Agent, desk: str, hz: float) -> Page:
        agent = replace(who, id=AgentId(f"{who.id}{self.index}"), desk=DeskKey(desk))
        return Page(self.room.control, agent, hz)

    async def go(self, caller: Hearer, call: str) -> None:
        """The whole way; the caller waits in the queue and hears the announcement."""
        self.call = CallId(call)
        self.levels.ears[CALLER] = caller
        self.levels.voices = {CALLER: self.tones[CALLER]}
        await self.levels.judge("queued", {CALLER: ""}, sound=CALLER)
        await self._talk_and_hold()
        await self._supervised()
        await self._conference()
        await self._blind()
        await self.desk.peer.close()

    async def has_ended(self) -> None:
        """The caller hung up: the agency that talked with them hears so too."""
        await self._rang()[-1].reach("over")

    async def _talk_and_hold(self) -> None:
        await self._answer()
        await self.levels.judge("talk", {CALLER: DESK, DESK: CALLER})
        await self._ask(HoldCall(call=self.call))
        await self.levels.judge("hold", {CALLER: "", DESK: ""}, sound=CALLER)
        await self._ask(ResumeCall(call=self.call))
        await self.levels.judge("resumed", {CALLER: DESK, DESK: CALLER})

    async def _answer(self) -> None:
        await self.desk.answer(self.call)
        self._seat(DESK, self.desk)

    def _seat(self, who: str, page: Page) -> None:
        self.levels.ears[who] = page.peer
        self.levels.voices[who] = self.tones[who]

    async def _supervised(self) -> None:
        chair = await self.chairs.get()
        try:
            await self._supervised_from(self._page(SUTI, chair, self.tones[CHIEF]), DeskKey(chair))
        finally:
            self.chairs.put_nowait(chair)

    async def _supervised_from(self, chief: Page, desk: DeskKey) -> None:
        ask = SuperviseCall(call=self.call, desk=desk, mode="listen")
        await self._ask(ask, chief.agent)
        await chief.join(self.call)
        self._seat(CHIEF, chief)
        both = f"{CALLER} {DESK}"
        await self.levels.judge("listen", {CALLER: DESK, DESK: CALLER, CHIEF: both})
        await self._ask(replace(ask, mode="whisper"), chief.agent)
        whispered = {CALLER: DESK, DESK: f"{CALLER} {CHIEF}", CHIEF: both}
        await self.levels.judge("whisper", whispered)
        await self._ask(replace(ask, mode="barge"), chief.agent)
        barged = {CALLER: f"{DESK} {CHIEF}", DESK: f"{CALLER} {CHIEF}", CHIEF: both}
        await self.levels.judge("barge", barged)
        stop = StopSupervising(call=self.call, desk=desk)
        await self._ask(stop, chief.agent)
        await chief.peer.close()
        del self.levels.ears[CHIEF]
        await self.levels.judge("alone again", {CALLER: DESK, DESK: CALLER})

    async def _conference(self) -> None:
        line = await self._invite("agency-1")
        self._join(line)
        await self.levels.judge(
            "conference",
            {CALLER: f"{DESK} {AGENCY}", DESK: f"{CALLER} {AGENCY}", AGENCY: f"{CALLER} {DESK}"},
        )
        await self._ask(TransferCall(call=self.call, party=PartyKey("agency-1")))
        await self.levels.judge("attended transfer", {CALLER: AGENCY, AGENCY: CALLER})
        await self.desk.peer.close()
        self.agency.hang_up(line)
        await self.levels.judge("back in front", {CALLER: ""}, sound=CALLER)

    async def _blind(self) -> None:
        await self._answer()
        await self.levels.judge("talk again", {CALLER: DESK, DESK: CALLER})
        self.agency.slow.add(self.number)
        line = await self._invite("agency-2")
        party = PartyKey("agency-2")
        await self._ask(TransferCall(call=self.call, party=party, blind=True))
        await self.levels.judge("blind, it rings", {CALLER: ""}, sound=CALLER)
        self.agency.accept(line)
        self._join(line)
        await self.levels.judge("blind transfer", {CALLER: AGENCY, AGENCY: CALLER})
        colleague = f"{self.number}9"
        self.agency.hz_of[colleague] = self.tones[AGENCY]
        self.agency.refer(line, colleague)
        self._join(await self.agency.rung(colleague))
        await line.reach("over")
        await self.levels.judge("exchange transfer", {CALLER: AGENCY, AGENCY: CALLER})

    async def _invite(self, party: str) -> Line:
        before = len(self._rang())
        number = personal(self.number)
        ask = InviteParty(call=self.call, party=PartyKey(party), kind="agency", number=number)
        await self._ask(ask)
        async with asyncio.timeout(10):
            while len(self._rang()) == before:
                await asyncio.sleep(0.01)
        return self._rang()[-1]

    def _rang(self) -> list[Line]:
        return [line for line in self.agency.lines if line.number == self.number and line.request]

    def _join(self, line: Line) -> None:
        self.levels.ears[AGENCY] = line
        self.levels.voices[AGENCY] = self.tones[AGENCY]

    async def _ask(self, command: AnyCommand, agent: Agent | None = None) -> None:
        answer = await self.room.control.command(command, agent or self.desk.agent)
        assert "events" in answer, (self.levels.name, command, answer)
