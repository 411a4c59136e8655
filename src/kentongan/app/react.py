"""Reads the journal and sends what follows from each event: reactions now, timers for later.

What follows is said by `core.policy`, and by `core.room_policy` where the room has to be known;
this only carries it. A reaction goes through the door like any other command, under an id made from
the event's, and the cursor moves afterwards: a crash in between sends it again, the door recognises
it, and so it happens exactly once. A reaction that is refused (the incident was closed meanwhile)
has had its answer and holds nothing up.
"""

import logging
from datetime import datetime

import msgspec

from kentongan.app.follow import States
from kentongan.app.handle import Busy, handle
from kentongan.app.ports import Recorded, Store, Timer
from kentongan.app.room import Room
from kentongan.app.system import SYSTEM
from kentongan.core.commands import AnyCommand, Envelope
from kentongan.core.plans import Plans
from kentongan.core.policy import reactions, timers
from kentongan.core.room_policy import ASKS_THE_ROOM, room_reactions
from kentongan.core.words import CommandId, Refused

CURSOR = "reactions"

BATCH_MAX = 200
"""Events read at a time; at most so many are looked at again after a crash."""

_log = logging.getLogger(__name__)


class Reactions:
    """One reader with its cursor in the store."""

    def __init__(self, store: Store, plans: Plans, room: Room | None = None) -> None:
        self._store = store
        self._plans = plans
        self._states = States(store)
        self._room = room or Room(store)
        self._batch = BATCH_MAX
        self.refused = 0

    def step(self, now: datetime) -> bool:
        """React to the next events; False when there are none or the first is `Busy`.

        After a crash it takes one event at a time, until the one that crashes stands first.
        """
        start = self._store.cursor(CURSOR)
        batch, self._batch = self._batch, 1
        position, waiting = start, list[Timer]()
        for recorded in self._store.tail(start, batch):
            try:
                waiting += self._react(recorded, now)
            except Busy:
                break
            position = recorded.meta.position
        self._move_cursor(start, position, waiting)
        self._batch = BATCH_MAX
        return position > start

    def set_aside(self) -> str:
        """Pass over the next event, the one that crashes; says which it was."""
        start = self._store.cursor(CURSOR)
        for recorded in self._store.tail(start, 1):
            self._move_cursor(start, recorded.meta.position, [])
            return recorded.meta.event_id
        return "nothing"

    def _react(self, recorded: Recorded, now: datetime) -> list[Timer]:
        event, meta = recorded.event, recorded.meta
        state = self._states.after(recorded)
        follows = reactions(event, meta, state, self._plans)
        if isinstance(event, ASKS_THE_ROOM):
            known = self._room.known(now)
            follows = (*follows, *room_reactions(event, meta, state, self._plans, known))
        for reaction in follows:
            self._send(self._envelope(recorded, reaction.name, reaction.command), now)
        return [
            _timer(self._envelope(recorded, timed.name, timed.command), timed.due_at)
            for timed in timers(event, meta, state, self._plans)
        ]

    def _envelope(self, recorded: Recorded, name: str, command: AnyCommand) -> Envelope:
        cause = recorded.meta.event_id
        return Envelope(
            id=CommandId(f"{cause}/{name}"), agent=SYSTEM, command=command, because=cause
        )

    def _send(self, envelope: Envelope, now: datetime) -> None:
        try:
            handle(self._store, self._plans, envelope, now)
        except Refused as refused:
            self.refused += 1
            _log.info("reaction %s refused: %s", envelope.id, refused.reason)

    def _move_cursor(self, start: int, position: int, waiting: list[Timer]) -> None:
        if position == start:
            return
        with self._store.transaction() as transaction:
            transaction.put_timers(waiting)
            transaction.set_cursor(CURSOR, position)


def _timer(envelope: Envelope, due_at: datetime) -> Timer:
    return Timer(id=envelope.id, due_at=due_at, envelope=msgspec.json.encode(envelope))
