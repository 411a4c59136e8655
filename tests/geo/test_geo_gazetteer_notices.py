"""What the search tells besides its proposals: nothing that was said is passed over in silence."""

import pytest
from geo_gazetteer_city import search

from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import Caution, Notice, PlaceKind
from kentongan.edge.geo.gazetteer.coordinates import CHARACTERS_MAX
from kentongan.edge.geo.gazetteer.crossing_of_one import CROSSING_WORDS


def told(text: str) -> dict[Notice, tuple[str, ...]]:
    """What is told of a text, and about which words."""
    return {one.what: one.words for one in search().look_up(text).notices}


@pytest.mark.parametrize("text", ["purwosari", "mangunharjo"])
def test_namesakes_are_named(text: str) -> None:
    """Both, told apart, so that the caller can be asked which."""
    labels = told(text)[Notice.NAME_TWICE]
    assert len(labels) == len(set(labels)) == 2
    assert all(label.casefold().startswith(text) for label in labels)


def test_one_of_the_namesakes_was_said() -> None:
    """With its kecamatan the right one comes first; that there is another is still told."""
    found = search().look_up("purwosari mijen")
    assert "Mijen" in found.proposals[0].label


@pytest.mark.parametrize(
    "said", ["mangunharjo mangkang", "mangkang mangunharjo", "banjir mangunharjo mangkang"]
)
def test_the_namesake_beside_what_was_said_comes_first(said: str) -> None:
    """The Mangunharjo beside Mangkang before the one in Tembalang, both before the station that
    lies there and of which nobody spoke; it is asked which is meant."""
    found = search().look_up(said)
    labels = [one.label for one in found.proposals]
    assert labels[:2] == ["Mangunharjo, Tugu", "Mangunharjo, Tembalang"]
    assert found.notices[0].what is Notice.NAME_TWICE
    assert "Stasiun Mangkang" in labels[2:]
    assert all("mangkang" in one.left_out for one in found.proposals[:2])


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("stasiun mangkang", "Stasiun Mangkang"),
        ("stasiun mangkang mangunharjo", "Stasiun Mangkang"),
        ("kauman johar", "Pasar Johar"),
    ],
)
def test_a_place_that_was_said_stays_before_the_area_it_lies_in(said: str, label: str) -> None:
    """By what it is, or by a word that is no area's."""
    assert search().search(said)[0].label == label


NEARS = [None, Point(-6.970819, 110.302227), Point(-6.96983, 110.29047), Point(-7.05, 110.44)]
"""Nobody knows; at the station; at the terminal; at the other end of the city."""


@pytest.mark.parametrize("near", NEARS)
@pytest.mark.parametrize(
    ("said", "areas", "named_after"),
    [
        (
            "mangkang",
            {"Mangkang Wetan, Tugu", "Mangkang Kulon, Tugu"},
            ["Terminal Mangkang", "Stasiun Mangkang"],
        ),
        ("genuk", {"Kecamatan Genuk"}, ["Polsek Genuk", "Puskesmas Genuk"]),
    ],
)
def test_an_areas_name_alone_means_the_area(
    said: str, areas: set[str], named_after: list[str], near: Point | None
) -> None:
    """Wherever the caller's cell is, be it at the station; what is named after it is proposed, too,
    the terminal before the station."""
    labels = [one.label for one in search().search(said, near)]
    assert labels[0] in areas
    assert all(labels.index(area) < labels.index(named_after[-1]) for area in areas)
    assert [label for label in labels if label in named_after] == named_after


def test_an_rt_that_is_on_no_map_is_told() -> None:
    """The point is the street's, and the operator must know."""
    assert told("jalan pandanaran rt 3 rw 5")[Notice.NUMBER_UNKNOWN] == ("RT 3 RW 5",)
    assert Notice.NUMBER_UNKNOWN not in told("jalan pandanaran")


