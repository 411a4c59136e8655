"""The pieces of the web process by themselves: patience, queues, fixes, travel, inbox, texts."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from web_people import PACK, PLANS

from kentongan.app.ports import Unavailable, UnitFix
from kentongan.cities.facts import Point, UnitKind
from kentongan.core.policy import AlertCrewEffect, NotifyAgencyEffect
from kentongan.core.words import AgencyKey, Agent, AgentId, Fix, IncidentId, Role, UnitId
from kentongan.edge.geo.places import searcher
from kentongan.edge.geo.travel import SOURCE, SPEED_KM_H, StraightLine, speed_km_h
from kentongan.edge.notify.inbox import InboxNotifier
from kentongan.edge.web.attempts import ACCOUNT, ADDRESS, wait_s
from kentongan.edge.web.fixes import DeviceFix, Fixes, on_server_time
from kentongan.edge.web.listener import CHARACTERS_MAX, FRAMES_MAX, Listener
from kentongan.edge.web.texts import refs_in, reveal
from kentongan.store.open import open_store

NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
SIMPANG_LIMA = Point(-6.9903, 110.4229)
TUGU_MUDA = Point(-6.9842, 110.4094)


# --- patience --------------------------------------------------------------------------------


def test_the_wait_doubles_and_ends() -> None:
    """Free at first, then one second, doubled with each failure up to a limit."""
    waits = [wait_s([NOW] * failures, ACCOUNT, NOW) for failures in range(12)]
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 30, 30, 30]
    assert wait_s([NOW] * 10_000, ADDRESS, NOW) == 300


@given(st.integers(0, 200), st.integers(0, 600))
def test_waiting_always_helps(failures: int, later_s: int) -> None:
    """Nobody is locked out for ever: after the longest wait one may try."""
    wait = wait_s([NOW] * failures, ACCOUNT, NOW + timedelta(seconds=later_s))
    assert 0 <= wait <= ACCOUNT.most_s
    assert wait == 0 or later_s < ACCOUNT.most_s


# --- a screen's queue --------------------------------------------------------------------------


def _listener() -> Listener:
    return Listener(Agent(id=AgentId("a"), name="A", roles=(Role.CALL_TAKER,)), "session")


def test_a_slow_reader_is_dropped_and_holds_nothing() -> None:
    """Beyond the limit of frames, or of text, it is given up at once."""
    many, long = _listener(), _listener()
    for number in range(FRAMES_MAX + 1):
        assert not many.is_dropped
        many.put(str(number))
    assert many.is_dropped
    long.put("a" * (CHARACTERS_MAX + 1))
    assert long.is_dropped
    long.put("b")
    assert asyncio.run(_sent(long)) == []


def test_a_screen_opens_however_much_there_is_to_show() -> None:
    """After a disaster the first frame is longer than any change may be; it goes out first."""
    listener = _listener()
    listener.begin("s" * (2 * CHARACTERS_MAX))
    listener.put("a change")
    assert not listener.is_dropped
    sent: list[str] = []

    async def send(frame: str) -> None:
        sent.append(frame[:10])
        if len(sent) == 2:
            listener.end("bye")

    asyncio.run(listener.send_all(send))
    assert sent == ["s" * 10, "a change", "bye"]


def test_positions_never_fill_the_queue() -> None:
    """Passed over while one waits; the next one is whole, so that nothing stays wrong."""
    listener = _listener()
    listener.put_positions("whole", whole=True)
    assert not listener.needs_all_positions
    for _ in range(1_000):
        listener.put_positions("changed", whole=False)
    assert listener.needs_all_positions
    assert not listener.is_dropped
    listener.put_positions("whole again", whole=True)
    listener.put("row")
    listener.end("bye")
    assert asyncio.run(_sent(listener)) == ["bye"]


def test_rows_go_before_positions() -> None:
    """A heartbeat's number is never ahead of the rows it speaks of."""
    listener = _listener()

    async def run() -> list[str]:
        sent: list[str] = []

        async def send(frame: str) -> None:
            sent.append(frame)
            if frame == "positions":
                listener.end("bye")

        listener.put_positions("positions", whole=True)
        listener.put("rows 1")
        listener.put("rows 2")
        await listener.send_all(send)
        return sent

    assert asyncio.run(run()) == ["rows 1", "rows 2", "positions", "bye"]


async def _sent(listener: Listener) -> list[str]:
    sent: list[str] = []

    async def send(frame: str) -> None:
        sent.append(frame)

    await listener.send_all(send)
    return sent


# --- fixes -------------------------------------------------------------------------------------


def _fix(seconds: float = 0, lat: float = -6.99) -> Fix:
    return Fix(point=Point(lat, 110.42), at=NOW + timedelta(seconds=seconds))


@given(st.integers(-200_000, 200_000), st.integers(0, 3_600))
def test_a_wrong_device_clock_changes_nothing(wrong_s: int, age_s: int) -> None:
    """Only the difference of the device's own times counts."""
    sent_at = NOW + timedelta(seconds=wrong_s)
    fix = Fix(point=SIMPANG_LIMA, at=sent_at - timedelta(seconds=age_s))
    (placed,) = on_server_time([DeviceFix(unit=UnitId("U"), fix=fix)], sent_at, NOW)
    assert placed.fix.at == NOW - timedelta(seconds=age_s)


def test_a_fix_from_the_devices_future_is_now_and_an_old_one_is_dropped() -> None:
    """Nothing is ever placed in the future, nor taken when it says nothing any more."""
    future = DeviceFix(unit=UnitId("U"), fix=_fix(60))
    old = DeviceFix(unit=UnitId("V"), fix=_fix(-4_000))
    placed = on_server_time([future, old], NOW, NOW)
    assert [(one.unit, one.fix.at) for one in placed] == [("U", NOW)]


