"""The watcher keeps a process running, finds it again, and stops it."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from kentongan.serve.process import Program, Watched, is_alive, pid_file, started_at
from kentongan.serve.supervise import programs
from kentongan.settings import Settings, SettingsError, describe, load_settings

SLEEPER = Program(name="sleeper", arguments=(sys.executable, "-c", "import time; time.sleep(60)"))


async def _until(condition: Callable[[], bool], limit_s: float = 10.0) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():
            await asyncio.sleep(0.02)


def _run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await scenario()

    asyncio.run(main())


def test_a_killed_process_is_started_again(tmp_path: Path) -> None:
    """kill -9 leads to a new process under the same name; stop ends it for good."""

    async def scenario() -> None:
        watched = Watched(SLEEPER, tmp_path)
        task = asyncio.create_task(watched.keep_running())
        await _until(lambda: watched.pid is not None)
        first = watched.pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await _until(lambda: watched.pid not in (None, first))
        second = watched.pid
        assert second is not None
        assert watched.starts == 2
        await watched.stop()
        await task
        assert not is_alive(second)

    _run(scenario)


def test_only_the_first_start_waits(tmp_path: Path) -> None:
    """What may come later lets the others start first; killed it is back at once; told to stop
    while it waits it never starts."""

    async def scenario() -> None:
        later = Watched(msgspec.structs.replace(SLEEPER, after_s=0.2), tmp_path)
        began = asyncio.get_running_loop().time()
        task = asyncio.create_task(later.keep_running())
        await _until(lambda: later.pid is not None)
        assert asyncio.get_running_loop().time() - began >= 0.2
        first = later.pid
        assert first is not None
        later.program = msgspec.structs.replace(later.program, after_s=3_600.0)
        os.kill(first, signal.SIGKILL)
        await _until(lambda: later.pid not in (None, first))
        await later.stop()
        await task
        never = Watched(msgspec.structs.replace(SLEEPER, after_s=3_600.0), tmp_path)
        task = asyncio.create_task(never.keep_running())
        await asyncio.sleep(0)
        await never.stop()
        await task
        assert never.starts == 0

    _run(scenario)


def test_a_process_outlives_its_watcher_and_is_found_again(tmp_path: Path) -> None:
    """A second watcher adopts the running process instead of starting another one."""

    async def scenario() -> None:
        watched = Watched(SLEEPER, tmp_path)
        task = asyncio.create_task(watched.keep_running())
        await _until(lambda: watched.pid is not None)
        pid = watched.pid
        task.cancel()  # the watcher dies, the process does not
        again = Watched(SLEEPER, tmp_path)
        second = asyncio.create_task(again.keep_running())
        await _until(lambda: again.pid is not None)
        assert again.pid == pid
        assert again.starts == 0
        await again.stop()
        await second

    _run(scenario)


def test_a_process_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    """A missing program is no reason to stop watching; it runs once it is there."""

    async def scenario() -> None:
        file = tmp_path / "late"
        watched = Watched(Program(name="late", arguments=(str(file),)), tmp_path)
        task = asyncio.create_task(watched.keep_running())
        await asyncio.sleep(0)
        assert watched.pid is None
        file.write_text("#!/bin/sh\nexec sleep 60\n")
        file.chmod(0o755)
        await _until(lambda: watched.pid is not None)
        assert not task.done()
        await watched.stop()
        await task

    _run(scenario)


def test_a_pid_that_cannot_be_written_down_starts_no_second_process(tmp_path: Path) -> None:
    """A full disk: the one that runs is the only one, and is stopped in the end."""

    async def scenario() -> None:
        (tmp_path / "sleeper.pid").mkdir()
        watched = Watched(SLEEPER, tmp_path)
        task = asyncio.create_task(watched.keep_running())
        await _until(lambda: watched.pid is not None)
        pid = watched.pid
        assert pid is not None
        await asyncio.sleep(0.1)
        assert (watched.starts, watched.pid) == (1, pid)
        await watched.stop()
        await task
        assert not is_alive(pid)

    _run(scenario)


def test_whom_a_guard_left_behind_is_ended_too(tmp_path: Path) -> None:
    """A guard that is stopped while it loads knows nothing of its process yet."""

    async def scenario() -> None:
        left = await asyncio.create_subprocess_exec(*SLEEPER.arguments)
        pid_file(tmp_path, "media-0").write_text(f"{left.pid} {started_at(left.pid)}")
        loading = Program(name="media-0", arguments=SLEEPER.arguments, is_guard=True)
        watched = Watched(loading, tmp_path)
        task = asyncio.create_task(watched.keep_running())
        await _until(lambda: watched.pid is not None)
        await watched.stop()
        await task
        assert await asyncio.wait_for(left.wait(), 10) == -signal.SIGTERM

    _run(scenario)


def test_a_stale_pid_file_is_not_trusted(tmp_path: Path) -> None:
    """A pid that belongs to another process now is not taken for ours."""

    async def scenario() -> None:
        (tmp_path / "sleeper.pid").write_text(f"{os.getpid()} 1")
        watched = Watched(SLEEPER, tmp_path)
        task = asyncio.create_task(watched.keep_running())
        await _until(lambda: watched.pid is not None)
        assert watched.pid != os.getpid()
        await watched.stop()
        await task

    _run(scenario)


def test_web_is_stopped_before_the_switch_and_the_switch_before_media(tmp_path: Path) -> None:
    """The order of stopping keeps callers connected longest."""
    names = [program.name for program in programs(Settings(), tmp_path / "s.toml")]
    assert names == ["geo", "web", "work", "switch", "media-0"]


def test_settings_come_from_the_file_and_the_environment(tmp_path: Path) -> None:
    """The environment wins over the file; secrets are not printed."""
    file = tmp_path / "kentongan.toml"
    file.write_text('store = "postgresql://k:geheim@127.0.0.1/k"\n[http]\nport = 9000\n')
    settings = load_settings(file, {"KENTONGAN_HTTP__PORT": "9001", "OTHER": "x"})
    assert settings.http.port == 9001
    assert settings.http.proxies == ()
    proxies = {"KENTONGAN_HTTP__PROXIES": "192.0.2.7, 198.51.100.0/24"}
    assert load_settings(file, proxies).http.proxies == ("192.0.2.7", "198.51.100.0/24")
    assert load_settings(file, {"KENTONGAN_HTTP__PROXIES": ""}).http.proxies == ()
    assert "geheim" not in describe(settings)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[http]\nport = 0\n", "http.port"),
        ("[http]\nprot = 1\n", "prot"),
        ('[http]\nproxies = ["*"]\n', "http.proxies"),
        ("[media]\nrtp_port_first = 42001\n", "rtp_port_first"),
        ("[sip\n", "kentongan.toml"),
        ('[media]\nprocesses = "many"\n', "processes"),
    ],
)
def test_unusable_settings_name_the_mistake(tmp_path: Path, text: str, named: str) -> None:
    """A settings error says which key is wrong, without a stack trace."""
    file = tmp_path / "kentongan.toml"
    file.write_text(text)
    with pytest.raises(SettingsError, match=named):
        load_settings(file, {})
