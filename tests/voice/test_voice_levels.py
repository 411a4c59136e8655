"""The judge of the audio matrix itself: what it must not let pass, and what it must not blame."""

import asyncio
import time

import numpy as np
import pytest
from media_ears import Sound, tone
from voice_levels import TRANSITION_S, Levels

WANTED_HZ, OTHER_HZ = 700.0, 1300.0
TORN_HZ = 740.0  # no whole number of periods in a frame: one that is lost makes a step
RATE, FRAME = 8_000, 160


class _Ear:
    """Hears a sound from its making on; for `deaf_s` from `deaf_at_s` on nothing comes in."""

    def __init__(self, sound: Sound, deaf_at_s: float = 0.0, deaf_s: float = 0.0) -> None:
        self._began_at = time.monotonic()
        self._sound, self._deaf_at_s, self._deaf_s = sound, deaf_at_s, deaf_s

    @property
    def arrived(self) -> int:
        """What came until now."""
        passed = time.monotonic() - self._began_at
        deaf_s = min(max(0.0, passed - self._deaf_at_s), self._deaf_s)
        return round((passed - deaf_s) * RATE)

    def heard(self, seconds: float | None = None) -> Sound:
        """What came until now, or the last seconds of it."""
        until = self.arrived
        first = 0 if seconds is None else max(0, until - round(seconds * RATE))
        return self._sound[first:until]


def leak(sound: Sound, at_s: float, seconds: float, leak_db: float) -> Sound:
    """With another voice over it, or `under` it, from then on, for so long."""
    at, count = round(at_s * RATE), round(seconds * RATE)
    count = min(count, len(sound) - at)
    sound[at : at + count] += tone(OTHER_HZ, 0, count) * 10 ** (leak_db / 20)
    return sound


def torn_tone(until_s: float, *, lost: float = 0.3) -> Sound:
    """Until then every third frame is lost, by chance; then it goes on as it is."""
    chance = np.random.default_rng(112)
    frames = tone(TORN_HZ, 0, 60 * RATE).reshape(-1, FRAME)
    kept = [
        frame
        for at, frame in enumerate(frames)
        if at * FRAME > until_s * RATE or chance.random() > lost
    ]
    return np.concatenate(kept)


def judged(ear: _Ear, wanted_hz: float = WANTED_HZ) -> str:
    """What the judge says; nothing when all is well."""
    levels = Levels("the judge")
    levels.ears = {"ear": ear}
    levels.voices = {"wanted": wanted_hz, "other": OTHER_HZ}
    try:
        asyncio.run(levels.judge("talk", {"ear": "wanted"}))
    except AssertionError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("leak_at_s", "leak_s", "leak_db"),
    [(0.35, 0.02, 0.0), (0.4, 0.1, -20.0), (0.0, 60.0, -45.0), (0.9, 0.05, -10.0)],
)
def test_a_leak_is_found_wherever_it_is(leak_at_s: float, leak_s: float, leak_db: float) -> None:
    """Just after the transition, short, faint, or while the wanted voice was still waited for."""
    sound = leak(tone(WANTED_HZ, 0, 60 * RATE), leak_at_s, leak_s, leak_db)
    assert "should not hear other" in judged(_Ear(sound))


@pytest.mark.parametrize(("leak_s", "leak_db"), [(TRANSITION_S - 0.05, 0.0), (60.0, -56.0)])
def test_what_is_right_passes(leak_s: float, leak_db: float) -> None:
    """The other voice ends with the transition, or is below what any codec leaves."""
    assert judged(_Ear(leak(tone(WANTED_HZ, 0, 60 * RATE), 0.0, leak_s, leak_db))) == ""


def test_a_torn_voice_is_no_leak() -> None:
    """Every third frame is lost for 1.2 s, which has something everywhere: it is listened on."""
    assert judged(_Ear(torn_tone(1.2)), TORN_HZ) == ""


@pytest.mark.parametrize(
    ("leak_at_s", "leak_s", "leak_db", "every_s"),
    [(0.4, 0.01, 0.0, 60), (0.35, 0.1, -15.0, 60), (0.35, 0.1, 0.0, 1.0), (0.0, 60.0, -44.0, 60)],
)
def test_a_leak_under_a_torn_voice_is_found(
    leak_at_s: float, leak_s: float, leak_db: float, every_s: float
) -> None:
    """As short as half a frame, or 100 ms each second, or faint all the while."""
    sound = torn_tone(0.9)
    for at_s in np.arange(leak_at_s, 20.0, every_s):
        sound = leak(sound, float(at_s), leak_s, leak_db)
    assert "should not hear other" in judged(_Ear(sound), TORN_HZ)


def test_frames_of_another_in_a_voices_place_are_found() -> None:
    """What tears the voice is the leak itself: one frame is somebody else's."""
    sound = tone(WANTED_HZ, 0, 60 * RATE)
    sound[3_200:3_360] = tone(OTHER_HZ, 0, FRAME)
    assert "should not hear other" in judged(_Ear(sound))


def test_who_is_torn_for_ever_is_not_judged_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing passes because nothing whole came in."""
    monkeypatch.setattr("voice_levels.STEADY_S", 0.5)
    assert "nothing whole came in" in judged(_Ear(torn_tone(60.0)), TORN_HZ)


@pytest.mark.parametrize(("leak_s", "is_leak"), [(0.05, False), (0.9, True)])
def test_a_second_in_which_nothing_came_is_no_second_of_before(
    leak_s: float, is_leak: bool
) -> None:
    """A media process that stood still sends less: what was heard before the command is not
    judged for that, and what goes on after it is.
    """
    sound = leak(tone(WANTED_HZ, 0, 60 * RATE), 0.0, leak_s, 0.0)
    assert ("should not hear other" in judged(_Ear(sound, 0.06, 1.0))) is is_leak


def test_readings_of_a_page_are_joined_without_a_seam() -> None:
    """Whatever the clock says within its slack."""
    voice_chromium = pytest.importorskip("voice_chromium")
    sound = np.random.default_rng(112).normal(0, 1_000, 4 * RATE)
    for wrong in (-500, 0, 300):
        whole = voice_chromium.joined(sound[:9_000], sound[2_000:13_000], 4_000 + wrong)
        assert np.array_equal(whole, sound[:13_000])
