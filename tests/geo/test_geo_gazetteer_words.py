"""The normaliser: one form for every way of writing, nothing lost that the crew needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.edge.geo.gazetteer.normaliser import CHARACTERS_MAX, normalise
from kentongan.edge.geo.gazetteer.phonetic import key_of
from kentongan.edge.geo.gazetteer.words import (
    COMPASS,
    FILLERS,
    GLUED_NUMBERS,
    HONORIFICS,
    NUMBERED,
    PHRASES,
    RELATIONS,
    ROMAN,
    WORDS,
)

KNOWN = sorted(
    {*WORDS, *WORDS.values(), *RELATIONS, *FILLERS, *HONORIFICS, *COMPASS, *ROMAN, *NUMBERED}
    | {*GLUED_NUMBERS, "5", "12a", "03", "50244", "tawang", "c12", "rt03rw05", "jlpemuda"}
    | {word for phrase in PHRASES for word in phrase.split()}
)


def said(text: str) -> str:
    """The comparable words."""
    return " ".join(normalise(text).words)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Jl. Tjandi Baroe", "jalan tjandi baroe"),
        ("JLN.PEMUDA", "jalan pemuda"),
        ("jlpemuda", "jalan pemuda"),
        ("jl a. yani", "jalan ahmad yani"),
        ("Jl. M.T. Haryono", "jalan mt haryono"),
        ("rumah sakit umum daerah ketileng", "rsud ketileng"),
        ("pom bensin", "spbu"),
        ("SMA Negeri 15", "sman 15"),
        ("sman15", "sman 15"),
        ("sma n 15", "sman 15"),
        ("sd islam 2", "sd islam 2"),
        ("Jl. Gajah Mada XII", "jalan gajah mada 12"),
        ("V", "v"),
        ("kalurahan bulu lor", "kelurahan bulu lor"),
        ("RS St. Elisabeth", "rs santo elisabeth"),
        ("st poncol", "stasiun poncol"),
        ("g lombok", "gang lombok"),
        ("simpang 5", "simpang lima"),
        ("palang pintu kereta api kaligawe", "perlintasan kaligawe"),
        ("Masjid Al-Ma'ruf", "masjid al maruf"),
        ("Tanjung Mas", "tanjung mas"),
        ("Kampung Dalam", "kampung dalam"),
        ("Kota Lama", "kota lama"),
        ("Sémarang", "semarang"),
    ],
)
def test_ways_of_writing_come_out_as_one(written: str, words: str) -> None:
    """Abbreviations, glued words, phrases, schools, numerals, accents."""
    assert said(written) == words


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("krobokan rt 03 rw 05", "RT 3 RW 5"),
        ("krobokan rt03/rw05", "RT 3 RW 5"),
        ("krobokan RT 3/5", "RT 3 RW 5"),
        ("RT/RW 003/005 krobokan", "RT 3 RW 5"),
        ("rt rw 3 5 krobokan", "RT 3 RW 5"),
        ("rt03rw05 krobokan", "RT 3 RW 5"),
        ("krobokan rw 7", "RW 7"),
        ("krobokan no. 45a", "No. 45A"),
        ("krobokan blok c12 no 3", "Blok C12 · No. 3"),
        ("krobokan lt 3 50144", "Lt. 3"),
    ],
)
def test_what_is_below_the_street_is_data(written: str, shown: str) -> None:
    """RT, RW, number, block, floor and postcode leave the words and stay readable."""
    found = normalise(written)
    assert found.words == ("krobokan",)
    parts = found.parts
    told = (parts.area, parts.block_shown, parts.number_shown, parts.floor_shown)
    assert " · ".join(filter(None, told)) == shown


@pytest.mark.parametrize(
    ("written", "words", "relations"),
    [
        ("dpn lawang sewu", "lawang sewu", ("depan",)),
        ("ngarep pasar johar", "pasar johar", ("depan",)),
        ("sebelah utara tugu muda", "tugu muda", ("sebelah", "utara")),
        ("kidule tugu muda", "tugu muda", ("selatan",)),
        ("lor stasiun", "stasiun", ("utara",)),
        ("bulu lor", "bulu lor", ()),
        ("di seberang dekat masjid agung", "masjid agung", ("seberang", "dekat")),
        ("depan", "depan", ("depan",)),
    ],
)
def test_relation_words_are_kept_for_the_crew(
    written: str, words: str, relations: tuple[str, ...]
) -> None:
    """They match nothing and are told; a compass word inside a name belongs to the name."""
    found = normalise(written)
    assert (" ".join(found.words), found.relations) == (words, relations)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("djatingaleh", "jatingaleh"),
        ("tjandi", "candi"),
        ("soedarto", "sudarto"),
        ("sidodadhi", "sidodadi"),
        ("kyai", "kiai"),
        ("jerakah", "jrakah"),
        ("tlogosari", "telogosari"),
        ("mangkubumi", "mangkoeboemi"),
        ("shalih", "salih"),
        ("baiturrahman", "baiturahman"),
        ("bandarhardjo", "bandarharjo"),
    ],
)
def test_words_that_sound_alike_have_one_key(one: str, other: str) -> None:
    """Old spelling, Javanese and Arabic letters, the unwritten e, doubled letters."""
    assert key_of(one) == key_of(other)


@pytest.mark.parametrize(("one", "other"), [("candi", "cangkiran"), ("15", "16"), ("lor", "kidul")])
def test_words_that_differ_have_two_keys(one: str, other: str) -> None:
    """The key does not throw everything together; numbers are their own key."""
    assert key_of(one) != key_of(other)


def test_the_tables_are_in_their_final_form() -> None:
    """No full form is itself an abbreviation, no phrase's outcome is changed again."""
    assert [full for full in WORDS.values() if WORDS.get(full, full) != full] == []
    assert [full for full in PHRASES.values() if said(full) != full and full not in WORDS] == []


@given(text=st.text(max_size=300))
def test_normalised_words_stay_as_they_are(text: str) -> None:
    """Any text gives an answer, and its words give the same words again."""
    words = said(text)
    assert said(words) == words


@given(words=st.lists(st.sampled_from(KNOWN), max_size=8))
def test_normalised_address_words_stay_as_they_are(words: list[str]) -> None:
    """The same for piles of the very words that the tables change."""
    once = said(" ".join(words))
    assert said(once) == once


@given(text=st.text(alphabet="aeiou bcdghjklnrst", max_size=40))
def test_a_key_is_never_longer_by_more_than_its_x(text: str) -> None:
    """Keys only fold: no letter appears that was not there."""
    for word in normalise(text).words:
        assert 0 < len(key_of(word)) <= len(word)


def test_only_the_beginning_is_read() -> None:
    """A text of any length costs what its first characters cost."""
    long = "jalan pemuda " * 100_000
    assert normalise(long).words == normalise(long[:CHARACTERS_MAX]).words
