"""Where two streets meet, kilometres of toll roads, railway crossings: by the words people use."""

import random
from pathlib import Path

import pytest
from geo_gazetteer_city import JUNCTIONS, pack, search

from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import Caution, Notice, PlaceKind
from kentongan.edge.geo.gazetteer.city import build_city
from kentongan.edge.geo.gazetteer.crossings import Crossings, part
from kentongan.edge.geo.gazetteer.search import CitySearch
from kentongan.edge.geo.gazetteer.tolls import kilometre_asked
from kentongan.edge.geo.network.build import build_network
from kentongan.edge.geo.osm.read import read_extract

OSM = Path(__file__).parents[2].parent / "shared" / "vectors" / "geo" / "osm"
PORTO_ALEGRE = OSM / "porto_alegre.osm.pbf"

ASKED = 300
"""Crossings asked for with letters lost."""

SAID = [
    "Pandanaran Pahlawan",
    "pandanaran pahlawn",
    "perempatan pandanaran pahlawan",
    "prapatan pandanaran karo pahlawan",
    "pertigaan jl pahlawan dan jl pandanaran",
    "pojok pandanaran sama pahlawan",
    "simpang pandanaran-pahlawan",
    "jl pandanaran x jl pahlawan",
    "Jl. Pandanaran / Jl. Pahlawan",
    "pandanaran ketemu pahlawan",
    "pahlawan & pandanaran",
    "lampu merah pandanaran pahlawan",
    "bangjo pahlawan pandanaran",
    "persimpangan antara jalan pandanaran dengan jalan pahlawan",
]


@pytest.mark.parametrize("said", SAID)
def test_a_crossing_is_found_however_it_is_said(said: str) -> None:
    """With or without a word that says so, in either order, with a lost letter."""
    first = search().search(said)[0]
    assert first.kind is PlaceKind.INTERSECTION
    assert first.label == "Jalan Pandanaran × Jalan Pahlawan"


@pytest.mark.parametrize("pair", JUNCTIONS)
def test_every_crossing_of_the_city_is_found_by_its_bare_names(pair: tuple[str, str]) -> None:
    """Both names without "jalan" and without any word between."""
    bare = " ".join(name.removeprefix("Jalan ").lower() for name in pair)
    found = [set(one.label.split(" × ")) for one in search().search(bare, limit=3)]
    assert set(pair) in found


def test_streets_that_do_not_meet_are_no_crossing() -> None:
    """Both streets are proposed; a crossing is not invented."""
    found = search().search("perempatan papandayan dan barito")
    assert found
    assert all(one.kind is not PlaceKind.INTERSECTION for one in found)


def test_an_x_between_two_streets_is_no_roman_ten() -> None:
    """Where they do not meet, too: the one street is no house number ten of the other."""
    found = search().look_up("papandayan x barito")
    assert Notice.NO_CROSSING in {one.what for one in found.notices}
    assert found.proposals
    for one in found.proposals:
        assert one.address == ""
        assert "10" not in one.left_out
    for said in ("gang x no 5", "jalan pandanaran x rt 3 rw 5"):
        assert part(said).sides == (said,)


def test_a_third_street_is_not_passed_over() -> None:
    """Two streets meet; what was said besides is left out."""
    (best, *_) = search().search("pandanaran dan pahlawan dan barito")
    assert best.label == "Jalan Pandanaran × Jalan Pahlawan"
    assert best.left_out == ("barito",)
    assert search().search("perempatan pandanaran pahlawan")[0].left_out == ()


def test_a_landmark_called_simpang_stays_a_landmark() -> None:
    """Simpang Lima and Tugu Muda are no crossing of two streets."""
    for said, label in (("simpang lima", "Simpang Lima"), ("perempatan tugu muda", "Tugu Muda")):
        assert search().search(said)[0].label == label


def test_the_same_streets_may_meet_twice() -> None:
    """Two places far apart stay two, the one near the caller first; carriageways are one place."""
    crossings = Crossings.of(
        [
            (-6.98, 110.40, ("Jalan Lingkar", "Jalan Raya Lama")),
            (-6.9804, 110.4003, ("Jalan Raya Lama", "Jalan Lingkar")),
            (-7.02, 110.45, ("Jalan Lingkar", "Jalan Raya Lama")),
        ]
    )
    found = crossings.find(part("lingkar dan raya lama"), (-7.02, 110.45), 5)
    assert [round(one.lat, 2) for one in found] == [-7.02, -6.98]


