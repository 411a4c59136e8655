"""Closed roads in a file: written and read back the same, refused with a field, kept by imports."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from osm_files import SOUTH, WEST, write_town

from kentongan.cities.pack import load, packaged
from kentongan.edge.geo.imported.closures import (
    Fare,
    closures_file,
    fare_of,
    read_closures,
    to_geojson,
)
from kentongan.edge.geo.imported.making import import_city
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.edge.geo.imported.request import ImportRequest
from kentongan.edge.geo.network.build import build_network
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.osm.read import read_extract
from kentongan.edge.geo.routing.closures import Closure

FROM = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
POINT: dict[str, Any] = {"type": "Point", "coordinates": [110.41, -6.98]}


def flood(name: str, way: int | None = None) -> Closure:
    """Forty centimetres of water."""
    return Closure(
        id=name,
        geometry=POINT,
        way=way,
        depth_cm=40,
        factors={Profile.FIRE_ENGINE: 2.5},
        from_at=FROM,
        reason="rob Kaligawe",
        by="sari",
    )


@given(
    names=st.sets(st.text(min_size=1, max_size=10), max_size=5),
    ways=st.none() | st.integers(1, 2**40),
)
def test_what_is_written_is_read(tmp_path_factory: Any, names: set[str], ways: int | None) -> None:
    """Any closures come back as they were, in the order of their ids, with the same bytes."""
    path = tmp_path_factory.mktemp("closures") / "closures.geojson"
    closures = [flood(name, ways) for name in sorted(names)]
    path.write_bytes(to_geojson(closures))
    assert read_closures(path) == closures
    assert to_geojson(list(reversed(closures))) == path.read_bytes()


@pytest.mark.parametrize(
    ("change", "field", "told"),
    [
        ({"properties": {"id": "a", "from_at": "2026-11-25"}}, "properties", "from_at"),
        ({"properties": {"id": "a", "from_at": "2026-11-25T08:00:00"}}, "properties", "time zone"),
        ({"properties": {"id": "a", "factors": {"balloon": 0}}}, "properties", "balloon"),
        ({"properties": {"id": "a", "factors": {"plain": 0.5}}}, "properties", "factors.plain"),
        ({"properties": {"id": "a", "depth_cm": -1}}, "properties", "depth_cm"),
        ({"properties": {"id": ""}}, "properties", "an id"),
        ({"properties": {"id": "a", "reason": "x" * 501}}, "properties", "500 characters"),
        ({"properties": None}, "", "properties and geometry"),
        ({"geometry": None}, "", "properties and geometry"),
        ({"geometry": {"type": "Circle"}}, "geometry", "Circle"),
        (
            {"geometry": {"type": "Point", "coordinates": [-6.98, 110.41]}},
            "geometry",
            "no place on earth",
        ),
    ],
)
def test_each_fault_names_its_field(
    tmp_path: Path, change: dict[str, Any], field: str, told: str
) -> None:
    """The second feature is wrong: its number and field are told."""
    good = json.loads(to_geojson([flood("good")]))
    good["features"].append({**good["features"][0], "properties": {"id": "other"}, **change})
    path = tmp_path / "closures.geojson"
    path.write_text(json.dumps(good))
    with pytest.raises(ImportRefused) as refused:
        read_closures(path)
    assert refused.value.field == (f"features[1].{field}" if field else "features[1]")
    assert told in refused.value.text


def test_no_json_and_doubled_ids(tmp_path: Path) -> None:
    """The line of a broken file; an id that stands twice."""
    path = tmp_path / "closures.geojson"
    path.write_text('{"features": [\n{]}')
    with pytest.raises(ImportRefused) as refused:
        read_closures(path)
    assert refused.value.line == 2
    twice = json.loads(to_geojson([flood("a")]))
    twice["features"] *= 2
    path.write_text(json.dumps(twice))
    with pytest.raises(ImportRefused, match="a second time"):
        read_closures(path)


def test_a_closure_finds_its_way_in_another_network(tmp_path: Path) -> None:
    """By the OSM way id, which is the same in every import; else by geometry alone."""
    extract = read_extract(write_town(tmp_path / "town.osm.pbf"))
    network = build_network(extract.roads).network
    closures = [flood("a", extract.roads[3].way), flood("b", 999_999_999), flood("c")]
    assert fare_of(closures, network) == Fare(by_way=1, by_geometry=2)


def test_an_import_keeps_the_closures(tmp_path: Path) -> None:
    """Those given are kept beside the versions; the next import tells how they fare."""
    town = write_town(tmp_path / "town.osm.pbf", south=SOUTH, west=WEST)
    way = read_extract(town).roads[0].way
    given_file = tmp_path / "given.geojson"
    given_file.write_bytes(to_geojson([flood("a", way), flood("b")]))
    request = ImportRequest(
        extract=town, pack="semarang", data=tmp_path, words=load(packaged()), closures=given_file
    )
    assert import_city(request, lambda _: None, FROM).closures == Fare(by_way=1, by_geometry=1)
    kept = closures_file(tmp_path, "semarang")
    assert [one.id for one in read_closures(kept)] == ["a", "b"]
    again = ImportRequest(extract=town, pack="semarang", data=tmp_path, words=load(packaged()))
    assert import_city(again, lambda _: None, FROM).closures == Fare(by_way=1, by_geometry=1)
