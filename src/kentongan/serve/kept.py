"""What was worked out, kept for the next who asks, by octets and not by number.

When there is too much, whoever caused most of it loses the oldest of it first: one viewer who asks
a thousand questions empties nobody else's answers.
"""

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """Values by key; used on one thread."""

    def __init__(self, octets_max: int, octets_of: Callable[[V], int]) -> None:
        """`octets_of` is asked each time: a value may grow while it is used."""
        self._most = octets_max
        self._octets_of = octets_of
        self._values: OrderedDict[Hashable, tuple[str, V]] = OrderedDict()

    def get(self, key: Hashable) -> V | None:
        """The value, which is the newest from now on; None when it is not kept."""
        found = self._values.get(key)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[1]

    def put(self, key: Hashable, value: V, owner: str = "") -> V:
        """Keep it for whoever caused it; `shrink` when it is in use no more."""
        self._values[key] = (owner, value)
        self._values.move_to_end(key)
        return value

    def shrink(self) -> None:
        """Let go until there is no more than may be."""
        octets = {key: self._octets_of(value) for key, (_, value) in self._values.items()}
        held = Counter[str]()
        for key, (owner, _) in self._values.items():
            held[owner] += octets[key]
        whole = held.total()
        while whole > self._most:
            most = max(held, key=lambda owner: held[owner])
            key = next(key for key, (owner, _) in self._values.items() if owner == most)
            del self._values[key]
            held[most] -= octets[key]
            whole -= octets[key]

    @property
    def octets(self) -> int:
        """What is held now."""
        return sum(self._octets_of(value) for _, value in self._values.values())
