"""G.722 end to end at the mixer's rate, and on the wire."""

import numpy as np
import pytest
from media_ears import decibels, level_at, peak, tone

from kentongan.media.g711 import Samples
from kentongan.media.g722 import G722Decoder, G722Encoder

RMS = 8000 / np.sqrt(2)


def through(sound: Samples, packet: int = 160) -> Samples:
    """Encoded and decoded in packets."""
    encoder, decoder = G722Encoder(), G722Decoder()
    pieces = [encoder.encode(each) for each in sound.reshape(-1, packet)]
    return np.concatenate([decoder.decode(each) for each in pieces])


@pytest.mark.parametrize("hz", [300, 1000, 2000, 3300])
def test_the_whole_telephone_band_passes(hz: int) -> None:
    """Within half a dB, and nothing else is louder than its quantisation."""
    sound = through(np.rint(tone(hz, 0, 8000)).astype(np.int32))[800:]
    assert abs(decibels(level_at(sound, hz), RMS)) < 0.5
    assert peak(sound)[0] == pytest.approx(hz, abs=2)
    assert peak(sound)[1] > 0.98


def test_a_byte_is_a_sample() -> None:
    """64 kbit/s at a clock of 8 kHz (RFC 3551, 4.5.2): 160 bytes in 20 ms, 80 in 10, 480 in 60."""
    encoder, decoder = G722Encoder(), G722Decoder()
    for samples in (80, 160, 240, 480):
        payload = encoder.encode(np.zeros(samples, np.int32))
        assert len(payload) == samples == decoder.duration(payload)
        assert len(decoder.decode(payload)) == samples
    assert decoder.duration(b"") is None


def test_packets_of_any_time_are_one_stream() -> None:
    """The same bytes whether encoded in 10, 20 or 60 ms."""
    sound = np.rint(tone(700, 0, 4800)).astype(np.int32)
    streams: set[bytes] = set()
    for packet in (80, 160, 480):
        encoder = G722Encoder()
        streams.add(b"".join(encoder.encode(each) for each in sound.reshape(-1, packet)))
    assert len(streams) == 1


def test_full_scale_does_not_wrap() -> None:
    """The loudest sine stays a sine: no sample changes its sign, none is beyond 16 bits."""
    loud = np.rint(tone(400, 0, 8000, 32_767)).astype(np.int32)
    sound = through(loud)[800:]
    assert np.abs(sound).max() <= 32768
    assert peak(sound)[1] > 0.95


def test_silence_stays_quiet() -> None:
    """Nobody hears the codec itself: below -60 dB."""
    sound = through(np.zeros(8000, np.int32))
    assert decibels(float(np.abs(sound).max()), 32768) < -60


def test_it_recovers_from_lost_packets() -> None:
    """After three lost packets in a row the tone is itself again within 40 ms."""
    encoder, decoder = G722Encoder(), G722Decoder()
    frames = np.rint(tone(400, 0, 16_000)).astype(np.int32).reshape(-1, 160)
    payloads = [encoder.encode(each) for each in frames]
    sound = np.concatenate([decoder.decode(each) for each in payloads[:40] + payloads[43:]])
    after = sound[42 * 160 :]
    assert abs(decibels(level_at(after, 400), RMS)) < 0.5
