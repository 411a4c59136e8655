"""What the journal says about the recordings of a call: segments kept, and segments erased.

A fold of the call's own stream, for playing, verifying, exporting and erasing. The sound and the
keys are elsewhere; nothing here opens a file.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from kentongan.app.ports import Recorded
from kentongan.core.events import RecordingErased, RecordingKept


class KeptSegment(Struct, frozen=True, kw_only=True):
    """A segment that is on record: its digests, the id of its key, and when it was erased."""

    segment: str
    sha256: str
    chain: str
    key: str
    seconds: float
    bytes: int
    lost_s: float
    kept_at: datetime
    erased_at: datetime | None = None


def segments_of(stream: Iterable[Recorded]) -> tuple[KeptSegment, ...]:
    """The segments of a call, from its stream, in the order in which they were kept."""
    found: dict[str, KeptSegment] = {}
    for recorded in stream:
        event = recorded.event
        if isinstance(event, RecordingKept):
            found[event.segment] = KeptSegment(
                segment=event.segment,
                sha256=event.sha256,
                chain=event.chain,
                key=event.key,
                seconds=event.seconds,
                bytes=event.bytes,
                lost_s=event.lost_s,
                kept_at=recorded.meta.at,
            )
        elif isinstance(event, RecordingErased) and event.segment in found:
            erased = replace(found[event.segment], erased_at=recorded.meta.at)
            found[event.segment] = erased
    return tuple(found.values())
