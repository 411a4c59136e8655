"""AML messages: the standard's examples, forms over HTTPS, and what a telephone may get wrong."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan import aml
from kentongan.cities.facts import Point

VECTORS = Path(__file__).parents[2].parent / "shared" / "vectors" / "aml" / "manifest.json"
WELL = (
    'A"ML=1;lt=-6.99030;lg=+110.42290;rd=14;top=20261123050000;lc=68;pm=W;'
    "si=510010000000000;ei=123456789012345;mcc=510;mnc=01;ml=127"
)


def _cases() -> list[dict[str, Any]]:
    return json.loads(VECTORS.read_text())["cases"] if VECTORS.exists() else []


@pytest.mark.skipif(not VECTORS.exists(), reason="the AML examples are not beside the project")
def test_the_standards_own_examples_are_read() -> None:
    """Every field of every example; `no location` is no point in the Gulf of Guinea."""
    names = {"WIFI": "wifi", "NONE": "none", "GNSS": "gnss", "CELL": "cell"}
    for case in _cases():
        said, wanted = aml.read_text(case["input"]), case["fields"]
        point = said.point
        assert (point.lat if point else None) == wanted["latitude"], case["id"]
        assert (point.lon if point else None) == wanted["longitude"], case["id"]
        assert said.radius_m == wanted["radius_m"]
        assert said.method == names[wanted["method"]]
        assert said.confidence_pct == wanted["confidence_pct"]
        assert said.version == wanted["version"]
        for name in ("imei", "mcc", "mnc"):
            assert getattr(said, name) == wanted.get(name, getattr(said, name))
        if "time_utc" in wanted:
            assert said.measured_at == datetime.fromisoformat(wanted["time_utc"])
        assert ("length_differs" in said.remarks) is not case["ml_matches"]


def test_an_sms_of_here() -> None:
    """A wrong length is remarked and drops nothing."""
    said = aml.read_text(f"prefix {WELL}\n")
    assert said.point == Point(-6.9903, 110.4229)
    assert (said.radius_m, said.measured_at) == (14, datetime(2026, 11, 23, 5, tzinfo=UTC))
    assert (said.mcc, said.mnc, said.remarks) == ("510", "01", ("length_differs",))


@pytest.mark.parametrize(
    ("old", "new", "remark"),
    [
        ("lt=-6.99030", "lt=selatan", "location_unreadable"),
        ("lt=-6.99030", "lt=-96.99", "location_unreadable"),
        ("lt=-6.99030;lg=+110.42290", "lt=0;lg=0", "location_unreadable"),
        ("lt=-6.99030", "lt=nan", "location_unreadable"),
        ("ML=1", "ML=2", "version_unknown"),
        ("top=20261123050000", "top=20261399999999", "time_unreadable"),
        ("top=20261123050000", "top=kemarin", "time_unreadable"),
    ],
)
def test_a_field_that_cannot_be_read_is_left_out_and_remarked(
    old: str, new: str, remark: str
) -> None:
    """The rest is used; of another version nothing is, for its letters mean other things."""
    said = aml.read_text(WELL.replace(old, new))
    assert remark in said.remarks
    assert (said.point is None) is (remark != "time_unreadable")


@pytest.mark.parametrize("nowhere", ["rd=N", "pm=N"])
def test_without_a_location_there_is_no_point(nowhere: str) -> None:
    """Neither at 0/0 nor where the fields say."""
    name = nowhere[:2]
    old = {"rd": "rd=14", "pm": "pm=W"}[name]
    assert aml.read_text(WELL.replace(old, nowhere)).point is None


def test_other_texts_are_no_aml() -> None:
    """Somebody's SMS to 112 is not taken for a machine's."""
    for text in ("", "tolong pak", 'A"MM=1'):
        with pytest.raises(aml.AmlUnreadableError):
            aml.read_text(text)


FORM = {
    "v": "1",
    "device_number": "+6281303131148",
    "location_latitude": "-6.9903",
    "location_longitude": "110.4229",
    "location_accuracy": "12.5",
    "location_time": "1795410000000",
    "location_source": "GPS",
    "location_confidence": "0.68",
}


def test_a_form_over_https() -> None:
    """Milliseconds since 1970, accuracy in metres, the telephone's own number."""
    said = aml.read_form(FORM)
    assert (said.point, said.radius_m, said.method) == (Point(-6.9903, 110.4229), 12.5, "gnss")
    assert said.measured_at == datetime.fromtimestamp(1_795_410_000, UTC)
    assert (said.number, said.confidence_pct, said.remarks) == ("+6281303131148", 68, ())


def test_a_form_may_miss_anything() -> None:
    """Every field is optional; one with nothing known is none."""
    for name in FORM:
        said = aml.read_form({key: value for key, value in FORM.items() if key != name})
        assert (said.point is None) is (name in {"location_latitude", "location_longitude"})
    with pytest.raises(aml.AmlUnreadableError):
        aml.read_form({"hello": "world"})


@given(st.text(max_size=400))
def test_whatever_follows_the_head_is_read_without_a_crash(tail: str) -> None:
    """Only our own error, only for what is no message."""
    said = aml.read_text(f'A"ML=1;{tail}')
    assert said.version == 1


@given(st.dictionaries(st.sampled_from(sorted(FORM)), st.text(max_size=40), min_size=1))
def test_any_form_is_read_without_a_crash(fields: dict[str, str]) -> None:
    """Garbage gives no point and no error but ours."""
    try:
        said = aml.read_form(fields)
    except aml.AmlUnreadableError:
        assert set(fields) <= {"v"}
    else:
        assert said.radius_m is None or said.radius_m >= 0


def test_a_signature_is_over_what_stands_before_it() -> None:
    """The last field, HMAC-SHA1; a changed digit shows."""
    body = b"v=1&location_latitude=-6.99"
    signed = body + b"&hmac=" + hmac.new(b"k", body, hashlib.sha1).hexdigest().encode()
    assert aml.is_signed(signed, b"k")
    assert not aml.is_signed(signed.replace(b"6.99", b"6.98"), b"k")
    assert not aml.is_signed(signed, b"other")
    assert not aml.is_signed(body, b"k")
