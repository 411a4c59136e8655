"""What is not on record: facts that wait because a disk is full or the store is away, as an alarm.

The centre's own alarms are rows of the record, which is what fails here; so this one is told to
screens by the web process itself, at once, and belongs to no journal. Nobody can take it: it is
silent but for supervisors, who have to act, and is gone when everything is being written again.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from kentongan.core.redaction import redact
from kentongan.core.rows import AlarmRow
from kentongan.core.words import Agent, AlarmKey, Role
from kentongan.edge.web.frames import calls_text
from kentongan.edge.web.listener import Listener
from kentongan.edge.web.live import Live
from kentongan.edge.web.viewer import ROOM

HEARD_FOR: Final = timedelta(seconds=3)
"""A switch says so each second; silence of so long says that it is over."""

KEY: Final = AlarmKey("unrecorded")
_GONE: Final = msgspec.json.encode(
    {"kind": "alarm", "key": KEY, "gone": True, "position": 0}
).decode()


class Unrecorded:
    """Used on the event loop only."""

    def __init__(self, live: Live, clock: Callable[[], datetime]) -> None:
        self._live = live
        self._clock = clock
        self._heard_at: datetime | None = None
        self._behind_at: datetime | None = None
        self._since: datetime | None = None
        self._told: tuple[datetime, bool] | None = None  # since when, and whether behind
        live.newcomers.append(self._greet)

    @property
    def is_behind(self) -> bool:
        """Whether facts about calls do not reach the record, so that only a switch knows them."""
        return self._live.store_away_since is not None or self._is_fresh(self._behind_at)

    def hear(self, *, is_behind: bool) -> None:
        """A switch has facts that are on no disk, or that the store does not take."""
        self._heard_at = self._clock()
        if is_behind:
            self._behind_at = self._heard_at
        self.tick()

    def tick(self) -> None:
        """Each second: tell every screen when it begins, changes or is over."""
        is_so = self.is_behind or self._is_fresh(self._heard_at)
        self._since = (self._since or self._clock()) if is_so else None
        told = None if self._since is None else (self._since, self.is_behind)
        if told != self._told:
            self._told = told
            for agent, listeners in self._live.audiences():
                self._tell(agent, listeners)

    def _is_fresh(self, at: datetime | None) -> bool:
        return at is not None and self._clock() - at < HEARD_FOR

    def _greet(self, listener: Listener) -> None:
        if self._told is not None:
            self._tell(listener.agent, (listener,))

    def _tell(self, agent: Agent, listeners: Iterable[Listener]) -> None:
        since, is_behind = self._told or (self._clock(), False)
        row = _alarm(agent, since, is_behind)
        if redact(row, agent, self._live.held.find) is None:
            return
        shown = msgspec.json.encode({**msgspec.to_builtins(row), "position": 0}).decode()
        frame = calls_text(self._clock(), [_GONE if self._told is None else shown])
        for listener in listeners:
            listener.put(frame)


def _alarm(agent: Agent, since: datetime, is_behind: bool) -> AlarmRow:
    """It sounds where somebody can do something about it, and the record has no alarm to sound."""
    is_loud = is_behind and agent.has(Role.SUPERVISOR)
    return AlarmRow(
        key=KEY,
        alarm_kind="system",
        about="unrecorded",
        grade="critical" if is_loud else "medium",
        to=tuple(role.value for role in ROOM),
        since=since,
        raised_at=since,
    )
