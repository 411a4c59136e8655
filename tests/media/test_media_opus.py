"""Opus end to end at the mixer's rate, its copies of lost packets, and what is not Opus."""

import ctypes

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media_ears import decibels, level_at, tone
from media_speech import talker

from kentongan.media import opus
from kentongan.media.codec import CodecMissingError
from kentongan.media.g711 import Samples
from kentongan.media.opus import OpusDecoder, OpusEncoder, has_copy

RMS = 8000 / np.sqrt(2)


def packets(sound: Samples, samples: int = 160) -> list[bytes]:
    """A sound as packets."""
    encoder = OpusEncoder()
    return [
        encoder.encode(each)
        for each in sound[: len(sound) // samples * samples].reshape(-1, samples)
    ]


def speech(seconds: float) -> Samples:
    """Somebody talks."""
    return np.rint(talker(seconds, 1)).astype(np.int32)


@pytest.mark.parametrize("hz", [300, 1000, 3000])
@pytest.mark.parametrize("samples", [80, 160, 320, 480])
def test_the_telephone_band_passes(hz: int, samples: int) -> None:
    """Within 1 dB in packets of 10, 20, 40 and 60 ms."""
    decoder = OpusDecoder()
    payloads = packets(np.rint(tone(hz, 0, 9600)).astype(np.int32), samples)
    assert all(decoder.duration(each) == samples for each in payloads)
    sound = np.concatenate([decoder.decode(each) for each in payloads])[1600:]
    assert abs(decibels(level_at(sound, hz, width_hz=40), RMS)) < 1


def test_voice_costs_about_24_kilobits() -> None:
    """Ten seconds of talk in 20 ms packets: between 12 and 30 kbit/s, each in one datagram."""
    payloads = packets(speech(10))
    assert 12_000 < 8 * sum(map(len, payloads)) / 10 < 30_000
    assert max(map(len, payloads)) < 400


def test_a_lost_packet_is_recovered_from_the_next() -> None:
    """Voice: most packets carry a copy of the one before, far nearer to it than silence is."""
    payloads = packets(speech(10))
    whole, holed = OpusDecoder(), OpusDecoder()
    errors: list[float] = []
    copies = 0
    for number, payload in enumerate(payloads[:-1]):
        true = whole.decode(payload)
        following = payloads[number + 1]
        if number % 10 == 9 and has_copy(following):
            copies += 1
            got = holed.recover(following, 160)
            assert got is not None
            assert len(got) == 160
            energy = float(np.sum(true.astype(float) ** 2))
            if energy > 160 * 500**2:
                errors.append(float(np.sum((got - true).astype(float) ** 2)) / energy)
        else:
            holed.decode(payload)
    assert copies > len(payloads) // 10 * 0.5
    assert np.median(errors) < 0.2


@pytest.mark.parametrize("samples", [80, 160, 320, 480])
def test_copies_are_seen_where_the_library_sees_them(samples: int) -> None:
    """Our reading of the packet's first bits agrees with libopus for every packet of a talk."""
    library = opus._opus()
    sees = getattr(library, "opus_packet_has_lbrr", None)
    if sees is None:
        pytest.skip("libopus before 1.5 does not tell")
    sees.argtypes = [ctypes.c_char_p, ctypes.c_int32]
    payloads = packets(speech(6), samples)
    assert [has_copy(each) for each in payloads] == [
        bool(sees(each, len(each))) for each in payloads
    ]
    assert any(has_copy(each) for each in payloads)


def test_nothing_is_recovered_from_a_packet_without_a_copy() -> None:
    """The first packet of a stream has none, nor has one of a steady tone; then it is none."""
    steady = packets(np.rint(tone(400, 0, 16_000)).astype(np.int32))
    assert OpusDecoder().recover(steady[0], 160) is None
    assert OpusDecoder().recover(steady[-1], 160) is None


@given(st.binary(max_size=300))
def test_any_bytes_decode_to_their_duration(payload: bytes) -> None:
    """Malformed packets are told by their duration, or decode to as many samples as they said."""
    decoder = OpusDecoder()
    has_copy(payload)
    duration = decoder.duration(payload)
    if duration is not None:
        sound = decoder.decode(payload)
        assert len(sound) == duration
        assert np.abs(sound).max() <= 32768


def test_a_missing_library_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without libopus an Opus leg is refused by name, and nothing else is harmed."""
    monkeypatch.setattr(opus, "_places", lambda: iter(["/nowhere/libopus.so"]))
    opus._opus.cache_clear()
    try:
        with pytest.raises(CodecMissingError, match="libopus"):
            OpusEncoder()
    finally:
        opus._opus.cache_clear()
