"""Which key opens which segment of a recording, and the way to make a recording unreadable.

A key stands here sealed under the centre's own key, which is in no database: whoever reads this
table opens nothing. Erasing a key erases the segment, wherever copies of its file may be; the row
stays without it, so that a late delivery never brings it back. Keys are no facts and not in the
journal, which holds their ids; they share its database and its backup.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from kentongan.store.tables import KeyLine


class RecordingKeys(Protocol):
    """The sealed keys of one store."""

    def keep(self, keys: Iterable[KeyLine]) -> None:
        """Add keys, durably. One whose id is known, erased or not, is left as it is."""
        ...

    def find(self, key: str) -> KeyLine | None:
        """The key with that id; its `sealed` is None once it was erased."""
        ...

    def of_call(self, call: str) -> Sequence[KeyLine]:
        """All keys of a call, oldest first, erased ones included."""
        ...

    def living(self, made_before: datetime, after: KeyLine | None, limit: int) -> Sequence[KeyLine]:
        """Keys made before a time and not erased, oldest first from after that one."""
        ...

    def erase(self, keys: Iterable[str]) -> int:
        """Erase these for ever; how many there were."""
        ...
