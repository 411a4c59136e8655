"""The map over HTTP: its file by ranges, who may have it, ways and coverage, news of the city."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from msgspec import structs
from web_map import Mapped
from web_people import PACK
from web_room import Person, Room, until

from kentongan.edge.web.map_answers import KEPT_S, UNITS_MAX
from kentongan.edge.web.map_file import GRACE_S, PIECE_BYTES, Versions
from kentongan.edge.web.starts import FRESH_S

CONTENT = bytes(range(256)) * (PIECE_BYTES // 256 * 2) + b"the end"
"""More than two pieces, so that a whole answer takes three reads."""


@pytest.fixture
def geography(tmp_path: Path) -> Mapped:
    """A city with a map."""
    geography = Mapped()
    geography.use(tmp_path / "one.pmtiles", "one", CONTENT)
    return geography


@pytest.fixture
def room(tmp_path: Path, geography: Mapped) -> Iterator[Room]:
    """A room with that city."""
    room = Room(tmp_path)
    room.given = structs.replace(room.given, geography=geography)
    room.start()
    yield room
    room.close()


@pytest.fixture
def rina(room: Room) -> Person:
    """A call-taker."""
    return room.person("rina")


def ask(person: Person, version: str = "one", **headers: str) -> httpx.Response:
    """The map file, with headers written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return person.client.get("/api/map/city.pmtiles", params={"v": version}, headers=named)


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=0-126", 0, 127),
        ("bytes=1000-1000", 1000, 1001),
        ("bytes=-7", len(CONTENT) - 7, len(CONTENT)),
        (f"bytes={len(CONTENT) - 3}-", len(CONTENT) - 3, len(CONTENT)),
        (f"bytes=5-{len(CONTENT) * 9}", 5, len(CONTENT)),
        (f"bytes=10-{PIECE_BYTES + 20}", 10, PIECE_BYTES + 21),
    ],
)
def test_one_range_is_answered_with_exactly_that(
    rina: Person, wanted: str, start: int, stop: int
) -> None:
    """206 with the octets asked for, where they stand, and leave to keep them."""
    found = ask(rina, range=wanted)
    assert found.status_code == 206
    assert found.content == CONTENT[start:stop]
    assert found.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(CONTENT)}"
    assert found.headers["content-length"] == str(stop - start)
    assert found.headers["accept-ranges"] == "bytes"
    assert "immutable" in found.headers["cache-control"]
    assert "private" in found.headers["cache-control"]


@pytest.mark.parametrize(
    "wanted", ["", "bytes=0-1,5-9", "lines=1-2", "bytes=-", "bytes=9-2", "bytes=x-y"]
)
def test_what_is_no_single_range_gets_the_whole(rina: Person, wanted: str) -> None:
    """A range that cannot be read, or several of them, is ignored, as RFC 9110 has it."""
    found = ask(rina, range=wanted) if wanted else ask(rina)
    assert found.status_code == 200
    assert found.content == CONTENT
    assert "content-range" not in found.headers


@pytest.mark.parametrize("wanted", [f"bytes={len(CONTENT)}-", "bytes=999999999999999-", "bytes=-0"])
def test_a_range_beyond_the_end_is_416(rina: Person, wanted: str) -> None:
    """Told how long the file is, and nobody keeps that answer."""
    found = ask(rina, range=wanted)
    assert found.status_code == 416
    assert found.headers["content-range"] == f"bytes */{len(CONTENT)}"
    assert found.headers["cache-control"] == "no-store"


def test_a_range_holds_only_for_the_file_it_was_meant_for(rina: Person) -> None:
    """If-Range with the tag: the part; with another tag: the whole; If-None-Match: nothing."""
    tag = ask(rina, range="bytes=0-0").headers["etag"]
    assert ask(rina, range="bytes=0-9", if_range=tag).status_code == 206
    other = ask(rina, range="bytes=0-9", if_range='"two-1"')
    assert (other.status_code, len(other.content)) == (200, len(CONTENT))
    kept = ask(rina, if_none_match=tag)
    assert (kept.status_code, kept.content) == (304, b"")


