"""How fast the store writes durably and reads back, beside the bare database in the same run.

    python bench/bench_store.py [SECONDS]

Prints JSON lines {"name", "value", "unit", "peer", "peer_value", "ratio"}. The peer of an append
inserts the same octets (a journal line, its board row) in one durable transaction of the same
engine, with nothing sealed, chained, numbered or checked. Store and peer take turns, a fifth of
the time each, so that a busy disk slows both. PostgreSQL is measured when it is installed.
"""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import msgspec
import psycopg

from kentongan.app.ports import Draft, Store
from kentongan.cities.facts import Point
from kentongan.core.events import (
    AgencyTasked,
    AlertDelivered,
    AnyEvent,
    IncidentClassified,
    IncidentClosed,
    IncidentLocated,
    IncidentOpened,
    IncidentSent,
    NoteAdded,
    UnitAssigned,
    UnitProgressed,
)
from kentongan.core.rows import AnyRow
from kentongan.core.streams import evolve, initial, rows_of
from kentongan.core.words import (
    AgencyKey,
    CommandId,
    NatureCode,
    Outcome,
    Personal,
    Place,
    Priority,
    Progress,
    TaskRole,
    UnitId,
)
from kentongan.store.open import open_store
from kentongan.store.verify import verify

NOW = datetime(2026, 11, 23, 5, 0, 0, 123_456, tzinfo=UTC)
TURNS = 5
POSTGRES = Path("/usr/lib/postgresql/15/bin")


def main() -> None:
    """Run everything."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        sqlite_appends(folder, seconds)
        if (POSTGRES / "initdb").exists():
            with cluster() as address:
                postgres_appends(address, seconds)
                replay(f"postgres_replay ({os.cpu_count()} cores)", address, seconds)
        replay(f"sqlite_replay ({os.cpu_count()} cores)", f"sqlite:{folder / 'replay.db'}", seconds)
        replay("memory_replay", "memory:", seconds)


def report(name: str, value: float, unit: str, peer: str, peer_value: float) -> None:
    """One line."""
    line = {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "peer": peer,
        "peer_value": round(peer_value, 1),
        "ratio": round(value / peer_value, 2),
    }
    print(msgspec.json.encode(line).decode(), flush=True)


# --- durable appends ---------------------------------------------------------------------------


class Appends:
    """Commands that open an incident: outcome and stream looked up, one event, one row."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._number = 0

    def one(self) -> None:
        """Append one event to a new stream and write its row, as the door does."""
        self._number += 1
        stream, command = f"incident:b{self._number:08}", CommandId(f"bench/{self._number:08}")
        event = IncidentOpened(number=self._number, long_id="SMG-20261123-0067", code="S-0067")
        with self._store.transaction() as transaction:
            assert transaction.find_outcome(command) is None
            assert not transaction.load(stream)
            told = transaction.append(draft(stream, 0, command, event))
            state = evolve(initial(stream), told[0].event, told[0].meta)
            transaction.put_rows(stream, rows_of(state), [])


def draft(stream: str, version: int, command: str, *events: AnyEvent) -> Draft:
    """A draft by a call-taker."""
    return Draft(
        stream=stream,
        expected_version=version,
        events=events,
        command=CommandId(command),
        agent="dewi",
        agent_name="Dewi Lestari",
        at=NOW,
        recorded_at=NOW,
        because=None,
    )


def sqlite_appends(folder: Path, seconds: float) -> None:
    """The store on SQLite beside two bare inserts in one SQLite transaction."""
    store = open_store(f"sqlite:{folder / 'store.db'}")
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as bare:
        bare.execute("PRAGMA journal_mode = WAL")
        bare.execute("PRAGMA synchronous = FULL")
        bare.execute("CREATE TABLE journal (position INTEGER PRIMARY KEY, stream, rest, data)")
        bare.execute("CREATE TABLE board (key PRIMARY KEY, data)")
        number = 0

        def insert() -> None:
            nonlocal number
            number += 1
            bare.execute("BEGIN IMMEDIATE")
            line = (number, f"incident:b{number:08}", REST, DATA)
            bare.execute("INSERT INTO journal VALUES (?, ?, ?, ?)", line)
            bare.execute("INSERT INTO board VALUES (?, ?)", (f"b{number:08}", ROW))
            bare.execute("COMMIT")

        ours, theirs = take_turns(Appends(store).one, insert, seconds)
    report("sqlite_durable_commands", ours, "1/s", "bare durable inserts, SQLite", theirs)
    assert verify(store).holds  # type: ignore[arg-type]
    store.close()


def postgres_appends(address: str, seconds: float) -> None:
    """The store on PostgreSQL beside two bare inserts in one PostgreSQL transaction."""
    store = open_store(address)
    with psycopg.connect(address, autocommit=True, prepare_threshold=0) as bare:
        bare.execute(
            "CREATE TABLE bare_journal (position bigint PRIMARY KEY, stream text, "
            "rest text, data text)"
        )
        bare.execute("CREATE TABLE bare_board (key text PRIMARY KEY, data text)")
        number = 0

        def insert() -> None:
            nonlocal number
            number += 1
            with bare.transaction():
                line = (number, f"incident:b{number:08}", REST, DATA)
                bare.execute("INSERT INTO bare_journal VALUES (%s, %s, %s, %s)", line)
                bare.execute("INSERT INTO bare_board VALUES (%s, %s)", (f"b{number:08}", ROW))

        ours, theirs = take_turns(Appends(store).one, insert, seconds)
    report("postgres_durable_commands", ours, "1/s", "bare durable inserts, PostgreSQL", theirs)
    assert verify(store).holds  # type: ignore[arg-type]
    store.close()


