"""All closures of a router: which are in force, and what they make of each edge.

Closures lie over each other; the worst counts. Lifting one leaves exactly what the others say,
and nothing is ever multiplied back. It keeps no lock and no clock: the router does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from kentongan.core.references import CLOSURES_MAX
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.routing.closures import (
    AS_USUAL,
    Closure,
    ClosureBroken,
    Depths,
    Slowing,
    slowing,
)

_NOTHING: Final[Mapping[str, Closure]] = {}


class _Known(NamedTuple):
    closure: Closure
    edges: tuple[int, ...]


class ClosureBook:
    """Closures with the edges they mean; as many as the record holds in force."""

    def __init__(self, depths: Mapping[Profile, Depths]) -> None:
        self._depths = depths
        self._known: dict[str, _Known] = {}
        self._over: defaultdict[int, dict[str, Closure]] = defaultdict(dict)

    def put(self, closure: Closure, edges: Iterable[int], now: datetime | None) -> set[int]:
        """Add or replace a closure; returns the edges that change. Raises `ClosureBroken`."""
        if len(self._known) >= CLOSURES_MAX and closure.id not in self._known:
            raise ClosureBroken(f"more than {CLOSURES_MAX} closures")
        changed = self.drop(closure.id) if closure.id in self._known else set[int]()
        self._known[closure.id] = _Known(closure, tuple(edges))
        if closure.in_force(now):
            changed |= self._begin(closure.id)
        return changed

    def drop(self, closure_id: str) -> set[int]:
        """Forget a closure; returns the edges that change."""
        changed = self._end(closure_id)
        self._known.pop(closure_id, None)
        return changed

    def turn(self, now: datetime) -> set[int]:
        """Begin and end what is due; returns the edges that change."""
        changed: set[int] = set()
        for closure_id, known in self._known.items():
            was = any(closure_id in self._over[edge] for edge in known.edges[:1])
            due = known.closure.in_force(now)
            if due and not was:
                changed |= self._begin(closure_id)
            elif was and not due:
                changed |= self._end(closure_id)
        return changed

    def next_turn(self, now: datetime) -> datetime | None:
        """When the next closure begins or ends."""
        times = (
            at
            for known in self._known.values()
            for at in (known.closure.from_at, known.closure.until_at)
            if at is not None and at > now
        )
        return min(times, default=None)

    def slowings(self, edges: Iterable[int], profile: Profile) -> tuple[list[float], list[float]]:
        """What everything in force makes of each of these edges for a profile: forward, backward.
        Each closure is worked out once."""
        known: dict[str, Slowing] = {}
        forward: list[float] = []
        backward: list[float] = []
        for edge in edges:
            found = AS_USUAL
            for key, closure in self._over.get(edge, _NOTHING).items():
                one = known.get(key)
                if one is None:
                    one = known[key] = slowing(closure, profile, self._depths)
                found = one if found is AS_USUAL else found.with_other(one)
            forward.append(found.forward)
            backward.append(found.backward)
        return forward, backward

    def edges(self) -> set[int]:
        """All edges that are not as usual."""
        return {edge for edge, over in self._over.items() if over}

    def closures(self) -> list[Closure]:
        """All closures that are known, in force or not, oldest first."""
        return [known.closure for known in self._known.values()]

    def knows(self, closure_id: str) -> bool:
        """Whether there is such a closure, in force or not."""
        return closure_id in self._known

    def edges_of(self, closure_id: str) -> tuple[int, ...]:
        """The edges that a closure means; none for an unknown one."""
        known = self._known.get(closure_id)
        return known.edges if known else ()

    def _begin(self, closure_id: str) -> set[int]:
        closure, edges = self._known[closure_id]
        for edge in edges:
            self._over[edge][closure_id] = closure
        return set(edges)

    def _end(self, closure_id: str) -> set[int]:
        changed: set[int] = set()
        for edge in self.edges_of(closure_id):
            if self._over[edge].pop(closure_id, None) is not None:
                changed.add(edge)
            if not self._over[edge]:
                del self._over[edge]
        return changed
