"""What is worked out each night: what is published of the record, and the histograms by month.

A child of the `work` process at the lowest priority does it, so that nothing waits for it; a centre
that was off at that hour makes up for it after its start. It reads the journal from two months
back; when a month has settled, where histograms are of another version's form, and with `--all`,
from its beginning, so that late corrections of any month are in its histograms.
"""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from kentongan.app.ports import Recorded, Store
from kentongan.cities.pack import CityPack
from kentongan.measure.alarms import month_of
from kentongan.measure.archive import Archive
from kentongan.measure.case_tables import tables_of
from kentongan.measure.cases import Cases
from kentongan.measure.exclusions import Selection, select
from kentongan.measure.histograms import Histograms, histograms_of, merge
from kentongan.measure.intervals import INTERVALS
from kentongan.measure.tables import observe
from kentongan.published import Published, PublishedError, read_published
from kentongan.serve.evaluation import EVENTS_EACH
from kentongan.serve.geo_nightly import LOOK_S, last_night, run_child
from kentongan.serve.publishing import publish
from kentongan.serve.wiring import load_pack, utc_now
from kentongan.settings import Settings
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store

LOWEST: Final = 19
"""The lowest priority (nice): whatever else wants the processor has it."""

CORRECTED: Final = timedelta(days=31)
"""How long after a month's end its cases are still looked for, in one pass over the journal."""

BEFORE: Final = timedelta(days=14)
"""How long before its month a case may have begun: a call that became an incident days later."""

_log = logging.getLogger(__name__)


def run_nightly(settings: Settings, *, everything: bool) -> int:
    """Publish what is over, of duty, and count the last months anew; 1 when that was not
    possible."""
    os.nice(LOWEST)
    pack = load_pack(settings)
    try:
        store = open_store(settings.store_url)
        known = _known_months(settings.published_file)
        found = (
            Published(city=pack.city.key, name=pack.city.name.id, timezone=pack.city.timezone)
            if settings.training  # which publishes nothing
            else publish(store, pack, settings.published_file, utc_now())
        )
        archive = Archive(settings.figures_dir)
        whole = everything or not archive.is_current() or len(found.months) > known
        position, since = (0, None) if whole else _two_months_back(found, pack)
        months = count_months(store, pack, archive, position, since)
    except (StoreError, OSError, PublishedError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{len(found.days)} days published; histograms of {', '.join(months) or 'no month'}")
    return 0


def _known_months(path: Path) -> int:
    known = read_published(path)
    return len(known.months) if known else 0


def _two_months_back(found: Published, pack: CityPack) -> tuple[int, str | None]:
    """From where in the journal, and from which month on, histograms are made anew."""
    if not found.days:
        return 0, None
    zone = ZoneInfo(pack.city.timezone)
    begin, _ = month_of(found.days[-1].day[:7], zone)
    month = (begin - timedelta(days=1)).astimezone(zone).strftime("%Y-%m")
    first = (month_of(month, zone)[0] - BEFORE).astimezone(zone).date().isoformat()
    return found.position_before(first), month


def count_months(
    store: Store, pack: CityPack, archive: Archive, position: int = 0, since: str | None = None
) -> list[str]:
    """Write the histograms of every month from `since` on; which they were.

    One pass from a position of the journal; a month is written when nothing more is looked for, so
    that no more than three months are held at a time.
    """
    zone = ZoneInfo(pack.city.timezone)
    cases, month, written = Cases(), since, list[str]()
    for page in _pages(store, position):
        for recorded in page:
            cases.add(recorded.event, recorded.meta)
        now = page[-1].meta.recorded_at
        month = month or page[0].meta.at.astimezone(zone).strftime("%Y-%m")
        while now > month_of(month, zone)[1] + CORRECTED:
            written += _write(cases, pack, archive, month, zone)
            month = _after(month, zone)
            cases.forget(month_of(month, zone)[0] - BEFORE)
    while month is not None and month_of(month, zone)[0] <= cases.until:
        written += _write(cases, pack, archive, month, zone)
        month = _after(month, zone)
    return written


def _pages(store: Store, position: int) -> Iterator[list[Recorded]]:
    while found := list(store.tail(position, EVENTS_EACH)):
        yield found
        position = found[-1].meta.position


def _after(month: str, zone: ZoneInfo) -> str:
    return month_of(month, zone)[1].astimezone(zone).strftime("%Y-%m")


def _write(cases: Cases, pack: CityPack, archive: Archive, month: str, zone: ZoneInfo) -> list[str]:
    cases.finish()
    found = histograms_in(cases, pack, month, zone)
    if not len(found):
        return []
    archive.put(month, found)
    return [month]


def histograms_in(cases: Cases, pack: CityPack, month: str, zone: ZoneInfo) -> Histograms:
    """Every interval of a month's calls and incidents on duty, as histograms."""
    start, end = month_of(month, zone)
    chosen = select(cases, pack.nature_by_code, Selection(start, end)).cases
    tables = tables_of(chosen, zone)
    observed = (observe(one, tables.of(one.subject)) for one in INTERVALS)
    return merge(histograms_of(found) for found in observed if len(found))


def keep_nightly(
    command: tuple[str, ...],
    published: Path,
    offset: timedelta,
    clock: Callable[[], datetime],
    stop: threading.Event,
) -> None:
    """Let the child work once a night until told to stop; at once where it has never worked."""
    tried_at: datetime | None = None
    while not stop.wait(LOOK_S):
        now = clock()
        done_at = tried_at or _written_at(published, now)
        if done_at is not None and last_night(now, offset) <= done_at:
            continue
        tried_at = now
        try:
            code = run_child(command, stop)
        except OSError as error:  # no memory for a child: another night
            _log.warning("nothing is published tonight: %s", error)
            continue
        if code is not None:
            _log.info("the night's figures ended with %d", code)


def _written_at(path: Path, now: datetime) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo)
    except OSError:
        return None
