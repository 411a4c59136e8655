"""The web's line to a switch when there is much, or nothing, at the other end."""

import asyncio
from pathlib import Path

import pytest
from test_web_switches import DESK, Web, play, row
from web_switch import FakeSwitch

from kentongan.edge.web import switch_client
from kentongan.edge.web.switch_calls import CALLS_MAX, HeldCalls
from kentongan.edge.web.switch_client import PAGES_MAX, SwitchClient, SwitchFailed


def test_a_list_of_several_pages_is_read_to_its_end(tmp_path: Path) -> None:
    """A call on the last of three pages is known without asking; a list without end is given up."""
    calls = tuple(row(f"c{number}") for number in range(5))

    async def scenario(web: Web) -> None:
        assert [one["after"] for one in web.b.switch.asked if one["do"] == "list"] == [
            "",
            "c1",
            "c3",
        ]
        await web.switches.ask("digits", call="c4", desk=DESK, agent="rina", keys="5")
        assert [one for one in web.b.switch.asked if one["do"] == "find"] == []
        web.b.switch.answer = lambda _asked: {"calls": [row("again")], "next": "on"}
        with pytest.raises(SwitchFailed, match="endless_list"):
            await web.switches._lines[1].client.calls()
        assert len([one for one in web.b.switch.asked if one["do"] == "list"]) == 3 + PAGES_MAX

    play(tmp_path, scenario, at_b=calls)


def test_of_too_many_calls_those_that_are_over_are_forgotten_first() -> None:
    """A trunk gone mad ends any number of calls; the desk that talks meanwhile stays known."""
    held: HeldCalls[str] = HeldCalls()
    held.take("a", row("talking", "answered", desk=DESK))
    held.take("a", row("old", "ended"))
    for number in range(CALLS_MAX):
        held.take("a", row(f"full-{number}", "ended"))
    assert held.busy(["a"]) == (DESK,)
    assert (held.line_of("talking"), held.line_of("old"), held.line_of("full-0")) == (
        "a",
        None,
        None,
    )
    assert held.line_of(f"full-{CALLS_MAX - 1}") == "a"


def test_a_switch_that_stays_away_is_tried_less_and_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once when it was killed, once a second in the end; back again, it starts from the top."""
    pauses: list[float] = []
    real_sleep = asyncio.sleep

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        await real_sleep(0)

    async def run() -> None:
        client = SwitchClient(tmp_path / "nobody", lambda _: None)
        client.start()
        while len(pauses) < 8:
            await real_sleep(0)
        switch = FakeSwitch(tmp_path / "nobody")
        await client.reached.wait()
        await client.ask("health")
        before = len(pauses)
        switch.close()
        while len(pauses) == before:
            await real_sleep(0)
        await client.stop()
        assert pauses[:7] == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
        assert pauses[before] == 0.05

    monkeypatch.setattr(switch_client.asyncio, "sleep", sleep)
    asyncio.run(asyncio.wait_for(run(), 30))
