"""The ledger of deliveries, the contacts and the gateways' state: the same on every store."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from kentongan.core.words import AgencyKey
from kentongan.store.deliveries import (
    Attempt,
    Contact,
    Delivery,
    GatewayState,
    Subscription,
    decode_delivery,
)
from kentongan.store.errors import StoreDamaged
from kentongan.store.whole import WholeStore

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def delivery(key: str, *, seconds: float = 0, due: bool = True) -> Delivery:
    """A text message about an incident, due at once."""
    made_at = NOON + timedelta(seconds=seconds)
    return Delivery(
        id=key,
        way="sms",
        contact="c1",
        label="Piket",
        to="+62811",
        text="a\0b 🚒",
        made_at=made_at,
        expires_at=made_at + timedelta(minutes=10),
        state="waiting" if due else "expired",
        about="task",
        ask="task/one",
        incident="one",
        agency=AgencyKey("damkar"),
        due_at=made_at if due else None,
    )


def test_a_delivery_is_added_once_and_changed_by_one(store: WholeStore) -> None:
    """The second of two processes that want the same message finds it taken."""
    ledger = store.deliveries
    assert ledger.add(delivery("a"))
    assert not ledger.add(structs.replace(delivery("a"), text="other"))
    kept = ledger.find("a")
    assert kept is not None
    assert kept.delivery == delivery("a")
    trying = Attempt(gateway="smpp", at=NOON, outcome="sending")
    taken = structs.replace(kept.delivery, state="sending", attempts=(trying,))
    assert ledger.change(taken, kept.revision)
    assert not ledger.change(structs.replace(taken, state="failed"), kept.revision)
    again = ledger.find("a")
    assert again is not None
    assert again.delivery == taken
    assert ledger.find("b") is None
    assert ledger.find("\0") is None


def test_what_is_due_comes_in_order(store: WholeStore) -> None:
    """By way and time, at most as many as asked for; what has ended is not due."""
    ledger = store.deliveries
    for key, seconds in (("late", 9), ("first", 1), ("second", 2)):
        ledger.add(delivery(key, seconds=seconds))
    ledger.add(delivery("over", due=False))
    ledger.add(structs.replace(delivery("pushed"), way="app"))
    now = NOON + timedelta(seconds=5)
    assert [kept.delivery.id for kept in ledger.due("sms", now, 10)] == ["first", "second"]
    assert [kept.delivery.id for kept in ledger.due("sms", now, 1)] == ["first"]
    assert [kept.delivery.id for kept in ledger.due("app", now, 10)] == ["pushed"]
    assert len(ledger.of_ask("task/one")) == 5
    assert [kept.delivery.id for kept in ledger.of_incident("one")][-1] == "late"
    assert ledger.of_incident("other") == []
    assert [kept.delivery.id for kept in ledger.latest(1)] == ["late"]


def test_parts_lead_to_their_delivery_until_it_is_forgotten(store: WholeStore) -> None:
    """A gateway's name means what that gateway meant, and old rows go with their names."""
    ledger = store.deliveries
    ledger.add(delivery("old"))
    ledger.add(delivery("new", seconds=60))
    ledger.name_parts("smpp", ["1", "2"], "old", NOON)
    ledger.name_parts("smpp", ["3"], "new", NOON + timedelta(seconds=60))
    assert ledger.of_part("smpp", "2") == "old"
    assert ledger.of_part("http", "2") is None
    assert ledger.of_part("smpp", "\0") is None
    assert ledger.forget(NOON + timedelta(seconds=30)) == 1
    assert ledger.find("old") is None
    assert ledger.of_part("smpp", "2") is None
    assert ledger.of_part("smpp", "3") == "new"


def test_contacts_and_states_are_kept(store: WholeStore) -> None:
    """Each is replaced whole, and read back as it was."""
    ledger = store.deliveries
    browser = Subscription(endpoint="https://push.example/1", p256dh="BP", auth="xy")
    piket = Contact(
        id="piket",
        label="Piket Damkar",
        agency=AgencyKey("damkar"),
        always=True,
        phone="+6281234567890",
        subscriptions=(browser,),
        created_at=NOON,
        created_by="admin",
    )
    ledger.put_contact(piket)
    ledger.put_contact(structs.replace(piket, revoked_at=NOON))
    assert ledger.contacts() == [structs.replace(piket, revoked_at=NOON)]
    assert ledger.find_contact("piket") == structs.replace(piket, revoked_at=NOON)
    assert ledger.find_contact("nobody") is None
    failing = GatewayState(name="smpp", way="sms", state="failing", since=NOON, seen_at=NOON)
    ledger.put_state(structs.replace(failing, state="ok"))
    ledger.put_state(failing)
    assert ledger.states() == [failing]


def test_a_damaged_row_is_said() -> None:
    """Never skipped silently."""
    with pytest.raises(StoreDamaged):
        decode_delivery('{"id": 1}')
