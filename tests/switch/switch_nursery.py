"""Media processes and switches of tests, forked from one process that has loaded what they need.

Loading is most of what a start costs, and a room of a test starts two of them. `kentongan serve`
forks them as well (`kentongan.serve.guard`); here one parent serves a whole test run. Like a guard
it holds no call, no store and no second thread. Its children are killed as any process is.
"""

import atexit
import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

LOADED: Final = {
    "kentongan.media.daemon": (),
    "kentongan.edge.switch": ("kentongan.store.sql", "kentongan.store.sqlite"),
}
"""The modules that can be run, and what each of them would import late."""

REQUEST_BYTES_MAX: Final = 1 << 20
NUMBER_BYTES: Final = 8


class Wanted(msgspec.Struct):
    """What is asked for: `python -m module words`, its output appended to the file `log`."""

    module: str
    words: list[str]
    log: str
    environ: dict[str, str]


class Child:
    """What is born, with what tests use of `subprocess.Popen`. How it ended nobody knows."""

    def __init__(self, pid: int, handle: int) -> None:
        self.pid = pid
        self._handle = handle

    def poll(self) -> int | None:
        """0 once it has ended, else None."""
        return self._ended(0)

    def send_signal(self, sign: int) -> None:
        """Send it, if it still lives."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, sign)

    def wait(self, timeout: float) -> int:
        """Until it has ended; raises `subprocess.TimeoutExpired`."""
        if self._ended(timeout) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        return 0

    def _ended(self, within_s: float) -> int | None:
        return 0 if select.select([self._handle], [], [], within_s)[0] else None

    def __del__(self) -> None:
        os.close(self._handle)


class Nursery:
    """The parent, as it is seen from a test run: started with the first child, ended with us."""

    def __init__(self) -> None:
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, REQUEST_BYTES_MAX)
        self._lock = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # a fork must find no threads
            )
        atexit.register(self.close)

    def bear(self, module: str, words: list[str], log: Path) -> Child:
        """A new process."""
        wanted = Wanted(module=module, words=words, log=str(log), environ=dict(os.environ))
        with self._lock:
            self._line.send(msgspec.json.encode(wanted))
            said, handles, _, _ = socket.recv_fds(self._line, NUMBER_BYTES, 1)
        return Child(int.from_bytes(said, "big"), handles[0])

    def close(self) -> None:
        """It ends when nobody can ask any more."""
        self._line.close()
        self._process.wait(20)


_nurseries: list[Nursery] = []


def started(module: str, words: list[str], log: Path) -> Child:
    """That module, running."""
    if not _nurseries:
        _nurseries.append(Nursery())
    return _nurseries[0].bear(module, words, log)


# --- inside the nursery --------------------------------------------------------------------------


def _serve(line: socket.socket) -> Callable[[], None] | None:
    """Fork what is asked for; what to run in each child, None in the end of the nursery itself."""
    while asked := line.recv(REQUEST_BYTES_MAX):
        _bury()
        pid = os.fork()
        if pid == 0:
            line.close()
            return _prepared(msgspec.json.decode(asked, type=Wanted))
        handle = os.pidfd_open(pid)
        socket.send_fds(line, [pid.to_bytes(NUMBER_BYTES, "big")], [handle])
        os.close(handle)
    _bury()
    return None


def _bury() -> None:
    """Those who have ended: only then does their processor time count for the test run."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _prepared(wanted: Wanted) -> Callable[[], None]:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    log = os.open(wanted.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for output in (1, 2):
        os.dup2(log, output)
    os.close(log)
    os.environ.clear()
    os.environ.update(wanted.environ)
    sys.argv = [wanted.module, *wanted.words]
    run: Callable[[], None] = _main_of(wanted.module).main
    return run


def _main_of(module: str) -> Any:
    name = module if module == "kentongan.media.daemon" else f"{module}.__main__"
    return importlib.import_module(name)


def _load() -> None:
    for module, late in LOADED.items():
        _main_of(module)
        for name in late:
            importlib.import_module(name)
    importlib.import_module("kentongan.media.daemon").load()
    gc.collect()
    gc.freeze()


def main() -> None:
    """Load everything, then fork on demand."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the test run, which ends us
    _load()
    run = _serve(socket.socket(fileno=int(sys.argv[1])))
    if run is not None:
        run()


if __name__ == "__main__":
    main()
