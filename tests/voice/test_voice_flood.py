"""More calls than desks: no call without a row, an owner and an outcome, pranks behind the rest."""

import asyncio
import os
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from switch_room import Room
from voice_flood import ENDS, Flood, Plan, spread, story
from voice_flood_turns import Turns

from kentongan.edge.switch.board import SILENT_AFTER
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
    prank_share=0.25,
    silent_share=0.15,
    silent_hangs_up_s=4.0,
)
"""300 calls in 15 minutes at 8 desks, fifteen times as fast; only who is silent sends anything, and
hangs up before a silent test of its true length would be over."""

QUARTER = Plan(
    calls=300,
    within_s=900.0,
    desks=8,
    talk_s=40.0,
    prank_talk_s=18.0,
    patience_s=(2.0, 20.0),
    longest_s=900.0,
    prank_share=0.25,
    silent_share=0.15,
    prompt_s=20.5,
    speaks=True,
)
"""The same at its own speed; a prompt in three languages takes 15 s, and everybody sends sound."""

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
            waited_s = room.switch.waited_s()
            await flood.run()
            took_s = time.monotonic() - began_at
            print(
                f"{plan.calls} calls in {plan.within_s:.0f} s at {plan.desks} desks:"
                f" {took_s:.0f} s in all, switch {room.switch.cpu_s() - before_s:.1f} s of"
                f" processor, {room.switch.waited_s() - waited_s:.1f} s ready without one,"
                f" load {os.getloadavg()[0]:.1f}"
            )
            print(f"  answers to desks after p50 / p99 / longest {spread(flood.answers_s)}")
            print(f"  this program late by p50 / p99 / longest {spread(flood.late_s)}")

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
        known = [c for c, s in flood.standings.items() if getattr(s, name)]
        of = sorted(
            (calls[c]["call.answered"] - calls[c]["call.offered"]).total_seconds()
            for c in known
            if "call.answered" in calls[c]
        )
        told = f"longest {of[-1]:.1f} s, p50 {of[len(of) // 2]:.1f} s" if of else "nobody"
        print(f"  {name}: {len(known)} calls, {len(of)} answered, {told}")
    print(f"  of them repeat callers of an open P1: {flood.refused_repeats}")
    assert len(calls) == flood.plan.calls, "each call is on record"
    assert flood.refused_repeats == 0, "a line is kept for whoever rings again about a P1"
    for call, facts in calls.items():
        assert any(kind in facts for kind in ENDS), (call, list(facts))
        assert "call.answered" in facts or "call.callback_claimed" in facts, (call, list(facts))
        assert "call.disposed" in facts, (call, list(facts))
    _judge_turns(flood.turns, calls)
    _judge_silent(flood, calls)


def _judge_turns(turns: Turns, calls: dict[str, dict[str, datetime]]) -> None:
    """Shown and served by the key: who rings again about a P1, line, no prank, first ring."""
    answered_at = {
        c: facts["call.answered"] for c, facts in calls.items() if "call.answered" in facts
    }
    print("\n".join(turns.table(answered_at)))
    print(f"  {turns.compared} neighbours in the orders shown, {len(turns.served)} served")
    assert turns.behind == [], "a repeat caller of an open P1 is shown behind no prank"
    assert turns.misplaced == []
    assert [one for one in turns.served if one.before] == []
    assert turns.compared > 0


def _judge_silent(flood: Flood, calls: dict[str, dict[str, datetime]]) -> None:
    """Who said nothing was prompted; who knocked then was believed; the others are ghost calls."""
    found: Counter[str] = Counter()
    for call, row in flood.rows.items():
        caller, facts = flood.caller_of(call), calls[call]
        is_asked = caller.is_silent and "call.answered" in facts and call not in flood.gone
        assert ("call.prompted" in facts) is is_asked, (call, list(facts))
        if is_asked:
            was = "incident" if caller.knocks else "ghost"
            assert (row["keys"][:3] == "tap", row["disposition"]) == (caller.knocks, was), row
            found[was] += 1
        elif "call.abandoned" in facts and flood.plan.speaks:
            waited_s = (facts["call.abandoned"] - facts["call.offered"]).total_seconds()
            is_silent = caller.is_silent and waited_s > SILENT_AFTER.total_seconds() + 0.5
            assert ("silent" in row["risk"]) >= is_silent, (waited_s, row)
            assert caller.is_silent or not {"silent", "breathing"} & {*row["risk"]}, row
            found["gave up, silent" if "silent" in row["risk"] else "gave up"] += 1
    print(f"  silent callers: {dict(found)}")
    assert bool(found) is (flood.plan.silent_share > 0)


@pytest.mark.slow
def test_a_busy_quarter_of_an_hour(tmp_path: Path) -> None:
    """40 % pranks and silent callers, 30 % who give up; a repeat caller of an open P1 is behind no
    prank; silent callers are prompted, and those who knock are heard.
    """
    _judge(*_play(tmp_path, DAY, media=2))


@pytest.mark.slow
@pytest.mark.skipif("FLOOD" not in os.environ, reason="takes 16 minutes: FLOOD=1 runs it")
def test_a_busy_quarter_of_an_hour_at_its_own_speed(tmp_path: Path) -> None:
    """The same in 15 minutes, everybody with a voice, or with the quiet of who cannot speak."""
    _judge(*_play(tmp_path, QUARTER, media=2))


@pytest.mark.slow
@pytest.mark.skipif("FLOOD" not in os.environ, reason="takes two minutes: FLOOD=1 runs it")
def test_a_thousand_calls_in_a_minute(tmp_path: Path) -> None:
    """Also those for whom there is no line are on record, with an owner and an outcome.

    How many lines there are nobody tells the switch: it is what one media process carries.
    """
    _judge(*_play(tmp_path, DISASTER, bridges_max=BRIDGES_MAX))
