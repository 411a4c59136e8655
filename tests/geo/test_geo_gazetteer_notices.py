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


def test_words_that_mean_nothing_are_told_once_they_are_whole() -> None:
    """Not while the last one may still be being typed; never the little words of speech."""
    assert told("xyzqq pandanaran ")[Notice.LEFT_OUT] == ("xyzqq",)
    assert Notice.LEFT_OUT not in told("pandanaran xyzqq")
    assert told("tolong pak depan jalan pandanaran ya ") == {}


def test_streets_that_do_not_meet_are_told() -> None:
    """A crossing was said; what is proposed instead is not one."""
    assert Notice.NO_CROSSING in told("perempatan purwosari dengan pandanaran")
    assert Notice.NO_CROSSING not in told("pandanaran")


def test_a_text_that_is_cut_is_told() -> None:
    """Its beginning is searched for."""
    assert Notice.CUT in told("jalan pandanaran " + "x" * CHARACTERS_MAX)
    assert Notice.CUT not in told("jalan pandanaran")
