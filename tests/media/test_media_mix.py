"""The hearing matrix and the sum of voices."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.media.g711 import Codec, Samples, decode, encode
from kentongan.media.mix import Attitude, Mode, hears, mixed, parse_mode

TALK, LISTEN, HOLD = Mode(), Mode(Attitude.LISTEN), Mode(Attitude.HOLD)
WHISPER = Mode(Attitude.WHISPER, "op1")


@pytest.mark.parametrize(
    ("listener", "listener_mode", "speaker_mode", "expected"),
    [
        ("citizen", TALK, TALK, True),
        ("boss", LISTEN, TALK, True),
        ("citizen", HOLD, TALK, False),
        ("citizen", TALK, LISTEN, False),
        ("citizen", TALK, HOLD, False),
        ("op1", TALK, WHISPER, True),
        ("op1", LISTEN, WHISPER, True),
        ("citizen", TALK, WHISPER, False),
        ("op10", TALK, WHISPER, False),
    ],
)
def test_the_matrix(listener: str, listener_mode: Mode, speaker_mode: Mode, expected: bool) -> None:
    """Talk is for all who are not held, a whisper for one, listening and hold for nobody."""
    assert hears(listener, listener_mode, speaker_mode) is expected


@given(st.text(max_size=80))
def test_a_mode_is_one_of_four_or_refused(text: str) -> None:
    """What is taken as a mode reads back as the same text."""
    mode = parse_mode(text)
    assert mode is None or str(mode) == text


@pytest.mark.parametrize("text", ["", "shout", "whisper", "whisper:", "talk ", "whisper:a b"])
def test_other_words_are_refused(text: str) -> None:
    """A mode that does not exist is none, so that nobody is put on hold by a spelling."""
    assert parse_mode(text) is None


@given(
    st.lists(st.none() | st.integers(-32768, 32767), max_size=8),
)
def test_sums_are_held_at_the_limits(levels: list[int | None]) -> None:
    """The mix is the arithmetic sum, limited to 16 bits and never wrapped."""
    voices: list[Samples | None] = [
        None if level is None else np.full(160, level, np.int32) for level in levels
    ]
    present = [level for level in levels if level is not None]
    total = mixed(voices)
    if not present:
        assert total is None
    else:
        assert total is not None
        assert (total == min(32767, max(-32768, sum(present)))).all()


FRAME = st.binary(min_size=320, max_size=320).map(
    lambda data: np.frombuffer(data, np.int16).astype(np.int32)
)


@given(st.lists(FRAME, min_size=1, max_size=8), st.randoms())
def test_the_mix_of_many_is_exact_in_every_sample(frames: list[Samples], chance: Random) -> None:
    """For every sample the sum of all, held at 16 bits, whatever their order; no input changes."""
    before = [each.copy() for each in frames]
    exact = [min(32767, max(-32768, sum(map(int, column)))) for column in zip(*before, strict=True)]
    total = mixed(frames)
    chance.shuffle(frames)
    again = mixed(frames)
    assert total is not None
    assert again is not None
    assert total.tolist() == again.tolist() == exact
    assert sorted(map(bytes, before)) == sorted(map(bytes, frames))


@given(FRAME, st.sampled_from(Codec))
def test_what_was_mixed_can_be_sent(voice: Samples, codec: Codec) -> None:
    """The loudest possible mix of eight is within what every codec's table takes."""
    total = mixed([voice] * 8)
    assert total is not None
    heard = decode(codec, encode(codec, total))
    assert ((heard >= 0) == (total >= 0))[np.abs(total) > 8].all()
