"""Devices of the memory store."""

import threading
from collections.abc import Sequence

from kentongan.store.codec import encode
from kentongan.store.devices import Device, Numbered, decode_device
from kentongan.store.memory_tables import Content
from kentongan.store.tables import DeviceLine


class MemoryDevices:
    """Devices in a dictionary."""

    def __init__(self, content: Content, lock: threading.RLock) -> None:
        self._content = content
        self._lock = lock

    def put(self, device: Device) -> None:
        """Add or replace a device."""
        devices = self._content.devices
        with self._lock:
            last = max((line.version for line in devices.values()), default=0)
            devices[device.id] = DeviceLine(device.id, last + 1, encode(device))

    def find(self, device: str) -> Device | None:
        """The device with that id."""
        with self._lock:
            line = self._content.devices.get(device)
        return decode_device(line.data) if line else None

    def list(self, *, after: int = 0) -> Sequence[Numbered]:
        """Devices changed after that number."""
        with self._lock:
            changed = [line for line in self._content.devices.values() if line.version > after]
        changed.sort(key=lambda line: line.version)
        return [Numbered(version=one.version, device=decode_device(one.data)) for one in changed]