def test_another_version_has_another_name(rina: Person, geography: Mapped, tmp_path: Path) -> None:
    """Nobody gets tiles of one city under the name of another; the one before is there a moment
    longer."""
    assert ask(rina, "two").status_code == 404
    assert rina.get("/api/map/city.pmtiles").status_code == 404
    assert ask(rina, "one").status_code == 200
    geography.use(tmp_path / "two.pmtiles", "two", b"another city")
    found = ask(rina, "two", range="bytes=0-6")
    assert (found.status_code, found.content) == (206, b"another")
    assert ask(rina, "one", range="bytes=7-8").content == CONTENT[7:9]


def test_the_version_before_is_served_a_moment_longer(tmp_path: Path) -> None:
    """Ten seconds, by its own name alone, and never a third one."""
    now = [100.0]
    versions = Versions(lambda: now[0])
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    assert versions.find("one", "one", one) == one
    assert versions.find("one", "two", two) == one
    assert versions.find("two", "two", two) == two
    assert versions.find("", "two", two) is None
    now[0] += GRACE_S + 0.1
    assert versions.find("one", "two", two) is None
    assert versions.find("two", "three", three) == two
    assert versions.find("one", "three", three) is None
    assert versions.find("two", "three", None) is None, "no map at all"


def test_a_map_that_is_gone_is_not_found(rina: Person, geography: Mapped) -> None:
    """Neither without a file nor when it was removed under our feet."""
    assert geography.file is not None
    geography.file.unlink()
    assert ask(rina).status_code == 404
    geography.file = None
    assert ask(rina).status_code == 404


def test_the_city_is_told_once(rina: Person, geography: Mapped, tmp_path: Path) -> None:
    """What is in use, what stands in it, and 304 while that is so."""
    found = rina.get("/api/map/city")
    body = found.json()
    assert body["city"]["version"] == "one"
    assert {one["kind"] for one in body["facilities"]} >= {"hospital"}
    tag = {"If-None-Match": found.headers["etag"]}
    assert rina.client.get("/api/map/city", headers=tag).status_code == 304
    geography.use(tmp_path / "two.pmtiles", "two", b"x")
    assert rina.client.get("/api/map/city", headers=tag).json()["city"]["version"] == "two"


def test_screens_hear_of_another_city(room: Room, geography: Mapped, tmp_path: Path) -> None:
    """At the beginning, and when another is in use, without asking."""
    with room.person("rina").screen() as screen:
        first = screen.until(lambda frame: frame["k"] == "city")
        assert first["city"]["version"] == "one"
        geography.use(tmp_path / "two.pmtiles", "two", b"x")
        second = screen.until(lambda frame: frame["k"] == "city")
        assert second["city"]["version"] == "two"


def test_nobody_without_a_session_gets_a_tile(room: Room) -> None:
    """Where the centre's map ends is nobody's business either."""
    stranger = room.browser()
    assert ask(stranger).status_code == 401
    assert stranger.get("/api/map/city").status_code == 401


def test_ways_are_for_whoever_sees_incident_and_units(room: Room, geography: Mapped) -> None:
    """The room gets them; an agency gets 404 for a sensitive incident and for foreign units."""
    budi, damkar = room.person("budi"), room.person("damkar")
    room.incident(budi, "map-open", "KBK-01")
    room.incident(budi, "map-secret", "KRM-07")
    budi.done("task.task", incident="i-map-open", agency="damkar", lead=True)
    budi.done("task.task", incident="i-map-secret", agency="polisi")
    found = budi.get("/api/map/routes", incident="i-map-open", units="AMB01,DMK02")
    assert found.status_code == 200
    ways = found.json()
    assert [way["unit"] for way in ways] == ["AMB01", "DMK02"]
    assert all(len(way["points"]) == 2 for way in ways)
    assert geography.routed[-1][0].point == room.parts.live.held.find("unit", "AMB01").home
    shared = damkar.get("/api/map/routes", incident="i-map-open", units="DMK02")
    assert shared.status_code == 200
    foreign = damkar.get("/api/map/routes", incident="i-map-open", units="AMB01")
    assert foreign.status_code == 404
    secret = damkar.get("/api/map/routes", incident="i-map-secret", units="DMK02")
    assert secret.status_code == 404
    assert budi.get("/api/map/routes", incident="i-none", units="AMB01").status_code == 404
    assert budi.get("/api/map/routes", incident="i-map-open", units="NONE1").status_code == 404


