"""Runs the notify process: settings become what it is given."""

import logging
import signal
import sys
import threading
from types import FrameType

from kentongan.core.plans import Plans
from kentongan.edge.notify.process import Notify, NotifyDependencies
from kentongan.serve.follow_pack import follow_pack
from kentongan.serve.wiring import pack_in_use, utc_now
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
        in_use = pack_in_use(settings)
        notify = Notify(dependencies(settings, in_use.plans))
    except (OSError, ValueError) as error:
        print(f"notify: {error}", file=sys.stderr)
        return 2
    stop = threading.Event()

    def stopping(sign: int, frame: FrameType | None) -> None:
        del sign, frame
        stop.set()

    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, stopping)
    follow_pack(settings, in_use.number)
    try:
        notify.run(stop)
    except OSError as error:
        print(f"notify: {error}", file=sys.stderr)
        return 1
    return 0


def dependencies(settings: Settings, plans: Plans) -> NotifyDependencies:
    """What the process is given."""
    return NotifyDependencies(
        open_store=lambda: open_store(settings.store_url),
        plans=plans,
        settings=settings.notify,
        clock=utc_now,
        switch_socket=settings.switch_socket,
    )
