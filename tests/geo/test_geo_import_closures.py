"""How closures fare in a new network: found by drawing and way, or named as lost."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from osm_files import SOUTH, STEP, WEST, write_town

from kentongan.cities.pack import load, packaged
from kentongan.edge.geo.imported.closures import Fare, fare_of
from kentongan.edge.geo.imported.making import import_city
from kentongan.edge.geo.imported.request import ImportRequest
from kentongan.edge.geo.network.build import build_network
from kentongan.edge.geo.osm.read import read_extract
from kentongan.edge.geo.routing.closures import Closure

NOW = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)


def at(lon: float, lat: float) -> dict[str, Any]:
    """A point."""
    return {"type": "Point", "coordinates": [lon, lat]}


ON_A_STREET = at(WEST + 2.5 * STEP, SOUTH + 2 * STEP)
NOWHERE = at(WEST - 1.0, SOUTH - 1.0)


def test_found_by_way_found_by_drawing_and_lost(tmp_path: Path) -> None:
    """An OSM way that is gone leaves the drawing; a drawing beyond every road is named."""
    extract = read_extract(write_town(tmp_path / "town.osm.pbf"))
    network = build_network(extract.roads).network
    ways = {int(way) for way in network.way.tolist()}
    closures = [Closure(id=f"w{way}", geometry=ON_A_STREET, way=way) for way in sorted(ways)]
    assert fare_of(closures, network).by_way >= 1
    closures = [
        Closure(id="drawn", geometry=ON_A_STREET),
        Closure(id="gone", geometry=ON_A_STREET, way=999_999_999),
        Closure(id="lost", geometry=NOWHERE),
        Closure(id="broken", geometry={"type": "Circle"}),
    ]
    assert fare_of(closures, network) == Fare(found=2, by_way=0, lost=("broken", "lost"))


def test_an_import_tells_how_they_fare_and_keeps_none(tmp_path: Path) -> None:
    """The closures are the record's: nothing of them is written beside the versions."""
    request = ImportRequest(
        extract=write_town(tmp_path / "town.osm.pbf"),
        pack="semarang",
        data=tmp_path,
        words=load(packaged()),
        may_be_partial=True,
        closures=(Closure(id="a", geometry=ON_A_STREET), Closure(id="b", geometry=NOWHERE)),
    )
    imported = import_city(request, lambda _: None, NOW)
    assert imported.closures == Fare(found=1, by_way=0, lost=("b",))
    assert not list(tmp_path.rglob("closures*"))
