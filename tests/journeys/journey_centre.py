"""A centre of a test's own: the real processes on free ports, with people who may sign in.

It is `kentongan serve` as it is run in a room, not the demonstration: nobody acts here but the
test. The only help is a vehicle tracker that reports every unit at its post, as the city's would.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from argon2 import PasswordHasher

from kentongan.app.ports import Recorded, UnitFix
from kentongan.cities.pack import CityPack
from kentongan.core.rows import AnyRow
from kentongan.core.words import AgencyKey, AgentId, Fix, Role, UnitId
from kentongan.serve.wiring import load_pack
from kentongan.settings import HttpSettings, MediaSettings, Settings, SipSettings
from kentongan.store.accounts import Account
from kentongan.store.deliveries import Contact
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

PASSWORD = "kentongan-uji-112"
START_LIMIT_S = 90.0
TRACKER_S = 15.0
RTP_PORTS = 200

_ROOM = (Role.CALL_TAKER, Role.DISPATCHER)
PEOPLE: tuple[tuple[str, str, tuple[Role, ...], str | None], ...] = (
    ("rina", "Rina", _ROOM, None),
    ("dewi", "Dewi", _ROOM, None),
    ("budi", "Budi", (Role.DISPATCHER,), None),
    ("tono", "Tono", (Role.DISPATCHER,), None),
    ("sari", "Sari", (Role.SUPERVISOR,), None),
    ("dinkes", "Petugas Dinkes", (Role.AGENCY_OFFICER,), "dinkes"),
    ("damkar", "Petugas Damkar", (Role.AGENCY_OFFICER,), "damkar"),
    ("polisi", "Petugas Polrestabes", (Role.AGENCY_OFFICER,), "polisi"),
    ("walikota", "Wali Kota", (Role.EVALUATOR,), None),
    ("admin", "Admin", (Role.ADMIN,), None),
)
_HASH = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)


class Centre:
    """One running centre. `start`, use, `stop`."""

    COMMAND: tuple[str, ...] = ("serve",)

    def __init__(self, store: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="kt-"))  # short: unix sockets live in it
        self.settings = Settings(
            state_dir=str(self.folder),
            store=store,
            http=HttpSettings(port=_free_port(socket.SOCK_STREAM)),
            sip=SipSettings(port=_free_port(socket.SOCK_DGRAM)),
            media=MediaSettings(
                web_port_first=_free_port(socket.SOCK_DGRAM),
                rtp_port_first=_free_block(),
                rtp_ports_each=RTP_PORTS,
            ),
        )
        self.file = self.folder / "settings.json"
        self.file.write_bytes(msgspec.json.encode(self.settings))
        self.pack: CityPack = load_pack(self.settings)
        self.store: WholeStore = open_store(self.settings.store_url)
        self._lock = threading.Lock()
        self._serve: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._tracker = threading.Thread(target=self._track, name="tracker", daemon=True)

    @property
    def address(self) -> str:
        """Where browsers go."""
        return f"http://127.0.0.1:{self.settings.http.port}"

    def start(self) -> None:
        """Add the people, start everything, wait until it answers."""
        for name, label, roles, agency in PEOPLE:
            self.add_person(name, label, roles, agency=agency)
        self._serve = subprocess.Popen(
            [
                *(sys.executable, "-m", "kentongan.main", "--settings", str(self.file)),
                *self.COMMAND,
            ],
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "serve.log").open("wb"),
            stderr=subprocess.STDOUT,
        )
        until(self._answers, START_LIMIT_S, "the centre answers")
        units = len(self.pack.units)
        until(lambda: len(self.rows("unit")) == units, START_LIMIT_S, "the units are registered")
        self._tracker.start()

    def stop(self) -> None:
        """Stop everything and forget it."""
        self._stopping.set()
        if self._tracker.is_alive():
            self._tracker.join()
        if self._serve is not None:
            self._serve.send_signal(signal.SIGTERM)
            self._serve.wait(30)
        self.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def add_person(
        self,
        name: str,
        label: str,
        roles: tuple[Role, ...],
        *,
        agency: str | None = None,
        unit: str | None = None,
    ) -> None:
        """Somebody who may sign in with `PASSWORD`."""
        with self._lock:
            self.store.accounts.put(
                Account(
                    id=AgentId(f"agent-{name}"),
                    name=name,
                    label=label,
                    password_hash=_HASH,
                    roles=roles,
                    agency=AgencyKey(agency) if agency else None,
                    unit=UnitId(unit) if unit else None,
                )
            )

    def add_contact(self, contact: Contact) -> None:
        """Somebody who is told beyond the screens."""
        with self._lock:
            self.store.deliveries.put_contact(contact)

    def rows(self, kind: str) -> list[AnyRow]:
        """The board's rows of one kind."""
        with self._lock:
            return [found.row for found in self.store.rows(kind) if found.row is not None]

    def journal(self) -> list[Recorded]:
        """Everything that was recorded, in order."""
        found: list[Recorded] = []
        with self._lock:
            while more := self.store.tail(found[-1].meta.position if found else 0, 1_000):
                found += more
        return found

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `kentongan` with this centre's settings."""
        return subprocess.run(
            [sys.executable, "-m", "kentongan.main", "--settings", str(self.file), *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def end_at_once(self, name: str) -> None:
        """kill -9 to one of its processes."""
        pid, _, _ = (self.folder / "run" / f"{name}.pid").read_text().partition(" ")
        os.kill(int(pid), signal.SIGKILL)

    def logs(self) -> str:
        """The ends of the processes' logs, for a failed test."""
        files = [self.folder / "serve.log", *sorted((self.folder / "run").glob("*.log"))]
        return "\n".join(f"== {file.name}\n{file.read_text()[-2_000:]}" for file in files)

    def _answers(self) -> bool:
        try:
            address = f"{self.address}/api/session"
            urllib.request.urlopen(address, timeout=1.0).close()  # noqa: S310 - our own address
        except urllib.error.HTTPError:
            return self.settings.switch_socket.exists()
        except OSError:
            return False
        return True

    def _track(self) -> None:
        while not self._stopping.is_set():
            now = datetime.now(UTC)
            fixes = [
                UnitFix(
                    unit=UnitId(unit.call_sign),
                    fix=Fix(
                        point=unit.home or self.pack.post_by_key[unit.post].point,
                        at=now,
                        accuracy_m=6.0,
                    ),
                    received_at=now,
                )
                for unit in self.pack.units
            ]
            with self._lock:
                self.store.put_fixes(fixes)
            self._stopping.wait(TRACKER_S)


@contextmanager
def running(centre: Centre) -> Generator[Centre]:
    """That centre from its start to its stop; what it logged is printed if either goes wrong."""
    try:
        centre.start()
        yield centre
    except BaseException:
        print(centre.logs())
        raise
    finally:
        centre.stop()


def until(holds: Callable[[], object], limit_s: float, what: str) -> None:
    """Wait until it holds; a failure says what was waited for."""
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, f"waited {limit_s:.0f} s in vain until {what}"
        time.sleep(0.05)


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _free_block() -> int:
    """The first of `RTP_PORTS` free even ports below the range the kernel gives out itself."""
    for first in range(20_000 + os.getpid() % 50 * RTP_PORTS, 32_000, RTP_PORTS):
        try:
            for port in range(first, first + RTP_PORTS, 10):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no free block of UDP ports")
