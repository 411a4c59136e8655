"""Browsers that take push, and the ledger as the room reads it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec import structs
from web_room import Room

from kentongan.edge.web.ports import PushOffer
from kentongan.store.deliveries import Attempt, Delivery

GOOD = "https://push.example/"


@pytest.fixture(scope="module")
def offering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """A room whose settings have web push."""
    room = Room(tmp_path_factory.mktemp("push"))
    offer = PushOffer(key="BKey", is_good=_is_good)
    room.given = structs.replace(room.given, push=offer)
    room.start()
    yield room
    room.close()


def _is_good(endpoint: str, _p256dh: str, _auth: str) -> bool:
    return endpoint.startswith(GOOD)


def browser(number: int) -> dict[str, str]:
    """A subscription."""
    return {"endpoint": f"{GOOD}{number}", "p256dh": "BP", "auth": "aa"}


def endpoints(room: Room, account: str) -> list[str]:
    """The browsers of an account."""
    contact = room.store.deliveries.find_contact(f"account.agent-{account}")
    return [one.endpoint for one in contact.subscriptions] if contact else []


def test_a_crews_browser_is_its_units(offering: Room) -> None:
    """Of the account that subscribed; at most five, the oldest gives way; ended, it is told no
    more."""
    crew = offering.person("amb01")
    assert crew.get("/api/push").json() == {"key": "BKey"}
    for number in range(6):
        assert crew.post("/api/push", browser(number)).status_code == 204
    assert crew.post("/api/push", browser(5)).status_code == 204
    contact = offering.store.deliveries.find_contact("account.agent-amb01")
    assert contact is not None
    assert (contact.unit, contact.agency, contact.supervisor) == ("AMB01", None, False)
    assert endpoints(offering, "amb01") == [f"{GOOD}{number}" for number in range(1, 6)]
    assert crew.post("/api/push/end", {"endpoint": f"{GOOD}3"}).status_code == 204
    assert f"{GOOD}3" not in endpoints(offering, "amb01")


def test_a_browser_belongs_to_who_subscribed_last(offering: Room) -> None:
    """A telephone that was handed on tells its new owner alone."""
    officer, supervisor = offering.person("damkar"), offering.person("sari")
    assert officer.post("/api/push", browser(50)).status_code == 204
    contact = offering.store.deliveries.find_contact("account.agent-damkar")
    assert contact is not None
    assert (contact.unit, contact.agency) == (None, "damkar")
    assert supervisor.post("/api/push", browser(50)).status_code == 204
    assert endpoints(offering, "damkar") == []
    assert endpoints(offering, "sari") == [f"{GOOD}50"]


def test_who_signs_out_is_rung_no_more(offering: Room) -> None:
    """By that browser; everywhere, by none. Another browser of the same person rings on."""
    one, other = offering.person("damkar"), offering.person("damkar")
    assert one.post("/api/push", browser(60)).status_code == 204
    assert other.post("/api/push", browser(61)).status_code == 204
    assert one.client.delete("/api/session", headers=one.headers).status_code == 200
    assert endpoints(offering, "damkar") == [f"{GOOD}61"]
    third = offering.person("damkar")
    assert third.post("/api/push", browser(62)).status_code == 204
    everywhere = "/api/session?everywhere=1"
    assert third.client.delete(everywhere, headers=third.headers).status_code == 200
    assert endpoints(offering, "damkar") == []


def test_what_is_no_subscription_is_refused(offering: Room, room: Room) -> None:
    """Another address, fields that lack, roles that nobody rings, a centre without push."""
    crew = offering.person("amb01")
    wrongs: tuple[object, ...] = (
        {**browser(1), "endpoint": "https://10.0.0.1/"},
        {"endpoint": GOOD},
        {**browser(1), "p256dh": "x" * 2_000},
        [],
    )
    for wrong in wrongs:
        assert crew.post("/api/push", wrong).status_code == 400
    assert offering.person("rina").post("/api/push", browser(1)).status_code == 403
    assert room.person("amb01").get("/api/push").json() == {"key": ""}
    assert room.person("amb01").post("/api/push", browser(1)).status_code == 404


def test_the_room_reads_who_was_told(offering: Room) -> None:
    """With every try and its reason; the address is masked, nobody outside the room reads it."""
    rina = offering.person("rina")
    offering.incident(rina, "told", "KBK-01")
    now = offering.given.clock()
    offering.store.deliveries.add(
        Delivery(
            id="x",
            way="sms",
            contact="c",
            label="Piket",
            to="+6281303131148",
            text="",
            made_at=now,
            expires_at=now + timedelta(minutes=5),
            state="failed",
            why="refused",
            about="task",
            incident="i-told",
            attempts=(Attempt(gateway="operator", at=now, outcome="failed", why="refused"),),
        )
    )
    (shown,) = rina.get("/api/incidents/i-told/deliveries").json()
    assert (shown["label"], shown["to"], shown["state"]) == ("Piket", "+•••148", "failed")
    assert shown["attempts"][0]["why"] == "refused"
    assert "1303" not in str(shown)
    assert rina.get("/api/incidents/none/deliveries").status_code == 404
    assert offering.person("damkar").get("/api/incidents/i-told/deliveries").status_code == 403
