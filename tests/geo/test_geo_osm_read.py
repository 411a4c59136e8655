"""Reading an extract: what is kept, what is left out and counted, what is refused and how."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from osm_files import SIDE, SOUTH, STEP, WEST, Written, third_party, write_town

from kentongan.edge.geo.osm import read as reading
from kentongan.edge.geo.osm.limits import ReadLimits, estimated_mb
from kentongan.edge.geo.osm.raw import Bounds, ExtractBroken, ExtractElsewhere
from kentongan.edge.geo.osm.read import read_extract


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town as a file."""
    return write_town(tmp_path_factory.mktemp("town") / "town.osm.pbf")


def test_everything_a_centre_needs_is_read(town: Path) -> None:
    """Roads with their nodes, turn restrictions, areas, coastline and bounds are all there."""
    extract = read_extract(town)
    assert len(extract.roads) == 2 * SIDE
    assert all(len(road.nodes) == len(road.lats) == len(road.lons) for road in extract.roads)
    assert [area.name for area in extract.areas] == ["Sekayu"]
    assert extract.areas[0].admin_level == 7
    assert extract.areas[0].geometry.contains_properly(extract.areas[0].geometry.centroid)
    assert len(extract.coastline) == 1
    south, west, north, east = extract.bounds
    assert (south, west) == pytest.approx((SOUTH, WEST))
    assert (north, east) == pytest.approx((SOUTH + (SIDE - 1) * STEP, WEST + (SIDE - 1) * STEP))


def test_features_have_kind_names_and_place(town: Path) -> None:
    """A hospital has its kind and other names once; help and marks are kept without a name."""
    features = {feature.kind: feature for feature in read_extract(town).features}
    hospital = features["amenity=hospital"]
    assert (hospital.name, hospital.other_names) == ("RS Uji", ("RS Lama",))
    assert (hospital.lat, hospital.lon) == pytest.approx((SOUTH + 0.2 * STEP, WEST + 0.2 * STEP))
    assert features["amenity=fire_station"].name == ""
    assert features["highway=milestone"].tags["distance"] == "412"
    assert "railway=level_crossing" in features
    assert features["building=yes"].osm.startswith("w")


def test_what_is_left_out_is_counted(town: Path) -> None:
    """A kiosk without a name and a restriction over a way are not kept, and it is said."""
    counts = read_extract(town).counts
    assert counts["dropped_features_without_name"] == 1
    assert counts["dropped_restrictions_not_through_one_node"] == 1


def test_turn_restrictions_say_who_is_spared(town: Path) -> None:
    """Kind, ways, node and exceptions of a restriction through one node."""
    (restriction,) = read_extract(town).restrictions
    assert restriction.kind == "no_left_turn"
    assert restriction.except_for == ("psv", "emergency")
    assert restriction.conditional is False


def test_a_restriction_that_holds_at_times_is_marked(tmp_path: Path) -> None:
    """`restriction:conditional` alone gives the kind and the mark."""
    path = tmp_path / "timed.osm"
    with Written(path) as file:
        a, b, c = (file.node(SOUTH, WEST + at * STEP) for at in range(3))
        one = file.way([a, b], {"highway": "road"})
        two = file.way([b, c], {"highway": "road"})
        file.relation(
            [("w", one, "from"), ("n", b, "via"), ("w", two, "to")],
            {"type": "restriction", "restriction:conditional": "no_right_turn @ (06:00-09:00)"},
        )
    (restriction,) = read_extract(path).restrictions
    assert (restriction.kind, restriction.conditional) == ("no_right_turn", True)


def test_nodes_that_are_missing_do_no_harm(tmp_path: Path) -> None:
    """A way keeps the nodes that have a position; one with fewer than two is left out."""
    path = tmp_path / "torn.osm.pbf"
    with Written(path) as file:
        a, b = file.node(SOUTH, WEST), file.node(SOUTH, WEST + STEP)
        file.way([a, b, 999_999], {"highway": "road"})
        file.way([a, 999_998], {"highway": "road"})
    extract = read_extract(path)
    assert [road.nodes for road in extract.roads] == [(a, b)]
    assert extract.counts["dropped_points_without_position"] == 2
    assert extract.counts["dropped_ways_too_short"] == 1


def test_a_box_keeps_what_touches_it(town: Path) -> None:
    """Only streets that come into the box are read, whole; the rest is counted."""
    box = Bounds(SOUTH - 0.001, WEST - 0.001, SOUTH + 0.001, WEST + 0.001)
    extract = read_extract(town, box)
    assert sorted(road.tags["name"] for road in extract.roads) == [
        "Jalan Kenanga satu",
        "Jalan Mawar satu",
    ]
    assert extract.counts["dropped_outside_the_box"] > 0
    assert extract.bounds.north <= box.north
    assert extract.bounds.east <= box.east


