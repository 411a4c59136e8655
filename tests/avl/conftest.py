"""The fixture of the reception's tests."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from avl_room import Story, running

from kentongan.edge.avl.turns import fair_loop


@pytest.fixture
def play(tmp_path: Path) -> Callable[[Story], None]:
    """Run a story against a fresh reception on free ports."""

    def run(story: Story) -> None:
        async def whole() -> None:
            async with running(tmp_path) as (reception, http_port, nmea_port):
                await story(reception, http_port, nmea_port)

        with asyncio.Runner(loop_factory=fair_loop) as runner:
            runner.run(whole())

    return run
