"""Points that were written, spoken or pasted: all of them, exactly, and every help is told."""

import math

import pytest
from geo_gazetteer_city import search
from hypothesis import given
from hypothesis import strategies as st

from kentongan.cities.facts import Point
from kentongan.cities.gazetteer import Caution, Notice, PlaceKind, PlaceNotice
from kentongan.edge.geo.gazetteer import plus_codes
from kentongan.edge.geo.gazetteer.coordinates import find_written
from kentongan.edge.geo.gazetteer.map_links import find_link

LAT, LON = -6.9839, 110.4107

WRITTEN = [
    "-6.9839, 110.4107",
    "-6.9839 110.4107",
    "-6.9839,110.4107",
    "-6.9839;110.4107",
    "-6.9839/110.4107",
    "(-6.9839, 110.4107)",
    "−6.9839 110.4107",
    "lokasi saya: -6.98390,110.41070 ya",
    "-6,9839 110,4107",
    "-6,9839; 110,4107",
    "-6,9839,110,4107",
    "-6,9839, 110,4107",
    "6.9839 LS 110.4107 BT",
    "6,9839 LS 110,4107 BT",
    "6,9839 LS, 110,4107 BT",
    "LS 6,9839 BT 110,4107",
    "110.4107 BT 6.9839 LS",
    "6.9839° S, 110.4107° E",
    "6.9839S 110.4107E",
    "S6.9839 E110.4107",
    "S 6.9839, E 110.4107",
    "lat: -6.9839 lon: 110.4107",
    "latitude -6.9839 longitude 110.4107",
    "lat=-6.9839&lng=110.4107",
    "lintang -6,9839 bujur 110,4107",
    "6,9839 lintang selatan 110,4107 bujur timur",
    "6°59'2.04\"S 110°24'38.52\"E",
    "6°59'2.04\" LS 110°24'38.52\" BT",
    "6° 59′ 2,04″ LS, 110° 24′ 38,52″ BT",
    "06°59'02.04\"S110°24'38.52\"E",
    "LS 6° 59' 2.04\", BT 110° 24' 38.52\"",
    "6d59m2.04s S 110d24m38.52s E",
    "6 59 2.04 S 110 24 38.52 E",
    "S 6 59 2.04 E 110 24 38.52",
    "6:59:2.04 S 110:24:38.52 E",
    "6 derajat 59 menit 2,04 detik lintang selatan, 110 derajat 24 menit 38,52 detik bujur timur",
    "S 6°59.034' E 110°24.642'",
    "6°59,034' LS 110°24,642' BT",
    "6 59.034 S 110 24.642 E",
    "0659.034S, 11024.642E",
]

LINKS = [
    "https://maps.google.com/?q=-6.9839,110.4107",
    "https://maps.google.com/maps?q=-6.9839%2C110.4107",
    "https://www.google.com/maps?q=loc:-6.9839+110.4107",
    "https://www.google.com/maps/@-6.9839,110.4107,17z",
    "https://www.google.com/maps/place/X/@-6.9,110.4,17z/data=!3d-6.9839!4d110.4107",
    "https://www.google.com/maps/search/?api=1&query=-6.9839,110.4107",
    "https://www.google.com/maps/search/-6.9839,+110.4107?entry=tts",
    "https://www.google.com/maps/dir//-6.9839,110.4107/",
    "https://www.google.com/maps/dir/?api=1&destination=-6.9839,110.4107",
    "https://maps.google.com/maps?q=Masjid+Agung&ll=-6.9839,110.4107",
    "https://www.google.co.id/maps/place/6%C2%B059'02.0%22S/@-6.9839,110.4107,17z",
    "Lokasi: https://maps.google.com/?q=-6.9839,110.4107 (dikirim lewat WhatsApp)",
    "https://www.openstreetmap.org/?mlat=-6.9839&mlon=110.4107#map=17/-6.9/110.4",
    "https://www.openstreetmap.org/#map=17/-6.9839/110.4107",
    "https://maps.apple.com/?ll=-6.9839,110.4107&q=Pin",
    "https://maps.apple.com/place?coordinate=-6.9839,110.4107&name=X",
    "https://waze.com/ul?ll=-6.9839%2C110.4107&navigate=yes",
    "https://www.waze.com/live-map/directions?to=ll.-6.9839%2C110.4107",
    "waze://?ll=-6.9839,110.4107",
    "geo:-6.9839,110.4107",
    "geo:-6.9839,110.4107?z=16",
    "geo:0,0?q=-6.9839,110.4107(Rumah)",
]


