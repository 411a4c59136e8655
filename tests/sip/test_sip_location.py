"""Where the caller is: read, read with defects, or unreadable; never invented, never lost."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sip_peer import SDP, VECTORS, invite, only, receive, stack_at, vectors

from kentongan.sip import events
from kentongan.sip.location import Location, Outcome, locations_of
from kentongan.sip.message import Request
from kentongan.sip.parse import parse_message
from kentongan.sip.pidf import Band

POINT = (
    '<gml:Point srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>-6.9903 110.4229</gml:pos>'
    "</gml:Point>"
)
CIRCLE = (
    '<gs:Circle srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>-6.9903 110.4229</gml:pos>'
    '<gs:radius uom="urn:ogc:def:uom:EPSG::9001">35</gs:radius></gs:Circle>'
)


def _pidf(shape: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><presence xmlns="urn:ietf:params:xml:ns:pidf" '
        'xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gml="http://www.opengis.net/gml" '
        'xmlns:gs="http://www.opengis.net/pidflo/1.0" entity="pres:a@b"><tuple id="t"><status>'
        f"<gp:geopriv><gp:location-info>{shape}</gp:location-info><gp:usage-rules/>"
        "<gp:method>GPS</gp:method></gp:geopriv></status>"
        "<timestamp>2026-11-25T08:00:00Z</timestamp></tuple></presence>"
    ).encode()


def _request(
    pidf: bytes, geolocation: str = "Geolocation: <cid:place@a>\r\n", part: str = ""
) -> bytes:
    part = part or "Content-Type: application/pidf+xml\r\nContent-ID: <place@a>\r\n\r\n"
    body = (
        b"--b\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"\r\n--b\r\n" + part.encode()
        + pidf + b"\r\n--b--\r\n"
    )  # fmt: skip
    return invite(body=body, content_type="multipart/mixed;boundary=b", extra=geolocation)


def _locations(data: bytes) -> tuple[Location, ...]:
    message = parse_message(data)
    assert isinstance(message, Request)
    return locations_of(message)


def _one(data: bytes) -> Location:
    (location,) = _locations(data)
    return location


def test_a_point_by_value() -> None:
    """lat lon order, radius 0, method and time kept, octets kept; the SDP is found beside it."""
    data = _request(_pidf(POINT))
    location = _one(data)
    assert (location.outcome, location.shape) == (Outcome.READ, "Point")
    assert (location.lat, location.lon, location.radius_m) == (-6.9903, 110.4229, 0.0)
    assert (location.method, location.measured_at) == ("GPS", "2026-11-25T08:00:00Z")
    assert location.raw == _pidf(POINT)
    assert only(receive(stack_at(), data), events.Invite).sdp == SDP


def test_a_circle_has_its_radius() -> None:
    """Metres are EPSG 9001."""
    location = _one(_request(_pidf(CIRCLE)))
    assert (location.lat, location.lon, location.radius_m) == (-6.9903, 110.4229, 35.0)


@pytest.mark.parametrize(
    ("shape", "outcome"),
    [
        (POINT.replace("-6.9903 110.4229", "0 0"), Outcome.UNREADABLE),
        (POINT.replace("-6.9903 110.4229", "north"), Outcome.UNREADABLE),
        (POINT.replace("-6.9903 110.4229", "110.4229 -6.9903"), Outcome.UNREADABLE),
        (POINT.replace("-6.9903 110.4229", "nan nan"), Outcome.UNREADABLE),
        (POINT.replace("-6.9903 110.4229", "1e999 2"), Outcome.UNREADABLE),
        (POINT.replace("4326", "23839"), Outcome.UNREADABLE),
        (POINT.replace(' srsName="urn:ogc:def:crs:EPSG::4326"', ""), Outcome.DEFECTS),
        (CIRCLE.replace("9001", "9002"), Outcome.DEFECTS),
        (CIRCLE.replace(">35<", ">many<"), Outcome.DEFECTS),
        (CIRCLE.replace(">35<", ">-5<"), Outcome.DEFECTS),
        ("", Outcome.UNREADABLE),
    ],
)
def test_what_cannot_be_read_is_never_guessed(shape: str, outcome: Outcome) -> None:
    """No position, or no radius; a defect is named; the octets stay."""
    location = _one(_request(_pidf(shape)))
    assert location.outcome is outcome
    assert location.defects
    assert location.raw == _pidf(shape)
    assert (location.lat is None) == (outcome is Outcome.UNREADABLE)
    assert location.radius_m is None or shape.startswith("<gml:Point")


@pytest.mark.parametrize(
    "pidf",
    [
        b"\xff\x00 garbage",
        b"<presence",
        b"<a>" * 100 + b"</a>" * 100,
        b'<!DOCTYPE p [<!ENTITY a "b">]><presence>&a;</presence>',
        b'<?xml version="1.0" encoding="nonsense-8"?><presence/>',
        b"",
    ],
)
def test_broken_documents_ring_and_are_kept(pidf: bytes) -> None:
    """The call is told with one unreadable location that holds the octets."""
    call = only(receive(stack_at(), _request(pidf)), events.Invite)
    (location,) = call.locations
    assert (location.outcome, location.lat, location.lon) == (Outcome.UNREADABLE, None, None)
    assert location.raw == pidf


def test_a_reference_is_kept_in_order() -> None:
    """By reference and by value in one header; who inserted it is kept."""
    header = (
        "Geolocation: <https://lis.example/a?b=1>;inserted-by=op.example, <cid:place%40a>\r\n"
        "Geolocation-Routing: yes\r\n"
    )
    reference, value = _locations(_request(_pidf(POINT), header))
    assert (reference.outcome, reference.uri) == (Outcome.REFERENCE, "https://lis.example/a?b=1")
    assert (reference.inserted_by, reference.lat) == ("op.example", None)
    assert (value.outcome, value.lat) == (Outcome.READ, -6.9903)


def test_a_cid_without_a_part_and_a_part_without_a_cid() -> None:
    """The missing one is told, and the location that nobody names is used, marked."""
    missing, found = _locations(_request(_pidf(POINT), "Geolocation: <cid:other@a>\r\n"))
    assert (missing.outcome, missing.lat) == (Outcome.UNREADABLE, None)
    assert (found.outcome, found.lat) == (Outcome.DEFECTS, -6.9903)


def test_an_unreadable_header_still_uses_the_part() -> None:
    """`Geolocation` of noise: kept, and the part is read."""
    noise, found = _locations(_request(_pidf(POINT), "Geolocation: <<no>\r\n"))
    assert (noise.outcome, noise.raw) == (Outcome.UNREADABLE, b"<<no>")
    assert found.lat == -6.9903


@pytest.mark.parametrize(
    "part",
    [
        "\r\nContent-Type: application/pidf+xml\r\nContent-ID: <place@a>\r\n\r\n",
        "content-id:place@a\r\ncontent-type : application/pidf+xml;\r\n charset=utf-8\r\n\r\n",
        "\r\n",
    ],
)
def test_printed_mistakes_in_part_headers_are_forgiven(part: str) -> None:
    """An empty line after the boundary, bare ids, folding, no headers at all."""
    located = [loc for loc in _locations(_request(_pidf(POINT), part=part)) if loc.lat is not None]
    assert [loc.lat for loc in located] == [-6.9903]


def test_one_content_id_twice_means_the_location() -> None:
    """The part that holds a PIDF-LO wins."""
    part = (
        "Content-Type: text/plain\r\nContent-ID: <place@a>\r\n\r\nhello\r\n--b\r\n"
        "Content-Type: application/pidf+xml\r\nContent-ID: <place@a>\r\n\r\n"
    )
    assert _one(_request(_pidf(POINT), part=part)).outcome is Outcome.READ


@settings(max_examples=200, deadline=None)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, 900), st.integers(0, 9), st.binary(max_size=6)), max_size=5
    )
)
def test_mutated_locations_never_stop_a_call(edits: list[tuple[int, int, bytes]]) -> None:
    """The call rings, and a place is on earth or not there."""
    pidf = _pidf(CIRCLE)
    for at, cut, new in edits:
        pidf = pidf[:at] + new + pidf[at + cut :]
    call = only(receive(stack_at(), _request(pidf)), events.Invite)
    for location in call.locations:
        assert (location.lat is None) == (location.lon is None)
        if location.lat is not None and location.lon is not None:
            assert abs(location.lat) <= 90
            assert abs(location.lon) <= 180
            assert (location.lat, location.lon) != (0.0, 0.0)


def _published() -> list[dict[str, Any]]:
    manifest = VECTORS / "location" / "manifest.json"
    if not manifest.is_file():
        return []
    cases: list[dict[str, Any]] = json.loads(manifest.read_text())["cases"]
    return [case for case in cases if case.get("facts", {}).get("locations")]


PUBLISHED = {case["file"]: case for case in _published()}


@pytest.mark.parametrize("name", sorted(PUBLISHED) or ["absent"])
def test_published_documents_give_their_positions(name: str) -> None:
    """Point and centre positions, radii and civic elements of RFC 5491 and RFC 5139."""
    folder = vectors("location")
    data = _request((folder / name).read_bytes())
    found = _locations(data)
    facts = PUBLISHED[name]["facts"]["locations"]
    shapes = [shape for location in facts for shape in location["shapes"]]
    placed = [location for location in found if location.lat is not None]
    assert [location.shape for location in placed] == [shape["type"] for shape in shapes]
    for location, shape in zip(placed, shapes, strict=True):
        if "pos" in shape and shape["type"] != "Polygon":
            assert [location.lat, location.lon] == shape["pos"][:2]
        if shape["type"] in {"Circle", "Sphere"}:
            assert location.radius_m == pytest.approx(float(shape["radius"]))
        assert location.radius_m is not None
        assert math.isfinite(location.radius_m)
    civic = facts[0].get("civic")
    if civic:
        assert civic.items() <= dict(found[0].civic).items()


def _band(inner: str = "200", start: str = "330", opening: str = "120", unit: str = "9102") -> str:
    """An antenna's sector as RFC 5491 writes it: 200 to 900 m, from 330 degrees over 120."""
    angle = f'uom="urn:ogc:def:uom:EPSG::{unit}"'
    return (
        '<gs:ArcBand srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>-6.9903 110.4229</gml:pos>'
        f'<gs:innerRadius uom="urn:ogc:def:uom:EPSG::9001">{inner}</gs:innerRadius>'
        '<gs:outerRadius uom="urn:ogc:def:uom:EPSG::9001">900</gs:outerRadius>'
        f"<gs:startAngle {angle}>{start}</gs:startAngle>"
        f"<gs:openingAngle {angle}>{opening}</gs:openingAngle></gs:ArcBand>"
    )


def test_a_cells_sector_keeps_its_shape() -> None:
    """The antenna, the radius that covers it all, and which part of that circle is meant."""
    found = _one(_request(_pidf(_band())))
    assert (found.outcome, found.shape, found.radius_m) == (Outcome.READ, "ArcBand", 900.0)
    assert (found.lat, found.lon) == (-6.9903, 110.4229)
    assert found.band == Band(200.0, 900.0, 330.0, 120.0)
    whole = _one(_request(_pidf(_band(inner="0", start="360", opening="360")))).band
    assert whole == Band(0.0, 900.0, 0.0, 360.0)


@pytest.mark.parametrize(
    "shape",
    [_band(inner="900"), _band(inner="-1"), _band(start="361"), _band(opening="0"),
     _band(start="north"), _band(unit="9101"), _band(opening="1e9")],
)  # fmt: skip
def test_a_sector_that_cannot_be_drawn_is_a_circle_with_a_defect(shape: str) -> None:
    """Angles in radians, backwards, without an opening: the circle stands, nothing is guessed."""
    found = _one(_request(_pidf(shape)))
    assert (found.outcome, found.radius_m, found.band) == (Outcome.DEFECTS, 900.0, None)
    assert found.defects
