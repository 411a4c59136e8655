"""How many requests one dialog may send us: a storm in one call is that call's own trouble.

Two allowances that fill up again with time: one for everything, one for changes of the session,
which cost a decision each. A BYE is never counted.
"""

from __future__ import annotations

from msgspec import Struct

REQUESTS_MAX = 32.0
"""Requests at once; somebody dials a long number by INFO."""
REQUESTS_PER_S = 8.0
"""Requests a second for ever: keys cannot be pressed faster."""
CHANGES_MAX = 8.0
"""Re-INVITEs and UPDATEs at once; a transfer by a PBX needs four."""
CHANGES_PER_S = 0.5
"""Changes a second for ever."""
CHANGES = frozenset({"INVITE", "UPDATE", "REFER"})


class Pace(Struct):
    """What a dialog has left of its allowances, as of a moment."""

    at: float
    requests: float = REQUESTS_MAX
    changes: float = CHANGES_MAX

    def takes(self, method: str, now: float) -> bool:
        """Whether one more request of that method is within the allowance; it is used up then."""
        passed = max(0.0, now - self.at)
        self.at = now
        self.requests = min(REQUESTS_MAX, self.requests + passed * REQUESTS_PER_S)
        self.changes = min(CHANGES_MAX, self.changes + passed * CHANGES_PER_S)
        if method == "BYE":
            return True
        if self.requests < 1.0 or (method in CHANGES and self.changes < 1.0):
            return False
        self.requests -= 1.0
        self.changes -= method in CHANGES
        return True
