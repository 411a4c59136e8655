"""kill -9 with calls in every state at once: who talks hears no gap, nobody is forgotten."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from media_stalls import waited_s
from media_whole import Silence, Whole
from switch_room import Room, until
from voice_centre import centre
from voice_standing import TALK, THREE, Stage, Standing
from voice_telephone import Telephone

from kentongan.core.commands import HoldCall, ResumeCall

BACK_S = 1.5
"""A switch that was killed has its calls again. What the machine was held up by something else in
that very moment is measured and comes on top."""


def _ends(calls: dict[str, Standing]) -> dict[str, Any]:
    """Everybody who hears something, by name."""
    desks = ("talking", "conference", "dialling")
    waiting = ("ringing", "queued", "held", "transferred", "blind")
    return {
        **{f"{name}'s caller": calls[name].caller for name in (*desks, *waiting)},
        **{f"{name}'s desk": calls[name].page.peer for name in desks},
        **{f"{name}'s agency": calls[name].agency for name in ("conference", "transferred")},
        **{f"{name}'s chief": calls[name].chief.peer for name in ("talking", "conference")},
    }


@pytest.mark.slow
def test_the_switch_is_killed_with_calls_in_every_state(tmp_path: Path) -> None:
    """No packet is missing anywhere, each call goes on from its state, the BYE is honoured.

    ringing (early media), queued, talking, held, in conference, transferred, calling back; a blind
    transfer and an agency that ring, a call that is listened to and one that is whispered into.
    While there is no switch, one caller hangs up and the agency that rings answers.
    """

    async def main() -> None:
        async with centre(tmp_path, is_guarded=True) as (room, agency), Telephone() as telephone:
            stage = Stage(room, agency, telephone)
            async with stage.early:
                calls = await stage.all_states()
                await _kill_switch(stage, calls)
                await _go_on(stage, calls)

    asyncio.run(main())


async def _kill_switch(stage: Stage, calls: dict[str, Standing]) -> None:
    before = {name: await call.state() for name, call in calls.items()}
    assert before == {
        "ringing": "queued", "queued": "queued", "talking": "answered", "held": "held",
        "conference": "answered", "transferred": "transferred", "leaving": "answered",
        "back": "calling", "blind": "transferred", "dialling": "answered",
    }  # fmt: skip
    whole = Whole(stage.room.media[0].pid, **_ends(calls))
    loop = asyncio.get_running_loop()
    loop.call_later(0.05, lambda: stage.telephone.hang_up(calls["leaving"].caller))
    loop.call_later(0.05, lambda: stage.agency.accept(calls["dialling"].agency))
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
    await asyncio.gather(
        calls["talking"].judge_supervised("whisper"),
        calls["conference"].judge_supervised("listen"),
        _resume(calls["held"]),
        calls["transferred"].judge("transferred", {"caller": "agency", "agency": "caller"}),
        _answer_early(calls["ringing"]),
        calls["queued"].judge("queued", {"caller": ""}, sound="caller"),
        _call_back(stage, calls["back"]),
        _blind(stage, calls["blind"]),
        _three(calls["dialling"]),
    )
    stage.telephone.hang_up(calls["transferred"].caller)
    await calls["transferred"].agency.reach("over")
    stage.agency.hang_up(calls["conference"].agency)
    await calls["conference"].judge("alone", TALK)
    for call in calls.values():
        assert call.caller.reinvites == 0
        for page in ("page", "chief"):
            if hasattr(call, page):
                await getattr(call, page).peer.close()


async def _resume(held: Standing) -> None:
    await held.judge("hold", {"caller": "", "desk": ""}, sound="caller")
    await held.ask(ResumeCall(call=held.key))
    await held.judge("resumed", TALK)


async def _answer_early(ringing: Standing) -> None:
    assert ringing.caller.state == "ringing"
    await ringing.judge("ringing", {"caller": ""}, sound="caller")
    await ringing.answer("desk_5")
    assert ringing.caller.state == "talking"


async def _call_back(stage: Stage, back: Standing) -> None:
    stage.agency.accept(back.caller)
    await back.judge("called back", TALK)


async def _blind(stage: Stage, blind: Standing) -> None:
    """It rings on; then caller and agency hear each other."""
    await blind.judge("blind, it rings", {"caller": ""}, sound="caller")
    assert blind.agency.state == "ringing"
    stage.agency.accept(blind.agency)
    await blind.judge("blind transfer", {"caller": "agency", "agency": "caller"})


async def _three(dialling: Standing) -> None:
    """The agency's answer was on the wire again and again until somebody was there to hear it."""
    await dialling.reach_party("joined")
    await dialling.judge("conference", THREE)
    assert dialling.agency.state == "talking"


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
            await calls["conference"].supervise("supervisor", "whisper")
            await _kill_media(stage, calls)
            for page in (calls["conference"].chief, calls["conference"].page, calls["held"].page):
                await page.peer.close()

    asyncio.run(main())


DEAF_S = 0.7
"""Longest silence when a media process is killed (VOICE.md, section 10); what one of those who
bring sound back waited for a processor until it was back comes on top."""

MEDIA_CALLS = ("conference", "held", "queued")


async def _kill_media(stage: Stage, calls: dict[str, Standing]) -> None:
    lines = [call.caller for call in calls.values()] + [calls["conference"].agency]
    remotes = [line.remote for line in lines]
    pages = {
        "desk_1": calls["conference"].page,
        "desk_2": calls["held"].page,
        "supervisor": calls["conference"].chief,
    }
    stage.room.control.pushed.clear()
    silences = [Silence(line, lambda: _alive(stage.room)) for line in lines]
    await asyncio.to_thread(stage.room.media[0].kill)
    await asyncio.to_thread(stage.room.media[0].start)
    for desk, page in pages.items():
        call = calls["held" if desk == "desk_2" else "conference"].key
        await until(lambda desk=desk: _is_told(stage.room, desk))
        await page.peer.close(says_farewell=False)
        await page.join(call)
    await calls["conference"].judge_supervised("whisper")
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
