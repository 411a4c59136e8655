"""kill -9 of the switch, of a media process, of the web's connection: calls and audio go on."""

import asyncio
import os
import time
from pathlib import Path

from media_stalls import waited_s
from media_whole import Silence, Whole
from switch_room import DEWI, Page, Room, kind_of, until
from test_switch_calls import CALLER_HZ, DESK_HZ, play

from kentongan.core.commands import PromptCaller
from kentongan.core.events import RecordingKept
from kentongan.core.words import CallId
from kentongan.edge.caller.phone import CallState
from kentongan.edge.caller.voice import level_of, tone

BACK_S = 1.5
"""A switch that was killed has its calls again. What the machine was held up by something else in
that very moment is measured and comes on top."""

UNGUARDED_DEAF_S = 2.0
"""Silence when a media process dies that no guard has forked in advance: Python itself has to be
started. What a centre promises is tested in `test_voice_killed`, with the guard."""


async def _restart(room: Room) -> float:
    """kill -9 the switch and start it; seconds until it answers again."""
    room.control.close()
    room.switch.kill()
    killed_at = time.monotonic()
    room.switch.start()
    await room.control.connect()
    return time.monotonic() - killed_at


async def _heard_at(room: Room, call: str, *, since: str = "") -> str:
    """When the caller began to hear the silent test, after that time."""
    for _ in range(200):
        row = next(row for row in await room.control.calls() if row["key"] == call)
        if (at := row["silent_test_at"] or "") > since:
            return at
        await asyncio.sleep(0.05)
    raise AssertionError(f"the question of {call} is not heard")


def test_killed_while_ringing(tmp_path: Path) -> None:
    """No media yet, so it only rings: after the return it is answered, once, as one call."""

    async def scenario(room: Room) -> None:
        room.media[0].kill()
        phone = await room.phone()
        call = await phone.call("112", voice=tone(CALLER_HZ))
        await call.reach(CallState.RINGING)
        key = (await room.call_in("offered"))["key"]
        await _restart(room)
        assert (await room.call_in("offered"))["key"] == key
        room.media[0].start()
        await call.reach(CallState.TALKING)
        await room.call_in("queued")
        await until(lambda: len(call.audio.heard()) and abs(call.audio.heard()).max() > 1000)
        call.hang_up()
        gone = await room.call_in("abandoned")
        assert gone["key"] == key
        found = await room.journal("call.recording_kept")
        assert [kind_of(one) for one in found].count("call.offered") == 1

    play(tmp_path, scenario)


def test_cancel_reaches_a_switch_that_was_killed_while_ringing(tmp_path: Path) -> None:
    """The caller gives up after the return: 487, and the call is on the call-back list."""

    async def scenario(room: Room) -> None:
        room.media[0].kill()
        phone = await room.phone()
        call = await phone.call("112")
        await call.reach(CallState.RINGING)
        await _restart(room)
        call.hang_up()
        await call.reach(CallState.OVER)
        assert call.status == 487
        assert (await room.call_in("abandoned"))["open"]

    play(tmp_path, scenario)


def test_killed_while_the_caller_waits(tmp_path: Path) -> None:
    """The announcement goes on without a gap; the desk answers afterwards."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        call = await phone.call("112")
        await call.reach(CallState.TALKING)
        key = (await room.call_in("queued"))["key"]
        await until(lambda: len(call.audio.heard()) > 8000)
        call.audio.forget()
        await _restart(room)
        page = Page(room.control, DEWI, DESK_HZ)
        await page.answer(key)
        await until(lambda: level_of(call.audio.heard(0.3), DESK_HZ) > 5000)
        assert call.audio.missing == 0
        await page.peer.close()

    play(tmp_path, scenario)


def test_killed_while_they_talk(tmp_path: Path) -> None:
    """Audio never stops, nor the question to a silent caller; the caller's later BYE is honoured,
    and a BYE of ours too."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        first, second = await phone.call("112", voice=tone(CALLER_HZ)), await phone.call("119")
        for call in (first, second):
            await call.reach(CallState.TALKING)
        await room.call_in("queued")
        await until(lambda: len(second.audio.heard()) > 0)
        rows = {row["line"]: row["key"] for row in await room.control.calls()}
        page = Page(room.control, DEWI, DESK_HZ)
        await page.answer(rows["112"])
        await until(lambda: level_of(first.audio.heard(0.3), DESK_HZ) > 5000)
        await room.control.command(PromptCaller(call=CallId(rows["119"])))
        heard_at = await _heard_at(room, rows["119"])
        whole = Whole(room.media[0].pid, caller=first.audio, desk=page.peer)
        away_s = await _restart(room)
        waited = waited_s(room.switch.pid)
        print(f"switch away for {away_s:.2f} s, {waited:.2f} s of it without a processor")
        whole.judge()
        assert away_s < BACK_S + waited
        # The machine itself may just have stood still for as long as is listened to here.
        await until(lambda: level_of(first.audio.heard(0.3), DESK_HZ) > 5000)
        assert await _heard_at(room, rows["119"]) == heard_at
        assert room.control.pushed == [] or all(
            push["event"] != "redo" for push in room.control.pushed
        )
        first.hang_up()
        second.hang_up()
        await room.call_in("ended")
        await room.call_in("abandoned")
        await page.peer.close()
        assert (first.reinvites, second.reinvites) == (0, 0)

    play(tmp_path, scenario)


