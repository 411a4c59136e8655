"""The `[queue]` part of the settings: how long its stages ring, and where calls overflow to.

Values and their checks. Who is rung for whom is the core's rule and no setting. Whether the
neighbouring centre has a number is known to the city pack: `serve.settings_notes` says so.
"""

from collections.abc import Iterator

from msgspec import Struct

from kentongan.core.queue import RING_S, Ladder
from kentongan.core.words import RingStage

RING_S_MIN, RING_S_MAX = 2.0, 120.0
"""Seconds of a stage: shorter nobody reaches for the telephone, longer is no ladder."""

OVERFLOW_S_MAX = 3_600.0
"""Longest wait before a neighbour is asked; who never wants to leaves `overflow_to` empty."""

TRIES_MAX = 10
"""Most attempts at a neighbouring centre for one call."""

CALLS_MAX = 1_000
"""Most calls at a neighbouring centre at once."""


class QueueSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a city chooses of its queue; stages that are not named keep their seconds.

    `overflow_to` is a key of the directory (an agency of the pack with a number), "" for nowhere:
    then calls go on ringing here.
    """

    ring_s: dict[RingStage, float] = {}
    overflow_to: str = ""
    overflow_after_s: float = 180.0
    overflow_tries_max: int = 3
    overflow_calls_max: int = 10

    @property
    def ladder(self) -> Ladder:
        """The same for the core."""
        return Ladder(
            ring_s={**RING_S, **self.ring_s},
            overflow_to=self.overflow_to or None,
            overflow_after_s=self.overflow_after_s,
            overflow_tries_max=self.overflow_tries_max,
            overflow_calls_max=self.overflow_calls_max,
        )


def faults_of_queue(queue: QueueSettings) -> Iterator[str]:
    """What cannot be, one sentence each."""
    for stage, seconds in queue.ring_s.items():
        if not RING_S_MIN <= seconds <= RING_S_MAX:
            yield f"queue.ring_s.{stage} must be {RING_S_MIN:g} to {RING_S_MAX:g} seconds"
    if not 0 <= queue.overflow_after_s <= OVERFLOW_S_MAX:
        yield f"queue.overflow_after_s must be 0 to {OVERFLOW_S_MAX:g} seconds"
    if not 1 <= queue.overflow_tries_max <= TRIES_MAX:
        yield f"queue.overflow_tries_max must be 1 to {TRIES_MAX}"
    if not 1 <= queue.overflow_calls_max <= CALLS_MAX:
        yield f"queue.overflow_calls_max must be 1 to {CALLS_MAX}"
