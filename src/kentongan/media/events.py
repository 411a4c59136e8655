"""The last events of the process, numbered, for a switch that was away.

A list with an end: what is older than the newest thousand is gone, and `since` says so.
"""

from collections import deque
from typing import Final

from msgspec.structs import replace

from kentongan.media.protocol import AnyEvent, Missed, Since

EVENTS_KEPT_MAX: Final = 1000  # a minute of 80 busy calls; a switch returns within seconds


class EventLog:
    """Numbers events from 1; `epoch` tells one process from the next on the same socket."""

    def __init__(self, epoch: str) -> None:
        self.epoch: Final = epoch
        self._kept: deque[AnyEvent] = deque(maxlen=EVENTS_KEPT_MAX)
        self._seq = 0

    @property
    def seq(self) -> int:
        """The number of the newest event, 0 before the first."""
        return self._seq

    def add(self, event: AnyEvent) -> AnyEvent:
        """The event with its number."""
        self._seq += 1
        numbered = replace(event, seq=self._seq)
        self._kept.append(numbered)
        return numbered

    def since(self, asked: Since) -> Missed:
        """What came after `asked.seq`; from the first one if that was another process's number."""
        after = asked.seq if asked.epoch in ("", self.epoch) else 0
        events = [event for event in self._kept if event.seq > after]
        is_complete = after >= self._seq - len(self._kept)
        return Missed(
            n=asked.n, epoch=self.epoch, seq=self._seq, is_complete=is_complete, events=events
        )
