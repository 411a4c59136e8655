"""What the centre says of its own parts: each probe by itself, and what survives a restart."""

import json
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from kentongan.core.alarm_rows import AlarmRow
from kentongan.core.words import AlarmKey
from kentongan.serve import watch
from kentongan.serve.sntp import NtpAway, offset_s
from kentongan.serve.switch_troubles import Finding, of_switch
from kentongan.serve.watch import Watch
from kentongan.settings import Settings
from kentongan.watch_settings import WatchSettings, faults_of_watch

NOW = datetime(2026, 11, 26, 5, 0, tzinfo=UTC)
NTP_EPOCH_S = 2_208_988_800


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_a_part_has_its_grace_and_one_probe_never_hides_another() -> None:
    """A restart is no alarm; a probe that crashes says nothing; what is well again is gone."""
    clock, away = Clock(), [Finding(part="switch", grade="critical")]

    def broken() -> Iterator[Finding]:
        raise RuntimeError("a fault of ours")
        yield

    full = Finding(part="disk", detail="2 %")
    seen = Watch({"broken": broken, "switch": lambda: away, "disk": lambda: [full]}, clock)
    seen.look()
    assert [one.part for one in seen.troubles()] == ["disk"]
    clock.now += timedelta(seconds=watch.GRACE_S["switch"])
    seen.look()
    assert [(one.part, one.since) for one in seen.troubles()] == [("switch", NOW), ("disk", NOW)]
    away.clear()
    seen.look()
    assert [one.part for one in seen.troubles()] == ["disk"]


def test_an_alarm_stands_until_somebody_has_looked() -> None:
    """A watch that begins anew goes on with the board's word, and with its beginning."""
    since = NOW - timedelta(hours=1)
    row = AlarmRow(
        key=AlarmKey("system:geo:1"), alarm_kind="system", about="geo", grade="high", to=(),
        since=since, raised_at=since,
    )  # fmt: skip
    found = [Finding(part="geo")]
    seen = Watch({"geo": lambda: found}, Clock(), [row])
    assert [one.part for one in seen.troubles()] == ["geo"]
    seen.look()
    assert [(one.part, one.since) for one in seen.troubles()] == [("geo", since)]
    found.clear()
    seen.look()
    assert seen.troubles() == ()


def test_it_looks_until_it_is_stopped() -> None:
    """In a thread of its own."""
    stop = threading.Event()
    looks: list[int] = []

    def look() -> list[Finding]:
        looks.append(1)
        stop.set()
        return []

    Watch({"x": look}, Clock()).run(stop)
    assert looks == [1]


def test_what_a_switch_says_of_itself() -> None:
    """Critical is what would lose a call; a node is named; a healthy one is silent."""
    told = {
        "spool_failing_since": "2026-11-14T07:00:05Z", "spool_error": "disk full",
        "spool_damaged": "/x/spool.db.damaged-1", "unreadable": 2, "set_aside": 1,
        "fault_causes": {"reading: KeyError at a.py:7": 3}, "recording_problem": "no key",
        "overflow_problem": "tetangga112", "wall_unreachable": ["pos"],
        "sip": {"is_full": True, "calls_max": 60}, "trunks_full": ["pbx"],
        "trunk_alarms": [{"alarm": "trunk_down", "trunk": "telkom", "why": "no answer"}],
    }  # fmt: skip
    found = list(of_switch(told, "b:7000"))
    assert [(one.part, one.grade, one.detail, one.node) for one in found] == [
        ("spool_failing", "critical", "disk full", "b:7000"),
        ("spool_damaged", "high", "/x/spool.db.damaged-1", "b:7000"),
        ("unreadable", "high", "2", "b:7000"),
        ("set_aside", "medium", "1", "b:7000"),
        ("faults", "medium", "reading: KeyError at a.py:7", "b:7000"),
        ("recordings", "high", "no key", "b:7000"),
        ("lines_full", "critical", "60", "b:7000"),
        ("overflow", "high", "tetangga112", "b:7000"),
        ("wall_telephone", "high", "pos", "b:7000/pos"),
        ("trunk_full", "high", "pbx", "b:7000/pbx"),
        ("trunk", "high", "no answer", "b:7000/telkom"),
    ]
    ours = {"alarm": "certificate_soon", "trunk": "", "why": "2026-12-01"}
    (found_ours,) = of_switch({"trunk_alarms": [ours]}, "")
    assert (found_ours.part, found_ours.detail) == ("certificate_soon", "2026-12-01")
    well: dict[str, object] = {
        "spool_failing_since": None, "spool_damaged": None, "unreadable": 0, "set_aside": None,
        "fault_causes": {}, "trunk_alarms": [], "sip": {"is_full": False}, "trunks_full": [],
    }  # fmt: skip
    assert list(of_switch(well, "")) == []


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A centre in an empty folder, with nobody in it."""
    return Settings(state_dir=str(tmp_path))


def test_a_switch_over_its_own_line(settings: Settings) -> None:
    """It is asked as `web` asks it; nobody there is a trouble of its own."""
    assert [one.part for one in watch.switches(settings)] == ["switch"]
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(settings.switch_socket))
        line.listen()

        def answer() -> None:
            peer, _ = line.accept()
            with peer:
                assert json.loads(peer.recv(1_000)) == {"n": 1, "do": "health"}
                peer.sendall(b'{"calls":1}\n{"n":1,"unreadable":3}\n')

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        assert [(one.part, one.detail) for one in watch.switches(settings)] == [("unreadable", "3")]
        thread.join(5)


def test_the_server_of_the_screens(settings: Settings) -> None:
    """Ready is well; anything else, or nobody, is not."""
    bodies = [b'{"ready":true}', b'{"ready":false}', b"<html>"]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies.pop(0)
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/api/health"
        said = [[one.part for one in watch.web(address)] for _ in range(3)]
        server.shutdown()
    assert said == [[], ["web"], ["web"]]
    assert [one.part for one in watch.web(address)] == ["web"]


def test_roads_names_and_map(settings: Settings) -> None:
    """Somebody listens, or not."""
    assert [one.part for one in watch.geo(settings.geo_socket)] == ["geo"]
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(settings.geo_socket))
        line.listen()
        assert list(watch.geo(settings.geo_socket)) == []


def test_disk_and_backup(tmp_path: Path) -> None:
    """How full, and how old the newest one is; an empty folder has none."""
    assert list(watch.disk(tmp_path, 0.0)) == []
    (full,) = watch.disk(tmp_path, 99.999)
    assert (full.part, full.detail.endswith(" %")) == ("disk", True)
    assert [one.part for one in watch.backup(tmp_path, 26)] == ["backup"]
    for name, hours in (("old", 50), ("new", 1)):
        (tmp_path / name).write_text("x")
        at = datetime.now(UTC).timestamp() - hours * 3600
        os.utime(tmp_path / name, (at, at))
    assert list(watch.backup(tmp_path, 26)) == []
    (old,) = watch.backup(tmp_path, 0.5)
    assert old.detail.endswith("UTC")


@pytest.fixture
def time_server() -> Iterator[Callable[[Callable[[bytes], bytes]], str]]:
    """A server that answers one question as it is told."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))

    def serve(answer: Callable[[bytes], bytes]) -> str:
        def once() -> None:
            question, peer = line.recvfrom(1_000)
            line.sendto(answer(question), peer)

        threading.Thread(target=once, daemon=True).start()
        return f"127.0.0.1:{line.getsockname()[1]}"

    yield serve
    line.close()


