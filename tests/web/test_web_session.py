"""Signing in and out, and what a request must carry."""

from datetime import timedelta
from pathlib import Path

import pytest
from web_people import PASSWORD
from web_room import Room
from websockets.exceptions import InvalidStatus

from kentongan.core.words import AgentId
from kentongan.edge.web.fences import SESSION_COOKIE


def test_sign_in_tells_who_one_is_and_sets_two_cookies(room: Room) -> None:
    """The session cookie is out of reach of scripts, the CSRF cookie is not; both are strict."""
    person = room.browser()
    response = room.sign_in(person, "Rina")
    assert response.status_code == 200
    me = response.json()
    assert me["agent"]["name"] == "Rina"
    assert me["agent"]["roles"] == ["call_taker"]
    cookies = response.headers.get_list("set-cookie")
    session = next(cookie for cookie in cookies if cookie.startswith(SESSION_COOKIE))
    assert "httponly" in session.lower()
    assert "samesite=strict" in session.lower()
    assert "password" not in response.text
    assert person.get("/api/session").json()["agent"]["id"] == "agent-rina"


def test_the_store_never_sees_the_cookie(room: Room) -> None:
    """Whoever reads the database can sign in as nobody."""
    person = room.person("rina")
    key = person.client.cookies[SESSION_COOKIE]
    assert room.store.accounts.find_session(key, room.clock()) is None
    assert (room.folder / "room.db").read_bytes().find(key.encode()) == -1


