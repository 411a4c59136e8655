"""kill -9 with calls in every state at once: who talks hears no gap, nobody is forgotten."""

import asyncio
import os
import time
from pathlib import Path
from typing import Any

import pytest
from media_stalls import waited_s
from media_whole import Silence, Whole
from msgspec.structs import replace
from switch_room import DEWI, SUTI, Page, Room, until
from voice_centre import EARLY, centre, waiting_call
from voice_levels import Levels, Pace
from voice_telephone import Line, Telephone

from kentongan.core.commands import (
    AnyCommand,
    CallBack,
    HoldCall,
    InviteParty,
    ResumeCall,
    SuperviseCall,
    TransferCall,
)
from kentongan.core.words import AgentId, CallId, DeskKey, PartyKey, personal

BACK_S = 1.5
"""A switch that was killed has its calls again. What the machine was held up by something else in
that very moment is measured and comes on top."""

PARTY = PartyKey("damkar-1")
STEP_HZ = 40


class Standing:
    """One call in one state: its caller, its desk, the agency in it."""

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
        await self.judge("talk", {"caller": "desk", "desk": "caller"})

    async def invite(self) -> None:
        """The agency joins."""
        ask = InviteParty(call=self.key, party=PARTY, kind="agency", number=personal(self.number))
        await self.ask(ask)
        self.agency = await self.stage.agency.rung(self.number)
        await self.judge(
            "conference",
            {"caller": "desk agency", "desk": "caller agency", "agency": "caller desk"},
        )

    async def ask(self, command: AnyCommand) -> None:
        """What the desk asks."""
        answer = await self.stage.room.control.command(command, self.page.agent)
        assert "events" in answer, (self.name, command, answer)

    async def judge(self, stage: str, hearing: dict[str, str], *, sound: str = "") -> None:
        """Who hears whom."""
        ears = {"caller": getattr(self, "caller", None), "agency": getattr(self, "agency", None)}
        levels = Levels(self.name, pace=Pace(self.stage.room))
        levels.ears = {name: ear for name, ear in ears.items() if ear is not None}
        if hasattr(self, "page"):
            levels.ears["desk"] = self.page.peer
        levels.voices = {"caller": self.caller_hz, "desk": self.desk_hz, "agency": self.agency_hz}
        await levels.judge(stage, hearing, sound=sound)

    async def state(self) -> str:
        """As the switch has it."""
        rows = {row["key"]: row for row in await self.stage.room.control.calls()}
        return str(rows[self.key]["state"])


class Stage:
    """A centre with calls that stand in all states."""

    def __init__(self, room: Room, agency: Telephone, telephone: Telephone) -> None:
        self.room = room
        self.agency = agency
        self.telephone = telephone
        self.early = Telephone(host=EARLY)

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


async def _seven_calls(stage: Stage) -> dict[str, Standing]:
    names = ("ringing", "queued", "talking", "held", "conference", "transferred", "leaving")
    calls = {name: stage.call(name, index) for index, name in enumerate(names)}
    await calls["ringing"].ring(stage.early)
    for name in names[1:]:
        await calls[name].ring(stage.telephone)
    await calls["transferred"].answer("desk_4")
    await calls["transferred"].invite()
    await calls["transferred"].ask(TransferCall(call=calls["transferred"].key, party=PARTY))
    await calls["transferred"].page.peer.close()
    for desk, name in enumerate(("talking", "held", "conference"), start=1):
        await calls[name].answer(f"desk_{desk}")
    await calls["leaving"].answer("desk_5")
    await calls["conference"].invite()
    await calls["held"].ask(HoldCall(call=calls["held"].key))
    calls["back"] = await _calling_back(stage)
    await calls["held"].judge("hold", {"caller": "", "desk": ""}, sound="caller")
    return calls


async def _calling_back(stage: Stage) -> Standing:
    """A desk rings somebody whose telephone has not answered yet."""
    back = stage.call("back", 7)
    back.key = CallId("back-1")
    agent = replace(DEWI, id=AgentId("dewi-back"), desk=DeskKey("desk_4"))
    back.page = Page(stage.room.control, agent, back.desk_hz)
    number = personal(back.number)
    assert number is not None
    stage.agency.slow.add(back.number)
    desk = DeskKey("desk_4")
    await back.ask(CallBack(call=back.key, number=number, line="112", trunk="", desk=desk))
    await back.page.join(back.key)
    back.caller = await stage.agency.rung(back.number)
    back.caller_hz, back.agency_hz = back.agency_hz, back.caller_hz
    return back


