"""Which devices may say where a unit is, and by which secret.

A device's token arrives here already digested: whoever reads the database can speak for no unit.
Like accounts they share the journal's database and its backup, and are never deleted, only revoked.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec
from msgspec import Struct

from kentongan.core.words import UnitId
from kentongan.store.errors import StoreDamaged


class Device(Struct, frozen=True, kw_only=True):
    """Something that reports positions.

    A device with a token speaks for its unit alone. A gateway (a tracking server) has a token and
    no unit; the devices `behind` it have a unit, the `number` by which the gateway knows them, and
    no token.
    """

    id: str
    label: str
    unit: UnitId | None = None
    digest: str | None = None
    behind: str | None = None
    number: str | None = None
    created_at: datetime
    created_by: str
    revoked_at: datetime | None = None

    @property
    def is_gateway(self) -> bool:
        """Whether it speaks for others."""
        return self.unit is None


class Numbered(Struct, frozen=True, kw_only=True):
    """A device with the number of its last change."""

    version: int
    device: Device


class Devices(Protocol):
    """The devices of one store."""

    def put(self, device: Device) -> None:
        """Add the device or replace the one with its id."""
        ...

    def find(self, device: str) -> Device | None:
        """The device with that id."""
        ...

    def list(self, *, after: int = 0) -> Sequence[Numbered]:
        """Devices changed after that number, in the order of their changes, revoked ones too."""
        ...


def digest_of(token: str) -> str:
    """What is kept of a token. It has 160 random bits, so a fast digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def decode_device(data: str) -> Device:
    """The device from its JSON."""
    try:
        return msgspec.json.decode(data, type=Device)
    except msgspec.MsgspecError as error:
        raise StoreDamaged(f"a device that cannot be read: {error}") from error
