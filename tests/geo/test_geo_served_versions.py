"""The city in use while imports come and go: switched to under way, and never to a broken one."""

import asyncio
import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from geo_served_room import (
    NOW,
    PACK,
    SIMPANG_LIMA,
    GeoProcess,
    asking,
    flood,
    own_cities,
    prepare,
    starts,
    until,
)
from msgspec import structs
from osm_files import write_town

from kentongan.cities.facts import Point
from kentongan.edge.geo.imported.making import import_city
from kentongan.edge.geo.imported.manifest import LICENCE
from kentongan.edge.geo.imported.request import ImportRequest, Step
from kentongan.edge.geo.imported.versions import SYNTHETIC, CityVersions
from kentongan.edge.geo.served.client import GeographyClient
from kentongan.edge.geo.served.prepared import SyntheticCity
from kentongan.geography import CityShown


def ignore(step: Step) -> None:
    """Nobody looks."""


@pytest.fixture(scope="module")
def synthetic() -> SyntheticCity:
    """The shared synthetic city, and all code compiled."""
    return prepare(PACK)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two imported versions of a town, the newer one in use, to be copied."""
    data = tmp_path_factory.mktemp("imported")
    town = write_town(data / "town.osm.pbf")
    request = ImportRequest(
        extract=town, pack="semarang", data=data, words=PACK, may_be_partial=True
    )
    for day in range(2):
        import_city(request, ignore, NOW + timedelta(days=day))
    return data / "cities"


@pytest.fixture
def versions(tmp_path: Path, imported: Path, synthetic: SyntheticCity) -> CityVersions:
    """The two versions, and beside them the synthetic city."""
    data = own_cities(tmp_path / "own")
    shutil.copytree(imported, data / "cities", symlinks=True)
    found = CityVersions(data, "semarang")
    (found.folder / synthetic.name).symlink_to(synthetic.folder)
    return found


@pytest.fixture
def process(versions: CityVersions) -> Iterator[GeoProcess]:
    """The process for these cities, not started yet."""
    process = GeoProcess(versions.folder.parents[1])
    yield process
    process.stop()


def spoilt(versions: CityVersions, name: str, file: str) -> None:
    """A further version in which that file is no longer what it should be, and switched to."""
    current = versions.current()
    assert current is not None
    folder = versions.folder / "versions" / name
    shutil.copytree(current.folder, folder)
    (folder / file).write_bytes(b"not what it was")
    link = versions.folder / ".beside"
    link.symlink_to(f"versions/{name}")
    os.replace(link, versions.link)


async def until_city(client: GeographyClient, version: str, problem: str) -> CityShown:
    """Wait for that version to be in use with that problem; it never stops being ready."""

    def holds() -> bool:
        shown = client.city()
        assert shown.state == "ready"
        is_said = shown.problem.startswith(problem) if problem else not shown.problem
        return shown.version == version and is_said

    await until(holds, f"version {version} with problem {problem!r}")
    return client.city()


def test_another_version_takes_over_under_way(
    versions: CityVersions, process: GeoProcess, synthetic: SyntheticCity
) -> None:
    """Gone back to the older one, to the pack's own city, and forward again: roads answer all the
    time, by what is in use, the licence of the map is what is said of it, and what the record
    closed stays closed."""
    newer, older = (one.name for one in versions.all())
    process.start()

    async def run() -> None:
        async with asking(process) as client:
            shown = await until_city(client, newer, "")
            assert (shown.is_synthetic, shown.attribution, shown.label) == (False, LICENCE, LICENCE)
            assert shown.bounds is not None
            assert client.tiles() == versions.get(newer).tiles
            asked = [
                structs.replace(one, point=Point(-6.99 + 0.01 * n, 110.4))
                for n, one in enumerate(starts(2))
            ]
            open_roads = await client.journeys(SIMPANG_LIMA, asked, NOW)
            client.set_closures([flood("air", 10, asked[1].point)])
            for wanted in (older, newer):
                versions.rollback(wanted)
                await until_city(client, wanted, "")
                assert client.tiles() == versions.get(wanted).tiles
                found = await client.journeys(SIMPANG_LIMA, asked, NOW)
                assert found[0] == open_roads[0]
                assert found[1].marks == ("on_closed",)
            versions.rollback(older)
            assert versions.rollback(SYNTHETIC) is None
            shown = await until_city(client, synthetic.name, "")
            assert shown.is_synthetic
            (invented, shut) = await client.journeys(SIMPANG_LIMA, asked, NOW)
            assert invented.travel.source == "road_network_synthetic"
            assert shut.marks == ("on_closed",)
            versions.rollback(newer)
            await until_city(client, newer, "")

    asyncio.run(run())


@pytest.mark.parametrize("file", ["network.npz", "gazetteer.npz", "manifest.json"])
def test_a_broken_version_is_told_and_left_alone(
    versions: CityVersions, process: GeoProcess, file: str
) -> None:
    """What was in use goes on, the state says why; so it is after a start; mended, all is well."""
    newer, broken = versions.all()[0].name, "20261225T000000Z-deadbeef"
    process.start()

    async def run() -> None:
        async with asking(process) as client:
            await until_city(client, newer, "")
            spoilt(versions, broken, file)
            await until_city(client, newer, f"{broken}: ")
        assert f"city {broken} is not used" in process.log
        process.kill()
        process.start()
        async with asking(process) as client:
            await until_city(client, newer, f"{broken}: ")
            versions.rollback(newer)
            await until_city(client, newer, "")

    asyncio.run(run())


def test_without_any_whole_version_the_synthetic_city_serves(
    versions: CityVersions, process: GeoProcess, synthetic: SyntheticCity
) -> None:
    """The only version is broken: synthetic roads answer, named so, and the problem is told."""
    broken = "20261225T000000Z-deadbeef"
    spoilt(versions, broken, "network.npz")
    for one in versions.all():
        if one.name != broken:
            shutil.rmtree(one.folder)
    process.start()

    async def run() -> None:
        async with asking(process) as client:
            shown = await until_city(client, synthetic.name, f"{broken}: ")
            assert shown.is_synthetic

    asyncio.run(run())
