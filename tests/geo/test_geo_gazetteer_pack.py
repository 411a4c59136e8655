"""On a bare city pack the search is at least as good as the pack's own small one.

The same cases as `tests/cities/test_city_places.py`, asked of the new search; and equal names,
nearness, limits and doubts.
"""

import pytest
from geo_gazetteer_city import pack
from hypothesis import given
from hypothesis import strategies as st

from kentongan.cities.facts import Confidence, Point
from kentongan.cities.gazetteer import Caution, PlaceKind, PlaceProposal
from kentongan.edge.geo.gazetteer.city import build_city
from kentongan.edge.geo.gazetteer.from_pack import documents_of_pack
from kentongan.edge.geo.gazetteer.search import RESULTS_MAX, CitySearch
from kentongan.edge.geo.synthetic.network import synthetic_network

PACK = pack()
SEARCH = CitySearch(build_city(PACK), PACK)


ADDRESSES = """
    jl gg rt rw no 5 v x blok c12 dekat depan lor kidul kel kec pasar st sp tol km 428 dan simpang
    semarang lima 50244 rumah sakit -6,98 110,41 8CG6+PX https://g.co/x
"""
WORDS_OF_ADDRESSES = tuple(ADDRESSES.split())


def labels(said: str, limit: int = 10) -> list[str]:
    """The labels proposed."""
    return [one.label for one in SEARCH.search(said, limit=limit)]


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("Balai Kota Semarang", "Balai Kota Semarang"),
        ("balaikota", "Balai Kota Semarang"),
        ("Jl. Pemuda 148", "Balai Kota Semarang"),
        ("jln pemuda no 148 sekayu", "Balai Kota Semarang"),
        ("simpang lima", "Simpang Lima"),
        ("Simpang 5", "Simpang Lima"),
        ("simpanglima", "Simpang Lima"),
        ("proliman", "Simpang Lima"),
        ("depan alfamart gang sebelah masjid dekat simpang lima", "Simpang Lima"),
        ("lawang sewoe", "Lawang Sewu"),
        ("lawan sewu", "Lawang Sewu"),
        ("masjid baiturahman", "Masjid Raya Baiturrahman"),
        ("tugumuda", "Tugu Muda"),
        ("stasiun tawang", "Stasiun Tawang"),
        ("Tjandi", "Candi, Candisari"),
        ("Candi Baru", "Candi, Candisari"),
        ("tjandi baroe", "Candi, Candisari"),
        ("kali gawe", "Kaligawe, Gayamsari"),
        ("kel. Sekayu kec. Semarang Tengah", "Sekayu, Semarang Tengah"),
        ("kec tembalang", "Kecamatan Tembalang"),
        ("bendan duwur", "Bendan Dhuwur, Gajahmungkur"),
        ("jrakah", "Jerakah, Tugu"),
        ("kariadi", "RSUP Dr. Kariadi"),
        ("RSUD Ketileng", "RSD K.R.M.T. Wongsonegoro"),
        ("puskesmas srondol", "Puskesmas Srondol"),
        ("polsek genuk", "Polsek Genuk"),
        ("bpbd", "BPBD Pos Penggaron"),
        ("undip", "Undip Tembalang"),
        ("semarang tengah", "Kecamatan Semarang Tengah"),
        ("dinas kesehatan", "Dinas Kesehatan"),
    ],
)
def test_the_first_proposal_is_what_was_meant(said: str, label: str) -> None:
    """Abbreviations, old spelling, joined words, wrong letters, whole sentences: first at once."""
    assert labels(said)[0] == label


@pytest.mark.parametrize(
    ("name", "areas"),
    [
        ("purwosari", {"Semarang Utara", "Mijen"}),
        ("Mangunharjo", {"Tembalang", "Tugu"}),
        ("kelurahan purwosari rt 3", {"Semarang Utara", "Mijen"}),
    ],
)
def test_a_name_that_occurs_twice_is_never_decided_by_the_machine(
    name: str, areas: set[str]
) -> None:
    """Both stand first, with their kecamatan in the label, and both say that there are two."""
    first = SEARCH.search(name)[:2]
    plain = name.split()[1] if " " in name else name
    assert {one.label for one in first} == {f"{plain.title()}, {area}" for area in areas}
    assert all(Caution.NAME_TWICE in one.cautions for one in first)
    assert len({one.label for one in first}) == 2


