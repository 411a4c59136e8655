"""The synthetic city of a pack: made once, whole or not at all, and named by what it is made of."""

import threading
from pathlib import Path

import pytest
from geo_served_room import PACK
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.edge.geo.imported.versions import VersionFiles
from kentongan.edge.geo.served.prepared import PREPARING, SyntheticCity
from kentongan.serve import geo_serve
from kentongan.settings import Settings


class _Sketched(SyntheticCity):
    """One that is made at once, and counted."""

    made: int = 0

    def _fill(self, files: VersionFiles) -> None:
        type(self).made += 1
        files.network.write_bytes(b"roads")


def test_a_synthetic_city_is_made_once(tmp_path: Path) -> None:
    """Several come at once and one makes it; left-overs and other releases' cities are gone; what
    is not whole is never in its place."""
    sketched = _Sketched(tmp_path, PACK)
    sketched.parent.mkdir(parents=True)
    for left_over in (f"{PREPARING}999", "synthetic-0123456789abcdef"):
        (sketched.parent / left_over).mkdir()
    threads = [threading.Thread(target=_Sketched(tmp_path, PACK).make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _Sketched.made == 1
    assert sketched.is_there
    assert [one.name for one in sketched.parent.glob("*/")] == [sketched.name]


def test_a_city_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    """The disk is full half way: no city, no half of one."""

    class _Broken(SyntheticCity):
        def _fill(self, files: VersionFiles) -> None:
            files.network.write_bytes(b"half")
            raise OSError(28, "No space left on device")

    broken = _Broken(tmp_path, PACK)
    with pytest.raises(OSError, match="No space"):
        broken.make()
    assert not broken.is_there
    assert not list(broken.parent.glob("*/"))


def test_the_name_follows_the_pack(tmp_path: Path) -> None:
    """The same place, the same name, wherever its units stand and whatever is asked of callers;
    another fact of the place, another name."""
    again = SyntheticCity(tmp_path, PACK).name
    works_otherwise = structs.replace(
        PACK, units=PACK.units[1:], protocols=PACK.protocols[1:], telephones=(), busy=()
    )
    for other in (works_otherwise, structs.replace(PACK, desks=PACK.desks[1:])):
        assert SyntheticCity(tmp_path, other).name == again
    fewer = structs.replace(PACK, posts=PACK.posts[1:])
    assert SyntheticCity(tmp_path, fewer).name != again
    moved = structs.replace(
        PACK, city=structs.replace(PACK.city, centre=Point(PACK.city.centre.lat + 0.01, 110.4))
    )
    assert SyntheticCity(tmp_path, PACK).name == again
    assert SyntheticCity(tmp_path, moved).name != again


def test_what_answers_wait_for_is_made_before_the_map_and_with_more_patience_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Roads and their search step back behind calls and screens and no further: on a busy machine
    the lowest priority never has its turn. The map, which nothing waits for, has that."""
    done: list[str | int] = []

    class _Noted(_Sketched):
        def make(self) -> None:
            done.append("roads")

        def draw(self) -> None:
            done.append("map")

    def compile_it(_network: Path) -> None:
        done.append("search")

    def begin(_settings: Settings) -> None:
        pass

    monkeypatch.setattr("kentongan.edge.geo.served.prepared.SyntheticCity", _Noted)
    monkeypatch.setattr(geo_serve, "is_kept", lambda: False)
    monkeypatch.setattr(geo_serve, "_compile", compile_it)
    monkeypatch.setattr(geo_serve, "_begin", begin)
    monkeypatch.setattr(geo_serve.os, "nice", done.append)
    settings = Settings(state_dir=str(tmp_path), geo_dir=str(tmp_path / "geo"))
    assert geo_serve.run_geo_prepare(settings) == 0
    assert done == [10, "roads", "search", 9, "map"]
