"""An import as a whole: a city comes into use, or is refused and the running one stays."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from osm_files import SIDE, SOUTH, STEP, WEST, write_town

from kentongan.cities.facts import Box
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.edge.geo.gazetteer.gazetteer import load as load_gazetteer
from kentongan.edge.geo.imported import making
from kentongan.edge.geo.imported.areas import load_areas
from kentongan.edge.geo.imported.facilities import FacilityKind, load_facilities
from kentongan.edge.geo.imported.making import LOCK, Imported, import_city
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.edge.geo.imported.request import PHASES, ImportRequest, Step, without_facts
from kentongan.edge.geo.imported.versions import CityVersions
from kentongan.edge.geo.network.road_network import load as load_network
from kentongan.edge.geo.osm.limits import ReadLimits

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
ALL = SIDE * STEP


@pytest.fixture(scope="module")
def pack() -> CityPack:
    """Semarang's, where the town lies."""
    return load(packaged())


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town as a file."""
    return write_town(tmp_path_factory.mktemp("town") / "town.osm.pbf")


def ignore(step: Step) -> None:
    """Nobody looks."""


@pytest.fixture
def request_of(tmp_path: Path, pack: CityPack, town: Path) -> Callable[..., ImportRequest]:
    """A request for the town, with changes."""

    def make(**changes: object) -> ImportRequest:
        usual = ImportRequest(
            extract=town, pack="semarang", data=tmp_path, words=pack, may_be_partial=True
        )
        return msgspec.structs.replace(usual, **changes)

    return make


@pytest.fixture
def running(request_of: Callable[..., ImportRequest]) -> Imported:
    """A city that is in use."""
    return import_city(request_of(), ignore, NOW)


def seen(data: Path) -> list[str]:
    """Everything below the data folder except the lock, by name."""
    return sorted(str(one.relative_to(data)) for one in data.rglob("*") if one.name != LOCK)


def test_a_city_comes_into_use(request_of: Callable[..., ImportRequest], tmp_path: Path) -> None:
    """Every file is there and opens; the manifest tells source, counts, checks and licence."""
    steps: list[Step] = []
    imported = import_city(request_of(), steps.append, NOW)
    version = CityVersions(tmp_path, "semarang").current()
    assert version is not None
    assert version.name == imported.version
    assert version.name.startswith("20261125T080000Z-")
    network = load_network(version.network)
    assert (network.nodes, network.source, network.version) == (SIDE * SIDE, "osm", version.name)
    assert [area.name for area in load_areas(version.areas)] == ["Sekayu"]
    kinds = {one.kind for one in load_facilities(version.facilities)}
    assert kinds == {FacilityKind.HOSPITAL, FacilityKind.FIRE_STATION}
    assert len(load_gazetteer(version.gazetteer)) > 50
    assert version.tiles.stat().st_size > 1_000
    manifest = version.manifest
    assert manifest.source.name == "town.osm.pbf"
    assert manifest.licence == "© OpenStreetMap contributors"
    assert [one.name for one in manifest.checks] == [
        "connected",
        "hospital",
        "routes",
        "tiles",
        "places",
    ]
    assert manifest.dropped["features without name"] == 1
    assert manifest.tools["kentongan"]
    assert list(dict.fromkeys(step.phase for step in steps)) == list(PHASES)
    assert {step.phase for step in steps if step.percent == 100} == set(PHASES)


def test_the_same_source_makes_the_same_files(
    request_of: Callable[..., ImportRequest], running: Imported, tmp_path: Path
) -> None:
    """Network and map are byte for byte the same but for the version's name in the network."""
    import_city(request_of(), ignore, NOW + timedelta(days=1))
    new, old = CityVersions(tmp_path, "semarang").all()
    assert new.tiles.read_bytes() == old.tiles.read_bytes()
    assert new.areas.read_bytes() == old.areas.read_bytes()
    assert new.facilities.read_bytes() == old.facilities.read_bytes()


def test_old_versions_stay_up_to_the_limit(
    request_of: Callable[..., ImportRequest], running: Imported, tmp_path: Path
) -> None:
    """Two imports in one second are two versions; of three, two are kept."""
    second = import_city(request_of(keep=2), ignore, NOW)
    assert second.before == running.version
    assert second.version == f"{running.version}-2"
    third = import_city(request_of(keep=2), ignore, NOW + timedelta(seconds=1))
    assert third.removed == (running.version,)
    names = [one.name for one in CityVersions(tmp_path, "semarang").all()]
    assert names == [third.version, second.version]


