"""Mutual aid goes first when it is plainly sooner, says so, and never otherwise."""

from msgspec import structs
from test_core_recommend import MED, NOON, candidate, keys, offered

from kentongan.core.candidates import Candidate, Travel
from kentongan.core.recommend import Wish, recommend


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
