"""Which files are heard in which languages, and that what is missing is told."""

from pathlib import Path

from msgspec.structs import replace
from switch_playbook import CITY

from kentongan.cities.pack import load, packaged
from kentongan.edge.switch.announcements import Sounds, greetings
from kentongan.edge.switch.wiring import city_of

PACK = load(packaged())
SPOKEN = {
    "hold": {"id": "hold.wav", "en": "hold_en.wav"},
    "position_2": {"id": "two.wav", "jv": "two_jv.wav"},
}
SOUNDS = Sounds(
    files={"hold": "hold.wav", "position_2": "two.wav", "w": "w.wav", "w_jv": "w_jv.wav"},
    spoken=SPOKEN,
)


def test_each_language_that_there_is_in_turn() -> None:
    """What was never recorded is left out; with nothing left, it is the city's own."""
    assert SOUNDS.say("hold", ("en", "jv", "id")) == ("hold_en.wav", "hold.wav")
    assert SOUNDS.say("hold", ("jv",)) == ("hold.wav",)
    assert SOUNDS.say("hold") == SOUNDS.reassure() == ("hold.wav",)
    assert SOUNDS.say("nothing", ("id",)) == ()


def test_the_place_stands_behind_the_announcement_in_its_language() -> None:
    """Never in none of them: a caller whose language has no numbers hears the city's own."""
    assert SOUNDS.waiting(("w", "w_jv"), ("id", "jv"), 2) == (
        "w.wav", "two.wav", "w_jv.wav", "two_jv.wav",
    )  # fmt: skip
    assert SOUNDS.waiting(("w",), ("en",), 2) == ("w.wav", "two.wav")
    assert SOUNDS.waiting(("w",), (), 2) == ("w.wav", "two.wav")  # spooled by an older version
    assert SOUNDS.waiting(("w", "w_jv"), ("id", "jv"), 3) == ("w.wav", "w_jv.wav")
    assert SOUNDS.waiting(("w", "w_jv"), ("id", "jv"), None) == ("w.wav", "w_jv.wav")


def test_a_line_with_one_sound_for_all_says_it_once() -> None:
    """All else is heard in its languages all the same, in that which was chosen first."""
    line = replace(PACK.line_by_key["112"], announcements={}, languages=("id", "jv"))
    found = [(one.language, one.key) for one in greetings(line, "en")]
    assert found == [("en", "wait_id"), ("id", ""), ("jv", "")]


def test_this_citys_sounds_are_all_there() -> None:
    """Three languages, fourteen sounds, and the tone."""
    assert CITY.missing_sounds == ()


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    """A pack of another city, that recorded two languages and has no ringing tone."""
    sounds = tuple(
        sound for sound in PACK.sounds if sound.key not in ("hold_jv", "position_4_en", "ringing")
    )
    city = city_of(replace(PACK, sounds=sounds), packaged())
    assert city.missing_sounds == (("hold", "jv"), ("position_4", "en"), ("ringing", ""))
    nothing = city_of(PACK, tmp_path)
    assert len(nothing.missing_sounds) == 14 * 3 + 2
