"""The caller's first words lead to the right sub-category, in both languages, while typing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.cities.pack import CityPack, load, packaged
from kentongan.cities.words import suggest

PACK = load(packaged())


@pytest.mark.parametrize(
    ("said", "code", "danger"),
    [
        ("minta tolong dipanggilkan Ambulans Hebat", "MED-22", False),
        ("Saya mau minta tolong dipanggilkan Ambulans Hebat.", "MED-22", False),
        ("bapak saya semaput", "MED-01", True),
        ("bapak saya semaput, napasnya ngorok", "MED-01", True),
        ("omahku kobong", "KBK-01", True),
        ("begal", "KRM-01", True),
        ("rumah saya kebakaran", "KBK-01", True),
        ("kobongan", "KBK-01", True),
        ("anakku kelelep", "SLM-01", True),
        ("tabrakan", "LAK-01", True),
        ("tabrak lari", "LAK-05", True),
        ("sesak napas", "MED-03", True),
        ("ular masuk rumah", "HWN-01", True),
        ("sarang tawon di atap", "HWN-03", False),
        ("lampu jalan mati", "UTL-08", False),
        ("pohon tumbang", "BNC-06", False),
        ("rob masuk rumah", "BNC-03", False),
        ("mau lahiran ketuban pecah", "MED-07", True),
        ("mau pesan pizza", "NON-02", False),
        ("mana ambulansnya", "INFO-02", False),
        ("diminta bayar ambulans", "PUB-09", False),
        ("jalan berlubang", "INF-02", False),
    ],
)
def test_first_guess(pack: CityPack, said: str, code: str, danger: bool) -> None:
    """Common openings lead to their sub-category, and danger words open the fast lane."""
    first = suggest(pack, said)[0]
    assert (first.code, first.danger) == (code, danger)
    assert first.matched


def test_javanese_callers_are_understood(pack: CityPack) -> None:
    """All 26 phrases of the phrasebook, whole and in each of their parts, are in the top three."""
    for phrase in pack.phrasebook.caller_says:
        for said in (phrase.jv, *phrase.jv.split(" / ")):
            codes = [one.code for one in suggest(pack, said, limit=3)]
            assert phrase.nature in codes, said


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("semap", "MED-01"),
        ("kebak", "KBK-01"),
        ("kbakaran", "KBK-01"),
        ("kecelakan", "LAK-01"),
        ("tengelam", "SLM-01"),
        ("melahirkn", "MED-07"),
        ("tidak sad", "MED-01"),
        ("gak sadar", "MED-01"),
        ("ambulannya", "MED-22"),
    ],
)
def test_beginnings_and_slips_are_forgiven(pack: CityPack, typed: str, code: str) -> None:
    """Half a word, a lost letter, slang and endings still lead there."""
    assert suggest(pack, typed)[0].code == code


def test_every_code_can_be_typed(pack: CityPack) -> None:
    """A call-taker who knows the code types it and has it first."""
    for nature in pack.natures:
        assert suggest(pack, nature.code.lower())[0].code == nature.code


def test_every_trigger_word_leads_to_its_nature(pack: CityPack) -> None:
    """No word of the lists is dead: each brings its sub-category among the first five."""
    lost = [
        (nature.code, word.text)
        for nature in pack.natures
        for word in nature.words
        if word.weight > 1
        and nature.code not in [one.code for one in suggest(pack, word.text, limit=5)]
    ]
    assert lost == []


def test_every_danger_word_is_a_danger(pack: CityPack) -> None:
    """Each danger word, alone, opens the fast lane."""
    silent = [
        word.text
        for nature in pack.natures
        for word in nature.words
        if word.danger and not any(one.danger for one in suggest(pack, word.text))
    ]
    assert silent == []


def test_a_beginning_is_not_yet_a_danger(pack: CityPack) -> None:
    """Two letters do not move the screen to the fast lane."""
    assert not any(one.danger for one in suggest(pack, "ke", limit=20))
    assert not any(one.danger for one in suggest(pack, "t", limit=20))


def test_words_of_a_phrase_must_stand_together(pack: CityPack) -> None:
    """`tidak` here and `sadar` far away are not `tidak sadar`."""
    apart = "saya tidak tahu kapan dia datang ke sini tapi dia sadar"
    assert "tidak sadar" not in [text for one in suggest(pack, apart, 20) for text in one.matched]


def test_nothing_for_nothing(pack: CityPack) -> None:
    """No words, no guess; and no more guesses than asked for."""
    assert suggest(pack, "") == []
    assert suggest(pack, "hmm") == []
    assert len(suggest(pack, "kebakaran banjir tabrakan", limit=2)) == 2
    assert suggest(pack, "kebakaran", limit=-1) == []


@given(said=st.text(max_size=300))
def test_any_words_give_an_answer(said: str) -> None:
    """Whatever is typed, the guesses are ordered, known and at most five."""
    found = suggest(PACK, said)
    assert len(found) <= 5
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(one.code in PACK.nature_by_code for one in found)
