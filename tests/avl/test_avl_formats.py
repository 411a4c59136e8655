"""Each format, read as its makers write it, and never more than its own error for anything else."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from avl_sentences import gga, rmc, sentence
from hypothesis import assume, given
from hypothesis import strategies as st

from kentongan.edge.avl import owntracks, plain, traccar
from kentongan.edge.avl.nmea import Receiver
from kentongan.edge.avl.reports import FIXES_MAX, Report, Unreadable

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
EPOCH_S = int(NOW.timestamp())


def owntracks_location(**others: object) -> dict[str, object]:
    """A location as the application sends it."""
    said = {
        "_type": "location", "BSSID": "b0:f2:08:45:94:33", "acc": 5, "alt": 167, "batt": 41,
        "bs": 2, "cog": 271, "conn": "m", "created_at": EPOCH_S + 1, "lat": -6.9839,
        "lon": 110.4103, "t": "u", "tid": "A5", "topic": "owntracks/amb/05", "tst": EPOCH_S,
        "vac": 4, "vel": 54,
    }  # fmt: skip
    return said | others


def fault_of(read: Callable[[], object]) -> Unreadable | None:
    """Our own error, when it cannot be read; any other is not caught."""
    try:
        read()
    except Unreadable as fault:
        return fault
    return None


def octets(value: object) -> bytes:
    """As JSON."""
    return json.dumps(value).encode()


def test_owntracks_location() -> None:
    """Metres, km/h, degrees, seconds since 1970."""
    (fix,) = owntracks.read(octets(owntracks_location())).fixes
    assert (fix.point.lat, fix.point.lon, fix.at) == (-6.9839, 110.4103, NOW)
    assert (fix.accuracy_m, fix.heading_deg, fix.speed_m_s) == (5.0, 271.0, pytest.approx(15.0))


@pytest.mark.parametrize(
    "said",
    [b"", b" \n", *(octets({"_type": kind, "tst": 1}) for kind in sorted(owntracks.OTHERS))],
)
def test_owntracks_other_messages_are_no_faults(said: bytes) -> None:
    """Waypoints, transitions, last wills, deleted friends: ignored politely."""
    report = owntracks.read(said)
    assert (report.fixes, report.faults, report.ignored) == ((), (), 1)


def test_owntracks_batch_with_one_bad_line() -> None:
    """What cannot be read costs itself only, and its field is named."""
    good, bad = owntracks_location(), owntracks_location(lat=91)
    other = owntracks_location(lon="east")
    report = owntracks.read(octets([good, bad, {"_type": "waypoints"}, other, good]))
    assert len(report.fixes) == 2
    assert [fault.field for fault in report.faults] == ["lat", "lon"]
    assert report.ignored == 1


def test_owntracks_encrypted_is_explained() -> None:
    """Whoever set a secret key is told to take it away."""
    (fault,) = owntracks.read(octets({"_type": "encrypted", "data": "x"})).faults
    assert "secret key" in fault.why


def test_unknown_values_are_unknown() -> None:
    """-1 for course and speed, 0 for accuracy: the telephone does not know."""
    said = owntracks_location(acc=0, cog=-1, vel=-1)
    (fix,) = owntracks.read(octets(said)).fixes
    assert (fix.accuracy_m, fix.heading_deg, fix.speed_m_s) == (None, None, None)


def of_query(query: str) -> Report:
    """What a query says."""
    return traccar.read_query(traccar.fields_of(query), NOW)


@pytest.mark.parametrize("stamp", [str(EPOCH_S), str(EPOCH_S * 1000), "2026-11-25T12:00:00Z"])
def test_traccar_query(stamp: str) -> None:
    """The OsmAnd protocol: knots, seconds or milliseconds or ISO, the token as identifier."""
    query = f"id=t0k&lat=-6.9839&lon=110.4103&timestamp={stamp}&speed=29.16&bearing=271&accuracy=5"
    fields = traccar.fields_of(query)
    assert traccar.token_of_query(fields) == "t0k"
    (fix,) = traccar.read_query(fields, NOW).fixes
    assert (fix.point.lat, fix.point.lon, fix.at) == (-6.9839, 110.4103, NOW)
    assert fix.speed_m_s == pytest.approx(15.0, abs=0.01)
    assert (fix.heading_deg, fix.accuracy_m) == (271.0, 5.0)


def test_traccar_query_variants() -> None:
    """`location` for both, `deviceid` for `id`; without a fix it is only a sign of life."""
    fields = traccar.fields_of("deviceid=a&location=-6.9,110.4")
    assert traccar.token_of_query(fields) == "a"
    assert traccar.read_query(fields, NOW).fixes[0].at == NOW
    assert of_query("id=a&batt=50").ignored == 1
    assert of_query("id=a&lat=1&lon=2&valid=false").ignored == 1
    (fault,) = of_query("id=a&lat=1").faults
    assert fault.field == "lon"
    (fault,) = of_query("id=a&lat=nan&lon=2").faults
    assert fault.field == "lat"


def test_traccar_client_json() -> None:
    """What the application sends from version 9 on: metres a second."""
    location = {
        "timestamp": "2026-11-25T12:00:00.000Z", "is_moving": True, "odometer": 12.5,
        "coords": {"latitude": -6.9839, "longitude": 110.4103, "accuracy": 5, "speed": 15,
                   "heading": 271, "altitude": 12},
        "battery": {"level": 0.9, "is_charging": True}, "activity": {"type": "in_vehicle"},
    }  # fmt: skip
    said = octets({"location": location, "device_id": "t0k"})
    assert traccar.token_of_client(said) == "t0k"
    (fix,) = traccar.read_client(said).fixes
    assert (fix.at, fix.speed_m_s) == (NOW, 15.0)
    several = traccar.read_client(octets({"location": [location] * 3, "device_id": "t0k"}))
    assert len(several.fixes) == 3
    for no_token in (b"no JSON", octets([1]), octets({"device_id": 7, "location": location})):
        assert traccar.token_of_client(no_token) in ("", "7")


def test_traccar_forwarded() -> None:
    """What a server passes on: the device by its number, knots."""
    position = {
        "id": 1, "deviceId": 7, "protocol": "gt06", "serverTime": "2026-11-25T12:00:01.000+00:00",
        "deviceTime": "2026-11-25T12:00:00.000+00:00", "fixTime": "2026-11-25T12:00:00.000+00:00",
        "valid": True, "latitude": -6.9839, "longitude": 110.4103, "altitude": 0.0, "speed": 29.16,
        "course": 271.0, "address": None, "accuracy": 0.0, "attributes": {"ignition": True},
    }  # fmt: skip
    device = {"id": 7, "name": "AMB05", "uniqueId": "860123456789012", "status": "online"}
    report = traccar.read_forwarded(octets({"position": position, "device": device}))
    assert report.number == "860123456789012"
    (fix,) = report.fixes
    assert (fix.at, fix.accuracy_m) == (NOW, None)
    assert fix.speed_m_s == pytest.approx(15.0, abs=0.01)
    invalid = {"position": position | {"valid": False}, "device": device}
    assert traccar.read_forwarded(octets(invalid)).ignored == 1


def test_plain_messages() -> None:
    """One position, a list, or a list with the time of sending."""
    one = {"lat": -6.9, "lon": 110.4}
    assert plain.read(octets(one), NOW).fixes[0].at == NOW
    assert len(plain.read(octets([one, one | {"at": EPOCH_S}]), NOW).fixes) == 2
    report = plain.read(octets({"fixes": [one], "sent_at": "2026-11-25T19:00:00+07:00"}), NOW)
    assert report.sent_at == NOW
    (fault,) = plain.read(octets({"lon": 1}), NOW).faults
    assert fault.field in ("lat", "JSON")
    assert "lat" in str(fault)


def test_a_message_has_a_limit() -> None:
    """More positions than a message may hold: the first are taken, and it is said."""
    report = plain.read(octets([{"lat": 1, "lon": 2}] * (FIXES_MAX + 5)), NOW)
    assert len(report.fixes) == FIXES_MAX
    assert len(report.faults) == 1


READERS: dict[str, Callable[[bytes], object]] = {
    "owntracks": owntracks.read,
    "traccar client": traccar.read_client,
    "traccar forward": traccar.read_forwarded,
    "traccar query": lambda said: of_query(said.decode("latin-1")),
    "traccar token": traccar.token_of_client,
    "plain": lambda said: plain.read(said, NOW),
    "nmea": lambda said: Receiver().take(said.decode("latin-1"), NOW),
}

keys = st.sampled_from(
    ["_type", "lat", "lon", "tst", "acc", "cog", "vel", "location", "coords", "latitude",
     "longitude", "timestamp", "device_id", "position", "device", "uniqueId", "fixTime", "speed",
     "fixes", "sent_at", "at", "accuracy_m"]
)  # fmt: skip
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["location", "encrypted", "2026-11-25T12:00:00Z", "nan", "1e999"])
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=8),
    max_leaves=20,
)


@pytest.mark.parametrize("form", READERS)
@given(said=values.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200))
def test_anything_else_is_our_own_error(form: str, said: bytes) -> None:
    """Whatever arrives, a reader raises nothing but `Unreadable`, and names a field."""
    fault = fault_of(lambda: READERS[form](said))
    assert fault is None or (fault.field and fault.why)


@given(
    st.dictionaries(
        st.sampled_from(["id", "lat", "lon", "timestamp", "speed", "location", "valid", "bearing"]),
        st.text(max_size=12) | st.floats().map(str) | st.integers().map(str),
    )
)
def test_any_query_gives_a_report(fields: dict[str, str]) -> None:
    """A bad field is a fault in the report, never a crash; a fix has a place on earth."""
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    try:
        report = of_query(query)
    except Unreadable:
        return
    assert isinstance(report, Report)
    for fix in report.fixes:
        assert abs(fix.point.lat) <= 90
        assert abs(fix.point.lon) <= 180


def test_brackets_nested_deep_are_no_crash() -> None:
    """Thousands of brackets are no JSON of ours."""
    deep = b"[" * 100_000
    for form in ("owntracks", "traccar client", "plain"):
        with pytest.raises(Unreadable):
            READERS[form](deep)


def test_rmc_with_gga() -> None:
    """Place, time, course and speed from RMC, accuracy from the GGA of the same moment."""
    receiver = Receiver()
    assert receiver.take(gga(NOW, -6.9839, 110.4103), NOW) is None
    fix = receiver.take(rmc(NOW, -6.9839, 110.4103) + "\r\n", NOW)
    assert fix is not None
    assert (fix.point.lat, fix.point.lon) == (pytest.approx(-6.9839), pytest.approx(110.4103))
    assert (fix.at, fix.heading_deg, fix.accuracy_m) == (NOW, 84.4, pytest.approx(4.5))
    assert fix.speed_m_s == pytest.approx(11.52, abs=0.01)
    later = receiver.take(rmc(NOW + timedelta(seconds=1), -6.9839, 110.4103), NOW)
    assert later is not None
    assert later.accuracy_m is None


def test_sentences_that_are_no_position() -> None:
    """A receiver without a fix, satellites in view, an empty course: nothing, and no fault."""
    receiver = Receiver()
    assert receiver.take(rmc(NOW, -6.9, 110.4, status="V"), NOW) is None
    assert receiver.take(gga(NOW, -6.9, 110.4, quality=0), NOW) is None
    assert receiver.take(sentence("GPGSV,1,1,00"), NOW) is None
    still = receiver.take(rmc(NOW, -6.9, 110.4, knots=""), NOW)
    assert still is not None
    assert still.speed_m_s is None


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (rmc(NOW, -6.9, 110.4)[:-2] + "00", "checksum"),
        (rmc(NOW, -6.9, 110.4).replace(",A,", ",V,", 1), "checksum"),
        (rmc(NOW, -6.9, 110.4)[:-3], "sentence"),
        ("hello", "sentence"),
        ("$" + "G" * 200, "sentence"),
        (sentence("GPRMC,120000,A"), "RMC"),
        (sentence("GPRMC,126000,A,0659.0,S,11024.0,E,0,0,251126,,"), "time"),
        (sentence("GPRMC,120000,A,0659.0,S,11024.0,E,0,0,310226,,"), "date"),
        (sentence("GPRMC,120000,A,0660.0,S,11024.0,E,0,0,251126,,"), "lat"),
        (sentence("GPRMC,120000,A,0659.0,E,11024.0,E,0,0,251126,,"), "lat"),
        (sentence("GPRMC,120000,A,0659.0,S,18100.0,E,0,0,251126,,"), "lon"),
        (sentence("GPRMC,120000,A,0659.0,S,11024.0,E,fast,0,251126,,"), "speed"),
    ],
)
def test_a_bad_sentence_names_its_field(line: str, field: str) -> None:
    """And costs itself only: the next one is read."""
    receiver = Receiver()
    with pytest.raises(Unreadable) as raised:
        receiver.take(line, NOW)
    assert raised.value.field == field
    assert receiver.take(rmc(NOW, -6.9, 110.4), NOW) is not None


def test_a_modem_may_say_its_name_first() -> None:
    """What stands before the dollar sign is not part of the sentence."""
    assert Receiver().take("IMEI123 " + rmc(NOW, -6.9, 110.4), NOW) is not None


def test_gga_alone_around_midnight() -> None:
    """A receiver without RMC is believed from the third on, on the day nearest to the clock."""
    midnight = datetime(2026, 11, 26, tzinfo=UTC)
    receiver = Receiver()
    before, after = midnight - timedelta(seconds=2), midnight + timedelta(seconds=2)
    for _ in range(2):
        assert receiver.take(gga(before, -6.9, 110.4), midnight) is None
    late = receiver.take(gga(before, -6.9, 110.4), after)
    early = receiver.take(gga(after, -6.9, 110.4), before)
    assert late is not None
    assert early is not None
    assert (late.at, early.at) == (before, after)


def test_gga_follows_the_receivers_own_date() -> None:
    """After an RMC the receiver's clock counts: hours of buffered sentences keep their day."""
    receiver = Receiver()
    then = NOW - timedelta(hours=20)
    assert receiver.take(rmc(then, -6.9, 110.4), NOW) is not None
    found = [receiver.take(gga(then + timedelta(seconds=n), -6.9, 110.4), NOW) for n in range(3)]
    assert found[2] is not None
    assert found[2].at == then + timedelta(seconds=2)


