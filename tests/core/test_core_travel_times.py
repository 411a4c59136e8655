"""What may be told of an arrival: cut off behind water, on foot at the end, known from where."""

import re
from datetime import timedelta

import pytest
from core_world import PLANS, SIMPANG_LIMA
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from test_core_recommend import MED, NOON, WIB, candidate, keys, offered

from kentongan.cities.facts import Capability
from kentongan.cities.run_cards import RunLine
from kentongan.core.arrival_words import sentence
from kentongan.core.candidates import STRAIGHT_LINE, Candidate, Loss, Travel
from kentongan.core.recommend import APART_S, CANDIDATES_MAX, Wish, recommend
from kentongan.core.rows import EngagementRow, IncidentRow
from kentongan.core.run_card import Asked
from kentongan.core.shortage import alternatives
from kentongan.core.travel_times import WALK_M_S, WALK_PROMISED_M
from kentongan.core.words import AgencyKey, Fix, IncidentId, Place, Progress, UnitId

PMI = AgencyKey("pmi")


def goes(
    key: str,
    low: float,
    *marks: str,
    source: str = "road_network",
    walk_m: float = 0.0,
    can: tuple[str, ...] = ("als", "bls"),
) -> Candidate:
    """A free ambulance with that way."""
    travel = Travel(seconds_low=low, seconds_high=low * 1.5, distance_m=low * 8, source=source)
    return structs.replace(candidate(key, can=can), travel=travel, walk_m=walk_m, marks=marks)


def straight(key: str, low: float, *marks: str, can: tuple[str, ...] = ("als", "bls")) -> Candidate:
    """One that no road answers for."""
    return goes(key, low, *marks, source=STRAIGHT_LINE, can=can)


@pytest.mark.parametrize("mark", ["on_closed", "not_reached", "off_network"])
def test_who_is_cut_off_goes_after_all_by_road_and_is_promised_to_nobody(mark: str) -> None:
    """57 s as the crow flies over water are not before 127 s by road; the warning says why."""
    found = recommend(Wish(nature=MED), [straight("CUT", 57, mark), goes("FREE", 127)], NOON)
    assert offered(found) == ["FREE", "CUT"]
    free, cut = found.offered
    assert free.promise is not None
    assert cut.promise is None
    assert mark in {one.key for one in cut.warnings}
    assert sentence(cut, "id", WIB).endswith("waktu tiba belum diketahui.")
    assert cut.eta_s_high is not None, "the guess is shown, with its source"


@pytest.mark.parametrize("mark", ["on_closed", "not_reached", "off_network"])
def test_whoever_can_drive_goes_before_who_cannot_whatever_it_can_do(mark: str) -> None:
    """Across all tiers: a part of the help that comes before all of it that does not. Who is cut
    off stays listed, last, flagged, with the reason."""
    part = goes("PART", 60, can=("bls",))
    aid = structs.replace(part, unit=structs.replace(part.unit, key=UnitId("AID"), agency=PMI))
    cut = straight("CUT", 57, mark)
    found = recommend(Wish(nature=MED), [part, cut, aid], NOON)
    assert offered(found) == ["PART", "AID", "CUT"]
    assert [one.cut_off for one in found.offered] == [False, False, True]
    assert mark in {one.key for one in found.offered[-1].warnings}


def test_a_plan_has_nobody_who_cannot_get_there() -> None:
    """Who drives stands in for who is cut off; alone on an island it is wanting, not planned."""
    part, cut = goes("PART", 60, can=("bls",)), straight("CUT", 57, "on_closed")
    wish = Wish(nature=MED, card=Asked("x", (RunLine(needs=(Capability.ALS,)),)))
    both = recommend(wish, [cut, part], NOON).plan
    assert both is not None
    assert [(one.unit, one.fits) for one in both.units] == [("PART", False)]
    far = goes("FAR", 900, can=("pump",))
    alone = recommend(wish, [cut, far], NOON)
    assert alone.plan is not None
    assert (alone.plan.units, len(alone.plan.wanting)) == ((), 1)
    assert offered(alone)[-1] == "CUT"


