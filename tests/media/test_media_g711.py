"""G.711 against the corners of the standard, and its own inverse."""

import numpy as np
import pytest

from kentongan.media.g711 import FRAME_SAMPLES, Codec, clipped, decode, encode, silence

EVERY_CODE = bytes(range(256))
EVERY_SAMPLE = np.arange(-32768, 32768, dtype=np.int32)


@pytest.mark.parametrize(
    ("codec", "code", "sample"),
    [
        (Codec.PCMA, 0xD5, 8),
        (Codec.PCMA, 0x55, -8),
        (Codec.PCMA, 0xAA, 32256),
        (Codec.PCMA, 0x2A, -32256),
        (Codec.PCMU, 0xFF, 0),
        (Codec.PCMU, 0x7F, 0),
        (Codec.PCMU, 0x80, 32124),
        (Codec.PCMU, 0x00, -32124),
    ],
)
def test_codes_of_the_standard(codec: Codec, code: int, sample: int) -> None:
    """The smallest and the largest code of each law and sign decode as G.711 says."""
    assert decode(codec, bytes([code]))[0] == sample


@pytest.mark.parametrize("codec", Codec)
def test_a_second_encoding_changes_nothing(codec: Codec) -> None:
    """What was decoded is encoded to a code of the same value, so bridging twice loses nothing."""
    samples = decode(codec, EVERY_CODE)
    assert (decode(codec, encode(codec, samples)) == samples).all()


@pytest.mark.parametrize("codec", Codec)
def test_every_sample_gets_the_nearest_code(codec: Codec) -> None:
    """No other code would have come closer, for all 65,536 samples."""
    values = np.unique(decode(codec, EVERY_CODE))
    places = np.searchsorted(values, EVERY_SAMPLE).clip(1, len(values) - 1)
    best = np.minimum(
        np.abs(EVERY_SAMPLE - values[places]), np.abs(EVERY_SAMPLE - values[places - 1])
    )
    got = np.abs(decode(codec, encode(codec, EVERY_SAMPLE)) - EVERY_SAMPLE)
    assert (got == best).all()


@pytest.mark.parametrize("codec", Codec)
def test_silence_stays_quiet(codec: Codec) -> None:
    """A frame of silence decodes to at most the smallest step of the law."""
    assert np.abs(decode(codec, encode(codec, silence()))).max() <= 8
    assert len(silence()) == FRAME_SAMPLES


def test_clipping_never_wraps() -> None:
    """Two shouts added stay a shout of the same sign."""
    loud = np.full(FRAME_SAMPLES, 30000, np.int32)
    assert (clipped(loud + loud) == 32767).all()
    assert (clipped(-loud - loud) == -32768).all()
