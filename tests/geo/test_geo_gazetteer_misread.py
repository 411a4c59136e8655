"""A word that a place was found by only because it looks like one of its own is told beside it.

The streets below stand alone: those that the callers mean are not on this map, and what is proposed
instead must never pass for them.
"""

from functools import cache

import pytest
from geo_gazetteer_city import pack, search

from kentongan.cities.gazetteer import Caution, Notice, PlaceKind, PlaceProposal
from kentongan.edge.geo.gazetteer.areas import Areas
from kentongan.edge.geo.gazetteer.documents import Document
from kentongan.edge.geo.gazetteer.from_pack import documents_of_pack
from kentongan.edge.geo.gazetteer.gazetteer import build
from kentongan.edge.geo.gazetteer.misread import is_slip
from kentongan.edge.geo.gazetteer.search import CitySearch

STREETS = (
    "Jalan Taman Seteran Barat", "Jalan Dr. Sutomo", "Jalan Meranti Raya", "Gang 3 Barusari",
    "Jalan Masuk Petompon", "Gang 11 Karang Kidul", "Jalan RM. Hadi Soebeno",
)  # fmt: skip


@cache
def few() -> CitySearch:
    """The pack and these streets."""
    streets = [
        Document(key=name, name=name, kind=PlaceKind.STREET, lat=-6.99, lon=110.41,
                 source="synthetic", accuracy_m=280, importance=0.7)
        for name in STREETS
    ]  # fmt: skip
    documents = [*documents_of_pack(pack()), *streets]
    return CitySearch(build(documents, Areas.of_pack(pack())), pack())


def first(text: str) -> PlaceProposal:
    """The first proposal of the few."""
    return few().search(text)[0]


@pytest.mark.parametrize(
    ("said", "pair"),
    [
        ("jl sutoyo", ("sutoyo", "sutomo")),
        ("jalan sutojo", ("sutojo", "sutomo")),
        ("jl thamrin", ("thamrin", "taman")),
        ("jl veteran", ("veteran", "seteran")),
        ("jl barito", ("barito", "barat")),
        ("jl tumpang", ("tumpang", "simpang")),
        ("jl padi raya", ("padi", "hadi")),
        ("jl merak", ("merak", "meranti")),
        ("jl petek", ("petek", "petompon")),
        ("gang warung", ("warung", "karang")),
        ("gang baru", ("baru", "barusari")),
    ],
)
def test_another_name_is_told_and_doubted(said: str, pair: tuple[str, str]) -> None:
    """Both words, the doubt that Enter does not pass, and the notice."""
    found = few().look_up(said)
    assert found.proposals[0].misspelt == (pair,)
    assert Caution.OTHER_NAME in found.proposals[0].cautions
    told = {one.what: one.words for one in found.notices}
    assert told[Notice.READ_AS] == (f"{pair[0]} → {pair[1]}",)


@pytest.mark.parametrize("said", ["terminal trboyo", "lawan sewu", "polsek bnyumanik"])
def test_a_slip_of_one_letter_is_told_and_not_doubted(said: str) -> None:
    """The place is the one that was meant."""
    (best, *_) = search().search(said)
    assert len(best.misspelt) == 1
    assert Caution.OTHER_NAME not in best.cautions


@pytest.mark.parametrize(
    "said",
    ["mesjid agung jawa tengah", "tjandi", "lawangsewu", "jl mh thamrin", "srondol timur",
     "psr gayam sari", "jl pandana", "pasar djohar", "masjide agung", "balaikota"],
)  # fmt: skip
def test_what_is_the_same_name_is_read_as_no_other(said: str) -> None:
    """By its sound, run together, by initials, a synonym, an ending, or begun and being typed."""
    assert search().search(said)[0].misspelt == ()


def test_a_crossing_tells_what_it_read_as_well() -> None:
    """A lost letter is told; another first letter is perhaps another street."""
    (slip, *_) = search().search("perempatan pandanaran pahlawn")
    assert slip.misspelt == (("pahlawn", "pahlawan"),)
    assert Caution.OTHER_NAME not in slip.cautions
    (other, *_) = search().search("perempatan pandanaran bahlawan")
    assert other.kind is PlaceKind.INTERSECTION
    assert Caution.OTHER_NAME in other.cautions


def test_a_building_does_not_stand_for_its_street() -> None:
    """Only the street of its address was said; with the number it is the building."""
    assert Caution.ON_THE_STREET in first("jl prof hamka").cautions
    assert Caution.ON_THE_STREET in first("jl raden patah").cautions
    assert Caution.ON_THE_STREET not in first("jl pemuda 148").cautions
    assert Caution.ON_THE_STREET not in first("polsek ngaliyan").cautions


def test_a_letter_without_end_is_no_name() -> None:
    """Whatever it folds to."""
    found = few().look_up("a" * 10_000).proposals
    assert all(one.misspelt for one in found)
    assert all(one.misspelt for one in few().look_up("zzzzz").proposals)


def test_a_slip_is_one_letter_of_five_behind_the_first() -> None:
    """Lost, added, changed places, or one vowel for another: never one consonant for another."""
    slips = [("terboyo", "trboyo"), ("pahlawan", "pahlawwan"), ("museum", "musuem"),
             ("suropati", "surapati")]  # fmt: skip
    assert all(is_slip(said, found) for found, said in slips)
    others = [("sutomo", "sutoyo"), ("seteran", "veteran"), ("kawi", "kaw"), ("barat", "barito")]
    assert not any(is_slip(said, found) for found, said in others)
