"""A room for the tests of the web process."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "geo"))

from web_room import Room
from web_switch import FakeSwitch


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A room that listens."""
    room = Room(tmp_path)
    room.start()
    yield room
    room.close()


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room that the tests of a module share: their incidents have different keys."""
    room = Room(tmp_path_factory.mktemp("hall"))
    room.start()
    yield room
    room.close()


@pytest.fixture
def switch(room: Room) -> Iterator[FakeSwitch]:
    """A switch the room is connected to."""
    switch = FakeSwitch(room.switch_path)
    assert room.server is not None
    from web_room import until

    until(room.parts.switch.reached.is_set)
    yield switch
    switch.close()
