"""All closures of a router: which are in force, and what they make of each edge.

Closures lie over each other; the worst counts. Lifting one leaves exactly what the others say,
and nothing is ever multiplied back. It keeps no lock and no clock: the router does.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
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

    def put(self, closure: Closure, edges: Iterable[int], now: datetime | None) -> Collection[int]:
        """Add or replace a closure; returns the edges that change. Raises `ClosureBroken`."""
        known, key = self._known, closure.id
        before: Collection[int] = ()
        if key in known:
            before = self.drop(key)
        elif len(known) >= CLOSURES_MAX:
            raise ClosureBroken(f"more than {CLOSURES_MAX} closures")
        edges = tuple(edges)
        known[key] = _Known(closure, edges)
        if not closure.in_force(now):
            return before
        self._begin(closure, edges)
        return {*before, *edges} if before else edges

    def drop(self, closure_id: str) -> Collection[int]:
        """Forget a closure; returns the edges that change."""
        known = self._known.pop(closure_id, None)
        return () if known is None else self._end(closure_id, known.edges)

    def turn(self, now: datetime) -> set[int]:
        """Begin and end what is due; returns the edges that change."""
        changed: set[int] = set()
        for closure_id, known in self._known.items():
            was = any(closure_id in self._over[edge] for edge in known.edges[:1])
            due = known.closure.in_force(now)
            if due and not was:
                self._begin(known.closure, known.edges)
                changed.update(known.edges)
            elif was and not due:
                changed.update(self._end(closure_id, known.edges))
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

    def slowings(self, edges: Sequence[int], profile: Profile) -> tuple[list[float], list[float]]:
        """What everything in force makes of each of these edges for a profile: forward, backward.
        Each closure is worked out once."""
        if len(edges) == 1:  # one road shut or opened by hand: no table of closures for it
            one = self._slowing(edges[0], profile)
            return [one.forward], [one.backward]
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

    def _slowing(self, edge: int, profile: Profile) -> Slowing:
        found = AS_USUAL
        for closure in self._over.get(edge, _NOTHING).values():
            one = slowing(closure, profile, self._depths)
            found = one if found is AS_USUAL else found.with_other(one)
        return found

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

    def _begin(self, closure: Closure, edges: tuple[int, ...]) -> None:
        over = self._over
        for edge in edges:
            over[edge][closure.id] = closure

    def _end(self, closure_id: str, edges: tuple[int, ...]) -> list[int]:
        changed: list[int] = []
        over = self._over
        for edge in edges:
            here = over.get(edge)
            if here is not None and here.pop(closure_id, None) is not None:
                changed.append(edge)
                if not here:
                    del over[edge]
        return changed
