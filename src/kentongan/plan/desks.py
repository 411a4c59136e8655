"""Desks for an hour of calls: one reckoning for every screen and plan that names a number of them.

Desks are for a busy hour and not for the mean one, and for callers who hang up where enough do.
"""

from typing import Final

import numpy as np

from kentongan.plan.erlang import desks_needed
from kentongan.plan.forecast import count_quantile
from kentongan.plan.patience import Patience

STAFFED: Final = 0.9
"""Desks are for the number of calls that nine of ten such hours do not exceed, not for the mean."""

WRAP_UP_S: Final = 30.0
"""Added to the mean conversation: what is still written when the caller is gone, seconds."""

HOUR_S: Final = 3_600


def desks_for(busy: float, handling_s: float, patience: Patience) -> int:
    """Desks for so many calls in an hour; Erlang A from the share on at which callers are lost.

    `ValueError` for more than a room can have.
    """
    patience_s = patience.mean_s if patience.counts else None
    return desks_needed(busy / HOUR_S, handling_s, patience_s=patience_s)


def busy_hour(mean: float, dispersion: float) -> int:
    """Calls of the hour that desks are for, of hours with that mean; `dispersion` as in
    `plan.forecast`."""
    return int(count_quantile(np.array([mean]), dispersion, STAFFED)[0])
