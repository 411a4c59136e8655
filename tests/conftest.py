"""What the tests of several areas share: a throw-away PostgreSQL cluster, no time limit for
generated examples, which measures the machine and not the code, and one for a test that hangs.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

from kentongan.edge.geo.network.compiled import keep_in

# Cities are prepared and road search compiled once for all of a test run, and kept: the centres'
# processes and what runs in here use the same.
ROOT = Path(__file__).parents[1]
os.environ.setdefault("KENTONGAN_GEO_DIR", str(ROOT / "var" / "test-geo"))
keep_in(Path(os.environ["KENTONGAN_GEO_DIR"]) / "compiled")

# The same examples each time: what fails here has been caused here. EXPLORE=1 looks for new ones.
settings.register_profile("kentongan", deadline=None, derandomize=not os.environ.get("EXPLORE"))
settings.load_profile("kentongan")

HANGS_S = 900
"""No test takes as long; one that does waits for what never comes, and all behind it would not be
heard. What is run by hand at full size has no such limit."""

BY_HAND = ("EXPLORE", "FLOOD", "FAILURE_CALLS")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol() -> Generator[None, object, object]:
    """Ends a test that hangs, with the place where it stood."""
    if any(os.environ.get(name) for name in BY_HAND):
        return (yield)
    before = signal.signal(signal.SIGALRM, _give_up)
    signal.alarm(HANGS_S)
    try:
        return (yield)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _give_up(_number: int, _frame: object) -> None:
    pytest.fail(f"not over after {HANGS_S} s")


PROGRAMS = Path("/usr/lib/postgresql/15/bin")


class Cluster:
    """A PostgreSQL server of our own, on a Unix socket in a temporary folder, fsync on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self._user = "postgres" if self._as else pwd.getpwuid(os.geteuid()).pw_name

    def create(self) -> None:
        """Make the cluster and start it."""
        if self._as:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-D", self.data, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        self.start()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=on"
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.data, "-l", log, "-w", "-t", "90", "-o", options, "start")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server, cutting off whoever is connected; `immediate` is like a crash."""
        self._run("pg_ctl", "-D", self.data, "-w", "-m", mode, "stop")

    def empty_database(self) -> str:
        """The address of the one database, emptied and with nobody connected.

        Emptying it is much cheaper than making another one, which copies and fsyncs 7 MB.
        """
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()"""
            )
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return self.address

    @property
    def address(self) -> str:
        """The address of the database."""
        return f"postgresql://{self._user}@/postgres?host={self.folder}"

    def _run(self, program: str, *arguments: object) -> None:
        command = [*self._as, str(PROGRAMS / program), *map(str, arguments)]
        done = subprocess.run(
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if program != "pg_ctl" else subprocess.DEVNULL,
            timeout=120,
            cwd=self.folder,
        )
        assert done.returncode == 0, f"{program}: {done.stdout!r}"


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A throw-away cluster, kept for the whole session; a test that stops it starts it again."""
    if not (PROGRAMS / "initdb").exists():
        pytest.skip(f"PostgreSQL 15 is not installed in {PROGRAMS}")
    if os.geteuid() == 0 and (not shutil.which("runuser") or not _has_user("postgres")):
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short: a socket's path has at most 107 octets
    cluster = Cluster(folder)
    try:
        cluster.create()
        yield cluster
    finally:
        if (cluster.data / "postmaster.pid").exists():
            cluster.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_cluster: Cluster) -> str:
    """The address of an empty PostgreSQL database, this test's alone."""
    return postgres_cluster.empty_database()


def _has_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
