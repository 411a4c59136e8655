"""The recommendation over HTTP: ways, coverage, plan, soon free ones, no second engagement."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from web_people import PACK, PLANS
from web_room import Person, Room, until

from kentongan.cities.facts import Point
from kentongan.core.candidates import Travel
from kentongan.edge.geo.served.straight import StraightGeography
from kentongan.edge.web import recommendation as module
from kentongan.edge.web.held import Held
from kentongan.edge.web.losses import KEPT_S, Losses
from kentongan.edge.web.road_turns import RoadTurns
from kentongan.geography import (
    WITHOUT_MAX,
    AreaReach,
    CoverageAsked,
    CoverageShown,
    Journey,
    Start,
    Uncovered,
)

NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)


class Roads(StraightGeography):
    """Roads that say what a test wants of some units, and straight lines of the others."""

    def __init__(self) -> None:
        super().__init__(PACK, PLANS.time_zone_offset)
        self.said: dict[str, Journey] = {}
        self.asked: list[CoverageAsked] = []
        self.goes_on = threading.Event()
        self.goes_on.set()
        self.loses: dict[str, tuple[str, ...]] = {}
        self.comes: dict[str, Journey] = {}
        self.covered_by: dict[str, set[str]] = {}

    async def road_journeys(
        self, goal: Point, starts: Sequence[Start], at: datetime
    ) -> tuple[Journey, ...] | None:
        found = await super().journeys(goal, starts, at)
        return tuple(self.comes.get(one.unit, one) for one in found) if self.comes else None

    async def journeys(
        self, goal: Point, starts: Sequence[Start], at: datetime
    ) -> tuple[Journey, ...]:
        found = await super().journeys(goal, starts, at)
        return tuple(self.said.get(one.unit, one) for one in found)

    async def coverage(self, asked: CoverageAsked, at: datetime) -> CoverageShown:  # noqa: ARG002
        self.asked.append(asked)
        await asyncio.to_thread(self.goes_on.wait, 20)
        lost = [
            Uncovered(unit=unit, kelurahan=self.loses.get(unit, ()), road_share=0.0)
            for unit in asked.without
        ]
        return CoverageShown(
            source="road",
            label="",
            limits_s=asked.limits_s,
            road_shares=(1.0,),
            areas=self._areas(asked),
            uncovered=tuple(lost),
        )

    def _areas(self, asked: CoverageAsked) -> tuple[AreaReach, ...]:
        units = {one.unit for one in asked.starts}
        return tuple(
            AreaReach(
                code=one.code,
                name=one.name,
                seconds=60.0 if self.covered_by.get(one.code, units) & units else None,
            )
            for one in PACK.kelurahan
        )


@pytest.fixture
def roads() -> Roads:
    """The roads of this room."""
    return Roads()


@pytest.fixture
def own(tmp_path: Path, roads: Roads) -> Iterator[Room]:
    """A room of its own with these roads, a dispatcher and ambulances on duty."""
    room = Room(tmp_path)
    room.given = structs.replace(room.given, geography=roads)
    room.start()
    try:
        yield room
    finally:
        room.close()


@pytest.fixture
def budi(own: Room) -> Person:
    """The dispatcher; six ambulances have begun duty."""
    budi = own.person("budi")
    for number in range(1, 7):
        budi.done("unit.start_duty", unit=f"AMB0{number}")
    return budi


def asked_of(budi: Person, key: str, **query: str) -> dict[str, Any]:
    """The recommendation as a screen gets it."""
    answer = budi.get(f"/api/incidents/i-{key}/recommendation", **query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def journey(unit: str, low: float, *marks: str, walk_m: float = 0.0) -> Journey:
    """A way of so many seconds."""
    travel = Travel(
        seconds_low=low, seconds_high=low * 1.5, distance_m=low * 8, source="road_numba"
    )
    return Journey(unit=unit, travel=travel, walk_m=walk_m, marks=marks)


def test_the_way_its_marks_and_its_walk_are_told(own: Room, roads: Roads, budi: Person) -> None:
    """A source for each figure, the last metres on foot, and a closed road in words."""
    own.incident(own.person("rina"), "way", "MED-01")
    roads.said = {"AMB02": journey("AMB02", 30, "on_closed", "same_edge", walk_m=90)}
    first = asked_of(budi, "way")["candidates"][0]
    assert first["unit"] == "AMB02"
    reasons = {one["key"]: one["params"] for one in first["reasons"]}
    assert reasons["arrives"]["source"] == "road_numba"
    assert reasons["walk"] == {"walk_m": "90"}
    assert "on_closed" in {one["key"] for one in first["warnings"]}


AREA = {
    "type": "Polygon",
    "coordinates": [[[110.4, -7.0], [110.5, -7.0], [110.5, -6.9], [110.4, -6.9], [110.4, -7.0]]],
}


def test_no_straight_line_is_promised_while_a_flood_is_in_force(
    own: Room, roads: Roads, budi: Person
) -> None:
    """The roads are late: the lines that stand in are promised in the dry, not while a closure is
    in force, and that is said; whoever waits gets the roads' own answer, which is."""
    own.incident(own.person("rina"), "wet", "MED-02")
    dry = asked_of(budi, "wet")
    assert dry["roads_late"] is True
    assert all(one["promise"] is not None for one in dry["candidates"])

    later = (own.clock() + timedelta(hours=1)).isoformat()
    flood = {"geometry": AREA, "reason": "flood", "depth_cm": 90}
    budi.done("closure.close", closure="later", from_at=later, **flood)
    assert asked_of(budi, "wet")["candidates"][0]["promise"] is not None, "not yet in force"
    budi.done("closure.close", closure="now", **flood)
    until(lambda: asked_of(budi, "wet")["candidates"][0]["promise"] is None)
    for one in asked_of(budi, "wet")["candidates"]:
        assert one["promise"] is None
        assert "roads_unasked" in {why["key"] for why in one["warnings"]}
        assert one["sentence"]["id"].endswith("waktu tiba belum diketahui.")

    roads.comes = {f"AMB0{number}": journey(f"AMB0{number}", 100) for number in range(1, 7)}
    waited = asked_of(budi, "wet", patient="1")
    assert waited["roads_late"] is False
    assert all(one["promise"] is not None for one in waited["candidates"] if not one["cut_off"])
    assert asked_of(budi, "wet")["roads_late"] is True, "who does not wait gets lines at once"

    budi.done("closure.lift", closure="now")
    until(lambda: asked_of(budi, "wet")["candidates"][0]["promise"] is not None)


