"""Places are found from what callers say; nothing is snapped and every doubt is told."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.cities.coordinates import find_point
from kentongan.cities.facts import Confidence, Point
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.cities.places import (
    Caution,
    PlaceKind,
    distance_m,
    inside_city,
    nearest_kelurahan,
    search,
)
from kentongan.cities.spelling import Vocabulary, edits, tokens

PACK = load(packaged())
LETTERS = st.text(alphabet="abcdehi", max_size=9)


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("Balai Kota Semarang", "Balai Kota Semarang"),
        ("balaikota", "Balai Kota Semarang"),
        ("Jl. Pemuda 148", "Balai Kota Semarang"),
        ("jln pemuda no 148 sekayu", "Balai Kota Semarang"),
        ("simpang lima", "Simpang Lima"),
        ("Simpang 5", "Simpang Lima"),
        ("simpanglima", "Simpang Lima"),
        ("proliman", "Simpang Lima"),
        ("depan alfamart gang sebelah masjid dekat simpang lima", "Simpang Lima"),
        ("lawang sewoe", "Lawang Sewu"),
        ("lawan sewu", "Lawang Sewu"),
        ("masjid baiturahman", "Masjid Raya Baiturrahman"),
        ("tugumuda", "Tugu Muda"),
        ("stasiun tawang", "Stasiun Tawang"),
        ("Tjandi", "Candi, Candisari"),
        ("kali gawe", "Kaligawe, Gayamsari"),
        ("kel. Sekayu kec. Semarang Tengah", "Sekayu, Semarang Tengah"),
        ("kec tembalang", "Kecamatan Tembalang"),
        ("bendan duwur", "Bendan Dhuwur, Gajahmungkur"),
        ("jrakah", "Jerakah, Tugu"),
        ("kariadi", "RSUP Dr. Kariadi"),
        ("RSUD Ketileng", "RSD K.R.M.T. Wongsonegoro"),
        ("puskesmas srondol", "Puskesmas Srondol"),
        ("polsek genuk", "Polsek Genuk"),
        ("bpbd", "BPBD Pos Penggaron"),
        ("undip", "Undip Tembalang"),
        ("semarang tengah", "Kecamatan Semarang Tengah"),
    ],
)
def test_the_first_proposal_is_what_was_meant(pack: CityPack, said: str, label: str) -> None:
    """Abbreviations, old spelling, joined words, wrong letters, whole sentences are understood."""
    found = search(pack, said)
    labels = [one.label for one in found[:2]]
    assert label in labels
    assert found[0].label == label or found[1].score > found[0].score - 0.02


def test_both_purwosari_are_shown_with_their_kecamatan(pack: CityPack) -> None:
    """A name that occurs twice is never decided by the machine."""
    for name, areas in (
        ("purwosari", {"Semarang Utara", "Mijen"}),
        ("Mangunharjo", {"Tembalang", "Tugu"}),
    ):
        first = search(pack, name)[:2]
        assert {one.label for one in first} == {f"{name.title()}, {area}" for area in areas}
        assert all(Caution.NAME_TWICE in one.cautions for one in first)
    assert search(pack, "purwosari mijen")[0].label == "Purwosari, Mijen"
    assert search(pack, "purwosari utara")[0].label == "Purwosari, Semarang Utara"


def test_near_breaks_the_tie_and_gives_distances(pack: CityPack) -> None:
    """With the caller's cell known, the nearer of two equal names comes first, the other stays."""
    mijen = Point(-7.07, 110.33)
    found = search(pack, "purwosari", near=mijen)
    assert [one.label for one in found[:2]] == ["Purwosari, Mijen", "Purwosari, Semarang Utara"]
    first, second = found[0].distance_m, found[1].distance_m
    assert first is not None
    assert second is not None
    assert first < second


def test_every_kelurahan_is_found_by_its_name(pack: CityPack) -> None:
    """All 177 names lead to their kelurahan in the first four, as `name, kecamatan`."""
    for one in pack.kelurahan:
        label = f"{one.name}, {pack.kecamatan_by_code[one.kecamatan].name}"
        found = search(pack, one.name, limit=4)
        assert label in [proposal.label for proposal in found], label


