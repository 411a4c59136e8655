"""Runs the reception of positions: settings become what the `avl` process is given."""

import logging
import sys

from kentongan.edge.avl.process import AvlDependencies, run
from kentongan.serve.wiring import utc_now
from kentongan.settings import Settings
from kentongan.store.open import open_store


def run_avl(settings: Settings) -> int:
    """Positions of vehicles; 2 when no port is set."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    if not settings.avl.is_open:
        print("avl.http_port or avl.nmea_port must be set", file=sys.stderr)
        return 2
    settings.state_path.mkdir(parents=True, exist_ok=True)
    return run(
        AvlDependencies(
            open_store=lambda: open_store(settings.store_url),
            clock=utc_now,
            settings=settings.avl,
            feed_socket=settings.avl_socket,
        )
    )
