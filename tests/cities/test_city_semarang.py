"""The Semarang pack holds the city's facts, all of them, and they fit together."""

import importlib.resources
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from kentongan.cities.facts import AgencyMode, Confidence, Text
from kentongan.cities.pack import CityPack, check, packaged
from kentongan.cities.taxonomy import Approval, Origin, Rule

SHARED = Path(__file__).parents[3] / "shared" / "city" / "semarang"
# Concave areas whose centroid lies just outside their own simplified polygon.
CENTROID_OUTSIDE = {"33.74.05.1012", "33.74.16.1006"}
ONE_KEY = {"polrestabes": "polisi"}

Ring = list[list[float]]


def facts_of(name: str) -> dict[str, Any]:
    """A file of seed facts beside the repository; skips where it is absent."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"seed facts are not beside the repository: {name}")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_shipped_pack_has_no_problem() -> None:
    """A fresh installation loads: nothing is missing, nothing points nowhere."""
    assert check(packaged()) == []


def test_counts(pack: CityPack) -> None:
    """Nothing was dropped when the facts were written down."""
    assert len(pack.kecamatan) == 16
    assert len(pack.kelurahan) == 177
    assert len(pack.categories) == 16
    assert len(pack.natures) == 147
    assert len(pack.protocols) == 10
    assert sum(len(protocol.questions) for protocol in pack.protocols) == 81
    assert len(pack.entry_questions) == 5
    assert len(pack.units) == 48
    assert len(pack.hospitals) == 27
    assert len(pack.puskesmas) == 39
    assert len(pack.phrasebook.caller_says) == 26
    assert len(pack.phrasebook.operator_says) == 10
    assert len(pack.alarms) == 14


def test_the_demo_fleet_says_that_it_is_one(pack: CityPack) -> None:
    """The city's fleet is unknown: every unit is marked demo and of low confidence."""
    assert all(unit.demo and unit.verify for unit in pack.units)
    assert {unit.confidence for unit in pack.units} == {Confidence.LOW}
    first = pack.unit_by_call_sign["AMB01"]
    assert first.label.id == "Ambulans Hebat 1"
    assert first.home == pack.post_by_key[first.post].point


def test_founding_scene_can_be_played(pack: CityPack) -> None:
    """City hall has its address, the first call its five lines, the departure its five minutes."""
    hall = next(one for one in pack.landmarks if one.name == "Balai Kota Semarang")
    assert hall.address == "Jalan Pemuda 148"
    assert pack.kelurahan_by_code[hall.kelurahan].name == "Sekayu"
    (call,) = pack.scenario_by_key["founding"].calls
    said = [pack.sound_by_key[one.sound].text.id for one in call.utterances]
    assert said == [
        "Saya mau minta tolong dipanggilkan Ambulans Hebat.",
        "Hendrar Prihadi.",
        "Benar.",
        "Balai Kota Semarang.",
        "Berapa lama ambulans datang?",
    ]
    depart = pack.target_by_key["depart"]
    assert (depart.end, depart.limit_s, depart.origin) == ("departed", 300, Origin.ARTICLE)


def test_departure_and_arrival_are_never_one_number(pack: CityPack) -> None:
    """The two promises of 2018 and 2025 end at different stamps."""
    assert pack.target_by_key["depart"].end == "departed"
    assert pack.target_by_key["on_scene"].end == "arrived"
    assert pack.target_by_key["fire"].origin is Origin.LAW
    assert pack.target_by_key["fire"].limit_s == 900


def test_lines_are_found_by_what_was_dialled(pack: CityPack) -> None:
    """Legacy numbers are lines of their own; an unknown number reaches none."""
    assert [line.key for line in pack.lines] == ["112", "1500-132", "119"]
    for dialled, key in (
        ("112", "112"),
        ("+62112", "112"),
        ("1500132", "1500-132"),
        ("119", "119"),
    ):
        line = pack.find_line(dialled)
        assert line is not None
        assert line.key == key
    assert pack.find_line("1") is None


def test_loading_fills_in_what_follows(pack: CityPack) -> None:
    """Leads, categories and protocols are the same from both ends."""
    for nature in pack.natures:
        assert nature.code in pack.agency_by_key[nature.lead].leads
        assert nature.category in pack.category_by_code
        assert nature.words
        if nature.protocol is not None:
            assert nature.code in pack.protocol_by_code[nature.protocol].natures
    assert {"INF-02", "UTL-08"} <= set(pack.protocol_by_code["T10"].natures)


