"""What the switch may ask of a media process. One object per line, told apart by `do`.

Only words: what they do is in `bridges`. A command that is malformed, or refused, changes nothing.
"""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct

LINE_BYTES_MAX: Final = 256 * 1024  # an offer with every codec of a browser has 8 kB
BRIDGE_LEGS_MAX: Final = 8  # citizen, two call-takers, supervisor, agencies; then it is a crowd
REPLAY_S_MAX: Final = 60  # what a call-taker may hear again while the call runs
TYPED_MAX: Final = 2_000  # characters of one command: a long line of the call-taker's
TEXT_LINES_MAX: Final = 2  # of one bridge: the caller's; one more while the place is taken over
SEQUENCE_FILES_MAX: Final = 8  # three languages, a place in the queue, and the words around it

Name = Annotated[str, Meta(pattern=r"^[\w.:@-]{1,64}\Z")]
Port = Annotated[int, Meta(ge=1, le=65535)]
Path = Annotated[str, Meta(min_length=1, max_length=1024)]
Mode = Annotated[str, Meta(max_length=80)]
PayloadType = Annotated[int, Meta(ge=0, le=127)]
Network = Annotated[str, Meta(max_length=64)]
IpVersion = Literal[4, 6]
SealKey = Annotated[str, Meta(pattern=r"^([A-Za-z0-9+/]{43}=)?\Z")]
KeyId = Annotated[str, Meta(pattern=r"^([0-9a-f]{32})?\Z")]
KeyMaterial = Annotated[str, Meta(min_length=40, max_length=40)]
"""Master key and salt, 30 bytes in base64, as `inline:` writes them (RFC 4568, section 6.1)."""


class Command(Struct, frozen=True, kw_only=True, tag_field="do"):
    """What the switch asks for; `n` names the reply."""

    n: int = 0


class Create(Command, frozen=True, kw_only=True, tag="create"):
    """A bridge, recorded to a sealed file in the recordings folder; repeating it does nothing.

    What is recorded has a key of its own: `key` (32 bytes, base64) under the name `key_id` (32 hex
    digits). Refused: `full` (as many bridges as the process may have), `record` (not a `.rec` file
    of the folder, or without a key: sound never lies on a disk in the clear).
    """

    bridge: Name
    record: Path | None = None
    key_id: KeyId = ""
    key: SealKey = ""


class Sdes(Struct, frozen=True, kw_only=True):
    """SRTP with keys from the SDP of both sides (RFC 4568); `key_out` is what we encrypt with."""

    suite: Literal["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"]
    key_in: KeyMaterial
    key_out: KeyMaterial


class Rtp(Command, frozen=True, kw_only=True, tag="rtp"):
    """A SIP leg, or for a known one a new remote address and description on the same port; on
    another one where `family` is not what it is bound on.

    Refused: `no-bridge`, `full` (legs), `port-taken` and `no-port`, `address` (not an address, or
    of an IP version that is not bound), `codec`, `keys`, `leg-kind`, `mode`.
    """

    bridge: Name
    leg: Name
    role: Name = "party"
    mode: Mode = "talk"
    """Of a new leg; a known one keeps its own."""
    ip: str | None = None
    port: Port | None = None
    pt: PayloadType = 8
    codec: Literal["pcma", "pcmu", "g722"] | None = None
    """What we send and expect as `pt`; none means what RFC 3551 says of that number."""
    ptime: Annotated[int, Meta(ge=10, le=60, multiple_of=10)] = 20
    """Length of the packets we send, in ms. Any length is understood."""
    dtmf: Annotated[int, Meta(ge=96, le=127)] | None = 101
    """The type of telephone events (RFC 4733). None: keys are tones in the voice, both ways."""
    rtcp: Port | None = None
    """Where the peer hears RTCP, when it is not `port` + 1 (RFC 3605)."""
    rtcp_mux: bool = False
    """RTCP on the port of the RTP, both ways (RFC 5761)."""
    srtp: Sdes | None = None
    sends: bool = True
    """Whether the telephone wants to be sent sound (RFC 3264, section 6.1). Reports go on."""
    allow: Annotated[tuple[Network, ...], Meta(max_length=64)] = ()
    """Networks of the trunk, `203.0.113.0/24`: audio may come from there and from `ip`, and from
    nowhere else. Empty: the networks of the process's settings."""
    lport: Port | None = None
    family: IpVersion | None = None
    """On which IP version it is bound, and its address told. None: where it is, or that of
    `bind_host`."""


class Web(Command, frozen=True, kw_only=True, tag="web"):
    """A browser's leg, of a desk or of a citizen, from its offer; replaces a leg of that name.

    With `restart` the leg stays: only ICE begins anew with the offer's fragment (RFC 8445, section
    9), under way on the old path until the new one is nominated; DTLS, keys and mode are kept.
    Without such a leg, or when the offer has another fingerprint, it is made anew.
    Refused: `no-bridge`, `full`, `offer`, `mode`, `leg-kind`.
    """

    bridge: Name
    leg: Name
    sdp: str
    role: Name = "party"
    mode: Mode = "talk"
    codec: Literal["pcma", "pcmu", "g722", "opus"] = "pcma"
    """Preferred; what the offer lacks is replaced by one of G.711, which every browser has."""
    restart: bool = False