def test_a_lost_count_of_weeks_is_given_back() -> None:
    """Since 2019 some receivers report dates 1,024 weeks ago."""
    fix = Receiver().take(rmc(NOW - timedelta(weeks=1_024), -6.9, 110.4), NOW)
    assert fix is not None
    assert fix.at == NOW


numbers = st.floats(-89.99, 89.99)
seconds = st.integers(0, 10**9).map(lambda second: NOW - timedelta(seconds=second % 300_000_000))


@given(numbers, st.floats(-179.99, 179.99), seconds)
def test_a_sentence_gives_the_place_it_was_made_of(lat: float, lon: float, at: datetime) -> None:
    """To a metre, on every side of the equator and of Greenwich, at any second."""
    said = rmc(at, lat, lon)
    assume(",60.00000" not in said and "60.00000," not in said)  # minutes that rounding filled
    fix = Receiver().take(said, at)
    assert fix is not None
    assert abs(fix.point.lat - lat) < 1e-5
    assert abs(fix.point.lon - lon) < 1e-5
    assert fix.at == at


@given(st.text(alphabet="$GPRMCVA,.*0123456789NSEW", max_size=100))
def test_any_line_is_a_position_or_our_error(line: str) -> None:
    """Nothing a receiver says makes it crash; with a right checksum neither."""
    for said in (line, sentence(line.replace("*", "").replace("$", ""))):
        fault = fault_of(lambda said=said: Receiver().take(said, NOW))
        assert fault is None or fault.field
