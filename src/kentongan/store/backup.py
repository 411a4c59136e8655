"""One file that holds everything of a store that cannot be computed, and the way back from it.

A zip archive with a file of JSON lines for each table of `tables.KEPT` and a manifest with row
counts, SHA-256 of each file and the last value of the chain. It is the same whatever the engine,
so it is also how a store moves from SQLite to PostgreSQL or back. Restoring proves the hashes and
the chain before it touches the store, and folds the board anew.

The file holds personal text in the clear and password hashes: it is made readable by its owner
only, and whoever carries it elsewhere encrypts it.
"""

import os
import zipfile
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import IO, cast

import msgspec
from msgspec import Struct

from kentongan.store import chain
from kentongan.store.errors import BackupDamaged, StoreNotEmpty
from kentongan.store.rebuild import rebuild_tables
from kentongan.store.tables import JOURNAL, KEPT, SINCE_FORMAT, Line, Table, TableRow
from kentongan.store.whole import PAGE_ROWS, Tables, WholeStore, every

FORMAT = 3
"""Raised when the release before could not restore all of a file.

2 has the recordings' keys, 3 the devices that report positions."""

LINE_OCTETS_MAX = 4_000_000
"""Longest line of a backup; a fact holds at most 20,000 characters of text, a page of JSON."""

MANIFEST = "manifest.json"


class Content(Struct, frozen=True, kw_only=True):
    """A table's file in the backup."""

    rows: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What a backup holds."""

    format: int
    made_at: datetime
    events: int
    chain: str
    tables: dict[str, Content]


def backup(store: WholeStore, file: Path, *, made_at: datetime) -> Manifest:
    """Write the backup of one consistent state while the store stays in service.

    The file is there whole and on disk, or not at all; an older one of that name is replaced.
    `OSError` when it cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            with store.tables() as tables:
                manifest = _write(tables, out, made_at)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
        _sync_folder(file.parent)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _write(tables: Tables, out: IO[bytes], made_at: datetime) -> Manifest:
    contents: dict[str, Content] = {}
    events, last = 0, chain.START
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for table in KEPT:
            digest, rows = sha256(), 0
            with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as member:
                for row in every(tables, table):
                    line = msgspec.json.encode(row) + b"\n"
                    member.write(line)
                    digest.update(line)
                    rows += 1
                    if isinstance(row, Line):
                        events, last = row.position, row.chain
            contents[table.name] = Content(rows=rows, sha256=digest.hexdigest())
        manifest = Manifest(
            format=FORMAT, made_at=made_at, events=events, chain=last.hex(), tables=contents
        )
        archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def _sync_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_manifest(file: Path) -> Manifest:
    """What a backup says it holds."""
    with _opened(file) as archive:
        return _manifest(archive)


def check_backup(file: Path) -> Manifest:
    """Read the whole file and prove its hashes and its chain; `BackupDamaged` when they fail."""
    with _opened(file) as archive:
        manifest = _manifest(archive)
        for table in KEPT:
            rows = _rows(archive, table, manifest)
            if table is JOURNAL:
                _prove_chain(cast("Iterable[Line]", rows), manifest)
            else:
                for _ in rows:
                    pass
    return manifest


def restore(file: Path, store: WholeStore) -> Manifest:
    """Fill an empty store from a backup, all or nothing.

    `StoreNotEmpty` when it holds anything, `BackupDamaged` when the file is not what was written.
    """
    check_backup(file)
    with _opened(file) as archive, store.tables(writing=True) as tables:
        manifest = _manifest(archive)
        for table in KEPT:
            if tables.page(table, None):
                raise StoreNotEmpty(f"the store holds {table.name} already")
        for table in KEPT:
            rows = _rows(archive, table, manifest)
            while some := list(islice(rows, PAGE_ROWS)):
                tables.add(table, some)
        rebuild_tables(tables, check=False)
    return manifest


@contextmanager
def _opened(file: Path) -> Generator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BackupDamaged(f"{file.name} is not a whole backup: {error}") from error


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        manifest = msgspec.json.decode(archive.read(MANIFEST), type=Manifest)
    except (KeyError, msgspec.MsgspecError) as error:
        raise BackupDamaged(f"the manifest cannot be read: {error}") from error
    if manifest.format > FORMAT:
        raise BackupDamaged(
            f"format {manifest.format} was written by a later release; this one knows {FORMAT}"
        )
    return manifest


def _rows(archive: zipfile.ZipFile, table: Table, manifest: Manifest) -> Iterator[TableRow]:
    """A table's rows; `BackupDamaged` at the end when count or hash differ from the manifest."""
    content = manifest.tables.get(table.name)
    if content is None and manifest.format < SINCE_FORMAT.get(table.name, 1):
        return
    if content is None:
        raise BackupDamaged(f"{table.name} is missing")
    decoder = msgspec.json.Decoder(table.shape)
    digest, rows = sha256(), 0
    try:
        with archive.open(f"{table.name}.jsonl") as member:
            while line := member.readline(LINE_OCTETS_MAX):
                digest.update(line)
                rows += 1
                yield decoder.decode(line)
    except (KeyError, msgspec.MsgspecError) as error:
        raise BackupDamaged(f"{table.name}, row {rows}: {error}") from error
    if (rows, digest.hexdigest()) != (content.rows, content.sha256):
        raise BackupDamaged(f"{table.name} is not what the manifest says")


def _prove_chain(lines: Iterable[Line], manifest: Manifest) -> None:
    position, last = 0, chain.START
    for line in lines:
        if line.position != position + 1 or line.chain != chain.chain_of(last, line):
            raise BackupDamaged(f"the chain breaks at position {line.position}")
        position, last = line.position, line.chain
    if (position, last.hex()) != (manifest.events, manifest.chain):
        raise BackupDamaged("the journal does not end where the manifest says")
