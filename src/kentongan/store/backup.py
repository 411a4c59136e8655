"""One file that holds everything of a store that cannot be computed, and the way back from it.

A zip archive with a file of JSON lines for each table of `tables.KEPT` and a manifest with row
counts, SHA-256 of each file and the last value of the chain. It is the same whatever the engine,
so it is also how a store moves from SQLite to PostgreSQL or back. Restoring proves the hashes and
the chain before it touches the store, and folds the board anew.

The history of positions is in it, too, block by block, unless it is left out: it is large and about
people who drive. It is not of the same moment as the rest: blocks that are written while the file
is made are in it or not.

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
from typing import IO, TypeVar, cast

import msgspec
from msgspec import Struct

from kentongan.store import chain
from kentongan.store.errors import BackupDamaged, StoreNotEmpty
from kentongan.store.rebuild import rebuild_tables
from kentongan.store.tables import JOURNAL, KEPT, SINCE_FORMAT, Line, Table, TableRow
from kentongan.store.tracks import PAGE_BLOCKS, Block, damage_of, each_block
from kentongan.store.whole import PAGE_ROWS, Tables, WholeStore, every

FORMAT = 5
"""Raised when the release before could not restore all of a file.

2 has the recordings' keys, 3 the devices that report positions, 4 the
ledger of deliveries and its contacts, 5 the history of positions."""

LINE_OCTETS_MAX = 4_000_000
"""Longest line of a backup; a fact holds at most 20,000 characters of text, a page of JSON."""

MANIFEST = "manifest.json"

TRACKS = "tracks"
"""The history of positions, where the file has it."""


Row = TypeVar("Row", bound=Struct)


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


def backup(
    store: WholeStore, file: Path, *, made_at: datetime, with_tracks: bool = True
) -> Manifest:
    """Write the backup of one consistent state while the store stays in service.

    The file is there whole and on disk, or not at all; an older one of that name is replaced.
    `OSError` when it cannot be written.
    """
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            manifest = _write(store, out, made_at, with_tracks=with_tracks)
            out.flush()
            os.fsync(out.fileno())
        part.replace(file)
        _sync_folder(file.parent)
    finally:
        part.unlink(missing_ok=True)
    return manifest


def _write(store: WholeStore, out: IO[bytes], made_at: datetime, *, with_tracks: bool) -> Manifest:
    contents: dict[str, Content] = {}
    events, last = 0, chain.START

    def noted(lines: Iterable[TableRow]) -> Iterator[TableRow]:
        nonlocal events, last
        for line in lines:
            if isinstance(line, Line):
                events, last = line.position, line.chain
            yield line

    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        with store.tables() as tables:
            for table in KEPT:
                contents[table.name] = _put(archive, table.name, noted(every(tables, table)))
        if with_tracks:
            contents[TRACKS] = _put(archive, TRACKS, each_block(store.tracks))
        manifest = Manifest(
            format=FORMAT, made_at=made_at, events=events, chain=last.hex(), tables=contents
        )
        archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    return manifest


def _put(archive: zipfile.ZipFile, name: str, rows: Iterable[Struct]) -> Content:
    digest, count = sha256(), 0
    with archive.open(f"{name}.jsonl", "w", force_zip64=True) as member:
        for row in rows:
            line = msgspec.json.encode(row) + b"\n"
            member.write(line)
            digest.update(line)
            count += 1
    return Content(rows=count, sha256=digest.hexdigest())


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
        for block in _blocks(archive, manifest):
            if damage := damage_of(block):
                raise BackupDamaged(f"{TRACKS}, {block.unit}: {damage}")
    return manifest


def restore(file: Path, store: WholeStore, *, with_tracks: bool = True) -> Manifest:
    """Fill an empty store from a backup, all or nothing.

    The history of positions goes in first, in parts, since a part that is there already does no
    harm when the restoring has to be begun anew.

    `StoreNotEmpty` when it holds anything, `BackupDamaged` when the file is not what was written.
    """
    check_backup(file)
    with store.tables() as tables:
        _must_be_empty(tables)
    with _opened(file) as archive:
        blocks = _blocks(archive, _manifest(archive))
        while with_tracks and (part := list(islice(blocks, PAGE_BLOCKS))):
            store.tracks.put(part)
    with _opened(file) as archive, store.tables(writing=True) as tables:
        manifest = _manifest(archive)
        _must_be_empty(tables)
        for table in KEPT:
            rows = _rows(archive, table, manifest)
            while some := list(islice(rows, PAGE_ROWS)):
                tables.add(table, some)
        rebuild_tables(tables, check=False)
    return manifest


def _must_be_empty(tables: Tables) -> None:
    for table in KEPT:
        if tables.page(table, None):
            raise StoreNotEmpty(f"the store holds {table.name} already")


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
        return iter(())
    if content is None:
        raise BackupDamaged(f"{table.name} is missing")
    return _taken(archive, table.name, table.shape, content)


def _blocks(archive: zipfile.ZipFile, manifest: Manifest) -> Iterator[Block]:
    """The history of positions; nothing where it was left out."""
    content = manifest.tables.get(TRACKS)
    return iter(()) if content is None else _taken(archive, TRACKS, Block, content)


def _taken(
    archive: zipfile.ZipFile, name: str, shape: type[Row], content: Content
) -> Iterator[Row]:
    decoder = msgspec.json.Decoder(shape)
    digest, rows = sha256(), 0
    try:
        with archive.open(f"{name}.jsonl") as member:
            while line := member.readline(LINE_OCTETS_MAX):
                digest.update(line)
                rows += 1
                yield decoder.decode(line)
    except (KeyError, msgspec.MsgspecError) as error:
        raise BackupDamaged(f"{name}, row {rows}: {error}") from error
    if (rows, digest.hexdigest()) != (content.rows, content.sha256):
        raise BackupDamaged(f"{name} is not what the manifest says")


def _prove_chain(lines: Iterable[Line], manifest: Manifest) -> None:
    position, last = 0, chain.START
    for line in lines:
        if line.position != position + 1 or line.chain != chain.chain_of(last, line):
            raise BackupDamaged(f"the chain breaks at position {line.position}")
        position, last = line.position, line.chain
    if (position, last.hex()) != (manifest.events, manifest.chain):
        raise BackupDamaged("the journal does not end where the manifest says")
