"""Alarms over HTTP: one owner, told in words to the second; the month for those in charge."""

from datetime import UTC, datetime

from web_room import Room

from kentongan.core.commands import RaiseAlarm
from kentongan.core.words import AgencyKey, AlarmKey

KEY = AlarmKey("agency_silent:i-1:dinkes:1")


def raised(room: Room, key: AlarmKey = KEY) -> None:
    """What the `work` process would say."""
    room.system(
        RaiseAlarm(
            alarm=key, kind="agency_silent", about="i-1:dinkes", code="A-07", grade="high",
            to=("dispatcher",), since=datetime(2026, 11, 14, tzinfo=UTC), limit_s=60,
            agency=AgencyKey("dinkes"),
        )
    )  # fmt: skip


def test_the_second_desk_is_told_who_has_the_alarm(hall: Room) -> None:
    """By name and by the desk as people call it; the owner gives it back, and it is free."""
    raised(hall)
    budi, rina = hall.person("budi"), hall.person("rina").sit("desk_2")
    rina.done("alarm.take", alarm=KEY)
    refused = budi.command("alarm.take", alarm=KEY)
    assert refused.status_code == 409
    assert refused.json()["message"] == {
        "id": "Sudah diambil Rina (meja 2).", "en": "Already taken by Rina (desk 2).",
    }  # fmt: skip
    assert budi.command("alarm.leave", alarm=KEY).status_code == 409
    rina.done("alarm.leave", alarm=KEY)
    budi.done("alarm.take", alarm=KEY)
    refused = rina.command("alarm.take", alarm=KEY)
    assert refused.json()["message"]["id"] == "Sudah diambil Budi."


def test_an_officer_takes_what_the_own_agency_owes_and_nobody_raises_alarms_by_hand(
    hall: Room,
) -> None:
    """What is not theirs is not theirs to take, and looks as if it were not there."""
    theirs, other = AlarmKey(f"{KEY}1"), hall.person("budi")
    raised(hall, theirs)
    assert hall.person("dinkes").command("alarm.take", alarm=theirs).status_code == 200
    assert hall.person("dinkes").command("alarm.take", alarm="late:x").status_code == 403
    assert other.command("alarm.take", alarm="late:x").json()["reason"] == "unknown_alarm"
    assert other.command("alarm.clear", alarm=KEY).status_code == 403


def test_the_month_is_for_those_in_charge(hall: Room) -> None:
    """A supervisor reads it; what is no month is said to be none."""
    sari = hall.person("sari").client
    assert sari.get("/api/alarms/months/2026-10").json()["month"] == "2026-10"
    for wrong in ("2026-13", "oktober"):
        assert sari.get(f"/api/alarms/months/{wrong}").json()["reason"] == "bad_span"
    assert hall.person("budi").client.get("/api/alarms/months/2026-10").status_code == 403
