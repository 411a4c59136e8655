"""Makes the paper pack: now (`kentongan paper`), and every few minutes while the centre runs.

A thread of the `work` process with a store of its own. Each pack is whole before it has its name,
readable by the centre's own user alone, and the oldest go away: they hold names and numbers. Each
personal text that comes into a pack is written down in the access log once.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from kentongan.app.ports import Unavailable
from kentongan.cities.pack import CityPack
from kentongan.core.words import AgentId
from kentongan.edge.paper.page import Printer
from kentongan.edge.paper.situation import Situation, situation_of
from kentongan.paper_settings import PaperSettings
from kentongan.settings import Settings
from kentongan.store.accounts import Access
from kentongan.store.whole import WholeStore

LATEST: Final = "112.html"
"""The newest pack, to be opened without looking for it."""

VIEWER: Final = AgentId("system-paper")
REASON: Final = "paper_pack"
LOGGED_MAX: Final = 200_000
"""Texts remembered as written down; beyond it all are written down again."""

_log = logging.getLogger(__name__)


class PaperMaker:
    """Makes packs of one city's board."""

    def __init__(
        self, store: WholeStore, pack: CityPack, offset: timedelta, settings: PaperSettings
    ) -> None:
        self._store = store
        self._settings = settings
        self._printer = Printer(pack, offset, settings.language)
        self._logged: set[str] = set()

    def page(self, now: datetime, *, training: bool) -> str:
        """The pack as it is now. Raises `Unavailable`."""
        rows = (one.row for one in self._store.rows())
        situation = situation_of(
            (row for row in rows if row is not None), self._store.open_texts, now
        )
        self._log_access(situation, now)
        return self._printer.page(situation, now, training=training)

    def keep(self, folder: Path, now: datetime, *, training: bool) -> Path:
        """Write a pack and forget the oldest; returns its file. Raises `Unavailable`, `OSError`."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        page = self.page(now, training=training)
        file = folder / f"112-{now:%Y%m%dT%H%M%SZ}.html"
        _write(file, page)
        _write(folder / LATEST, page)
        kept = sorted(folder.glob("112-*.html"))
        for old in kept[: -self._settings.kept]:
            old.unlink(missing_ok=True)
        return file

    def _log_access(self, situation: Situation, now: datetime) -> None:
        new = situation.refs - self._logged
        if new:
            self._store.accounts.log_access(
                [Access(viewer=VIEWER, what=ref, reason=REASON, at=now) for ref in sorted(new)]
            )
        self._logged = set(new) if len(self._logged) > LOGGED_MAX else self._logged | new


def keep_paper(
    maker: PaperMaker,
    folder: Path,
    every_s: float,
    clock: Callable[[], datetime],
    stop: threading.Event,
    *,
    training: bool,
) -> None:
    """Make one again and again until told to stop; a store or a disk that is away is waited for."""
    while not stop.is_set():
        try:
            maker.keep(folder, clock(), training=training)
        except Unavailable as away:
            _log.info("no paper pack was made: %s", away)
        except OSError as broken:
            _log.warning("no paper pack was made: %s", broken)
        stop.wait(every_s)


def run_paper(settings: Settings, out: Path | None) -> int:
    """Make a pack now, for whoever sits at the machine; says where it is."""
    from kentongan.app.city import plans_of
    from kentongan.serve.wiring import load_pack, utc_now
    from kentongan.store.open import open_store

    pack = load_pack(settings)
    store = open_store(settings.store_url)
    try:
        maker = PaperMaker(store, pack, plans_of(pack).time_zone_offset, settings.paper)
        if out is None:
            out = maker.keep(settings.paper_dir, utc_now(), training=settings.training)
        else:
            _write(out, maker.page(utc_now(), training=settings.training))
    except OSError as broken:
        print(f"no pack was made: {broken}", file=sys.stderr)
        return 2
    finally:
        store.close()
    print(out)
    return 0


def _write(file: Path, page: str) -> None:
    """Whole or not at all; no one else may read it."""
    half = file.with_suffix(".half")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(page)
    half.replace(file)
