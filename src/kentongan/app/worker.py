"""The body of the `work` process: reactions, timers, effects, alarms, shortages, step by step.

`step` never sleeps and never reads a clock, so that the simulation can drive it. `run` is the
outermost loop around it: it waits on the store's doorbell, sits out a store that is away, and
when one item crashes again and again it sets that item aside, loudly (A-11, until it is started
again), because a fault in one incident must not keep help from all the others.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from kentongan.app.alarms import Alarms, IsHere, Watch, all_well, always_here
from kentongan.app.effects import Effects, Notifier
from kentongan.app.ports import Store, Unavailable
from kentongan.app.react import Reactions
from kentongan.app.room import Room
from kentongan.app.shortages import Shortages
from kentongan.app.timers import Timers
from kentongan.core.alarm_rules import Trouble
from kentongan.core.plans import Plans

PAUSE_MAX_S = 1.0
"""Longest wait without a look at the timers and at effects to retry."""

PAUSE_MIN_S = 0.05
"""Shortest wait after a step without work, so that a `Busy` stream is no reason to spin."""

AWAY_PAUSE_S = 0.5
"""Pause before asking a store that is away again."""

BEAT = "work.beat"
"""The cursor that says when the loop last came round, whole seconds since 1970: without it nobody
would know of a worker that stands still, for the alarms are its own."""

BEAT_S = 2.0
"""Between two beats, seconds."""

SET_ASIDE = "work.set_aside"
"""The cursor that says how many items were set aside since the start, for whoever asks the health:
where the alarms themselves crash nothing else would say so."""

CRASHES_MAX = 5
"""Times the same part may crash in a row before the item it stands at is set aside."""

DETAIL_MAX = 200
"""Characters of an item's name that its alarm says."""

SET_ASIDE_MAX = 100
"""Names of items set aside that are remembered; all are counted."""

_log = logging.getLogger(__name__)


class Part(Protocol):
    """Something with work to do, which remembers in the store how far it is."""

    def step(self, now: datetime) -> bool:
        """Do what there is to do now, within limits; whether there was anything."""
        ...

    def set_aside(self) -> str:
        """Give up the item that crashes and say which it was."""
        ...


class Worker:
    """All parts over one store. `set_aside` names what was given up since the start, the first
    `SET_ASIDE_MAX`; `set_aside_count` counts all of it."""

    def __init__(
        self,
        store: Store,
        plans: Plans,
        notifier: Notifier,
        watch: Watch = all_well,
        is_here: IsHere = always_here,
        *,
        is_all_training: bool = False,
    ) -> None:
        """`watch` says what is not well with the centre itself (A-11), `is_here` who is there. In a
        training room everything is training, also an alarm that comes of no call."""
        room = Room(store)
        self._store = store
        self.effects = Effects(store, plans, notifier)
        self._parts: tuple[Part, ...] = (
            Reactions(store, plans, room),
            Timers(store, plans),
            self.effects,
            Alarms(
                store,
                plans,
                room,
                lambda: (*watch(), *self._troubles.values()),
                is_here,
                is_all_training=is_all_training,
            ),
            Shortages(store, plans, room),
        )
        self._crashes = [0] * len(self._parts)
        self.set_aside: list[str] = []
        self.set_aside_count = 0
        self._troubles: dict[str, Trouble] = {}
        self._beat_at: datetime | None = None

    def step(self, now: datetime) -> bool:
        """One step of every part; whether any did anything. Raises what a part raises."""
        did = [part.step(now) for part in self._parts]
        return any(did)

    def run(self, clock: Callable[[], datetime], stop: threading.Event) -> None:
        """Work until `stop` is set; it is looked at at least once in `PAUSE_MAX_S`."""
        while not stop.is_set():
            try:
                seen = self._store.last_position()
                did = self._guarded_step(clock())
                self._beat(clock())
                if not did:
                    self._store.wait(seen, self._pause_s(clock()))
            except Unavailable as away:
                _log.warning("%s is away", away.who)
                stop.wait(AWAY_PAUSE_S)

    def _beat(self, now: datetime) -> None:
        """Say in the store that the loop goes round, now and then."""
        last = self._beat_at
        if last is not None and 0 <= (now - last).total_seconds() < BEAT_S:
            return
        with self._store.transaction() as transaction:
            transaction.set_cursor(BEAT, int(now.timestamp()))
            transaction.set_cursor(SET_ASIDE, self.set_aside_count)
        self._beat_at = now

    def _guarded_step(self, now: datetime) -> bool:
        """A step in which a crash of one part does not stop the others."""
        did = False
        for index, part in enumerate(self._parts):
            try:
                did = part.step(now) or did
            except Unavailable:
                raise
            except Exception:  # noqa: BLE001 - the outermost loop; told and counted below
                _log.exception("%s crashed", type(part).__name__)
                self._note_crash(index, part, now)
            else:
                self._crashes[index] = 0
        return did

    def _note_crash(self, index: int, part: Part, now: datetime) -> None:
        self._crashes[index] += 1
        if self._crashes[index] < CRASHES_MAX:
            return
        self._crashes[index] = 0
        kind, item = type(part).__name__, part.set_aside()
        self.set_aside_count += 1
        if len(self.set_aside) < SET_ASIDE_MAX:
            self.set_aside.append(f"{kind} {item}")
        first = Trouble(part="work_set_aside", since=now, detail=item[:DETAIL_MAX], node=kind)
        self._troubles.setdefault(kind, first)
        _log.critical("set aside after %d crashes: %s %s", CRASHES_MAX, kind, item)

    def _pause_s(self, now: datetime) -> float:
        """Until the next timer, within `PAUSE_MIN_S` and `PAUSE_MAX_S`."""
        due_at = self._store.next_due_at()
        if due_at is None:
            return PAUSE_MAX_S
        return min(max((due_at - now).total_seconds(), PAUSE_MIN_S), PAUSE_MAX_S)
