"""A place that is known here is proposed when everything said around it is not, and only then.

On the pack alone, as a new city is: few names, so that words which mean nothing weigh the most.
"""

from functools import cache

import pytest
from geo_gazetteer_city import pack

from kentongan.cities.gazetteer import Notice
from kentongan.edge.geo.gazetteer.areas import Areas
from kentongan.edge.geo.gazetteer.from_pack import documents_of_pack
from kentongan.edge.geo.gazetteer.gazetteer import build
from kentongan.edge.geo.gazetteer.search import CitySearch


@cache
def bare() -> CitySearch:
    """The pack's own names."""
    return CitySearch(build(documents_of_pack(pack()), Areas.of_pack(pack())), pack())


@pytest.mark.parametrize(
    ("said", "known", "left"),
    [
        ("fly over kalibanteng", "Bundaran Kalibanteng", ("fly", "over")),
        ("jembatan besi sampangan", "Sampangan, Gajahmungkur", ("jembatan", "besi")),
        ("kebun binatang mangkang", "Stasiun Mangkang", ("kebun", "binatang")),
        ("bengkel motor pak joko gayamsari", "Gayamsari, Gayamsari", ("bengkel", "motor", "joko")),
    ],
)  # fmt: skip
def test_one_known_place_among_unknown_words_is_proposed_and_says_so(
    said: str, known: str, left: tuple[str, ...]
) -> None:
    """Each proposal does without the words, so that Enter takes none of them."""
    found = bare().look_up(said)
    assert known in [one.label for one in found.proposals[:5]]
    assert {one.left_out for one in found.proposals} == {left}
    assert {one.what: one.words for one in found.notices}[Notice.LEFT_OUT] == left


def test_a_known_place_is_not_hidden_by_another_of_which_a_part_was_said() -> None:
    """A field elsewhere explains the first word; the place that was named is shown beside it."""
    found = bare().look_up("lapangan voli sendangmulyo")
    assert "Sendangmulyo, Tembalang" in [one.label for one in found.proposals[:3]]
    assert all(one.left_out for one in found.proposals)


@pytest.mark.parametrize(
    "said",
    [
        "rumah pak joko",
        "bengkel pak slamet raharjo",  # a person; the general's street is another matter
        "toko besi maju jaya",
        "pasar ikan hias jurnatan",  # what a thing is names none of its kind
        "bengkel las banjir kanal timur",
        "kecelakaan truk tangki terguling",
        "kos putri bu yani",
    ],
)
def test_words_that_name_no_place_bring_none(said: str) -> None:
    """No flood of what sounds like, or shares a kind, a direction or a person's name with them."""
    assert bare().search(said) == []
