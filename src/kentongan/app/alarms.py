"""Keeps the board's alarms true: raised when their limit is over, escalated, cleared at the end.

What should stand is said by `core.alarm_rules`; this looks once a second, compares with what the
board says, and sends the difference through the door as the centre itself. Each fact is written
with the time at which its reason began, so that a look that came late (the process was away) makes
no alarm younger than it is. It keeps nothing that the board or the journal does not have: started
again, it goes on. One exception is harmless: of the alarms of the last ten minutes, which the flood
rule counts, it knows after a start only those that still stand.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from kentongan.app.handle import Busy, handle
from kentongan.app.ports import Store
from kentongan.app.room import Room
from kentongan.app.system import SYSTEM
from kentongan.core.alarm_rules import (
    FLOOD_WITHIN,
    FollowUp,
    Recent,
    Situation,
    Trouble,
    follow_up,
    standing,
)
from kentongan.core.commands import Envelope, EscalateAlarm, RaiseAlarm
from kentongan.core.plans import Plans
from kentongan.core.rows import AlarmRow
from kentongan.core.words import AgentId, CommandId, Refused

LOOK_S = 1.0
"""Between two looks, seconds; the times written down do not depend on it."""

WRITTEN_EACH = 100
"""Facts written in one look, so that a storm of alarms holds up nothing else; the next look goes
on, the loudest first."""

RECENT_MAX = 2_000
"""Alarms remembered for the flood rule; ten minutes have far fewer."""

_log = logging.getLogger(__name__)

Watch = Callable[[], Sequence[Trouble]]
"""What is not well with the centre itself, as it was seen last. Returns at once."""


IsHere = Callable[[AgentId, datetime], bool]
"""Whether this person has a screen at that time, wherever they sit."""


def always_here(agent: AgentId, now: datetime) -> bool:  # noqa: ARG001
    """Nobody knows of screens: whoever took an alarm has it."""
    return True


def all_well() -> Sequence[Trouble]:
    """Nobody watches the parts of the centre."""
    return ()


class Alarms:
    """The alarms of one store. `refused` counts what the door did not want."""

    def __init__(
        self,
        store: Store,
        plans: Plans,
        room: Room,
        watch: Watch = all_well,
        is_here: IsHere = always_here,
        *,
        is_all_training: bool = False,
    ) -> None:
        self._is_all_training = is_all_training
        self._is_here = is_here
        self._store = store
        self._plans = plans
        self._room = room
        self._watch = watch
        self._looked_at: datetime | None = None
        self._fix_sequence = 0
        self._fixes: dict[str, datetime] = {}
        self._recent: deque[Recent] | None = None
        self._writing = ""
        self._skipped: set[str] = set()
        self.refused = 0

    def step(self, now: datetime) -> bool:
        """One look, unless the last one is too young; whether anything was written."""
        if self._looked_at is not None and 0 <= (now - self._looked_at).total_seconds() < LOOK_S:
            return False
        found = self._situation(now)
        wanted = standing(found, self._plans, now)
        at_work = self._at_work(found, now)
        written = 0
        for one in follow_up(found.alarms, wanted, at_work, now):
            if written >= WRITTEN_EACH:
                break
            written += one.command.alarm not in self._skipped and self._write(one, now)
        self._looked_at = now
        return written > 0

    def set_aside(self) -> str:
        """Write nothing more of the alarm that crashes; says which it was."""
        self._skipped.add(self._writing)
        return self._writing

    def _situation(self, now: datetime) -> Situation:
        known = self._room.known(now)
        alarms = self._room.alarms()
        self._follow_fixes()
        if self._recent is None:
            young = sorted((_recent(row) for row in alarms), key=lambda one: one.at)
            self._recent = deque(young, maxlen=RECENT_MAX)
        while self._recent and now - self._recent[0].at >= FLOOD_WITHIN:
            self._recent.popleft()
        return Situation(
            calls=known.calls,
            reports=known.reports,
            incidents=known.incidents,
            units=self._room.units(),
            engagements=self._room.engagements(),
            agencies=self._room.agencies(),
            desks=known.desks,
            alarms=alarms,
            fixes=self._fixes,
            troubles=self._watch(),
            recent=tuple(self._recent),
        )

    def _at_work(self, found: Situation, now: datetime) -> set[str]:
        """On duty at a desk; or, who took an alarm without one, with a screen."""
        on_duty = {desk.agent for desk in found.desks if desk.agent is not None}
        deskless = {row.owner for row in found.alarms if row.owner and row.owner_desk is None}
        return on_duty | {one for one in deskless - on_duty if self._is_here(one, now)}

    def _follow_fixes(self) -> None:
        for one in self._store.fixes(self._fix_sequence):
            self._fixes[one.unit] = max(one.fix.at, self._fixes.get(one.unit, one.fix.at))
            self._fix_sequence = max(self._fix_sequence, one.sequence)

    def _write(self, one: FollowUp, now: datetime) -> bool:
        """Whether it was written. A fact is asked for again at the next look if it was not."""
        command = one.command
        if self._is_all_training and isinstance(command, RaiseAlarm):
            command = structs.replace(command, training=True)
        self._writing = command.alarm
        tag = str(type(command).__struct_config__.tag)
        level = command.level if isinstance(command, EscalateAlarm) else ""
        envelope = Envelope(
            id=CommandId(f"{command.alarm}#{tag}{level}/{now.isoformat()}"),
            agent=SYSTEM,
            command=command,
            age_s=max((now - one.at) / timedelta(seconds=1), 0.0),
        )
        try:
            outcome = handle(self._store, self._plans, envelope, now)
        except Refused as refused:
            self.refused += 1
            _log.info("alarm %s refused: %s", command.alarm, refused.reason)
            return False
        except Busy:
            return False
        if isinstance(command, RaiseAlarm) and outcome.events and self._recent is not None:
            self._recent.append(Recent(at=now, to=command.to))
        return bool(outcome.events)


def _recent(row: AlarmRow) -> Recent:
    return Recent(at=row.raised_at, to=row.to)
