"""The keys of recordings in the memory store."""

import threading
from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from kentongan.store.memory_tables import Content
from kentongan.store.tables import KeyLine


class MemoryRecordingKeys:
    """Implements `store.recording_keys.RecordingKeys`."""

    def __init__(self, content: Content, lock: threading.RLock) -> None:
        self._keys = content.recording_keys
        self._lock = lock

    def keep(self, keys: Iterable[KeyLine]) -> None:
        """Add keys that are not known yet."""
        with self._lock:
            for key in keys:
                self._keys.setdefault(key.id, key)

    def find(self, key: str) -> KeyLine | None:
        """The key with that id."""
        with self._lock:
            return self._keys.get(key)

    def of_call(self, call: str) -> Sequence[KeyLine]:
        """All keys of a call, oldest first."""
        with self._lock:
            found = [key for key in self._keys.values() if key.call == call]
        return sorted(found, key=_age)

    def living(self, made_before: datetime, after: KeyLine | None, limit: int) -> Sequence[KeyLine]:
        """Keys made before a time and not erased, oldest first."""
        with self._lock:
            found = [
                key
                for key in self._keys.values()
                if key.sealed is not None
                and key.made_at < made_before
                and (after is None or _age(key) > _age(after))
            ]
        return sorted(found, key=_age)[:limit]

    def erase(self, keys: Iterable[str]) -> int:
        """Erase these for ever."""
        erased = 0
        with self._lock:
            for key in keys:
                line = self._keys.get(key)
                if line is not None and line.sealed is not None:
                    self._keys[key] = replace(line, sealed=None)
                    erased += 1
        return erased


def _age(key: KeyLine) -> tuple[datetime, str]:
    """By which keys are ordered: oldest first."""
    return key.made_at, key.id