def test_unknown_name_and_wrong_password_get_the_same_answer(room: Room) -> None:
    """Names cannot be probed."""
    wrong = room.sign_in(room.browser(), "rina", "not the password")
    unknown = room.sign_in(room.browser(), "nobody", "not the password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["reason"] == "wrong_password"


def test_a_disabled_account_does_not_sign_in(room: Room) -> None:
    """It gets the same answer as a wrong password."""
    account = room.store.accounts.find(AgentId("agent-rina"))
    assert account is not None
    from msgspec import structs

    room.store.accounts.put(structs.replace(account, disabled=True))
    assert room.sign_in(room.browser(), "rina").json()["reason"] == "wrong_password"


def test_guessing_is_slowed_down_and_time_heals_it(room: Room) -> None:
    """After some failures even the right password must wait, and the answer says how long."""
    for _ in range(4):
        assert room.sign_in(room.browser(), "rina", "guess").status_code == 401
    blocked = room.sign_in(room.browser(), "rina")
    assert blocked.status_code == 429
    assert int(blocked.json()["details"]["wait_s"]) >= 1
    assert blocked.headers["retry-after"] == blocked.json()["details"]["wait_s"]
    assert room.sign_in(room.browser(), "budi").status_code == 200
    room.clock.ahead += timedelta(seconds=31)
    assert room.sign_in(room.browser(), "rina").status_code == 200


def test_an_idle_session_ends_and_says_so(room: Room) -> None:
    """401 with `session_expired`, in both languages, and the telephone is named."""
    person = room.person("rina")
    room.clock.ahead += timedelta(hours=2, minutes=1)
    response = person.get("/api/session")
    assert response.status_code == 401
    assert response.json()["reason"] == "session_expired"
    assert "telepon" in response.json()["message"]["id"]


def test_a_session_in_use_goes_on_until_the_shift_is_over(room: Room) -> None:
    """Use moves the idle end, never beyond fourteen hours."""
    person = room.person("rina")
    for _ in range(13):
        room.clock.ahead += timedelta(hours=1)
        assert person.get("/api/session").status_code == 200
    room.clock.ahead += timedelta(hours=1, minutes=1)
    assert person.get("/api/session").status_code == 401


def test_sign_out_and_sign_out_everywhere(room: Room) -> None:
    """One session, or all of them."""
    one, other, third = (room.person("rina") for _ in range(3))
    assert one.client.delete("/api/session", headers=one.headers).status_code == 200
    assert one.get("/api/session").status_code == 401
    assert other.get("/api/session").status_code == 200
    answer = other.client.delete("/api/session?everywhere=1", headers=other.headers)
    assert answer.status_code == 200
    assert third.get("/api/session").status_code == 401


@pytest.mark.parametrize(
    ("proxies", "counted"),
    [
        (("127.0.0.1",), "203.0.113.5"),
        (("127.0.0.0/8",), "203.0.113.5"),
        (("192.0.2.7",), "127.0.0.1"),
        ((), "127.0.0.1"),
    ],
)
def test_only_a_proxy_of_the_settings_says_who_asks(
    tmp_path: Path, proxies: tuple[str, ...], counted: str
) -> None:
    """A failure counts for the address the proxy names; nobody else can choose an address."""
    room = Room(tmp_path)
    room.proxies = proxies
    room.start()
    try:
        person = room.browser()
        person.client.headers["X-Forwarded-For"] = "203.0.113.5"
        assert room.sign_in(person, "rina", "guess").status_code == 401
        since = room.clock() - timedelta(minutes=1)
        for address in ("203.0.113.5", "127.0.0.1"):
            failures = room.store.accounts.failures(f"address:{address}", since)
            assert len(failures) == (address == counted)
    finally:
        room.close()


def test_a_change_needs_our_origin(room: Room) -> None:
    """A foreign page, or none, is refused before anything is read."""
    person = room.person("rina")
    for origin in ("http://evil.example", "null", ""):
        headers = {**person.headers, "Origin": origin}
        response = person.client.post("/api/commands", content=b"{", headers=headers)
        assert (response.status_code, response.json()["reason"]) == (403, "foreign_origin")
    response = room.browser().client.post(
        "/api/session",
        json={"name": "rina", "password": PASSWORD},
        headers={"Origin": "http://evil.example"},
    )
    assert response.status_code == 403


def test_a_change_needs_the_csrf_value_of_its_own_session(room: Room) -> None:
    """Missing, wrong, or another session's: refused."""
    person, other = room.person("rina"), room.person("rina")
    for value in ("", "x", other.headers["X-Kentongan-Csrf"]):
        headers = {**person.headers, "X-Kentongan-Csrf": value}
        response = person.client.post("/api/commands", json={}, headers=headers)
        assert (response.status_code, response.json()["reason"]) == (403, "csrf_failed")


def test_a_cookie_planted_beside_the_header_does_not_help(room: Room) -> None:
    """Cookie and header agree but are not the session's own value."""
    person = room.person("rina")
    person.client.cookies.delete("kentongan_csrf")
    person.client.cookies.set("kentongan_csrf", "planted")
    headers = {**person.headers, "X-Kentongan-Csrf": "planted"}
    response = person.client.post("/api/commands", json={}, headers=headers)
    assert response.json()["reason"] == "csrf_failed"


def test_every_answer_carries_the_security_headers(room: Room) -> None:
    """Pages, API and errors alike."""
    for path in ("/", "/api/session", "/nothing-here"):
        headers = room.browser().get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
    assert room.browser().get("/api/session").headers["cache-control"] == "no-store"


def test_the_websocket_needs_a_session_and_our_origin(room: Room) -> None:
    """Neither gets past the handshake."""
    from web_room import Screen

    person = room.person("rina")
    with pytest.raises(InvalidStatus):
        Screen(room, "not-a-key")
    with pytest.raises(InvalidStatus):
        Screen(room, person.client.cookies[SESSION_COOKIE], origin="http://evil.example")


def test_addresses_are_not_logged(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    """A search for a number must not stand in a log file."""
    with caplog.at_level("DEBUG"):
        caplog.handler.addFilter(lambda record: not record.name.startswith(("httpx", "httpcore")))
        room.person("rina").post("/api/search", {"q": "081303131148"})
    assert "081303131148" not in caplog.text


def test_a_tap_kept_for_one_person_is_not_given_by_another(room: Room) -> None:
    """On a shared telephone: refused for now, so that the device keeps it for its owner."""
    crew = room.person("amb01")
    tap = {
        "id": "kept-on-a-shared-telephone",
        "command": {"type": "unit.start_duty", "unit": "AMB01"},
        "agent": "somebody-else",
    }
    before = len(room.store.load("unit:AMB01"))
    answer = crew.post("/api/commands", tap)
    assert (answer.status_code, answer.json()["reason"]) == (401, "signed_in_as_other")
    assert len(room.store.load("unit:AMB01")) == before
    mine = crew.post("/api/commands", {**tap, "agent": crew.me["agent"]["id"]})
    assert mine.status_code == 200
