"""Mutual aid goes first when it is plainly sooner, says so, and never otherwise."""

import pytest
from msgspec import structs
from test_core_recommend import MED, NOON, candidate, keys, offered

from kentongan.core.candidates import Candidate, Loss, Travel
from kentongan.core.recommend import Wish, recommend
from kentongan.core.travel_times import POSITION_OLD_S


def aid(key: str, low: float) -> Candidate:
    """A neighbour's ambulance that can do everything."""
    return candidate(key, agency="pmi", low=low)


def test_mutual_aid_goes_first_when_it_is_sooner_by_more_than_the_citys_bound() -> None:
    """To the minute, and it says by how much; the bound is data, and capability is not outbid."""
    far = candidate("OWN", low=600)
    for low, bound_s, first in (
        (600, 0, "OWN"),  # of equals one's own
        (500, 180, "OWN"),
        (300, 180, "AID"),
        (300, 600, "OWN"),
        (500, 0, "AID"),
    ):
        found = recommend(Wish(nature=MED, own_first_s=bound_s), [far, aid("AID", low)], NOON)
        assert offered(found)[0] == first, (low, bound_s)
    found = recommend(Wish(nature=MED, own_first_s=180), [far, aid("AID", 100)], NOON)
    own, other = found.offered[1], found.offered[0]
    assert own.eta_s_high is not None
    assert other.eta_s_high is not None
    sooner = {one.key: one.params for one in other.reasons}["aid_sooner"]
    assert sooner == {"minutes": f"{(own.eta_s_high - other.eta_s_high) // 60:.0f}"}
    assert "mutual_aid" in keys(other)
    assert "aid_sooner" not in keys(own)
    part = candidate("BLS", agency="pmi", can=("bls",), low=10)
    found = recommend(Wish(nature=MED, own_first_s=180), [far, part], NOON)
    assert offered(found) == ["OWN", "BLS"]
    assert "aid_sooner" not in keys(found.offered[1]), "it is sooner, and cannot do the same"


def test_without_an_own_unit_mutual_aid_says_nothing_of_being_sooner() -> None:
    """Nobody waits for an own unit that cannot come."""
    cut = structs.replace(candidate("OWN", low=900), marks=("on_closed",))
    travel = Travel(seconds_low=900, seconds_high=900, distance_m=1, source="straight_line")
    cut = structs.replace(cut, travel=travel)
    near = structs.replace(
        aid("AID", 60),
        travel=Travel(seconds_low=60, seconds_high=60, distance_m=1, source="road_network"),
    )
    found = recommend(Wish(nature=MED, own_first_s=180), [cut, near], NOON)
    assert offered(found) == ["AID", "OWN"]
    assert "aid_sooner" not in keys(found.offered[0])


@pytest.mark.parametrize(
    ("age_s", "first"),
    [(POSITION_OLD_S, "AID"), (POSITION_OLD_S + 1, "OWN"), (7_200.0, "OWN"), (None, "OWN")],
)
def test_mutual_aid_goes_first_only_from_a_fresh_position(age_s: float | None, first: str) -> None:
    """Nobody knows that it is sooner: it stands behind all own units, the nearer of them first."""
    unseen = [
        candidate("B", agency="pmi", low=120, age_s=age_s),
        candidate("AID", agency="pmi", low=60, age_s=age_s),
    ]
    own = [candidate("OWN", low=1_200, age_s=None), candidate("OWN2", low=1_500)]
    found = recommend(Wish(nature=MED, own_first_s=180), [*own, *unseen], NOON)
    assert offered(found)[0] == first
    if first == "OWN":
        assert offered(found) == ["OWN", "OWN2", "AID", "B"]
        assert not any("aid_sooner" in keys(one) for one in found.offered)


def exactly(one: Candidate, seconds: float, *areas: str) -> Candidate:
    """There in so many seconds, turnout included, and so much is left uncovered."""
    drive_s = seconds - one.turnout_s
    travel = Travel(
        seconds_low=drive_s, seconds_high=drive_s, distance_m=drive_s * 8, source="road_network"
    )
    return structs.replace(one, travel=travel, loss=Loss(areas, 480, "road"))


@pytest.mark.parametrize("own_s", [600, 630, 659])
def test_the_bound_is_more_than_three_minutes_to_the_second(own_s: int) -> None:
    """Of equal losses: at 179 and at 180 s one's own, at 181 s the neighbour's."""
    own = exactly(candidate("OWN"), own_s)
    for sooner_s, first in ((179, "OWN"), (180, "OWN"), (181, "AID")):
        other = exactly(aid("AID", 0), own_s - sooner_s)
        found = recommend(Wish(nature=MED, own_first_s=180), [other, own], NOON)
        assert offered(found)[0] == first, sooner_s


def test_within_the_minute_the_bound_ends_in_cover_decides_as_between_any_two() -> None:
    """Own in 630 s, counted as minute 10; so are a neighbour's 420 to 479 s."""
    for aid_s, own_loses, aid_loses, first in (
        (451, (), ("Candi",), "OWN"),  # 179 s sooner
        (451, ("Candi",), (), "AID"),
        (450, (), ("Candi",), "OWN"),  # 180 s
        (450, ("Candi",), (), "AID"),
        (449, (), ("Candi",), "OWN"),  # 181 s
        (449, ("Candi",), (), "AID"),
        (480, ("Candi",), (), "OWN"),  # a minute later
        (419, (), ("Candi",), "AID"),  # a minute earlier
    ):
        own = exactly(candidate("OWN"), 630, *own_loses)
        other = exactly(aid("AID", 0), aid_s, *aid_loses)
        found = recommend(Wish(nature=MED, own_first_s=180), [other, own], NOON)
        assert offered(found)[0] == first, (aid_s, own_loses)