def test_only_so_many_ways_at_once(room: Room) -> None:
    """No units, or more than can be told apart, is not a question."""
    budi = room.person("budi")
    room.report(budi, "map-many")
    many = ",".join(["AMB01"] * (UNITS_MAX + 1))
    for units in ("", ",", many):
        found = budi.get("/api/map/routes", incident="i-map-many", units=units)
        assert found.status_code == 400
    nowhere = budi.get("/api/map/routes", incident="i-map-many", units="AMB01")
    assert nowhere.json() == [], "an incident without a point has no ways"


def test_coverage_counts_who_is_free_and_seen(room: Room, geography: Mapped) -> None:
    """Only free units with a fresh position cover; posts only when they are wanted."""
    rina, gateway = room.person("rina"), room.person("gateway")
    first = "AMB01"
    assert room.parts.live.held.find("unit", first).state == "available"
    fix = {"point": {"lat": -6.99, "lon": 110.42}, "at": room.clock().isoformat()}
    sent = {"fixes": [{"unit": first, "fix": fix}]}
    assert gateway.post("/api/positions", sent).json() == {"taken": 1}
    until(lambda: room.parts.fixes.find(first) is not None)
    answer = rina.get("/api/map/coverage", kind="ambulance", shapes="1")
    assert answer.status_code == 200
    assert answer.json()["limits_s"] == [480.0, 600.0, 900.0]
    asked = geography.asked[-1]
    assert asked.with_shapes
    assert {start.unit_kind for start in asked.starts} == {"ambulance_als"}
    assert [start.unit for start in asked.starts] == [first]
    rina.get("/api/map/coverage", kind="ambulance", shapes="1")
    assert len(geography.asked) == 1, "one answer for all screens"
    room.clock.ahead += timedelta(seconds=FRESH_S + KEPT_S)
    rina.get("/api/map/coverage", kind="ambulance", shapes="1")
    assert geography.asked[-1].starts == (), "nobody knows where it is now"
    rina.get("/api/map/coverage", kind="ambulance", posts="1")
    covering = {start.unit for start in geography.asked[-1].starts}
    assert "AMB02" in covering, "never heard of: it is taken to stand at its post"
    assert first not in covering, "it is lost, wherever its post is"


def test_coverage_is_what_the_units_own_arrivals_would_be(rina: Person, geography: Mapped) -> None:
    """Of every sort, by straight line: the soonest as its own kind drives; a tanker is slower than
    an engine, a motorcycle quicker than a car."""
    of_sort: dict[str, dict[str, str]] = {}
    for unit in PACK.units:
        kind = unit.kind.value
        of_sort.setdefault(kind.partition("_")[0], {})[unit.call_sign] = kind
    for sort in ("fire", "ambulance", "police", "rescue", "traffic", "public"):
        told = rina.get("/api/map/coverage", kind=sort, posts="1").json()["areas"]
        asked, at = geography.asked[-1], geography.asked_at[-1]
        assert {one.unit: one.unit_kind for one in asked.starts} == of_sort[sort]
        for area, one in zip(PACK.kelurahan, told, strict=True):
            ways = [way.travel for way in geography.journeys_now(area.point, asked.starts, at)]
            soonest = min((way.seconds_low + way.seconds_high) / 2 for way in ways)
            arrival = round(asked.turnout_s + soonest)
            assert one["seconds"] == (arrival if arrival <= max(asked.limits_s) else None)


def test_coverage_is_asked_of_a_kind(rina: Person) -> None:
    """Nothing, or what cannot be a kind, is refused in words."""
    for kind in ("", "AMBULANCE", "a" * 40, "x;y"):
        assert rina.get("/api/map/coverage", kind=kind).status_code == 400
