"""The judge of the audio matrix itself: what it must not let pass, and what it must not blame."""

import asyncio
import time

import numpy as np
import pytest
import voice_levels
from media_ears import Sound, tone
from voice_levels import TRANSITION_S, Levels

WANTED_HZ, OTHER_HZ = 700.0, 1300.0
RATE = 8_000


class _Ear:
    """Hears one voice, and another one from a moment after its making on, for so long."""

    def __init__(self, leak_at_s: float, leak_s: float, leak_db: float) -> None:
        self._began_at = time.monotonic()
        sound = tone(WANTED_HZ, 0, 60 * RATE)
        at, count = round(leak_at_s * RATE), round(leak_s * RATE)
        sound[at : at + count] += tone(OTHER_HZ, 0, count) * 10 ** (leak_db / 20)
        self._sound = sound

    def heard(self, seconds: float | None = None) -> Sound:
        """What came until now."""
        until = round((time.monotonic() - self._began_at) * RATE)
        first = 0 if seconds is None else max(0, until - round(seconds * RATE))
        return self._sound[first:until]


def judged(leak_at_s: float, leak_s: float, leak_db: float, *stalled_s: float) -> str:
    """What the judge says; nothing when all is well."""
    voice_levels.stalls.clear()
    levels = Levels("the judge")
    levels.ears = {"ear": _Ear(leak_at_s, leak_s, leak_db)}
    levels.voices = {"wanted": WANTED_HZ, "other": OTHER_HZ}
    voice_levels.stalls.extend(time.monotonic() + at for at in stalled_s)
    try:
        asyncio.run(levels.judge("talk", {"ear": "wanted"}))
    except AssertionError as error:
        return str(error)
    finally:
        voice_levels.stalls.clear()
    return ""


@pytest.mark.parametrize(
    ("leak_at_s", "leak_s", "leak_db"),
    [(0.35, 0.02, 0.0), (0.4, 0.1, -20.0), (0.0, 60.0, -45.0), (0.9, 0.05, -10.0)],
)
def test_a_leak_is_found_wherever_it_is(leak_at_s: float, leak_s: float, leak_db: float) -> None:
    """Just after the transition, short, faint, or while the wanted voice was still waited for."""
    assert "should not hear other" in judged(leak_at_s, leak_s, leak_db)


def test_what_is_right_passes() -> None:
    """The other voice ends with the transition, or is below what any codec leaves."""
    assert judged(0.0, TRANSITION_S - 0.05, 0.0) == ""
    assert judged(0.0, 60.0, -56.0) == ""


def test_only_around_a_measured_stall_nothing_is_judged() -> None:
    """The same leak is excused beside a stall, and found a second later."""
    assert judged(0.5, 0.05, 0.0, 0.5) == ""
    assert judged(0.5, 0.05, 0.0) != ""
    assert "should not hear other" in judged(0.4, 0.9, 0.0, 0.5)


def test_readings_of_a_page_are_joined_without_a_seam() -> None:
    """Whatever the clock says within its slack."""
    voice_chromium = pytest.importorskip("voice_chromium")
    sound = np.random.default_rng(112).normal(0, 1_000, 4 * RATE)
    for wrong in (-500, 0, 300):
        whole = voice_chromium.joined(sound[:9_000], sound[2_000:13_000], 4_000 + wrong)
        assert np.array_equal(whole, sound[:13_000])
