"""How long somebody must wait before the next attempt to sign in.

A growing delay per account and per address slows guessing down without locking a call-taker out:
the longest wait for an account is short, because a stranger can cause it; an address waits longer.
Pure: failures and the clock come in as values.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

MEMORY: Final = timedelta(minutes=30)
"""Failures older than this are forgotten."""


class Patience(Struct, frozen=True, kw_only=True):
    """`free` failures cost nothing; then the wait doubles from one second up to `most_s`."""

    free: int
    most_s: int


ACCOUNT: Final = Patience(free=4, most_s=30)
ADDRESS: Final = Patience(free=20, most_s=300)  # a whole room may sit behind one address


def wait_s(failures: Sequence[datetime], patience: Patience, now: datetime) -> int:
    """Seconds to wait before the next attempt, 0 when it may be made now."""
    over = len(failures) - patience.free
    if over < 0 or not failures:
        return 0
    delay_s = patience.most_s if over > 16 else min(2**over, patience.most_s)
    left_s = (failures[-1] + timedelta(seconds=delay_s) - now).total_seconds()
    return max(0, int(-(-left_s // 1)))
