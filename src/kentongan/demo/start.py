"""`kentongan demo`: from nothing to a ringing, answerable 112 on this machine.

Fills an empty store with people who may sign in, starts the centre and the simulated city, and
opens a browser. Everything is training and is marked so. It listens on loopback only: the
passwords of the demo are public.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable
from pathlib import Path

import msgspec
from argon2 import PasswordHasher

from kentongan.core.words import AgencyKey, AgentId, Role, UnitId
from kentongan.demo.history import write_history
from kentongan.edge.switch.trunks import Trunk
from kentongan.edge.web.bodies import DemoAccount
from kentongan.serve.process import Watched, is_alive, running_pid
from kentongan.serve.supervise import programs, supervise, world_program
from kentongan.serve.wiring import load_pack, utc_now
from kentongan.settings import ENVIRONMENT_PREFIX, Settings, SettingsError, check_settings
from kentongan.sip_settings import DEFAULT_TRUNK, LOOPBACK_NETWORKS, SipSettings
from kentongan.store.accounts import Account
from kentongan.store.open import open_store

DEMO_PASSWORD = "semarang-112"  # noqa: S105 - public on purpose, loopback only
"""Everybody's password in the demo; the sign-in screen shows it."""

ANSWER_LIMIT_S = 30.0
"""Longest wait for the first page."""

PORTS_APART = 10
"""From the centre's SIP port to the one of the simulated people: 5060 and 5070."""

PORT_MAX = 65_535

END_LIMIT_S = 10.0
"""Longest wait for processes of an earlier run to end."""

_ROOM = (Role.CALL_TAKER, Role.DISPATCHER)
PEOPLE: tuple[tuple[str, str, tuple[Role, ...], str | None, str | None], ...] = (
    ("rina", "Rina", _ROOM, None, None),
    ("dewi", "Dewi", _ROOM, None, None),
    ("budi", "Budi", (Role.DISPATCHER,), None, None),
    ("sari", "Sari", (Role.SUPERVISOR, Role.DISPATCHER, Role.CALL_TAKER), None, None),
    ("dinkes", "Petugas Dinkes", (Role.AGENCY_OFFICER,), "dinkes", None),
    ("damkar", "Petugas Damkar", (Role.AGENCY_OFFICER,), "damkar", None),
    ("polisi", "Petugas Polrestabes", (Role.AGENCY_OFFICER,), "polisi", None),
    ("amb01", "Awak AMB01", (Role.CREW,), "dinkes", "AMB01"),
    ("evaluator", "Wali Kota", (Role.EVALUATOR,), None, None),
    ("admin", "Admin", (Role.ADMIN,), None, None),
    ("admin2", "Admin kedua", (Role.ADMIN,), None, None),
    ("direktur", "Direktur medis", (Role.APPROVER,), None, None),
)
"""Name, shown name, roles, agency, unit."""


def accounts_shown() -> tuple[DemoAccount, ...]:
    """What the sign-in page of the demo offers."""
    return tuple(
        DemoAccount(name=name, label=label, roles=roles, password=DEMO_PASSWORD)
        for name, label, roles, _, _ in PEOPLE
    )


def start(
    settings: Settings, *, browser: bool, keep: bool, speed_up: float, history: int = 0
) -> int:
    """Run the demo until Ctrl+C; `history` is how many past days are made up first."""
    settings = demo_settings(settings)
    began = time.monotonic()
    left_over = left_over_of(settings)
    if not keep:
        _end(left_over)
    if not may_start(settings, has_ports=bool(keep and left_over)):
        return 2
    if not keep and settings.state_path.name == "demo":
        shutil.rmtree(settings.state_path, ignore_errors=True)
    file = write_settings(settings)
    if not _add_people(settings):
        print(
            f"{settings.store_url} is no demo's store: it has accounts of its own", file=sys.stderr
        )
        return 2
    if history and not keep:
        _add_history(settings, history)
    run_beside_world(settings, file, speed_up, lambda: _announce(settings, began, browser))
    return 0


