"""What a dialog has to do by itself at some later time: one alarm of each kind per dialog.

Only the clock: what an alarm leads to is in `renewal`. An alarm that was set again, or whose
dialog is gone, does not go off.
"""

from __future__ import annotations

import heapq
from enum import StrEnum


class Alarm(StrEnum):
    """SESSION: refresh it, or see that the peer did not. GLARE: ask again after a 491.

    REFERRAL: nothing more is heard of a transfer we asked for. NOTICE: a transfer we were asked
    for is told no longer. SUBSCRIPTION: nothing is heard of one, or it has lasted long enough; its
    name is no dialog's.
    """

    SESSION = "session"
    GLARE = "glare"
    REFERRAL = "referral"
    NOTICE = "notice"
    SUBSCRIPTION = "subscription"


class Alarms:
    """All alarms of a stack, by dialog."""

    def __init__(self) -> None:
        self._at: dict[str, dict[Alarm, float]] = {}
        self._due: list[tuple[float, str, Alarm]] = []

    def set(self, dialog: str, alarm: Alarm, at: float) -> None:
        """Let it go off at `at`, and not before."""
        self._at.setdefault(dialog, {})[alarm] = at
        heapq.heappush(self._due, (at, dialog, alarm))

    def clear(self, dialog: str, alarm: Alarm | None = None) -> None:
        """Take back one alarm of a dialog, or all."""
        if alarm is None:
            self._at.pop(dialog, None)
            return
        kinds = self._at.get(dialog, {})
        kinds.pop(alarm, None)
        if not kinds:
            self._at.pop(dialog, None)

    def find(self, dialog: str, alarm: Alarm) -> float | None:
        """When that alarm will go off."""
        return self._at.get(dialog, {}).get(alarm)

    def next_at(self) -> float | None:
        """When `pop_due` will have something; what was taken back is dropped here."""
        while self._due:
            at, dialog, alarm = self._due[0]
            if self.find(dialog, alarm) == at:
                return at
            heapq.heappop(self._due)
        return None

    def pop_due(self, now: float) -> tuple[str, Alarm] | None:
        """The first alarm that is due: of which dialog, and which."""
        at = self.next_at()
        if at is None or at > now:
            return None
        _, dialog, alarm = heapq.heappop(self._due)
        self.clear(dialog, alarm)
        return dialog, alarm
