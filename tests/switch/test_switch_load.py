"""A burst of calls from a real SIP peer: every one is in the journal, none is lost."""

import asyncio
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest
from switch_room import Room, free_port, kind_of
from test_switch_calls import play

CALLS, PER_S, TALK_MS = 500, 20, 2000

AT_ONCE_MAX = 60
"""Calls that sipp has at once at most: fewer than the room's 80 lines, or a slow machine would turn
some away, as is right. At this pace, and two seconds of talk, there are about 40.
"""


@pytest.mark.peer
@pytest.mark.slow
def test_five_hundred_calls_at_twenty_a_second(tmp_path: Path) -> None:
    """sipp's calls: all answered, all offered, queued, abandoned and recorded in the journal."""
    if shutil.which("sipp") is None:
        pytest.skip("sipp is not installed")

    async def scenario(room: Room) -> None:
        cpu_s, began_at = room.switch.cpu_s(), time.monotonic()
        sipp = await asyncio.create_subprocess_exec(
            *("sipp", "-sn", "uac", f"127.0.0.1:{room.settings.sip_port}", "-s", "112"),
            *("-i", "127.0.0.1", "-p", str(free_port()), "-mp", str(free_port())),
            *("-m", str(CALLS), "-r", str(PER_S), "-d", str(TALK_MS), "-nostdin"),
            *("-l", str(AT_ONCE_MAX)),
            cwd=tmp_path,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await asyncio.wait_for(sipp.communicate(), 120)
        sipp_s = time.monotonic() - began_at
        assert sipp.returncode == 0, output.decode("utf-8", "replace")[-3000:]
        switch_ms = 1000 * (room.switch.cpu_s() - cpu_s) / CALLS

        async with asyncio.timeout(60):
            while (health := await room.control.ask("health"))["outbox"] or not _has_all(room):
                await asyncio.sleep(0.2)
        behind_s = time.monotonic() - began_at - sipp_s
        print(
            f"{CALLS} calls in {sipp_s:.1f} s, journal complete {behind_s:.1f} s later,"
            f" switch {switch_ms:.1f} ms of processor per call"
        )
        kinds = Counter(kind_of(one) for one in room.read_journal())
        print(dict(kinds))
        assert kinds["call.offered"] == kinds["call.queued"] == CALLS
        assert kinds["call.abandoned"] == CALLS
        assert kinds["call.recording_kept"] == CALLS
        assert health["set_aside"] == 0
        streams = {one.meta.stream for one in room.read_journal()}
        assert len(streams) == CALLS

    play(tmp_path, scenario)


def _has_all(room: Room) -> bool:
    kinds = Counter(kind_of(one) for one in room.read_journal())
    return kinds["call.recording_kept"] >= CALLS