def test_bye_sent_while_the_switch_was_away_is_not_lost(tmp_path: Path) -> None:
    """SIP repeats it; the switch that returns ends the call."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        call = await phone.call("112")
        await call.reach(CallState.TALKING)
        await room.call_in("queued")
        room.control.close()
        room.switch.kill()
        call.hang_up()
        room.switch.start()
        await room.control.connect()
        await room.call_in("abandoned")

    play(tmp_path, scenario)


def test_a_media_process_is_killed(tmp_path: Path) -> None:
    """Same port, no re-INVITE, announcement or desk back; both parts of the recording are kept. A
    silent caller is asked again, and listened to from then on."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        waiting = await phone.call("119")
        talking = await phone.call("112", voice=tone(CALLER_HZ))
        for call in (waiting, talking):
            await call.reach(CallState.TALKING)
        await until(lambda: len(waiting.audio.heard()) > 8000)
        rows = {row["line"]: row["key"] for row in await room.control.calls()}
        page = Page(room.control, DEWI, DESK_HZ)
        await page.answer(rows["112"])
        await until(lambda: level_of(talking.audio.heard(0.3), DESK_HZ) > 5000)

        await room.control.command(PromptCaller(call=CallId(rows["112"])))
        heard_at = await _heard_at(room, rows["112"])
        processes = (room.media[0], room.switch)
        silence = Silence(waiting.audio, lambda: [os.getpid(), *(one.pid for one in processes)])
        room.media[0].kill()
        room.media[0].start()

        await until(lambda: any(push["event"] == "redo" for push in room.control.pushed))
        await page.peer.close(says_farewell=False)
        await page.join(rows["112"])
        await until(lambda: level_of(talking.audio.heard(0.3), DESK_HZ) > 5000)
        await until(lambda: len(heard := waiting.audio.heard()) > 8000 and abs(heard).max() > 1000)
        silence.judge(UNGUARDED_DEAF_S, "waiting")
        await _heard_at(room, rows["112"], since=heard_at)
        assert (talking.reinvites, waiting.reinvites) == (0, 0)
        talking.hang_up()
        await room.call_in("ended")

        def kept() -> list[str]:
            events = [one.event for one in room.read_journal()]
            names = [each.segment for each in events if isinstance(each, RecordingKept)]
            return [name for name in names if name.startswith(rows["112"])]

        await until(lambda: len(kept()) == 2)
        for one in room.read_journal():
            if isinstance(one.event, RecordingKept):  # of the killed process's, by the switch
                reading = room.check_recording(one.event)
                assert (reading.sha256, reading.chain) == (one.event.sha256, one.event.chain)
                assert (reading.damaged_at_s, reading.seconds) == (None, one.event.seconds)
        await page.peer.close()

    play(tmp_path, scenario)


def test_the_web_connection_dies(tmp_path: Path) -> None:
    """A web process that is killed touches neither audio nor call; the next one finds all."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        call = await phone.call("112", voice=tone(CALLER_HZ))
        await call.reach(CallState.TALKING)
        key = (await room.call_in("queued"))["key"]
        page = Page(room.control, DEWI, DESK_HZ)
        await page.answer(key)
        await until(lambda: level_of(call.audio.heard(0.3), DESK_HZ) > 5000)
        call.audio.forget()
        room.control.close()
        await asyncio.sleep(0.5)
        await room.control.connect()
        row = await room.call_in("answered")
        assert (row["key"], row["agent_name"]) == (key, "Dewi")
        assert level_of(call.audio.heard(0.3), DESK_HZ) > 5000
        assert call.audio.missing == 0
        await page.peer.close()

    play(tmp_path, scenario)
