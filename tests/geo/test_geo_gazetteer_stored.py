"""A gazetteer from a map, saved and loaded, and the way back from a point; and at a terminal."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import shapely
from geo_gazetteer_city import city, pack, search
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import Caution, PlaceKind
from kentongan.edge.geo.gazetteer.areas import Areas
from kentongan.edge.geo.gazetteer.city import build_city
from kentongan.edge.geo.gazetteer.gazetteer import FILE_NAME, GazetteerBroken, load
from kentongan.edge.geo.gazetteer.outside import whereabouts
from kentongan.edge.geo.gazetteer.search import CitySearch
from kentongan.edge.geo.osm.raw import Area, Bounds, Extract, NamedFeature, RoadWay
from kentongan.edge.geo.osm.read import read_extract
from kentongan.main import main

PACK = pack()
OSM = Path(__file__).parents[2].parent / "shared" / "vectors" / "geo" / "osm"


def square(south: float, west: float, side: float) -> shapely.Polygon:
    """A square area, (lon, lat)."""
    return shapely.box(west, south, west + side, south + side)


def feature(osm: str, kind: str, name: str, lat: float, lon: float, **tags: str) -> NamedFeature:
    """A mapped thing."""
    return NamedFeature(osm, kind, name, (), lat, lon, tags)


def way(number: int, name: str, nodes: tuple[int, ...], lat: float, lon: float) -> RoadWay:
    """A road going east, a hundred metres from node to node."""
    lons = tuple(lon + 0.001 * n for n in range(len(nodes)))
    return RoadWay(
        number, nodes, (lat,) * len(nodes), lons, {"highway": "residential", "name": name}
    )


EXTRACT = Extract(
    roads=[
        way(1, "Jalan Melati", (1, 2, 3), -6.985, 110.400),
        way(2, "Jalan Melati", (3, 4, 5), -6.985, 110.402),
        way(3, "Jalan Melati", (6, 7), -7.050, 110.440),
        way(4, "Jalan Kenanga", (3, 8), -6.985, 110.402),
        way(6, "Gang Mawar", (30, 31), -6.9851, 110.396),
        way(7, "Gang Mawar", (32, 33), -6.9890, 110.4025),
        way(5, "Jalan Rel", (20, 21, 22), -6.970, 110.420),
    ],
    restrictions=[],
    barriers=[],
    features=[
        feature("n21", "railway=level_crossing", "", -6.970, 110.421),
        feature("n30", "railway=level_crossing", "JPL 11", -6.971, 110.430),
        feature("n40", "highway=milestone", "", -7.080, 110.430, distance="424.2"),
        feature("n41", "amenity=fire_station", "", -6.985, 110.401),
        feature("n42", "amenity=clinic", "Puskesmas Melati", -6.985, 110.403),
        feature("n43", "highway=bus_stop", "Puskesmas Melati", -6.986, 110.403),
        feature("n44", "barrier=toll_booth", "Manyaran", -7.01, 110.38),
        feature("n45", "place=neighbourhood", "Perum Melati Asri", -6.986, 110.404),
        feature("n46", "barrier=toll_booth", "", -7.02, 110.39),
    ],
    areas=[
        Area("r1", 6, "Kecamatan Semarang Barat", square(-7.0, 110.39, 0.03)),
        Area("r2", 7, "Krobokan", square(-6.99, 110.395, 0.01)),
        Area("r3", 7, "Kelurahan Tawangmas", square(-6.98, 110.395, 0.01)),
    ],
    coastline=[],
    counts={},
    bounds=Bounds(-7.1, 110.3, -6.9, 110.5),
)
MAPPED = CitySearch(build_city(PACK, EXTRACT), PACK)


def test_a_street_is_one_proposal_and_a_namesake_elsewhere_another() -> None:
    """Pieces that hang together are proposed once; the far street of that name is told apart."""
    found = [one for one in MAPPED.search("jalan melati") if one.kind is PlaceKind.STREET]
    assert len(found) == 2
    assert all(Caution.NAME_TWICE in one.cautions for one in found)
    assert len({one.label for one in found}) == 2
    assert found[0].label == "Jalan Melati, Krobokan, Semarang Barat"
    assert found[0].kelurahan == "33.74.13.1013" or found[0].kelurahan is None


def test_namesakes_in_one_kelurahan_have_two_labels() -> None:
    """Two alleys of one name in Krobokan are told apart by what stands near them."""
    found = [one for one in MAPPED.search("gang mawar") if one.kind is PlaceKind.STREET]
    assert len({one.label for one in found}) == 2
    assert all("Krobokan" in one.label for one in found)


def test_a_map_gives_crossings_crossings_of_rails_gates_and_marks() -> None:
    """Things without a name are called by their road or kelurahan; the rest is left out."""
    assert MAPPED.search("melati kenanga")[0].kind is PlaceKind.INTERSECTION
    assert MAPPED.search("perlintasan jalan rel")[0].label == "Perlintasan Jalan Rel"
    assert MAPPED.search("jpl 11")[0].label.startswith("JPL 11")
    assert MAPPED.search("gerbang tol manyaran")[0].key in {"n44", "landmark:semarang_abc:Manyaran"}
    assert MAPPED.search("tol km 424,2")[0].label == "KM 424.2 Tol"
    assert MAPPED.search("pos pemadam krobokan")[0].key == "n41"
    keys = {MAPPED.gazetteer.documents.key[n] for n in range(len(MAPPED.gazetteer))}
    assert "n46" not in keys


def test_a_stop_stands_behind_what_it_is_named_after() -> None:
    """The same name twice at one corner: the health centre alone; the stop when it is said."""
    for said in ("puskesmas melati", "pkm melati", "melati puskesmas"):
        keys = [one.key for one in MAPPED.search(said)]
        assert keys[0] == "n42"
        assert "n43" not in keys
    assert MAPPED.search("halte puskesmas melati")[0].key == "n43"


def test_polygons_say_which_kelurahan_it_is() -> None:
    """Inside exactly, outside the nearest and marked; the kecamatan is the one around."""
    inside = MAPPED.reverse(-6.985, 110.400).area
    assert inside is not None
    assert (inside.label, inside.approximate) == ("Krobokan, Semarang Barat", False)
    outside = MAPPED.reverse(-6.985, 110.420).area
    assert outside is not None
    assert outside.approximate
    (typed,) = MAPPED.search("-6.985, 110.4")
    assert (typed.detail, typed.cautions) == ("Krobokan, Semarang Barat", ())


def test_a_point_outside_of_every_area_is_in_none_of_them() -> None:
    """By the pack's middles and its rough coast: in the sea and far inland no kelurahan is said to
    hold it; how far the nearest is and which way stands instead, when typed, too."""
    search = CitySearch(build_city(PACK), PACK)
    for lat, lon, said in (
        (-6.90, 110.42, r"± laut · 5,\d km di utara \w+"),
        (-7.30, 110.42, r"± di luar wilayah · 21,9 km di selatan \w+"),
    ):
        named = search.reverse(lat, lon)
        assert named.area is None
        assert re.match(said, named.outside), named.outside
        (typed,) = search.search(f"{lat}, {lon}")
        assert typed.detail == named.outside
        assert typed.kelurahan is None
        assert Caution.OUTSIDE_CITY in typed.cautions
    within = search.reverse(-6.984, 110.4105)
    assert within.area is not None
    assert within.outside == ""


def test_where_every_area_has_its_polygon_the_metres_are_to_its_border() -> None:
    """Just beyond the border is outside, however near the middle is."""
    box = shapely.box(110.40, -6.99, 110.41, -6.98)
    areas = Areas.of_pack(structs.replace(PACK, kecamatan=()), [Area("r1", 7, "Krobokan", box)])
    where = whereabouts(areas, PACK, Point(-6.985, 110.4109))
    assert where.area is None
    assert where.outside == "di luar wilayah · 0,1 km di timur Krobokan"
    inside = whereabouts(areas, PACK, Point(-6.985, 110.4091))
    assert inside.area is not None


def test_the_nearest_names_have_metres_and_streets_are_near_along_their_length() -> None:
    """Three different names, the nearest first; a street counts where it runs."""
    named = MAPPED.reverse(-6.985, 110.4041)
    assert len(named.near) == 3
    assert named.near[0].label == "Jalan Melati"
    assert named.near[0].distance_m < 150
    metres = [one.distance_m for one in named.near]
    assert metres == sorted(metres)


def test_far_from_everything_there_is_nothing() -> None:
    """In another country no kelurahan and no name is claimed."""
    named = search().reverse(52.0, 13.0)
    assert (named.area, named.near) == (None, ())


def test_each_centroid_of_the_pack_names_its_kelurahan() -> None:
    """Without polygons by the nearest centroid, told as approximate."""
    for one in PACK.kelurahan:
        area = search().reverse(one.point.lat, one.point.lon).area
        assert area is not None
        assert (area.code, area.approximate) == (one.code, True)


def test_a_saved_gazetteer_gives_the_same_answers(tmp_path: Path) -> None:
    """Names, crossings, kilometres, polygons, points along streets: all of it comes back."""
    for original in (search(), MAPPED):
        file = tmp_path / FILE_NAME
        original.gazetteer.save(file)
        again = CitySearch(load(file), PACK)
        for said in (
            "lawang sewu",
            "purwosari",
            "melati kenanga",
            "tol km 428",
            "jl pemuda 148",
            "pa",
        ):
            assert again.search(said) == original.search(said), said
        for lat, lon in ((-6.985, 110.4041), (-6.98, 110.41)):
            assert again.reverse(lat, lon) == original.reverse(lat, lon)


def test_a_broken_file_is_refused_by_name(tmp_path: Path) -> None:
    """Empty, cut short, another format, another archive: one clear error, never a crash."""
    whole = tmp_path / "whole.npz"
    city().save(whole)
    data = whole.read_bytes()
    other = tmp_path / "other.npz"
    np.savez(other, format=np.array([99]), enums=np.array([1], dtype=np.uint8))
    for name, content in (
        ("empty", b""),
        ("short", data[: len(data) // 2]),
        ("text", b"not an archive"),
        ("other", other.read_bytes()),
    ):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(GazetteerBroken, match=name):
            load(file)
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "absent")


@settings(max_examples=40)
@given(at=st.floats(0, 0.999), value=st.integers(0, 255))
def test_a_damaged_file_is_refused_or_read(at: float, value: int) -> None:
    """One wrong octet anywhere gives the error or a gazetteer that answers."""
    path = damaged_path()
    data = bytearray(saved())
    data[int(at * len(data))] = value
    path.write_bytes(data)
    try:
        found = load(path)
    except GazetteerBroken:
        return
    assert len(CitySearch(found, PACK).search("lawang sewu")) <= 10


_KEPT: dict[str, object] = {}


def saved() -> bytes:
    """A small saved gazetteer."""
    if "data" not in _KEPT:
        MAPPED.gazetteer.save(damaged_path())
        _KEPT["data"] = damaged_path().read_bytes()
    return bytes(_KEPT["data"])  # type: ignore[arg-type]


def damaged_path() -> Path:
    """A file of this run's own."""
    import tempfile

    if "path" not in _KEPT:
        _KEPT["path"] = Path(tempfile.mkdtemp()) / "damaged.npz"
    return Path(str(_KEPT["path"]))


