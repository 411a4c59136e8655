"""The jitter buffer: packets arrive when they like, and sound is wanted at every tick.

It reorders, waits as long as the network needs (40 to 200 ms), and says for each moment whether
there is something to play, to conceal, or nothing being said; it decodes nothing and reads no
clock. The wait grows only when packets really came late. A speaker who is silent sends nothing
(silence suppression), and that must not be mistaken for a slow network: the pause is told by the
marker bit, by a timestamp that moved on further than the sequence number (RFC 3551, 4.1), or by
comfort noise. Lengths are samples at 8 kHz whatever the codec.
"""

from enum import IntEnum
from typing import Final

from msgspec import Struct

from kentongan.media.codec import CodecName
from kentongan.media.g711 import FRAME_SAMPLES

TARGET_FRAMES_MIN: Final = 2  # 40 ms: one frame in hand while the next is on its way
TARGET_FRAMES_MAX: Final = 10  # 200 ms: more makes two people talk over each other
SURPLUS_FRAMES: Final = 2  # this far beyond the target, the voice is hurried to catch up
WATCHED_FRAMES: Final = 100  # 2 s in which a frame always waited for nothing: it is left out
CALM_FRAMES: Final = 500  # 10 s without a late packet: try a shorter wait
STARVED_FRAMES: Final = 3  # 60 ms without any packet: nothing is being said, or nothing arrives
JUMP_PACKETS_MAX: Final = 100  # 2 s ahead: another stream, begin again
LATE_PACKETS_MAX: Final = 256  # 5 s behind: another stream, begin again
HOLES_MAX: Final = 64  # packets given up that may still arrive late


class Kind(IntEnum):
    """What a packet is about."""

    VOICE = 0
    NOISE = 1  # the speaker is silent, and this is how his silence sounds (RFC 3389)
    KEY = 2  # a key takes the place of voice (RFC 4733)


class Piece(Struct, frozen=True, gc=False):
    """One packet: `sequence` and `timestamp` (in samples) count on past their wrap."""

    sequence: int
    timestamp: int
    samples: int
    payload: bytes
    codec: CodecName = CodecName.PCMA
    kind: Kind = Kind.VOICE
    marker: bool = False


class Gap(Struct, frozen=True, gc=False):
    """A packet was lost; the one right after it may carry a copy of it."""

    samples: int
    following: Piece | None


class Pause(Struct, frozen=True, gc=False):
    """The speaker was silent for so long."""

    samples: int


class Hold(Struct, frozen=True, gc=False):
    """What is wanted may still come: fill so much."""

    samples: int


Taken = Piece | Gap | Pause | Hold | None