def test_even_one_wanted_proposal_says_that_there_is_another() -> None:
    """With a limit of one the first still carries its caution."""
    (only,) = SEARCH.search("purwosari", limit=1)
    assert Caution.NAME_TWICE in only.cautions


def test_every_place_has_a_source_that_the_pack_explains() -> None:
    """None without one; and whoever has nothing better than "no source found" is marked so on the
    screen, as low in confidence."""
    known = {source.key for source in PACK.sources}
    found = documents_of_pack(PACK)
    assert [one.name for one in found if not one.facts or not known.issuperset(one.facts)] == []
    bare = [one for one in found if set(one.facts) == {"unverified"}]
    assert bare
    marked = [one for one in bare if Caution.LOW_CONFIDENCE in one.cautions]
    assert [one.name for one in bare if one not in marked] == []
    assert {one.confidence for one in bare} == {Confidence.LOW}


def test_the_kecamatan_said_beside_it_tells_them_apart() -> None:
    """The one that was said comes first, the other stays in sight."""
    assert labels("purwosari mijen")[:2] == ["Purwosari, Mijen", "Purwosari, Semarang Utara"]
    assert labels("purwosari kec semarang utara")[0] == "Purwosari, Semarang Utara"
    assert labels("purwosari utara")[0] == "Purwosari, Semarang Utara"


def test_near_breaks_the_tie_and_gives_distances() -> None:
    """With the caller's position known the nearer one comes first, each with its metres."""
    found = SEARCH.search("purwosari", near=Point(-7.07, 110.33))
    assert [one.label for one in found[:2]] == ["Purwosari, Mijen", "Purwosari, Semarang Utara"]
    distances = [one.distance_m for one in found[:2]]
    assert None not in distances
    assert distances == sorted(distances, key=lambda one: one or 0)


def test_every_kelurahan_is_found_by_its_name() -> None:
    """All 177 names lead to their kelurahan in the first four, as `name, kecamatan`."""
    for one in PACK.kelurahan:
        label = f"{one.name}, {PACK.kecamatan_by_code[one.kecamatan].name}"
        assert label in labels(one.name, 4), label


def test_any_letter_of_a_kelurahan_may_be_lost() -> None:
    """A name of seven letters or more survives the loss of any letter but the first."""
    lost: list[str] = []
    for one in PACK.kelurahan:
        if len(one.name) < 7 or " " in one.name:
            continue
        for at in range(1, len(one.name)):
            typed = one.name[:at] + one.name[at + 1 :]
            if "oe" in typed or "aa" in typed:
                continue  # reads as the old spelling of another word
            if one.code not in [found.key for found in SEARCH.search(typed, limit=5)]:
                lost.append(typed)
    assert lost == []


def test_what_is_typed_so_far_is_enough() -> None:
    """From four letters on every beginning of a landmark's name keeps it among five."""
    for name in ("Lawang Sewu", "Masjid Agung Jawa Tengah", "Stasiun Poncol", "Sam Poo Kong"):
        for length in range(4, len(name) + 1):
            found = labels(name[:length], 5)
            assert name in found, (name[:length], found)


def test_doubtful_points_say_so() -> None:
    """Low confidence, area centres, demo posts and places beyond the border carry a caution."""
    hall = SEARCH.search("balai kota")[0]
    assert (hall.confidence, hall.cautions) == (Confidence.LOW, (Caution.LOW_CONFIDENCE,))
    assert hall.accuracy_m == 400
    assert Caution.AREA_CENTRE in SEARCH.search("sekayu")[0].cautions
    assert Caution.DEMO in SEARCH.search("posko gangguan PLN")[0].cautions
    ungaran = SEARCH.search("ungaran")[0]
    assert ungaran.kind is PlaceKind.OUTSIDE
    assert Caution.OUTSIDE_CITY in ungaran.cautions


