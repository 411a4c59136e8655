"""What a media process tells unasked. One object per line, told apart by `ev`.

Numbered from 1 in each process, so that a returning switch can ask for what it missed.
"""

from typing import Literal

from msgspec import Struct


class Event(Struct, frozen=True, kw_only=True, tag_field="ev"):
    """A fact, numbered from 1 in each process; 0 means that it is not kept."""

    seq: int = 0
    bridge: str


class KeyPressed(Event, frozen=True, kw_only=True, tag="dtmf"):
    """A party pressed a key."""

    leg: str
    digit: str


class Tapped(Event, frozen=True, kw_only=True, tag="tap"):
    """A party tapped on the microphone so many times in a row; only after `detect`."""

    leg: str
    count: int


class SomebodyNoticed(Event, frozen=True, kw_only=True, tag="noticed"):
    """A citizen breathes, or speaks; each once for as long as the process lives."""

    leg: str
    what: Literal["breath", "speech"]


class Typed(Event, frozen=True, kw_only=True, tag="typed"):
    """A party typed this; `\\b` erases the last character, `\\n` ends a line, U+FFFD was lost.

    `source` and `number` say up to which packet: a process that begins anew is told (`Text`).
    """

    leg: str
    text: str
    source: int = 0
    number: int = 0


class WebChanged(Event, frozen=True, kw_only=True, tag="web"):
    """A browser's connection came, failed or went."""

    leg: str
    state: Literal["connected", "failed", "closed"]


class TimedOut(Event, frozen=True, kw_only=True, tag="timeout"):
    """Nothing came from a leg for 5 s. Nobody is hung up for that."""

    leg: str


class Returned(Event, frozen=True, kw_only=True, tag="returned"):
    """A leg that had timed out is heard again."""

    leg: str


class Played(Event, frozen=True, kw_only=True, tag="played"):
    """An announcement came to its end; `file` is the last of a sequence, or `replay`."""

    leg: str
    file: str


class QualityMeasured(Event, frozen=True, kw_only=True, tag="quality"):
    """How a leg has sounded since it joined: each 20 s, and when it leaves (`is_final`).

    `packets`, `lost` and `jitter_ms` are of what came from it (RFC 3550, A.3 and A.8); `far_` is
    what its RTCP says of what we sent. `mos` is the listener's estimate from 1.0 to 4.5, of the
    worse of both directions; none before anything was heard.
    """

    leg: str
    codec: str
    packets: int
    lost: int
    jitter_ms: float
    round_trip_ms: float | None = None
    mos: float | None = None
    far_lost: int | None = None
    far_jitter_ms: float | None = None
    is_final: bool = False


class RecordingStarted(Event, frozen=True, kw_only=True, tag="recording"):
    """A recording writes, for the first time or again after a failure; `lost_s` is what it cost."""

    file: str
    lost_s: float = 0.0


class Recorded(Event, frozen=True, kw_only=True, tag="recorded"):
    """A recording is closed; `sha256` and `chain` are of its sound (see `seal`), `key` opens it.

    `lost_s` of its seconds are silence because the disk did not take them.
    """

    file: str
    sha256: str
    seconds: float
    bytes: int
    key: str = ""
    chain: str = ""
    lost_s: float = 0.0


class RecordingFailed(Event, frozen=True, kw_only=True, tag="recording_failed"):
    """A recording does not write; the call goes on, and so does the attempt, each second."""

    file: str
    reason: str


class Level(Event, frozen=True, kw_only=True, tag="level"):
    """How loud each leg was in the last second, in dB below the loudest possible."""

    legs: dict[str, float]


AnyEvent = (
    KeyPressed | Tapped | SomebodyNoticed | Typed | WebChanged | TimedOut | Returned | Played
    | QualityMeasured | RecordingStarted | Recorded | RecordingFailed | Level
)  # fmt: skip
