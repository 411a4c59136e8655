"""What can happen with the recordings of a call."""

from msgspec import Struct

from kentongan.core.words import Personal


class RecordingKept(Struct, frozen=True, kw_only=True, tag="call.recording_kept"):
    """A segment of the recording; `sha256` is over the sound data, without the WAV header.

    `lost_s` of its seconds are silence, because the disk did not take them.
    """

    segment: str
    sha256: str
    seconds: float
    bytes: int
    key: str = ""
    chain: str = ""
    lost_s: float = 0.0


class RecordingPlayed(Struct, frozen=True, kw_only=True, tag="call.recording_played"):
    """Somebody heard a segment, for this reason."""

    segment: str
    reason: str
    agent: str
    agent_name: str
    reason_text: Personal | None = None


class RecordingsHeld(Struct, frozen=True, kw_only=True, tag="call.recordings_held"):
    """Legal hold: nothing of it may be erased."""

    reason: str
    reason_text: Personal | None = None


class RecordingsReleased(Struct, frozen=True, kw_only=True, tag="call.recordings_released"):
    """The hold is over."""

    reason: str = ""
    reason_text: Personal | None = None


class RecordingErased(Struct, frozen=True, kw_only=True, tag="call.recording_erased"):
    """The segment cannot be heard any more; its length and digest stay known."""

    segment: str
    reason: str
    reason_text: Personal | None = None


class QualityKept(Struct, frozen=True, kw_only=True, tag="call.quality_kept"):
    """How a leg sounded up to now; `is_cut` where the process that measured it died."""

    leg: str
    codec: str
    packets: int
    lost: int
    jitter_ms: float
    mos: float
    round_trip_ms: float | None = None
    is_cut: bool = False


RecordingEvent = (
    RecordingKept
    | RecordingPlayed
    | RecordingsHeld
    | RecordingsReleased
    | RecordingErased
    | QualityKept
)
