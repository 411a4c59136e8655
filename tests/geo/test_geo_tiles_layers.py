"""What of a map is drawn, from which zoom, and what is said of it."""

from collections.abc import Mapping
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.edge.geo.tiles.layers import (
    KEYS_READ,
    ZOOM_MAX,
    ZOOM_MIN,
    Layer,
    drawn,
)

Form = Literal["point", "line", "area"]


@pytest.mark.parametrize(
    ("form", "tags", "layer", "zoom"),
    [
        ("line", {"highway": "motorway"}, Layer.ROAD, 5),
        ("line", {"highway": "trunk_link"}, Layer.ROAD, 6),
        ("line", {"highway": "primary"}, Layer.ROAD, 8),
        ("line", {"highway": "residential"}, Layer.ROAD, 12),
        ("line", {"highway": "footway"}, Layer.ROAD, 14),
        ("line", {"railway": "rail"}, Layer.ROAD, 10),
        ("line", {"waterway": "river"}, Layer.WATERWAY, 9),
        ("line", {"waterway": "drain"}, Layer.WATERWAY, 12),
        ("area", {"natural": "water"}, Layer.WATER, 6),
        ("area", {"landuse": "forest"}, Layer.LANDUSE, 9),
        ("area", {"building": "yes"}, Layer.BUILDING, 14),
        ("area", {"boundary": "administrative", "admin_level": "6"}, Layer.BOUNDARY, 8),
        ("point", {"place": "village", "name": "Sekayu"}, Layer.PLACE, 10),
        ("point", {"amenity": "hospital"}, Layer.POI, 12),
        ("point", {"amenity": "school", "name": "SD 1"}, Layer.POI, 13),
        ("point", {"shop": "bakery", "name": "Roti"}, Layer.POI, 14),
    ],
)
def test_each_thing_has_its_layer_and_zoom(
    form: Form, tags: Mapping[str, str], layer: Layer, zoom: int
) -> None:
    """The table a dispatcher's map follows."""
    assert [(one.layer, one.min_zoom) for one in drawn(form, tags)] == [(layer, zoom)]


@pytest.mark.parametrize(
    ("form", "tags"),
    [
        ("line", {"highway": "construction"}),
        ("line", {"power": "line"}),
        ("area", {"boundary": "administrative", "admin_level": "many"}),
        ("area", {"building": "no"}),
        ("point", {"shop": "bakery"}),
        ("point", {"highway": "crossing"}),
    ],
)
def test_what_is_not_there_or_tells_nothing_is_not_drawn(
    form: Form, tags: Mapping[str, str]
) -> None:
    """Roads being built, nameless shops and nonsense stay off the map."""
    assert drawn(form, tags) == []


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ({"oneway": "yes"}, 1),
        ({"oneway": "-1"}, -1),
        ({"junction": "roundabout"}, 1),
        ({"highway": "motorway"}, 1),
        ({"highway": "motorway", "oneway": "no"}, None),
        ({}, None),
    ],
)
def test_a_one_way_is_told(tags: Mapping[str, str], said: int | None) -> None:
    """With the line 1, against it -1, nothing where both ways are open."""
    (road,) = drawn("line", {"highway": "primary", **tags})
    assert road.properties.get("oneway") == said


def test_a_hospital_with_a_building_is_seen_as_both() -> None:
    """Its house on the ground and its sign on top."""
    tags = {"building": "yes", "amenity": "hospital", "name": "RS Uji"}
    assert [one.layer for one in drawn("area", tags)] == [Layer.BUILDING, Layer.POI]


@given(
    form=st.sampled_from(["point", "line", "area"]),
    tags=st.dictionaries(st.sampled_from(KEYS_READ), st.text(max_size=8), max_size=5),
)
def test_any_tags_give_layers_within_the_zooms(form: Form, tags: dict[str, str]) -> None:
    """Whatever somebody mapped: no fault, and zooms that tiles are made for."""
    for one in drawn(form, tags):
        assert ZOOM_MIN <= one.min_zoom <= ZOOM_MAX
        assert all(value != "" for value in one.properties.values() if isinstance(value, str))
