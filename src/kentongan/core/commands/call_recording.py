"""Commands about what was recorded of a call, and how well it sounded."""

from msgspec import Struct

from kentongan.core.words import CallId


class KeepRecording(Struct, frozen=True, kw_only=True, tag="call.keep_recording"):
    """A segment of the recording is complete: its file, length and SHA-256 (hex)."""

    call: CallId
    segment: str
    sha256: str
    seconds: float
    bytes: int
    key: str = ""  # id of the sealed key; empty for a segment that is not encrypted
    chain: str = ""  # last value of the hash chain over its seconds
    lost_s: float = 0.0  # silence in it, because the disk did not take these seconds


class PlayRecording(Struct, frozen=True, kw_only=True, tag="call.play_recording"):
    """Somebody is about to hear a segment, for this reason."""

    call: CallId
    segment: str
    reason: str


class HoldRecordings(Struct, frozen=True, kw_only=True, tag="call.hold_recordings"):
    """Legal hold: nothing of the call may be erased."""

    call: CallId
    reason: str


class ReleaseRecordings(Struct, frozen=True, kw_only=True, tag="call.release_recordings"):
    """The hold is over."""

    call: CallId
    reason: str = ""


class EraseRecording(Struct, frozen=True, kw_only=True, tag="call.erase_recording"):
    """The segment's key is gone, and with it what was said: retention, or a lawful order."""

    call: CallId
    segment: str
    reason: str


class KeepQuality(Struct, frozen=True, kw_only=True, tag="call.keep_quality"):
    """How a leg sounded: packets that should have come, lost ones, jitter, delay, MOS 1 to 4.5.

    `is_cut`: up to the last measurement of a media process that died; what came after is not in it.
    """

    call: CallId
    leg: str
    codec: str
    packets: int
    lost: int
    jitter_ms: float
    mos: float
    round_trip_ms: float | None = None
    is_cut: bool = False


RecordingCommand = (
    KeepRecording
    | PlayRecording
    | HoldRecordings
    | ReleaseRecordings
    | EraseRecording
    | KeepQuality
)
