"""Whether `work` stands still, as an alarm: alarms are its work, so it cannot raise this one.

Told to screens by the web process itself, like what is not on record (`unrecorded`), and gone when
`work` comes round again. A store that is away says nothing about it, and has its own alarm.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from kentongan.app.worker import BEAT
from kentongan.core.redaction import redact
from kentongan.core.rows import AlarmRow
from kentongan.core.words import Agent, AlarmKey
from kentongan.edge.web.frames import calls_text
from kentongan.edge.web.lanes import Lanes
from kentongan.edge.web.listener import Listener
from kentongan.edge.web.live import Live
from kentongan.edge.web.viewer import ROOM

STILL_AFTER: Final = timedelta(seconds=15)
"""A restart takes less; it beats every 2 s."""

LOOK_EVERY: Final = timedelta(seconds=2)
"""Between two questions to the store."""

KEY: Final = AlarmKey("work_still")
_GONE: Final = msgspec.json.encode(
    {"kind": "alarm", "key": KEY, "gone": True, "position": 0}
).decode()


class Stillness:
    """Used on the event loop only."""

    def __init__(self, live: Live, lanes: Lanes, clock: Callable[[], datetime]) -> None:
        self._live = live
        self._lanes = lanes
        self._clock = clock
        self._looked_at: datetime | None = None
        self._since: datetime | None = None
        live.newcomers.append(self._greet)

    async def look(self) -> None:
        """Ask, unless that was a moment ago; raises `Unavailable` and `Overfull`."""
        now = self._clock()
        if self._looked_at is not None and timedelta() <= now - self._looked_at < LOOK_EVERY:
            return
        self._looked_at = now
        beat = await self._lanes.reading.run(lambda store: store.cursor(BEAT))
        at = datetime.fromtimestamp(beat, UTC)
        since = at if beat and now - at >= STILL_AFTER else None
        if since != self._since:
            self._since = since
            for agent, listeners in self._live.audiences():
                self._tell(agent, listeners)

    def _greet(self, listener: Listener) -> None:
        if self._since is not None:
            self._tell(listener.agent, (listener,))

    def _tell(self, agent: Agent, listeners: Iterable[Listener]) -> None:
        row = _alarm(self._since or self._clock())
        if redact(row, agent, self._live.held.find) is None:
            return
        shown = msgspec.json.encode({**msgspec.to_builtins(row), "position": 0}).decode()
        frame = calls_text(self._clock(), [_GONE if self._since is None else shown])
        for listener in listeners:
            listener.put(frame)


def _alarm(since: datetime) -> AlarmRow:
    """Silent, like all that nobody can take: it is read in the strip."""
    return AlarmRow(
        key=KEY,
        alarm_kind="system",
        about="work_still",
        grade="medium",
        to=tuple(role.value for role in ROOM),
        since=since,
        raised_at=since,
    )
