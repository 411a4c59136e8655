"""Who is blamed when a city cannot be used: the file that is broken, never for our own faults."""

import itertools
import logging
import threading
import time
from pathlib import Path

import msgspec
import pytest
from geo_served_room import OFFSET, PACK

from kentongan.edge.geo.gazetteer.gazetteer import GazetteerBroken
from kentongan.edge.geo.network.road_network import NetworkBroken
from kentongan.edge.geo.served import keeper as keeper_module
from kentongan.edge.geo.served.keeper import CityKeeper
from kentongan.edge.geo.served.told import Tellers
from kentongan.geography import CityShown

SHOWN = CityShown(state="loading", version="", label="", is_synthetic=True)


class _City:
    """A city that loads its names and has no roads to load."""

    def __init__(self, *_given: object) -> None:
        self.files, self.driving, self.speeds, self.name, self.tiles = None, None, None, "", ""

    def shown(self, problem: str) -> CityShown:
        """What is said of it."""
        return msgspec.structs.replace(SHOWN, problem=problem)


def keeper(tmp_path: Path) -> CityKeeper:
    """One that prepares nothing."""
    return CityKeeper(tmp_path, PACK, OFFSET, {}, Tellers(), (), lambda: None)


def broken_by(error: Exception) -> type[_City]:
    """A city that cannot be made."""

    class Broken(_City):
        def __init__(self, *given: object) -> None:
            super().__init__(*given)
            raise error

    return Broken


@pytest.mark.parametrize(
    "error",
    [
        GazetteerBroken("gazetteer.npz: no header"),
        NetworkBroken("network.npz: cut"),
        msgspec.ValidationError("facilities.json: 3"),
        OSError(5, "Input/output error"),
        ValueError("arrays of other lengths"),
        IndexError("index 9 is out of bounds"),
        MemoryError("of 9 GB"),
    ],
)
def test_a_broken_file_is_blamed_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Told once, not tried again with each look."""
    monkeypatch.setattr(keeper_module, "City", broken_by(error))
    looked = keeper(tmp_path)
    looked.look()
    assert str(error) in looked._broken[""]


def test_a_fault_of_our_own_blames_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The look ends with it, what is in use goes on, and after a pause it is looked again."""
    monkeypatch.setattr(keeper_module, "LOOK_S", 0.01)
    monkeypatch.setattr(keeper_module, "AFTER_FAULT_S", 0.05)
    looked = keeper(tmp_path)
    monkeypatch.setattr(keeper_module, "City", _City)
    looked.look()
    in_use = looked.city
    assert in_use is not None
    times: list[float] = []

    def faulty() -> None:
        times.append(time.monotonic())
        raise TypeError("a fault of ours")

    monkeypatch.setattr(looked, "_look_after_speeds", faulty)
    with pytest.raises(TypeError):
        looked.look()
    with caplog.at_level(logging.ERROR):
        looked.start()
        end = time.monotonic() + 20
        while len(times) < 4 and time.monotonic() < end:
            threading.Event().wait(0.01)
        looked.stop()
    assert len(times) >= 4
    assert min(after - before for before, after in itertools.pairwise(times[1:])) >= 0.05
    assert looked.city is in_use
    assert looked._broken == {}
    assert "goes on" in caplog.text
    assert looked.shown() == (SHOWN, "")
