"""Another version of the city comes into use under twenty screens that read its map meanwhile."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import Struct, structs
from web_map import Mapped
from web_room import Person, Room, Screen, until

from kentongan.edge.web.map_file import PIECE_BYTES

VIEWERS = 20
PEOPLE = ("rina", "budi", "sari", "dinkes", "eva")
VERSIONS = ("one", "two", "three")
TILE_BYTES = 20_000
SIZE = 3 * PIECE_BYTES
BETWEEN_S = 1.5
"""Between two switches: screens hear of one within a second, and read some tiles of each."""


def content(version: str) -> bytes:
    """A map whose every octet says which version it is of."""
    return version[:2].encode() * (SIZE // 2)


def is_of(octets: bytes, version: str) -> bool:
    """Whether nothing of another version is in it."""
    return octets == version[:2].encode() * (len(octets) // 2)


@pytest.fixture
def geography(tmp_path: Path) -> Mapped:
    """The first version."""
    geography = Mapped()
    geography.use(tmp_path / "one.pmtiles", "one", content("one"))
    return geography


@pytest.fixture
def room(tmp_path: Path, geography: Mapped) -> Iterator[Room]:
    """A room with that city."""
    room = Room(tmp_path)
    room.given = structs.replace(room.given, geography=geography)
    room.start()
    yield room
    room.close()


class Seen(Struct):
    """What one screen was told and what it read, in order."""

    told: list[str] = []
    kinds: set[str] = set()
    read: list[tuple[str, int]] = []
    mixed: int = 0
    is_closed: bool = False


def own_client(person: Person) -> httpx.Client:
    """With the person's session; each request on a connection of its own, so that none is reset
    because it was idle on a slow machine."""
    return httpx.Client(
        base_url=person.client.base_url,
        cookies=person.client.cookies,
        limits=httpx.Limits(max_keepalive_connections=0),
    )


def watch(person: Person, screen: Screen, stop: threading.Event, at: int, seen: Seen) -> Seen:
    """As a page does: follows the socket, and reads tiles of the version it was told last."""
    client = own_client(person)
    while not stop.is_set():
        frame: dict[str, Any] = {"k": ""}
        try:
            frame = screen.frame(0.02 if seen.told else 10)
        except TimeoutError:
            pass
        except Exception:  # noqa: BLE001 - whatever closed the line
            seen.is_closed = True
            return seen
        seen.kinds.add(frame["k"])
        if frame["k"] == "city":
            seen.told.append(frame["city"]["version"])
        if seen.told:
            _read(client, seen, (len(seen.read) * 7 + at) * TILE_BYTES % (SIZE - TILE_BYTES))
    return seen


def _read(client: httpx.Client, seen: Seen, start: int) -> None:
    """One tile, by its range and under its version's name."""
    version = seen.told[-1]
    answer = client.get(
        "/api/map/city.pmtiles",
        params={"v": version},
        headers={"Range": f"bytes={start}-{start + TILE_BYTES - 1}"},
    )
    seen.read.append((version, answer.status_code))
    if answer.status_code == 206 and not is_of(answer.content, version):
        seen.mixed += 1


def test_a_switch_under_twenty_screens(room: Room, geography: Mapped, tmp_path: Path) -> None:
    """None is closed or begun anew, none gets octets of two versions, all go on with the new one;
    an answer that was under way is finished with the version it began with."""
    stop = threading.Event()
    people = [room.person(PEOPLE[n % len(PEOPLE)]) for n in range(VIEWERS)]
    screens = [person.screen() for person in people]
    views = [Seen(told=[], kinds=set(), read=[]) for _ in screens]
    with ThreadPoolExecutor(VIEWERS) as pool:
        watching = [
            pool.submit(watch, person, screen, stop, at, views[at])
            for at, (person, screen) in enumerate(zip(people, screens, strict=True))
        ]
        slow = room.person("admin").client.stream(
            "GET", "/api/map/city.pmtiles", params={"v": "one"}
        )
        with slow as whole:
            pieces = whole.iter_raw(1_000)
            begun = next(pieces)
            for version in VERSIONS[1:]:
                time.sleep(BETWEEN_S)
                geography.use(tmp_path / f"{version}.pmtiles", version, content(version))
            time.sleep(BETWEEN_S)
            rest = begun + b"".join(pieces)
        until(lambda: room.parts.live.listening == VIEWERS)
        last = (VERSIONS[-1], 206)
        until(lambda: all(one.is_closed or last in one.read for one in views))
        stop.set()
        seen = [one.result(20) for one in watching]
    for screen in screens:
        screen.close()
    assert len(rest) == SIZE
    assert is_of(rest, "one")
    assert not any(one.is_closed or one.mixed for one in seen)
    for one in seen:
        assert tuple(one.told) == VERSIONS, "each is told of each once, in order"
        assert not one.kinds & {"bye", "redo"}
        done = [version for version, status in one.read if status == 206]
        assert set(done) == set(VERSIONS)
        assert all(VERSIONS.index(a) <= VERSIONS.index(b) for a, b in pairwise(done))
        assert {status for _, status in one.read} == {206}, "no hole in any map"
    print(f"{sum(len(one.read) for one in seen)} tiles read by {VIEWERS} screens")
    assert {one.read[-1] for one in seen} == {(VERSIONS[-1], 206)}
