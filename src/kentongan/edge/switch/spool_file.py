"""The file of the spool: its tables, how it is opened, and what becomes of one that is damaged.

Nothing here knows what a row means. A file that is no spool, or not any more, is moved aside whole
and kept; whether to begin anew is for whoever asked.
"""

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

SCHEMA = """
create table if not exists call (id text primary key, is_over integer not null, data blob not null);
create index if not exists call_at_rest on call (is_over) where is_over = 2;
create table if not exists dialog (
    key text primary key, call text not null, data blob not null);
create index if not exists dialog_of_call on dialog (call);
create table if not exists recording_key (
    id text primary key, call text not null, data blob not null) without rowid;
create table if not exists outbox (
    seq integer primary key autoincrement, at text not null, call text not null,
    envelope blob not null, acknowledged text not null default '');
create index if not exists outbox_waiting on outbox (seq) where acknowledged = '';
create index if not exists outbox_of_call on outbox (call);
create table if not exists spent (
    number integer primary key autoincrement, id text not null unique);
create table if not exists unreadable (
    number integer primary key autoincrement, source text not null, name text not null,
    reason text not null, data);
"""

PROOF: Final = (
    "select id, is_over, data from call limit 1",
    "select key, call, data from dialog limit 1",
    "select id, call, data from recording_key limit 1",
    "select seq, at, call, envelope, acknowledged from outbox limit 1",
    "select number, source, name, reason, data from unreadable limit 1",
    "select number, id from spent limit 1",
)
"""What a file of ours can be asked; any other is taken for damaged."""

_KEEP: Final = "insert into unreadable (source, name, reason, data) select "
PUT_BY: Final = {
    "call": (
        _KEEP + "'call', id, ?, data from call where id is ?",
        "delete from call where id is ?",
    ),
    "dialog": (
        _KEEP + "'dialog', key, ?, data from dialog where key is ?",
        "delete from dialog where key is ?",
    ),
    "recording_key": (
        _KEEP + "'recording_key', id, ?, data from recording_key where id is ?",
        "delete from recording_key where id is ?",
    ),
    "outbox": (
        _KEEP + "'outbox', seq, ?, envelope from outbox where seq is ?",
        "delete from outbox where seq is ?",
    ),
}
"""How a row of a table is kept elsewhere, and taken out of its own."""

DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR})
"""What SQLite says of a file that no waiting puts right, as opposed to a disk that is full."""

ASIDE_MAX: Final = 99
"""Damaged files kept beside the spool; whoever has so many has a disk to replace."""


class SpoolError(Exception):
    """The disk does not take what must be remembered: full, read-only or broken."""


class SpoolDamagedError(SpoolError):
    """The file is no spool, or not any more."""


def opened(path: Path | str) -> sqlite3.Connection:
    """A spool's file, made if there is none; ":memory:" has none.

    Raises `SpoolDamagedError` for a file that is not ours to read, else `SpoolError`.
    """
    try:
        if isinstance(path, Path):
            path.touch(mode=0o600, exist_ok=True)  # it holds callers' numbers
        db = sqlite3.connect(path, isolation_level=None)
    except (OSError, sqlite3.Error) as error:
        raise SpoolError(str(error)) from error
    try:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.execute("pragma secure_delete = on")  # of keys that the store erases later
        db.executescript(SCHEMA)
        for question in PROOF:
            db.execute(question).fetchall()
    except sqlite3.Error as error:
        db.close()
        raise failure(error) from error
    return db


def move_aside(path: Path) -> Path:
    """Keep a damaged file, with all that SQLite wrote beside it, under another name: which.

    Raises `SpoolError`.
    """
    aside = _free_name(path)
    try:
        path.rename(aside)
        for end in ("-wal", "-shm"):
            with suppress(FileNotFoundError):
                path.with_name(path.name + end).rename(f"{aside}{end}")
    except OSError as error:
        raise SpoolError(str(error)) from error
    return aside


def failure(error: sqlite3.Error) -> SpoolError:
    """What SQLite says, as what it means: damage, or a disk that may work again."""
    code = getattr(error, "sqlite_errorcode", None)
    is_damage = isinstance(code, int) and code & 0xFF in DAMAGE
    return (SpoolDamagedError if is_damage else SpoolError)(str(error))


def _free_name(path: Path) -> Path:
    for number in range(1, ASIDE_MAX + 1):
        aside = path.with_name(f"{path.name}.damaged-{number}")
        if not aside.exists():
            return aside
    raise SpoolError(f"{ASIDE_MAX} damaged files lie beside {path}")
