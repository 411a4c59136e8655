"""A process that read the city pack at its start ends itself when another version is in use.

Whoever watches it (`kentongan serve`, systemd) starts it again at once, with the new version. Only
processes that lose nothing by it do so: `work` continues from its cursor, `notify` from its ledger,
and while `geo` begins, the straight line answers. The switch is not among them: its calls would be
silent for a breath, so somebody chooses the minute (docs/city-pack.md).
"""

import logging
import os
import signal
import threading
from typing import Final

from kentongan.app.pack_in_use import active_number
from kentongan.app.ports import Unavailable
from kentongan.serve.wiring import has_store
from kentongan.settings import Settings
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

LOOK_EVERY_S: Final = 2.0
"""Between two looks at one row; a new version is no matter of a second."""

_log = logging.getLogger(__name__)


def follow_pack(settings: Settings, number: int) -> None:
    """Watch from a thread; `number` is the version this process works by."""
    told = threading.Thread(target=_watch, args=(settings, number), daemon=True, name="pack")
    told.start()


def _watch(settings: Settings, number: int) -> None:
    pause = threading.Event()
    store: WholeStore | None = None
    while not pause.wait(LOOK_EVERY_S):
        try:
            if store is None:
                if not has_store(settings.store_url):
                    continue
                store = open_store(settings.store_url)
            found = active_number(store)
        except (Unavailable, StoreError):  # it says so elsewhere; nothing is new while it is away
            continue
        if found != number:
            _log.info("the city works by pack version %d now: starting anew", found)
            os.kill(os.getpid(), signal.SIGTERM)
            return
