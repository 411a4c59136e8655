"""More calls than desks: no call without a row, an owner and an outcome, pranks behind the rest."""

import asyncio
import os
import time
from collections import Counter
from pathlib import Path

import pytest
from switch_room import Room
from voice_flood import ENDS, Flood, Plan, story

from kentongan.media.settings import BRIDGES_MAX

SCALE = 1.0 if os.environ.get("FLOOD") else 0.2
"""The whole flood by hand (`FLOOD=1`), a fifth of it at the same pace in the suite."""

DAY = Plan(
    calls=int(300 * SCALE),
    within_s=60 * SCALE,
    desks=8,
    talk_s=2.0,
    prank_talk_s=1.2,
    patience_s=(0.0, 0.2),
    longest_s=60.0,
)
"""300 calls in 15 minutes at 8 desks, fifteen times as fast."""

DISASTER = Plan(
    calls=1_000,
    within_s=60.0,
    desks=5,
    talk_s=2.0,
    prank_talk_s=1.0,
    patience_s=(0.5, 4.0),
    longest_s=7.0,
)
"""An earthquake: 1,000 calls in 60 s at 5 desks; more than the lines take at once."""


def _play(folder: Path, plan: Plan, **options: int) -> tuple[Flood, Room]:
    room = Room(folder, **options)  # pyright: ignore[reportArgumentType]
    flood = Flood(room, plan)

    async def main() -> None:
        async with room:
            before_s, began_at = room.switch.cpu_s(), time.monotonic()
            await flood.run()
            took_s = time.monotonic() - began_at
            print(
                f"{plan.calls} calls in {plan.within_s:.0f} s at {plan.desks} desks:"
                f" {took_s:.0f} s in all, switch {room.switch.cpu_s() - before_s:.1f} s of"
                f" processor, load {os.getloadavg()[0]:.1f}"
            )

    asyncio.run(main())
    return flood, room


def _judge(flood: Flood, room: Room) -> None:
    calls = story(room.read_journal())
    ways = Counter(
        next((kind for kind in ("call.answered", *ENDS) if kind in facts), "nothing")
        for facts in calls.values()
    )
    waits = sorted(
        (facts["call.answered"] - facts["call.offered"]).total_seconds()
        for facts in calls.values()
        if "call.answered" in facts
    )
    print(f"  {dict(ways)}, 503 {flood.refused}, longest queue {flood.longest_queue}")
    print(f"  desks that came too late: {dict(flood.refusals)}")
    print(f"  answered after p50 {waits[len(waits) // 2]:.1f} s, longest {waits[-1]:.1f} s")
    for name in ("repeat_of_p1", "nuisance"):
        known = [c for c, s in flood._standings.items() if getattr(s, name)]
        of = sorted(
            (calls[c]["call.answered"] - calls[c]["call.offered"]).total_seconds()
            for c in known
            if "call.answered" in calls[c]
        )
        told = f"longest {of[-1]:.1f} s, p50 {of[len(of) // 2]:.1f} s" if of else "nobody"
        print(f"  {name}: {len(known)} calls, {len(of)} answered, {told}")
    assert len(calls) == flood.plan.calls, "each call is on record"
    for call, facts in calls.items():
        assert any(kind in facts for kind in ENDS), (call, list(facts))
        assert "call.answered" in facts or "call.callback_claimed" in facts, (call, list(facts))
        assert "call.disposed" in facts, (call, list(facts))
    assert flood.behind == []


@pytest.mark.slow
def test_a_busy_quarter_of_an_hour(tmp_path: Path) -> None:
    """40 % pranks, 30 % who give up; a repeat caller of an open P1 is behind no prank."""
    _judge(*_play(tmp_path, DAY, media=2))


@pytest.mark.slow
@pytest.mark.skipif("FLOOD" not in os.environ, reason="takes two minutes: FLOOD=1 runs it")
def test_a_thousand_calls_in_a_minute(tmp_path: Path) -> None:
    """Also those for whom there is no line are on record, with an owner and an outcome.

    How many lines there are nobody tells the switch: it is what one media process carries.
    """
    _judge(*_play(tmp_path, DISASTER, bridges_max=BRIDGES_MAX))
