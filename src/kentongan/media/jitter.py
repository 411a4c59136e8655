"""The jitter buffer: packets arrive when they like, a frame leaves at every tick.

It reorders, waits as long as the network needs (40 to 200 ms) and conceals what is lost. It reads
no clock: one `get` is 20 ms. The wait grows only when frames really came late. A speaker who is
silent sends nothing (silence suppression), and that must not be mistaken for a slow network: the
pause is told by the marker bit, or by a timestamp that moved on further than the sequence number
(RFC 3551, 4.1).
"""

from typing import Final

import numpy as np

from kentongan.media import conceal
from kentongan.media.g711 import FRAME_SAMPLES, Samples, silence

TARGET_FRAMES_MIN: Final = 2  # 40 ms: one frame in hand while the next is on its way
TARGET_FRAMES_MAX: Final = 10  # 200 ms: more makes two people talk over each other
SURPLUS_FRAMES: Final = 2  # this far beyond the target, one frame is dropped to catch up
WATCHED_FRAMES: Final = 100  # 2 s in which a frame always waited for nothing: it is left out
CALM_FRAMES: Final = 500  # 10 s without a late frame: try a shorter wait
JUMP_FRAMES_MAX: Final = 100  # 2 s ahead: another stream, begin again
LATE_FRAMES_MAX: Final = 256  # 5 s behind: another stream, begin again
HOLES_MAX: Final = 64  # frames given up that may still arrive late


class JitterBuffer:
    """One stream's frames by sequence number (16 bits, wrapping)."""

    __slots__ = (
        "_before", "_calm", "_continuation", "_held", "_holes", "_last", "_least", "_miss",
        "_newest", "_next", "_queue", "_starved", "_waited", "_watched",
        "late", "lost", "packet_frames", "target",
    )  # fmt: skip

    def __init__(self) -> None:
        self.target = TARGET_FRAMES_MIN
        self.packet_frames = 1  # frames that arrive together in one packet
        self.late = 0
        self.lost = 0
        self._queue: dict[int, Samples] = {}
        self._holes: dict[int, None] = {}
        self._next: int | None = None
        self._newest: tuple[int, int] | None = None  # sequence and timestamp of the newest frame
        self._starved = False
        self._held = 0
        self._miss = 0
        self._calm = 0
        self._waited = 0
        self._watched = 0
        self._least = 0
        self._last = silence()
        self._before = silence()
        self._continuation: Samples | None = None

    def put(self, sequence: int, frame: Samples, *, timestamp: int, marker: bool = False) -> None:
        """Take a frame of 160 samples in, whenever and in whatever order it comes."""
        if self._next is None:
            if self._starved:
                self._judge_underrun(sequence, timestamp, marker)
        else:
            ahead = (sequence - self._next) & 0xFFFF
            if ahead >= 0x8000:
                if 0x10000 - ahead <= LATE_FRAMES_MAX:
                    self._note_late(sequence)
                    return
                self.restart()
            elif ahead > JUMP_FRAMES_MAX:
                self.restart()
        self._queue[sequence] = frame
        newest = self._newest
        if newest is None or (sequence - newest[0]) & 0xFFFF < 0x8000:
            self._newest = (sequence, timestamp)

    def get(self) -> Samples | None:
        """The frame to be heard now; none while nothing is being said."""
        expected = self._begin() if self._next is None else self._next
        if expected is None:
            return None
        queue = self._queue
        frame = queue.pop(expected, None)
        if frame is not None:
            return self._play(expected, frame)
        if not queue:
            return self._underrun()
        if len(queue) < self.target - 1 and self._held < self.target:
            self._held += 1  # it may still come: growing the wait costs one concealed frame
        else:
            self._next = (expected + 1) & 0xFFFF
            self._note_hole(expected)
            self.lost += 1
        return self._concealed()

    def restart(self) -> None:
        """Forget the stream, keep the wait that the network has taught."""
        self._queue.clear()
        self._holes.clear()
        self._next = None
        self._newest = None
        self._starved = False
        self._waited = 0

    def _begin(self) -> int | None:
        """The first frame to play, once enough of them wait."""
        if not self._queue:
            return None
        self._waited += 1
        if len(self._queue) < self._floor() and self._waited <= self.target:
            return None
        first = next(iter(self._queue))
        self._next = min(self._queue, key=lambda sequence: (sequence - first + 0x8000) & 0xFFFF)
        self._miss = self._held = self._waited = 0
        return self._next

    def _floor(self) -> int:
        return max(self.target, self.packet_frames + 1 if self.packet_frames > 1 else 0)

    def _play(self, sequence: int, frame: Samples) -> Samples:
        self._next = (sequence + 1) & 0xFFFF
        self._miss = self._held = 0
        self._before, self._last = self._last, frame
        self._continuation = None
        self._calm += 1
        if self._has_surplus():
            self._queue.pop(self._next, None)
            self._next = (self._next + 1) & 0xFFFF
        elif self._calm > CALM_FRAMES and self.target > TARGET_FRAMES_MIN:
            self.target -= 1
            self._calm = 0
        return frame

    def _has_surplus(self) -> bool:
        """Whether a frame can be left out: far too many wait, or one too many did all the time."""
        waiting = len(self._queue)
        if waiting > self._floor() + SURPLUS_FRAMES + self.packet_frames - 1:
            return True
        self._least = min(self._least, waiting)
        self._watched += 1
        if self._watched < WATCHED_FRAMES:
            return False
        is_idle = self._least >= self._floor()
        self._watched, self._least = 0, waiting
        return is_idle

    def _underrun(self) -> Samples | None:
        if self._miss >= conceal.FRAMES_MAX:
            self._next = None
            self._starved = True
            return None
        return self._concealed()

    def _concealed(self) -> Samples:
        if self._miss >= conceal.FRAMES_MAX:
            return silence()
        if self._continuation is None:
            self._continuation = conceal.continuation(np.concatenate((self._before, self._last)))
        frame = conceal.faded(self._continuation, self._miss)
        self._miss += 1
        return frame

    def _judge_underrun(self, sequence: int, timestamp: int, marker: bool) -> None:
        """Whether the silence just ended was a pause of the speaker or a fault of the network."""
        self._starved = False
        if self._newest is None:
            return
        steps = (sequence - self._newest[0]) & 0xFFFF
        passed = (timestamp - self._newest[1]) & 0xFFFFFFFF
        if steps >= 0x8000 or marker or passed >= (steps + 1) * FRAME_SAMPLES:
            return
        self.lost += conceal.FRAMES_MAX
        self._raise_target()

    def _note_hole(self, sequence: int) -> None:
        self._holes[sequence] = None
        if len(self._holes) > HOLES_MAX:
            del self._holes[next(iter(self._holes))]

    def _note_late(self, sequence: int) -> None:
        if sequence in self._holes:  # otherwise it was played already, and this is its double
            del self._holes[sequence]
            self.late += 1
            self._raise_target()

    def _raise_target(self) -> None:
        self.target = min(self.target + 1, TARGET_FRAMES_MAX)
        self._calm = 0
