"""How often citizens may ring and ask for relays: limits of one process, in memory, for a while.

They keep one address from taking the lines and relays of all; they never count a caller twice. A
call that is asked for again is the same call, however often a page on a bad network has to ask.
Addresses of IPv6 count by their /64, which is one household.
"""

import ipaddress
from collections import Counter, OrderedDict, deque
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

RINGS_MAX: Final = 12
"""New calls of one address in `RINGS_WITHIN`: many telephones share one address of a carrier."""

ALL_RINGS_MAX: Final = 120
"""New calls of all addresses in `RINGS_WITHIN`, per process; the telephone is always there."""

RINGS_WITHIN: Final = timedelta(minutes=1)

REPEATS_MAX: Final = 60
"""Times the same call may be asked for in `RINGS_WITHIN`: a page asks each 1.5 s while nobody
answers."""

KNOWN_FOR: Final = timedelta(minutes=10)
"""How long a call that is not asked for again is remembered as known."""

KNOWN_MAX: Final = 2_000
"""Calls remembered; new ones come at most 1,200 times in `KNOWN_FOR`."""

RELAYS_MAX: Final = 60
"""Names for the relay that one address gets in `RELAYS_WITHIN`. A name may have four relays: 240 of
the server's 600 at the worst."""

ALL_RELAYS_MAX: Final = 600
"""Names that all addresses together get in `RELAYS_WITHIN`, per process."""

RELAYS_WITHIN: Final = timedelta(hours=1)
"""As long as a name can be used."""

_HOUSEHOLD_BITS: Final = 64


class Share:
    """What happened of late, by address: so many of one, so many of all, within a time."""

    def __init__(self, each: int, of_all: int, within: timedelta) -> None:
        self._each = each
        self._of_all = of_all
        self._within = within
        self._taken: deque[tuple[datetime, str]] = deque()
        self._counts: Counter[str] = Counter()

    def take(self, address: str, now: datetime) -> bool:
        """Whether one more may; it is counted then, and not otherwise."""
        while self._taken and now - self._taken[0][0] >= self._within:
            _, gone = self._taken.popleft()
            self._counts[gone] -= 1
            if not self._counts[gone]:
                del self._counts[gone]
        who = household(address)
        if self._counts[who] >= self._each or len(self._taken) >= self._of_all:
            return False
        self._taken.append((now, who))
        self._counts[who] += 1
        return True

    def give_back(self) -> None:
        """The one taken last was not one of those that count."""
        _, who = self._taken.pop()
        self._counts[who] -= 1
        if not self._counts[who]:
            del self._counts[who]


class _Known(Struct):
    """A call that was let in: when it was last asked for, and how often since when."""

    last_at: datetime
    since: datetime
    repeats: int = 0


class Rings:
    """New calls of late, and those that are known."""

    def __init__(self) -> None:
        self._share = Share(RINGS_MAX, ALL_RINGS_MAX, RINGS_WITHIN)
        self._known: OrderedDict[str, _Known] = OrderedDict()

    def may_ring(self, address: str, call: str, now: datetime) -> bool:
        """Whether that call may be asked for; only a new one counts."""
        while self._known and now - next(iter(self._known.values())).last_at >= KNOWN_FOR:
            self._known.popitem(last=False)
        known = self._known.get(call)
        if known is not None:
            return self._may_repeat(call, known, now)
        if not self._share.take(address, now):
            return False
        self._known[call] = _Known(last_at=now, since=now)
        if len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)
        return True

    def _may_repeat(self, call: str, known: _Known, now: datetime) -> bool:
        if now - known.since >= RINGS_WITHIN:
            known.since, known.repeats = now, 0
        if known.repeats >= REPEATS_MAX:
            return False
        known.repeats += 1
        known.last_at = now
        self._known.move_to_end(call)
        return True


def household(address: str) -> str:
    """What counts as one: an IPv4 address, an IPv6 network, or the text that is neither."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed.packed, _HOUSEHOLD_BITS), strict=False))