def may_start(settings: Settings, *, has_ports: bool) -> bool:
    """Whether these settings can be; says why not. What still runs is found again (`has_ports`)."""
    try:
        check_settings(settings)
        if not has_ports:
            _check_ports(settings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return False
    return True


def write_settings(settings: Settings) -> Path:
    """The file from which all processes read; the environment says nothing any more."""
    settings.state_path.mkdir(parents=True, exist_ok=True)
    file = settings.state_path / "settings.json"
    file.write_bytes(msgspec.json.encode(settings))
    _forget_environment()
    return file


def run_beside_world(
    settings: Settings, file: Path, speed_up: float, announce: Callable[[], None]
) -> None:
    """The centre and the simulated city until Ctrl+C; `announce` runs when all were started."""
    wanted = (world_program(file, speed_up), *programs(settings, file))

    def ready(watched: list[Watched]) -> None:
        del watched
        threading.Thread(target=announce, daemon=True, name="announce").start()

    asyncio.run(supervise(settings, wanted, ready))


def demo_settings(settings: Settings) -> Settings:
    """The settings of a demo: training throughout, and its own trunk in place of all others.

    Its cities lie beside it and outlive it: a map is prepared once and not with each demo.
    """
    state_dir = settings.state_path if settings.demo else settings.state_path / "demo"
    return msgspec.structs.replace(
        settings,
        state_dir=str(state_dir),
        geo_dir=str(settings.geo_path),
        demo=True,
        training=True,
        sip=msgspec.structs.replace(
            settings.sip, answer="at_desk", trunk_networks=(), trunks=(world_trunk(settings.sip),)
        ),
    )


def world_trunk(sip: SipSettings) -> Trunk:
    """The only way out of the demo: to the simulated people on this machine, and nobody else.

    The city's directory holds telephone numbers of real agencies, which a demo must never ring:
    trunks of the settings are left out.
    """
    return Trunk(
        key=DEFAULT_TRUNK,
        label="Simulated telephones",
        networks=sip.trunk_networks or LOOPBACK_NETWORKS,
        host=sip.listen_hosts[0],
        port=_world_port(sip.port),
        answer="at_desk",
    )


def _world_port(sip_port: int) -> int:
    """Where simulated people are rung: always the same, as a demo that is kept finds them again."""
    return sip_port + PORTS_APART if sip_port + PORTS_APART <= PORT_MAX else sip_port - PORTS_APART


def _forget_environment() -> None:
    """The file says all: the processes must not read the environment over it a second time."""
    for name in [name for name in os.environ if name.startswith(ENVIRONMENT_PREFIX)]:
        del os.environ[name]


def left_over_of(settings: Settings) -> list[int]:
    """Processes of this demo that outlived its last run, whose watcher was killed."""
    files = (settings.state_path / "run").glob("*.pid")
    return [pid for file in files if (pid := running_pid(file)) is not None]


def _end(pids: list[int]) -> None:
    """End them, and wait until their ports are free."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + END_LIMIT_S
    while any(is_alive(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.05)


def _check_ports(settings: Settings) -> None:
    """Say in words that a port is taken, instead of starting processes that cannot live."""
    wanted = (
        ("http.port", settings.http.host, settings.http.port, socket.SOCK_STREAM),
        ("sip.port", settings.sip.listen_hosts[0], settings.sip.port, socket.SOCK_DGRAM),
        ("sip.port", settings.sip.trunks[0].host, settings.sip.trunks[0].port, socket.SOCK_DGRAM),
    )
    for name, host, port, kind in wanted:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                variable = f"{ENVIRONMENT_PREFIX}{name.upper().replace('.', '__')}"
                raise SettingsError(
                    f"{name}: {host}:{port} cannot be used ({error.strerror}); does another demo "
                    f"still run? Another port: {variable}=…"
                ) from None


def _add_people(settings: Settings) -> bool:
    """Accounts of the demo; False, and nothing is added, when the store has others."""
    store = open_store(settings.store_url)
    if any(not account.id.startswith("demo-") for account in store.accounts.list()):
        store.close()
        return False
    password_hash = PasswordHasher().hash(DEMO_PASSWORD)
    for name, label, roles, agency, unit in PEOPLE:
        if store.accounts.find_by_name(name) is None:
            store.accounts.put(
                Account(
                    id=AgentId(f"demo-{name}"),
                    name=name,
                    label=label,
                    password_hash=password_hash,
                    roles=roles,
                    agency=AgencyKey(agency) if agency else None,
                    unit=UnitId(unit) if unit else None,
                )
            )
    store.close()
    return True


def _add_history(settings: Settings, days: int) -> None:
    pack = load_pack(settings)
    store = open_store(settings.store_url)
    count = write_history(store, pack, days, utc_now())
    store.close()
    print(f"{count:,} events of {days} past days, made up", flush=True)


def _announce(settings: Settings, began: float, browser: bool) -> None:
    address = f"http://{settings.http.host}:{settings.http.port}/"
    if not is_answering(address):
        print(f"The web process does not answer; see {_log_of(settings, 'web')}", flush=True)
        return
    print(
        f"""
  Kentongan 112, kota contoh (LATIHAN)          siap dalam {time.monotonic() - began:.1f} dtk

  Konsol       {address}?mulai      masuk sebagai rina, kata sandi {DEMO_PASSWORD}
  Supervisor   {address}konsol      masuk sebagai sari, di profil peramban lain
  Awak unit    {address}lapangan    masuk sebagai amb01
  Instansi     {address}konsol      masuk sebagai dinkes, damkar, polisi
  Telepon SIP  sip:112@{settings.sip.host}:{settings.sip.port}

  Panggilan pertama berdering sesudah "Mulai dinas". Ctrl+C berhenti.
""",
        flush=True,
    )
    if not any(settings.compiled_dir.glob("*/whole-*")):
        print(
            "  Jalan dan peta disiapkan sekali di latar belakang, sekitar satu menit. Sampai itu\n"
            "  waktu tempuh dihitung dengan garis lurus, dan layar mengatakannya.\n",
            flush=True,
        )
    if browser:
        webbrowser.open(f"{address}?mulai")


def is_answering(address: str) -> bool:
    end = time.monotonic() + ANSWER_LIMIT_S
    while time.monotonic() < end:
        try:
            urllib.request.urlopen(address, timeout=1.0).close()  # noqa: S310 - our own address
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def _log_of(settings: Settings, name: str) -> Path:
    return settings.state_path / "run" / f"{name}.log"
