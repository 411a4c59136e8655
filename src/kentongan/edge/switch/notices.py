"""What the log is told about peers: each cause of each source once, then how often it was repeated.

A carrier whose certificate has run out tries again each second, a scanner a thousand times; neither
may fill the log or hide what else is in it. Causes are our own short keys and are counted for
health; sources are addresses and are forgotten, oldest first.
"""

import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable

from kentongan.edge.switch.allowance import Allowance

SAID_AGAIN_S = 3_600.0
"""After an hour the same thing is said once more, with how often it happened meanwhile."""

REMEMBERED_MAX = 1_024
"""Pairs of cause and source remembered; about 200 kB."""

LINES_PER_S, LINES_BURST = 1.0, 50.0
"""New pairs that may be logged: a flood from forged addresses is counted, not told."""

_log = logging.getLogger("kentongan.edge.switch")


class Notices:
    """The memory of one switch. `counts` has every cause since the start, logged or not."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()
        self._allowance = Allowance(LINES_PER_S, LINES_BURST)
        self.counts: Counter[str] = Counter()

    def say(self, cause: str, source: str, text: str) -> None:
        """It happened: `text` is one line for people, without a line break of its own."""
        self.counts[cause] += 1
        now, key = self._clock(), (cause, source)
        said_at, repeats = self._said.get(key, (None, 0))
        if said_at is not None and now - said_at < SAID_AGAIN_S:
            self._said[key] = (said_at, repeats + 1)
            return
        if not self._allowance.take(now):
            return
        self._said[key] = (now, 0)
        self._said.move_to_end(key)
        if len(self._said) > REMEMBERED_MAX:
            self._said.popitem(last=False)
        more = f" ({repeats} more since it was last said)" if repeats else ""
        _log.warning("%s: %s: %s%s", source, cause, " ".join(text.split())[:300], more)
