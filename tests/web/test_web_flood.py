"""A flood drill with the real roads: shut, seen on every screen, opened, as before.

And a crew that finds the place of an incident elsewhere: the next caller who uses the same words
is found there. The geography runs as a process of its own, as it does in service.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from geo_served_room import NOW, PACK, GeoProcess, asking, prepare, starts
from msgspec import structs
from web_people import PLANS
from web_room import Person, Room, Screen, text_of, until

from kentongan.app.react import Reactions
from kentongan.core.rows import AliasRow
from kentongan.edge.geo.served.client import GeographyClient
from kentongan.geography import CoverageAsked

SIMPANG_LIMA = {"lat": -6.9906, "lon": 110.4229}
MARGIN = 0.012
ASKED_MAX = 1_200
"""Looks until the roads answer for coverage: the suite runs beside it."""


@pytest.fixture(scope="module")
def geography() -> Iterator[GeoProcess]:
    """The process with its prepared city."""
    prepare(PACK)
    process = GeoProcess()
    process.start()
    yield process
    process.stop()


@pytest.fixture
def centre(tmp_path: Path, geography: GeoProcess) -> Iterator[Room]:
    """A room that asks it."""
    room = Room(tmp_path)
    client = GeographyClient(PACK, PLANS.time_zone_offset, geography.socket)
    room.given = structs.replace(room.given, geography=client)
    room.start()
    until(lambda: client.city().state == "ready", tries=2_400)
    yield room
    room.close()


def _ring(point: dict[str, float]) -> dict[str, Any]:
    """A square of about 2.6 km around a point, as GeoJSON."""
    west, east = point["lon"] - MARGIN, point["lon"] + MARGIN
    south, north = point["lat"] - MARGIN, point["lat"] + MARGIN
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def _units(who: Person) -> dict[str, dict[str, Any]]:
    """What is proposed for the incident, by unit; by road, however slow the machine is."""
    for _ in range(20):
        found = who.get("/api/incidents/i-banjir/recommendation").json()
        units = {one["unit"]: one for one in found["candidates"]}
        if any(_source(one) != "straight_line" for one in units.values()):
            return units
    raise AssertionError("no way by road in twenty questions")


def _source(one: dict[str, Any]) -> str:
    """Where the figures of a unit come from; a promise is not always there."""
    return next(why["params"]["source"] for why in one["reasons"] if why["key"] == "arrives")


def _ways(who: Person, units: list[str]) -> list[list[list[float]]]:
    found = who.get("/api/map/routes", incident="i-banjir", units=",".join(units)).json()
    return [one["points"] for one in found]


def _shares(who: Person) -> tuple[float, ...]:
    """By road: while a busy machine lets straight lines answer, it is asked again."""
    found: dict[str, Any] = {}

    def is_by_road() -> bool:
        found.update(who.get("/api/map/coverage", kind="ambulance", posts="1").json())
        return found["source"] != "straight_line"

    until(is_by_road, tries=ASKED_MAX)
    return tuple(found["road_shares"])


def _shows_closure(screen: Screen, *, lifted: bool) -> None:
    """Waits for the row."""

    def is_it(frame: dict[str, Any]) -> bool:
        return any(
            row["kind"] == "closure" and (row["lifted_at"] is not None) == lifted
            for row in frame.get("rows", ())
        )

    screen.until(is_it)


def test_a_flood_is_drawn_seen_by_everybody_and_lifted(centre: Room) -> None:
    """Three consoles have the closure; at each of them times, ways and coverage change with it, and
    are as before when it is lifted."""
    desks = rina, budi, sari = tuple(centre.person(one) for one in ("rina", "budi", "sari"))
    centre.incident(rina, "banjir", "MED-01")
    with budi.screen() as one, sari.screen() as other, rina.screen() as third:
        screens = (one, other, third)
        for screen in screens:
            screen.frame()
        before, shares = _units(budi), _shares(budi)
        nearest = sorted(before, key=lambda unit: before[unit]["rank"])[:3]
        ways = _ways(budi, nearest)

        budi.done(
            "closure.close",
            closure="banjir-1",
            geometry=_ring(SIMPANG_LIMA),
            reason="flood",
            label=text_of("Simpang Lima"),
            depth_cm=25,
        )
        for screen, desk in zip(screens, desks, strict=True):
            _shows_closure(screen, lifted=False)
            assert _units(desk)[nearest[0]]["eta_s_high"] > before[nearest[0]]["eta_s_high"]
            assert _shares(desk) < shares

        budi.done(
            "closure.change",
            closure="banjir-1",
            geometry=_ring(SIMPANG_LIMA),
            reason="flood",
            label=text_of("Simpang Lima"),
            depth_cm=90,
        )
        for screen, desk in zip(screens, desks, strict=True):
            screen.until(
                lambda frame: any(row.get("depth_cm") == 90 for row in frame.get("rows", ()))
            )
            deep = _units(desk)
            assert deep != before
            assert all(unit["promise"] is None for unit in deep.values()), "a kilometre on foot"
            assert _ways(desk, nearest) != ways
            assert _shares(desk) < shares

        sari.done("closure.lift", closure="banjir-1")
        for screen, desk in zip(screens, desks, strict=True):
            _shows_closure(screen, lifted=True)
            after = _units(desk)
            for unit in nearest:
                figures = ("eta_s_low", "eta_s_high", "distance_m", "rank")
                assert [after[unit][name] for name in figures] == [
                    before[unit][name] for name in figures
                ]
            assert _ways(desk, nearest) == ways
            assert _shares(desk) == shares


def test_the_next_caller_is_found_where_the_crew_was(centre: Room) -> None:
    """Lokasi salah: a note at the incident, and the same words find the true point at once."""
    rina, crew = centre.person("rina"), centre.person("amb01")
    centre.report(rina, "warung", complaint="motor jatuh")
    said = {"words": text_of("warung kuning Mbah Karto"), "point": {"lat": -6.99, "lon": 110.42}}
    rina.done("incident.locate", incident="i-warung", place=said)
    rina.done("incident.classify", incident="i-warung", nature="KBK-01")
    rina.done("incident.send", incident="i-warung")
    budi = centre.person("budi")
    budi.done("assignment.assign", incident="i-warung", unit="AMB01", agency="dinkes")
    there = {"lat": -6.9821, "lon": 110.4093}
    fix = {"point": there, "at": centre.clock().isoformat(), "accuracy_m": 7.0}
    crew.done(
        "assignment.correct_place",
        incident="i-warung",
        unit="AMB01",
        fix=fix,
        words=text_of("pagar hijau"),
    )
    while Reactions(centre.store, PLANS).step(centre.clock()):
        pass

    def is_found() -> bool:
        found = rina.post("/api/places", {"q": "warung kuning mbah karto"}).json()["proposals"]
        return bool(found) and found[0]["point"] == there

    until(is_found)
    (row,) = [held.row for held in centre.store.rows("alias")]
    assert isinstance(row, AliasRow)
    assert (row.state, row.unit) == ("new", "AMB01")
    assert row.label is not None
    accesses, ref = centre.store.accounts.accesses, row.label.ref or ""
    until(lambda: bool(accesses(what=ref)))
    readers = [(one.viewer, one.reason) for one in accesses(what=ref)]
    assert ("agent-rina", "places") in readers
    sari = centre.person("sari")
    with sari.screen() as screen:
        rows = screen.frame()["rows"]
        (alias,) = [one for one in rows if one["kind"] == "alias"]
        assert alias["phrases"] == [{"text": "warung kuning Mbah Karto"}]
        (incident,) = [one for one in rows if one["key"] == "i-warung"]
        assert incident["corrections"][0]["words"] == {"text": "pagar hijau"}
        (asked,) = sari.post("/api/aliases", {"q": "mbah karto"}).json()
        assert asked == alias
        assert sari.post("/api/aliases", {"q": "bu tini"}).json() == []
        assert crew.post("/api/aliases", {"q": "mbah"}).status_code == 403
        sari.done("alias.undo", alias=alias["key"])
    until(lambda: not is_found())


def test_a_street_is_shut_by_its_name(centre: Room) -> None:
    """Looked up, taken as its line, shut: of its length, on its own pieces; and a place without a
    name is called by what is near. What is no street there is not found, nobody outside the room
    asks."""
    budi, rina = centre.person("budi"), centre.person("rina")
    proposed = rina.post("/api/places", {"q": "jl pandanaran"}).json()["proposals"]
    street = next(one for one in proposed if one["kind"] == "street")
    asked = {"key": street["key"], "label": street["label"], "near": street["point"]}
    shown = rina.post("/api/map/street", asked)
    assert shown.status_code == 200
    lines = shown.json()["lines"]
    assert shown.json()["name"] == "Jalan Pandanaran"
    assert 500 < shown.json()["length_m"] < 6_000
    geometry = {
        "type": "MultiLineString",
        "coordinates": [[[lon, lat] for lat, lon in line] for line in lines],
    }
    told = rina.post("/api/map/shut", {"geometry": geometry}).json()
    assert told["pieces"] >= len(lines)
    assert told["names"][0] == "Jalan Pandanaran"
    budi.done("closure.close", closure="pandanaran", geometry=geometry, reason="event")
    named = rina.post("/api/map/name", {"point": street["point"]}).json()
    assert named["near"][0] == ["Jalan Pandanaran", named["near"][0][1]]
    assert named["kelurahan"]
    nowhere = {**asked, "near": {"lat": -7.1, "lon": 110.3}}
    assert rina.post("/api/map/street", nowhere).status_code == 404
    assert rina.post("/api/map/street", {**asked, "near": {"lat": 95, "lon": 0}}).status_code == 400
    damkar = centre.person("damkar")
    shape = {"geometry": geometry}
    for path, body in (("street", asked), ("name", {"point": street["point"]}), ("shut", shape)):
        assert damkar.post(f"/api/map/{path}", body).status_code == 403


def test_what_a_drawing_would_shut_is_told_before(centre: Room) -> None:
    """The longest streets of an area by name and how many others; in the sea nothing; what crosses
    itself, or is no shape, is not answered."""
    rina = centre.person("rina")

    def told(kind: str, coordinates: object, **more: object) -> httpx.Response:
        geometry = {"type": kind, "coordinates": coordinates}
        return rina.post("/api/map/shut", {"geometry": geometry, **more})

    corners = [[110.40, -7.00], [110.43, -7.00], [110.43, -6.98], [110.40, -6.98], [110.40, -7.00]]
    area = told("Polygon", [corners]).json()
    assert (len(area["names"]), area["more"] > 0) == (4, True)
    assert area["pieces"] > 50
    flood = told("Polygon", [corners], is_flood=True).json()
    assert flood["pieces"] <= area["pieces"], "bridges stay open"
    assert told("Point", [110.42, -6.90]).json() == {"pieces": 0, "names": [], "more": 0}
    corners[1], corners[2] = corners[2], corners[1]
    assert told("Polygon", [corners]).status_code == 404
    assert told("Circle", [1, 2]).status_code == 400


def test_a_map_that_is_drawn_delays_no_warning(geography: GeoProcess) -> None:
    """Eight drawings wait for each other; what a list of units asks meanwhile is answered first."""

    async def run() -> None:
        async with asking(geography) as client:
            fleet = tuple(starts(20))
            drawings = [
                asyncio.create_task(
                    client.coverage(
                        CoverageAsked(starts=fleet[n:], with_shapes=True),
                        NOW,
                    )
                )
                for n in range(8)
            ]
            await asyncio.sleep(0.01)
            weighed = await client.coverage(
                CoverageAsked(starts=fleet, limits_s=(480.0,), without=("U1", "U2")),
                NOW,
            )
            assert sum(one.done() for one in drawings) < 7
            assert weighed.source == "road_network_synthetic"
            assert [one.unit for one in weighed.uncovered] == ["U1", "U2"]
            drawn = await asyncio.gather(*drawings)
            assert all(one.label for one in drawn)

    asyncio.run(run())
