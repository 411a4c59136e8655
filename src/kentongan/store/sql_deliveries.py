"""The ledger of deliveries on a SQL engine."""

from collections.abc import Sequence
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
    decode_state,
)
from kentongan.store.engine import Engine


class SqlDeliveries:
    """Implements `store.deliveries.Deliveries`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, delivery: Delivery) -> bool:
        """Add a delivery that is not there yet."""
        sql = """INSERT INTO deliveries (id, revision, way, made_at, due_at, ask, incident, data)
            VALUES (?, 1, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING id"""
        with self._engine.transaction() as link:
            return bool(link.ask(sql, (delivery.id, *_found_by(delivery), encode(delivery))))

    def change(self, delivery: Delivery, revision: int) -> bool:
        """Replace it if nobody did meanwhile."""
        sql = """UPDATE deliveries SET revision = revision + 1, way = ?, made_at = ?, due_at = ?,
            ask = ?, incident = ?, data = ? WHERE id = ? AND revision = ? RETURNING id"""
        values = (*_found_by(delivery), encode(delivery), delivery.id, revision)
        with self._engine.transaction() as link:
            return bool(link.ask(sql, values))

    def find(self, delivery: str) -> Kept | None:
        """The delivery with that id."""
        found = self._ask("WHERE id = ?", (delivery,))
        return found[0] if found else None

    def due(self, way: Way, now: datetime, limit: int) -> Sequence[Kept]:
        """Whose next try is due."""
        where = "WHERE way = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?"
        return self._ask(where, (way, now, limit))

    def of_ask(self, ask: str) -> Sequence[Kept]:
        """About that ask, oldest first."""
        return self._ask("WHERE ask = ? ORDER BY made_at, id LIMIT ?", (ask, ROWS_MAX))

    def of_incident(self, incident: str) -> Sequence[Kept]:
        """About that incident, oldest first."""
        return self._ask("WHERE incident = ? ORDER BY made_at, id LIMIT ?", (incident, ROWS_MAX))

    def latest(self, limit: int) -> Sequence[Kept]:
        """The newest first."""
        return self._ask("ORDER BY made_at DESC, id LIMIT ?", (min(limit, ROWS_MAX),))

    def _ask(self, where: str, parameters: tuple[object, ...]) -> list[Kept]:
        if any(isinstance(value, str) and "\0" in value for value in parameters):
            return []  # no id has a NUL, and PostgreSQL would not even look
        sql = f"SELECT revision, data FROM deliveries {where}"  # noqa: S608 - constants
        with self._engine.reading() as link:
            found = link.ask(sql, parameters)
        return [Kept(revision=row[0], delivery=decode_delivery(row[1])) for row in found]

    def name_parts(self, gateway: str, ids: Sequence[str], delivery: str, at: datetime) -> None:
        """Remember a gateway's names of a delivery's parts."""
        sql = """INSERT INTO delivery_parts (gateway, part, delivery, at) VALUES (?, ?, ?, ?)
            ON CONFLICT (gateway, part) DO UPDATE
            SET delivery = excluded.delivery, at = excluded.at"""
        with self._engine.transaction() as link:
            for part in ids:
                link.tell(sql, (gateway, part.replace("\0", "?"), delivery, at))

    def of_part(self, gateway: str, part: str) -> str | None:
        """Which delivery the gateway calls so."""
        sql = "SELECT delivery FROM delivery_parts WHERE gateway = ? AND part = ?"
        if "\0" in part:
            return None
        with self._engine.reading() as link:
            found = link.ask(sql, (gateway, part))
        return str(found[0][0]) if found else None

    def forget(self, before: datetime) -> int:
        """Remove old deliveries, and the names of their parts."""
        with self._engine.transaction() as link:
            link.tell("DELETE FROM delivery_parts WHERE at < ?", (before,))
            sql = "DELETE FROM deliveries WHERE made_at < ? RETURNING id"
            return len(link.ask(sql, (before,)))

    def put_contact(self, contact: Contact) -> None:
        """Add or replace a contact."""
        sql = """INSERT INTO contacts (id, data) VALUES (?, ?)
            ON CONFLICT (id) DO UPDATE SET data = excluded.data"""
        with self._engine.transaction() as link:
            link.tell(sql, (contact.id, encode(contact)))

    def find_contact(self, contact: str) -> Contact | None:
        """The contact with that id."""
        if "\0" in contact:
            return None
        with self._engine.reading() as link:
            found = link.ask("SELECT data FROM contacts WHERE id = ?", (contact,))
        return decode_contact(found[0][0]) if found else None

    def contacts(self) -> Sequence[Contact]:
        """All contacts by id."""
        with self._engine.reading() as link:
            found = link.ask("SELECT data FROM contacts ORDER BY id")
        return [decode_contact(row[0]) for row in found]

    def put_state(self, state: GatewayState) -> None:
        """Keep how a gateway does."""
        sql = """INSERT INTO gateway_states (name, data) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET data = excluded.data"""
        with self._engine.transaction(durable=False) as link:
            link.tell(sql, (state.name, encode(state)))

    def states(self) -> Sequence[GatewayState]:
        """How all gateways do."""
        with self._engine.reading() as link:
            found = link.ask("SELECT data FROM gateway_states ORDER BY name")
        return [decode_state(row[0]) for row in found]


def _found_by(delivery: Delivery) -> tuple[object, ...]:
    return (
        delivery.way,
        delivery.made_at,
        delivery.due_at,
        delivery.ask,
        delivery.incident or "",
    )