def test_only_what_moved_is_sent_again() -> None:
    """Noise stays at home; a standing unit is repeated every ten seconds."""
    fixes = Fixes()

    def step(seconds: float, lat: float) -> int:
        fix = DeviceFix(unit=UnitId("U"), fix=_fix(seconds, lat))
        now = NOW + timedelta(seconds=seconds)
        fixes.take(on_server_time([fix], fix.fix.at, now))
        return len(fixes.worth_sending(fixes.units(), now))

    assert step(0, -6.99) == 1
    assert step(1, -6.99001) == 0
    assert step(2, -6.9902) == 1
    assert step(5, -6.9902) == 0
    assert step(13, -6.9902) == 1


def test_an_older_fix_does_not_replace_a_newer_one() -> None:
    """Positions that arrive late are late."""
    fixes = Fixes()
    late, early = _fix(10), _fix(0, lat=-7.0)
    for fix in (late, early):
        device = DeviceFix(unit=UnitId("U"), fix=fix)
        fixes.take(on_server_time([device], NOW + timedelta(seconds=10), NOW))
    found = fixes.find("U")
    assert found is not None
    assert found.fix.point == late.point


def test_a_coarse_telephone_does_not_hide_what_the_modem_knows() -> None:
    """Until the vehicle may have driven as far as the telephone errs."""
    fixes = Fixes()

    def told(second: float, lat: float, accuracy_m: float) -> float:
        fix = structs.replace(_fix(second, lat), accuracy_m=accuracy_m)
        taken = fixes.take([UnitFix(unit=UnitId("U"), fix=fix, received_at=fix.at)])
        found = fixes.find("U")
        assert found is not None
        assert bool(taken) == (found.fix == fix)
        return found.fix.point.lat

    assert told(0, -6.99, 5.0) == -6.99
    assert told(1, -7.00, 1_500.0) == -6.99
    assert told(2, -6.9901, 30.0) == -6.9901
    assert told(120, -7.00, 1_500.0) == -7.00, "the modem has been silent too long"


# --- travel and places -------------------------------------------------------------------------


def test_travel_is_a_range_with_its_source() -> None:
    """Low before high, longer than the straight line, and it says how little it knows."""
    road = StraightLine(PLANS.time_zone_offset)
    found = road.estimate("ambulance_als", TUGU_MUDA, SIMPANG_LIMA, NOW)
    assert found.source == SOURCE == "straight_line"
    assert 0 < found.seconds_low < found.seconds_high < 1_200
    assert 1_600 < found.distance_m < 4_000


def test_every_kind_of_unit_has_a_speed_and_the_hour_counts() -> None:
    """At the peak slower, at night faster, by the city's own clock."""
    assert set(SPEED_KM_H) == set(UnitKind)
    assert speed_km_h("ambulance_als", 7) < speed_km_h("ambulance_als", 12)
    assert speed_km_h("ambulance_als", 12) < speed_km_h("ambulance_als", 2)
    assert 0 < speed_km_h("something new", 12) < 100
    road = StraightLine(timedelta(hours=7))
    peak = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)  # 07.30 in Semarang
    noon = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    slow = road.estimate("fire_engine", TUGU_MUDA, SIMPANG_LIMA, peak)
    quick = road.estimate("fire_engine", TUGU_MUDA, SIMPANG_LIMA, noon)
    assert slow.seconds_high > quick.seconds_high


@given(st.floats(-7.2, -6.9), st.floats(110.2, 110.6))
def test_travel_never_lies_about_its_order(lat: float, lon: float) -> None:
    """For any point of the city: finite, not negative, low at most high."""
    road = StraightLine(timedelta(hours=7))
    found = road.estimate("police_car", Point(lat, lon), SIMPANG_LIMA, NOW)
    assert 0 <= found.seconds_low <= found.seconds_high < 36_000


def test_places_are_proposals_and_long_words_cost_nothing() -> None:
    """The search of the city pack, cut to what anybody says."""
    find = searcher(PACK)
    assert find("simpang lima", None)[0].label == "Simpang Lima"
    assert len(find("jalan " * 50_000, SIMPANG_LIMA)) <= 10


# --- inbox -------------------------------------------------------------------------------------


def test_the_inbox_counts_only_what_stands_on_the_board() -> None:
    """Without the task there is nothing that was delivered."""
    store = open_store("memory:")
    notifier = InboxNotifier(store)
    incident = IncidentId("i")
    for effect in (
        NotifyAgencyEffect(incident=incident, agency=AgencyKey("dinkes")),
        AlertCrewEffect(incident=incident, unit=UnitId("AMB01")),
    ):
        with pytest.raises(Unavailable):
            notifier.deliver(effect)


# --- texts -------------------------------------------------------------------------------------

SEALED = {"sealed": "personal", "text": None, "ref": "r#1.1", "digest": "d"}


def test_sealed_text_is_found_and_replaced_wherever_it_stands() -> None:
    """In objects, lists and tuples; no reference and no digest goes out."""
    value = {"a": SEALED, "b": [{"c": SEALED}], "notes": ({"text": SEALED},), "number": SEALED}
    assert refs_in(value) == ["r#1.1"] * 4
    shown = reveal(value, {"r#1.1": "081303131148"}, masks=True)
    assert shown == {
        "a": {"text": "081303131148"},
        "b": [{"c": {"text": "081303131148"}}],
        "notes": [{"text": {"text": "081303131148"}}],
        "number": {"masked": "0813-xxxx-1148"},
    }
    assert reveal(SEALED, {}, masks=False) == {"erased": True}
