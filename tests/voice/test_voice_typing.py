"""`kentongan call` on a telephone that only counts: how long it rings and talks."""

from typing import Any

import pytest

from kentongan.edge.caller import typing as caller
from kentongan.edge.caller.phone import CallState
from kentongan.sip.address import Address


class _Phone:
    """Nobody answers; each wait is noted and is over at once."""

    waits: list[float]

    def __init__(self, centre: Address) -> None:
        del centre

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def call(self, *_: object, **__: object) -> "_Phone":
        return self

    async def reach(self, *_: CallState, within_s: float) -> CallState:
        self.waits.append(within_s)
        raise TimeoutError


@pytest.mark.parametrize(("seconds", "rings_s"), [(5.0, 5.0), (0.0, 20.0), (90.0, 20.0)])
def test_ringing_counts_as_well(
    monkeypatch: pytest.MonkeyPatch, seconds: float, rings_s: float
) -> None:
    """Five seconds are five seconds though nobody answers; without them it rings for twenty."""
    waits: list[float] = []
    fake: Any = type("Counting", (_Phone,), {"waits": waits})
    monkeypatch.setattr(caller, "Phone", fake)
    centre = Address("127.0.0.1", 5060)
    assert caller.run_call(centre, "112", (), number=None, speaks=True, seconds=seconds) == 1
    assert waits == [rings_s]
