"""Who may have how much worked out at once: no viewer's questions keep others waiting long."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

from kentongan.app.handle import Busy
from kentongan.edge.web.problems import Problem


class Turns:
    """Questions that are being answered or wait for it; used on the event loop."""

    def __init__(self, each_max: int, all_max: int, reason: str) -> None:
        """Of one viewer at most `each_max`, else 429 with `reason`; of all at most `all_max`."""
        self._each_max = each_max
        self._all_max = all_max
        self._reason = reason
        self._asked = Counter[str]()

    @contextmanager
    def turn(self, viewer: str) -> Generator[None]:
        """One question from now to its answer; `Problem` or `Busy` when there are too many."""
        if self._asked[viewer] >= self._each_max:
            raise Problem(429, self._reason, most=str(self._each_max), wait_s="3")
        if self._asked.total() >= self._all_max:
            raise Busy
        self._asked[viewer] += 1
        try:
            yield
        finally:
            self._asked[viewer] -= 1
            if not self._asked[viewer]:
                del self._asked[viewer]