def take_turns(
    ours: Callable[[], None], theirs: Callable[[], None], seconds: float
) -> tuple[float, float]:
    """The median rate of each over several turns."""
    rates: tuple[list[float], list[float]] = ([], [])
    for _ in range(TURNS):
        for which, act in enumerate((ours, theirs)):
            rates[which].append(rate(act, seconds / TURNS))
    return median(rates[0]), median(rates[1])


def rate(act: Callable[[], None], seconds: float) -> float:
    """Calls per second."""
    act()
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        act()
        count += 1
    return count / (time.perf_counter() - start)


# --- replay --------------------------------------------------------------------------------------


def night(number: int) -> tuple[AnyEvent, ...]:
    """An incident from its first key to its end."""
    unit, agency = UnitId("AMB03"), AgencyKey("dinkes")
    place = Place(
        words=Personal(text="Jl. Pandanaran 12, pagar hijau"),
        point=Point(-6.985, 110.412),
        kelurahan="3374051003",
    )
    steps = (Progress.ACCEPTED, Progress.DEPARTED, Progress.ON_SCENE, Progress.CLEAR)
    return (
        IncidentOpened(number=number, long_id=f"SMG-20261123-{number:04}", code=f"S-{number:04}"),
        IncidentLocated(place=place, usable=True),
        IncidentClassified(nature=NatureCode("MED-03"), priority=Priority.P1),
        IncidentSent(complete=True),
        AgencyTasked(agency=agency, role=TaskRole.LEAD),
        UnitAssigned(unit=unit, agency=agency, rank=1, reasons=("nearest",)),
        AlertDelivered(unit=unit, channel="web"),
        *(UnitProgressed(unit=unit, progress=step) for step in steps),
        NoteAdded(text=Personal(text="Pasien sadar, dibawa ke RSUP Dr. Kariadi")),
        IncidentClosed(outcome=Outcome.TRANSPORTED),
    )


def replay(name: str, address: str, seconds: float) -> None:
    """Read the whole journal and fold every stream, beside decoding and folding the same JSON."""
    store = open_store(address)
    incidents = 2_000
    for number in range(incidents):
        stream = f"incident:n{number}"
        with store.transaction() as transaction:
            transaction.append(draft(stream, 0, f"night {number}", *night(number)))
    first = store.last_position() - incidents * len(night(0))
    history = store.tail(first, len(night(0)))
    pairs = [(msgspec.json.encode(told.event), told.meta) for told in history]
    decoder = msgspec.json.Decoder(AnyEvent)

    def fold_all() -> int:
        states: dict[str, object] = {}
        position, count = first, 0
        while page := store.tail(position, 2_000):
            for recorded in page:
                meta = recorded.meta
                state = states.get(meta.stream) or initial(meta.stream)
                states[meta.stream] = evolve(state, recorded.event, meta)  # type: ignore[arg-type]
            position, count = page[-1].meta.position, count + len(page)
        return count

    def decode_and_fold() -> int:
        for number in range(incidents):
            state = initial(f"incident:n{number}")
            for text, meta in pairs:
                state = evolve(state, decoder.decode(text), meta)
        return len(pairs) * incidents

    ours: list[float] = []
    theirs: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        for rates, act in ((ours, fold_all), (theirs, decode_and_fold)):
            start = time.process_time()
            rates.append(act() / (time.process_time() - start))
    report(name, median(ours), "events/s", "decode and fold alone, no database", median(theirs))
    store.close()


# --- what is written ----------------------------------------------------------------------------


def example_row() -> AnyRow:
    """The row of an incident that was just opened."""
    store = open_store("memory:")
    Appends(store).one()
    row = store.rows()[0].row
    assert row is not None
    return row


ROW = msgspec.json.encode(example_row()).decode()
DATA = '{"type":"incident.opened","number":1,"long_id":"SMG-20261123-0067","code":"S-0067"}'
REST = "x" * 220  # the octets of a line's other columns and of the command's own line


@contextmanager
def cluster() -> Generator[str]:
    """A throw-away PostgreSQL cluster, fsync on."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir=os.environ.get("BENCH_DIR")))
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    user = "postgres" if as_postgres else os.environ.get("USER", "")
    if as_postgres:
        shutil.chown(folder, "postgres")
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [*as_postgres, str(POSTGRES / program), "-D", str(data), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    run("initdb", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    options = f"-c listen_addresses= -c unix_socket_directories={folder}"
    run("pg_ctl", "-l", str(folder / "log"), "-w", "-o", options, "start")
    try:
        yield f"postgresql://{user}@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
