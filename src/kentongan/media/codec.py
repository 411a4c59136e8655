"""The ways a voice travels in RTP, and what a leg must know of each before it can speak it.

The one place that names codecs: their words in SDP, their clocks, their packet times, and how to
make an encoder or a decoder for one direction of one leg. It encodes nothing itself; `g711`,
`g722` and `opus` do, and they are loaded when a leg first needs them. The mixer is narrowband:
whatever is on the wire, a voice here is 8,000 samples a second.
"""

from enum import StrEnum
from typing import Final, Protocol, assert_never

from msgspec import Struct

from kentongan.media.g711 import Samples

PACKET_MS_DEFAULT: Final = 20


class CodecName(StrEnum):
    """A codec as the control protocol writes it."""

    PCMA = "pcma"
    PCMU = "pcmu"
    G722 = "g722"
    OPUS = "opus"


class CodecMissingError(Exception):
    """The library that a codec needs is not installed; the text says which."""


class CodecFacts(Struct, frozen=True):
    """A codec's place in SDP (RFC 3551, table 4; RFC 7587 for Opus) and in the RTP clock."""

    name: CodecName
    encoding: str
    clock_hz: int
    """Of the RTP timestamp: 8,000 for G.722 although it samples at 16,000 (RFC 3551, 4.5.2)."""
    channels: int
    """As written in SDP: Opus always says two, and we send and decode one."""
    static_type: int | None
    packet_times_ms: tuple[int, ...]
    """What we can send."""
    parameters: str = ""

    def rtpmap(self, payload_type: int) -> str:
        """The value of `a=rtpmap`."""
        channels = f"/{self.channels}" if self.channels > 1 else ""
        return f"{payload_type} {self.encoding}/{self.clock_hz}{channels}"

    def fmtp(self, payload_type: int) -> str | None:
        """The value of `a=fmtp`, if the codec has parameters."""
        return f"{payload_type} {self.parameters}" if self.parameters else None

    def timestamp_step(self, milliseconds: int = 20) -> int:
        """How far the RTP timestamp moves on in so long a time."""
        return self.clock_hz * milliseconds // 1000

    def packet_ms(self, wanted: int | None, longest: int | None = None) -> int:
        """The packet time nearest to the peer's `a=ptime` that is within its `a=maxptime`.

        20 ms if it says nothing; a peer whose `maxptime` is below all we have gets the shortest.
        """
        allowed = [each for each in self.packet_times_ms if longest is None or each <= longest]
        aim = wanted or PACKET_MS_DEFAULT
        return min(
            allowed, key=lambda each: (abs(each - aim), each), default=self.packet_times_ms[0]
        )


FACTS: Final = {
    each.name: each
    for each in (
        CodecFacts(CodecName.PCMA, "PCMA", 8000, 1, 8, (10, 20, 30, 40, 60)),
        CodecFacts(CodecName.PCMU, "PCMU", 8000, 1, 0, (10, 20, 30, 40, 60)),
        CodecFacts(CodecName.G722, "G722", 8000, 1, 9, (10, 20, 30, 40, 60)),
        CodecFacts(
            CodecName.OPUS, "opus", 48000, 2, None, (10, 20, 40, 60),
            "minptime=10;useinbandfec=1;maxplaybackrate=8000;sprop-maxcapturerate=8000;stereo=0",
        ),
    )
}  # fmt: skip
STATIC_TYPES: Final = {
    each.static_type: each.name for each in FACTS.values() if each.static_type is not None
}


class Encoder(Protocol):
    """One direction of one leg, outwards; keeps the state of its stream."""

    def encode(self, samples: Samples) -> bytes:
        """One packet's payload from one packet time of voice at 8 kHz, within 16 bits."""
        ...


class Decoder(Protocol):
    """One stream of one leg, inwards; payloads must come in order, each once."""

    def duration(self, payload: bytes) -> int | None:
        """How many samples at 8 kHz a payload holds; none if it is malformed. Changes nothing."""
        ...

    def decode(self, payload: bytes) -> Samples:
        """Its samples at 8 kHz, as many as `duration` said."""
        ...

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """The packet lost before `following`, from what that one carries of it; else none."""
        ...


def encoder(name: CodecName) -> Encoder:
    """A fresh encoder; raises `CodecMissingError`."""
    match name:
        case CodecName.PCMA | CodecName.PCMU:
            from kentongan.media.g711 import Codec, G711Encoder

            return G711Encoder(Codec[name.name])
        case CodecName.G722:
            from kentongan.media.g722 import G722Encoder

            return G722Encoder()
        case CodecName.OPUS:
            from kentongan.media.opus import OpusEncoder

            return OpusEncoder()
        case _:
            assert_never(name)


def decoder(name: CodecName) -> Decoder:
    """A fresh decoder; raises `CodecMissingError`."""
    match name:
        case CodecName.PCMA | CodecName.PCMU:
            from kentongan.media.g711 import Codec, G711Decoder

            return G711Decoder(Codec[name.name])
        case CodecName.G722:
            from kentongan.media.g722 import G722Decoder

            return G722Decoder()
        case CodecName.OPUS:
            from kentongan.media.opus import OpusDecoder

            return OpusDecoder()
        case _:
            assert_never(name)


def find(encoding: str, clock_hz: int) -> CodecName | None:
    """The codec that an `a=rtpmap` names; letter case does not count (RFC 8866, 6.6)."""
    for facts in FACTS.values():
        if facts.encoding.lower() == encoding.lower() and facts.clock_hz == clock_hz:
            return facts.name
    return None
