"""The reporter's link: how far help is in honest words, no word about anybody, and no guessing."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs
from web_room import Person, Room

from kentongan.edge.web.caller_guesses import GUESSES_MAX

FOLLOW = "/api/citizen/follow"
PROMISE = {
    "depart_by": "2026-11-26T10:05:00Z",
    "arrive_from": "2099-11-26T10:08:00Z",
    "arrive_to": "2099-11-26T10:12:00Z",
    "travel_source": "straight_line",
}
SECRETS = (
    "Sri Wahyuni",
    "081303131148",
    "AMB01",
    "AMB02",
    "bapak semaput",
    "dinkes",
    "110.4",
    "Jalan f1",
)


def incident(budi: Person, key: str, nature: str = "MED-02") -> str:
    """An incident somebody reported by name; returns the report's key."""
    budi.room.incident(
        budi, key, nature, name="Sri Wahyuni", number="081303131148", complaint="bapak semaput"
    )
    return f"r-{key}"


def assign(budi: Person, key: str, unit: str) -> None:
    budi.done("assignment.assign", incident=f"i-{key}", unit=unit, agency="dinkes", promise=PROMISE)


def progress(budi: Person, key: str, unit: str, *steps: str) -> None:
    for step in steps:
        budi.done("assignment.progress", incident=f"i-{key}", unit=unit, progress=step)


def link(budi: Person, report: str) -> str:
    """The secret of a new link, taken out of it as a browser would."""
    made = budi.post(f"/api/reports/{report}/follow-link", {"send": True})
    assert made.status_code == 200, made.text
    budi.room.settle()
    url = made.json()["url"]
    assert url.startswith(budi.room.url + "/lacak#")
    return url.partition("#")[2]


def shown(room: Room, secret: str, address: str = "/state", **more: Any) -> dict[str, Any]:
    stranger = room.browser().client
    answer = stranger.post(
        FOLLOW + ("" if more else address), json={"secret": secret, **more},
        headers={"Origin": room.url},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert not [word for word in SECRETS if word in answer.text]
    return answer.json()


def test_the_page_tells_each_step_and_a_change_as_a_change(hall: Room) -> None:
    """From nothing to the result; no range before anybody has set out."""
    budi = hall.person("budi")
    report = incident(budi, "f1")
    secret = link(budi, report)
    seen = shown(hall, secret)
    assert (seen["state"], "training" in seen) == ("received", False)
    given = hall.parts.given
    hall.parts.given = structs.replace(given, training=True)
    assert shown(hall, secret)["training"]
    hall.parts.given = given
    assign(budi, "f1", "AMB01")
    seen = shown(hall, secret.upper())  # typed in capitals it is the same link
    assert (seen["state"], seen["help"], "arrive_from" in seen) == (
        "prepared",
        ["ambulance"],
        False,
    )
    assert seen["depart_by"] == PROMISE["depart_by"]
    progress(budi, "f1", "AMB01", "accepted", "departed")
    seen = shown(hall, secret)
    assert (seen["state"], seen["arrive_to"]) == ("driving", PROMISE["arrive_to"])
    assert not seen.get("is_changed")
    budi.done("assignment.release", incident="i-f1", unit="AMB01", reason="nearer")
    assign(budi, "f1", "AMB02")
    progress(budi, "f1", "AMB02", "accepted", "departed")
    assert shown(hall, secret)["is_changed"]
    progress(budi, "f1", "AMB02", "on_scene")
    seen = shown(hall, secret)
    assert (seen["state"], "arrive_to" in seen) == ("arrived", False)
    assert shown(hall, secret, came=False)["came"] is False
    row = hall.parts.live.held.find("report", report)
    assert row is not None
    progress(budi, "f1", "AMB02", "clear")
    budi.done("incident.close", incident="i-f1", outcome="resolved")
    assert shown(hall, secret)["outcome"] == "resolved"
    hall.clock.ahead += timedelta(hours=2, minutes=1)
    over = {"state": "over", "city": "Kota Semarang"}
    for one in (secret, "nobody knows"):
        seen = shown(hall, one)
        assert {key: value for key, value in seen.items() if key != "at"} == over


def test_nobody_is_asked_whether_help_came_before_it_could_have(hall: Room) -> None:
    """An answer that comes earlier changes nothing."""
    budi = hall.person("budi")
    report = incident(budi, "f2")
    secret = link(budi, report)
    assert shown(hall, secret, came=True)["state"] == "over"
    row: Any = hall.parts.live.held.find("report", report)
    assert row.came is None


def test_a_sensitive_incident_gets_no_link(hall: Room) -> None:
    """The telephone may lie before whom the reporter fears."""
    budi = hall.person("budi")
    report = incident(budi, "f3", "KDR-01")
    answer = budi.post(f"/api/reports/{report}/follow-link", {})
    assert (answer.status_code, answer.json()["reason"]) == (409, "follow_not_safe")
    assert hall.person("dinkes").post(f"/api/reports/{report}/follow-link", {}).status_code == 403


@pytest.mark.parametrize("secret", ["x" * 41, "", None, 5])
def test_a_secret_that_can_be_none_is_refused(hall: Room, secret: Any) -> None:
    """Before anything is looked up."""
    answer = hall.browser().client.post(
        f"{FOLLOW}/state", json={"secret": secret}, headers={"Origin": hall.url}
    )
    assert answer.status_code == 400


def test_guessing_ends_after_forty_and_a_good_link_goes_on(room: Room) -> None:
    """Expired and guessed ones get the same answer, and then none."""
    budi = room.person("budi")
    secret = link(budi, incident(budi, "f4"))
    assert shown(room, secret)["state"] == "received"
    stranger = room.browser().client
    headers = {"Origin": room.url}
    codes = [
        stranger.post(f"{FOLLOW}/state", json={"secret": f"guess{n}"}, headers=headers).status_code
        for n in range(GUESSES_MAX + 2)
    ]
    assert codes == [200] * GUESSES_MAX + [429] * 2
    assert shown(room, secret)["state"] == "received"
