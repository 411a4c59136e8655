"""Two people at the same row of the city pack: the second is told before anything is overwritten.

Every edit says over which version its author saw the row (`seen`). Where the row is another one by
now, what it is now and who made it so stand beside what was typed, and nothing is tried until the
author has chosen. Whole files that somebody imports are not judged so: the trial shows every single
change of theirs.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from kentongan.cities.files import PackFiles
from kentongan.cities.pack import PackError
from kentongan.cities.tables import Table, rows_of, tables
from kentongan.core.pack import ON_DISK, Pack
from kentongan.edge.web.pack_bodies import Conflict, PackTried, RowShown
from kentongan.edge.web.pack_trials import written

LOOKED_BACK_MAX: Final = 8
"""Versions that are read to say whose change it was; beyond them it is told as the newest's."""

SIGNED: Final = "protocols"
"""The table whose every word somebody reads and signs."""

FilesOf = Callable[[int], PackFiles]
"""The files of a version; raises `PackError` where they cannot be read any more."""

Rows = Mapping[str, RowShown]


def conflicts(known: Pack, asked: PackTried, files_of: FilesOf) -> tuple[Conflict, ...]:
    """The edits whose rows were changed since their authors saw them, as they are now."""
    stale = [one for one in asked.edits if one.seen is not None and one.seen != asked.base]
    read: dict[tuple[int, str], Rows] = {}

    def rows(number: int, file: str) -> Rows:
        if (number, file) not in read:
            read[number, file] = _rows_in(files_of(number), file)
        return read[number, file]

    found: list[Conflict] = []
    for one in stale:
        try:
            before = rows(one.seen or ON_DISK, one.file).get(one.path)
            now = rows(asked.base, one.file).get(one.path)
            if before != now:
                number = _changed_in(
                    known, asked.base, one.seen or ON_DISK, one.path, one.file, rows
                )
                found.append(_conflict(known, number, one.file, one.path, now))
        except PackError:  # the software reads that version no more: the trial says what is wrong
            continue
    return tuple(found)


def rows_shown(files: PackFiles, table: Table) -> Iterator[RowShown]:
    """The rows of a table as a page gets them: what has no simple form as YAML."""
    is_read = table.name == SIGNED
    as_yaml = [column.name for column in table.columns if column.kind == "yaml"]
    for one in rows_of(files, table):
        yield RowShown(
            path=one.path,
            row={field: value for field, value in one.row.items() if field not in as_yaml},
            yaml={name: written(one.row[name]) for name in as_yaml if name in one.row},
            plain={name: one.row[name] for name in as_yaml if name in one.row} if is_read else {},
        )


def _rows_in(files: PackFiles, file: str) -> Rows:
    mine = (table for table in tables(files) if table.file == file)
    return {row.path: row for table in mine for row in rows_shown(files, table)}


def _changed_in(
    known: Pack, now: int, seen: int, path: str, file: str, rows: Callable[[int, str], Rows]
) -> int:
    """The newest version, back to the one that was seen, that made the row what it is."""
    number = now
    for _ in range(LOOKED_BACK_MAX):
        version = known.versions.get(number)
        if version is None or number == seen:
            break
        if rows(version.base, file).get(path) != rows(number, file).get(path):
            return number
        number = version.base
    return now


def _conflict(known: Pack, number: int, file: str, path: str, now: RowShown | None) -> Conflict:
    version = known.versions.get(number)
    return Conflict(
        file=file,
        path=path,
        now=now,
        version=number,
        by="" if version is None else version.proposed_by,
        reason="" if version is None else version.reason,
    )
