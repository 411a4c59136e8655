"""A real city is imported while twenty screens look at the one in use: it comes to them as it is.

The geography runs as its own process and finds the version that the import switched to; the screens
read tiles by ranges all the time, from the synthetic city first and from the imported one then.
"""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from geo_served_room import NOW, PACK, GeoProcess, own_cities, prepare
from msgspec import Struct, structs
from osm_files import third_party
from test_web_city_switch import PEOPLE, VIEWERS, own_client
from web_people import PLANS
from web_room import Person, Room, Screen, until

from kentongan.edge.geo.imported.making import import_city
from kentongan.edge.geo.imported.request import ImportRequest, Step, without_facts
from kentongan.edge.geo.imported.versions import CityVersions
from kentongan.edge.geo.served.client import GeographyClient

TILE_BYTES = 20_000
BETWEEN_S = 0.25
"""Between two tiles of a screen, seconds: the import has its share of the machine."""

LOOKS = 6_000
"""Looks until something has happened: an import on a busy machine."""


def ignore(step: Step) -> None:
    """Nobody looks."""


def bring(extract: Path, data: Path) -> None:
    """Import that extract as the city of the pack, wherever it lies; in a process of its own."""
    request = ImportRequest(
        extract=extract,
        pack="semarang",
        data=data,
        words=without_facts(PACK, "semarang"),
        is_placed=False,
        may_be_partial=True,
        may_lack_hospital=True,
    )
    import_city(request, ignore, NOW)


class Seen(Struct):
    """What one screen was told and read: version, status, where, octets."""

    told: list[str] = []
    kinds: set[str] = set()
    read: list[tuple[str, int, int, bytes]] = []
    is_closed: bool = False


def watch(person: Person, screen: Screen, stop: threading.Event, at: int, seen: Seen) -> None:
    """As a page does: follows the socket, and reads tiles of the version it was told last."""
    client = own_client(person)
    while not stop.is_set():
        frame: dict[str, Any] = {"k": ""}
        try:
            frame = screen.frame(BETWEEN_S if seen.told else 60)
        except TimeoutError:
            pass
        except Exception:  # noqa: BLE001 - whatever closed the line
            seen.is_closed = True
            return
        seen.kinds.add(frame["k"])
        if frame["k"] == "city" and frame["city"]["has_tiles"]:
            seen.told.append(frame["city"]["version"])
        if seen.told:
            version, start = seen.told[-1], (len(seen.read) * 7 + at) % 9 * TILE_BYTES
            answer = client.get(
                "/api/map/city.pmtiles",
                params={"v": version},
                headers={"Range": f"bytes={start}-{start + TILE_BYTES - 1}"},
            )
            seen.read.append((version, answer.status_code, start, answer.content))


@pytest.fixture
def extract() -> Path:
    """A real city's; without it there is nothing to prepare."""
    return third_party("porto_alegre.osm.pbf")


@pytest.fixture
def cities(tmp_path: Path, extract: Path) -> Path:
    """Where this test's cities are: the shared synthetic one so far."""
    assert extract.is_file()
    synthetic = prepare(PACK)
    data = own_cities(tmp_path / "own")
    folder = CityVersions(data, "semarang").folder
    folder.mkdir(parents=True, exist_ok=True)
    (folder / synthetic.name).symlink_to(synthetic.folder)
    return data


@pytest.fixture
def room(tmp_path: Path, cities: Path) -> Iterator[Room]:
    """A room that asks a geography of its own."""
    process = GeoProcess(cities)
    process.start()
    room = Room(tmp_path)
    client = GeographyClient(PACK, PLANS.time_zone_offset, process.socket)
    room.given = structs.replace(room.given, geography=client)
    room.start()
    try:
        until(lambda: client.city().state == "ready" and client.city().has_tiles, tries=LOOKS)
        yield room
    finally:
        room.close()
        process.stop()


def test_a_real_import_under_twenty_screens(room: Room, cities: Path, extract: Path) -> None:
    """Each screen hears of the new version once and reads on, without a hole, octets of two
    versions, a closed line or a reload; and both files are read as they are on disk."""
    geography = room.given.geography
    before, stop = geography.city().version, threading.Event()
    people = [room.person(PEOPLE[n % len(PEOPLE)]) for n in range(VIEWERS)]
    screens = [person.screen() for person in people]
    views = [Seen(told=[], kinds=set(), read=[]) for _ in screens]
    files = {before: geography.tiles()}
    with ThreadPoolExecutor(VIEWERS) as pool, ProcessPoolExecutor(1, get_context("spawn")) as own:
        watching = [
            pool.submit(watch, person, screen, stop, at, views[at])
            for at, (person, screen) in enumerate(zip(people, screens, strict=True))
        ]
        try:
            until(lambda: all(one.read for one in views), tries=LOOKS)
            own.submit(bring, extract, cities).result(600)
            until(lambda: geography.city().version != before, tries=LOOKS)
            after = geography.city().version
            files[after] = geography.tiles()
            until(lambda: all((after, 206) == one.read[-1][:2] for one in views), tries=LOOKS)
            time.sleep(4 * BETWEEN_S)
        finally:
            stop.set()
        for one in watching:
            one.result(60)
    for screen in screens:
        screen.close()
    contents = {version: path.read_bytes() for version, path in files.items() if path is not None}
    assert len(contents) == 2
    assert not any(one.is_closed for one in views)
    for one in views:
        versions = [version for version, *_ in one.read]
        assert list(dict.fromkeys(one.told)) == [before, after]
        assert not one.kinds & {"bye", "redo"}
        assert {status for _, status, *_ in one.read} == {206}
        assert all(not (a == after and b == before) for a, b in pairwise(versions))
        for version, _, start, octets in one.read:
            assert octets == contents[version][start : start + TILE_BYTES]
    print(f"{sum(len(one.read) for one in views)} tiles read by {VIEWERS} screens")
