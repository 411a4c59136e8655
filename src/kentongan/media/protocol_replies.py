"""What a media process answers; `n` says to which command, `error` that it will not."""

from typing import Literal

from msgspec import Struct

from kentongan.media.protocol_events import AnyEvent, QualityMeasured


class Reply(Struct, frozen=True, kw_only=True):
    """The command was carried out."""

    n: int = 0


class Failed(Reply, frozen=True, kw_only=True):
    """It was not: `error` is a key, `detail` says more to an engineer."""

    error: str
    detail: str = ""


class RtpAddress(Reply, frozen=True, kw_only=True):
    """Where the peer shall send its audio; its RTCP to the port after it."""

    ip: str
    port: int


class WebAnswer(Reply, frozen=True, kw_only=True):
    """The SDP for the browser; `restarted` if the leg was kept."""

    sdp: str
    restarted: bool = False


class QualityReport(Reply, frozen=True, kw_only=True):
    """Each leg as it stands now."""

    legs: list[QualityMeasured]


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
    then: tuple[str, ...] = ()
    """The rest of the sequence that plays."""
    codec: str = "pcma"
    strangers: int = 0
    """Packets dropped because they came from an address that may not speak here."""
    rtcp_malformed: int = 0
    is_secret: bool = False
    """Whether its audio is encrypted on the wire."""


class TextRow(Struct, frozen=True, kw_only=True):
    """One text line: packets in and out, those whose text is lost, and those that were none."""

    leg: str
    port: int
    remote: str
    received: int
    sent: int
    lost: int
    malformed: int
    strangers: int
    is_secret: bool


class BridgeRow(Struct, frozen=True, kw_only=True):
    """One bridge and its legs."""

    bridge: str
    record: str | None
    legs: list[LegRow]
    texts: list[TextRow] = []


class Listing(Reply, frozen=True, kw_only=True):
    """What runs, and how the clock keeps up; ticks are 20 ms.

    `clock_causes` tells why it began anew, how often each (`lateness`).
    `busy_percent` is the share of a core that the ticks of the last seconds took: the switch gives
    new calls to the process with the least, and none to one that has `bridges_max`.
    """

    epoch: str
    seq: int
    bridges: list[BridgeRow]
    ticks: int
    late_ticks: int
    clock_restarts: int
    clock_causes: dict[str, int] = {}
    faults: int
    tick_mean_ms: float
    tick_longest_ms: float
    bridges_max: int = 0
    busy_percent: float = 0.0


class Missed(Reply, frozen=True, kw_only=True):
    """The events asked for; not `is_complete` if some are no longer kept."""

    epoch: str
    seq: int
    is_complete: bool
    events: list[AnyEvent]
