"""A site on the loopback: addresses of its own below 127/8, and the files of `deploy/` for it.

Each site draws a /24 of the loopback network, so that it may use the ports that production uses
and still never meets another test. Programs of Debian's are started from the rendered files.
"""

import contextlib
import importlib.util
import os
import secrets
import signal
import subprocess
import time
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, cast

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
EXAMPLE = DEPLOY / "site.example.toml"
PRINTED_SECRET = "put-64-random-hex-characters-here"
START_S = 10.0


def example() -> str:
    """The example with a secret of its own: with the printed one nothing is made."""
    return EXAMPLE.read_text().replace(PRINTED_SECRET, secrets.token_hex(32))


def load_renderer() -> ModuleType:
    """`deploy/render.py`, which belongs to no package."""
    spec = importlib.util.spec_from_file_location("deploy_render", DEPLOY / "render.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Site:
    """Addresses of one test, and its rendered configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._net = f"127.{64 + secrets.randbelow(128)}.{secrets.randbelow(256)}"
        self.outside, self.inside = self.address(10), self.address(11)
        self.nodes = (self.address(21), self.address(22))
        self.trunk, self.stranger = self.address(40), self.address(66)

    def address(self, last: int) -> str:
        """An address of this site's network."""
        return f"{self._net}.{last}"

    @property
    def values(self) -> dict[str, dict[str, Any]]:
        """The example's values with this site's in their place."""
        site = tomllib.loads(example())
        site["edge"] |= {
            "outside_address": self.outside,
            "inside_address": self.inside,
            "run_dir": str(self.folder),
            "config_dir": str(self.folder / "kamailio"),
            "tls_certificate": str(self.folder / "certificate.pem"),
            "tls_key": str(self.folder / "key.pem"),
            "tls_authorities": str(self.folder / "certificate.pem"),
        }
        site["nodes"] |= {"a": self.nodes[0], "b": self.nodes[1]}
        site["trunks"] |= {"networks": [f"{self.trunk}/32"], "gateways": [f"{self.trunk}:5060"]}
        site["rtpengine"] |= {"control": f"{self.inside}:2223"}
        return site

    def render(self, **changes: dict[str, Any]) -> None:
        """Write every file of `deploy/` for this site."""
        site = self.values
        for table, keys in changes.items():
            site[table] |= keys
        file = self.folder / "site.toml"
        file.write_text(_toml(site))
        for name, content in load_renderer().render_all(file).items():
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content)


class Program:
    """One of Debian's programs, run in the foreground; its words go to a file."""

    def __init__(self, folder: Path, name: str, *arguments: str) -> None:
        self.log = folder / f"{name}.log"
        self._arguments: Sequence[str] = (name, *arguments)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, is_ready: Callable[[], bool]) -> None:
        """Start it and wait until it is ready."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_S
        while not is_ready():
            assert self._process.poll() is None, self.words()
            assert time.monotonic() < deadline, self.words()
            time.sleep(0.02)

    def stop(self, sign: int = signal.SIGTERM) -> None:
        """End it and whatever it started itself."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(sign)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        with contextlib.suppress(ProcessLookupError):  # children of one that was killed
            os.killpg(self._process.pid, signal.SIGKILL)

    def words(self) -> str:
        """The last of what it said."""
        return self.log.read_text(errors="replace")[-4_000:]


def is_udp_bound(host: str, port: int) -> bool:
    """Whether somebody listens on that UDP port."""
    packed = "".join(f"{int(part):02X}" for part in reversed(host.split(".")))
    wanted = f" {packed}:{port:04X} "
    return any(wanted in line for line in Path("/proc/net/udp").read_text().splitlines())


def is_tcp_listening(host: str, port: int) -> bool:
    """Whether somebody listens on that TCP port."""
    packed = "".join(f"{int(part):02X}" for part in reversed(host.split(".")))
    wanted = f" {packed}:{port:04X} 00000000:0000 0A"
    return any(wanted in line for line in Path("/proc/net/tcp").read_text().splitlines())


def _toml(site: dict[str, dict[str, Any]]) -> str:
    def value(content: Any) -> str:
        if isinstance(content, list):
            entries = cast("list[object]", content)
            return "[" + ", ".join(f'"{entry}"' for entry in entries) + "]"
        return str(content) if isinstance(content, int) else f'"{content}"'

    return "\n".join(
        f"[{table}]\n" + "\n".join(f"{key} = {value(content)}" for key, content in keys.items())
        for table, keys in site.items()
    )