def _ends(calls: dict[str, Standing]) -> dict[str, Any]:
    """Everybody who is in talk, by name."""
    talking = {f"{name}'s caller": calls[name].caller for name in ("talking", "conference")}
    pages = {f"{name}'s desk": calls[name].page.peer for name in ("talking", "conference")}
    agencies = {f"{name}'s agency": calls[name].agency for name in ("conference", "transferred")}
    waiting = {f"{name} caller": calls[name].caller for name in ("ringing", "queued", "held")}
    return {
        **talking,
        "transferred caller": calls["transferred"].caller,
        **pages,
        **agencies,
        **waiting,
    }


@pytest.mark.slow
def test_the_switch_is_killed_with_calls_in_every_state(tmp_path: Path) -> None:
    """No packet is missing anywhere, each call goes on from its state, the BYE is honoured.

    ringing (early media), queued, talking, held, in conference, transferred, calling back; and one
    whose BYE comes while there is no switch.
    """

    async def main() -> None:
        async with centre(tmp_path, is_guarded=True) as (room, agency), Telephone() as telephone:
            stage = Stage(room, agency, telephone)
            async with stage.early:
                calls = await _seven_calls(stage)
                await _kill_switch(stage, calls)
                await _go_on(stage, calls)

    asyncio.run(main())


async def _kill_switch(stage: Stage, calls: dict[str, Standing]) -> None:
    before = {name: await call.state() for name, call in calls.items()}
    assert before == {
        "ringing": "queued", "queued": "queued", "talking": "answered", "held": "held",
        "conference": "answered", "transferred": "transferred", "leaving": "answered",
        "back": "calling",
    }  # fmt: skip
    whole = Whole(stage.room.media[0].pid, **_ends(calls))
    asyncio.get_running_loop().call_later(
        0.05, lambda: stage.telephone.hang_up(calls["leaving"].caller)
    )
    away_s = await stage.restart_switch()
    stall_s = waited_s(stage.room.switch.pid)
    after = {name: await call.state() for name, call in calls.items()}
    print(f"switch away for {away_s:.2f} s, without a processor {stall_s:.2f} s")
    whole.judge()
    assert {**after, "leaving": ""} == {**before, "leaving": ""}
    assert away_s < BACK_S + stall_s


async def _go_on(stage: Stage, calls: dict[str, Standing]) -> None:
    """Every call from where it stood."""
    async with asyncio.timeout(20):
        while await calls["leaving"].state() != "ended":
            await asyncio.sleep(0.05)
    await calls["leaving"].page.peer.close()
    await calls["talking"].judge("talk", {"caller": "desk", "desk": "caller"})
    await calls["held"].judge("hold", {"caller": "", "desk": ""}, sound="caller")
    await calls["held"].ask(ResumeCall(call=calls["held"].key))
    await calls["held"].judge("resumed", {"caller": "desk", "desk": "caller"})
    three = {"caller": "desk agency", "desk": "caller agency", "agency": "caller desk"}
    await calls["conference"].judge("conference", three)
    await calls["transferred"].judge("transferred", {"caller": "agency", "agency": "caller"})
    assert calls["ringing"].caller.state == "ringing"
    await calls["ringing"].judge("ringing", {"caller": ""}, sound="caller")
    await calls["ringing"].answer("desk_5")
    assert calls["ringing"].caller.state == "talking"
    await calls["queued"].judge("queued", {"caller": ""}, sound="caller")
    stage.agency.accept(calls["back"].caller)
    await calls["back"].judge("called back", {"caller": "desk", "desk": "caller"})
    stage.telephone.hang_up(calls["transferred"].caller)
    await calls["transferred"].agency.reach("over")
    stage.agency.hang_up(calls["conference"].agency)
    await calls["conference"].judge("alone", {"caller": "desk", "desk": "caller"})
    for call in calls.values():
        assert call.caller.reinvites == 0
        if hasattr(call, "page"):
            await call.page.peer.close()