class SetMode(Command, frozen=True, kw_only=True, tag="mode"):
    """`talk`; `listen`: hears all, heard by nobody; `hold`: hears only what is played to it and is
    heard by nobody; `whisper:<leg>`: hears all, heard by that leg alone.
    """

    bridge: Name
    leg: Name
    mode: Mode


class Play(Command, frozen=True, kw_only=True, tag="play"):
    """An announcement to one leg, over whatever it hears: `file`, then those of `then`.

    With `loop` all of them again and again, after `pause_s` of nothing each time. One that `yields`
    pauses as long as the leg hears somebody's sound.
    Refused: `no-leg`, `sound` (cannot be read), `superseded` (another play or stop came first).
    """

    bridge: Name
    leg: Name
    file: Path
    then: Annotated[tuple[Path, ...], Meta(max_length=SEQUENCE_FILES_MAX - 1)] = ()
    loop: bool = False
    pause_s: Annotated[float, Meta(ge=0, le=60)] = 0.0
    yields: bool = False


class Stop(Command, frozen=True, kw_only=True, tag="stop"):
    """End the leg's announcement or replay."""

    bridge: Name
    leg: Name


class Tone(Command, frozen=True, kw_only=True, tag="tone"):
    """A short beep to one leg, beside all else: a supervisor has come in."""

    bridge: Name
    leg: Name


class SendDigits(Command, frozen=True, kw_only=True, tag="digits"):
    """Keys to one leg, as telephone events or as tones, whichever it was told to use.

    Refused: `no-leg`, `full` (too many wait).
    """

    bridge: Name
    leg: Name
    digits: Annotated[str, Meta(pattern=r"^[0-9*#A-D]{1,32}\Z")]


class Detect(Command, frozen=True, kw_only=True, tag="detect"):
    """Listen for taps on the microphone or for tones of keys in a leg's voice, or no longer.

    Telephone events are always heard, and tones also where `dtmf` is none. A key that comes both
    ways is told once.
    """

    bridge: Name
    leg: Name
    taps: bool = False
    tones: bool = False


class Replay(Command, frozen=True, kw_only=True, tag="replay"):
    """The last seconds of the conversation, without whispers, to one leg alone; the call goes on
    beside it, lower. It ends with `played`, whose file is `replay`.

    Refused: `no-leg`, `nothing` (nothing was said yet).
    """

    bridge: Name
    to_leg: Name
    seconds: Annotated[float, Meta(gt=0, le=REPLAY_S_MAX)] = REPLAY_S_MAX


class Quality(Command, frozen=True, kw_only=True, tag="quality"):
    """What each leg sounds like, in figures."""

    bridge: Name


class Text(Command, frozen=True, kw_only=True, tag="text"):
    """A telephone's text line (RFC 4103), beside its sound or without any; a known one is told a
    new address and description on the same port.

    Refused: `no-bridge`, `full` (lines), `port-taken` and `no-port`, `address`, `keys`.
    """

    bridge: Name
    leg: Name
    ip: str | None = None
    port: Port | None = None
    t140: PayloadType = 98
    red: PayloadType | None = None
    """The type of redundant packets (RFC 2198); none: each character is sent once."""
    generations: Annotated[int, Meta(ge=0, le=5)] = 2
    cps: Annotated[int, Meta(ge=1, le=1000)] = 30
    """Characters a second that the peer takes."""
    srtp: Sdes | None = None
    allow: Annotated[tuple[Network, ...], Meta(max_length=64)] = ()
    lport: Port | None = None
    family: IpVersion | None = None
    """As in `Rtp`, but a line stays where it is bound."""
    heard: tuple[int, int] | None = None
    """Of a new line: source and number of the packet told last (`typed`) by a process before."""


class TypeText(Command, frozen=True, kw_only=True, tag="type"):
    """Characters to a text line; `\\b` erases the last one, `\\n` begins a new line.

    Refused: `no-text` (there is no such line), `full` (too much waits).
    """

    bridge: Name
    leg: Name
    text: Annotated[str, Meta(min_length=1, max_length=TYPED_MAX)]


class EndText(Command, frozen=True, kw_only=True, tag="untext"):
    """Take a text line away; repeating it does nothing."""

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
    """Everything that runs, and how much more would go."""


class Since(Command, frozen=True, kw_only=True, tag="since"):
    """The events after number `seq` of the process `epoch`; all kept ones if it is another."""

    seq: int = 0
    epoch: str = ""


class Watch(Command, frozen=True, kw_only=True, tag="watch"):
    """Voice levels once a second on this connection, or no longer."""

    on: bool = True


AnyCommand = (
    Create | Rtp | Web | SetMode | Play | Stop | Tone | SendDigits | Detect | Replay | Quality
    | Text | TypeText | EndText | Leave | Destroy | List | Since | Watch
)  # fmt: skip
