"""The keeper of tracks: drops the days of position history that are older than the settings say.

A thread of the `work` process with a store of its own. A day goes whole, so that dropping it costs
no more than a moment of the store's write lock.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Final

from kentongan.app.ports import Unavailable
from kentongan.avl_settings import AvlSettings
from kentongan.store.whole import WholeStore

LOOK_S: Final = 3_600.0
"""Between two looks, seconds: a day too many lasts an hour at most."""

_log = logging.getLogger(__name__)


def forget_tracks(store: WholeStore, settings: AvlSettings, now: datetime) -> Sequence[date]:
    """Drop what is older than is kept; returns the days."""
    dropped = store.tracks.forget((now - settings.kept_for).date())
    for day in dropped:
        _log.info("the history of positions of %s was dropped", day)
    return dropped


def keep_tracks(
    store: WholeStore,
    settings: AvlSettings,
    clock: Callable[[], datetime],
    stop: threading.Event,
) -> None:
    """Look again and again until told to stop; a store that is away is waited for."""
    while not stop.is_set():
        try:
            forget_tracks(store, settings, clock())
        except Unavailable as away:
            _log.info("tracks are not looked after now: %s", away)
        except Exception:  # noqa: BLE001 - outermost loop: told, then on
            _log.exception("looking after the tracks failed")
        stop.wait(LOOK_S)