def test_one_wrong_letter_is_forgiven(pack: CityPack) -> None:
    """Any kelurahan name of six letters or more survives the loss of a letter in its middle."""
    lost: list[str] = []
    for one in pack.kelurahan:
        if len(one.name) < 6 or " " in one.name:
            continue
        middle = len(one.name) // 2
        typed = one.name[:middle] + one.name[middle + 1 :]
        if "oe" in typed:
            continue  # reads as the old spelling of u
        if one.code not in [found.key for found in search(pack, typed, limit=5)]:
            lost.append(one.name)
    assert lost == []


def test_doubtful_points_say_so(pack: CityPack) -> None:
    """Low confidence, area centres, demo posts and places beyond the border carry a caution."""
    hall = search(pack, "balai kota")[0]
    assert (hall.confidence, hall.cautions) == (Confidence.LOW, (Caution.LOW_CONFIDENCE,))
    assert Caution.AREA_CENTRE in search(pack, "sekayu")[0].cautions
    assert Caution.DEMO in search(pack, "posko gangguan PLN")[0].cautions
    ungaran = search(pack, "ungaran")[0]
    assert ungaran.kind is PlaceKind.OUTSIDE
    assert Caution.OUTSIDE_CITY in ungaran.cautions
    assert ungaran.key == "kabupaten_semarang"


@pytest.mark.parametrize(
    ("typed", "lat", "lon"),
    [
        ("-6.98, 110.41", -6.98, 110.41),
        ("-6.98 110.41", -6.98, 110.41),
        ("lokasi saya: -6.98220,110.41380 ya", -6.9822, 110.4138),
        ("-6,98 110,41", -6.98, 110.41),
        ("-6,98; 110,41", -6.98, 110.41),
        ("6.98 LS 110.41 BT", -6.98, 110.41),
        ("6.98° S, 110.41° E", -6.98, 110.41),
        ("6°58'56\"S 110°24'50\"E", -6.98222, 110.41389),
        ("6° 58′ 56,5″ LS, 110° 24′ 50″ BT", -6.98236, 110.41389),
        ("S 6°58.94' E 110°24.83'", -6.98233, 110.41383),
        ("https://maps.google.com/?q=-6.98,110.41", -6.98, 110.41),
        ("https://www.google.com/maps/@-6.98,110.41,17z", -6.98, 110.41),
        (
            "https://www.google.com/maps/place/X/@-6.9,110.4,17z/data=!3d-6.98!4d110.41",
            -6.98,
            110.41,
        ),
        ("https://maps.google.com/maps?q=-6.98%2C110.41", -6.98, 110.41),
        ("geo:-6.98,110.41?z=16", -6.98, 110.41),
    ],
)
def test_typed_coordinates_are_read(pack: CityPack, typed: str, lat: float, lon: float) -> None:
    """Every common writing of a point gives that point, exactly, with no caution."""
    (found,) = search(pack, typed)
    assert found.kind is PlaceKind.COORDINATES
    assert math.isclose(found.point.lat, lat, abs_tol=1e-5)
    assert math.isclose(found.point.lon, lon, abs_tol=1e-5)
    assert found.cautions == ()
    assert found.source == ("typed",)


@pytest.mark.parametrize(
    ("typed", "cautions"),
    [
        ("110.41, -6.98", (Caution.SWAPPED,)),
        ("6.98, 110.41", (Caution.SIGN_ADDED,)),
        ("110.41, 6.98", (Caution.SWAPPED, Caution.SIGN_ADDED)),
        ("-7.30, 110.49", (Caution.OUTSIDE_CITY,)),
    ],
)
def test_a_reading_that_needed_help_says_so(
    pack: CityPack, typed: str, cautions: tuple[Caution, ...]
) -> None:
    """Swapped numbers and a lost minus are understood, and never silently."""
    (found,) = search(pack, typed)
    assert found.cautions == cautions


