"""What the door costs: whole commands beside bare inserts, and a replay through the core alone.

    python bench/bench_door.py [SECONDS]

A command here is what a call-taker's click becomes: looked up by its id, permitted, decided on the
folded stream, sealed, chained, written with its rows, claims and outcome, fsynced. Its peer inserts
the same octets bare, in one durable transaction, in turns with it (see `bench_store`). The replay
decodes the journal's JSON and folds it with `core.streams`, in one thread.
"""

import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import LiteralString

import msgspec
import psycopg

from bench_store import POSTGRES, cluster, night, report, take_turns
from benched import tell
from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.app.ports import Store
from kentongan.cities.pack import load, packaged
from kentongan.core.commands import AddNote, Envelope, OpenIncident
from kentongan.core.events import AnyEvent
from kentongan.core.plans import Plans
from kentongan.core.streams import fold
from kentongan.core.words import (
    Agent,
    AgentId,
    CommandId,
    EventId,
    IncidentId,
    Meta,
    Personal,
    Role,
)
from kentongan.store.open import open_store

DEWI = Agent(id=AgentId("dewi"), name="Dewi Lestari", roles=(Role.CALL_TAKER, Role.DISPATCHER))
NOTE = "Pasien sadar, dibawa ke RSUP Dr. Kariadi"
NOTES_PER_INCIDENT = 10
STREAM = "incident:n1"
JOURNAL, OUTCOME, TEXT, ROW = ("x" * octets for octets in (335, 32, 142, 1_400))
"""Octets of the lines that such a command leaves on average, as counted in the store's file."""

LINES: dict[LiteralString, str] = {"journal": JOURNAL, "commands": OUTCOME, "personal": TEXT}


class Clicks:
    """Commands of a call-taker: an incident is opened, then ten notes are added to it."""

    def __init__(self, store: Store, plans: Plans) -> None:
        self._store = store
        self._plans = plans
        self._number = 0

    def one(self) -> None:
        """One command through the door."""
        incident = IncidentId(f"b{self._number // (NOTES_PER_INCIDENT + 1):08}")
        is_first = self._number % (NOTES_PER_INCIDENT + 1) == 0
        self._number += 1
        command = (
            OpenIncident(incident=incident)
            if is_first
            else AddNote(incident=incident, text=Personal(text=NOTE))
        )
        envelope = Envelope(id=CommandId(f"c{self._number:08}"), agent=DEWI, command=command)
        outcome = handle(self._store, self._plans, envelope, datetime.now(UTC))
        assert len(outcome.events) == 1


def sqlite_door(folder: Path, plans: Plans, seconds: float) -> None:
    """The door on SQLite."""
    store = open_store(f"sqlite:{folder / 'door.db'}")
    with closing(sqlite3.connect(folder / "bare.db", isolation_level=None)) as bare:
        bare.execute("PRAGMA journal_mode = WAL")
        bare.execute("PRAGMA synchronous = FULL")
        for table in LINES:
            bare.execute(f"CREATE TABLE {table} (position INTEGER PRIMARY KEY, data)")
        bare.execute("CREATE TABLE board (key PRIMARY KEY, data)")

        def insert() -> None:
            bare.execute("BEGIN IMMEDIATE")
            for table, data in LINES.items():
                bare.execute(f"INSERT INTO {table} (data) VALUES (?)", (data,))
            bare.execute("INSERT OR REPLACE INTO board VALUES (?, ?)", ("b", ROW))
            bare.execute("COMMIT")

        ours, theirs = take_turns(Clicks(store, plans).one, insert, seconds)
    report("sqlite_door_commands", ours, "1/s", "bare durable inserts, SQLite", theirs)
    store.close()


def postgres_door(address: str, plans: Plans, seconds: float) -> None:
    """The door on PostgreSQL."""
    store = open_store(address)
    with psycopg.connect(address, autocommit=True, prepare_threshold=0) as bare:
        for table in LINES:
            bare.execute(f"CREATE TABLE bare_{table} (position bigserial PRIMARY KEY, data text)")
        bare.execute("CREATE TABLE bare_board (key text PRIMARY KEY, data text)")

        def insert() -> None:
            with bare.transaction():
                for table, data in LINES.items():
                    bare.execute(f"INSERT INTO bare_{table} (data) VALUES (%s)", (data,))
                bare.execute(
                    "INSERT INTO bare_board VALUES ('b', %s)"
                    " ON CONFLICT (key) DO UPDATE SET data = excluded.data",
                    (ROW,),
                )

        ours, theirs = take_turns(Clicks(store, plans).one, insert, seconds)
    report("postgres_door_commands", ours, "1/s", "bare durable inserts, PostgreSQL", theirs)
    store.close()


def replay(seconds: float) -> None:
    """Decode and fold an incident from its first key to its end, again and again."""
    texts = [msgspec.json.encode(event) for event in night(1)]
    metas = [_meta(version) for version in range(1, len(texts) + 1)]
    decode = msgspec.json.Decoder(AnyEvent).decode
    pairs = list(zip([decode(text) for text in texts], metas, strict=True))

    def decode_all() -> list[tuple[AnyEvent, Meta]]:
        return [(decode(text), meta) for text, meta in zip(texts, metas, strict=True)]

    for name, act in (
        ("replay_decode_and_fold", lambda: fold(STREAM, decode_all())),
        ("replay_fold_alone", lambda: fold(STREAM, pairs)),
        ("replay_decode_alone", decode_all),
    ):
        tell(name, len(texts) * _rate(act, seconds / 3), "events/s")


def _meta(version: int) -> Meta:
    at = datetime(2026, 11, 23, 5, tzinfo=UTC)
    return Meta(
        event_id=EventId(f"{STREAM}#{version}"),
        stream=STREAM,
        version=version,
        position=version,
        at=at,
        recorded_at=at,
        agent=DEWI.id,
    )


def _rate(act: Callable[[], object], seconds: float) -> float:
    """Median calls per second of processor time, over batches."""
    rates: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        began = time.process_time()
        for _ in range(2_000):
            act()
        rates.append(2_000 / (time.process_time() - began))
    return median(rates)


def main() -> None:
    """Run it."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    plans = plans_of(load(packaged()))
    with tempfile.TemporaryDirectory() as name:
        sqlite_door(Path(name), plans, seconds)
    if (POSTGRES / "initdb").exists():
        with cluster() as address:
            postgres_door(address, plans, seconds)
    replay(seconds)


if __name__ == "__main__":
    main()
