"""Keys of recordings as the switch makes them: one a segment, sealed before anybody hears of it.

The switch keeps a key sealed in its spool until the store has it, and in the clear only while a
media process is told. When the centre's own key cannot be read, calls go on without a recording,
health says why, and each new segment tries again.
"""

import base64
import logging
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from kentongan.core.words import CallId
from kentongan.edge.switch.record import SealedSegment
from kentongan.media import protocol
from kentongan.media.seal_keys import (
    CentreKey,
    KeyRefusedError,
    SegmentKey,
    load_or_make_centre_key,
    new_segment_key,
)

_log = logging.getLogger(__name__)


class NewSegment(Struct, frozen=True):
    """A segment about to be recorded; its key is in the clear and goes nowhere but to media."""

    name: str
    key: SegmentKey

    def create(self, call: CallId) -> protocol.Create:
        """The command that makes the call's bridge and records it here."""
        key = base64.b64encode(self.key.secret).decode()
        return protocol.Create(bridge=call, record=self.name, key_id=self.key.id, key=key)


class RecordingKeys:
    """Makes and opens the keys of segments with the centre's key from its file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._centre: CentreKey | None = None
        self.problem = ""
        """Why nothing can be recorded, empty when all is well."""

    def look(self) -> None:
        """Read the centre's key, or make it at the very first start."""
        try:
            self._centre = self._centre or load_or_make_centre_key(self._path)
            self.problem = ""
        except KeyRefusedError as refused:
            if not self.problem:
                _log.critical("nothing is recorded: %s", refused)
            self.problem = str(refused)

    def new(self, name: str, at: datetime) -> tuple[NewSegment, SealedSegment] | None:
        """A key for a segment of that name, open and sealed; None without the centre's key."""
        self.look()
        if self._centre is None:
            return None
        key = new_segment_key()
        sealed = SealedSegment(name=name, key_id=key.id, made_at=at, sealed=self._centre.seal(key))
        return NewSegment(name, key), sealed

    def open(self, segment: SealedSegment) -> SegmentKey:
        """The key of a segment; `KeyRefusedError` when it cannot be had."""
        self.look()
        if self._centre is None:
            raise KeyRefusedError(self.problem)
        return self._centre.open(segment.key_id, segment.sealed)