@pytest.mark.parametrize("said", ["", "   ", "?!", "48.85, 2.35", "1.5, 2.5", "zzzzqqqq xxyyzz"])
def test_nothing_is_proposed_for_nothing(pack: CityPack, said: str) -> None:
    """Empty words, noise and points on another continent give no proposal at all."""
    assert search(pack, said) == []


def test_limit_is_kept(pack: CityPack) -> None:
    """No more proposals than asked for, and never a negative slice."""
    assert len(search(pack, "semarang", limit=3)) == 3
    assert search(pack, "semarang", limit=0) == []
    assert search(pack, "semarang", limit=-5) == []


def test_nearest_kelurahan_is_named_with_its_kecamatan(pack: CityPack) -> None:
    """City hall lies in Sekayu, and the answer says that it is approximate."""
    found = nearest_kelurahan(pack, -6.9822, 110.4138)
    assert found.label == "Sekayu, Semarang Tengah"
    assert found.approximate
    assert found.distance_m < 400


@pytest.mark.parametrize(
    ("lat", "lon", "inside", "neighbour"),
    [
        (-6.9822, 110.4138, True, None),
        (-7.0510, 110.4400, True, None),
        (-7.1370, 110.4050, False, "kabupaten_semarang"),
        (-6.9620, 110.2490, False, "kendal"),
        (-7.0300, 110.5160, False, "demak"),
        (-6.8500, 110.4200, False, "laut_jawa"),
        (-7.1040, 110.2770, False, "kendal"),
        (-6.2000, 106.8000, False, "kendal"),
    ],
)
def test_inside_or_outside(
    pack: CityPack, lat: float, lon: float, inside: bool, neighbour: str | None
) -> None:
    """The city's own points are inside; the neighbours' towns and the sea are outside and named."""
    found = inside_city(pack, lat, lon)
    assert (found.inside, found.neighbour, found.approximate) == (inside, neighbour, True)


def test_every_centroid_is_inside(pack: CityPack) -> None:
    """No kelurahan is taken for the neighbour's."""
    assert all(inside_city(pack, one.point.lat, one.point.lon).inside for one in pack.kelurahan)


@given(said=st.text(max_size=200))
def test_any_words_give_an_answer(said: str) -> None:
    """Whatever is typed, the search answers with ordered proposals and raises nothing."""
    found = search(PACK, said)
    assert len(found) <= 10
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@given(lat=st.floats(-7.2, -6.9), lon=st.floats(110.2, 110.6))
def test_written_coordinates_come_back(lat: float, lon: float) -> None:
    """A point written with five decimals is read back as it was written."""
    point = find_point(f"{lat:.5f}, {lon:.5f}")
    assert point == Point(float(f"{lat:.5f}"), float(f"{lon:.5f}"))


@given(one=LETTERS, other=LETTERS)
def test_edits_is_a_distance(one: str, other: str) -> None:
    """Zero only for equal words, the same both ways, and at most the longer word."""
    count = edits(one, other, 20)
    assert (count == 0) == (one == other)
    assert count == edits(other, one, 20)
    assert count <= max(len(one), len(other))


@given(word=st.text(alphabet="abcdehiklmn", min_size=5, max_size=9), at=st.integers(0, 7))
def test_two_letters_swapped_are_one_edit(word: str, at: int) -> None:
    """The commonest slip of a hurried hand costs one edit, so that the word is still found."""
    at = min(at, len(word) - 2)
    typed = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    assert edits(word, typed, 3) <= 1
    assert word in Vocabulary([word]).matches(typed, False)


def test_tokens_fold_the_ways_of_writing() -> None:
    """Abbreviations, accents, old and Javanese spelling come out as one word."""
    assert tokens("Jl. Tjandi Baroe") == ("jalan", "candi", "baru")
    assert tokens("Bendan Dhuwur") == tokens("bendan duwur")
    assert tokens("ÀÉ") == ("ae",)


def test_distance_in_metres() -> None:
    """A hundredth of a degree north is 1,112 metres; city hall to Simpang Lima about 1.35 km."""
    assert round(distance_m(Point(-7.0, 110.4), Point(-7.01, 110.4))) == 1112
    assert 1300 < distance_m(Point(-6.9822, 110.4138), Point(-6.9903, 110.4229)) < 1400