def test_a_city_without_anything_answers() -> None:
    """No names, no areas: no proposals, no area, no error."""
    from kentongan.edge.geo.gazetteer.gazetteer import build

    empty = CitySearch(build([], Areas.of_pack(PACK)), PACK)
    assert empty.search("lawang sewu") == []
    assert empty.reverse(-6.98, 110.41).near == ()


@pytest.mark.parametrize("name", ["monaco", "porto_alegre"])
def test_a_real_map_is_searched_by_its_own_names(name: str) -> None:
    """Of a real extract 97 of a hundred mapped names find themselves among the first five."""
    file = OSM / f"{name}.osm.pbf"
    if not file.is_file():
        pytest.skip(f"no {name} extract beside the project")
    there = CitySearch(build_city(PACK, read_extract(file)), PACK)
    documents = there.gazetteer.documents
    own = [n for n in range(len(documents)) if documents.document(n).source == "osm"]
    chosen = own[:: max(1, len(own) // 200)]
    lost: list[str] = []
    for n in chosen:
        near = Point(float(documents.lat[n]), float(documents.lon[n]))
        labels = [one.label for one in there.search(documents.name[n], near, 5)]
        found = [re.split(r",| \(dekat ", label)[0] for label in labels]
        if documents.name[n].split(",")[0] not in found:
            lost.append(documents.name[n])
    assert len(lost) <= 0.03 * len(chosen), lost


def test_geocode_prints_a_json_line_a_proposal(capsys: pytest.CaptureFixture[str]) -> None:
    """With distance, accuracy, source; southern coordinates are no option."""
    assert main(["geocode", "purwosari", "--near", "-6.98,110.42", "--limit", "2"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["label"] for line in lines] == ["Purwosari, Semarang Utara", "Purwosari, Mijen"]
    assert all(line["distance_m"] > 0 and line["accuracy_m"] and line["source"] for line in lines)
    assert main(["geocode", "-6.9839,110.4107"]) == 0
    assert json.loads(capsys.readouterr().out)["kind"] == "coordinates"
    assert main(["geocode", "jalan pemuda", "--limit", "1"]) == 0
    street = json.loads(capsys.readouterr().out)
    assert (street["kind"], street["source"]) == ("street", ["synthetic"])


def test_geocode_says_why_there_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A shortened link and wrong use are told on standard error; exit codes 1 and 2."""
    assert main(["geocode", "https://maps.app.goo.gl/x"]) == 1
    assert json.loads(capsys.readouterr().err) == {"notice": "short_link", "words": []}
    assert main(["geocode", "x", "--near", "north"]) == 2
    assert main(["geocode", "x", "--near", "110.4,-6.9"]) == 2
    assert main(["geocode", "x", "--limit", "0"]) == 2
    assert main(["geocode", "x", "--city", "nowhere"]) == 2
    assert "nowhere" in capsys.readouterr().err
    for nothing in ("", "  \t"):
        assert main(["geocode", nothing]) == 2
        told = capsys.readouterr()
        assert (told.out, told.err.startswith("no words: an address")) == ("", True)


def test_reverse_prints_what_is_at_a_point(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the city in use, and from an imported city's directory."""
    assert main(["reverse", "-6.9839", "110.4107"]) == 0
    assert json.loads(capsys.readouterr().out)["near"][0]["label"] == "Lawang Sewu"
    MAPPED.gazetteer.save(tmp_path / FILE_NAME)
    assert main(["reverse", "-6.985", "110.4", "--city", str(tmp_path)]) == 0
    area = json.loads(capsys.readouterr().out)["area"]
    assert (area["kelurahan"], area["approximate"]) == ("Krobokan", False)
    assert main(["reverse", "110.4", "-6.9"]) == 2
    assert main(["reverse", "52", "13"]) == 1
