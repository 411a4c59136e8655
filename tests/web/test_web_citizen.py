"""The citizen's page: no session, a key of its own, limits, and what the switch is asked."""

from typing import Any

import httpx
import pytest
from web_room import Room
from web_switch import FakeSwitch

from kentongan.edge.web import citizen_limits

CALL = "web-" + "a" * 24
KEY = "b" * 32
WAITS: dict[str, Any] = {
    "state": "queued",
    "position": 2,
    "is_heard": True,
    "lines": [],
    "count": 0,
}


def _post(room: Room, path: str, body: dict[str, Any], origin: str | None = None) -> httpx.Response:
    headers = {"Origin": origin or room.url}
    return httpx.post(f"{room.url}/api/citizen{path}", json=body, headers=headers)


def test_a_page_rings_without_a_session(room: Room, switch: FakeSwitch) -> None:
    """Place, number and language go along; what comes back is what a caller may know."""
    switch.answer = lambda _asked: {**WAITS, "secret": "not for callers"}
    place = {"point": {"lat": -6.99, "lon": 110.42}, "accuracy_m": 12.0}
    body = {"call": CALL, "key": KEY, "language": "jv", "number": "0812", "place": place}
    answer = _post(room, "/calls", body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["position"] == 2
    assert "secret" not in answer.json()
    asked = next(one for one in switch.asked if one["do"] == "citizen_call")
    assert (asked["call"], asked["key"], asked["language"]) == (CALL, KEY, "jv")
    assert asked["place"]["source"] == "device"
    assert asked["place"]["radius_m"] == 12.0


def test_sound_text_state_and_end(room: Room, switch: FakeSwitch) -> None:
    """Each is carried with the key, and checked by the switch alone."""
    switch.answer = lambda asked: {"sdp": "answer"} if asked["do"] == "citizen_offer" else WAITS
    sdp = {"key": KEY, "sdp": "offer", "restart": True}
    assert _post(room, f"/calls/{CALL}/media", sdp).json() == {"sdp": "answer"}
    assert _post(room, f"/calls/{CALL}/text", {"key": KEY, "text": "api"}).status_code == 200
    assert _post(room, f"/calls/{CALL}/state", {"key": KEY, "since": 3}).status_code == 200
    at = {"point": {"lat": -6.99, "lon": 110.42}, "accuracy_m": 20.0}
    assert _post(room, f"/calls/{CALL}/place", {"key": KEY, "place": at}).status_code == 200
    assert _post(room, f"/calls/{CALL}/end", {"key": KEY}).status_code == 200
    asked = {one["do"]: one for one in switch.asked if one["do"].startswith("citizen")}
    assert asked["citizen_offer"]["restart"] is True
    assert asked["citizen_text"]["text"] == "api"
    assert asked["citizen_place"]["place"]["radius_m"] == 20.0
    assert asked["citizen_state"]["since"] == 3
    assert all(one["key"] == KEY for one in asked.values())


@pytest.mark.parametrize(
    "body",
    [
        {"call": "c1", "key": KEY},
        {"call": CALL, "key": "short"},
        {"call": CALL},
        {"call": CALL, "key": KEY, "place": {"point": {"lat": "x", "lon": 1}}},
    ],
)
def test_what_is_no_call_is_refused(room: Room, switch: FakeSwitch, body: dict[str, Any]) -> None:
    """A page cannot take the name of a telephone's call, nor a key that can be guessed."""
    assert _post(room, "/calls", body).status_code == 400
    assert not [one for one in switch.asked if one["do"] == "citizen_call"]


def test_a_foreign_page_is_refused(room: Room, switch: FakeSwitch) -> None:
    """Even without a session: our page alone rings."""
    answer = _post(room, "/calls", {"call": CALL, "key": KEY}, origin="https://evil.example")
    assert answer.status_code == 403
    assert not [one for one in switch.asked if one["do"] == "citizen_call"]


def test_one_address_cannot_ring_without_end(room: Room, switch: FakeSwitch) -> None:
    """The thirteenth is told to phone and never reaches the switch; the first asks on."""
    switch.answer = lambda _asked: WAITS
    calls = [f"web-{number:024x}" for number in range(citizen_limits.RINGS_MAX + 1)]

    def ring(call: str) -> int:
        return _post(room, "/calls", {"call": call, "key": KEY}).status_code

    assert [ring(call) for call in calls] == [200] * citizen_limits.RINGS_MAX + [429]
    assert [ring(calls[0]) for _ in range(5)] == [200] * 5
    assert len([one for one in switch.asked if one["do"] == "citizen_call"]) == 17


def test_a_page_that_floods_is_told_to_wait_and_may_hang_up(room: Room, switch: FakeSwitch) -> None:
    """An honest one beside it is answered, and the switch is spared what was refused."""
    switch.answer = lambda asked: {"sdp": "answer"} if asked["do"] == "citizen_offer" else WAITS
    honest, other = "web-" + "c" * 24, "d" * 32
    for call, key in ((CALL, KEY), (honest, other)):
        assert _post(room, "/calls", {"call": call, "key": key}).status_code == 200
    most = citizen_limits.OFFERS.of_call
    offers = [
        _post(room, f"/calls/{CALL}/media", {"key": KEY, "sdp": "o"}) for _ in range(most + 3)
    ]
    assert [one.status_code for one in offers] == [200] * most + [429] * 3
    assert offers[-1].headers["Retry-After"] == "1"
    assert offers[-1].json()["reason"] == "too_often"
    assert _post(room, f"/calls/{CALL}/end", {"key": KEY}).status_code == 200
    assert _post(room, f"/calls/{honest}/media", {"key": other, "sdp": "o"}).status_code == 200
    assert len([one for one in switch.asked if one["do"] == "citizen_offer"]) == most + 1


def test_what_the_page_needs_before_it_rings(room: Room) -> None:
    """The number to fall back to; no relay without a TURN server."""
    page = httpx.get(f"{room.url}/api/citizen").json()
    assert (page["number"], page["city"], page["ice"]) == ("112", "Kota Semarang", [])


@pytest.mark.parametrize(
    ("reason", "status"), [("too_many_lines", 429), ("offer_unreadable", 400), ("call_over", 409)]
)
def test_refusal_has_the_status_that_says_what_to_do(
    room: Room, switch: FakeSwitch, reason: str, status: int
) -> None:
    """Slow down; write it otherwise; it is too late: each in words, and none is a fault of ours."""

    details = {"lines_max": "10", "why": "no-audio"}
    switch.answer = lambda _asked: {"refused": reason, "details": details}
    answer = _post(room, f"/calls/{CALL}/text", {"key": KEY, "text": "api"})
    assert answer.status_code == status
    assert answer.json()["reason"] == reason
    assert "{" not in answer.json()["message"]["en"]