def test_a_fitting_unit_behind_water_does_not_hide_what_may_be_done() -> None:
    """The alternatives are there as if it were not; it is none of them itself."""
    part, cut = goes("PART", 60, can=("bls",)), straight("CUT", 57, "on_closed")
    row, nature = IncidentRow(
        key=IncidentId("i1"), state="open", number=1, long_id="x", code="x", opened_at=NOON
    ), MED  # fmt: skip
    found = alternatives(recommend(Wish(nature=MED), [cut, part], NOON), row, nature, PLANS)
    assert [(one.way, one.unit) for one in found[:1]] == [("part", "PART")]
    assert "CUT" not in {one.unit for one in found}
    free = goes("FREE", 900)
    assert alternatives(recommend(Wish(nature=MED), [free, cut], NOON), row, nature, PLANS) == ()
    wet = straight("WET", 57, "on_closed", can=("bls",))
    found = alternatives(recommend(Wish(nature=MED), [wet], NOON), row, nature, PLANS)
    assert "part" not in {one.way for one in found}


CUTS = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from([("als", "bls"), ("bls",), ("pump",)]),
        st.sampled_from(["dinkes", "pmi", "damkar"]),
        st.integers(1, 5_000),
    ),
    max_size=8,
)


@given(CUTS)
def test_nobody_who_is_cut_off_is_ever_before_who_can_drive(
    fleet: list[tuple[bool, tuple[str, ...], str, int]],
) -> None:
    """Offered and soon free alike; the plan has none of them."""
    made = [
        (straight if is_cut else goes)(f"U{n}", low, *(("on_closed",) if is_cut else ()), can=can)
        for n, (is_cut, can, _, low) in enumerate(fleet)
    ]
    for n, (_, _, agency, _) in enumerate(fleet):
        unit = structs.replace(made[n].unit, agency=AgencyKey(agency))
        made[n] = structs.replace(made[n], unit=unit)
    lines = (RunLine(needs=(Capability.ALS,)), RunLine(needs=(Capability.BLS,), count=2))
    wish = Wish(nature=MED, asked=("damkar",), card=Asked("x", lines))
    found = recommend(wish, made, NOON)
    flags = [one.cut_off for one in found.offered]
    assert flags == sorted(flags)
    cut = {f"U{n}" for n, one in enumerate(fleet) if one[0]}
    assert {one.unit for one in found.offered if one.cut_off} <= cut
    assert found.plan is not None
    assert not cut & {one.unit for one in found.plan.units}


def test_to_the_middle_of_an_area_units_are_offered_and_nothing_is_promised() -> None:
    """A kelurahan is known to within 800 m: who goes, in what order, is as ever; the list says why
    no arrival may be told. A street known to 250 m is promised as ever."""
    fleet = [goes("A", 57), goes("B", 900)]
    sure = recommend(Wish(nature=MED, place=Place(point=SIMPANG_LIMA, radius_m=250.0)), fleet, NOON)
    rough = recommend(
        Wish(nature=MED, place=Place(point=SIMPANG_LIMA, radius_m=800.0)), fleet, NOON
    )
    assert offered(rough) == offered(sure) == ["A", "B"]
    assert all(one.promise and "place_coarse" not in keys(one) for one in sure.offered)
    assert [one.promise for one in rough.offered] == [None, None]
    assert [one.key for one in rough.offered[0].warnings] == ["place_coarse"]
    assert [one.params for one in rough.offered[0].warnings] == [{"radius_m": "800"}]


