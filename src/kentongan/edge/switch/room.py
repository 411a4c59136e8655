"""Who is in the room, as the web processes say: desks on duty, their pages, and what is known.

The store may be away; the room is still there, because every web process says again and again whom
it sees. What was not said again for `PRESENCE_S` counts no more: a web process that died takes its
pages along. Several may speak of the same desk; a page connected to any of them counts.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from kentongan.core.call_rows import DeskRow
from kentongan.core.queue import Standing
from kentongan.core.queue_room import Seat, seat_of
from kentongan.core.words import CallId, DeskKey
from kentongan.edge.switch.record import SUPERVISOR, SpooledCall

PRESENCE_S: Final = 15.0
"""How long a word counts; web processes speak every 5 s and at each change."""

WINDOW_AWAY_S: Final = 5.0
"""How long a window that has a desk's sound counts after it was last connected: a network that
changes, or a page that loads anew, takes a second or two and is no window that was closed."""

PAGE_AWAY_S: Final = 10.0
"""How long a desk on duty counts as somebody who is there, though its page is gone or has not come
yet: as long as a desk whose sound is lost keeps its caller."""

BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)
"""Of a room that has always been listened to."""

SPEAKERS_MAX: Final = 64
"""Web processes remembered; each start of one is a new name."""


class ForcedOut(NamedTuple):
    """A desk whose duty a supervisor ended, and who was there."""

    desk: DeskKey
    agent: str


class Word(Struct, frozen=True, kw_only=True):
    """What one web process said last."""

    at: datetime
    desks: tuple[DeskRow, ...] = ()
    pages: frozenset[DeskKey] = frozenset()
    standings: Mapping[CallId, Standing] = {}
    busy: frozenset[DeskKey] = frozenset()
    """Desks with a call at another switch, of which the calls here say nothing."""
    listeners: frozenset[str] = frozenset()
    """Agents with an open screen who may hear others' calls."""
    forced_out: frozenset[ForcedOut] = frozenset()
    windows: frozenset[DeskKey] = frozenset()
    """Desks of which the window that has the sound is connected."""
    awaited: frozenset[str] = frozenset()
    """Numbers of callers for whom a line is kept."""


class Room:
    """The room now. No clock of its own.

    `began_at` is when this process began to listen: until somebody has said who is there, or
    `PRESENCE_S` has passed, an empty room is a room that nobody has told of.
    """

    def __init__(self, began_at: datetime = BEGINNING) -> None:
        self.began_at = began_at
        self.spoken_since = began_at
        """Since when somebody speaks without a silence as long as a word counts."""
        self._words: dict[str, Word] = {}
        self._busy_until: dict[DeskKey, datetime] = {}  # when a desk was last seen with a call
        self._window_left: dict[DeskKey, datetime] = {}  # when its window was last said to go
        self._page_away: dict[tuple[DeskKey, str], datetime] = {}  # desks on duty, and since when

    def hear(self, speaker: str, word: Word) -> None:
        """A web process says what it sees; its last word is forgotten."""
        if self.is_silent(word.at):
            self.spoken_since = word.at
        before = self._words.pop(speaker, None)
        self._words[speaker] = word
        if before is not None:
            self._window_left.update(dict.fromkeys(before.windows - word.windows, word.at))
        while len(self._words) > SPEAKERS_MAX:
            del self._words[next(iter(self._words))]
        self._page_away = {key: self._page_away.get(key, word.at) for key in self._away(word.at)}

    def is_silent(self, at: datetime) -> bool:
        """Whether no web process speaks: nobody can say who is there, or who has gone."""
        return not self._current(at)

    def is_known(self, at: datetime) -> bool:
        """Whether it can be said who is there. A web process that has just begun says that no page
        is connected, before its pages come back to it."""
        if at - self.began_at >= timedelta(seconds=PRESENCE_S):
            return True
        return any(word.pages for word in self._current(at))

    def standings(self, at: datetime) -> dict[CallId, Standing]:
        """What is known of callers' numbers."""
        found: dict[CallId, Standing] = {}
        for word in self._current(at):
            found.update(word.standings)
        return found

    def seats(self, calls: Iterable[SpooledCall], at: datetime) -> tuple[Seat, ...]:
        """The desks somebody works at, given the calls in hand."""
        busy = {leg.desk for call in calls for leg in call.desks if leg.role != SUPERVISOR}
        words = self._current(at)
        busy = busy.union(*(word.busy for word in words))
        self._busy_until.update(dict.fromkeys(busy, at))
        pages = self.pages(at)
        rows = {row.key: row for word in words for row in word.desks}
        found = (self._seat(row, row.key in busy, row.key in pages, at) for row in rows.values())
        return tuple(seat for seat in found if seat is not None)

    def staffed(self, at: datetime) -> frozenset[DeskKey] | None:
        """The desks somebody has duty at, with a page or without; None while nobody speaks."""
        words = self._current(at)
        return frozenset(row.key for word in words for row in word.desks) if words else None

    def pages(self, at: datetime) -> frozenset[DeskKey]:
        """The desks whose page is connected somewhere."""
        return frozenset[DeskKey]().union(*(word.pages for word in self._current(at)))

    def windows(self, at: datetime) -> frozenset[DeskKey] | None:
        """The desks of which the window that has the sound is connected somewhere, or was within
        `WINDOW_AWAY_S`; None while it cannot be said who is there."""
        if not self.is_known(at):
            return None
        away = timedelta(seconds=WINDOW_AWAY_S)
        just_left = (key for key, since in self._window_left.items() if at - since < away)
        return frozenset(just_left).union(*(word.windows for word in self._current(at)))

    def listeners(self, at: datetime) -> frozenset[str]:
        """Who may hear others' calls, and has a screen open."""
        return frozenset[str]().union(*(word.listeners for word in self._current(at)))

    def forced_out(self, at: datetime) -> frozenset[ForcedOut]:
        """Who has no desk any more, and no call."""
        return frozenset[ForcedOut]().union(*(word.forced_out for word in self._current(at)))

    def awaited(self, at: datetime) -> frozenset[str]:
        """Numbers of callers for whom lines are kept."""
        return frozenset[str]().union(*(word.awaited for word in self._current(at)))

    def _away(self, at: datetime) -> set[tuple[DeskKey, str]]:
        """Desks and who has duty there, without a page."""
        pages = self.pages(at)
        rows = (row for word in self._current(at) for row in word.desks if row.key not in pages)
        return {(row.key, row.agent) for row in rows if row.agent is not None}

    def _current(self, at: datetime) -> list[Word]:
        oldest = at - timedelta(seconds=PRESENCE_S)
        return [word for word in self._words.values() if word.at >= oldest]

    def _seat(self, row: DeskRow, is_busy: bool, has_page: bool, at: datetime) -> Seat | None:
        if row.state == "wrap_up" and row.wrap_up_until is not None and row.wrap_up_until <= at:
            row = replace(row, state="on_duty")  # the store may hear of it later
        since = max(filter(None, (row.since, self._busy_until.get(row.key))), default=at)
        away_since = self._page_away.get((row.key, row.agent or ""), at)
        return seat_of(
            row,
            idle_since=None if is_busy else since,
            has_page=has_page,
            is_awaited=not has_page and at - away_since < timedelta(seconds=PAGE_AWAY_S),
        )