def test_a_number_that_the_name_does_not_have_is_told() -> None:
    """A gang or a school that is not on the map: the point is that of the name without it, and the
    number stays for the crew; one that the map has is no matter."""
    assert told("jalan pandanaran gang 7")[Notice.NUMBER_UNKNOWN] == ("Gang 7",)
    assert told("pandanaran gang xii rt 3")[Notice.NUMBER_UNKNOWN] == ("Gang 12 · RT 3",)
    (best, *_) = search().search("jalan pandanaran gang 7 nomor 12")
    assert (best.label, best.address) == ("Jalan Pandanaran", "Gang 7 · No. 12 (perkiraan)")
    assert "Gang 7" in best.detail


def test_words_that_mean_nothing_are_told_once_they_are_whole() -> None:
    """The last one, too, except for its first letters, which may yet become anything; never the
    little words of speech."""
    assert told("xyzqq pandanaran ")[Notice.LEFT_OUT] == ("xyzqq",)
    assert told("pandanaran xyzqq")[Notice.LEFT_OUT] == ("xyzqq",)
    assert Notice.LEFT_OUT not in told("pandanaran xyz")
    assert told("pandanaran xyz ")[Notice.LEFT_OUT] == ("xyz",)
    assert told("tolong pak depan jalan pandanaran ya ") == {}


def test_a_word_that_means_something_else_is_told_as_well() -> None:
    """A market of that name is not there: what is proposed is another one, and says so; a word that
    only another proposal has is missed by the first one."""
    found = search().look_up("kidule pasar peterongan lombok")
    assert "lombok" in found.proposals[0].left_out
    assert told("puskesmas bongsari")[Notice.PARTLY] == ("puskesmas",)
    assert told("pandanaran papandayan sokaraja")[Notice.LEFT_OUT] == ("sokaraja",)
    assert search().search("gang pandanaran")[0].left_out == ("gang",)


@pytest.mark.parametrize("text", ["zzqqwwx", "jl qqwwzz", "gg. Zzyzx "])
def test_what_is_not_found_is_told(text: str) -> None:
    """An empty list says for what."""
    found = search().look_up(text)
    assert found.proposals == ()
    assert told(text) == {Notice.NOT_FOUND: (text.strip(),)}


def test_a_place_with_its_own_address_takes_no_number() -> None:
    """A house number, a block, RT and RW are the street's; a hospital beside it has its own. The
    number that is its own is no matter."""
    for said in ("jl pandanaran 45", "jl pandanaran no 45", "pandanaran rt 3 rw 5"):
        street, *others = search().search(said)
        assert (street.label, street.left_out) == ("Jalan Pandanaran", ())
        assert "perkiraan" in street.address
        others = [one for one in others if one.kind is not PlaceKind.STREET]
        assert others
        for one in others:
            assert not one.address
            assert {"45", "No. 45", "RT 3 RW 5", "pandanaran"} & set(one.left_out)
    hermina = search().search("jl pandanaran 24")[0]
    assert (hermina.label, hermina.left_out) == ("RS Hermina Pandanaran", ())
    (hospital,) = (one for one in search().search("perum plamongan indah blok c12")
                   if one.label == "RSIA Plamongan Indah")  # fmt: skip
    assert hospital.address == ""
    assert hospital.left_out == ("perumahan", "Blok C12")


def test_a_number_stays_with_the_street_it_was_said_of() -> None:
    """Another street that was said beside it does not get it."""
    found = {one.label: one for one in search().search("jl pandanaran no 45 dekat jl pemuda")}
    assert found["Jalan Pandanaran"].address == "No. 45 (perkiraan)"
    assert found["Jalan Pemuda"].address == ""
    assert "No. 45" in found["Jalan Pemuda"].left_out


def test_a_floor_is_the_hospital_s() -> None:
    """It is told to the crew and makes the point no less sure."""
    (best, *_) = search().search("rs kariadi lantai 3")
    assert (best.address, best.left_out) == ("Lt. 3", ())
    assert Caution.APPROXIMATE not in best.cautions


