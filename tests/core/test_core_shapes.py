"""Shapes drawn on the city: what is kept, and what is refused with a hint."""

from math import cos, pi, sin

import msgspec
import pytest
from core_world import PLANS
from hypothesis import given
from hypothesis import strategies as st

from kentongan.core.shapes import (
    POSITIONS_MAX,
    LineShape,
    MultiLineShape,
    MultiPointShape,
    MultiPolygonShape,
    PointShape,
    PolygonShape,
    Position,
    Shape,
    check_shape,
    positions_of,
)
from kentongan.core.words import Refused

BOX = PLANS.box
HERE = (110.42, -6.97)


def _ring(corners: int, radius: float = 0.01, turn: float = 0.0) -> tuple[Position, ...]:
    """A ring of so many corners around Simpang Lima."""
    turns = [turn + 2 * pi * n / corners for n in range(corners)]
    ring = tuple((HERE[0] + radius * cos(at), HERE[1] + radius * sin(at)) for at in turns)
    return (*ring, ring[0])


def _refusal(shape: Shape) -> Refused:
    with pytest.raises(Refused) as refused:
        check_shape(shape, BOX)
    return refused.value


@pytest.mark.parametrize(
    "shape",
    [
        PointShape(HERE),
        MultiPointShape((HERE, (110.43, -6.98))),
        LineShape((HERE, (110.43, -6.98))),
        LineShape((HERE, (110.43, -6.98), (110.43, -6.97), (110.42, -6.98))),  # crosses itself
        MultiLineShape(((HERE, (110.43, -6.98)), (HERE, (110.41, -6.98)))),
        PolygonShape((_ring(4),)),
        PolygonShape((_ring(6), _ring(5, 0.002))),  # with an island
        MultiPolygonShape(((_ring(4, 0.001),), (_ring(3, 0.02),))),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_can_be_drawn_is_kept_as_it_is(shape: Shape) -> None:
    """Every kind of geometry of GeoJSON; a line may cross itself."""
    assert check_shape(shape, BOX) == shape


def test_heights_are_left_out() -> None:
    """A pasted third number is no mistake."""
    with_heights = LineShape(((*HERE, 12.0), (110.43, -6.98, 3.0)))
    assert check_shape(with_heights, BOX) == LineShape((HERE, (110.43, -6.98)))


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (MultiPointShape(()), "shape_empty"),
        (PolygonShape(()), "shape_empty"),
        (LineShape((HERE,)), "line_too_short"),
        (LineShape((HERE, HERE)), "line_too_short"),
        (PointShape((110.42,)), "shape_unreadable"),
        (PointShape((110.42, float("nan"))), "shape_unreadable"),
        (PointShape((110.42, float("inf"))), "shape_unreadable"),
        (PointShape((1e9, -6.9)), "shape_unreadable"),
        (PointShape((106.82, -6.2)), "shape_outside_city"),  # Jakarta
        (PolygonShape((_ring(4)[:-1],)), "ring_open"),
        (PolygonShape(((HERE, (110.43, -6.98), HERE),)), "ring_open"),
        (PolygonShape(((HERE, (110.43, -6.97), (110.44, -6.97), HERE),)), "ring_flat"),
        (MultiPointShape((HERE,) * (POSITIONS_MAX + 1)), "shape_too_long"),
    ],
)
def test_what_cannot_be_a_shape_says_why(shape: Shape, reason: str) -> None:
    """Each defect has its own words."""
    assert _refusal(shape).reason == reason


@pytest.mark.parametrize(
    "shape",
    [
        PointShape((-6.97, 110.42)),
        MultiPointShape(((-6.97, 110.42), (-6.98, 110.43))),
        LineShape(((-6.97, 110.42), (-6.98, 110.43))),
        MultiLineShape((((-6.97, 110.42), (-6.98, 110.43)),)),
        PolygonShape((((-6.97, 110.42), (-6.98, 110.43), (-6.98, 110.42), (-6.97, 110.42)),)),
    ],
)
def test_every_swapped_shape_is_told_where_it_was_meant(shape: Shape) -> None:
    """A point, a line and an area alike, latitude first; what is elsewhere anyway is elsewhere."""
    refused = _refusal(shape)
    assert (refused.reason, refused.details["position"]) == ("shape_swapped", "-6.97, 110.42")
    elsewhere = _refusal(PointShape((106.82, -6.2)))
    assert elsewhere.details["position"] == "-6.2, 106.82"