def test_every_protocol_is_a_draft_until_signed(pack: CityPack) -> None:
    """No text is shown as approved that nobody signed, and a signature holds for one version. Who
    is to sign is named in both languages."""
    assert all(protocol.is_draft for protocol in pack.protocols)
    named = [one for protocol in pack.protocols for one in protocol.approval.authority]
    assert named
    assert [one for one in named if not isinstance(one, Text)] == []
    signed = Approval(
        authority=("Direktur medis",),
        signed_by="dr. Contoh",
        signed_at=datetime(2026, 1, 2, tzinfo=UTC),
        signed_version=1,
    )
    protocol = msgspec.structs.replace(pack.protocol_by_code["T02"], approval=signed)
    assert not protocol.is_draft
    assert msgspec.structs.replace(protocol, version=2).is_draft


def test_only_ticket_offices_get_tickets(pack: CityPack) -> None:
    """An office that only takes complaints never leads an emergency."""
    for nature in pack.natures:
        if pack.agency_by_key[nature.lead].mode is AgencyMode.TICKETS:
            assert nature.priority in {"P4", "P5"}


def test_public_words_are_in_both_languages(pack: CityPack) -> None:
    """English is written, not copied: no sentence of a protocol or script is the same in both."""
    sentences = [line for p in pack.protocols for i in p.instructions for line in i.lines]
    sentences += [question.text for p in pack.protocols for question in p.questions]
    sentences += [line.text for script in pack.scripts for line in script.lines]
    assert [one.id for one in sentences if one.id == one.en] == []


def test_remarks_in_protocols_are_in_both_languages(pack: CityPack) -> None:
    """Who signs reads them on a page in either language; a plain string of an older pack stays."""
    asked = [question for protocol in pack.protocols for question in protocol.questions]
    rules = [rule for question in (*pack.entry_questions, *asked) for rule in question.rules]
    read_out = [one for protocol in pack.protocols for one in protocol.instructions]
    said = [one.note for one in (*pack.protocols, *rules, *read_out) if one.note]
    assert len(said) >= 10
    for remark in said:
        assert isinstance(remark, Text), remark
        assert remark.id != remark.en
    assert msgspec.convert({"note": "By appointment"}, Rule).note == "By appointment"


def test_the_pack_is_in_the_package() -> None:
    """YAML and WAV are package data, so that a wheel carries them."""
    root = importlib.resources.files("kentongan.cities") / "semarang"
    assert (root / "taxonomy.yaml").is_file()
    assert (root / "sounds" / "wait_id.wav").is_file()


def test_the_pack_can_be_sent(pack: CityPack) -> None:
    """The whole pack encodes as JSON and comes back the same: screens get it as it is."""
    encoded = msgspec.json.encode(pack)
    assert msgspec.json.encode(msgspec.json.decode(encoded, type=CityPack)) == encoded


def test_areas_are_those_of_the_seed_facts(pack: CityPack) -> None:
    """Every code, name, centroid and hazard is as in the facts."""
    words = {"banjir": "flood", "rob": "tidal_flood", "longsor": "landslide"}
    for row in facts_of("semarang.yaml")["kecamatan"]["list"]:
        kecamatan = pack.kecamatan_by_code[row["kode"]]
        assert (kecamatan.name, kecamatan.point.lat) == (row["nama"], row["lat"])
        assert len(kecamatan.kelurahan) == row["kelurahan_count"]
        for inner in row["kelurahan"]:
            kelurahan = pack.kelurahan_by_code[inner["kode"]]
            assert kelurahan.name == inner["nama"]
            assert (kelurahan.point.lat, kelurahan.point.lon) == (inner["lat"], inner["lon"])
            assert kelurahan.hazards == tuple(words[one] for one in inner.get("rawan", ()))


def test_facilities_are_those_of_the_seed_facts(pack: CityPack) -> None:
    """Points and confidence of hospitals, puskesmas, police and fire posts were carried over."""
    seed = facts_of("semarang.yaml")
    rows = [row for k in ("hospitals", "puskesmas", "police", "damkar") for row in seed[k]["list"]]
    ours = [*pack.hospitals, *pack.puskesmas, *pack.posts]
    known = {(one.point.lat, one.point.lon, one.confidence) for one in ours}
    assert len(rows) == 27 + 39 + 18 + 7
    for row in rows:
        assert (row["lat"], row["lon"], row["confidence"]) in known, row["nama"]


def test_landmarks_are_those_of_the_seed_facts(pack: CityPack) -> None:
    """Every landmark of the facts is in the pack, at its point."""
    ours = {(one.point.lat, one.point.lon) for one in pack.landmarks}
    for row in facts_of("semarang.yaml")["landmarks"]["list"]:
        assert (row["lat"], row["lon"]) in ours, row["nama"]