def test_to_a_place_known_to_some_hundred_metres_the_range_is_wider() -> None:
    """400 m are 100 s of looking for it, at both ends; never before the unit departs."""
    way = goes("B", 900)
    sure, rough = (
        recommend(
            Wish(nature=MED, place=Place(point=SIMPANG_LIMA, radius_m=metres)), [way], NOON
        ).offered[0]
        for metres in (50.0, 400.0)
    )
    assert sure.promise is not None
    assert rough.promise is not None
    assert rough.promise.arrive_from == sure.promise.arrive_from - timedelta(seconds=100)
    assert rough.promise.arrive_to == sure.promise.arrive_to + timedelta(seconds=100)
    assert [one.key for one in rough.warnings] == ["place_rough"]


def test_who_has_no_mark_but_no_road_either_is_told_so() -> None:
    """While roads answer for others, a straight line is never without a word."""
    found = recommend(Wish(nature=MED), [straight("ODD", 57), goes("FREE", 900)], NOON)
    assert offered(found) == ["FREE", "ODD"]
    assert "no_road" in keys(found.offered[1])
    assert found.offered[1].promise is None


def test_while_the_roads_are_away_straight_lines_rank_and_promise_as_ever() -> None:
    """Then there is nothing better, and the promise names its source."""
    found = recommend(Wish(nature=MED), [straight("B", 900), straight("A", 57)], NOON)
    assert offered(found) == ["A", "B"]
    assert [one.promise and one.promise.travel_source for one in found.offered] == [
        STRAIGHT_LINE,
        STRAIGHT_LINE,
    ]
    assert all("no_road" not in keys(one) for one in found.offered)


def test_when_everybody_is_cut_off_the_nearest_is_first_and_nothing_is_promised() -> None:
    """The roads have answered, and lead nowhere."""
    both = [straight("B", 900, "not_reached"), straight("A", 57, "on_closed")]
    found = recommend(Wish(nature=MED), both, NOON)
    assert offered(found) == ["A", "B"]
    assert [one.promise for one in found.offered] == [None, None]


def test_who_is_cut_off_is_neither_closer_nor_soon_first() -> None:
    """A busy unit behind water is not named as the closer one, nor before one that can drive."""
    work = EngagementRow(
        key=candidate("X").unit.key,
        incident=IncidentId("i-other"),
        number=60,
        progress=Progress.AT_HOSPITAL,
        since=NOON,
    )
    cut, free = straight("CUT", 57, "on_closed"), goes("FREE", 127)
    busy = [
        structs.replace(one, engagement=structs.replace(work, key=one.unit.key))
        for one in (cut, free)
    ]
    wish = Wish(nature=MED)
    told = recommend(wish, [*busy, goes("THIRD", 300)], NOON).not_offered
    assert [(one.unit, one.closer) for one in told] == [("FREE", True), ("CUT", False)]
    soon = recommend(structs.replace(wish, busy_s={"at_hospital": 120}), busy, NOON).soon
    assert [one.unit for one in soon] == ["FREE", "CUT"]


def test_the_last_metres_on_foot_are_in_the_time() -> None:
    """120 m are 100 s: in the range, in the order and in the promise."""
    found = recommend(Wish(nature=MED), [goes("FOOT", 300, walk_m=120), goes("ROAD", 330)], NOON)
    assert offered(found) == ["ROAD", "FOOT"]
    foot = found.offered[1]
    assert WALK_M_S == 1.2
    assert (foot.eta_s_low, foot.eta_s_high) == (60 + 300 + 100, 60 + 450 + 100)
    assert foot.promise is not None
    assert foot.promise.arrive_to == NOON + timedelta(seconds=610)


def test_beyond_some_metres_on_foot_nothing_is_promised() -> None:
    """Nobody knows what lies between; the warning says how far it is."""
    near = goes("NEAR", 300, walk_m=WALK_PROMISED_M)
    far = goes("FAR", 300, walk_m=1_300)
    (one, other) = recommend(Wish(nature=MED), [near, far], NOON).offered
    assert (one.unit, one.promise is None, "walk_far" in keys(one)) == ("NEAR", False, False)
    assert (other.unit, other.promise) == ("FAR", None)
    assert ("walk_far", {"walk_m": "1300"}) in other.warnings
    assert other.eta_s_low == pytest.approx(60 + 300 + 1_300 / 1.2)


