"""Which refused INVITEs go on record: each attempt once, and no more than a disk can take.

A ring that the rules of SIP refuse (no common codec, no room, a foreign extension) is still
somebody who tried to reach us. A trunk that repeats its INVITE is not another caller, and a trunk
gone mad must not fill the journal: what is over the limit is counted only.
"""

from collections import OrderedDict

from kentongan.edge.switch.allowance import Allowance

ON_RECORD_PER_S = 2.0
"""Of each trunk, after the burst: about 7,000 an hour, 20 MB of journal."""

ON_RECORD_BURST = 600.0
"""Of each trunk at once: more than all lines of a centre being tried at the same moment."""

REPEAT_S = 64.0
"""An INVITE is repeated for 32 s (RFC 3261 timer B); twice that, for one that was delayed."""

REMEMBERED_MAX = 2_048
"""Attempts remembered to tell repeats by; the burst of three trunks."""


class Refusals:
    """The memory of one switch. No clock: `now` in seconds on one that never goes back."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._allowances: dict[str, Allowance] = {}  # by trunk

    def is_repeat(self, host: str, call_id: str, now: float) -> bool:
        """Whether that attempt is on record already."""
        seen_at = self._seen.get((host, call_id))
        return seen_at is not None and now - seen_at < REPEAT_S

    def may_record(self, trunk: str, host: str, call_id: str, now: float) -> bool:
        """Whether a new attempt may go on record; it is remembered if so."""
        allowance = self._allowances.get(trunk)
        if allowance is None:
            allowance = self._allowances[trunk] = Allowance(ON_RECORD_PER_S, ON_RECORD_BURST)
        if not allowance.take(now):
            return False
        self._seen[host, call_id] = now
        self._seen.move_to_end((host, call_id))
        if len(self._seen) > REMEMBERED_MAX:
            self._seen.popitem(last=False)
        return True
