"""Fixtures of the tests of notifications: fakes that speak the real wire formats, and a room."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from notify_centre import Centre, Plan
from notify_room import Room
from notify_web import Says, Web

from kentongan.cities.pack import CityPack, load, packaged
from kentongan.store.open import open_store


@pytest.fixture
def web() -> Iterator[Callable[..., Web]]:
    """Makes web servers that end with the test."""
    made: list[Web] = []

    def make(*answers: Says) -> Web:
        made.append(Web(*answers))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def centre() -> Iterator[Callable[..., Centre]]:
    """Makes message centres that end with the test."""
    made: list[Centre] = []

    def make(plan: Plan | None = None) -> Centre:
        made.append(Centre(plan))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def secret_file(tmp_path: Path) -> str:
    """A file with the word."""
    file = tmp_path / "word"
    file.write_text("rahasia\n")
    return str(file)


@pytest.fixture(scope="session")
def pack() -> CityPack:
    """The city."""
    return load(packaged())


@pytest.fixture
def room(pack: CityPack) -> Iterator[Room]:
    """A room with an incident, an ambulance, and a clock that the test turns."""
    made = Room(open_store("memory:"), pack)
    yield made
    made.close()