def test_another_place_says_where_it_is(town: Path) -> None:
    """Asked for Jakarta, the file of Semarang says what it holds."""
    with pytest.raises(ExtractElsewhere) as refused:
        read_extract(town, Bounds(-6.3, 106.7, -6.1, 106.9))
    assert refused.value.seen.west == pytest.approx(110.3, abs=0.2)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_a_file_cut_short_is_refused(town: Path, tmp_path: Path, share: float) -> None:
    """Wherever a file ends too early, it is refused by name and never half-used."""
    whole = town.read_bytes()
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ExtractBroken, match=r"cut\.osm\.pbf"):
        read_extract(cut)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("empty.osm.pbf", b"", "empty"),
        ("letter.osm.pbf", b"Dear Sir, please find attached", "PBF error"),
        ("zeros.osm.pbf", bytes(4096), "letter|PBF|no roads"),
        ("broken.osm", b"<osm><node id='1'", "reading stopped"),
        ("nothing.osm", b"<osm version='0.6'></osm>", "no roads"),
        ("city.zip", b"PK", "not an extract by its name"),
    ],
)
def test_what_is_no_extract_is_refused(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    """Empty, foreign or garbled files give a clear refusal that names the file."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ExtractBroken, match=told) as refused:
        read_extract(path)
    assert name in str(refused.value)


def test_no_file_is_refused(tmp_path: Path) -> None:
    """A name that is no file is told as such."""
    with pytest.raises(ExtractBroken, match="no such file"):
        read_extract(tmp_path / "nowhere.osm.pbf")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(noise=st.binary(max_size=300), at=st.integers(0, 2_000))
def test_damaged_bytes_never_do_worse_than_refuse(town: Path, noise: bytes, at: int) -> None:
    """Bytes overwritten anywhere: the file is read or refused, nothing else happens."""
    whole = bytearray(town.read_bytes())
    whole[at : at + len(noise)] = noise
    damaged = town.with_name("damaged.osm.pbf")
    damaged.write_bytes(whole)
    with suppress(ExtractBroken):
        assert read_extract(damaged).roads


def test_too_large_a_file_is_refused_before_it_is_read(town: Path) -> None:
    """The size alone tells that memory will not do; the words say how to make it smaller."""
    with pytest.raises(
        ExtractBroken, match=r"would take about .* MB of memory.*crop it"
    ) as refused:
        read_extract(town, limits=ReadLimits(memory_mb=estimated_mb(town) - 1))
    assert "--memory-mb" in str(refused.value)


def test_memory_is_watched_while_reading(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a box no estimate is possible: reading stops when the process holds too much."""
    monkeypatch.setattr(reading, "OBJECTS_BETWEEN_LOOKS", 5)
    with pytest.raises(ExtractBroken, match=r"stopped after 5 objects .* MB of memory held"):
        read_extract(town, Bounds(-8, 110, -6, 111), limits=ReadLimits(memory_mb=1))


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        (ReadLimits(road_ways=5), "more than 5 roads"),
        (ReadLimits(road_points=50), "more than 50 points of roads"),
        (ReadLimits(features=3), "more than 3 named places"),
    ],
)
def test_more_than_a_city_has_is_refused(town: Path, limits: ReadLimits, told: str) -> None:
    """Each list has its named limit."""
    with pytest.raises(ExtractBroken, match=told):
        read_extract(town, limits=limits)


def test_positions_in_a_file_give_the_same(town: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large extract's positions wait in a file; the outcome is the same to the last digit."""
    usual = read_extract(town)
    monkeypatch.setattr(reading, "FILE_INDEX_FROM_BYTES", 0)
    large = read_extract(town)
    assert (large.roads, large.features, large.counts) == (
        usual.roads,
        usual.features,
        usual.counts,
    )


def test_a_real_city_is_read_whole() -> None:
    """Monaco: coastline, quarters, restrictions and barriers are found."""
    extract = read_extract(third_party("monaco.osm.pbf"))
    assert len(extract.roads) > 1_900
    assert len(extract.coastline) == 20
    assert {"Monte-Carlo", "La Condamine", "Fontvieille"} <= {area.name for area in extract.areas}
    assert len(extract.restrictions) > 40
    assert extract.counts["dropped_admin_areas_not_whole"] > 0