@pytest.mark.parametrize("written", WRITTEN + LINKS)
def test_every_common_writing_gives_that_point(written: str) -> None:
    """Decimal, comma, LS and BT, degrees and minutes, spoken words, links: exact, no caution."""
    (found,) = search().search(written)
    assert found.kind is PlaceKind.COORDINATES
    assert math.isclose(found.point.lat, LAT, abs_tol=1e-5)
    assert math.isclose(found.point.lon, LON, abs_tol=1e-5)
    assert found.cautions == ()
    assert found.accuracy_m is not None
    assert 5 <= found.accuracy_m <= 200


@pytest.mark.parametrize(
    ("typed", "cautions"),
    [
        ("110.41, -6.98", (Caution.SWAPPED,)),
        ("6.98, 110.41", (Caution.SIGN_ADDED,)),
        ("110.41, 6.98", (Caution.SWAPPED, Caution.SIGN_ADDED)),
        ("POINT(110.41 -6.98)", (Caution.SWAPPED,)),
        ("-7.30, 110.49", (Caution.OUTSIDE_CITY,)),
    ],
)
def test_a_reading_that_needed_help_says_so(typed: str, cautions: tuple[Caution, ...]) -> None:
    """Swapped numbers, a lost minus, a point beyond the border are never silent."""
    (found,) = search().search(typed)
    assert found.cautions == cautions


def test_the_digits_say_how_exact_it_is() -> None:
    """Two decimals are half a kilometre, four are some metres; a link's own radius is kept."""
    accuracies = [
        search().search(text)[0].accuracy_m
        for text in ("-6.98, 110.41", "-6.9839, 110.4107", "geo:-6.98,110.41;u=35")
    ]
    assert accuracies == [556, 6, 35]


@pytest.mark.parametrize(
    "link",
    [
        "https://maps.google.com/?q={},{}",
        "https://www.google.com/maps/search/{},{}",
        "https://www.google.com/maps/place/X/data=!3d{}!4d{}",
        "https://www.google.com/maps/@{},{},17z",
        "https://waze.com/ul?ll={}%2C{}&navigate=yes",
        "geo:{},{}",
        "geo:0,0?q={},{}",
        "https://www.openstreetmap.org/?mlat={}&mlon={}",
        "https://www.openstreetmap.org/#map=17/{}/{}",
        "https://maps.apple.com/?ll={},{}",
    ],
)
def test_the_digits_of_a_link_say_how_exact_it_is(link: str) -> None:
    """Like a typed point, the coarser of both; a view of the map is never finer than 150 m."""
    finest = 150 if "@" in link or "#map" in link else 5
    for lat, lon, accuracy_m in (
        ("-6.98", "110.41", 556),
        ("-6.983912", "110.41", 556),
        ("-6.984", "110.411", max(56, finest)),
        ("-6.983912", "110.410733", finest),
    ):
        found = find_link(link.format(lat, lon))
        assert found is not None
        assert found.point is not None
        assert found.point.accuracy_m == accuracy_m, (lat, lon)


@pytest.mark.parametrize(
    "link", ["https://maps.app.goo.gl/AbC12", "goo.gl/maps/x", "https://g.co/kgs/q"]
)
def test_a_shortened_link_is_told_not_guessed(link: str) -> None:
    """It holds no position; no name is searched from its letters."""
    answer = search().look_up(link)
    assert answer.proposals == ()
    assert answer.notices == (PlaceNotice(Notice.SHORT_LINK),)


@pytest.mark.parametrize("typed", ["48.85, 2.35", "1.5, 2.5", "8FVC9G8F+6W", "0.0, 0.0"])
def test_a_point_elsewhere_is_told_not_proposed(typed: str) -> None:
    """A point on another continent is no proposal."""
    answer = search().look_up(typed)
    assert answer.proposals == ()
    assert answer.notices == (PlaceNotice(Notice.ELSEWHERE),)


def test_a_link_without_a_point_is_searched_by_its_name() -> None:
    """The name in the link is the caller's words."""
    assert (
        search().search("https://www.google.com/maps/place/Lawang+Sewu/")[0].label == "Lawang Sewu"
    )


@pytest.mark.parametrize(
    "said", ["rt 3/5", "jl x no 12,5", "tol km 428,2", "jl pemuda 148", "2,5 km"]
)
def test_numbers_of_an_address_are_no_coordinates(said: str) -> None:
    """RT/RW, house numbers, kilometres are left to the search of names."""
    assert find_written(said) is None


