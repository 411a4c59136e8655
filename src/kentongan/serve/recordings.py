"""`kentongan recording verify`: what lies on disk is what the journal says, or it is named.

Every segment is opened with its key, in memory, and both digests are compared with the journal. It
knows what was erased and what is still being recorded. Nothing is changed and nothing is heard.
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec
from msgspec import Struct

from kentongan.app.recordings import KeptSegment, segments_of
from kentongan.core.events import RecordingKept
from kentongan.media.archive import Archive
from kentongan.media.seal import SealError
from kentongan.media.seal_keys import KeyRefusedError
from kentongan.settings import Settings
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

Verdict = Literal[
    "intact", "erased", "erasing", "damaged", "differs", "missing", "no_key", "locked", "running"
]
"""`erasing`: decided, and key or file still there (a minute at most); `damaged`: changed from a
second on; `differs`: good in itself, not what the journal says; `no_key`: the store has no key for
it; `locked`: the centre's key does not open it; `running`: not on record yet."""

BAD: Final = frozenset({"damaged", "differs", "missing", "no_key", "locked"})
EVENTS_AT_ONCE: Final = 5_000


class Finding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one segment turned out to be."""

    call: str
    segment: str
    verdict: Verdict
    seconds: float = 0.0
    lost_s: float = 0.0
    missing: tuple[tuple[int, int], ...] = ()
    """Spans of silence from second to second: the disk did not take them."""
    damaged_at_s: int | None = None
    detail: str = ""


def run_recording_verify(settings: Settings, call: str | None) -> int:
    """Look at every segment, or those of one call; exit code 1 when one is not as it was, or when
    there is none of the call that was named."""
    store = open_store(settings.store_url)
    archive = Archive(settings.recordings_dir, settings.recording_key)
    counts: dict[str, int] = {}
    silent = 0
    strays = set(archive.names()) if call is None else set[str]()
    for each in _calls(store) if call is None else iter([call]):
        for finding in examine_call(store, archive, each):
            strays.discard(finding.segment)
            counts[finding.verdict] = counts.get(finding.verdict, 0) + 1
            silent += finding.lost_s > 0
            if call is not None or finding.verdict in BAD or finding.lost_s:
                print(msgspec.json.encode(finding).decode())
    total: dict[str, object] = {"segments": sum(counts.values()), **counts}
    if silent:
        total["with_silence"] = silent
    if strays:
        total["files_of_no_segment"] = len(strays)
    is_unknown = call is not None and not counts
    if is_unknown:
        total["detail"] = f"no recording of a call {call!r}"
    print(msgspec.json.encode(total).decode())
    store.close()
    return 1 if is_unknown or BAD & set(counts) else 0


def examine_call(store: WholeStore, archive: Archive, call: str) -> Iterator[Finding]:
    """Every segment of a call: those on record, and those whose key alone is known."""
    kept = segments_of(store.load(f"call:{call}"))
    for one in kept:
        yield examine_segment(store, archive, call, one)
    known = {one.key for one in kept}
    for key in store.recording_keys.of_call(call):
        if key.id not in known and key.sealed is not None:
            yield Finding(call=call, segment=key.segment, verdict="running")


def _calls(store: WholeStore) -> Iterator[str]:
    """Calls that have something on record, in the order of the journal."""
    seen: set[str] = set()
    after = 0
    while page := store.tail(after, EVENTS_AT_ONCE):
        for recorded in page:
            stream = recorded.meta.stream
            if isinstance(recorded.event, RecordingKept) and stream not in seen:
                seen.add(stream)
                yield stream.removeprefix("call:")
        after = page[-1].meta.position


def examine_segment(store: WholeStore, archive: Archive, call: str, kept: KeptSegment) -> Finding:
    """A segment on record, read whole."""

    def found(verdict: Verdict, **more: object) -> Finding:
        plain = Finding(
            call=call,
            segment=kept.segment,
            verdict=verdict,
            seconds=kept.seconds,
            lost_s=kept.lost_s,
        )
        return msgspec.structs.replace(plain, **more)

    key = store.recording_keys.find(kept.key)
    if kept.erased_at is not None:
        is_gone = (key is None or key.sealed is None) and not archive.has(kept.segment)
        return found("erased" if is_gone else "erasing")
    if key is None or key.sealed is None:
        return found("no_key", detail="erased without a fact" if key is not None else "")
    try:
        with archive.open(kept.segment, key.id, key.sealed) as recording:
            reading = recording.check()
    except KeyRefusedError as refused:
        return found("locked", detail=str(refused))
    except SealError as error:
        return found("damaged", damaged_at_s=0, detail=str(error))
    except OSError as error:
        return found("missing", detail=error.strerror or str(error))
    if reading.damaged_at_s is not None:
        return found("damaged", damaged_at_s=reading.damaged_at_s)
    is_same = (reading.sha256, reading.chain) == (kept.sha256, kept.chain)
    silence: dict[str, object] = {"lost_s": reading.lost_s, "missing": reading.missing}
    return found("intact" if is_same else "differs", **silence)
