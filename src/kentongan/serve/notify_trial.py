"""`kentongan notify test GATEWAY TO`: one message by one gateway, and what became of it.

A process that runs sends it itself, over the line it holds; otherwise it is sent from here. Either
way it stands in the ledger like any other letter.
"""

import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from msgspec import structs

from kentongan.app.ports import Unavailable
from kentongan.core.ladder import Way
from kentongan.edge.notify import ledger
from kentongan.edge.notify.addresses import BadAddress, mail, phone
from kentongan.edge.notify.channel import Letter, NotSent
from kentongan.edge.notify.gateways import Made, gateways_of
from kentongan.edge.notify.letters import Words
from kentongan.serve.notify_ledger import line_of
from kentongan.serve.wiring import utc_now
from kentongan.settings import Settings
from kentongan.store.deliveries import Delivery
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

ALIVE_S: Final = 15.0
"""A process that wrote down its gateways' state so recently is taken to run."""

TAKEN_S: Final = 45.0
"""How long the running process may take to send it, seconds."""

LOOK_S: Final = 0.2


def run_notify_test(settings: Settings, gateway: str, to: str, wait_s: float) -> int:
    """0 when it was taken, 1 when not, 2 for a wrong question."""
    store = open_store(settings.store_url)
    try:
        made = next(
            (one for one in _gateways(settings, store) if one.gateway.name == gateway), None
        )
        if made is None:
            names = ", ".join(settings.notify.names) or "none"
            print(f"no gateway {gateway!r}; there are: {names}", file=sys.stderr)
            return 2
        address = _address(store, made.way, to)
    except (BadAddress, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    now = utc_now()
    delivery = Delivery(
        id=f"test/{gateway}/{now.timestamp():.6f}",
        way=made.way,
        contact="",
        label="",
        to=address,
        text=Words(settings.notify.words).of("test", gateway=gateway),
        title="112",
        gateway=gateway,
        made_at=now,
        expires_at=now + timedelta(seconds=TAKEN_S),
        due_at=None,
        state="waiting",
        about="test",
    )
    try:
        told = _by_process(store, delivery) if _is_running(store, gateway) else None
        told = told or _by_hand(store, delivery, made)
        told = _with_receipt(store, told, wait_s if _is_running(store, gateway) else 0.0)
    except Unavailable as away:
        print(f"{away.who} is away", file=sys.stderr)
        return 1
    print(line_of(told, has_address=True))
    return 0 if told.state in ("accepted", "delivered", "read") else 1


def _gateways(settings: Settings, store: WholeStore) -> Sequence[Made]:
    return gateways_of(settings.notify, store, utc_now, settings.switch_socket)


def _address(store: WholeStore, way: Way, to: str) -> str:
    if way == "mail":
        return mail(to)
    if way != "app":
        return phone(to)
    contact = store.deliveries.find_contact(to)
    if contact is None or not contact.subscriptions:
        raise BadAddress(f"no contact {to!r} with a browser that takes push")
    return contact.subscriptions[-1].endpoint


def _is_running(store: WholeStore, gateway: str) -> bool:
    now = utc_now()
    return any(
        one.name == gateway and (now - one.seen_at).total_seconds() < ALIVE_S
        for one in store.deliveries.states()
    )


def _by_process(store: WholeStore, delivery: Delivery) -> Delivery | None:
    """Let the running process send it; what became, or None when it took no notice."""
    store.deliveries.add(structs.replace(delivery, due_at=delivery.made_at))
    until = time.monotonic() + TAKEN_S
    while time.monotonic() < until:
        kept = store.deliveries.find(delivery.id)
        if kept is not None and kept.delivery.due_at is None:
            return kept.delivery
        time.sleep(LOOK_S)
    kept = store.deliveries.find(delivery.id)
    return kept.delivery if kept is not None else None


def _by_hand(store: WholeStore, delivery: Delivery, made: Made) -> Delivery:
    """Send it from here, once."""
    begun = ledger.begun(delivery, made.gateway.name, utc_now())
    store.deliveries.add(begun)
    letter = Letter(id=begun.id, to=begun.to, text=begun.text, title=begun.title)
    try:
        answer = made.gateway.send(letter)
        store.deliveries.name_parts(made.gateway.name, answer.ids, begun.id, utc_now())
        told = ledger.taken(begun, answer, utc_now())
    except NotSent as not_sent:
        refused = ledger.refused(begun, not_sent, utc_now())
        told = ledger.ended(refused, "failed", not_sent.why, utc_now())
    finally:
        made.gateway.close()
    store.deliveries.change(told, 1)
    return told


def _with_receipt(store: WholeStore, told: Delivery, wait_s: float) -> Delivery:
    until = time.monotonic() + wait_s
    while told.state == "accepted" and time.monotonic() < until:
        time.sleep(LOOK_S)
        kept = store.deliveries.find(told.id)
        told = kept.delivery if kept is not None else told
    return told
