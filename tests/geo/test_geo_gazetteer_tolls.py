"""A toll road's kilometre on the carriageway that was meant, and the way of a unit to it."""

import pytest
from geo_gazetteer_city import MARKS, pack, search

from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import Notice, PlaceKind, PlaceProposal
from kentongan.edge.geo.gazetteer.carriageways import Ahead, Carriageways
from kentongan.edge.geo.gazetteer.search import CitySearch
from kentongan.edge.geo.network.assemble import Piece, assemble
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.network.road_network import BOTH, KIND_OF, EdgeFlag, RoadNetwork
from kentongan.edge.geo.routing.router import Router

NORTH, SOUTH = (Point(*MARKS[f"KM {km} Tol Semarang–Solo"]) for km in (427, 429))
BESIDE = 0.00015
"""From the middle to either carriageway, degrees: 17 m."""

MOTORWAY, STREET = KIND_OF["motorway"], KIND_OF["secondary"]
FALLS = ["arah jakarta", "B", "arah semarang", "menuju kendal"]
RISES = ["arah solo", "A", "jurusan surabaya", "ke salatiga"]


def roads() -> RoadNetwork:
    """From mark to mark, driven on the left: southwards east of the middle, northwards west of it;
    one may turn at both ends. One carriageway is drawn against its traffic."""
    (n_lat, n_lon), (s_lat, s_lon) = (
        (NORTH.lat + 0.002, NORTH.lon - 0.001), (SOUTH.lat - 0.002, SOUTH.lon + 0.001),
    )  # fmt: skip
    ends = {
        1: (n_lat, n_lon + BESIDE), 2: (s_lat, s_lon + BESIDE),
        3: (s_lat, s_lon - BESIDE), 4: (n_lat, n_lon - BESIDE),
    }  # fmt: skip

    def piece(tail: int, head: int, kind: int, flags: int, name: str) -> Piece:
        lats, lons = zip(ends[tail], ends[head], strict=True)
        return Piece(tail, head, lats, lons, 10 * tail + head, kind, flags, name)

    pieces = [
        piece(1, 2, MOTORWAY, EdgeFlag.FORWARD, "Tol"),
        piece(4, 3, MOTORWAY, EdgeFlag.BACKWARD, "Tol"),
        piece(1, 4, STREET, BOTH, "Jalan Utara"),
        piece(2, 3, STREET, BOTH, "Jalan Selatan"),
    ]
    return assemble(pieces, source="synthetic", label="toll", version="1").network


@pytest.fixture(scope="module")
def city() -> CitySearch:
    """The search with the two carriageways."""
    found = search().with_aliases(search().aliases)
    found.carriageways = Carriageways(roads())
    return found


def of(city: CitySearch, said: str) -> PlaceProposal:
    """The kilometre that is proposed first."""
    first = city.search(f"tol semarang solo km 428{'' if len(said) == 1 else ' '}{said}")[0]
    assert first.kind is PlaceKind.TOLL_KM
    return first


def middle(lat: float) -> float:
    """Longitude between the carriageways."""
    share = (lat - NORTH.lat - 0.002) / (SOUTH.lat - NORTH.lat - 0.004)
    return NORTH.lon - 0.001 + share * (SOUTH.lon - NORTH.lon + 0.002)


@pytest.mark.parametrize("said", [*FALLS, *RISES])
def test_the_point_is_on_the_carriageway_that_was_meant(city: CitySearch, said: str) -> None:
    """By the town one drives to or by the side's letter; the other one lies 33 m beside it."""
    found = of(city, said)
    east = found.point.lon - middle(found.point.lat)
    assert east == pytest.approx(BESIDE if said in RISES else -BESIDE, abs=BESIDE / 10)
    assert "jalur belum pasti" not in found.detail


def test_a_unit_drives_to_that_carriageway(city: CitySearch) -> None:
    """From the north end the way to the one is half the road; to the other it goes all the way down
    and comes back."""
    router = Router(roads())
    start = Point(NORTH.lat + 0.002, NORTH.lon - 0.001)
    metres = {}
    for said in ("arah solo", "arah jakarta"):
        way = router.journey(Profile.AMBULANCE, start, of(city, said).point)
        assert way is not None
        assert way.walk_m < 1
        metres[said] = way.distance_m
    assert metres["arah jakarta"] > 2.5 * metres["arah solo"]


