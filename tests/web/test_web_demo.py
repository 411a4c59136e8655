"""The demo's sign-in page: who may try it, and that a real centre tells nobody."""

from pathlib import Path

from web_room import Room


def test_the_demo_shows_its_accounts_before_signing_in(hall: Room) -> None:
    """A newcomer signs in with one click: what is shown is enough to do so."""
    shown = hall.browser().get("/api/demo").json()
    assert shown["demo"] is True
    (account,) = shown["accounts"]
    assert account["roles"] == ["call_taker"]
    answer = hall.sign_in(hall.browser(), account["name"], account["password"])
    assert answer.json()["agent"]["name"] == account["label"]


def test_a_centre_on_duty_shows_no_accounts(tmp_path: Path) -> None:
    """Outside a demo there is no such address, and nothing to see at it."""
    room = Room(tmp_path, demo=False)
    room.start()
    try:
        answer = room.browser().get("/api/demo")
        assert answer.status_code == 404
        assert "accounts" not in answer.json()
    finally:
        room.close()
