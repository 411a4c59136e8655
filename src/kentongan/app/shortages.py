"""Begins the clock of unmet demand by itself: when an incident waits and no fitting unit is free.

What that means is said by `core.shortage`. This looks once a second at the room the other parts
follow, and writes what is new through the door as the centre itself. The clock stands in the
journal, so a process that is killed loses nothing of it.
"""

import logging
from datetime import datetime
from typing import Final

from kentongan.app.handle import Busy, handle
from kentongan.app.ports import Store
from kentongan.app.room import Room
from kentongan.app.system import SYSTEM
from kentongan.core.commands import Envelope, RecordShortage
from kentongan.core.plans import Plans
from kentongan.core.rows import IncidentRow
from kentongan.core.shortage import shortages
from kentongan.core.words import CommandId, Refused

LOOK_S: Final = 1.0
"""Between two looks, seconds."""

WRITTEN_EACH: Final = 100
"""Shortages written in one look; the next one goes on."""

_log = logging.getLogger(__name__)


class Shortages:
    """Of one store. `refused` counts what the door did not want."""

    def __init__(self, store: Store, plans: Plans, room: Room) -> None:
        self._store = store
        self._plans = plans
        self._room = room
        self._looked_at: datetime | None = None
        self._writing = ""
        self._skipped: set[str] = set()
        self.refused = 0

    def step(self, now: datetime) -> bool:
        """One look, unless the last one is too young; whether anything was written."""
        if self._looked_at is not None and 0 <= (now - self._looked_at).total_seconds() < LOOK_S:
            return False
        self._looked_at = now
        known = self._room.known(now)
        rows = {row.key: row for row in known.incidents}
        units, engagements = self._room.units(), self._room.engagements()
        found = shortages(rows.values(), units, engagements, self._plans)
        wanted = [one for one in found if one.incident not in self._skipped]
        written = [self._write(one, rows[one.incident], now) for one in wanted[:WRITTEN_EACH]]
        return any(written)

    def set_aside(self) -> str:
        """Look no more at the incident that crashes; says which it was."""
        self._skipped.add(self._writing)
        return self._writing

    def _write(self, command: RecordShortage, row: IncidentRow, now: datetime) -> bool:
        """One for each time that an incident has nobody: its assignments so far number them."""
        self._writing = command.incident
        name = f"{command.incident}#shortage/{len(row.assignments)}"
        envelope = Envelope(id=CommandId(name), agent=SYSTEM, command=command)
        try:
            outcome = handle(self._store, self._plans, envelope, now)
        except Refused as refused:
            self.refused += 1
            _log.info("shortage of %s refused: %s", command.incident, refused.reason)
            return False
        except Busy:
            return False
        return bool(outcome.events) and not outcome.repeated