def _refusals(tmp_path: Path, town: Path) -> dict[str, tuple[dict[str, object], str]]:
    cut = tmp_path.parent / "cut.osm.pbf"
    cut.write_bytes(town.read_bytes()[:-300])
    empty = tmp_path.parent / "empty.osm.pbf"
    empty.write_bytes(b"")
    bow = tmp_path.parent / "bow.geojson"
    bow.write_text(
        '{"type": "Polygon", "coordinates":'
        " [[[110.3,-7.1],[110.5,-6.9],[110.5,-7.1],[110.3,-6.9],[110.3,-7.1]]]}"
    )
    elsewhere = write_town(tmp_path.parent / "porto.osm.pbf", south=-30.1, west=-51.2)
    bare = write_town(tmp_path.parent / "bare.osm.pbf", hospital=False)
    return {
        "cut short": ({"extract": cut}, "cut short"),
        "empty": ({"extract": empty}, "empty"),
        "no file": ({"extract": tmp_path / "no.osm.pbf"}, "no such file"),
        "another continent": ({"extract": elsewhere}, "km away from the city pack semarang"),
        "no hospital": ({"extract": bare}, "hospital: 0 hospitals; --no-hospital"),
        "crossing itself": ({"boundary": bow}, "crosses itself"),
        "too large": ({"limits": ReadLimits(road_ways=3)}, "more than 3 roads"),
    }


@pytest.mark.parametrize(
    "case",
    [
        "cut short",
        "empty",
        "no file",
        "another continent",
        "no hospital",
        "crossing itself",
        "too large",
    ],
)
def test_a_refusal_leaves_the_running_city(
    case: str,
    request_of: Callable[..., ImportRequest],
    running: Imported,
    tmp_path: Path,
    town: Path,
) -> None:
    """A clear word, and not one file more or less than before."""
    changes, told = _refusals(tmp_path, town)[case]
    before = seen(tmp_path)
    with pytest.raises(ImportRefused, match=told):
        import_city(request_of(**changes), ignore, NOW + timedelta(days=1))
    assert seen(tmp_path) == before
    current = CityVersions(tmp_path, "semarang").current()
    assert current is not None
    assert current.name == running.version


def test_a_city_without_hospital_when_said(
    request_of: Callable[..., ImportRequest], tmp_path: Path
) -> None:
    """The explicit word is taken, and it stands in the manifest."""
    bare = write_town(tmp_path / "bare.osm.pbf", hospital=False)
    imported = import_city(request_of(extract=bare, may_lack_hospital=True), ignore, NOW)
    assert "accepted as said" in imported.manifest.checks[1].detail


def test_half_a_city_fails_its_check(
    request_of: Callable[..., ImportRequest], tmp_path: Path
) -> None:
    """Two halves without a road between them are refused with the share that hangs together."""
    torn = write_town(tmp_path / "torn.osm.pbf", is_torn=True)
    with pytest.raises(ImportRefused, match=r"connected: 50\.0% of .* hang together; 90% needed"):
        import_city(request_of(extract=torn), ignore, NOW)
    versions = CityVersions(tmp_path, "semarang")
    assert versions.all() == []
    assert not versions.folder.exists(), "a first import that is refused leaves no city behind"
    again = import_city(request_of(), ignore, NOW)
    with pytest.raises(ImportRefused, match="hang together"):
        import_city(request_of(extract=torn), ignore, NOW)
    assert [one.name for one in versions.all()] == [again.version]


def _outline(path: Path, south: float, west: float, *, swapped: bool = False) -> Path:
    north, east = south + ALL, west + ALL
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    points = [[y, x] if swapped else [x, y] for x, y in ring]
    path.write_bytes(msgspec.json.encode({"type": "Polygon", "coordinates": [points]}))
    return path


def test_the_boundary_becomes_an_area_and_a_line(
    request_of: Callable[..., ImportRequest], tmp_path: Path
) -> None:
    """The outline is kept as the city's area; its file is in the manifest."""
    outline = _outline(tmp_path / "batas.geojson", SOUTH, WEST)
    imported = import_city(request_of(boundary=outline), ignore, NOW)
    version = CityVersions(tmp_path, "semarang").current()
    assert version is not None
    assert [(area.admin_level, area.osm) for area in load_areas(version.areas)] == [
        (7, load_areas(version.areas)[0].osm),
        (5, "boundary"),
    ]
    assert imported.manifest.boundary is not None
    assert imported.manifest.boundary.name == "batas.geojson"
    assert imported.manifest.counts["map_boundary"] == 2


def test_a_boundary_elsewhere_is_refused(
    request_of: Callable[..., ImportRequest], tmp_path: Path
) -> None:
    """An outline of another city than the pack's is refused before anything is read."""
    outline = _outline(tmp_path / "solo.geojson", -7.6, 110.8)
    with pytest.raises(ImportRefused, match=r"solo\.geojson: the outline lies at .* do not touch"):
        import_city(request_of(boundary=outline), ignore, NOW)


