"""What is still to be erased: recordings whose erasure is on record, and recordings that expired.

Erasing is decided by the door, where a legal hold speaks: first the fact, then the key, then the
file. `Erasures` follows the journal, so that whatever was decided is carried out once, also after a
crash in between; `expired` says what nobody needs to keep any longer. Neither opens a recording.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from msgspec import Struct

from kentongan.app.ports import Store
from kentongan.app.recordings import KeptSegment, segments_of
from kentongan.core.events import RecordingErased
from kentongan.core.rows import CallRow

CURSOR: Final = "erased recordings"
BATCH_MAX: Final = 500
"""Events looked at in one step."""


class SealedKey(Protocol):
    """A key as the store has it: made for this segment of this call at that time."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def call(self) -> str:
        """The call's key."""
        ...

    @property
    def segment(self) -> str:
        """The file as it was asked for."""
        ...

    @property
    def made_at(self) -> datetime:
        """When the segment began."""
        ...


class Expired(Struct, frozen=True):
    """A key that is not needed any more; `kept` is None for one whose sound is not on record."""

    key: str
    call: str
    segment: str
    kept: KeptSegment | None


def erased_since(store: Store, after: int) -> tuple[tuple[KeptSegment, ...], int]:
    """Segments whose erasure stands after that position of the journal, and how far was looked."""
    found: list[KeptSegment] = []
    position = after
    for recorded in store.tail(after, BATCH_MAX):
        position = recorded.meta.position
        event = recorded.event
        if isinstance(event, RecordingErased):
            segments = segments_of(store.load(recorded.meta.stream))
            found += [one for one in segments if one.segment == event.segment]
    return tuple(found), position


def expired(
    store: Store,
    keys: Sequence[SealedKey],
    kept_for: Callable[[CallRow | None], timedelta],
    now: datetime,
) -> Iterator[Expired]:
    """Of these keys, those whose call is over for so long and not on hold."""
    for key in keys:
        found = store.find_row("call", key.call)
        row = found.row if found is not None else None
        call = row if isinstance(row, CallRow) else None
        if not _is_expired(key, call, kept_for(call), now):
            continue
        kept = next(
            (one for one in segments_of(store.load(f"call:{key.call}")) if one.key == key.id), None
        )
        segment = kept.segment if kept is not None else key.segment
        yield Expired(key=key.id, call=key.call, segment=segment, kept=kept)


def _is_expired(key: SealedKey, call: CallRow | None, kept: timedelta, now: datetime) -> bool:
    if call is None:
        return key.made_at + kept <= now
    if call.hold_recording or call.ended_at is None:
        return False
    return max(call.ended_at, key.made_at) + kept <= now