def test_taxonomy_is_that_of_the_seed_facts(pack: CityPack) -> None:
    """Codes, names, leads, support, priorities, limits and flags were carried over."""
    for category in facts_of("taxonomy.yaml")["categories"]:
        assert pack.category_by_code[category["code"]].lead == category["lead"]
        for row in category["sub"]:
            nature = pack.nature_by_code[row["code"]]
            assert (nature.name.id, nature.name.en) == (row["id"], row["en"])
            assert nature.lead == row.get("lead", category["lead"])
            assert nature.support == tuple(row.get("support", ()))
            assert nature.priority == row["prio"]
            assert nature.on_scene_s == _seconds(row.get("min"))
            assert nature.law_s == _seconds(row.get("law_min"))
            assert nature.flags == _flags_with_crime_sealed(category["code"], row.get("flags", []))
            assert nature.assign == row.get("assign")
            if "triage" in row:
                assert nature.protocol == row["triage"]


def _flags_with_crime_sealed(category: str, flags: list[str]) -> tuple[str, ...]:
    """The seed's flags; criminal data is sensitive by law, so every kind of crime is."""
    added = ["SENS"] if category == "KRM" and "SENS" not in flags else []
    return (*added, *flags)


def test_questions_are_those_of_the_seed_facts(pack: CityPack) -> None:
    """Each protocol asks the same Indonesian questions in the same order."""
    for row in facts_of("taxonomy.yaml")["triage"]:
        protocol = pack.protocol_by_code[row["code"]]
        assert [one.text.id for one in protocol.questions] == [q["id"] for q in row["questions"]]
        assert set(protocol.natures) == set(row["for"])


def test_javanese_is_that_of_the_seed_facts(pack: CityPack) -> None:
    """All 26 caller phrases and 10 krama sentences were carried over with their codes."""
    seed = facts_of("taxonomy.yaml")["javanese"]
    ours = [(one.jv, one.nature) for one in pack.phrasebook.caller_says]
    assert ours == [(row["jv"], row["code"]) for row in seed["caller_hears"]]
    krama = [(one.jv, one.id) for one in pack.phrasebook.operator_says]
    assert krama == [(row["jv"], row["id"]) for row in seed["operator_says"]]
    assert pack.phrasebook.numbers == seed["numbers"]


def test_agencies_have_one_key_each(pack: CityPack) -> None:
    """Both seed files name agencies differently; the pack has every one of them once."""
    seed = facts_of("taxonomy.yaml")
    wanted = set(seed["agencies"]) | set(seed["complaint_offices"])
    wanted |= {ONE_KEY.get(row["key"], row["key"]) for row in facts_of("semarang.yaml")["agencies"]}
    assert {agency.key for agency in pack.agencies} == wanted


def test_centroids_lie_in_their_polygons(pack: CityPack) -> None:
    """Every kelurahan centroid lies in its own boundary, but for two concave ones."""
    polygons = _polygons()
    outside = {
        one.code
        for one in pack.kelurahan
        if not _holds(polygons[one.code], one.point.lon, one.point.lat)
    }
    assert outside == CENTROID_OUTSIDE


def test_facilities_lie_in_the_kelurahan_they_name(pack: CityPack) -> None:
    """The kelurahan beside a point is the one whose boundary holds it."""
    polygons = _polygons()
    ours = [*pack.hospitals, *pack.puskesmas, *pack.posts, *pack.landmarks]
    wrong = [
        one.key for one in ours if not _holds(polygons[one.kelurahan], one.point.lon, one.point.lat)
    ]
    assert wrong == []


def _seconds(minutes: int | None) -> int | None:
    return None if minutes is None else 60 * minutes


def _polygons() -> dict[str, list[list[Ring]]]:
    path = SHARED / "kelurahan.geojson"
    if not path.exists():
        pytest.skip("boundaries are not beside the repository: kelurahan.geojson")
    found: dict[str, list[list[Ring]]] = {}
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        shape = feature["geometry"]
        many = shape["type"] == "MultiPolygon"
        found[feature["properties"]["kode"]] = (
            shape["coordinates"] if many else [shape["coordinates"]]
        )
    return found


def _holds(polygons: list[list[Ring]], lon: float, lat: float) -> bool:
    return any(
        _crosses_odd(rings[0], lon, lat)
        and not any(_crosses_odd(hole, lon, lat) for hole in rings[1:])
        for rings in polygons
    )


def _crosses_odd(ring: Ring, lon: float, lat: float) -> bool:
    """A ray to the east crosses the ring an odd number of times."""
    odd = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            odd = not odd
    return odd
