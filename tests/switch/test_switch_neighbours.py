"""The neighbours as they really are: two media processes, and the web's own line to the switch."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from media_peers import WebPeer
from switch_room import BUDI, DEWI, Room, until
from test_switch_calls import DESK_HZ, play

from kentongan.core.commands import AnswerCall, EndCall, Envelope
from kentongan.core.words import CallId, CommandId, DeskKey, Refused
from kentongan.edge.caller.phone import CallState, PhoneCall
from kentongan.edge.caller.voice import level_of
from kentongan.edge.web.switch_client import SwitchAway, SwitchClient


def _hears_announcement(call: PhoneCall) -> bool:
    heard = call.audio.heard(0.5)
    return len(heard) > 0 and abs(heard).max() > 500


async def _all_connected(room: Room) -> None:
    async with asyncio.timeout(10):
        while not all(one["is_connected"] for one in (await room.control.ask("health"))["media"]):
            await asyncio.sleep(0.02)


def test_calls_are_spread_and_one_death_does_not_touch_the_other(tmp_path: Path) -> None:
    """Two processes, two calls: the one whose process lives misses no packet."""

    async def scenario(room: Room) -> None:
        await _all_connected(room)
        phone = await room.phone()
        calls = [await phone.call("112", number=number) for number in ("0811", "0812")]
        for call in calls:
            await call.reach(CallState.TALKING)
            await until(lambda call=call: _hears_announcement(call))
        shards = (await room.control.ask("health"))["media"]
        assert [shard["calls"] for shard in shards] == [1, 1]
        for call in calls:
            call.audio.forget()
        room.media[0].kill()
        room.media[0].start()
        await until(lambda: all(len(call.audio.heard()) > 8000 for call in calls))
        assert calls[1].audio.missing == 0
        assert all(call.reinvites == 0 for call in calls)

    play(tmp_path, scenario, media=2)


def test_a_full_media_process_passes_its_caller_on(tmp_path: Path) -> None:
    """With room for one call each: two get a place, the third is told at once, the next has it."""

    async def scenario(room: Room) -> None:
        await _all_connected(room)
        phone = await room.phone()
        calls = [await phone.call("112", number=f"08{n}") for n in range(3)]
        await until(lambda: [call.state for call in calls].count(CallState.TALKING) == 2)
        refused = next(call for call in calls if call.state is not CallState.TALKING)
        await refused.reach(CallState.OVER)
        assert refused.status == 503
        next(call for call in calls if call.state is CallState.TALKING).hang_up()
        await until(lambda: [call.state for call in calls].count(CallState.TALKING) == 1)
        after = await phone.call("112", number="089")
        await after.reach(CallState.TALKING)
        await until(lambda: _hears_announcement(after))
        counts = (await room.control.ask("health"))["sip"]["counts"]
        assert (counts["calls"], counts["full"]) == (4, 1)

    play(tmp_path, scenario, media=2, bridges_max=1)


def test_the_webs_own_client_speaks_with_the_switch(tmp_path: Path) -> None:
    """Commands, refusals, audio and pushes as `web` sends and reads them, through a kill -9."""

    async def scenario(room: Room) -> None:
        pushed: list[dict[str, Any]] = []
        client = SwitchClient(tmp_path / "switch.sock", pushed.append)
        client.start()
        await client.reached.wait()
        phone = await room.phone()
        call = await phone.call("112")
        await call.reach(CallState.TALKING)
        key = CallId((await room.call_in("queued"))["key"])
        assert any(push["event"] == "call" and push["state"] == "queued" for push in pushed)

        answer = AnswerCall(call=key, desk=DeskKey("desk_1"))
        done = await client.command(Envelope(id=CommandId("w1"), agent=DEWI, command=answer))
        assert done["events"] == ["call.answered"]
        second = AnswerCall(call=key, desk=DeskKey("desk_2"))
        with pytest.raises(Refused, match="call_taken"):
            await client.command(Envelope(id=CommandId("w2"), agent=BUDI, command=second))
        peer = await WebPeer(DESK_HZ).open()
        await peer.connect(await client.media(key, "desk_1", DEWI.id, peer.offer()))
        await until(lambda: level_of(call.audio.heard(0.3), DESK_HZ) > 5000)

        room.switch.kill()
        await until(lambda: not client.reached.is_set())
        end = Envelope(id=CommandId("w3"), agent=DEWI, command=EndCall(call=key, by="desk"))
        with pytest.raises(SwitchAway):
            await client.command(end)
        room.switch.start()
        await until(client.reached.is_set)
        assert (await client.command(end))["events"] == ["call.ended"]
        await call.reach(CallState.OVER)
        await peer.close()
        await client.stop()

    play(tmp_path, scenario)


def test_many_questions_at_once_are_all_answered(tmp_path: Path) -> None:
    """More than one client may have in hand are told to wait, none is left without an answer."""

    async def scenario(room: Room) -> None:
        answers = await asyncio.gather(*(room.control.ask("list") for _ in range(500)))
        assert len(answers) == 500
        assert all(answer == {"error": "busy"} or "calls" in answer for answer in answers)

    play(tmp_path, scenario)
