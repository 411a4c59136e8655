"""Which tokens are good now, and how often somebody may be wrong. No sockets, no store.

A right token is never held up by others' wrong ones: many vehicles share one address of their
mobile network. What is limited is wrong attempts, by address; the tokens themselves have 160 random
bits and cannot be guessed.
"""

from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from kentongan.core.words import UnitId
from kentongan.store.devices import Device, Numbered, digest_of

TOKEN_CHARACTERS_MAX: Final = 200
"""Longer ones are no tokens of ours and are not even digested."""

WRONG_FREE: Final = 10
"""Wrong tokens from one address that cost nothing: a typing mistake, tried again by a machine."""

WRONG_FOR: Final = timedelta(seconds=60)
"""How long an address with too many is answered 429, seconds, from its last attempt on."""

ADDRESSES_MAX: Final = 10_000
"""Addresses remembered; the one silent for longest is forgotten first."""


class _Wrong(Struct):
    count: int
    last_at: datetime


class Register:
    """The devices as the store has them."""

    def __init__(self) -> None:
        self.version = 0
        self._by_digest: dict[str, Device] = {}
        self._by_number: dict[tuple[str, str], Device] = {}
        self._known: dict[str, Device] = {}
        self._wrong: OrderedDict[str, _Wrong] = OrderedDict()

    def __len__(self) -> int:
        """How many may report."""
        return len(self._by_digest) + len(self._by_number)

    def take(self, changed: Iterable[Numbered]) -> list[str]:
        """What changed in the store; returns the ids whose lines must be closed."""
        closed: list[str] = []
        for one in changed:
            device = one.device
            self.version = max(self.version, one.version)
            before = self._known.get(device.id)
            if before is not None:
                self._forget(before)
                closed.append(device.id)
            self._known[device.id] = device
            if device.revoked_at is None:
                self._learn(device)
        return closed

    def find(self, token: str) -> Device | None:
        """The device with that token."""
        if not token or len(token) > TOKEN_CHARACTERS_MAX:
            return None
        return self._by_digest.get(digest_of(token))

    def unit_of(self, device: Device, number: str | None) -> UnitId | None:
        """For whom the device speaks; a gateway for the unit of the number it names."""
        if not device.is_gateway:
            return device.unit
        behind = self._by_number.get((device.id, number or ""))
        return behind.unit if behind is not None else None

    def wrong(self, address: str, now: datetime) -> bool:
        """A wrong token came from there; whether it is too many by now."""
        known = self._wrong.pop(address, None)
        if known is None or now - known.last_at > WRONG_FOR:
            known = _Wrong(0, now)
        known.count, known.last_at = known.count + 1, now
        self._wrong[address] = known
        if len(self._wrong) > ADDRESSES_MAX:
            self._wrong.popitem(last=False)
        return known.count > WRONG_FREE

    def _learn(self, device: Device) -> None:
        if device.digest is not None:
            self._by_digest[device.digest] = device
        if device.behind is not None and device.number is not None:
            self._by_number[device.behind, device.number] = device

    def _forget(self, device: Device) -> None:
        if device.digest is not None:
            self._by_digest.pop(device.digest, None)
        if device.behind is not None and device.number is not None:
            self._by_number.pop((device.behind, device.number), None)