def test_far_from_any_road_nothing_is_promised() -> None:
    """More than 200 m of who knows what lie before the first road: the guess stays in the list with
    the reason, the caller is not told it."""
    (one,) = recommend(Wish(nature=MED), [goes("FIELD", 300, "far_snap")], NOON).offered
    assert one.promise is None
    assert not one.cut_off
    assert ("far_snap", {}) in one.warnings
    assert sentence(one, "id", WIB).endswith("waktu tiba belum diketahui.")


def aged(age_s: float | None) -> Candidate:
    """One that needs 360 to 960 s from where it was so long ago."""
    fix = None if age_s is None else Fix(point=SIMPANG_LIMA, at=NOON - timedelta(seconds=age_s))
    return structs.replace(goes("A", 600), fix=fix)


@pytest.mark.parametrize(
    ("age_s", "wider_s", "said"),
    [
        (120, 0, ""),
        (121, 121, " Menurut posisi 2 menit lalu."),
        (420, 420, " Menurut posisi 7 menit lalu."),
        (600, 600, " Menurut posisi 10 menit lalu."),
        (None, 600, " Posisi unit tidak diketahui, dianggap di pos."),
    ],
)
def test_an_old_position_widens_the_promise_and_the_promise_says_so(
    age_s: float | None, wider_s: float, said: str
) -> None:
    """In seven minutes it may have driven seven minutes nearer or farther; never heard of, it is
    taken to be at its post, as old as is promised from at all."""
    (one,) = recommend(Wish(nature=MED), [aged(age_s)], NOON).offered
    promise = one.promise
    assert promise is not None
    assert promise.arrive_to == NOON + timedelta(seconds=960 + wider_s)
    soonest = NOON + timedelta(seconds=660 - wider_s)
    assert promise.arrive_from == max(promise.depart_by, soonest)
    assert (promise.position_age_s, promise.at_post) == (
        age_s if age_s is not None and wider_s else None,
        age_s is None,
    )
    told = sentence(one, "id", WIB)
    assert told.endswith(f".{said}")
    assert told.count("posisi") + told.count("Posisi") == (1 if said else 0)


def test_from_a_position_that_is_lost_nothing_is_promised_and_the_list_says_why() -> None:
    """Ten minutes and a second: the guess stays in the list, the caller is not told it."""
    (one,) = recommend(Wish(nature=MED), [aged(601)], NOON).offered
    assert one.promise is None
    assert (one.eta_s_low, one.eta_s_high) == (660, 960)
    assert ("position_lost", {"age_s": "601", "minutes": "10"}) in one.warnings
    assert sentence(one, "id", WIB).endswith("waktu tiba belum diketahui.")


def seen_to(accuracy_m: float | None, low: float = 600) -> Candidate:
    """One that was heard of just now, to so many metres."""
    fix = Fix(point=SIMPANG_LIMA, at=NOON, accuracy_m=accuracy_m)
    return structs.replace(goes("A", low), fix=fix)


@pytest.mark.parametrize(("accuracy_m", "wider_s"), [(None, 0), (250, 0), (400, 100), (600, 150)])
def test_a_unit_known_to_some_hundred_metres_widens_the_promise(
    accuracy_m: float | None, wider_s: float
) -> None:
    """As a place does that is known so badly; the list says how badly."""
    (one,) = recommend(Wish(nature=MED), [seen_to(accuracy_m)], NOON).offered
    assert one.promise is not None
    assert one.promise.arrive_to == NOON + timedelta(seconds=960 + wider_s)
    soonest = NOON + timedelta(seconds=660 - wider_s)
    assert one.promise.arrive_from == max(one.promise.depart_by, soonest)
    told = ("position_coarse", {"accuracy_m": f"{accuracy_m}"})
    assert (told in one.warnings) == (wider_s > 0)