@pytest.mark.slow
def test_a_media_process_is_killed_with_a_conference(tmp_path: Path) -> None:
    """Same ports, no re-INVITE; parties, a whispering supervisor, hold and announcement are back.

    Pages offer again when they are told to, as a browser's page does.
    """

    async def main() -> None:
        async with centre(tmp_path, is_guarded=True) as (room, agency), Telephone() as telephone:
            stage = Stage(room, agency, telephone)
            calls = {name: stage.call(name, at) for at, name in enumerate(MEDIA_CALLS)}
            for call in calls.values():
                await call.ring(telephone)
            await calls["conference"].answer("desk_1")
            await calls["conference"].invite()
            await calls["held"].answer("desk_2")
            await calls["held"].ask(HoldCall(call=calls["held"].key))
            chief = await _whisper(stage, calls["conference"])
            await _kill_media(stage, calls, chief)
            for page in (chief, calls["conference"].page, calls["held"].page):
                await page.peer.close()

    asyncio.run(main())


DEAF_S = 0.7
"""Longest silence when a media process is killed (VOICE.md, section 10); what one of those who
bring sound back waited for a processor until it was back comes on top."""

MEDIA_CALLS = ("conference", "held", "queued")
CHIEF_HZ = 2050.0


async def _whisper(stage: Stage, call: Standing) -> Page:
    """A supervisor speaks to the desk of that call alone."""
    desk = DeskKey("supervisor")
    chief = Page(stage.room.control, replace(SUTI, desk=desk), CHIEF_HZ)
    ask = SuperviseCall(call=call.key, desk=desk, mode="whisper")
    assert "events" in await stage.room.control.command(ask, chief.agent)
    await chief.join(call.key)
    await _judge_whisper(call, chief)
    return chief


async def _judge_whisper(call: Standing, chief: Page) -> None:
    levels = Levels("whisper", pace=Pace(call.stage.room))
    levels.ears = {
        "caller": call.caller, "desk": call.page.peer, "agency": call.agency, "chief": chief.peer,
    }  # fmt: skip
    levels.voices = {
        "caller": call.caller_hz, "desk": call.desk_hz, "agency": call.agency_hz,
        "chief": CHIEF_HZ,
    }  # fmt: skip
    await levels.judge(
        "whisper",
        {
            "caller": "desk agency",
            "desk": "caller agency chief",
            "agency": "caller desk",
            "chief": "caller desk agency",
        },
    )


async def _kill_media(stage: Stage, calls: dict[str, Standing], chief: Page) -> None:
    lines = [call.caller for call in calls.values()] + [calls["conference"].agency]
    remotes = [line.remote for line in lines]
    pages = {"desk_1": calls["conference"].page, "desk_2": calls["held"].page, "supervisor": chief}
    stage.room.control.pushed.clear()
    silences = [Silence(line, lambda: _alive(stage.room)) for line in lines]
    await asyncio.to_thread(stage.room.media[0].kill)
    await asyncio.to_thread(stage.room.media[0].start)
    for desk, page in pages.items():
        call = calls["held" if desk == "desk_2" else "conference"].key
        await until(lambda desk=desk: _is_told(stage.room, desk))
        await page.peer.close(says_farewell=False)
        await page.join(call)
    await _judge_whisper(calls["conference"], chief)
    await calls["held"].judge("hold", {"caller": "", "desk": ""}, sound="caller")
    await calls["queued"].judge("queued", {"caller": ""}, sound="caller")
    for name, line, silence in zip((*calls, "agency"), lines, silences, strict=True):
        silence.judge(DEAF_S, name)
        assert line.reinvites == 0
    assert [line.remote for line in lines] == remotes


def _alive(room: Room) -> list[int]:
    """Who brings sound back, and who listens."""
    return [os.getpid(), *(pid for pid in (room.media[0].pid, room.switch.pid) if pid)]


def _is_told(room: Room, desk: str) -> bool:
    return any(push["event"] == "redo" and push["desk"] == desk for push in room.control.pushed)
