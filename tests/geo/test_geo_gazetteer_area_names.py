"""An area is found by its whole name in the other order, or in two words, and an outside town by
its own name."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from geo_gazetteer_city import pack

from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import Caution, Notice, PlaceKind
from kentongan.edge.geo.gazetteer.aliases import AliasAdded, AliasBook
from kentongan.edge.geo.gazetteer.area_names import AreaNames
from kentongan.edge.geo.gazetteer.areas import Areas
from kentongan.edge.geo.gazetteer.city import build_city
from kentongan.edge.geo.gazetteer.documents import Document
from kentongan.edge.geo.gazetteer.from_pack import documents_of_pack
from kentongan.edge.geo.gazetteer.gazetteer import build
from kentongan.edge.geo.gazetteer.search import CitySearch

PACK = pack()
SEARCH = CitySearch(build_city(PACK), PACK)
NAMES = AreaNames(SEARCH.gazetteer)
VOWELS = frozenset("aeiou")


def first(said: str, near: Point | None = None) -> str:
    """The name of the first proposal, without its kecamatan."""
    found = SEARCH.search(said, near, limit=4)
    return found[0].label.partition(",")[0] if found else ""


def syllables_apart(name: str) -> Iterator[str]:
    """The name in two words, parted before a consonant with a vowel on either side."""
    for at in range(3, len(name) - 2):
        one, other = name[:at], name[at:]
        is_parted = other[0] not in VOWELS and (one[-1] in VOWELS or one[-1] in "nrg")
        if is_parted and VOWELS & set(one) and VOWELS & set(other):
            yield f"{one} {other}"


def test_every_kelurahan_of_two_words_is_first_in_the_other_order() -> None:
    """The direction said first belongs to the name, and not to the other one of the pair."""
    two = [one.name for one in PACK.kelurahan if one.name.count(" ") == 1]
    turned = {" ".join(reversed(name.split())): name for name in two}
    assert len(two) == 35
    assert {said: first(said) for said in turned} == turned


def test_every_kelurahan_in_two_words_is_first() -> None:
    """Parted at any syllable."""
    names = [one.name for one in PACK.kelurahan if len(one.name) > 6 and " " not in one.name]
    apart = {said: name for name in names for said in syllables_apart(name.lower())}
    assert len(apart) > 250
    assert {said: first(said) for said in apart} == apart


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("kebakaran di wetan srondol rt 3", "kebakaran di srondol wetan rt 3"),
        ("Lor Panggung, Semarang Utara", "Panggung Lor, Semarang Utara"),
        ("lor panggung semarang utara", "panggung lor semarang utara"),
        ("utr semarang", "semarang utr"),
        ("ngisor bendan", "bendan ngisor"),
        ("jl. Bandar Hardjo 5", "jl. BandarHardjo 5"),
        ("kel banyu manik kec banyu manik", "kel banyumanik kec banyumanik"),
    ],
)
def test_a_whole_name_is_put_as_it_is_written(said: str, written: str) -> None:
    """And nothing else of the text is changed."""
    assert NAMES.as_written(said) == written


@pytest.mark.parametrize(
    "said",
    [
        "", "lor", "di lor", "lor panggung kidul", "kidul pedurungan tengah",
        "selatan semarang tengah", "sebelah utara semarang", "lor, panggung", "panggung lor",
        "timur semarang tawang", "timur simpang lima", "bandar ahmad yani", "bandar, harjo",
        "utara", "x y z",
    ],
)  # fmt: skip
def test_any_other_text_stays(said: str) -> None:
    """A direction before a longer name is a relation; a comma parts what is said."""
    assert NAMES.as_written(said) == said


def test_a_street_that_is_written_in_two_words_stays_in_two() -> None:
    """Jalan Bandar Harjo would be another place than the kelurahan."""
    street = Document(
        key="street", name="Jalan Bandar Harjo", kind=PlaceKind.STREET, lat=-6.99, lon=110.41,
        source="synthetic", accuracy_m=280, importance=0.7,
    )  # fmt: skip
    gazetteer = build([*documents_of_pack(PACK), street], Areas.of_pack(PACK))
    assert AreaNames(gazetteer).as_written("jl bandar harjo") == "jl bandar harjo"
    assert CitySearch(gazetteer, PACK).search("jl bandar harjo")[0].label.startswith("Jalan")


def test_a_local_name_of_these_words_is_kept() -> None:
    """What a crew has put right under the words as they were said."""
    book = AliasBook()
    at = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    book.apply(
        AliasAdded(id="a1", phrases=("pos banyu manik",), label="Pos Banyu", by="AMB03", at=at,
                   point=Point(-6.99, 110.40))
    )  # fmt: skip
    labels = [one.label for one in SEARCH.with_aliases(book).search("pos banyu manik")]
    assert "Pos Banyu" in labels


def test_an_outside_town_comes_before_what_its_name_only_looks_like() -> None:
    """Also for a caller who stands in Gemah; nothing was read as another word."""
    gemah = next(one.point for one in PACK.kelurahan if one.name == "Gemah")
    for said in ("demak", "jl demak", "sayung demak"):
        found = SEARCH.look_up(said, gemah)
        labels = [one.label.partition(",")[0] for one in found.proposals]
        assert labels.index("Kota Demak") < labels.index("Gemah")
        assert Notice.READ_AS not in {one.what for one in found.notices}
        assert Caution.OTHER_NAME not in found.proposals[0].cautions
