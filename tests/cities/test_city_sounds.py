"""The sounds are there, in the telephone's format, small, and made from the listed words."""

import shutil
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from kentongan.cities import voices
from kentongan.cities.check import SOUND_BYTES_MAX
from kentongan.cities.pack import CityPack, PackError, packaged
from kentongan.core.standing import NUISANCE_CALLS_MIN
from kentongan.edge.switch.queueing import POSITION_AGE_S
from kentongan.media.g711 import Codec, decode, encode
from kentongan.media.taps import TapDetector
from kentongan.media.tones import ToneDetector

ALL_BYTES_MAX = 5_000_000


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
    """Every WAV in the folder is listed; every voice of the training room is used there."""
    listed = {sound.file for sound in pack.sounds}
    assert {path.name for path in (packaged() / "sounds").iterdir()} == listed
    used = {said.sound for s in pack.scenarios for call in s.calls for said in call.utterances}
    assert {sound.key for sound in pack.sounds if sound.use == "caller"} == used
    picked_up = {said.sound for telephone in pack.telephones for said in telephone.utterances}
    assert {sound.key for sound in pack.sounds if sound.use == "answerer"} == picked_up


def test_callers_are_heard_and_the_silent_one_is_quiet(pack: CityPack) -> None:
    """A voice reaches nearly full level; the silent call is noise below 5 % of it."""
    assert _loudest("medical_1.wav") > 20_000
    assert 10 < _loudest("silent_1.wav") < 1_600


def test_scenarios(pack: CityPack) -> None:
    """The trainings exist, with their calls, and each says what it should become."""
    calls = {scenario.key: len(scenario.calls) for scenario in pack.scenarios}
    assert calls == {
        "medical": 1,
        "fire": 3,
        "silent": 1,
        "prank": 1,
        "flood40": 40,
        "founding": 1,
        "cut_off": 1,
        "knocks": 1,
        "javanese": 1,
        "crash": 2,
        "birth": 1,
        "riot": 2,
        "child": 1,
        "prank_series": 5,
    }
    flood = pack.scenario_by_key["flood40"]
    assert len({call.place.kelurahan for call in flood.calls}) == flood.incidents == 5
    assert [call.delay_s for call in flood.calls] == sorted(call.delay_s for call in flood.calls)
    assert any(call.number is None for call in flood.calls)


def test_what_the_switch_plays_by_itself_is_there(pack: CityPack) -> None:
    """Each language of each line, ten places in the queue, and what transfers and ringing need."""
    sounds = pack.sound_by_key
    assert pack.line_by_key["112"].languages == ("id", "jv", "en")
    greeted = {line.announcement_in(language) for line in pack.lines for language in line.languages}
    assert greeted == {"wait_id", "wait_jv", "wait_en"}
    named = {"hold", "silent_test", "transfer", "overflow"}
    said = named | {f"position_{place}" for place in range(1, 11)}
    for key in greeted | said | {"ringing", "duty_new"}:
        assert sounds[key].use == "announcement"
    spoken = {(sound.of or sound.key, sound.language) for sound in pack.sounds}
    assert {(key, language) for key in said for language in ("id", "jv", "en")} <= spoken
    assert all(sounds[key].loop for key in greeted | {"ringing"})


def test_a_round_of_the_announcement_ends_before_another_place_may_be_told(pack: CityPack) -> None:
    """A caller whose place changes hears it: a new place begins the round anew."""
    line = pack.line_by_key["112"]
    heard = [line.announcement_in(language) for language in line.languages]
    places = [
        max(_seconds(f"position_{place}{of}.wav") for place in range(1, 11))
        for of in ("", "_jv", "_en")
    ]
    assert sum(_seconds(f"{key}.wav") for key in heard) + sum(places) < POSITION_AGE_S


def test_the_ringing_tone_is_indonesias() -> None:
    """425 Hz, one second on and four off, as callers here know it."""
    with wave.open(str(packaged() / "sounds" / "ringing.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    assert len(samples) == 5 * 8000
    assert np.max(np.abs(samples[8000:])) == 0
    spectrum = np.abs(np.fft.rfft(samples[:8000].astype(float)))
    assert int(np.argmax(spectrum)) == 425


def test_two_knocks_are_heard_as_two() -> None:
    """The caller who knocks reaches the detector that the centre listens with."""
    with wave.open(str(packaged() / "sounds" / "knocks_2.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    quiet = np.zeros(8000, np.int16)
    line = np.concatenate((quiet, samples, quiet)).astype(np.int32)
    detector = TapDetector()
    heard = [detector.hear(line[at : at + 160]) for at in range(0, len(line) - 159, 160)]
    assert [taps for taps in heard if taps] == [2]


def test_no_sound_presses_a_key(pack: CityPack) -> None:
    """Five minutes of speech in three languages, as eSpeak NG says it, and callers who knock or are
    hardly heard: the ear for keys as tones hears none.
    """
    spoken_s = 0.0
    for sound in pack.sounds:
        with wave.open(str(packaged() / "sounds" / sound.file)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(np.int32)
        spoken_s += len(samples) / 8000
        line = decode(Codec.PCMA, encode(Codec.PCMA, samples))
        ear = ToneDetector()
        keys = [ear.hear(line[at : at + 160]) for at in range(0, len(line) - 159, 160)]
        assert not any(keys), sound.file
    assert spoken_s > 300


def test_the_caller_who_is_cut_off_can_be_rung_back(pack: CityPack) -> None:
    """They give up before anybody must have answered, show a number, and pick up."""
    (call,) = pack.scenario_by_key["cut_off"].calls
    assert call.gives_up_s is not None
    assert call.gives_up_s < 10
    assert call.number is not None
    assert call.when_rung == "answers"


def test_the_pranks_come_from_one_number_and_a_real_caller_after_the_last(pack: CityPack) -> None:
    """Three can be disposed of before the fourth; whoever means it rings right behind it."""
    *pranks, real = pack.scenario_by_key["prank_series"].calls
    assert len({call.number for call in pranks}) == 1
    assert len(pranks) == NUISANCE_CALLS_MIN + 1
    assert pranks[-1].delay_s < real.delay_s < pranks[-1].delay_s + 10
    assert real.number != pranks[0].number


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
    for key in ("founding_3", "silent_1", "ringing", "knocks_2"):
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


def _seconds(name: str) -> float:
    with wave.open(str(packaged() / "sounds" / name)) as file:
        return file.getnframes() / file.getframerate()


def _loudest(name: str) -> int:
    with wave.open(str(packaged() / "sounds" / name)) as file:
        frames = memoryview(file.readframes(file.getnframes())).cast("h")
        return max(abs(sample) for sample in frames)
