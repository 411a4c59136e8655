"""A city's outline from somebody's file: taken when it is one, else refused with line and field."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kentongan.edge.geo.imported.boundary import read_boundary
from kentongan.edge.geo.imported.refused import ImportRefused

SQUARE = [[110.3, -7.1], [110.5, -7.1], [110.5, -6.9], [110.3, -6.9], [110.3, -7.1]]
BOW = [[110.3, -7.1], [110.5, -6.9], [110.5, -7.1], [110.3, -6.9], [110.3, -7.1]]


def written(folder: Path, content: Any) -> Path:
    """The content as an indented file, one number a line."""
    path = folder / "batas.geojson"
    path.write_text(json.dumps(content, indent=1))
    return path


def refusal(folder: Path, content: Any) -> ImportRefused:
    """What is said against it."""
    with pytest.raises(ImportRefused) as refused:
        read_boundary(written(folder, content))
    assert refused.value.file == "batas.geojson"
    return refused.value


POLYGON: dict[str, Any] = {"type": "Polygon", "coordinates": [SQUARE]}
FEATURE: dict[str, Any] = {"type": "Feature", "properties": {}, "geometry": POLYGON}


@pytest.mark.parametrize(
    "content",
    [
        POLYGON,
        FEATURE,
        {"type": "FeatureCollection", "features": [FEATURE]},
        {"type": "GeometryCollection", "geometries": [POLYGON]},
    ],
)
def test_an_outline_is_taken_however_it_is_wrapped(tmp_path: Path, content: Any) -> None:
    """Alone, in a feature or in a collection."""
    outline = read_boundary(written(tmp_path, content))
    assert outline.bounds == pytest.approx((-7.1, 110.3, -6.9, 110.5))
    assert outline.shape.area == pytest.approx(0.04)


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    """PowerShell and some tools for maps write one before the text."""
    path = tmp_path / "batas.geojson"
    path.write_text(json.dumps(POLYGON), encoding="utf-8-sig")
    assert read_boundary(path).shape.area == pytest.approx(0.04)


def test_several_outlines_are_one_city(tmp_path: Path) -> None:
    """Islands and kelurahan side by side are joined; heights are passed over."""
    east = [[lon + 0.2, lat, 5.0] for lon, lat in SQUARE]
    content = {"type": "MultiPolygon", "coordinates": [[SQUARE], [east]]}
    assert read_boundary(written(tmp_path, content)).shape.area == pytest.approx(0.08)


def test_an_outline_that_crosses_itself_tells_where(tmp_path: Path) -> None:
    """Ring, the two sides by their points, and the line of the first."""
    error = refusal(tmp_path, {"type": "Polygon", "coordinates": [BOW]})
    assert (
        "crosses itself at -7, 110.4: between points 0 and 1 ([110.3, -7.1]) and points 2 and 3"
        in error.text
    )
    assert error.field == "coordinates[0]"
    text = (tmp_path / "batas.geojson").read_text().splitlines()
    assert error.line is not None
    assert "110.3" in text[error.line - 1]


def test_swapped_coordinates_are_recognised(tmp_path: Path) -> None:
    """Latitude first puts Semarang beyond the pole: said with field and line."""
    swapped = [[lat, lon] for lon, lat in SQUARE]
    error = refusal(tmp_path, {"type": "Polygon", "coordinates": [swapped]})
    assert "coordinates swapped" in error.text
    assert error.field == "coordinates[0][0]"
    assert error.line == 6


@pytest.mark.parametrize(
    ("content", "field", "told"),
    [
        ([], "(top)", "GeoJSON object"),
        ({"type": "Point", "coordinates": [1, 2]}, "type", "no outline"),
        ({"type": "Polygon"}, "coordinates", "list"),
        ({"type": "Polygon", "coordinates": [SQUARE[:3]]}, "coordinates[0]", "four points"),
        ({"type": "Polygon", "coordinates": [SQUARE[:4]]}, "coordinates[0]", "not closed"),
        (
            {"type": "Polygon", "coordinates": [[*SQUARE[:2], ["x", 1], *SQUARE[2:]]]},
            "coordinates[0][2]",
            "position",
        ),
        (
            {"type": "Polygon", "coordinates": [[[1, True], *SQUARE]]},
            "coordinates[0][0]",
            "position",
        ),
        (
            {"type": "Polygon", "coordinates": [[[1_000, 99], *SQUARE]]},
            "coordinates[0][0]",
            "no place on earth",
        ),
        (
            {"type": "Polygon", "coordinates": [[[10**400, 1], *SQUARE]]},
            "coordinates[0][0]",
            "no place on earth",
        ),
        ({"type": "FeatureCollection", "features": []}, "type", "no Polygon"),
        (
            {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": None}]},
            "features[0].geometry",
            "GeoJSON object",
        ),
    ],
)
def test_each_fault_names_its_field(tmp_path: Path, content: Any, field: str, told: str) -> None:
    """Whoever drew it finds the place."""
    error = refusal(tmp_path, content)
    assert (error.field, told in error.text) == (field, True)


def test_what_is_no_json_names_the_line(tmp_path: Path) -> None:
    """A comma forgotten in line three."""
    path = tmp_path / "batas.geojson"
    path.write_text('{\n"type": "Polygon",\n"coordinates" [[]]\n}\n')
    with pytest.raises(ImportRefused, match="not GeoJSON") as refused:
        read_boundary(path)
    assert refused.value.line == 3


def test_no_file_and_too_large_a_file(tmp_path: Path) -> None:
    """Both refused before anything is read."""
    with pytest.raises(ImportRefused, match="No such file"):
        read_boundary(tmp_path / "batas.geojson")
    huge = tmp_path / "huge.geojson"
    with huge.open("wb") as file:
        file.truncate(20_000_001)
    with pytest.raises(ImportRefused, match="20,000,000"):
        read_boundary(huge)


_VALUE = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.sampled_from(["type", "coordinates", "features", "geometry", "geometries"]), inner
        )
    ),
    max_leaves=20,
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["Polygon", "MultiPolygon", "Feature", "FeatureCollection"]), inside=_VALUE
)
def test_any_json_is_taken_or_refused(tmp_path: Path, kind: str, inside: Any) -> None:
    """Nothing that JSON can say does worse than a refusal."""
    content = {"type": kind, "coordinates": inside, "features": inside, "geometry": inside}
    with pytest.raises(ImportRefused):
        read_boundary(written(tmp_path, content))