@given(lat=st.floats(-7.2, -6.9), lon=st.floats(110.2, 110.6))
def test_written_coordinates_come_back(lat: float, lon: float) -> None:
    """A point written with five decimals, in three ways, is read as it was written."""
    point = Point(float(f"{lat:.5f}"), float(f"{lon:.5f}"))
    for text in (f"{lat:.5f}, {lon:.5f}", f"{-lat:.5f} LS {lon:.5f} BT", f"{lat:.5f}/{lon:.5f}"):
        found = find_written(text)
        assert found is not None
        assert found.point == point


@given(text=st.text(max_size=400))
def test_any_text_is_read_without_complaint(text: str) -> None:
    """Neither coordinates nor links raise, whatever they are given; a point is on the globe."""
    written = find_written(text)
    assert written is None or (abs(written.point.lat) <= 90 and abs(written.point.lon) <= 180)
    find_link(f"https://maps.google.com/{text}")


@pytest.mark.parametrize(
    ("lat", "lon", "digits", "code"),
    [
        # the specification's example, and Semarang's Lawang Sewu encoded by hand of its rules
        (47.365562, 8.524813, 10, "8FVC9G8F+6W"),
        (47.365562, 8.524813, 4, "8FVC0000+"),
        (90.0, 1.0, 4, "CFX30000+"),
        (-90.0, -180.0, 10, "22222222+22"),
        (0.0, 180.0, 2, "62000000+"),
    ],
)
def test_points_become_codes(lat: float, lon: float, digits: int, code: str) -> None:
    """Full codes of several lengths, at the poles and at the date line."""
    assert plus_codes.encode(lat, lon, digits) == code


@pytest.mark.parametrize(
    ("short", "lat", "lon"),
    [
        ("8F+6W", 47.373313, 8.537562),
        ("9G8F+6W", 47.339563, 8.556687),
        ("VC9G8F+6W", 47.985187, 8.440688),
        ("8FVC9G8F+6W", 38.800562, -9.064937),
    ],
)
def test_short_codes_become_whole(short: str, lat: float, lon: float) -> None:
    """The specification's table of references and shortened codes."""
    assert plus_codes.recover(short, lat, lon) == "8FVC9G8F+6W"


@given(
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 179.9999),
    digits=st.sampled_from([2, 4, 6, 8, 10, 11, 13, 15]),
)
def test_a_code_holds_its_point(lat: float, lon: float, digits: int) -> None:
    """Decoding gives an area around the point; encoding its middle gives the code again."""
    code = plus_codes.encode(lat, lon, digits)
    area = plus_codes.decode(code)
    assert area.south - 1e-9 <= lat <= area.north + 1e-9 or lat == 90
    assert area.west - 1e-9 <= lon <= area.east + 1e-9
    assert plus_codes.encode(*area.centre, digits) == code


@given(lat=st.floats(-7.15, -6.9), lon=st.floats(110.25, 110.55), cut=st.sampled_from([0, 4]))
def test_codes_of_the_city_are_found_full_and_short(lat: float, lon: float, cut: int) -> None:
    """With the city as reference, within seven metres, whatever words stand around."""
    code = plus_codes.encode(lat, lon)[cut:]
    (found,) = search().search(f"rumah saya di {code} Semarang")
    assert math.isclose(found.point.lat, lat, abs_tol=1 / 8000)
    assert math.isclose(found.point.lon, lon, abs_tol=1 / 8000)
    assert found.source == ("plus_code",)


def test_the_shortest_codes_need_a_place() -> None:
    """Six digits missing repeat every five kilometres: a place name or the caller's position."""
    code = plus_codes.encode(LAT, LON)[6:]
    assert search().look_up(code).notices == (PlaceNotice(Notice.NEEDS_PLACE),)
    beside = search().search(f"{code} Lawang Sewu")
    near = search().search(code, Point(LAT + 0.01, LON))
    for (found,) in (beside, near):
        assert math.isclose(found.point.lat, LAT, abs_tol=1 / 8000)


@pytest.mark.parametrize("code", ["", "+", "8FVC", "8FVC9G8F+6", "AAAA+AA", "X2VC9G8F+6W"])
def test_what_is_no_code_is_refused(code: str) -> None:
    """Wrong letters, lengths and places outside of the earth."""
    with pytest.raises(plus_codes.NoPlusCode):
        plus_codes.decode(code)


def test_a_second_point_in_the_text_is_told() -> None:
    """The first one is proposed with a caution; one point written in two ways is one."""
    (best, *_) = search().search("-6.984 110.4095 -6.99 110.42")
    assert (best.point, Caution.SECOND_POINT in best.cautions) == (Point(-6.984, 110.4095), True)
    for said in ("-6.9839, 110.4107", "6°59'2.04\"S 110°24'38.52\"E (-6.98390, 110.41070)"):
        assert Caution.SECOND_POINT not in search().search(said)[0].cautions
