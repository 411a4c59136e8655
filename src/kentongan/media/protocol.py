"""The words on the control socket: commands, replies and events, one JSON object per line.

A command has `do` and `n`; its reply has the same `n`, and `error` if it was refused. An event
has `ev` and, except for levels, a number `seq` by which a returning switch asks for what it
missed. The words themselves stand in `protocol_commands`, `protocol_replies`, `protocol_events`;
import them from here.
"""

from kentongan.media.protocol_commands import (
    BRIDGE_LEGS_MAX,
    LINE_BYTES_MAX,
    REPLAY_S_MAX,
    SEQUENCE_FILES_MAX,
    TEXT_LINES_MAX,
    TYPED_MAX,
    AnyCommand,
    Command,
    Create,
    Destroy,
    Detect,
    EndText,
    Leave,
    List,
    Play,
    Quality,
    Replay,
    Rtp,
    Sdes,
    SendDigits,
    SetMode,
    Since,
    Stop,
    Text,
    Tone,
    TypeText,
    Watch,
    Web,
)
from kentongan.media.protocol_events import (
    AnyEvent,
    Event,
    KeyPressed,
    Level,
    Played,
    QualityMeasured,
    Recorded,
    RecordingFailed,
    RecordingStarted,
    Returned,
    SomebodyNoticed,
    Tapped,
    TimedOut,
    Typed,
    WebChanged,
)
from kentongan.media.protocol_replies import (
    BridgeRow,
    Failed,
    LegRow,
    Listing,
    Missed,
    QualityReport,
    Reply,
    RtpAddress,
    TextRow,
    WebAnswer,
)

__all__ = [
    "BRIDGE_LEGS_MAX",
    "LINE_BYTES_MAX",
    "REPLAY_S_MAX",
    "SEQUENCE_FILES_MAX",
    "TEXT_LINES_MAX",
    "TYPED_MAX",
    "AnyCommand",
    "AnyEvent",
    "BridgeRow",
    "Command",
    "CommandRefusedError",
    "Create",
    "Destroy",
    "Detect",
    "EndText",
    "Event",
    "Failed",
    "KeyPressed",
    "Leave",
    "LegRow",
    "Level",
    "List",
    "Listing",
    "Missed",
    "Play",
    "Played",
    "Quality",
    "QualityMeasured",
    "QualityReport",
    "Recorded",
    "RecordingFailed",
    "RecordingStarted",
    "Replay",
    "Reply",
    "Returned",
    "Rtp",
    "RtpAddress",
    "Sdes",
    "SendDigits",
    "SetMode",
    "Since",
    "SomebodyNoticed",
    "Stop",
    "Tapped",
    "Text",
    "TextRow",
    "TimedOut",
    "Tone",
    "TypeText",
    "Typed",
    "Watch",
    "Web",
    "WebAnswer",
    "WebChanged",
]


class CommandRefusedError(Exception):
    """A command that cannot be carried out; nothing has changed. `key` is for programs."""

    def __init__(self, key: str, detail: str = "") -> None:
        super().__init__(f"{key}: {detail}" if detail else key)
        self.key = key
        self.detail = detail