def test_latitude_before_longitude_is_recognised() -> None:
    """As people write it: refused with the position as it should have been."""
    refused = _refusal(PolygonShape((tuple((lat, lon) for lon, lat in _ring(4)),)))
    assert refused.reason == "shape_swapped"
    lon, lat = _ring(4)[0]
    assert refused.details["position"] == f"{round(lat, 5):.10g}, {round(lon, 5):.10g}"


def test_half_a_shape_far_away_is_not_taken_for_swapped() -> None:
    """Only when all of it would lie in the city."""
    assert _refusal(LineShape((HERE, (-6.97, 110.42)))).reason == "shape_outside_city"


@pytest.mark.parametrize(
    ("ring", "place"),
    [
        (
            ((110.42, -6.97), (110.43, -6.96), (110.43, -6.97), (110.42, -6.96), (110.42, -6.97)),
            "-6.965, 110.425",
        ),
        # a spike that goes out and back the same way
        (
            ((110.42, -6.97), (110.44, -6.97), (110.43, -6.97), (110.43, -6.96), (110.42, -6.97)),
            "-6.97, 110.43",
        ),
        # a corner that touches another side
        (
            (
                (110.42, -6.97), (110.44, -6.97), (110.44, -6.95),
                (110.43, -6.97), (110.42, -6.95), (110.42, -6.97),
            ),
            "-6.97, 110.43",
        ),
    ],
    ids=["bow tie", "spike", "touching"],
)  # fmt: skip
def test_a_border_that_meets_itself_is_refused(ring: tuple[Position, ...], place: str) -> None:
    """It has no inside that two people would agree on; where it meets itself is told."""
    refused = _refusal(PolygonShape((ring,)))
    assert (refused.reason, refused.details["position"]) == ("shape_crosses_itself", place)


def test_an_island_that_reaches_the_border_is_refused() -> None:
    """Two rings of one area keep apart."""
    crossing = PolygonShape((_ring(4, 0.01), _ring(4, 0.01, turn=0.3)))
    assert _refusal(crossing).reason == "shape_crosses_itself"


def test_the_same_corner_twice_running_is_no_crossing() -> None:
    """A double click while drawing."""
    ring = _ring(5)
    doubled = (ring[0], *ring)
    assert check_shape(PolygonShape((doubled,)), BOX) == PolygonShape((doubled,))


@given(corners=st.integers(3, 60), turn=st.floats(0, 6.28), radius=st.floats(0.001, 0.05))
def test_no_star_shaped_area_is_ever_refused(corners: int, turn: float, radius: float) -> None:
    """Corners in order around a middle never cross, however they lie."""
    shape = PolygonShape((_ring(corners, radius, turn),))
    assert check_shape(shape, BOX) == shape


@given(corners=st.integers(4, 60), one=st.integers(0, 59), apart=st.integers(1, 58))
def test_two_corners_exchanged_always_cross(corners: int, one: int, apart: int) -> None:
    """Of a regular polygon, where that changes the order of its corners at all."""
    ring = list(_ring(corners)[:-1])
    other = (one % corners + 1 + apart % (corners - 1)) % corners
    first = one % corners
    ring[first], ring[other] = ring[other], ring[first]
    shape = PolygonShape(((*ring, ring[0]),))
    is_next_in_triangle = corners == 4 and (first - other) % corners == 2
    if is_next_in_triangle:  # opposite corners of a square: the same square the other way round
        assert check_shape(shape, BOX) == shape
    else:
        assert _refusal(shape).reason == "shape_crosses_itself"


@given(
    st.recursive(
        st.floats(allow_nan=True, allow_infinity=True) | st.floats(-180, 180),
        lambda inner: st.lists(inner, max_size=5).map(tuple),
        max_leaves=20,
    )
)
def test_whatever_comes_is_kept_or_refused(coordinates: object) -> None:
    """As far as the types let it in: never another error, and what is kept lies near the city."""
    for kind in ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"):
        try:
            shape = msgspec.convert({"type": kind, "coordinates": coordinates}, type=Shape)
        except msgspec.ValidationError:
            continue
        try:
            kept = check_shape(shape, BOX)
        except Refused:
            continue
        assert all(109 < lon < 112 and -8 < lat < -6 for lon, lat in positions_of(kept))