def test_whoever_would_be_there_first_is_listed_wherever_it_ranks(
    own: Room, roads: Roads, budi: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The nearest basic ambulance of a cardiac arrest, below all advanced ones and below what is
    listed: in the list as the closer one, and in the plan."""
    basic = "AMB09"
    assert "als" not in PACK.unit_by_call_sign[basic].capabilities
    own.incident(own.person("rina"), "near", "MED-01")
    roads.said = {
        one.call_sign: journey(one.call_sign, 60 if one.call_sign == basic else 900)
        for one in PACK.units
    }
    monkeypatch.setattr(module, "OFFERED_MAX", 2)
    found = asked_of(budi, "near")
    listed = {one["unit"]: one for one in found["candidates"]}
    assert listed[basic]["closer"] is True
    assert listed[basic]["rank"] > 2
    assert "lacks" in {why["key"] for why in listed[basic]["warnings"]}
    assert [one["closer"] for one in found["candidates"]].count(True) == 1
    planned = {one["unit"] for one in found["plan"]["units"]}
    assert basic in planned
    assert planned <= listed.keys()


def test_the_card_proposes_a_set_and_counts_who_is_there(own: Room, budi: Person) -> None:
    """Cardiac arrest: one advanced, one basic; the second look asks for the rest."""
    own.incident(own.person("rina"), "set", "MED-01")
    plan = asked_of(budi, "set")["plan"]
    assert (plan["card"], plan["label"]["id"], plan["asked"]) == (
        "cardiac_arrest",
        "Henti jantung",
        2,
    )
    first, second = plan["units"]
    budi.done("assignment.assign", incident="i-set", unit=first["unit"], agency="dinkes")
    again = asked_of(budi, "set")
    assert again["plan"]["present"] == [first["unit"]]
    assert [one["unit"] for one in again["plan"]["units"]] == [second["unit"]]
    told = [*again["candidates"], *again["not_offered"], *again["soon"]]
    assert first["unit"] not in {one["unit"] for one in told}


def test_a_unit_that_was_taken_meanwhile_is_refused_with_the_incident_that_has_it(
    own: Room, budi: Person
) -> None:
    """No silent double booking: 409, who and where; the other list says so, too."""
    rina = own.person("rina")
    number = own.incident(rina, "one", "MED-01")
    own.incident(rina, "two", "MED-02")
    unit = asked_of(budi, "two")["candidates"][0]["unit"]
    budi.done("assignment.assign", incident="i-one", unit=unit, agency="dinkes")
    answer = budi.command("assignment.assign", incident="i-two", unit=unit, agency="dinkes")
    assert answer.status_code == 409
    assert answer.json()["reason"] == "unit_taken"
    assert str(number) in answer.json()["message"]["id"]
    others = {one["unit"]: one for one in asked_of(budi, "two")["not_offered"]}
    assert others[unit]["reasons"][0]["key"] == "engaged"
    assert others[unit]["closer"] is True


def test_a_unit_on_its_way_to_a_hospital_starts_from_there(
    own: Room, roads: Roads, budi: Person
) -> None:
    """Forty minutes is not soon; at the hospital for a quarter of an hour it is, with the time."""
    rina = own.person("rina")
    number = own.incident(rina, "far", "MED-01")
    own.incident(rina, "near", "MED-02")
    budi.done("assignment.assign", incident="i-far", unit="AMB01", agency="dinkes")
    for progress in ("transporting", "at_hospital"):
        budi.done(
            "assignment.progress",
            incident="i-far",
            unit="AMB01",
            progress=progress,
            destination=PACK.hospitals[0].key,
        )
    assert asked_of(budi, "near")["soon"] == []
    own.clock.ahead = timedelta(minutes=15)
    (soon,) = asked_of(budi, "near")["soon"]
    assert (soon["unit"], soon["incident_number"]) == ("AMB01", number)
    assert 290 < soon["free_s"] <= 300
    assert soon["eta_s_low"] > soon["free_s"]
    assert roads.asked


def test_what_is_left_uncovered_is_a_warning_and_only_breaks_ties(
    own: Room, roads: Roads, budi: Person
) -> None:
    """Two of the same minute change places; a later one stays behind."""
    own.incident(own.person("rina"), "tie", "MED-02")
    area = PACK.kelurahan[0]
    roads.said = {
        "AMB01": journey("AMB01", 30),
        "AMB02": journey("AMB02", 33),
        "AMB03": journey("AMB03", 130),
    }
    roads.loses = {"AMB01": (area.code,)}
    found = asked_of(budi, "tie")["candidates"]
    assert [one["unit"] for one in found[:3]] == ["AMB02", "AMB01", "AMB03"]
    (told,) = [one for one in found[1]["warnings"] if one["key"] == "uncovers"]
    assert told["params"] == {"areas": area.name, "minutes": "8", "source": "road"}
    assert len(roads.asked) == 1
    asked_of(budi, "tie")
    assert len(roads.asked) == 1, "within seconds it is not asked again"


def test_a_list_does_not_wait_for_slow_coverage(own: Room, roads: Roads, budi: Person) -> None:
    """The list comes without it; the loss is there when it is known."""
    own.incident(own.person("rina"), "slow", "MED-02")
    roads.said = {"AMB01": journey("AMB01", 30)}
    roads.loses = {"AMB01": (PACK.kelurahan[0].code,)}
    roads.goes_on.clear()

    def warned() -> bool:
        first = asked_of(budi, "slow")["candidates"][0]
        return "uncovers" in {one["key"] for one in first["warnings"]}

    assert not warned()
    roads.goes_on.set()
    until(warned)


def test_what_the_whole_plan_leaves_uncovered_is_told_and_each_of_its_units_is_weighed(
    own: Room, roads: Roads, budi: Person
) -> None:
    """Two that stand in for each other leave nothing one at a time, and a kelurahan together."""
    own.incident(own.person("rina"), "both", "MED-01")
    area = PACK.kelurahan[0]
    planned = {one["unit"] for one in asked_of(budi, "both")["plan"]["units"]}
    assert len(planned) == 2
    roads.covered_by = {area.code: planned}

    def told() -> list[dict[str, Any]]:
        return asked_of(budi, "both")["plan"]["warnings"]

    own.clock.ahead = timedelta(seconds=2 * KEPT_S)
    until(lambda: told() != [])
    assert told() == [
        {"key": "uncovers", "params": {"areas": area.name, "minutes": "8", "source": "road"}}
    ]
    assert planned <= {unit for asked in roads.asked for unit in asked.without}


def test_every_sort_of_a_plan_is_weighed(own: Room, roads: Roads, budi: Person) -> None:
    """A building fire asks for engines, a tanker, an ambulance and police: of the last, too, it is
    told what it leaves uncovered, and of the engines what they leave together."""
    kinds = {one.call_sign: one.kind.value for one in PACK.units}
    own.incident(own.person("rina"), "fire", "KBK-01")
    planned = {one["unit"]: kinds[one["unit"]] for one in asked_of(budi, "fire")["plan"]["units"]}
    (police,) = [unit for unit, kind in planned.items() if kind.startswith("police")]
    (ambulance,) = [unit for unit, kind in planned.items() if kind.startswith("ambulance")]
    engines = {unit for unit, kind in planned.items() if kind.startswith("fire")}
    assert len(engines) > 1
    alone, together = PACK.kelurahan[:2]
    roads.loses = {police: (alone.code,)}
    roads.covered_by = {together.code: engines}
    own.clock.ahead = timedelta(seconds=2 * KEPT_S)

    def told() -> list[Any]:
        """Of the police unit, and of the whole plan."""
        found = asked_of(budi, "fire")
        (line,) = [one for one in found["candidates"] if one["unit"] == police]
        warned = [*line["warnings"], *found["plan"]["warnings"]]
        return [one["params"]["areas"] for one in warned if one["key"] == "uncovers"]

    until(lambda: told() == [alone.name, together.name])
    assert {ambulance, police, *engines} <= {unit for one in roads.asked for unit in one.without}
    for asked in roads.asked:
        assert len({one.unit_kind.partition("_")[0] for one in asked.starts}) == 1


def test_one_question_never_has_more_units_than_are_answered() -> None:
    """What other lists look at is asked along as far as there is room."""
    roads = Roads()
    losses = Losses(roads, {}, RoadTurns(Held()))
    point = Point(-6.99, 110.42)
    fleet = [Start(unit=f"U{n}", unit_kind="ambulance_als", point=point) for n in range(50)]

    async def runs() -> None:
        for first in (0, 15, 30):
            wanted = [one.unit for one in fleet[first : first + 15]]
            found = await losses.find(wanted, fleet, NOON)
            assert found.keys() == set(wanted)

    asyncio.run(runs())
    assert [len(asked.without) for asked in roads.asked] == [15, WITHOUT_MAX, WITHOUT_MAX]


def test_losses_are_asked_anew_when_somebody_goes_and_when_they_are_old() -> None:
    """One question at a time for each sort of unit; nothing is told of a fleet that has changed."""
    roads = Roads()
    roads.loses = {"A": (PACK.kelurahan[0].code,)}
    losses = Losses(roads, {PACK.kelurahan[0].code: "Sekayu"}, RoadTurns(Held()))
    point = Point(-6.99, 110.42)
    fleet = [Start(unit=unit, unit_kind="ambulance_als", point=point) for unit in "AB"]
    engine = Start(unit="D", unit_kind="fire_engine", point=point)

    async def runs() -> None:
        first, second = await asyncio.gather(
            losses.find(["A"], fleet, NOON), losses.find(["A"], fleet, NOON)
        )
        assert first == second == {"A": (("Sekayu",), 480.0, "road")}
        assert len(roads.asked) == 1
        assert await losses.find(["B", "A"], fleet, NOON) == {
            "A": first["A"],
            "B": ((), 480.0, "road"),
        }
        assert len(roads.asked) == 2
        await losses.find(["A"], fleet, NOON + timedelta(seconds=KEPT_S))
        assert len(roads.asked) == 3
        await losses.find(["A"], fleet[:1], NOON + timedelta(seconds=KEPT_S))
        assert len(roads.asked) == 4
        assert await losses.find(["X"], fleet, NOON) == {}
        await losses.find(["D", "A"], [*fleet, engine], NOON)
        kinds = [{one.unit_kind for one in asked.starts} for asked in roads.asked[4:]]
        assert kinds == [{"fire_engine"}, {"ambulance_als"}]

    asyncio.run(runs())
