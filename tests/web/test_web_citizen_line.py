"""Citizens' questions to the switch: so many at once, and nobody waits to hang up."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from kentongan.app.handle import Busy
from kentongan.edge.web.citizen_line import (
    ENDS_AT_ONCE_MAX,
    OFFERS_AT_ONCE_MAX,
    PAGE_OFFERS_AT_ONCE_MAX,
    CitizenLine,
)
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.switches import Switches

NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)


class SlowSwitch:
    """Answers nothing before it is told to."""

    def __init__(self) -> None:
        self.go_on = asyncio.Event()
        self.asked: list[str] = []

    async def ask(self, do: str, **_fields: Any) -> dict[str, Any]:
        """As the real one."""
        self.asked.append(do)
        if do != "citizen_call":
            await self.go_on.wait()
        return {"state": "queued"}


def _play(scene: Callable[[CitizenLine, SlowSwitch], Awaitable[None]]) -> None:
    async def main() -> None:
        switch = SlowSwitch()
        await scene(CitizenLine(cast("Switches", switch), lambda: NOW), switch)

    asyncio.run(asyncio.wait_for(main(), 10))


def test_a_slow_switch_has_no_more_than_so_many_offers_in_hand() -> None:
    """The rest are told to come again; a page that hangs up is heard all the same."""

    async def scene(line: CitizenLine, switch: SlowSwitch) -> None:
        pages = [f"web-{number}" for number in range(20)]
        for number, page in enumerate(pages):
            await line.ring(f"1.1.1.{number}", page, "key")
        asked = [
            asyncio.create_task(line.ask("citizen_offer", f"1.1.1.{at}", page, "key"))
            for _ in range(PAGE_OFFERS_AT_ONCE_MAX + 1)
            for at, page in enumerate(pages)
        ]
        ends = [asyncio.create_task(line.end(page, "key")) for page in pages]
        await asyncio.sleep(0)
        assert switch.asked.count("citizen_offer") == OFFERS_AT_ONCE_MAX
        assert switch.asked.count("citizen_end") == ENDS_AT_ONCE_MAX
        assert not any(one.done() for one in ends)
        switch.go_on.set()
        assert await asyncio.gather(*ends) == [{"state": "queued"}] * len(pages)
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(one, dict) for one in answers) == OFFERS_AT_ONCE_MAX
        refused = [one for one in answers if isinstance(one, Problem)]
        busy = [one for one in answers if isinstance(one, Busy)]
        assert len(refused) + len(busy) == len(asked) - OFFERS_AT_ONCE_MAX
        assert {one.status for one in refused} == {429}
        for _ in range(8):  # every place was given back, and what found none counts for nobody
            await line.ask("citizen_offer", "1.1.1.1", "web-1", "key")

    _play(scene)


def test_who_is_no_caller_has_the_share_of_an_address(caplog: pytest.LogCaptureFixture) -> None:
    """A new name for each request makes nobody more than one; the log says it once a minute."""

    async def scene(line: CitizenLine, switch: SlowSwitch) -> None:
        switch.go_on.set()
        refused = 0
        for number in range(200):
            try:
                await line.ask("citizen_state", "9.9.9.9", f"web-{number}", "key")
            except Problem as problem:
                refused += problem.status == 429
        assert refused == 80
        assert len(switch.asked) == 120

    _play(scene)
    assert [one for one in caplog.messages if "too often" in one] == [
        "citizens' pages ask too often: 1 refused (too_often), the last one of 9.9.9.9"
    ]