def test_from_a_position_known_to_a_kilometre_nothing_is_promised() -> None:
    """The guess stays in the list with the reason."""
    (one,) = recommend(Wish(nature=MED), [seen_to(1_000)], NOON).offered
    assert (one.promise, one.eta_s_high) == (None, 960)
    assert ("position_coarse", {"accuracy_m": "1000"}) in one.warnings
    assert sentence(one, "id", WIB).endswith("waktu tiba belum diketahui.")


def test_a_neighbour_that_is_known_badly_is_not_plainly_sooner() -> None:
    """It may be a kilometre elsewhere."""
    own = goes("OWN", 900)
    aid = seen_to(400, 60)
    aid = structs.replace(aid, unit=structs.replace(aid.unit, key=UnitId("AID"), agency=PMI))
    found = recommend(Wish(nature=MED, own_first_s=180), [own, aid], NOON)
    assert offered(found) == ["OWN", "AID"]


def test_of_more_units_than_are_looked_at_the_nearest_stay() -> None:
    """Whatever their order in the table; who works there already is counted in any case, and the
    answer says how many are left out."""
    there = IncidentId("i-this")
    far = [goes(f"U{n}", 600) for n in range(CANDIDATES_MAX)]
    near, own = goes("NEAR", 60), goes("OWN", 9_000)
    work = EngagementRow(
        key=own.unit.key, incident=there, number=1, progress=Progress.DEPARTED, since=NOON
    )
    fleet = [*far, near, structs.replace(own, engagement=work)]
    found = recommend(Wish(nature=MED, incident=there), fleet, NOON)
    assert found.offered[0].unit == "NEAR"
    assert (len(found.offered), found.left_out) == (CANDIDATES_MAX - 1, 2)
    assert "OWN" not in {one.unit for one in (*found.offered, *found.not_offered)}
    assert recommend(Wish(nature=MED), fleet[-2:], NOON).left_out == 0


@pytest.mark.parametrize(
    ("low", "departs_s"),
    [(600, 300), (240, 180), (130, 70), (100, 60), (20, 60)],
)
def test_a_departure_is_told_before_the_arrival_where_there_is_a_drive(
    low: float, departs_s: int
) -> None:
    """From two minutes of driving on the sentence has an earlier minute for the departure; who is
    round the corner departs when turnout is over."""
    (one,) = recommend(Wish(nature=MED), [goes("A", low)], NOON).offered
    assert one.promise is not None
    assert one.depart_by_s == departs_s <= 60 + low
    assert one.promise.depart_by == NOON + timedelta(seconds=departs_s)
    told = re.findall(r"\d\d\.\d\d", sentence(one, "id", WIB))
    assert told == sorted(told)
    assert told[0] < told[1] or low < APART_S


def test_while_a_road_is_shut_nothing_is_promised_by_a_straight_line() -> None:
    """The roads did not answer in time: the line that stands in knows of no flood, and that is
    said. Who is answered for by road is promised as ever."""
    both = [straight("B", 900), straight("A", 57)]
    dry, wet = (recommend(Wish(nature=MED, roads_shut=shut), both, NOON) for shut in (False, True))
    assert offered(wet) == offered(dry) == ["A", "B"]
    assert all(one.promise is not None for one in dry.offered)
    assert [one.promise for one in wet.offered] == [None, None]
    assert all("roads_unasked" in keys(one) for one in wet.offered)
    assert all("roads_unasked" not in keys(one) for one in dry.offered)
    by_road = recommend(Wish(nature=MED, roads_shut=True), [goes("A", 57)], NOON).offered[0]
    assert by_road.promise is not None
    assert "roads_unasked" not in keys(by_road)


def test_a_loss_says_from_what_it_is_known() -> None:
    """Straight lines do not look like roads."""
    loss = Loss(("Srondol",), 480, STRAIGHT_LINE)
    (one,) = recommend(Wish(nature=MED), [structs.replace(goes("A", 9), loss=loss)], NOON).offered
    params = {"areas": "Srondol", "minutes": "8", "source": STRAIGHT_LINE}
    assert ("uncovers", params) in one.warnings
