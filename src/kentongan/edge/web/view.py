"""What one class of viewers sees: each row redacted and encoded once, however many screens look.

Viewers with the same roles, agency and unit see the same bytes. A view knows for each row the
sequence number at which it last changed *for this class*, because a row can appear or vanish
without having changed itself (an agency is tasked, a unit is engaged). Nothing of a row that the
class may not see enters it.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct, structs

from kentongan.core.redaction import as_participant, masks_numbers, redact
from kentongan.core.rows import AnyRow
from kentongan.core.words import Agent, AgentId
from kentongan.edge.web.held import Held, Key

GONE_MAX: Final = 5_000
"""Rows remembered as gone, for screens that resume; an older screen gets everything anew."""

SESSIONS_MAX: Final = 10_000
"""Sessions whose class is remembered; a forgotten one is taken as unchanged."""

Encode = Callable[[AnyRow, int, bool], tuple[str, frozenset[str]]]
"""A redacted row, its position, whether numbers are masked → JSON, and the refs opened in it."""


class ShareClass(NamedTuple):
    """Who sees the same."""

    roles: tuple[str, ...]
    agency: str | None
    unit: str | None


def share_class(agent: Agent) -> ShareClass:
    """The class an agent belongs to."""
    return ShareClass(tuple(sorted(agent.roles)), agent.agency, agent.unit)


class Classes:
    """To which class the screens of each session belong, and since when.

    A screen that was away while its agent got other rights must not go on with the rows it had.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[ShareClass, int]] = OrderedDict()

    def can_resume(self, session: str, group: ShareClass, since: int, seq: int) -> bool:
        """Whether a screen that has the rows up to `since` has those of this class."""
        before = self._known.pop(session, (group, -1))
        self._known[session] = before if before[0] == group else (group, seq)
        while len(self._known) > SESSIONS_MAX:
            self._known.popitem(last=False)
        return since > self._known[session][1]


class Shown(Struct, frozen=True):
    """A row as this class sees it."""

    row: AnyRow
    position: int
    json: str
    refs: frozenset[str]
    changed_seq: int
    is_unsent: bool = False  # its words were erased since it went out

    def shows(self, row: AnyRow, position: int) -> bool:
        """Whether this row, at this position, is what went out."""
        return not self.is_unsent and self.row == row and self.position == position


class Changes(Struct, frozen=True):
    """What a batch changed for this class, encoded, and the personal text opened in it."""

    rows: tuple[str, ...]
    refs: frozenset[str]


class View:
    """The rows of one class."""

    def __init__(self, agent: Agent, held: Held, encode: Encode, now: datetime) -> None:
        self.viewer = Agent(
            id=AgentId(""), name="", roles=agent.roles, agency=agent.agency, unit=agent.unit
        )
        self._participant = as_participant(self.viewer)
        self._masks = masks_numbers(self.viewer)
        self._held = held
        self._encode = encode
        self._shown: dict[Key, Shown] = {}
        self._gone: OrderedDict[Key, int] = OrderedDict()
        self._floor = held.position
        self._rows_text: str | None = None
        self.used_at = now
        self.units: frozenset[str] = frozenset()

    @property
    def refs(self) -> frozenset[str]:
        """All personal text opened in this view."""
        return frozenset[str]().union(*(shown.refs for shown in self._shown.values()))

    def fill(self, now: datetime) -> None:
        """Take every row held."""
        self.update(((held.kind, held.key) for held in self._held.all()), self._floor, now)

    def update(self, places: Iterable[Key], seq: int, now: datetime) -> Changes:
        """Look at these rows again; returns those that changed for this class."""
        rows: list[str] = []
        refs: set[str] = set()
        for place in sorted(places):
            text = self._look(place, seq, now)
            if text is not None:
                rows.append(text)
                shown = self._shown.get(place)
                refs.update(shown.refs if shown is not None else ())
        if rows:
            self._rows_text = None
            self.units = frozenset(key for kind, key in self._shown if self._follows(kind, key))
        return Changes(tuple(rows), frozenset(refs))

    def aging(self) -> list[Key]:
        """Rows that may vanish by time alone: a crew's last incident and its reports."""
        return [place for place in self._shown if place[0] in {"incident", "report"}]

    def without(self, erased: frozenset[str]) -> list[Key]:
        """Encode rows with these refs again; the places that lost words go out with a batch."""
        changed: list[Key] = []
        for place, shown in self._shown.items():
            if shown.refs.isdisjoint(erased):
                continue
            text, _ = self._encode(shown.row, shown.position, self._masks)
            if text != shown.json:
                self._shown[place] = structs.replace(shown, json=text, is_unsent=True)
                changed.append(place)
        if changed:
            self._rows_text = None
        return changed

    def all_rows(self) -> str:
        """Every row as the inside of a JSON list."""
        if self._rows_text is None:
            self._rows_text = ",".join(shown.json for shown in self._shown.values())
        return self._rows_text

    def rows_since(self, seq: int) -> list[str] | None:
        """What changed after that number, or None when this view does not reach back so far."""
        if seq < self._floor or seq > self._held.position:
            return None
        changed = [(s.changed_seq, s.json) for s in self._shown.values() if s.changed_seq > seq]
        gone = [(at, gone_json(place, at)) for place, at in self._gone.items() if at > seq]
        return [text for _, text in sorted(changed + gone)]

    def _look(self, place: Key, seq: int, now: datetime) -> str | None:
        """The row's new text for this class, or None when nothing changed for it."""
        before = self._shown.get(place)
        held = self._held.get(place)
        full = held.row if held is not None else None
        if full is not None and not self._held.is_shown(full, now):
            full = None
        row = redact(full, self.viewer, self._held.find, now) if full is not None else None
        if held is None or row is None:
            return self._forget(place, seq) if before is not None else None
        if before is not None and before.shows(row, held.position):
            return None
        text, refs = self._encode(row, held.position, self._masks)
        self._shown[place] = Shown(row, held.position, text, refs, seq)
        self._gone.pop(place, None)
        return text

    def _follows(self, kind: str, key: str) -> bool:
        """Whether this class may know where the unit is: an evaluator sees units, not positions."""
        held = self._held.get((kind, key)) if kind == "unit" else None
        if held is None or held.row is None:
            return False
        return redact(held.row, self._participant, self._held.find) is not None

    def _forget(self, place: Key, seq: int) -> str:
        del self._shown[place]
        self._gone[place] = seq
        while len(self._gone) > GONE_MAX:
            _, lost = self._gone.popitem(last=False)
            self._floor = max(self._floor, lost)
        return gone_json(place, seq)


def gone_json(place: Key, position: int) -> str:
    """A row the viewer no longer has."""
    kind, key = place
    gone = {"kind": kind, "key": key, "gone": True, "position": position}
    return msgspec.json.encode(gone).decode()
