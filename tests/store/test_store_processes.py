"""Stores that outlive their process: several writers, a killed one, a database that goes away."""

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest
from store_drafts import append, draft, offered, ring

from kentongan.app.ports import Unavailable
from kentongan.core.words import CommandId
from kentongan.store.open import open_store, random_salt
from kentongan.store.sql import SqlStore
from kentongan.store.sqlite import SqliteEngine
from kentongan.store.verify import verify
from kentongan.store.whole import WholeStore


class Cluster(Protocol):
    """What the fixture gives."""

    def start(self) -> None:
        """Start the server."""
        ...

    def stop(self, mode: str = "fast") -> None:
        """Stop it."""
        ...


WRITER = Path(__file__).with_name("store_writer.py")


class Writer:
    """A writing process; `acknowledged` are the numbers it was told are kept."""

    def __init__(self, address: str, first: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(WRITER), address, str(first)], stdout=subprocess.PIPE, text=True
        )
        self.acknowledged: list[int] = []

    def read(self, count: int) -> None:
        """Read that many acknowledgements."""
        assert self.process.stdout is not None
        for _ in range(count):
            line = self.process.stdout.readline()
            assert line, "the writer stopped by itself"
            self.acknowledged.append(int(line))

    def kill(self) -> None:
        """kill -9, then read what it had still said."""
        self.process.send_signal(signal.SIGKILL)
        rest, _ = self.process.communicate(timeout=30)
        self.acknowledged += [int(line) for line in rest.splitlines(keepends=True) if "\n" in line]


@contextmanager
def writers(address: str, count: int) -> Generator[list[Writer]]:
    """Writing processes that are gone afterwards."""
    started = [Writer(address, 1_000_000 * (n + 1)) for n in range(count)]
    try:
        yield started
    finally:
        for writer in started:
            if writer.process.poll() is None:
                writer.kill()


def test_a_killed_writer_leaves_every_acknowledged_append(durable_address: str) -> None:
    """kill -9 in the middle of three writing processes: whole, chained, nothing lost."""
    with open_store(durable_address).tables():
        pass  # the schema is there before the writers race for it
    with writers(durable_address, 3) as started:
        for writer in started:
            writer.read(15)
        for writer in started:
            writer.kill()
    store = open_store(durable_address)
    for writer in started:
        assert len(writer.acknowledged) >= 15
        for number in writer.acknowledged:
            assert len(store.load(f"call:c{number}")) == 2
            assert store.find_row("call", f"c{number}") is not None
            with store.transaction() as transaction:
                assert transaction.find_outcome(CommandId(f"ring {number}")) is not None
    verdict = verify(store)
    assert verdict.holds, verdict.findings
    assert verdict.events % 2 == 0  # never half a command
    ring(store, 1)
    store.close()


def test_many_processes_open_a_new_store_at_once(durable_address: str) -> None:
    """The schema is made once; nobody fails."""
    with writers(durable_address, 4) as started:
        for writer in started:
            writer.read(1)
    store = open_store(durable_address)
    assert store.last_position() >= 8
    store.close()


def test_a_reader_of_other_processes_misses_no_event(durable_address: str) -> None:
    """The tail is gap-free across processes, and their commits wake it."""
    store = open_store(durable_address)
    seen: list[int] = []
    with writers(durable_address, 2) as started:
        while len(seen) < 100:
            assert store.wait(len(seen), 30)
            seen += [recorded.meta.position for recorded in store.tail(len(seen), 1_000)]
        for writer in started:
            writer.kill()
    assert seen == list(range(1, len(seen) + 1))
    store.close()


def test_another_stores_commit_wakes_within_50_ms(durable_address: str) -> None:
    """As another process's would: the two share nothing but the database."""
    waiting, writing = open_store(durable_address), open_store(durable_address)
    heard: list[float] = []

    def wait() -> None:
        for position in range(9):
            assert waiting.wait(position, 10)
            heard.append(time.monotonic())

    waiter = threading.Thread(target=wait)
    waiter.start()
    rung: list[float] = []
    for number in range(9):
        time.sleep(0.03)
        append(writing, draft(f"call:{number}", f"c{number}", offered()))
        rung.append(time.monotonic())
        _until(lambda count=number: len(heard) > count)
    waiter.join(10)
    late = sorted(h - r for h, r in zip(heard, rung, strict=True))
    assert late[4] < 0.05
    waiting.close()
    writing.close()


