"""The recordings of a call for a screen: which segments there are, and whether one may be heard.

Nothing here is shown to anybody: the routes do that. A segment on record is read whole and compared
with its digests in the journal before its sound leaves; one that still grows is known by its key
alone. What was changed is never played beyond the last good second, and the answer says so.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct

from kentongan.app.recordings import KeptSegment, segments_of
from kentongan.edge.web.bodies import Segment
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.tickets import Sound
from kentongan.media.archive import Archive
from kentongan.media.seal import Header, SealError
from kentongan.media.seal_keys import KeyRefusedError, SegmentKey
from kentongan.media.seal_read import Reading
from kentongan.store.tables import KeyLine
from kentongan.store.whole import WholeStore

Verdict = Literal["intact", "damaged", "differs", "running"]
"""What reading it showed: as recorded; changed from some second on; good in itself and not what the
journal says (cut at its end, or another recording); still being written."""


class Found(Struct, frozen=True, kw_only=True):
    """A segment that can be looked for on disk: what the journal says of it, and its sealed key."""

    segment: str
    kept: KeptSegment | None
    key: KeyLine


class Examined(Struct, frozen=True, kw_only=True):
    """A segment that was read: what may be heard of it, and what is to be said about it.

    `started_at` is None where the file says that it began after it was on record.
    """

    sound: Sound
    verdict: Verdict
    damaged_at_s: int | None
    started_at: datetime | None


def list_segments(store: WholeStore, call: str, *, is_over: bool) -> list[Segment]:
    """Everything recorded of the call, what is erased included, and what grows until it is over."""
    kept = segments_of(store.load(f"call:{call}"))
    known = {one.key for one in kept}
    running = [
        key
        for key in store.recording_keys.of_call(call)
        if not is_over and key.sealed is not None and key.id not in known
    ]
    return [
        *(
            Segment(
                segment=one.segment,
                seconds=one.seconds,
                lost_s=one.lost_s,
                kept_at=one.kept_at,
                state="kept" if one.erased_at is None else "erased",
                erased_at=one.erased_at,
            )
            for one in kept
        ),
        *(
            Segment(segment=key.segment, seconds=0.0, kept_at=key.made_at, state="running")
            for key in running
        ),
    ]


def find_segment(store: WholeStore, call: str, segment: str) -> Found:
    """The segment of that call with its key.

    Raises 404 `not_found`, 410 `recording_erased`, or 409 `recording_without_key`.
    """
    kept = next(
        (one for one in segments_of(store.load(f"call:{call}")) if one.segment == segment), None
    )
    if kept is not None and kept.erased_at is not None:
        raise Problem(410, "recording_erased", segment=segment)
    key = (
        store.recording_keys.find(kept.key) if kept is not None else _running(store, call, segment)
    )
    if key is None and kept is None:
        raise Problem(404, "not_found")
    if key is None or key.call != call:
        raise Problem(409, "recording_without_key", segment=segment)
    if key.sealed is None:
        raise Problem(410, "recording_erased", segment=segment)
    return Found(segment=segment, kept=kept, key=key)


def _running(store: WholeStore, call: str, segment: str) -> KeyLine | None:
    keys: Sequence[KeyLine] = store.recording_keys.of_call(call)
    return next((key for key in keys if key.segment == segment), None)


def examine(archive: Archive, found: Found) -> Examined:
    """Read the segment and say what may be heard of it. Call it on a thread: it reads all of it.

    Raises 409 `recording_locked` without the centre's key, 404 `recording_missing` without a
    file, 409 `recording_damaged` when not even its beginning is what was recorded.
    """
    try:
        key = archive.key_of(found.key.id, found.key.sealed or b"")
    except KeyRefusedError as refused:
        raise Problem(409, "recording_locked", segment=found.segment) from refused
    try:
        with archive.open(found.segment, found.key.id, found.key.sealed or b"") as recording:
            reading = recording.check()
            header = recording.header
    except OSError as error:
        raise Problem(404, "recording_missing", segment=found.segment) from error
    except SealError as error:
        raise Problem(409, "recording_damaged", segment=found.segment) from error
    return _examined(archive, found, key, reading, header)


def _examined(
    archive: Archive, found: Found, key: SegmentKey, reading: Reading, header: Header
) -> Examined:
    if reading.damaged_at_s is not None and reading.sound_bytes == 0:
        raise Problem(409, "recording_damaged", segment=found.segment)
    sound = Sound(
        path=archive.path_of(found.segment),
        key=key,
        rate_hz=header.rate_hz,
        good_bytes=reading.sound_bytes,
    )
    is_believed = found.kept is None or header.started_at <= found.kept.kept_at
    return Examined(
        sound=sound,
        verdict=_verdict(found.kept, reading),
        damaged_at_s=reading.damaged_at_s,
        started_at=header.started_at if is_believed else None,
    )


def _verdict(kept: KeptSegment | None, reading: Reading) -> Verdict:
    if kept is None:
        return "running"
    if reading.damaged_at_s is not None:
        return "damaged"
    is_same = (reading.sha256, reading.chain) == (kept.sha256, kept.chain)
    return "intact" if is_same else "differs"