def porto_alegre() -> CitySearch:
    """The streets of a real city of the size of Semarang."""
    if not PORTO_ALEGRE.is_file():
        pytest.skip("no extract of Porto Alegre beside the project")
    extract = read_extract(PORTO_ALEGRE)
    network = build_network(extract.roads, extract.restrictions, extract.barriers).network
    return CitySearch(build_city(pack(), network=network), pack())


def without_a_letter(name: str, chance: random.Random) -> str:
    """A name without one of its letters, any but the first of a word; figures stay."""
    at = chance.choice(
        [at for at in range(1, len(name)) if name[at].isalpha() and name[at - 1].isalnum()]
    )
    return name[:at] + name[at + 1 :]


def test_crossings_survive_a_lost_letter_in_each_street() -> None:
    """Of 300 crossings of a real network at least 98 of a hundred come first."""
    city = porto_alegre()
    assert len(city.gazetteer.crossings) > 5_000
    lost = missed(city, ASKED, seed=4)
    assert len(lost) <= 0.02 * ASKED, lost


def missed(city: CitySearch, count: int, *, seed: int) -> list[str]:
    """Of so many crossings, each street without a letter, those that did not come first."""
    crossings, chance = city.gazetteer.crossings, random.Random(seed)
    lost: list[str] = []
    for n in chance.sample(range(len(crossings)), count):
        wanted = crossings.at(n)
        one, other = (without_a_letter(name, chance) for name in (wanted.one, wanted.other))
        said = f"perempatan {one} dan {other}"
        near = Point(float(crossings.lat.mean()), float(crossings.lon.mean()))
        found = city.search(said, near, 1)
        if not found or found[0].label != wanted.label:
            lost.append(f"{said}: {wanted.label}")
    return lost


def test_a_kilometre_between_two_marks_is_interpolated_and_says_so() -> None:
    """Half way between two marks, with the direction in words and a wider accuracy."""
    (found, *_) = search().search("tol km 428 arah jakarta")
    assert found.kind is PlaceKind.TOLL_KM
    assert found.label == "KM 428 Tol Semarang–Solo"
    assert found.relation == "arah jakarta"
    assert "di antara KM 427" in found.detail
    assert -7.127 < found.point.lat < -7.112
    assert found.accuracy_m is not None
    assert found.accuracy_m > 300


def test_a_kilometre_beyond_the_marks_is_not_snapped_silently() -> None:
    """The nearest known mark, how far off it is, and a caution."""
    (found, *_) = search().search("kecelakaan di tol km 431")
    assert found.label == "KM 429 Tol Semarang–Solo"
    assert "2 km dari KM 431" in found.detail
    assert Caution.APPROXIMATE in found.cautions
    assert found.accuracy_m == 2_300
    assert all(one.kind is not PlaceKind.TOLL_KM for one in search().search("tol km 12"))


@pytest.mark.parametrize(
    ("said", "km", "side", "towards"),
    [
        ("tol km 428", 428.0, "", ""),
        ("TOL KM 428+200 A", 428.2, "A", ""),
        ("km 428,4 arah solo", 428.4, "", "solo"),
        ("jalan tol semarang solo kilometer 430 jurusan jakarta", 430.0, "", "jakarta"),
        ("km 420+600 tol jalur b", 420.6, "B", ""),
        ("tol km 421 lajur A arah solo", 421.0, "A", "solo"),
        ("tol km.429b menuju ungaran", 429.0, "B", "ungaran"),
    ],
)
def test_kilometres_are_read(said: str, km: float, side: str, towards: str) -> None:
    """Decimals, metres after a plus, the carriageway, the direction."""
    asked = kilometre_asked(said)
    assert asked is not None
    assert (asked.km, asked.side, asked.towards) == (km, side, towards)


@pytest.mark.parametrize("said", ["jl majapahit km 12", "5 km dari sini", "tol krapyak", "rumah"])
def test_other_kilometres_are_no_toll_road(said: str) -> None:
    """A street's kilometre, a distance, a gate."""
    assert kilometre_asked(said) is None


@pytest.mark.parametrize(
    "said",
    ["perlintasan kaligawe", "palang kereta kaligawe", "pintu perlintasan ka kaligawe", "jpl 5"],
)
def test_a_railway_crossing_is_found_and_says_how_well_it_is_known(said: str) -> None:
    """The pack knows no point for it: named after its place, with low confidence and a caution."""
    found = next(one for one in search().search(said) if one.kind is PlaceKind.LEVEL_CROSSING)
    assert "Kaligawe" in found.label
    assert {Caution.LOW_CONFIDENCE, Caution.AREA_CENTRE} <= set(found.cautions)
    assert found.accuracy_m is not None
    assert found.accuracy_m >= 1_500