def test_what_was_said_around_the_name_is_kept_and_moves_no_point() -> None:
    """Relation words and RT/RW are shown, marked as approximate, and the point is the name's."""
    plain = SEARCH.search("krobokan")[0]
    said = SEARCH.search("seberang krobokan rt 03/rw 05 no 12")[0]
    assert said.relation == "seberang"
    assert said.address == "RT 3 RW 5 · No. 12 (perkiraan)"
    assert said.detail.startswith("seberang · RT 3 RW 5 · No. 12 (perkiraan) · ")
    assert Caution.APPROXIMATE in said.cautions
    assert said.point == plain.point
    assert (plain.relation, plain.address) == ("", "")


def test_a_house_number_that_is_known_is_not_approximate() -> None:
    """The address of city hall stands in the pack with its number."""
    hall = SEARCH.search("jln pemuda no 148 sekayu")[0]
    assert hall.address == "No. 148"
    assert Caution.APPROXIMATE not in hall.cautions


@pytest.mark.parametrize("said", ["", "   ", "?!", "zzzzqqqq xxyyzz", "12 34", "\x00", "🙂🙂"])
def test_nothing_is_proposed_for_nothing(said: str) -> None:
    """Empty words, signs, bare numbers and noise give no proposal at all."""
    assert SEARCH.search(said) == []


def test_limit_is_kept() -> None:
    """No more proposals than asked for, never a negative slice, never more than anybody reads."""
    assert len(SEARCH.search("semarang", limit=3)) == 3
    assert SEARCH.search("semarang", limit=0) == []
    assert SEARCH.search("semarang", limit=-5) == []
    assert len(SEARCH.search("semarang", limit=10_000)) <= RESULTS_MAX


def test_a_long_text_is_looked_at_in_part() -> None:
    """Ten thousand and ten million characters give the answer of their beginning."""
    start = SEARCH.search("lawang sewu " + "semarang " * 40)
    assert SEARCH.search("lawang sewu " + "semarang " * 1_200) == start
    assert SEARCH.search("lawang sewu " + "semarang " * 1_200_000) == start


def ordered(found: list[PlaceProposal]) -> bool:
    """Whether the better ones come first."""
    return [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@given(said=st.text(max_size=300))
def test_any_text_gives_an_answer(said: str) -> None:
    """Whatever is typed, the search answers with ordered proposals and raises nothing."""
    found = SEARCH.search(said)
    assert len(found) <= 10
    assert ordered(found)


@given(
    words=st.lists(
        st.sampled_from(WORDS_OF_ADDRESSES),
        max_size=14,
    )
)
def test_any_pile_of_address_words_gives_an_answer(words: list[str]) -> None:
    """The words of addresses in any order and number raise nothing."""
    assert ordered(SEARCH.search(" ".join(words)))


@pytest.mark.parametrize(
    "said", ["perempatan pandanaran pahlawan", "Pandanaran Pahlawan", "pahlawan x pandanaran"]
)
def test_a_crossing_that_the_pack_knows_is_found_in_the_city_as_it_ships(said: str) -> None:
    """On the synthetic streets and without any, with the pack's source and its doubt; a map that
    was imported tells its own."""
    shipped = build_city(PACK, network=synthetic_network(PACK).network)
    for search in (SEARCH, CitySearch(shipped, PACK)):
        first = search.look_up(said)
        assert not first.notices
        best = first.proposals[0]
        assert best.kind is PlaceKind.INTERSECTION
        assert {"Jalan Pandanaran", "Jalan Pahlawan"} == set(best.label.split(" × "))
        assert best.source == ("unverified",)
        assert best.accuracy_m == 400
        assert Caution.LOW_CONFIDENCE in best.cautions


@pytest.mark.parametrize("said", ["tambak lorok rw 14", "tambaklorok"])
def test_a_neighbourhood_that_floods_is_found_in_its_kelurahan(said: str) -> None:
    """The pack names it among what floods: an area, and doubted, since no more is known of it."""
    best = SEARCH.search(said)[0]
    assert (best.label, best.kelurahan) == ("Tambaklorok", "33.74.02.1008")
    assert {Caution.AREA_CENTRE, Caution.LOW_CONFIDENCE} <= set(best.cautions)
