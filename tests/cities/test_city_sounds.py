"""The sounds are there, in the telephone's format, small, and made from the listed words."""

import shutil
import sys
import wave
from pathlib import Path

import pytest

from kentongan.cities import voices
from kentongan.cities.check import SOUND_BYTES_MAX
from kentongan.cities.pack import CityPack, PackError, packaged

ALL_BYTES_MAX = 2_500_000


def test_every_sound_is_a_telephone_wav(pack: CityPack) -> None:
    """8 kHz, mono, 16 bit, at least a third of a second, and small enough to ship."""
    total = 0
    for sound in pack.sounds:
        path = packaged() / "sounds" / sound.file
        with wave.open(str(path)) as file:
            assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
            assert file.getnframes() > 2500
        total += path.stat().st_size
        assert path.stat().st_size <= SOUND_BYTES_MAX
    assert total <= ALL_BYTES_MAX


def test_no_sound_is_orphaned(pack: CityPack) -> None:
    """Every WAV in the folder is listed, and every caller's voice is used by a scenario."""
    listed = {sound.file for sound in pack.sounds}
    assert {path.name for path in (packaged() / "sounds").iterdir()} == listed
    used = {said.sound for s in pack.scenarios for call in s.calls for said in call.utterances}
    assert {sound.key for sound in pack.sounds if sound.use == "caller"} == used


def test_callers_are_heard_and_the_silent_one_is_quiet(pack: CityPack) -> None:
    """A voice reaches nearly full level; the silent call is noise below 5 % of it."""
    assert _loudest("medical_1.wav") > 20_000
    assert 10 < _loudest("silent_1.wav") < 1_600


def test_scenarios(pack: CityPack) -> None:
    """The six trainings exist, with their calls, and each says what it should become."""
    calls = {scenario.key: len(scenario.calls) for scenario in pack.scenarios}
    assert calls == {
        "medical": 1,
        "fire": 3,
        "silent": 1,
        "prank": 1,
        "flood40": 40,
        "founding": 1,
    }
    flood = pack.scenario_by_key["flood40"]
    assert len({call.place.kelurahan for call in flood.calls}) == flood.incidents == 5
    assert [call.delay_s for call in flood.calls] == sorted(call.delay_s for call in flood.calls)
    assert any(call.number is None for call in flood.calls)


def test_missing_programs_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without espeak-ng the tool says what is missing and how to get it, and writes nothing."""
    monkeypatch.setenv("PATH", "")
    assert voices.main() == 1
    assert "espeak-ng, sox" in capsys.readouterr().err


@pytest.mark.skipif(
    not all(shutil.which(program) for program in voices.PROGRAMS),
    reason="espeak-ng and sox are not installed",
)
def test_the_same_words_make_the_same_sound(
    folder: Path, monkeypatch: pytest.MonkeyPatch, pack: CityPack
) -> None:
    """A sound made twice is the same to the byte, so that a rebuild changes nothing."""
    for key in ("founding_3", "silent_1"):
        sound = pack.sound_by_key[key]
        one, other = folder / "one.wav", folder / "other.wav"
        voices.make(sound, one)
        voices.make(sound, other)
        assert one.read_bytes() == other.read_bytes()
    (folder / "sounds.yaml").write_text("sounds: 1", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["voices", str(folder)])
    assert voices.main() == 1
    with pytest.raises(PackError, match=r"sounds\.yaml:1: sounds: must be a list"):
        voices.sounds_of(folder)


def _loudest(name: str) -> int:
    with wave.open(str(packaged() / "sounds" / name)) as file:
        frames = memoryview(file.readframes(file.getnframes())).cast("h")
        return max(abs(sample) for sample in frames)