def test_a_swapped_boundary_is_recognised_where_both_are_places(
    request_of: Callable[..., ImportRequest], tmp_path: Path, pack: CityPack
) -> None:
    """In Europe a swapped outline is a place on earth, too: seen because it fits exchanged."""
    europe = write_town(tmp_path / "heidelberg.osm.pbf", south=49.4, west=8.6)
    outline = _outline(tmp_path / "tukar.geojson", 49.4, 8.6, swapped=True)
    request = request_of(
        extract=europe,
        boundary=outline,
        pack="heidelberg",
        words=without_facts(pack, "heidelberg"),
        is_placed=False,
    )
    with pytest.raises(ImportRefused, match=r"tukar\.geojson.*coordinates swapped"):
        import_city(request, ignore, NOW)


def test_a_city_without_a_pack(
    request_of: Callable[..., ImportRequest], tmp_path: Path, pack: CityPack
) -> None:
    """Any city can be looked at: no area is asked for, and its search knows its own names only."""
    other = write_town(tmp_path / "porto.osm.pbf", south=-30.1, west=-51.2)
    words = without_facts(pack, "porto_alegre")
    assert words.city.bbox == Box(lat_min=-90, lat_max=90, lon_min=-180, lon_max=180)
    request = request_of(extract=other, pack="porto_alegre", words=words, is_placed=False)
    imported = import_city(request, ignore, NOW)
    assert imported.manifest.checks[-1].passed
    assert imported.manifest.counts["documents"] < 100


def test_only_one_import_at_a_time(
    request_of: Callable[..., ImportRequest], tmp_path: Path
) -> None:
    """A second one is refused while the first is at work; the first is not disturbed."""
    refused: list[str] = []

    def second(step: Step) -> None:
        if step.phase == "map" and not refused:

            def attempt() -> None:
                with pytest.raises(ImportRefused, match="another import") as error:
                    import_city(request_of(), ignore, NOW)
                refused.append(str(error.value))

            thread = threading.Thread(target=attempt)
            thread.start()
            thread.join()

    import_city(request_of(), second, NOW)
    assert len(refused) == 1


def test_a_full_disk_is_noticed_first(
    request_of: Callable[..., ImportRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without room nothing is begun."""
    monkeypatch.setattr(making, "FREE_BYTES_MIN", 1 << 60)
    with pytest.raises(ImportRefused, match="MB free on the disk"):
        import_city(request_of(), ignore, NOW)


KILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from kentongan.cities.pack import load, packaged
from kentongan.edge.geo.imported.making import import_city
from kentongan.edge.geo.imported.request import ImportRequest

def tell(step):
    if (step.phase, step.percent) == (sys.argv[3], 0):
        print("here", flush=True)
        sys.stdin.read()

request = ImportRequest(
    extract=Path(sys.argv[1]),
    data=Path(sys.argv[2]),
    pack="semarang",
    words=load(packaged()),
    may_be_partial=True,
)
import_city(request, tell, datetime.now(UTC))
"""


@pytest.mark.parametrize("phase", ["map", "switch"])
def test_killed_in_the_middle(
    phase: str,
    request_of: Callable[..., ImportRequest],
    running: Imported,
    tmp_path: Path,
    town: Path,
) -> None:
    """After kill -9 the old version runs, no half-made one is seen, the next import cleans up."""
    versions = CityVersions(tmp_path, "semarang")
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(town), str(tmp_path), phase],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"here\n"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert list(versions.folder.glob(".making-*"))
    assert [one.name for one in versions.all()] == [running.version]
    current = versions.current()
    assert current is not None
    assert current.name == running.version
    import_city(request_of(), ignore, NOW + timedelta(days=1))
    assert not list(versions.folder.glob(".making-*"))
    assert len(versions.all()) == 2


def test_a_stage_for_which_there_is_no_memory_is_not_begun(
    request_of: Callable[..., ImportRequest],
    running: Imported,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a stage would add is reckoned before it: refused with the stage's name and the way out,
    nothing left behind, the running city as it was."""
    before = seen(tmp_path)
    for number, stage in enumerate(("NETWORK_BYTES_PER_POINT", "PLACES_BYTES_PER_NAME"), 1):
        with monkeypatch.context() as patch:
            patch.setattr(f"kentongan.edge.geo.imported.content.{stage}", 10**9)
            name = stage.partition("_")[0].lower()
            with pytest.raises(ImportRefused, match=rf"stopped before {name}: .*--memory-mb"):
                import_city(request_of(), ignore, NOW + timedelta(days=number))
        assert seen(tmp_path) == before
    current = CityVersions(tmp_path, "semarang").current()
    assert current is not None
    assert current.name == running.version
