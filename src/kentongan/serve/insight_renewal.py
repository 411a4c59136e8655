"""The child process that brings the day files of the evaluation up to date.

It has the lowest priority, so nothing waits for it: each hour, and when somebody looks.
"""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

from kentongan.app.ports import Unavailable
from kentongan.serve.day_files import day_files
from kentongan.serve.wiring import load_pack
from kentongan.settings import Settings
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store

RENEW_S: Final = 60.0
"""Between two beginnings of the child that reads the journal, seconds."""

EACH_S: Final = 3_600.0
"""Between two renewals when nobody looks, seconds: a first look never waits for a month."""

FIRST_S: Final = 120.0
"""After the start of `work`, seconds."""

CHILD_LOOK_S: Final = 1.0

LOWEST: Final = 19
"""Niceness of the child."""


def run_evaluation_days(settings: Settings) -> int:
    """Read what is new in the journal and write the days it touches."""
    os.nice(LOWEST)
    pack = load_pack(settings)
    try:
        store = open_store(settings.store_url)
        read = day_files(settings, pack).refresh(store, pack)
    except (StoreError, Unavailable, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    store.close()
    print(f"{read:,} new events read")
    return 0


def keep_day_files(command: tuple[str, ...], stop: threading.Event) -> None:
    """Let the child work each hour until told to stop; not while everything starts."""
    if stop.wait(FIRST_S):
        return
    while True:
        try:
            child = subprocess.Popen(  # noqa: S603 - our own command
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
        except OSError:  # no memory for a child: the next hour tries again
            child = None
        while child is not None and child.poll() is None:
            if stop.wait(CHILD_LOOK_S):
                child.terminate()
                child.wait()
                return
        if stop.wait(EACH_S):
            return


class Renewal:
    """The child that brings the files up to date."""

    def __init__(self, command: tuple[str, ...]) -> None:
        self._command = command
        self._child: subprocess.Popen[bytes] | None = None
        self._began_s = -RENEW_S

    def __call__(self) -> bool:
        """Begin anew when it is time; whether it is at work."""
        if self._child is not None and self._child.poll() is None:
            return True
        if time.monotonic() - self._began_s < RENEW_S:
            return False
        self._began_s = time.monotonic()
        try:
            self._child = subprocess.Popen(  # noqa: S603 - our own command
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
        except OSError:  # no memory for a child: the next look tries again
            return False
        return True


def renewal_command(file: Path | None) -> tuple[str, ...]:
    """The command line of the child; `file` is that of the settings."""
    chosen = ("--settings", str(file)) if file else ()
    return (sys.executable, "-m", "kentongan.main", *chosen, "evaluation-days")
