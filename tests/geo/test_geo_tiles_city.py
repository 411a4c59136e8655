"""The map of a city without an extract: its network, its pack, its water."""

from pathlib import Path

from osm_files import write_town
from shapely import LineString, Polygon

from kentongan.cities.pack import load, packaged
from kentongan.edge.geo.network.build import build_network
from kentongan.edge.geo.osm.read import read_extract
from kentongan.edge.geo.tiles.build import build_tiles
from kentongan.edge.geo.tiles.city_features import network_features, pack_features, water_features
from kentongan.edge.geo.tiles.layers import Layer


def test_a_network_is_drawn_as_its_roads(tmp_path: Path) -> None:
    """Every edge is a line with kind, name and way."""
    network = build_network(read_extract(write_town(tmp_path / "town.osm.pbf")).roads).network
    features = list(network_features(network))
    assert len(features) == network.edges
    names = {feature.properties["name"] for feature in features}
    assert {"Jalan Mawar satu", "Jalan Kenanga duabelas"} <= names
    assert {feature.min_zoom for feature in features} == {8, 11, 12}
    assert all(feature.number > 0 for feature in features)


def test_a_pack_is_drawn_as_its_places() -> None:
    """The city, its kecamatan and kelurahan, hospitals and stations are on the map."""
    pack = load(packaged())
    features = list(pack_features(pack))
    places = [one for one in features if one.layer is Layer.PLACE]
    assert len(places) == 1 + len(pack.kecamatan) + len(pack.kelurahan)
    kinds = {one.properties["kind"] for one in features if one.layer is Layer.POI}
    assert {"hospital", "clinic", "fire_station", "police", "landmark"} <= kinds


def test_all_of_it_in_one_file(tmp_path: Path) -> None:
    """Roads, places, a river and the sea together make a map whose licence is the giver's word."""
    network = build_network(read_extract(write_town(tmp_path / "town.osm.pbf")).roads).network
    sea = Polygon([(110.3, -6.9), (110.5, -6.9), (110.5, -6.94), (110.3, -6.94)])
    river = LineString([(110.39, -7.05), (110.4, -6.95)])
    features = [
        *network_features(network),
        *pack_features(load(packaged())),
        *water_features(Layer.SEA, [sea]),
        *water_features(Layer.WATERWAY, [river], name="Kali Garang"),
    ]
    report = build_tiles(
        features, tmp_path / "city.pmtiles", name="semarang", attribution="jaringan jalan sintetis"
    )
    assert report.features["sea"] == 1
    assert report.features["road"] == network.edges
    assert report.tiles > 100
