"""Devices on a SQL engine."""

from collections.abc import Sequence

from kentongan.store.codec import encode
from kentongan.store.devices import Device, Numbered, decode_device
from kentongan.store.engine import Engine


class SqlDevices:
    """Implements `store.devices.Devices`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, device: Device) -> None:
        """Add or replace a device."""
        with self._engine.exclusive() as link:
            last: int = link.ask("SELECT coalesce(max(version), 0) FROM devices")[0][0]
            link.tell(
                """INSERT INTO devices (id, version, data) VALUES (?, ?, ?)
                ON CONFLICT (id) DO UPDATE
                SET version = excluded.version, data = excluded.data""",
                (device.id, last + 1, encode(device)),
            )

    def find(self, device: str) -> Device | None:
        """The device with that id."""
        if "\0" in device:
            return None
        with self._engine.reading() as link:
            found = link.ask("SELECT data FROM devices WHERE id = ?", (device,))
        return decode_device(found[0][0]) if found else None

    def list(self, *, after: int = 0) -> Sequence[Numbered]:
        """Devices changed after that number."""
        sql = "SELECT version, data FROM devices WHERE version > ? ORDER BY version"
        with self._engine.reading() as link:
            found = link.ask(sql, (after,))
        return [Numbered(version=row[0], device=decode_device(row[1])) for row in found]
