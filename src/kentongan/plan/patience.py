"""How long callers wait before they hang up, from a centre's own calls.

Who was answered might have waited longer: their wait is censored. Patience is taken as exponential,
as Erlang A does; its mean is then all waiting time over those that hung up. Who hangs up within a
few seconds dialled wrongly: they are counted apart, and only what is waited after those seconds
counts, which for an exponential patience is the same.
"""

from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.plan.arrays import Floats

SHORT_S: Final = 5.0
"""Hung up sooner: no abandonment (NENA-STA-020.1 leaves such calls out)."""

ABANDONED: Final = 0.03
"""Above this share of offered calls Erlang C, whose callers wait for ever, is wrong."""

LOST_MIN: Final = 10
"""Callers that hung up before their patience is a figure."""


class Patience(Struct, frozen=True, kw_only=True):
    """`lost` is the share of offered calls without the short ones; `mean_s` None while too few hung
    up to know."""

    offered: int
    short: int
    lost: float
    mean_s: float | None

    @property
    def counts(self) -> bool:
        """Whether staffing should reckon with callers that hang up (Erlang A)."""
        return self.mean_s is not None and self.lost > ABANDONED


def patience_of(answered_s: Floats, lost_s: Floats) -> Patience:
    """From the waits of those answered and of those that hung up, seconds."""
    real = lost_s[lost_s >= SHORT_S]
    offered = len(answered_s) + len(real)
    waited = sum(float(np.maximum(one - SHORT_S, 0).sum()) for one in (answered_s, real))
    return Patience(
        offered=offered,
        short=len(lost_s) - len(real),
        lost=len(real) / offered if offered else 0.0,
        mean_s=waited / len(real) if len(real) >= LOST_MIN and waited > 0 else None,
    )
