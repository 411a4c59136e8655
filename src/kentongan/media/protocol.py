"""The words on the control socket: commands, replies and events, one JSON object per line.

A command has `do` and `n`; its reply has the same `n`, and `error` if it was refused. An event
has `ev` and, except for levels, a number `seq` by which a returning switch asks for what it
missed.
"""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

LINE_BYTES_MAX: Final = 256 * 1024  # an offer with every codec of a browser has 8 kB
BRIDGE_LEGS_MAX: Final = 8  # citizen, two call-takers, supervisor, agencies; then it is a crowd

Name = Annotated[str, Meta(pattern=r"^[\w.:@-]{1,64}\Z")]
Port = Annotated[int, Meta(ge=1, le=65535)]
Path = Annotated[str, Meta(min_length=1, max_length=1024)]
Mode = Annotated[str, Meta(max_length=80)]


class Command(Struct, frozen=True, kw_only=True, tag_field="do"):
    """What the switch asks for; `n` names the reply."""

    n: int = 0


class Create(Command, frozen=True, kw_only=True, tag="create"):
    """A bridge, recorded to a WAV file in the recordings folder; repeating it does nothing."""

    bridge: Name
    record: Path | None = None


class Rtp(Command, frozen=True, kw_only=True, tag="rtp"):
    """A SIP leg, or for a known one a new remote address on the same port."""

    bridge: Name
    leg: Name
    role: Name = "party"
    mode: Mode = "talk"
    ip: str | None = None
    port: Port | None = None
    pt: Literal[0, 8] = 8
    dtmf: Annotated[int, Meta(ge=96, le=127)] | None = 101
    lport: Port | None = None


class Web(Command, frozen=True, kw_only=True, tag="web"):
    """A browser's leg, from its offer; replaces a leg of that name."""

    bridge: Name
    leg: Name
    sdp: str
    role: Name = "party"
    mode: Mode = "talk"
    codec: Literal["pcma", "pcmu"] = "pcma"


class SetMode(Command, frozen=True, kw_only=True, tag="mode"):
    """`talk`, `listen`, `hold` or `whisper:<leg>`."""

    bridge: Name
    leg: Name
    mode: Mode


class Play(Command, frozen=True, kw_only=True, tag="play"):
    """An announcement to one leg, over whatever it hears."""

    bridge: Name
    leg: Name
    file: Path
    loop: bool = False


class Stop(Command, frozen=True, kw_only=True, tag="stop"):
    """End the leg's announcement."""

    bridge: Name
    leg: Name


class Leave(Command, frozen=True, kw_only=True, tag="leave"):
    """Take a leg away."""

    bridge: Name
    leg: Name


class Destroy(Command, frozen=True, kw_only=True, tag="destroy"):
    """End a bridge, its legs and its recording; repeating it does nothing."""

    bridge: Name


class List(Command, frozen=True, kw_only=True, tag="list"):
    """Everything that runs."""


class Since(Command, frozen=True, kw_only=True, tag="since"):
    """The events after number `seq` of the process `epoch`; all kept ones if it is another."""

    seq: int = 0
    epoch: str = ""


class Watch(Command, frozen=True, kw_only=True, tag="watch"):
    """Voice levels once a second on this connection, or no longer."""

    on: bool = True


AnyCommand = (
    Create | Rtp | Web | SetMode | Play | Stop | Leave | Destroy | List | Since | Watch
)  # fmt: skip


class Reply(Struct, frozen=True, kw_only=True):
    """The command was carried out."""

    n: int = 0


class Failed(Reply, frozen=True, kw_only=True):
    """It was not: `error` is a key, `detail` says more to an engineer."""

    error: str
    detail: str = ""


class RtpAddress(Reply, frozen=True, kw_only=True):
    """Where the peer shall send its audio."""

    ip: str
    port: int


class WebAnswer(Reply, frozen=True, kw_only=True):
    """The SDP for the browser."""

    sdp: str


class LegRow(Struct, frozen=True, kw_only=True):
    """One leg: packets in and out, frames lost and late, and the jitter buffer's wait in frames."""

    leg: str
    kind: Literal["rtp", "web"]
    role: str
    mode: str
    state: str
    received: int
    sent: int
    lost: int
    late: int
    malformed: int
    target: int
    port: int
    remote: str
    is_silent: bool
    playing: str


class BridgeRow(Struct, frozen=True, kw_only=True):
    """One bridge and its legs."""

    bridge: str
    record: str | None
    legs: list[LegRow]


class Listing(Reply, frozen=True, kw_only=True):
    """What runs, and how the clock keeps up; ticks are 20 ms."""

    epoch: str
    seq: int
    bridges: list[BridgeRow]
    ticks: int
    late_ticks: int
    clock_restarts: int
    faults: int
    tick_mean_ms: float
    tick_longest_ms: float


class Event(Struct, frozen=True, kw_only=True, tag_field="ev"):
    """A fact, numbered from 1 in each process; 0 means that it is not kept."""

    seq: int = 0
    bridge: str


class KeyPressed(Event, frozen=True, kw_only=True, tag="dtmf"):
    """A party pressed a key."""

    leg: str
    digit: str


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
    """An announcement came to its end."""

    leg: str
    file: str


class RecordingStarted(Event, frozen=True, kw_only=True, tag="recording"):
    """A recording writes, for the first time or again after a failure."""

    file: str


class Recorded(Event, frozen=True, kw_only=True, tag="recorded"):
    """A recording is closed; the digest is of its audio data, without the header."""

    file: str
    sha256: str
    seconds: float
    bytes: int


class RecordingFailed(Event, frozen=True, kw_only=True, tag="recording_failed"):
    """A recording does not write; the call goes on, and so does the attempt, each second."""

    file: str
    reason: str


class Level(Event, frozen=True, kw_only=True, tag="level"):
    """How loud each leg was in the last second, in dB below the loudest possible."""

    legs: dict[str, float]


AnyEvent = (
    KeyPressed | WebChanged | TimedOut | Returned | Played
    | RecordingStarted | Recorded | RecordingFailed | Level
)  # fmt: skip


class Missed(Reply, frozen=True, kw_only=True):
    """The events asked for; not `is_complete` if some are no longer kept."""

    epoch: str
    seq: int
    is_complete: bool
    events: list[AnyEvent]


class CommandRefusedError(Exception):
    """A command that cannot be carried out; nothing has changed. `key` is for programs."""

    def __init__(self, key: str, detail: str = "") -> None:
        super().__init__(f"{key}: {detail}" if detail else key)
        self.key = key
        self.detail = detail
