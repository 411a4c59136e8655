"""How often somebody may look whether a link exists, or try the operators' word: counted before it
is looked up.

Of each address and of all together, in memory, per process. What an address has been right with
once is no guess of that address any more: its page, or an operator's server, goes on sending,
however many others behind the same carrier's address guess.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Final

from kentongan.edge.web.citizen_limits import Share, household

GUESSES_MAX: Final = 40
"""Wrong links of one address in `GUESSES_WITHIN`: a whole estate may sit behind a carrier's."""

ALL_GUESSES_MAX: Final = 20_000
"""Wrong links of all addresses in `GUESSES_WITHIN`: 10⁻⁸ of a hit, and more than a botnet's idle
scan, which must not close the page to callers."""

GUESSES_WITHIN: Final = timedelta(minutes=10)

OPENED_MAX: Final = 2_000
"""Links remembered by who opened them; a link lives half an hour."""


class Guesses:
    """Looks of late, and who has opened which link."""

    def __init__(self) -> None:
        self._share = Share(GUESSES_MAX, ALL_GUESSES_MAX, GUESSES_WITHIN)
        self._opened: OrderedDict[tuple[str, str], None] = OrderedDict()

    def may_look(self, address: str, digest: str, now: datetime) -> bool:
        """Whether that link may be looked for; it counts as a wrong one until `was_right`."""
        return (household(address), digest) in self._opened or self._share.take(address, now)

    def was_right(self, address: str, digest: str) -> None:
        """The look that was allowed just now found its link."""
        key = (household(address), digest)
        if key in self._opened:
            self._opened.move_to_end(key)
            return
        self._share.give_back()
        self._opened[key] = None
        if len(self._opened) > OPENED_MAX:
            self._opened.popitem(last=False)