def test_a_side_that_was_not_said_is_told_to_be_unknown(city: CitySearch) -> None:
    """The point stays between the carriageways, and the proposal says so; so it does without roads
    and for a town that nobody knows."""
    for found in (of(city, ""), of(city, "arah atlantis"), of(search(), "arah solo")):
        assert "jalur belum pasti" in found.detail
        assert abs(found.point.lon - middle(found.point.lat)) < BESIDE / 10


@pytest.mark.parametrize(
    ("said", "relation"),
    [
        ("arah solo ada kecelakaan", "arah solo"),
        ("menuju jakarta truk terguling", "arah jakarta"),
        ("mobil masuk ke jurang arah jakarta mohon bantuan", "arah jakarta"),
        ("ke salatiga macet", "arah salatiga"),
        ("arah tembalang mobil terbakar", "arah tembalang"),
        ("mobil masuk ke jurang", ""),
        ("ada mobil jatuh ke sungai besar", ""),
        ("arah atlantis", ""),
    ],
)
def test_the_town_alone_is_the_direction(city: CitySearch, said: str, relation: str) -> None:
    """Whatever words follow it or stand before it; what is no town is no direction."""
    found = of(city, said)
    assert found.relation == relation
    if relation:
        assert found.point == of(city, relation).point
        assert "jalur belum pasti" not in found.detail
    else:
        assert "jalur belum pasti" in found.detail


def test_a_town_of_the_map_tells_the_way_where_the_pack_does_not(city: CitySearch) -> None:
    """Where the road's own towns do not name it, the town's place decides: Tembalang lies north."""
    assert all("Tembalang" not in (*one.up, *one.down) for one in pack().tolls)
    assert of(city, "arah tembalang").point.lon < middle(of(city, "arah tembalang").point.lat)


def test_no_carriageway_leads_there(city: CitySearch) -> None:
    """A motorway that is too far away, or leads elsewhere, is not taken."""
    ways = city.carriageways
    assert ways is not None
    assert ways.find(Point(NORTH.lat, NORTH.lon + 0.02), Ahead(-1.0, 0.4), 300) is None
    assert ways.find(NORTH, Ahead(0.0, 0.0), 300) is None


@pytest.mark.parametrize(
    ("said", "relation"),
    [
        ("tol jatingaleh km 3", ""),
        ("KM 3 tol jatingaleh arah srondol", "arah srondol"),
        ("kecelakaan tol jatingaleh", ""),
    ],
)
def test_a_section_without_signs_is_found_by_its_gate(said: str, relation: str) -> None:
    """Not the street of that name first; its kilometre is told to be unknown and pinned on
    nothing, and the direction is kept whole."""
    found = search().look_up(said)
    (best, *others) = found.proposals
    assert best.label.startswith("Gerbang Tol Jatingaleh")
    assert "Jalan Jatingaleh" in [one.label for one in others]
    assert best.relation == relation
    assert all(one.address == "" for one in found.proposals)
    told = {one.what: one.words for one in found.notices}
    if "km" in said.casefold():
        assert told == {Notice.KILOMETRE_UNKNOWN: ("KM 3",)}
        assert all("KM 3" in one.left_out for one in found.proposals)
    else:
        assert told == {}


def test_a_sign_of_another_road_stands_behind_the_gate_that_was_said() -> None:
    """Kilometre 428 of the road to Solo is not on the city's own section; it is still shown."""
    gate, sign, *_ = search().search("tol krapyak km 428")
    assert gate.label.startswith("Gerbang Tol Krapyak")
    assert (sign.kind, sign.left_out) == (PlaceKind.TOLL_KM, ("krapyak",))


def test_a_gate_names_the_road_of_its_signs() -> None:
    """Banyumanik is a gate of the road to Solo: its kilometre is meant, and nothing is missed."""
    (best, *_) = search().search("tol banyumanik km 428")
    assert (best.kind, best.left_out) == (PlaceKind.TOLL_KM, ())


def test_a_street_beside_a_toll_road_stays_a_street() -> None:
    """Who says a street means it, whatever toll road runs there."""
    assert search().search("jalan jatingaleh dekat tol")[0].label == "Jalan Jatingaleh"


def test_whoever_comes_from_a_town_drives_away_from_it(city: CitySearch) -> None:
    """ "Dari arah Jakarta" is the carriageway that leads to Solo."""
    assert of(city, "dari arah jakarta").point == of(city, "arah solo").point
    assert of(city, "dari arah jakarta").relation == "dari arah jakarta"
