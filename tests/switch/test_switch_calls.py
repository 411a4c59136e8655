"""Whole calls through real processes: telephone, switch, media, store."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from switch_room import BUDI, DEWI, Room, kind_of

from kentongan.core.commands import AnswerCall, EndCall
from kentongan.core.words import CallId, DeskKey
from kentongan.edge.caller.phone import CallState
from kentongan.edge.caller.voice import level_of, tone


def play(folder: Path, scenario: Callable[[Room], Awaitable[None]], **options: object) -> None:
    """Run a scenario in a room of its own."""

    async def main() -> None:
        async with Room(folder, **options) as room:  # pyright: ignore[reportArgumentType]
            await scenario(room)

    asyncio.run(main())


def test_a_call_rings_waits_is_answered_and_ends(tmp_path: Path) -> None:
    """The journal tells the whole call in order, with its number, line and recording."""

    async def scenario(room: Room) -> None:
        phone = await room.phone()
        call = await phone.call("112", number="+6281303131148", voice=tone(700))
        await call.reach(CallState.TALKING)
        row = await room.call_in("queued")
        assert row["number"]["text"] == "081303131148"
        assert row["line"] == "112"
        await asyncio.sleep(1.0)
        assert len(call.audio.heard()) > 4000
        assert abs(call.audio.heard()).max() > 1000  # the announcement

        answered = await room.control.command(
            AnswerCall(call=CallId(row["key"]), desk=DeskKey("desk_1"))
        )
        assert answered["events"] == ["call.answered"]
        assert answered["call"]["agent_name"] == "Dewi"
        second = await room.control.command(
            AnswerCall(call=CallId(row["key"]), desk=DeskKey("desk_2")), BUDI
        )
        assert second == {"refused": "call_taken", "details": {"by": "Dewi", "desk": "desk_1"}}
        ended = await room.control.command(EndCall(call=CallId(row["key"]), by="desk"), DEWI)
        assert ended["events"] == ["call.ended"]
        await call.reach(CallState.OVER)
        assert call.ended_by == "them"
        found = await room.journal("call.recording_kept")
        assert [kind_of(one) for one in found] == [
            "call.offered",
            "call.queued",
            "call.answered",
            "call.ended",
            "call.recording_kept",
        ]
        assert level_of(call.audio.heard(), 700) < 50  # nobody hears themselves

    play(tmp_path, scenario)