def test_what_was_written_is_there_after_reopening(durable_address: str) -> None:
    """Journal, board, texts and commands."""
    store = open_store(durable_address)
    ring(store, 1)
    loaded, rows = store.load("call:c1"), store.rows()
    store.close()
    again = open_store(durable_address)
    assert (again.load("call:c1"), again.rows()) == (loaded, rows)
    again.close()


def test_a_locked_file_is_unavailable_and_recovers(tmp_path: Path) -> None:
    """Another program holds the file's lock longer than we wait: told, not hung; nothing lost."""
    path = tmp_path / "store.db"
    store = SqlStore(SqliteEngine(path, busy_s=0.1), random_salt)
    ring(store, 1)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable):
        ring(store, 2)
    assert len(store.load("call:c1")) == 2  # reading goes on
    other.execute("ROLLBACK")
    ring(store, 2)
    assert store.last_position() == 4
    store.close()
    other.close()


def test_writers_of_one_process_wait_no_longer_than_the_limit(tmp_path: Path) -> None:
    """A thread that hangs in its transaction makes the others unavailable, not hung."""
    store = SqlStore(SqliteEngine(tmp_path / "store.db", busy_s=0.1), random_salt)
    inside, done = threading.Event(), threading.Event()

    def hang() -> None:
        with store.transaction():
            inside.set()
            done.wait(10)

    hanging = threading.Thread(target=hang)
    hanging.start()
    inside.wait(10)
    with pytest.raises(Unavailable):
        ring(store, 1)
    done.set()
    hanging.join(10)
    ring(store, 1)
    store.close()


def test_a_full_disk_is_unavailable_and_leaves_the_store_whole(tmp_path: Path) -> None:
    """Simulated by SQLite's own limit on pages; with room again the store goes on."""
    engine = SqliteEngine(tmp_path / "store.db")
    store = SqlStore(engine, random_salt)
    ring(store, 1)
    link = engine._link()
    pages = link.ask("PRAGMA page_count")[0][0]
    link.ask(f"PRAGMA max_page_count = {pages}")

    def fill() -> None:
        for number in range(2, 500):
            ring(store, number)

    with pytest.raises(Unavailable):
        fill()
    kept = store.last_position()
    link.ask("PRAGMA max_page_count = 1000000")
    ring(store, 900)
    assert store.last_position() == kept + 2
    assert verify(store).holds
    store.close()


@pytest.mark.peer
def test_a_stopped_postgresql_is_unavailable_and_recovers(
    postgres_cluster: Cluster, postgres_url: str
) -> None:
    """Also for a thread that waits at the doorbell, and for one caught inside a transaction."""
    store = open_store(postgres_url)
    ring(store, 1)
    outcome: list[object] = []

    def listen() -> None:
        try:
            outcome.append(store.wait(2, 30))
        except Unavailable as away:
            outcome.append(away)

    listener = threading.Thread(target=listen)
    listener.start()

    def be_cut_off() -> None:
        with store.transaction() as transaction:
            transaction.append(draft("call:x", "x", offered()))
            postgres_cluster.stop("immediate")

    with pytest.raises(Unavailable):
        be_cut_off()
    listener.join(30)
    assert isinstance(outcome[0], Unavailable)
    for away in _everything(store):
        with pytest.raises(Unavailable):
            away()
    postgres_cluster.start()
    assert len(store.load("call:c1")) == 2
    assert store.load("call:x") == ()
    ring(store, 2)
    assert store.wait(3, 1)
    assert verify(store).holds
    store.close()


def _everything(store: WholeStore) -> list[Callable[[], object]]:
    return [
        lambda: ring(store, 3),
        store.last_position,
        lambda: store.tail(0, 1),
        lambda: store.load("call:c1"),
        store.rows,
        lambda: store.wait(99, 1),
        store.accounts.list,
    ]


def _until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.001)
