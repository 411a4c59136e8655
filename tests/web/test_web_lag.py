"""The event loop's lateness is measured where it happens."""

import asyncio
import time

from kentongan.edge.web.lag import LagMeter


def test_a_loop_that_was_held_up_says_so() -> None:
    """Whoever blocks the loop shows in the figures; before the first look they are zero."""

    async def scenario() -> None:
        meter = LagMeter()
        assert meter.figures().worst_ms == 0
        meter.start()
        await asyncio.sleep(0.06)
        time.sleep(0.3)  # noqa: ASYNC251 - exactly what must not happen
        while meter.figures().worst_ms < 200:
            await asyncio.sleep(0.01)
        assert meter.figures().p99_ms <= meter.figures().worst_ms
        meter.stop()

    asyncio.run(asyncio.wait_for(scenario(), 10))
