"""A street that was said: where the city does not know it, nothing called like it takes its place.

The city here is the one that ships: synthetic streets, and main streets by one rough point.
"""

from functools import cache

import msgspec
import pytest
from geo_gazetteer_city import pack
from test_geo_gazetteer_queries import DESIGN, MESSY

from kentongan.cities.gazetteer import Caution, Notice, PlaceKind, PlaceProposal
from kentongan.cities.landmarks import LandmarkKind
from kentongan.edge.geo.gazetteer.city import build_city
from kentongan.edge.geo.gazetteer.no_street import streets_said
from kentongan.edge.geo.gazetteer.search import CitySearch
from kentongan.edge.geo.synthetic.network import synthetic_network

PACK = pack()


@cache
def shipped(*, knows_streets: bool = True) -> CitySearch:
    """The city as it ships, or without the main streets that its pack knows by a point."""
    places = PACK.landmarks
    if not knows_streets:
        places = tuple(one for one in places if one.kind is not LandmarkKind.STREET)
    city = msgspec.structs.replace(PACK, landmarks=places)
    return CitySearch(build_city(city, network=synthetic_network(city).network), city)


@pytest.mark.parametrize(
    ("said", "best", "street"),
    [
        ("jl A. Yani", "Bandara Ahmad Yani", "Ahmad Yani"),
        ("jalan diponegoro depan alfamart", "Undip Tembalang", "Diponegoro"),
        ("jl kariadi", "RSUP Dr. Kariadi", "Kariadi"),
    ],
)
def test_what_is_called_like_a_missing_street_says_that_it_is_none(
    said: str, best: str, street: str
) -> None:
    """And the notice names the street."""
    found = shipped(knows_streets=False).look_up(said)
    assert found.proposals[0].label == best
    assert Caution.NO_STREET in found.proposals[0].cautions
    assert (street,) in [one.words for one in found.notices if one.what is Notice.NO_STREET]


@pytest.mark.parametrize(
    "said",
    [
        "bandara ahmad yani",
        "di jalan depan lawang sewu",
        "jalan masuk pasar johar",
        "jl pemuda",
        "kecelakaan di jalan di depan Lawang Sewu",
        "jalan ke bandara ahmad yani",
        "jalan di Pasar Johar",
        "masuk gang di belakang pasar johar",
        "tidak bisa jalan, Pasar Johar",
    ],
)
def test_no_street_is_missed_where_none_was_said(said: str) -> None:
    """A road without a name, a place by its own name, and a street that is there."""
    found = shipped(knows_streets=False).look_up(said)
    assert Caution.NO_STREET not in found.proposals[0].cautions
    assert Notice.NO_STREET not in [one.what for one in found.notices]


@pytest.mark.parametrize("said", ["jl pahlawan", "jl pahlwan", "mt haryono", "jl a yani"])
def test_a_main_street_known_by_one_point_says_how_rough_that_is(said: str) -> None:
    """Enter takes none of them, and no notice says that the street is missing."""
    found = shipped().look_up(said)
    best = found.proposals[0]
    assert best.kind is PlaceKind.STREET
    assert best.source == ("unverified",)
    assert {Caution.ROUGH, Caution.LOW_CONFIDENCE} <= set(best.cautions)
    assert best.accuracy_m == 1_500
    assert not found.notices


def test_a_street_that_is_drawn_is_not_known_by_a_point_as_well() -> None:
    """Jalan Siliwangi is an address of the pack, so a main road carries its name."""
    found = [one for one in shipped().search("jalan siliwangi") if one.kind is PlaceKind.STREET]
    assert [one.source for one in found if one.label == "Jalan Siliwangi"] == [("synthetic",)]


def test_of_the_queries_the_city_as_it_ships_answers_what_it_knows() -> None:
    """Of the 112 it finds 82; where another place is first, that says its doubt or what it leaves
    out, but for two schools that no file of the city has, and their numbered streets."""
    wrong = {
        said: found
        for said, right in {**DESIGN, **MESSY}.items()
        if not _is(found := shipped().look_up(said, None, 5).proposals[:1], right)
    }
    assert len({**DESIGN, **MESSY}) - len(wrong) >= 82
    silent = [said for said, found in wrong.items() if found and not _is_doubted(found[0])]
    assert sorted(silent) == ["sman 3", "smk n 7"]


def test_streets_said() -> None:
    """The words behind each word for a street, without titles."""
    assert streets_said("Jl. Dr. Cipto 45 perempatan jln. Barito")[1] == ("barito",)
    assert streets_said("jl dr cipto")[0] == ("cipto",)
    assert streets_said("tol jalan tol km 3, jalan depan pasar, rumah saya") == ()
    assert streets_said("jalan") == streets_said("") == ()


def _is(found: tuple[PlaceProposal, ...], right: str) -> bool:
    labels = [one.label.partition(",")[0] for one in found]
    return any(one.partition(",")[0] in labels for one in right.split("|"))


def _is_doubted(one: PlaceProposal) -> bool:
    doubts = {Caution.OTHER_NAME, Caution.ON_THE_STREET, Caution.NO_STREET}
    return bool(one.left_out or doubts & set(one.cautions))
