"""The estimate of how a leg sounds, against figures of the standard and of common sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.media.codec import CodecName
from kentongan.media.quality import mean_opinion, rating

CODECS = st.sampled_from(CodecName)


@pytest.mark.parametrize(
    ("r", "mos"), [(93.2, 4.41), (80, 4.03), (70, 3.60), (60, 3.10), (50, 2.58), (0, 1), (100, 4.5)]
)
def test_opinions_of_the_standard(r: float, mos: float) -> None:
    """The table of G.107, annex B."""
    assert mean_opinion(r) == pytest.approx(mos, abs=0.01)


def test_a_clean_telephone_call_is_toll_quality() -> None:
    """G.711 without loss at 60 ms is above 4.3; with a tenth lost poor; at 400 ms slow."""
    assert mean_opinion(rating(CodecName.PCMA, 0, 60)) > 4.3
    assert mean_opinion(rating(CodecName.PCMA, 0.1, 60)) < 3.6
    assert mean_opinion(rating(CodecName.PCMA, 0, 400)) < 3.8


@given(CODECS, st.floats(-1, 2), st.floats(-100, 10_000), st.floats(0, 1), st.floats(0, 1000))
def test_worse_is_never_better(
    codec: CodecName, loss: float, delay_ms: float, more_loss: float, more_ms: float
) -> None:
    """More loss or delay never raises the score, which stays between 1.0 and 4.5."""
    good = mean_opinion(rating(codec, loss, delay_ms))
    worse = mean_opinion(rating(codec, loss + more_loss, delay_ms + more_ms))
    assert 1.0 <= worse <= good + 1e-9 <= 4.5
