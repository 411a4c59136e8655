"""From packets to frames and keys: packet times, codecs, keys, knocks, new streams, noise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_ears import decibels, level_at
from media_network import TONE_HZ, Network, Speaker
from media_speech import knock, placed

from kentongan.media.codec import CodecName
from kentongan.media.g711 import Codec, Samples, encode
from kentongan.media.inbound import InboundAudio
from kentongan.media.rtp import RtpPacket

PACKET_TIMES = [
    (codec, milliseconds)
    for codec in (CodecName.PCMA, CodecName.PCMU, CodecName.G722)
    for milliseconds in (5, 10, 20, 30, 40, 60, 120)
] + [(CodecName.OPUS, milliseconds) for milliseconds in (10, 20, 40, 60)]


def key(number: int, timestamp: int, sequence: int, *, is_end: bool = False) -> RtpPacket:
    """A telephone event."""
    return RtpPacket(101, False, sequence, timestamp, 1, bytes([number, 0x80 * is_end, 0, 160]))


def joined(frames: list[Samples | None]) -> Samples:
    """What was heard."""
    return np.concatenate([each for each in frames if each is not None])


@pytest.mark.parametrize(("codec", "packet_ms"), PACKET_TIMES)
def test_every_codec_and_packet_time_is_heard(codec: CodecName, packet_ms: int) -> None:
    """The tone comes out within half a dB without a single frame missing, and the wait stays."""
    network = Network(1, speaker=Speaker(codec, packet_ms), packet_ms=packet_ms)
    sound = joined(network.steps(150))[-16_000:]
    assert abs(decibels(level_at(sound, TONE_HZ), 8000 / np.sqrt(2))) < 0.5
    assert all(each is not None for each in network.steps(20))
    assert network.audio.buffer.target == 2
    assert network.audio.buffer.lost == 0


def test_the_packet_time_may_change_in_mid_call() -> None:
    """From 20 to 60 to 10 ms without a word: every frame is there and nothing is lost."""
    network = Network(1)
    network.steps(50)
    for packet_ms in (60, 10, 30):
        network.speaker._packet_ms = network._spoken_ms = packet_ms
        network.steps(10)
        assert all(each is not None for each in network.steps(50))
    assert network.audio.buffer.lost == 0


def test_the_codec_may_change_in_mid_call() -> None:
    """A peer that goes from A-law to G.722 and back within one stream is heard all the time."""
    network = Network(1)
    network.steps(20)
    old = network.speaker
    for codec in (CodecName.G722, CodecName.PCMU):
        new = Speaker(codec)
        new.sequence, new.timestamp, new._spoken = old.sequence, old.timestamp, old._spoken
        network.speaker = old = new
        assert all(each is not None for each in network.steps(50))
    assert network.audio.malformed == network.audio.buffer.lost == 0


def test_what_was_not_agreed_is_not_decoded() -> None:
    """G.722 from a peer that agreed to A-law counts as malformed, after a re-INVITE it is heard."""
    audio = InboundAudio(101)
    packet = Speaker(CodecName.G722).packet()
    audio.receive(packet)
    assert (audio.malformed, audio.received) == (1, 0)
    audio.agree(101, {9: CodecName.G722})
    audio.receive(packet)
    assert (audio.malformed, audio.received) == (1, 1)


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
    """Keys take numbers and time in the middle of speech; nothing is lost, and speech goes on."""
    network = Network(1)
    network.steps(30)
    speaker = network.speaker
    begun = speaker.timestamp
    for _ in range(8):
        network.audio.receive(key(5, begun & 0xFFFFFFFF, speaker.sequence & 0xFFFF))
        speaker.sequence += 1
        network.step(speaks=False)
    frames = network.steps(20)
    assert network.audio.buffer.lost == 0
    assert all(each is not None for each in frames[4:])


def test_two_knocks_are_told_once() -> None:
    """A caller who cannot speak knocks twice, packets and all; asked again there are none."""
    sound = placed(3, {1.0: knock(9000), 1.4: knock(9000, 1)})
    network = Network(1, speaker=Speaker(sound=lambda begin, count: sound[begin:][:count]))
    network.audio.listen_for(tones=False, taps=True)
    network.steps(145)
    assert network.audio.take_taps() == 2
    assert network.audio.take_taps() == 0


def test_a_new_source_begins_a_new_stream() -> None:
    """After an SSRC change the new numbers are heard at once and none of them counts as late."""
    network = Network(1)
    network.steps(10)
    network.audio.receive(key(5, 777, 10))
    network.speaker.ssrc, network.speaker.sequence = 2, 40_000
    frames = network.steps(6)
    assert frames[-1] is not None
    assert network.audio.buffer.late == 0


def test_the_peers_comfort_noise_is_heard_until_it_speaks() -> None:
    """RFC 3389: -50 dB of noise in the pause, on time, then the voice again and nothing lost."""
    network = Network(1)
    network.steps(20)
    speaker = network.speaker
    network.audio.receive(
        RtpPacket(
            13, False, speaker.sequence & 0xFFFF, speaker.timestamp & 0xFFFFFFFF, 1, bytes([50])
        )
    )
    speaker.sequence += 1
    pause = [network.step(speaks=False) for _ in range(50)][3:]
    rms = float(np.sqrt(np.mean(joined(pause).astype(float) ** 2)))
    assert len([each for each in pause if each is not None]) == len(pause)
    assert abs(decibels(rms, 32768) + 50) < 1
    frames = network.steps(10)
    assert level_at(joined(frames[3:]), TONE_HZ, width_hz=40) > 5000
    assert network.audio.buffer.lost == 0


def test_comfort_noise_between_words_damages_none() -> None:
    """A peer that describes each pause, some twice: every word is whole and as loud, no packet is
    late, lost or malformed, and the wait does not grow."""
    network = Network(1)
    speaker, target = network.speaker, network.audio.buffer.target
    for turn in range(8):
        word = network.steps(30)[4:]
        assert all(each is not None for each in word)
        assert abs(decibels(level_at(joined(word), TONE_HZ), 8000 / np.sqrt(2))) < 0.5
        for _ in range(1 + turn % 2):
            number, at = speaker.sequence & 0xFFFF, speaker.timestamp & 0xFFFFFFFF
            network.audio.receive(RtpPacket(13, False, number, at, 1, bytes([60, 127])))
            speaker.sequence += 1
            for _ in range(12):
                network.step(speaks=False)
    buffer = network.audio.buffer
    assert (buffer.lost, buffer.late, network.audio.malformed, buffer.target) == (0, 0, 0, target)


@given(st.lists(st.tuples(st.integers(0, 127), st.integers(0, 65535), st.binary(max_size=1000))))
def test_no_payload_does_harm(packets: list[tuple[int, int, bytes]]) -> None:
    """Whatever the packets carry, frames stay frames of 160 samples within 16 bits."""
    audio = InboundAudio(101, {9: CodecName.G722, 111: CodecName.OPUS})
    audio.listen_for(tones=True, taps=True)
    for kind, sequence, payload in packets:
        audio.receive(RtpPacket(kind, False, sequence, sequence * 160, 1, payload))
        frame = audio.frame()
        assert frame is None or (len(frame) == 160 and np.abs(frame).max() <= 32768)


@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=30))
def test_no_opus_payload_does_harm(payloads: list[bytes]) -> None:
    """Garbage that calls itself Opus is counted or decoded to something, and the call goes on."""
    audio = InboundAudio(101, {111: CodecName.OPUS})
    for number, payload in enumerate(payloads):
        audio.receive(RtpPacket(111, False, number, number * 960, 1, payload))
        frame = audio.frame()
        assert frame is None or (len(frame) == 160 and np.abs(frame).max() <= 32768)
    audio.receive(RtpPacket(8, False, len(payloads), 0, 1, encode(Codec.PCMA, np.zeros(160, int))))
    assert audio.received == len(payloads) + 1
