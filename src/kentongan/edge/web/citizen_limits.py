"""How often citizens may ring, ask and get relays: limits of one process, in memory, for a while.

They keep one address from taking the lines and relays of all, and one page from taking the answers
of all; they never count a caller twice. A call that is asked for again is the same call, however
often a page on a bad network has to ask. Addresses of IPv6 count by their /64, which is one
household.
"""

import hashlib
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

ASKED_WITHIN: Final = timedelta(seconds=10)
"""The time that the limits of requests about a call are for."""


class Quota(Struct, frozen=True, kw_only=True):
    """Requests in `ASKED_WITHIN`: about one call, from one address, in all."""

    of_call: int
    of_address: int
    of_all: int


ASKS: Final = Quota(of_call=60, of_address=1_200, of_all=3_000)
"""How it stands, a line, a place. A page asks once a second, and ten times in each of the three
seconds after its sound broke off; all 100 pages that may be open can sit behind one address of a
carrier."""

OFFERS: Final = Quota(of_call=12, of_address=100, of_all=250)
"""Offers of sound. A page makes one a second at most, and one in five seconds while they are
answered; each costs the media process a key exchange."""

STRANGERS_MAX: Final = 120
ALL_STRANGERS_MAX: Final = 600
"""Any of these in `ASKED_WITHIN`, of one address and in all, by pages that no answer of the switch
has shown to be a caller's. After a start of this process every page is one, until its first
answer."""

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


class Requests:
    """What pages asked about their calls of late, and which of them are callers.

    Callers are those whom the switch has answered under that name and key. Strangers have limits of
    their own, so that nobody without a call keeps a caller from being answered.
    """

    def __init__(self) -> None:
        self._callers: OrderedDict[str, None] = OrderedDict()
        self._asked = _Quotas(ASKS)
        self._offered = _Quotas(OFFERS)
        self._strange = Share(STRANGERS_MAX, ALL_STRANGERS_MAX, ASKED_WITHIN)

    def is_callers(self, page: str) -> bool:
        """Whether `page` (what `page_of` says) is known to be a caller's."""
        return page in self._callers

    def may_ask(self, address: str, page: str, now: datetime, *, offers: bool = False) -> bool:
        """Whether one more may be passed on."""
        if not self.is_callers(page):
            return self._strange.take(address, now)
        self._callers.move_to_end(page)
        return (self._offered if offers else self._asked).take(address, page, now)

    def answered(self, page: str) -> None:
        """The switch did what that page asked: it is a caller's."""
        self._callers[page] = None
        self._callers.move_to_end(page)
        if len(self._callers) > KNOWN_MAX:
            self._callers.popitem(last=False)


class _Quotas:
    """One kind of request of callers: a share for each call, and one for each address."""

    def __init__(self, most: Quota) -> None:
        self._calls = Share(most.of_call, most.of_all, ASKED_WITHIN)
        self._addresses = Share(most.of_address, most.of_all, ASKED_WITHIN)

    def take(self, address: str, page: str, now: datetime) -> bool:
        if not self._calls.take(page, now):
            return False
        if self._addresses.take(address, now):
            return True
        self._calls.give_back()
        return False


def page_of(call: str, key: str) -> str:
    """What stands for a page here: a digest, so that no key is kept."""
    return hashlib.sha256(f"{call} {key}".encode()).hexdigest()


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