class JitterBuffer:
    """One stream's packets until they are due."""

    __slots__ = (
        "_calm", "_due", "_filled", "_held", "_holes", "_is_quiet", "_least", "_least_before",
        "_missed", "_newest", "_next", "_paused_before", "_queue", "_queued", "_starved", "_stride",
        "_waited", "_watched", "excess", "late", "lost", "packet_samples", "target",
    )  # fmt: skip

    def __init__(self) -> None:
        self.target = TARGET_FRAMES_MIN
        self.packet_samples = FRAME_SAMPLES  # what the last packet held
        self.excess = 0  # samples that the voice should be shortened by
        self.late = 0
        self.lost = 0
        self._queue: dict[int, Piece] = {}
        self._queued = 0  # samples in the queue
        self._holes: dict[int, None] = {}
        self._next: int | None = None
        self._due: int | None = None  # timestamp of the sample after the last one played
        self._filled = 0  # samples made up since then
        self._stride = 0  # how far too much the timestamp moved on before the last packet
        self._paused_before = -1  # the packet for which that was played as a pause
        self._newest: Piece | None = None
        self._is_quiet = False
        self._starved = False
        self._held = 0
        self._missed = 0
        self._calm = 0
        self._waited = 0
        self._watched = 0
        self._least = 0
        self._least_before = 0

    @property
    def least_in_hand(self) -> int:
        """Samples that at least were left after each frame of the last two to four seconds, or
        since the stream began.
        """
        return min(self._least, self._least_before)

    def put(self, piece: Piece) -> None:
        """Take a packet in, whenever and in whatever order it comes."""
        if self._next is None:
            if self._queue and abs(piece.sequence - next(iter(self._queue))) > JUMP_PACKETS_MAX:
                self.restart()
            if self._starved:
                self._judge_underrun(piece)
        else:
            ahead = piece.sequence - self._next
            if -LATE_PACKETS_MAX <= ahead < 0:
                self._note_late(piece.sequence)
                return
            if not 0 <= ahead <= JUMP_PACKETS_MAX:
                self.restart()
        if piece.sequence not in self._queue:
            self._queue[piece.sequence] = piece
            self._queued += piece.samples
        if self._newest is None or piece.sequence > self._newest.sequence:
            self._newest = piece
        if piece.kind is Kind.VOICE:
            self.packet_samples = piece.samples

    def take(self, have: int) -> Taken:
        """What comes next for a frame of which `have` samples are there already."""
        expected = self._begin() if self._next is None else self._next
        if expected is None:
            return None
        piece = self._queue.get(expected)
        if piece is None:
            return self._missing(expected, have) if self._queue else self._underrun(have)
        owed = self._owed(piece)
        if owed:
            return Pause(owed)
        return self._play(piece)

    def settle(self, have: int) -> None:
        """A frame has been played, and `have` samples are left: does too much wait?"""
        waiting = self._queued + have
        floor = self._floor() * FRAME_SAMPLES
        surplus = waiting - floor - (SURPLUS_FRAMES - 1) * FRAME_SAMPLES - self.packet_samples
        self._least = min(self._least, waiting)
        self._watched += 1
        if surplus > 0:
            self.excess = max(self.excess, surplus, FRAME_SAMPLES)
        elif self._watched >= WATCHED_FRAMES:
            if self._least >= floor:
                self.excess = FRAME_SAMPLES
            self._watched, self._least, self._least_before = 0, waiting, self._least
        elif self._calm > CALM_FRAMES and self.target > TARGET_FRAMES_MIN:
            self.target -= 1
            self._calm = 0

    def restart(self) -> None:
        """Forget the stream, keep the wait that the network has taught."""
        self._queue.clear()
        self._queued = 0
        self._holes.clear()
        self._next = self._due = self._newest = None
        self._starved = False
        self._waited = self.excess = 0

    def _begin(self) -> int | None:
        """The first packet to play, once enough of them wait."""
        if not self._queue:
            return None
        self._waited += 1
        if self._queued < self._floor() * FRAME_SAMPLES and self._waited <= self.target:
            return None
        self._next = min(self._queue)
        self._due = None
        self._missed = self._held = self._waited = self._filled = self.excess = 0
        self._least = self._least_before = self._queued
        self._watched = 0
        return self._next

    def _floor(self) -> int:
        """Frames to wait for at the beginning."""
        packet_frames = -(-self.packet_samples // FRAME_SAMPLES)
        return max(self.target, packet_frames + 1 if packet_frames > 1 else 0)

    def _owed(self, piece: Piece) -> int:
        """The rest of a pause that the speaker made before this packet.

        A peer whose timestamps always move on too far (G.722 at a clock of 16 kHz) makes none.
        """
        if self._due is None or piece.kind is not Kind.VOICE:
            return 0
        passed = piece.timestamp - self._due
        if passed <= 0 or passed == self._stride:
            return 0
        owed = min(passed - self._filled, self.target * FRAME_SAMPLES)
        self._due = piece.timestamp
        self._filled = 0
        self._stride = passed
        self._paused_before = piece.sequence
        return max(owed, 0)

    def _play(self, piece: Piece) -> Piece:
        del self._queue[piece.sequence]
        self._queued -= piece.samples
        self._next = piece.sequence + 1
        self._missed = self._held = 0
        self._is_quiet = piece.kind is not Kind.VOICE
        if not self._is_quiet:
            if piece.timestamp == self._due and piece.sequence != self._paused_before:
                self._stride = 0
            self._due = piece.timestamp + piece.samples
            self._filled = 0
        self._calm += 1
        return piece

    def _missing(self, expected: int, have: int) -> Gap | Hold:
        """A packet is not there, but later ones are."""
        waiting = self._queued + have
        if waiting < (self.target - 1) * FRAME_SAMPLES and self._held < self.target:
            self._held += 1  # growing the wait costs one concealed frame
            return self._hold(have)
        following = self._queue[min(self._queue)]
        missing = following.sequence - expected
        samples = self.packet_samples
        if self._due is not None:
            samples = min(samples, max(0, following.timestamp - self._due) // missing)
            self._due += samples
        self._next = expected + 1
        self.lost += 1
        self._note_hole(expected)
        return Gap(samples, following if missing == 1 and following.kind is Kind.VOICE else None)

    def _underrun(self, have: int) -> Hold | None:
        """Nothing is there at all."""
        if self._is_quiet or self._missed >= STARVED_FRAMES:
            self._next = None
            self._starved = not self._is_quiet
            return None
        self._missed += 1
        return self._hold(have)

    def _hold(self, have: int) -> Hold:
        samples = FRAME_SAMPLES - have
        self._filled += samples
        return Hold(samples)

    def _judge_underrun(self, piece: Piece) -> None:
        """Whether the silence just ended was a pause of the speaker or a fault of the network."""
        self._starved = False
        newest = self._newest
        if newest is None or piece.marker or piece.kind is not Kind.VOICE:
            return
        steps = piece.sequence - newest.sequence
        passed = piece.timestamp - newest.timestamp
        if steps <= 0 or passed >= (steps + 1) * self.packet_samples:
            return
        self.lost += STARVED_FRAMES
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
