"""The ledger of deliveries of the memory store."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from kentongan.core.ladder import Way
from kentongan.store.codec import encode
from kentongan.store.deliveries import (
    ROWS_MAX,
    Contact,
    Delivery,
    GatewayState,
    Kept,
    decode_contact,
    decode_delivery,
)
from kentongan.store.memory_tables import Content
from kentongan.store.tables import ContactLine, DeliveryLine


class MemoryDeliveries:
    """Deliveries in dictionaries."""

    def __init__(self, content: Content, lock: threading.RLock) -> None:
        self._content = content
        self._lock = lock
        self._parts: dict[tuple[str, str], tuple[str, datetime]] = {}
        self._states: dict[str, GatewayState] = {}

    def add(self, delivery: Delivery) -> bool:
        """Add a delivery that is not there yet."""
        with self._lock:
            if delivery.id in self._content.deliveries:
                return False
            self._content.deliveries[delivery.id] = _line(delivery, 1)
            return True

    def change(self, delivery: Delivery, revision: int) -> bool:
        """Replace it if nobody did meanwhile."""
        with self._lock:
            line = self._content.deliveries.get(delivery.id)
            if line is None or line.revision != revision:
                return False
            self._content.deliveries[delivery.id] = _line(delivery, revision + 1)
            return True

    def find(self, delivery: str) -> Kept | None:
        """The delivery with that id."""
        with self._lock:
            line = self._content.deliveries.get(delivery)
        return _kept(line) if line else None

    def due(self, way: Way, now: datetime, limit: int) -> Sequence[Kept]:
        """Whose next try is due."""
        found = self._where(
            lambda line: line.way == way and line.due_at is not None and line.due_at <= now
        )
        found.sort(key=lambda line: (line.due_at or now, line.id))
        return [_kept(line) for line in found[:limit]]

    def of_ask(self, ask: str) -> Sequence[Kept]:
        """About that ask, oldest first."""
        return [_kept(line) for line in self._where(lambda line: line.ask == ask)[:ROWS_MAX]]

    def of_incident(self, incident: str) -> Sequence[Kept]:
        """About that incident, oldest first."""
        found = self._where(lambda line: line.incident == incident)
        return [_kept(line) for line in found[:ROWS_MAX]]

    def latest(self, limit: int) -> Sequence[Kept]:
        """The newest first."""
        found = self._where(lambda _: True)
        found.sort(key=lambda line: line.made_at, reverse=True)
        return [_kept(line) for line in found[: min(limit, ROWS_MAX)]]

    def _where(self, holds: Callable[[DeliveryLine], bool]) -> list[DeliveryLine]:
        with self._lock:
            found = [line for line in self._content.deliveries.values() if holds(line)]
        return sorted(found, key=lambda line: (line.made_at, line.id))

    def name_parts(self, gateway: str, ids: Sequence[str], delivery: str, at: datetime) -> None:
        """Remember a gateway's names of a delivery's parts."""
        with self._lock:
            for part in ids:
                self._parts[gateway, part.replace("\0", "?")] = (delivery, at)

    def of_part(self, gateway: str, part: str) -> str | None:
        """Which delivery the gateway calls so."""
        with self._lock:
            found = self._parts.get((gateway, part))
        return found[0] if found else None

    def forget(self, before: datetime) -> int:
        """Remove old deliveries, and the names of their parts."""
        old = [line.id for line in self._where(lambda line: line.made_at < before)]
        with self._lock:
            for delivery in old:
                del self._content.deliveries[delivery]
            self._parts = {key: one for key, one in self._parts.items() if one[1] >= before}
        return len(old)

    def put_contact(self, contact: Contact) -> None:
        """Add or replace a contact."""
        with self._lock:
            self._content.contacts[contact.id] = ContactLine(contact.id, encode(contact))

    def find_contact(self, contact: str) -> Contact | None:
        """The contact with that id."""
        with self._lock:
            line = self._content.contacts.get(contact)
        return decode_contact(line.data) if line else None

    def contacts(self) -> Sequence[Contact]:
        """All contacts by id."""
        with self._lock:
            found = sorted(self._content.contacts.values(), key=lambda line: line.id)
        return [decode_contact(line.data) for line in found]

    def put_state(self, state: GatewayState) -> None:
        """Keep how a gateway does."""
        with self._lock:
            self._states[state.name] = state

    def states(self) -> Sequence[GatewayState]:
        """How all gateways do."""
        with self._lock:
            return [self._states[name] for name in sorted(self._states)]


def _line(delivery: Delivery, revision: int) -> DeliveryLine:
    return DeliveryLine(
        delivery.id,
        revision,
        delivery.way,
        delivery.made_at,
        delivery.due_at,
        delivery.ask,
        delivery.incident or "",
        encode(delivery),
    )


def _kept(line: DeliveryLine) -> Kept:
    return Kept(revision=line.revision, delivery=decode_delivery(line.data))
