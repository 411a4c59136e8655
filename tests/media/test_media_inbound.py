"""From packets to frames and keys: packet times, key presses, new streams."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_ears import decibels, level_at, tone

from kentongan.media.g711 import Codec, Samples, encode
from kentongan.media.inbound import InboundAudio
from kentongan.media.rtp import RtpPacket


def voice(sequence: int, samples: int, *, ssrc: int = 1, codec: Codec = Codec.PCMA) -> RtpPacket:
    """A packet of a 440 Hz tone."""
    sound = tone(440, sequence * samples, samples).astype(np.int32)
    return RtpPacket(
        int(codec), sequence == 0, sequence, sequence * samples, ssrc, encode(codec, sound)
    )


def key(number: int, timestamp: int, sequence: int, *, is_end: bool = False) -> RtpPacket:
    """A telephone event."""
    return RtpPacket(101, False, sequence, timestamp, 1, bytes([number, 0x80 * is_end, 0, 160]))


def heard(audio: InboundAudio, packets: list[RtpPacket], samples: int) -> Samples:
    """What is played while packets come in at their pace."""
    frames: list[Samples] = []
    clock = 0
    for packet in packets:
        audio.receive(packet)
        clock += samples
        while clock >= 160:
            clock -= 160
            frame = audio.buffer.get()
            if frame is not None:
                frames.append(frame)
    return np.concatenate(frames)


@pytest.mark.parametrize("packet_ms", [5, 10, 20, 30, 40, 60, 120])
@pytest.mark.parametrize("codec", Codec)
def test_every_packet_time_is_heard(packet_ms: int, codec: Codec) -> None:
    """The tone comes out within half a dB whatever the packet time, and the wait stays short."""
    audio = InboundAudio(101)
    samples = packet_ms * 8
    packets = [voice(number, samples, codec=codec) for number in range(3000 // packet_ms)]
    sound = heard(audio, packets, samples)[-16_000:]
    assert abs(decibels(level_at(sound, 440), 8000 / np.sqrt(2))) < 0.5
    assert audio.buffer.target <= 4


def test_a_missing_short_packet_leaves_the_clock_right() -> None:
    """A lost 10 ms packet becomes 10 ms of silence, not a step back in time."""
    audio = InboundAudio(101)
    packets = [voice(number, 80) for number in range(400) if number != 200]
    assert len(heard(audio, packets, 80)) >= 160 * 196


def test_two_equal_keys_are_two() -> None:
    """5-5, each sent in eight packets with three Ends: exactly two keys."""
    audio = InboundAudio(101)
    keys: list[str | None] = []
    for timestamp in (1000, 3000):
        keys += [audio.receive(key(5, timestamp, index, is_end=index > 4)) for index in range(8)]
    assert [each for each in keys if each] == ["5", "5"]


def test_a_key_without_any_end_counts() -> None:
    """All packets with the End bit are lost: the key is known all the same, and only once."""
    audio = InboundAudio(101)
    assert [audio.receive(key(11, 1000, index)) for index in range(3)] == ["#", None, None]
    assert audio.receive(key(0, 5000, 9)) == "0"
    assert audio.receive(key(11, 1000, 2)) is None


def test_keys_are_no_loss() -> None:
    """Keys take sequence numbers in the middle of speech; the speech counts no lost frames."""
    audio = InboundAudio(101)
    for number in range(20):
        audio.receive(voice(number, 160))
        audio.buffer.get()
    for number in range(20, 28):
        audio.receive(key(5, 3200, number))
        audio.buffer.get()
    for number in range(28, 40):
        audio.receive(voice(number, 160))
        audio.buffer.get()
    assert audio.buffer.lost == 0


def test_a_new_source_begins_a_new_stream() -> None:
    """After an SSRC change the new numbers are heard at once and none of them counts as late."""
    audio = InboundAudio(101)
    for number in range(10):
        audio.receive(voice(number, 160))
        audio.buffer.get()
    audio.receive(key(5, 777, 10))
    for number in range(40_000, 40_005):
        audio.receive(voice(number, 160, ssrc=2))
    assert audio.buffer.get() is not None
    assert audio.buffer.late == 0


@given(st.lists(st.tuples(st.integers(0, 127), st.integers(0, 65535), st.binary(max_size=1000))))
def test_no_payload_does_harm(packets: list[tuple[int, int, bytes]]) -> None:
    """Whatever the packets carry, frames stay frames of 160 samples within 16 bits."""
    audio = InboundAudio(101)
    for kind, sequence, payload in packets:
        audio.receive(RtpPacket(kind, False, sequence, sequence * 160, 1, payload))
        frame = audio.buffer.get()
        assert frame is None or (len(frame) == 160 and np.abs(frame).max() <= 32768)
