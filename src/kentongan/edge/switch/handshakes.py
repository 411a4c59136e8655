"""How many TLS handshakes may be under way, and whose.

A handshake that is begun and not gone on with costs whoever begins it nothing and holds a place for
seconds. So trunks have places of their own, which no stranger can take, and of one address only a
few are under way. Who shows no certificate yet is known by address: one of a trunk's, one that a
call in hand has to do with, or one that was let in by its certificate before.
"""

from collections import Counter, OrderedDict
from collections.abc import Generator
from contextlib import contextmanager

KNOWN_MAX = 32
"""At once, of addresses that are known; each costs a millisecond or two of computing."""
KNOWN_PER_SOURCE_MAX = 16
"""Of one such address: the workers of a proxy that was restarted."""
STRANGERS_MAX = 8
"""At once, of all other addresses: trunks known by certificate only, and scanners."""
STRANGERS_PER_SOURCE_MAX = 4
"""Of one such address."""
REMEMBERED_MAX = 256
"""Addresses let in by a certificate; as many as there are connections."""


class Handshakes:
    """Those under way at one switch."""

    def __init__(self) -> None:
        self._under_way: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        self._let_in: OrderedDict[str, None] = OrderedDict()

    def remember(self, host: str) -> None:
        """It was let in as a trunk: next time it is known before it shows its certificate."""
        self._let_in[host] = None
        self._let_in.move_to_end(host)
        if len(self._let_in) > REMEMBERED_MAX:
            self._let_in.popitem(last=False)

    def has_room(self, host: str, *, is_known: bool) -> bool:
        """Whether one more of that address may begin."""
        is_known |= host in self._let_in
        most, most_of_source = (
            (KNOWN_MAX, KNOWN_PER_SOURCE_MAX)
            if is_known
            else (STRANGERS_MAX, STRANGERS_PER_SOURCE_MAX)
        )
        under_way = self._under_way[is_known]
        return under_way.total() < most and under_way[host] < most_of_source

    @contextmanager
    def count(self, host: str, *, is_known: bool) -> Generator[None]:
        """One is under way as long as this is open."""
        under_way = self._under_way[is_known or host in self._let_in]
        under_way[host] += 1
        try:
            yield
        finally:
            under_way[host] -= 1
            if not under_way[host]:
                del under_way[host]
