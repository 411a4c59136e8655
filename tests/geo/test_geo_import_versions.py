"""Versions of a city: listed, switched, gone back from, pruned, noticed by a running process."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kentongan.edge.geo.imported.manifest import Manifest, Source, load_manifest, save_manifest
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.edge.geo.imported.versions import SYNTHETIC, CityVersions
from kentongan.edge.geo.osm.raw import Bounds

NAMES = ("20260101T000000Z-aaaaaaaa", "20260102T000000Z-bbbbbbbb", "20260103T000000Z-cccccccc")


def manifest(name: str) -> Manifest:
    """A manifest of nothing."""
    return Manifest(
        version=name,
        pack="uji",
        made_at=datetime(2026, 1, 1, tzinfo=UTC),
        source=Source(name="x.osm.pbf", sha256="a" * 64, size_bytes=1),
        bounds=Bounds(-7.1, 110.3, -6.9, 110.5),
        counts={"junctions": 1},
        dropped={},
        checks=(),
        seconds={},
        peak_mb=1,
    )


@pytest.fixture
def versions(tmp_path: Path) -> CityVersions:
    """Three versions, the newest current."""
    city = CityVersions(tmp_path, "uji")
    for name in NAMES:
        folder = city.folder / "versions" / name
        folder.mkdir(parents=True)
        save_manifest(manifest(name), folder)
    city.switch(city.get(NAMES[2]))
    return city


def test_newest_first_and_the_current_one(versions: CityVersions) -> None:
    """All whole versions in order; the manifest comes back as it was written."""
    assert [one.name for one in versions.all()] == list(reversed(NAMES))
    current = versions.current()
    assert current is not None
    assert current.name == NAMES[2]
    assert load_manifest(current.folder) == manifest(NAMES[2])
    assert current.tiles == current.folder / "city.pmtiles"


def test_going_back(versions: CityVersions) -> None:
    """To the one before, to a named one, by the beginning of its name; never without a name to the
    pack's invented roads, nor from there to what somebody went away from."""

    def gone_to(name: str | None = None) -> str | None:
        target = versions.rollback(name)
        return None if target is None else target.name

    assert gone_to() == NAMES[1]
    assert gone_to() == NAMES[0]
    with pytest.raises(ImportRefused, match=f"{NAMES[0]} is the oldest .*{NAMES[2]}.*synthetic"):
        versions.rollback()
    assert versions.named() == NAMES[0]
    assert gone_to(SYNTHETIC) is None
    assert (versions.current(), versions.named(), versions.poll()) == (None, SYNTHETIC, None)
    assert len(versions.all()) == len(NAMES)
    with pytest.raises(ImportRefused, match="no imported version is current"):
        versions.rollback()
    assert versions.named() == SYNTHETIC
    assert gone_to("20260103") == NAMES[2]
    with pytest.raises(ImportRefused, match="several versions begin with '2026'"):
        versions.rollback("2026")
    with pytest.raises(ImportRefused, match="no version '1999'"):
        versions.rollback("1999")
    current = versions.current()
    assert current is not None
    assert current.name == NAMES[2]


def test_a_running_process_learns_of_a_switch_once(versions: CityVersions) -> None:
    """`poll` tells a change once; also a switch to and back is a change."""
    running = CityVersions(versions.folder.parents[1], "uji")
    first = running.poll()
    assert first is not None
    assert first.name == NAMES[2]
    assert running.poll() is None
    versions.rollback()
    second = running.poll()
    assert second is not None
    assert second.name == NAMES[1]
    assert running.poll() is None
    versions.rollback(SYNTHETIC)
    assert running.poll() is None
    versions.rollback(NAMES[1])
    third = running.poll()
    assert third is not None
    assert third.name == NAMES[1]


def test_what_is_no_version_is_not_seen(versions: CityVersions) -> None:
    """Folders half-made, without a manifest or with a broken one are passed over."""
    for name, text in (
        ("20260104T000000Z-dddddddd", None),
        ("20260105T000000Z-eeeeeeee", "{"),
        ("20260106T000000Z-ffffffff", '{"format": 99}'),
        (".making-20260107T000000Z-00000000", None),
        ("notes", "{}"),
    ):
        folder = versions.folder / "versions" / name
        folder.mkdir()
        if text is not None:
            (folder / "manifest.json").write_text(text)
    assert [one.name for one in versions.all()] == list(reversed(NAMES))


def test_the_oldest_go_but_never_the_current(versions: CityVersions) -> None:
    """Two are kept, one of them the current although it is the oldest."""
    versions.rollback(NAMES[0])
    assert versions.prune(2) == [NAMES[1]]
    assert [one.name for one in versions.all()] == [NAMES[2], NAMES[0]]
    assert not list(versions.folder.glob(".gone-*"))


def test_nothing_imported_yet(tmp_path: Path) -> None:
    """A city without versions: no current, nothing to poll, nothing to go back to."""
    versions = CityVersions(tmp_path, "uji")
    assert (versions.current(), versions.poll(), versions.all()) == (None, None, [])
    with pytest.raises(ImportRefused):
        versions.rollback()


@pytest.mark.parametrize("key", ["", "../etc", "Semarang", "a/b", "x" * 65])
def test_a_pack_is_a_plain_key(tmp_path: Path, key: str) -> None:
    """No key leads out of the data folder."""
    with pytest.raises(ImportRefused, match="no key of a city pack"):
        CityVersions(tmp_path, key)


def test_a_link_that_leads_nowhere_is_no_version(versions: CityVersions) -> None:
    """Somebody's own link or a removed folder: no current, no crash."""
    versions.link.unlink()
    versions.link.symlink_to("versions/20300101T000000Z-99999999")
    assert versions.current() is None
    assert versions.poll() is None
