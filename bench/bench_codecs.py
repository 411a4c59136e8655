"""What one 20 ms frame costs: each codec both ways, the jitter buffer, the mixer, the detectors.

    python bench/bench_codecs.py [FRAMES]

Prints JSON lines {"name", "value", "unit"}: medians in microseconds, the memory of a leg in
kilobytes, and how busy the machine was. 100 us per frame is half a per cent of a core. Everything
runs in this process on a voice-like sound; no network, no clock.
"""

import os
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "media"))

from media_network import TYPES, Network, Speaker
from media_speech import talker

from benched import tell
from kentongan.media.codec import FACTS, CodecName, decoder, encoder
from kentongan.media.comfort import PeerNoise
from kentongan.media.conceal import Concealer, shortened
from kentongan.media.digits import KeyTones
from kentongan.media.g711 import FRAME_SAMPLES, Samples
from kentongan.media.inbound import InboundAudio
from kentongan.media.mix import mixed
from kentongan.media.outbound import OutboundAudio, SendFormat
from kentongan.media.resample import Downsampler, Upsampler
from kentongan.media.rtp import RtpPacket
from kentongan.media.taps import TapDetector
from kentongan.media.tones import ToneDetector

MEMORY_LEGS = 20


def spent_us(work: Callable[[int], object], count: int) -> float:
    """The median time of a piece of work, by its number."""
    found: list[float] = []
    for number in range(count):
        begun = time.perf_counter()
        work(number)
        found.append(time.perf_counter() - begun)
    return 1e6 * median(found)


def voice(count: int) -> list[Samples]:
    """Somebody talks for so many frames."""
    sound = np.rint(talker(count * 0.02 + 0.1, 1)).astype(np.int32)
    return list(sound[: count * FRAME_SAMPLES].reshape(count, FRAME_SAMPLES))


def codecs(frames: list[Samples]) -> None:
    """Encoding, decoding, and a whole leg in each direction."""
    for name in CodecName:
        coder, ear = encoder(name), decoder(name)
        payloads: list[bytes] = []
        encode = spent_us(lambda n, c=coder, p=payloads: p.append(c.encode(frames[n])), len(frames))
        tell(f"codec.{name}.encode", encode, "us/frame")
        decode = spent_us(lambda n, d=ear, p=payloads: d.decode(p[n]), len(frames))
        tell(f"codec.{name}.decode", decode, "us/frame")
        out = OutboundAudio(SendFormat(name, TYPES[name]), ssrc=1, sequence=0, timestamp=0)
        tell(
            f"leg.{name}.send",
            spent_us(lambda n, o=out: o.send(frames[n]), len(frames)),
            "us/frame",
        )
        receive(name, payloads)


def receive(name: CodecName, payloads: list[bytes]) -> None:
    """A packet in and a frame out."""
    ear = InboundAudio(101, {TYPES[name]: name})
    step = FACTS[name].timestamp_step()
    packets = [
        RtpPacket(TYPES[name], False, number & 0xFFFF, number * step, 1, payload)
        for number, payload in enumerate(payloads)
    ]

    def calm(number: int) -> None:
        ear.receive(packets[number])
        ear.frame()

    tell(f"leg.{name}.receive", spent_us(calm, len(packets)), "us/frame")


class Letterbox(Network):
    """A bad network whose packets are kept, tick by tick, for an ear that is timed alone."""

    def deliveries(self, count: int) -> list[list[RtpPacket]]:
        """What arrives in each of so many ticks."""
        found: list[list[RtpPacket]] = []
        for _ in range(count):
            self.step()
            found.append(self.arrived)
            self.arrived = []
        return found


def bad_network(count: int) -> None:
    """60 ms of jitter and 2 % loss: the same ear, with holes to fill."""
    ticks = Letterbox(1, jitter_ms=60, loss=0.02, speaker=Speaker(CodecName.PCMA)).deliveries(count)
    ear = InboundAudio(101)

    def tick(number: int) -> None:
        for packet in ticks[number]:
            ear.receive(packet)
        ear.frame()

    tell("jitter.60ms_2percent.pcma", spent_us(tick, count), "us/frame")


def rest(frames: list[Samples]) -> None:
    """The mixer per listener, filters, concealment, noise, detectors."""
    count = len(frames)
    for speakers in (2, 3, 7):
        us = spent_us(lambda n, k=speakers: mixed([frames[n]] * k), count)
        tell(f"mix.{speakers}_speakers", us, "us/listener")
    up, down = Upsampler(2), Downsampler(2)
    wide = [up.convert(each) for each in frames]
    tell("resample.8_to_16", spent_us(lambda n: up.convert(frames[n]), count), "us/frame")
    tell("resample.16_to_8", spent_us(lambda n: down.convert(wide[n]), count), "us/frame")
    conceal = spent_us(lambda n: Concealer(frames[n - 3 : n]).fill(160) if n > 2 else None, count)
    tell("conceal.lost_frame", conceal, "us")
    tell("conceal.hurried_frame", spent_us(lambda n: shortened(frames[n]), count), "us")
    noise = PeerNoise()
    noise.describe(bytes([50, 100, 150]))
    tell("comfort.peer_noise", spent_us(lambda _: noise.take(160), count), "us/frame")
    tones, taps = ToneDetector(), TapDetector()
    tell("detect.tones", spent_us(lambda n: tones.hear(frames[n]), count), "us/frame")
    tell("detect.taps", spent_us(lambda n: taps.hear(frames[n]), count), "us/frame")
    tell("digits.tones_made", spent_us(lambda _: KeyTones("5"), min(count, 500)), "us/key")


def memory(frames: list[Samples]) -> None:
    """What a leg keeps after two seconds of talk; libg722's own 2 kB are not seen."""
    for name in CodecName:
        tracemalloc.start()
        legs = [(_fed(name, frames), encoder(name)) for _ in range(MEMORY_LEGS)]
        used, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        tell(f"leg.{name}.memory", used / len(legs) / 1000, "kB")


def _fed(name: CodecName, frames: list[Samples]) -> InboundAudio:
    speaker = Speaker(name)
    ear = InboundAudio(101, {TYPES[name]: name})
    for _ in frames[:100]:
        ear.receive(speaker.packet())
        ear.frame()
    return ear


def main() -> None:
    """All figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1500
    frames = voice(count)
    tell("machine.load_before", os.getloadavg()[0], "processes")
    codecs(frames)
    bad_network(count)
    rest(frames)
    memory(frames)
    tell("machine.load_after", os.getloadavg()[0], "processes")


if __name__ == "__main__":
    main()
