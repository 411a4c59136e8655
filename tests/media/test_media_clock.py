"""The clock of the media process: why it fell behind, by name."""

import asyncio
import contextlib
import time

import pytest

from kentongan.media.clock import BEHIND_S_MAX, TickClock
from kentongan.media.lateness import Cause, Meter, Moment, cause_of
from kentongan.media.phase import SLOTS

START = Moment(100.0, 7.0, 3.0)


def _later(passed_s: float, used_s: float, ready_s: float) -> Moment:
    return Moment(START.wall_s + passed_s, START.used_s + used_s, START.ready_s + ready_s)


@pytest.mark.parametrize(
    ("passed_s", "used_s", "ready_s", "worked_s", "cause"),
    [
        (0.42, 0.38, 0.02, 0.37, Cause.WORK),
        (0.42, 0.38, 0.02, 0.01, Cause.TASKS),
        (0.42, 0.02, 0.38, 0.01, Cause.PROCESSOR),
        (0.42, 0.02, 0.38, 0.40, Cause.PROCESSOR),  # in the middle of a tick
        (0.42, 0.02, 0.01, 0.01, Cause.BLOCKED),
        (0.05, 0.04, 0.00, 0.03, Cause.OVERLOAD),  # the last drop of many
    ],
)
def test_what_took_the_time_is_named(
    passed_s: float, used_s: float, ready_s: float, worked_s: float, cause: Cause
) -> None:
    """By the share of computing, of waiting for a processor, of waiting in the kernel."""
    now = _later(passed_s, used_s, ready_s)
    assert cause_of(0.25, START, now, worked_s=worked_s, slept_s=0.015) is cause


def test_what_was_meant_to_be_slept_is_no_lateness() -> None:
    """A long sleep that was asked for is not what was waited for in the kernel."""
    now = _later(0.60, 0.12, 0.05)
    assert cause_of(0.2, START, now, worked_s=0.0, slept_s=0.40) is Cause.TASKS


def test_a_tick_that_waits_in_the_kernel_is_told_and_made_up_for_by_nothing() -> None:
    """A disk that hangs for half a second: one restart, its cause, and no burst of ticks."""
    clock, slept = TickClock(), list[int]()

    def work(now: float, number: int) -> int:
        del now
        if number >= 3 * SLOTS and not slept:
            slept.append(number)
            time.sleep(BEHIND_S_MAX + 0.4)
        return number + SLOTS

    async def main() -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(clock.run(work), 0.9)

    asyncio.run(main())
    assert clock.restarts[Cause.BLOCKED] >= 1
    assert clock.restarts[Cause.WORK] == clock.restarts[Cause.TASKS] == 0
    assert clock.ticks < 25  # and not the 45 of so long a time


def test_the_clock_wakes_for_the_steps_that_are_wanted() -> None:
    """And for no other; one that fails is followed by another all the same. Late, it is one step
    for all that is due by then.
    """
    clock, seen = TickClock(), list[int]()

    def work(now: float, number: int) -> int:
        assert clock.due(number) <= now + 0.002
        seen.append(number)
        if len(seen) == 2:
            raise ValueError
        if len(seen) == 3:
            time.sleep(0.1)
        return number + 2 * SLOTS if len(seen) < 5 else number

    async def main() -> None:
        ticking = asyncio.create_task(clock.run(work))
        while len(seen) < 6:
            await asyncio.sleep(0.01)
        ticking.cancel()

    asyncio.run(main())
    first, failed, slow, late, *_ = seen
    assert failed >= first + 2 * SLOTS
    assert slow >= failed + SLOTS
    assert late >= slow + 4 * SLOTS, "not the two that were asked for"
    assert clock.faults == 1


def test_the_meter_reads_this_threads_clocks() -> None:
    """Computing counts as used, sleeping as neither used nor ready."""
    meter = Meter()
    before = meter.read()
    while time.thread_time() < before.used_s + 0.05:
        pass
    computed = meter.read()
    time.sleep(0.05)
    slept = meter.read()
    meter.close()
    assert computed.used_s - before.used_s >= 0.05
    assert slept.used_s - computed.used_s < 0.04
    assert slept.wall_s - computed.wall_s >= 0.05
    assert before.ready_s <= computed.ready_s <= slept.ready_s
