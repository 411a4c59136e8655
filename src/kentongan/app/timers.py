"""Fires timers: sends a command when its time has come, unless the reason is gone.

Whether the reason is gone is not judged here: the command goes through the door, and the core
answers a crew that accepted meanwhile with no event or a refusal. A timer is finished only after
its command was answered, so a crash in between sends it again under the same id.
"""

import logging
from datetime import datetime

import msgspec

from kentongan.app.handle import Busy, handle
from kentongan.app.ports import Store, Timer
from kentongan.core.commands import Envelope
from kentongan.core.plans import Plans
from kentongan.core.words import Refused

BATCH_MAX = 100
"""Timers fired at a time, so that a long outage does not hold up everything else afterwards."""

_log = logging.getLogger(__name__)


class Timers:
    """The timers of one store."""

    def __init__(self, store: Store, plans: Plans) -> None:
        self._store = store
        self._plans = plans
        self._firing = ""
        self.refused = 0

    def step(self, now: datetime) -> bool:
        """Fire what is due; False when nothing was, or everything due is `Busy`."""
        fired = False
        for timer in self._store.due_timers(now, BATCH_MAX):
            self._firing = timer.id
            if self._fire(timer, now):
                self._finish(timer.id)
                fired = True
        return fired

    def set_aside(self) -> str:
        """Give up the timer that was being fired, whose command crashes; says which it was."""
        self._finish(self._firing)
        return self._firing

    def _fire(self, timer: Timer, now: datetime) -> bool:
        """Whether the command got its answer."""
        envelope = msgspec.json.decode(timer.envelope, type=Envelope)
        try:
            handle(self._store, self._plans, envelope, now)
        except Refused as refused:
            self.refused += 1
            _log.info("timer %s refused: %s", timer.id, refused.reason)
        except Busy:
            return False
        return True

    def _finish(self, timer: str) -> None:
        with self._store.transaction() as transaction:
            transaction.finish_timer(timer)
