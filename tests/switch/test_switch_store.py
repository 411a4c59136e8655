"""The store goes away in the middle of a busy minute; calls do not notice, and nothing is lost."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from switch_room import DEWI, QUALITY, Page, Room, kind_of, until
from test_switch_calls import DESK_HZ, play

from kentongan.edge.caller.phone import CallState
from kentongan.edge.caller.voice import level_of

AWAY_S = 3.0


@pytest.mark.peer
def test_calls_while_postgresql_is_stopped_for_three_seconds(
    tmp_path: Path, postgres_cluster: Any, postgres_url: str
) -> None:
    """Ring, wait, answer, hang up without the store; its journal has all of it afterwards."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        before = await phone.call("112", number="0811")
        await before.reach(CallState.TALKING)
        await room.journal("call.queued")

        postgres_cluster.stop("immediate")
        stopped_at = time.monotonic()
        try:
            during = await phone.call("112", number="0812")
            await during.reach(CallState.TALKING)
            rows = {row["number"]["text"]: row["key"] for row in await room.control.calls()}
            page = Page(room.control, DEWI, DESK_HZ)
            await page.answer(rows["0812"])
            await until(lambda: level_of(during.audio.heard(0.3), DESK_HZ) > 5000)
            during.hang_up()
            await room.call_in("ended")
            health = await room.control.ask("health")
            assert health["outbox"] >= 5
            await asyncio.sleep(max(0.0, stopped_at + AWAY_S - time.monotonic()))
            assert (await room.control.ask("health"))["store_away_s"] > 0
        finally:
            postgres_cluster.start()
        await _until_empty(room)
        kinds = [
            kind_of(one)
            for one in room.read_journal()
            if one.meta.stream == f"call:{rows['0812']}" and kind_of(one) != QUALITY
        ]
        assert kinds == [
            "call.offered",
            "call.queued",
            "call.answered",
            "call.connected",
            "call.ended",
            "call.recording_kept",
        ]
        assert (await room.control.ask("health"))["set_aside"] == 0
        await page.peer.close()

    play(tmp_path, scenario, store=postgres_url)


async def _until_empty(room: Room) -> None:
    async with asyncio.timeout(20):
        while (await room.control.ask("health"))["outbox"]:
            await asyncio.sleep(0.05)