def test_a_railway_crossing_of_another_number_is_not_proposed() -> None:
    """JPL 6 is not JPL 5, nor is it where that has a 6 in its kilometre."""
    for number in (2, 6, 7):
        found = search().look_up(f"jpl {number}")
        assert all("JPL 5" not in one.label for one in found.proposals)
    assert "JPL 5" in search().search("jpl 5")[0].label


def test_the_other_name_that_a_place_was_found_by_is_named() -> None:
    """Unissula is found at the terminal beside it; a place found by its own name says nothing."""
    (best, *_) = search().search("unisula")
    assert (best.label, best.found_as.casefold()) == ("Terminal Terboyo", "unissula")
    for said in ("terminal terboyo", "rs kariadi", "kelurahan bulu lor"):
        assert search().search(said)[0].found_as == ""


def test_streets_that_do_not_meet_are_told() -> None:
    """A crossing was said; what is proposed instead is not one."""
    assert Notice.NO_CROSSING in told("perempatan purwosari dengan pandanaran")
    assert Notice.NO_CROSSING not in told("pandanaran")


@pytest.mark.parametrize(
    "said", ["perempatan pahlawan siliwangi", "siliwangi pahlawan", "bangjo siliwangi pahlawan"]
)
def test_a_crossing_that_is_not_there_is_told_however_it_was_said(said: str) -> None:
    """Without any word between the two streets, and without one that says "crossing": whoever says
    both means the place where they meet, and one of them alone is another place."""
    assert Notice.NO_CROSSING in told(said)


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ("pertigaan krapyak", "pertigaan"),
        ("perempatan peterongan", "perempatan"),
        ("di bangjo pandanaran", "bangjo"),
        ("lampu merah peterongan", "lampu merah"),
    ],
)
def test_a_crossing_of_one_name_is_told(said: str, word: str) -> None:
    """The middle of the kelurahan, its landmark or the whole street is not where it is: what is
    proposed does without the crossing, so that nobody takes it unread; it is told once."""
    found = search().look_up(said)
    assert found.proposals[0].left_out == (word,)
    assert Notice.NO_CROSSING in told(said)
    assert told(said).keys().isdisjoint({Notice.LEFT_OUT, Notice.PARTLY})


def test_of_the_crossings_of_one_street_none_was_said() -> None:
    """They are shown, and one is chosen by hand; one of which both streets were said is Enter's."""
    first, second = search().search("perempatan jalan pandanaran")[:2]
    for one in (first, second):
        assert (one.kind, one.left_out) == (PlaceKind.INTERSECTION, ("perempatan",))
    assert Notice.NO_CROSSING not in told("perempatan jalan pandanaran")
    for said in ("perempatan pandanaran pahlawan", "perempatan jl pandanaran pahla"):
        best = search().search(said)[0]
        assert (best.kind, best.left_out) == (PlaceKind.INTERSECTION, ())


@pytest.mark.parametrize("said", ["gg. lombok rt 5/rw 3 lamper tengah", "jl pemuda rt 5 / rw.3"])
def test_the_slash_of_rt_and_rw_is_no_crossing(said: str) -> None:
    """It parts two numbers, not two streets, and both are kept for the crew."""
    assert Notice.NO_CROSSING not in told(said)
    (best, *_) = search().search(said)
    assert "RT 5 RW 3" in best.address or "RT 5 RW 3" in best.left_out


@pytest.mark.parametrize(
    "said",
    [
        "perempatan tugu muda",
        "simpang lima",
        "purwosari mijen",
        "jalan pandanaran kodim",
        "hotel ciputra simpang lima",
        "jalan pahlawan kel siliwangi",
        "jalan pahlawan kecamatan siliwangi",
    ],
)
def test_what_is_no_crossing_is_not_missed(said: str) -> None:
    """A landmark by its name, a place and its district."""
    assert Notice.NO_CROSSING not in told(said)
    assert CROSSING_WORDS.isdisjoint(search().search(said)[0].left_out)


def test_a_text_that_is_cut_is_told() -> None:
    """Its beginning is searched for."""
    assert Notice.CUT in told("jalan pandanaran " + "x" * CHARACTERS_MAX)
    assert Notice.CUT not in told("jalan pandanaran")
