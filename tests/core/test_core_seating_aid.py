"""Mutual aid in the plan and in a shortage: it counts there as it counts in the list."""

from collections.abc import Sequence

import pytest
from core_world import PLANS
from msgspec import structs
from test_core_mutual_aid import exactly
from test_core_recommend import MED, NOON, candidate

from kentongan.cities.facts import Capability
from kentongan.cities.run_cards import RunLine
from kentongan.core.candidates import Candidate
from kentongan.core.recommend import Wish, recommend
from kentongan.core.rows import IncidentRow
from kentongan.core.run_card import Asked
from kentongan.core.shortage import alternatives
from kentongan.core.words import IncidentId

ARREST = Asked("x", (RunLine(needs=(Capability.ALS,)), RunLine(needs=(Capability.BLS,))))
BASIC = ("bls", "transport")
WISH = Wish(nature=MED, card=ARREST, own_first_s=180, busy_s={"on_scene": 60})


def basic(key: str, seconds: float, *, aid: bool = False, age_s: float | None = 3) -> Candidate:
    """A basic ambulance, of the leading agency or a neighbour's."""
    agency = "pmi" if aid else "dinkes"
    return exactly(candidate(key, agency=agency, can=BASIC, age_s=age_s), seconds)


def sent(candidates: Sequence[Candidate]) -> set[str]:
    """Who is in the plan beside those two own advanced ones, five and six minutes away."""
    advanced = [exactly(candidate(key), seconds) for key, seconds in (("A1", 300), ("A2", 360))]
    found = recommend(WISH, [*advanced, *candidates], NOON).plan
    assert found is not None
    return {one.unit for one in found.units}


@pytest.mark.parametrize("age_s", [121.0, 7_200.0, None])
def test_an_own_unit_goes_before_a_neighbours_of_unknown_place(age_s: float | None) -> None:
    """However near it is supposed to be; without another it spares no own unit either."""
    unseen = basic("AID", 200, aid=True, age_s=age_s)
    assert sent([unseen, basic("OWN", 528)]) == {"A1", "OWN"}
    assert sent([unseen]) == {"A1", "A2"}


@pytest.mark.parametrize(
    ("aid_s", "second"), [(472, "OWN"), (360, "OWN"), (359, "AID"), (60, "AID")]
)
def test_a_neighbours_unit_goes_before_an_own_one_when_it_is_plainly_sooner(
    aid_s: float, second: str
) -> None:
    """Own in 540 s, its place fresh: at three minutes the own one, a second beyond it the other."""
    assert sent([basic("AID", aid_s, aid=True), basic("OWN", 540)]) == {"A1", second}


def test_what_asking_costs_counts_among_the_minutes_that_are_waited_for() -> None:
    """A neighbour's spares the second own one (6 min) if it is there 5 min later, asking counted:
    660 s less 180 s."""
    assert sent([basic("AID", 480, aid=True)]) == {"A1", "AID"}
    assert sent([basic("AID", 481, aid=True)]) == {"A1", "A2"}


def test_a_shortage_and_who_is_soon_free_count_it_alike() -> None:
    """Own in 500 s before a neighbour's of unknown place or 400 s; behind one of 200 s."""
    row = IncidentRow(
        key=IncidentId("i1"), state="open", number=1, long_id="x", code="x", opened_at=NOON
    )
    far = basic("FAR", 400, aid=True)
    parts = [basic("NEAR", 200, aid=True), far, basic("LOST", 60, aid=True, age_s=None)]
    own = basic("OWN", 500)
    found = recommend(WISH, [*parts, own], NOON)
    ways = alternatives(found, row, MED, PLANS)
    assert [one.unit for one in ways if one.way == "part"][:2] == ["NEAR", "OWN"]
    at_work = [
        structs.replace(candidate(key, agency=agency, low=low, engaged=True), turnout_s=0)
        for key, agency, low in (("AID", "pmi", 200), ("OWN", "dinkes", 240))
    ]
    assert [one.unit for one in recommend(WISH, at_work, NOON).soon] == ["OWN", "AID"]
