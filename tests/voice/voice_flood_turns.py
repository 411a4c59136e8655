"""In which order a flood's callers are shown and taken, judged by a key that is the tests' own.

In front whoever rings again about an open P1 incident, or whose desk was lost; suspected pranks
last; between them by the line's priority, then whoever rang first. `core.queue` is not asked.

Judged twice: every order that the switch shows, and at each call that a desk took, everybody who
stood waiting by the rows then. A caller counts once the switch was told of them, and has shown an
order since.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kentongan.core.queue import Standing

Key = tuple[int, int, bool, datetime, str]
NOT_YET = 1 << 60


@dataclass(frozen=True)
class Served:
    """A call that a desk took: at which place it was shown, who was to be taken before it."""

    call: str
    kind: str
    line_priority: int
    rang_at: datetime
    before: tuple[str, ...]


@dataclass
class Turns:
    """What was shown and taken so far. `known` says since which push the switch knows a caller."""

    rows: Mapping[str, Mapping[str, Any]]
    standings: Mapping[str, Standing]
    known: dict[str, int] = field(default_factory=dict[str, int])
    misplaced: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    behind: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    served: list[Served] = field(default_factory=list[Served])
    compared: int = 0  # neighbours in orders that were shown
    _shown_at: int = 0  # the push of the last order

    def show(self, order: Sequence[str], push: int) -> None:
        """An order came, with that push: whoever is known stands in it by the key."""
        self._shown_at = push
        known = [call for call in order if self._is_known(call)]
        self.compared += max(0, len(known) - 1)
        self.misplaced += [
            (one, after)
            for one, after in itertools.pairwise(known)
            if self.key(one) > self.key(after)
        ]
        prank = ""
        for call in known:
            if self.standings[call].nuisance:
                prank = call
            elif self.standings[call].repeat_of_p1 and prank:
                self.behind.append((call, prank))

    def take(self, call: str, taken: set[str]) -> Served:
        """A desk asks for that call now; `taken` others were asked for before."""
        row = self.rows[call]
        before = [
            other
            for other, of in self.rows.items()
            if of["state"] in ("offered", "queued") and other not in taken and other != call
            if self._is_known(other) and self._is_known(call) and self.key(other) < self.key(call)
        ]
        rang_at = datetime.fromisoformat(row["ring_at"])
        kind = self.kind(call)
        return Served(call, kind, row["line_priority"], rang_at, tuple(before))

    def key(self, call: str) -> Key:
        """The smaller, the sooner."""
        row, standing = self.rows[call], self.standings[call]
        is_prank = standing.nuisance and not standing.repeat_of_p1
        was_lost = row["requeued"] > 0
        rank = 0 if standing.repeat_of_p1 or (was_lost and not is_prank) else 2 - was_lost
        rang_at = datetime.fromisoformat(row["ring_at"])
        return (rank, is_prank, row["line_priority"], rang_at, call)

    def kind(self, call: str) -> str:
        """What the room knows of the caller, in a word."""
        standing, row = self.standings.get(call, Standing()), self.rows[call]
        if standing.repeat_of_p1:
            return "P1 again"
        lost = "lost " if row["requeued"] else ""
        return lost + ("prank" if standing.nuisance else "-")

    def table(self, answered_at: Mapping[str, datetime]) -> list[str]:
        """Who was served, in order: kind, line's priority, first ring, waited; seconds."""
        if not self.served:
            return []
        first = min(one.rang_at for one in self.served)
        lines: list[str] = []
        for place, one in enumerate(self.served, start=1):
            rang_s = (one.rang_at - first).total_seconds()
            waited_s = (answered_at[one.call] - one.rang_at).total_seconds()
            number = self.rows[one.call]["number"]["text"]
            lines.append(
                f"{place:4} {number} {one.kind:10} line {one.line_priority}"
                f" rang {rang_s:6.1f} waited {waited_s:6.1f}"
            )
        return lines

    def _is_known(self, call: str) -> bool:
        return self.known.get(call, NOT_YET) < self._shown_at
