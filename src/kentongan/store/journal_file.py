"""The journal alone as a file, for whoever is to prove on another machine what a centre published.

Gzip, JSON lines: what it is, then each line as it stands in the journal. Personal texts are not in
it, only their digests; but the names of staff, places and times are: it goes to an auditor and not
to the public. The chain proves that nothing in it was changed.
"""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from kentongan.store.backup import LINE_OCTETS_MAX
from kentongan.store.errors import StoreDamaged
from kentongan.store.tables import JOURNAL, Line
from kentongan.store.whole import WholeStore, every

FORMAT: Final = 1

LEVEL: Final = 6
"""Of the compression: a tenth of the size for a third of the time of the best."""


class JournalHead(Struct, frozen=True, kw_only=True):
    """The first line of the file. `scheduled` are the kinds of work that no figure counts."""

    kentongan_journal: int = FORMAT
    city: str
    timezone: str
    made_at: datetime
    scheduled: tuple[str, ...] = ()


def write_journal(store: WholeStore, path: Path, head: JournalHead) -> int:
    """Write one consistent state while the store stays in service; how many lines there were.

    Only its owner may read the file. `OSError` when it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    encoder, count = msgspec.json.Encoder(), 0
    try:
        part.touch(0o600)
        with gzip.open(part, "wb", compresslevel=LEVEL) as out, store.tables() as tables:
            out.write(encoder.encode(head) + b"\n")
            for line in every(tables, JOURNAL):
                out.write(encoder.encode(line) + b"\n")
                count += 1
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def is_journal_file(path: Path) -> bool:
    """Whether that file begins as an exported journal does."""
    try:
        with gzip.open(path, "rb") as file:
            return file.readline(LINE_OCTETS_MAX).startswith(b'{"kentongan_journal":')
    except (OSError, EOFError, zlib.error):
        return False


def read_journal(path: Path) -> tuple[JournalHead, Iterator[Line]]:
    """What the file is, and its lines; `StoreDamaged` says at which line it cannot be read."""
    lines = _octets(path)
    try:
        head = msgspec.json.decode(next(lines, b""), type=JournalHead)
    except msgspec.MsgspecError as error:
        raise StoreDamaged(f"{path.name} is no exported journal: {error}") from None
    if head.kentongan_journal > FORMAT:
        raise StoreDamaged(f"{path.name} was written by a later release")
    return head, _lines(lines, path.name)


def _lines(octets: Iterable[bytes], name: str) -> Iterator[Line]:
    decoder = msgspec.json.Decoder(Line)
    for number, line in enumerate(octets, 2):
        try:
            yield decoder.decode(line)
        except msgspec.MsgspecError as error:
            raise StoreDamaged(f"{name}, line {number}: {error}") from None


def _octets(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            while line := file.readline(LINE_OCTETS_MAX):
                yield line
    except (OSError, EOFError, zlib.error) as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise StoreDamaged(f"{path.name}: {error}") from None
