"""Runs the notify process: settings become what it is given."""

import logging
import signal
import sys
import threading
from types import FrameType

from kentongan.app.city import plans_of
from kentongan.edge.notify.process import Notify, NotifyDependencies
from kentongan.serve.wiring import load_pack, utc_now
from kentongan.settings import Settings
from kentongan.store.open import open_store


def run_notify(settings: Settings) -> int:
    """Tell people; 2 when there is nothing to tell them by, or a file of a gateway is not right."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    if not settings.notify.is_open:
        print("[notify] names no gateway: docs/operate/notifications.md", file=sys.stderr)
        return 2
    settings.state_path.mkdir(parents=True, exist_ok=True)
    try:
        notify = Notify(dependencies(settings))
    except (OSError, ValueError) as error:
        print(f"notify: {error}", file=sys.stderr)
        return 2
    stop = threading.Event()

    def stopping(sign: int, frame: FrameType | None) -> None:
        del sign, frame
        stop.set()

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, stopping)
    try:
        notify.run(stop)
    except OSError as error:
        print(f"notify: {error}", file=sys.stderr)
        return 1
    return 0


def dependencies(settings: Settings) -> NotifyDependencies:
    """What the process is given."""
    return NotifyDependencies(
        open_store=lambda: open_store(settings.store_url),
        plans=plans_of(load_pack(settings)),
        settings=settings.notify,
        clock=utc_now,
    )
