"""Keys as tones: what we send is heard, by Q.24's measures, and talk presses none."""

import numpy as np
import pytest
from media_ears import Sound
from media_speech import frames, noise, placed, pressed, talker

from kentongan.media.digits import KEYPAD, KeyTones
from kentongan.media.g711 import Codec
from kentongan.media.tones import ToneDetector


def heard(sound: Sound, codec: Codec = Codec.PCMA) -> str:
    """The keys in a sound, after a telephone's codec."""
    ear = ToneDetector()
    return "".join(ear.hear(each) for each in frames(sound, codec))


def share(
    ms: float, *, tuned: float = 1.0, row: float = 5200, column: float = 6500, rms: float = 20
) -> float:
    """How many of all keys, at odd moments, are heard exactly once."""
    moments = (0.2, 0.2037, 0.2091, 0.2144)
    sounds = [
        placed(
            0.5, {begin: pressed(key, ms, tuned=tuned, row=row, column=column)}, noise(0.5, 3, rms)
        )
        for key in KEYPAD
        for begin in moments
    ]
    keys = [key for key in KEYPAD for _ in moments]
    return sum(heard(each) == key for each, key in zip(sounds, keys, strict=True)) / len(keys)


@pytest.mark.parametrize("codec", Codec)
def test_our_own_keys_are_heard(codec: Codec) -> None:
    """Every key, one after another, also the same one twice: as pressed."""
    keys = KEYPAD + "5599"
    sound = np.concatenate([KeyTones(key)._sound for key in keys]).astype(float)
    assert heard(sound, codec) == keys


def test_every_key_of_40_ms_counts() -> None:
    """Q.24: 40 ms must be accepted, also 1.5 % out of tune, 15 dB over noise, 8 dB of twist."""
    assert share(40) == 1
    assert share(45, tuned=1.015) == share(45, tuned=0.985) == 1
    assert share(50, rms=1000) == 1
    assert share(50, row=2000, column=5000) == share(50, row=5000, column=2000) == 1
    assert share(50, row=150, column=150) == 1


def test_what_is_no_key_does_not_count() -> None:
    """Q.24: 20 ms is too short, 3.5 % is out of tune, a single tone or a dial tone is none."""
    assert share(20) == 0
    assert share(80, tuned=1.035) == share(80, tuned=0.965) == 0
    turns = 2 * np.pi * np.arange(8000) / 8000
    for pair in ((425, 0), (350, 440), (697, 770), (1209, 1477), (440, 880)):
        one, other = (4000 * np.sin(hz * turns) for hz in pair)
        assert heard(one + other) == ""


def test_a_pause_in_a_key_of_10_ms_is_one_key() -> None:
    """A hiccup within a key does not press it twice; 40 ms of pause do."""
    for gap_ms, keys in ((10, "7"), (40, "77")):
        second = 0.26 + gap_ms / 1000
        sound = placed(0.6, {0.2: pressed("7", 60), second: pressed("7", 60)})
        assert heard(sound) == keys


def test_talk_presses_no_key() -> None:
    """Two minutes of four voices, and noise: not one key."""
    for seed in range(4):
        assert heard(talker(30, seed, level=5000)) == ""
    assert heard(noise(20, 1, 3000)) == ""


def test_a_key_over_talk_in_the_background_is_heard() -> None:
    """A television 26 dB below the keys does not drown them."""
    under = talker(2, 4, level=300)
    sound = placed(2, {0.3: pressed("1", 80), 0.8: pressed("1", 80), 1.2: pressed("2", 80)}, under)
    assert heard(sound) == "112"