def told(question: bytes, ahead_s: float, *, first: int = 0x24, stratum: int = 2) -> bytes:
    """The answer of a server whose clock is so much ahead."""
    at = datetime.now(UTC).timestamp() + ahead_s + NTP_EPOCH_S
    stamp = struct.pack("!II", int(at), int(at % 1 * 2**32))
    return bytes((first, stratum, 0, 0)) + bytes(20) + question[40:48] + stamp + stamp


def test_a_clock_that_is_wrong(time_server: Callable[[Callable[[bytes], bytes]], str]) -> None:
    """By how much, ahead or behind; within the limit it is well."""
    server = time_server(lambda question: told(question, 90.0))
    assert offset_s(server, 2.0) == pytest.approx(90.0, abs=0.5)
    (wrong,) = watch.clock(time_server(lambda question: told(question, -7.0)), 2.0)
    assert (wrong.part, wrong.detail[:2]) == ("clock", "-7")
    assert list(watch.clock(time_server(lambda question: told(question, 0.5)), 2.0)) == []


WRONG: dict[str, Callable[[bytes], bytes]] = {
    "short": lambda question: question[:20],
    "a question": lambda question: told(question, 0, first=0x23),
    "unsynchronised": lambda question: told(question, 0, first=0xE4),
    "kiss of death": lambda question: told(question, 0, stratum=0),
    "to another question": lambda question: told(question[:40] + bytes(8), 90),
}


@pytest.mark.parametrize("fault", sorted(WRONG))
def test_an_answer_that_is_no_time(
    fault: str, time_server: Callable[[Callable[[bytes], bytes]], str]
) -> None:
    """Is not believed, and no alarm about our own clock."""
    server = time_server(WRONG[fault])
    with pytest.raises(NtpAway):
        offset_s(server, 2.0)
    assert list(watch.clock("127.0.0.1:1", 2.0)) == []


def test_settings_say_what_is_watched(settings: Settings, tmp_path: Path) -> None:
    """Backup and clock only where they are named; what cannot be is said."""
    assert set(watch.probes_of(settings)) == {"switch", "web", "geo", "disk"}
    more = WatchSettings(parts=("disk",), backup_dir=str(tmp_path), ntp="127.0.0.1")
    chosen = watch.probes_of(Settings(state_dir=str(tmp_path), watch=more))
    assert set(chosen) == {"disk", "backup", "clock"}
    for wrong in (
        WatchSettings(parts=("kitchen",)),
        WatchSettings(disk_free_percent=100),
        WatchSettings(disk_free_percent=0),  # a disk could fill up unseen
        WatchSettings(backup_hours=0),
        WatchSettings(clock_s=0),
    ):
        assert len(list(faults_of_watch(wrong))) == 1
    assert list(faults_of_watch(WatchSettings())) == []
