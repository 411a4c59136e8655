"""A leg: one party of a bridge; what telephones (`rtp_leg`) and browsers (`web_leg`) share.

Knows how its audio comes in and goes out, not who hears it. A leg never raises for what a peer
sends.
"""

from abc import ABC, abstractmethod
from collections import deque
from typing import Final, Literal

from msgspec import Struct

from kentongan.media.codec import FACTS
from kentongan.media.g711 import Samples
from kentongan.media.inbound import InboundAudio
from kentongan.media.latch import Address
from kentongan.media.mix import Mode
from kentongan.media.outbound import OutboundAudio, SendFormat
from kentongan.media.phase import ARRIVALS_KEPT
from kentongan.media.replay import Replayed
from kentongan.media.reports import Reports, Sending
from kentongan.media.rtp import RtpPacket
from kentongan.media.sounds import Announcement

KEYS_WAITING_MAX: Final = 16  # between two ticks; no thumb is faster
SILENT_S: Final = 5.0  # without RTP: shown, never hung up for
_NO_KEYS: Final[tuple[str, ...]] = ()

CITIZEN: Final = "citizen"  # the role on the left channel of a recording


class Streams(Struct, frozen=True):
    """What comes from a party, what goes to it, and the figures of both."""

    inbound: InboundAudio
    outbound: OutboundAudio
    reports: Reports


class Leg(ABC):
    """What the mixer needs of a party."""

    kind: Literal["rtp", "web"]

    def __init__(self, name: str, role: str, mode: Mode, streams: Streams) -> None:
        self.name = name
        self.role = role
        self.mode = mode
        self.inbound = streams.inbound
        self.outbound = streams.outbound
        self.reports = streams.reports
        self.arrivals_s: deque[float] = deque(maxlen=ARRIVALS_KEPT)  # since 1970
        self.current: Samples | None = None
        self.playing: Announcement | Replayed | None = None
        self.beep: Announcement | None = None
        self.play_ticket = 0  # rises with each play and stop, so that a slow disk overtakes nobody
        self.is_silent = False
        self.heard_at: float | None = None  # monotonic; none while nothing is expected
        self.measured_at = 0.0  # monotonic; when its quality was last told
        self.energy = 0.0  # sum of squares since the last level report
        self._keys: list[str] = []
        self._detects_tones = self._detects_taps = self._hears_tones = False
        if role == CITIZEN:
            self.inbound.look_for_somebody()

    @property
    @abstractmethod
    def state(self) -> str:
        """Where the transport stands, in one word."""

    @property
    @abstractmethod
    def remote(self) -> Address | None:
        """Where its audio goes."""

    @property
    @abstractmethod
    def port(self) -> int:
        """Our port."""

    @property
    @abstractmethod
    def strangers(self) -> int:
        """Packets dropped because of where they came from."""

    @property
    @abstractmethod
    def is_secret(self) -> bool:
        """Whether its audio is encrypted."""

    @abstractmethod
    def poll(self, now: float) -> None:
        """Read what is waiting, if this leg has a socket of its own; `now` is monotonic."""

    @abstractmethod
    def send(self, frame: Samples | None) -> None:
        """20 ms of sound for this party; none is silence, which is sent too."""

    @abstractmethod
    def report(self, now: float, wall_s: float) -> None:
        """Read and send RTCP if it is time; call at least once a second."""

    @abstractmethod
    def close(self, wall_s: float) -> None:
        """Say goodbye and give the transport back."""

    @property
    def may_have_news(self) -> bool:
        """Whether it is worth asking for keys, knocks and states: mostly not."""
        is_looked_into = self._hears_tones or self._detects_taps or self.inbound.has_noticed
        return bool(self._keys) or is_looked_into

    def take_keys(self) -> tuple[str, ...]:
        """The keys pressed since the last call, as events or as tones."""
        if self._hears_tones:
            self._keys += self.inbound.take_tone_keys()
        if not self._keys:
            return _NO_KEYS
        keys, self._keys = tuple(self._keys), []
        return keys

    def look(self, now: float) -> bool | None:
        """True if the leg has just fallen silent, false if it is back, none if nothing changed."""
        if self.heard_at is None or (now - self.heard_at > SILENT_S) == self.is_silent:
            return None
        self.is_silent = not self.is_silent
        return self.is_silent

    def stop_playing(self) -> None:
        """End the announcement, also one that is still being read from disk."""
        self.play_ticket += 1
        self.playing = None

    def agree(self, wanted: SendFormat) -> None:
        """Send and expect this from now on; raises `CodecMissingError` before anything changed.

        Where keys cannot come as events they are looked for in the voice.
        """
        self.inbound.agree(wanted.events_type, {wanted.payload_type: wanted.codec})
        self.outbound.change(wanted)
        self._listen()

    def detect(self, *, tones: bool, taps: bool) -> None:
        """Look for tones of keys and for knocks in its voice, or no longer."""
        self._detects_tones, self._detects_taps = tones, taps
        self._listen()

    def _listen(self) -> None:
        self._hears_tones = self._detects_tones or self.inbound.events_type is None
        self.inbound.listen_for(tones=self._hears_tones, taps=self._detects_taps)

    def _accept(self, packet: RtpPacket, now: float, arrived_s: float) -> None:
        self.heard_at = now
        self.arrivals_s.append(arrived_s)
        key = self.inbound.receive(packet)
        is_voice = packet.payload_type != self.inbound.events_type
        clock_hz = FACTS[self.outbound.format.codec].clock_hz
        self.reports.hear(packet, arrived_s, clock_hz, is_voice=is_voice)
        if key is not None and len(self._keys) < KEYS_WAITING_MAX:
            self._keys.append(key)

    def _sending(self) -> Sending:
        outbound = self.outbound
        return Sending(outbound.ssrc, outbound.sent, outbound.octets, outbound.timestamp)
