"""What the search tells besides its proposals: nothing that was said is passed over in silence."""

import pytest
from geo_gazetteer_city import search

from kentongan.cities.gazetteer import Notice
from kentongan.edge.geo.gazetteer.coordinates import CHARACTERS_MAX


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
    """Not while the last one may still be being typed; never the little words of speech."""
    assert told("xyzqq pandanaran ")[Notice.LEFT_OUT] == ("xyzqq",)
    assert Notice.LEFT_OUT not in told("pandanaran xyzqq")
    assert told("tolong pak depan jalan pandanaran ya ") == {}


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
    "said", ["perempatan tugu muda", "simpang lima", "purwosari mijen", "jalan pandanaran kodim"]
)
def test_what_is_no_crossing_is_not_missed(said: str) -> None:
    """A landmark by its name, a place and its district."""
    assert Notice.NO_CROSSING not in told(said)


def test_a_text_that_is_cut_is_told() -> None:
    """Its beginning is searched for."""
    assert Notice.CUT in told("jalan pandanaran " + "x" * CHARACTERS_MAX)
    assert Notice.CUT not in told("jalan pandanaran")
