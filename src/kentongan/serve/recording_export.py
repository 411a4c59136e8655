"""`kentongan recording export`: a call's recording as WAV, for a court, and on record that it was.

It asks the door like anybody who listens: who took what out and why stands in the journal before
the first octet is written. What is written is in the clear and belongs to whoever carries it away;
the digests printed with it can be computed from the file by anybody and compared with the journal.
"""

import hashlib
import os
import secrets
import sys
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.app.recordings import KeptSegment, segments_of
from kentongan.core.commands import Envelope, PlayRecording
from kentongan.core.words import Agent, CallId, CommandId, Refused
from kentongan.media.archive import Archive
from kentongan.media.seal import SealError
from kentongan.media.seal_read import SealedRecording
from kentongan.media.stereo import wav_header
from kentongan.serve.recordings import BAD, Verdict, examine_segment
from kentongan.serve.wiring import load_pack, utc_now
from kentongan.settings import Settings
from kentongan.store.accounts import Access
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore


class Exported(Struct, frozen=True, kw_only=True):
    """A WAV file for a court: `sha256` and `chain` are those of its sound, `file_sha256` its own.

    Whoever has the file can compute all three; the first two stand in the call's journal, whose own
    chain proves that they were not put there later. `position` is where this export stands in it.
    """

    file: str
    call: str
    segment: str
    verdict: Verdict
    seconds: float
    sha256: str
    chain: str
    file_sha256: str
    position: int
    exported_at: datetime
    lost_s: float = 0.0
    missing: tuple[tuple[int, int], ...] = ()
    """Spans from second to second in which the file is silent because the disk was full or away."""


class _NotExported(Exception):  # noqa: N818 - told to the administrator
    """Why nothing was written."""


def run_recording_export(
    settings: Settings, call: str, *, account: str, reason: str, out: Path, segment: str | None
) -> int:
    """Write the call's segments as WAV files; exit code 1 when one is not what was recorded."""
    store = open_store(settings.store_url)
    archive = Archive(settings.recordings_dir, settings.recording_key)
    try:
        agent = _agent_of(store, account)
        wanted = _wanted(store, call, segment)
        verdicts = [
            _export(settings, store, archive, call, one, file=file, agent=agent, reason=reason)
            for one, file in zip(wanted, _names(out, len(wanted)), strict=True)
        ]
    except _NotExported as why:
        print(why, file=sys.stderr)
        return 1
    finally:
        store.close()
    return 1 if BAD & set(verdicts) else 0


def _agent_of(store: WholeStore, name: str) -> Agent:
    found = store.accounts.find_by_name(name)
    if found is None or found.disabled:
        raise _NotExported(f"--as: nobody may sign in as {name}")
    return Agent(id=found.id, name=found.label or found.name, roles=found.roles)


def _wanted(store: WholeStore, call: str, segment: str | None) -> list[KeptSegment]:
    kept = segments_of(store.load(f"call:{call}"))
    wanted = [one for one in kept if segment in (None, one.segment) and one.erased_at is None]
    if not wanted:
        raise _NotExported(f"nothing is on record of {segment or call}, or it was erased")
    return wanted


def _names(out: Path, count: int) -> list[Path]:
    """The file, or one for each segment when there are several."""
    if count == 1:
        return [out]
    return [out.with_stem(f"{out.stem}-{number}") for number in range(1, count + 1)]


def _export(
    settings: Settings,
    store: WholeStore,
    archive: Archive,
    call: str,
    kept: KeptSegment,
    *,
    file: Path,
    agent: Agent,
    reason: str,
) -> Verdict:
    if file.exists():
        raise _NotExported(f"{file} is there already")
    finding = examine_segment(store, archive, call, kept)
    key = store.recording_keys.find(kept.key)
    if finding.verdict not in ("intact", "differs", "damaged") or key is None or not key.sealed:
        raise _NotExported(f"{kept.segment}: {finding.verdict} {finding.detail}".rstrip())
    try:
        with archive.open(kept.segment, key.id, key.sealed) as recording:
            position = _on_record(settings, store, call, kept, agent=agent, reason=reason)
            written = _write(recording, file)
    except (OSError, SealError) as error:
        raise _NotExported(f"{file}: {error}") from error
    exported = Exported(
        file=str(file),
        call=call,
        segment=kept.segment,
        verdict=finding.verdict,
        seconds=written.seconds,
        sha256=written.sha256,
        chain=written.chain,
        file_sha256=written.file_sha256,
        position=position,
        exported_at=utc_now(),
        lost_s=finding.lost_s,
        missing=finding.missing,
    )
    print(msgspec.json.encode(exported).decode())
    return finding.verdict


def _on_record(
    settings: Settings,
    store: WholeStore,
    call: str,
    kept: KeptSegment,
    *,
    agent: Agent,
    reason: str,
) -> int:
    """Through the door, before anything is written: its place in the journal."""
    if not reason.strip():
        raise _NotExported("--reason: say why")
    command = PlayRecording(call=CallId(call), segment=kept.segment, reason=f"export: {reason}")
    envelope = Envelope(
        id=CommandId(f"export-{secrets.token_hex(12)}"), agent=agent, command=command
    )
    now = utc_now()
    try:
        outcome = handle(store, plans_of(load_pack(settings)), envelope, now)
    except Refused as refused:
        raise _NotExported(f"{kept.segment}: refused, {refused.reason}") from refused
    access = Access(
        viewer=agent.id, what=f"recording:{call}/{kept.segment}", reason="export", at=now
    )
    store.accounts.log_access([access])
    return outcome.events[-1].meta.position


class _Written(Struct, frozen=True):
    seconds: float
    sha256: str
    chain: str
    file_sha256: str


def _write(recording: SealedRecording, file: Path) -> _Written:
    """The good part of a recording as a WAV file, for its owner's eyes only."""
    reading = recording.check()
    whole = hashlib.sha256()
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        header = wav_header(reading.sound_bytes, recording.header.rate_hz)
        out.write(header)
        whole.update(header)
        for piece in recording.pieces(0, reading.sound_bytes):
            out.write(piece)
            whole.update(piece)
        out.flush()
        os.fsync(out.fileno())
    return _Written(reading.seconds, reading.sha256, reading.chain, whole.hexdigest())
