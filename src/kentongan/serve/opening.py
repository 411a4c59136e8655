"""`kentongan export-open`: a month of responses as open data, and what was left out."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from kentongan.app.ports import Unavailable
from kentongan.cities.pack import CityPack
from kentongan.measure.alarms import month_of
from kentongan.measure.case_tables import incident_table
from kentongan.measure.exclusions import Selection, discreet, select
from kentongan.measure.intervals import INTERVAL_BY_KEY
from kentongan.measure.open_data import ANY, COLUMNS, MINUTES_MAX, OpenData, as_csv, open_data
from kentongan.measure.tables import observe
from kentongan.serve.opened import NAME, OpenedError, check_settled, newest_month, remember
from kentongan.serve.reporting import published_of, read_from, read_month
from kentongan.serve.wiring import load_pack
from kentongan.settings import Settings
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store

RESPONSE: Final = INTERVAL_BY_KEY["citizen_response"]


def run_export_open(
    settings: Settings, month: str | None, folder: Path, k: int, now: datetime
) -> int:
    """Write `responses-YYYY-MM.csv` and `about-YYYY-MM.json`, of the newest month that has settled
    where none is named; 1 when the record cannot be read or the folder not be written, 2 when the
    month or `k` cannot be meant, or this month is not to be given away (like this). Of a month
    without a row nothing is written or remembered: the record may be the wrong one."""
    pack = load_pack(settings)
    zone = ZoneInfo(pack.city.timezone)
    month = month or newest_month(now, zone)
    try:
        start, end = month_of(month, zone)
    except ValueError:
        print(f"--month: {month!r} is not a month (YYYY-MM)", file=sys.stderr)
        return 2
    try:
        check_settled(month, now, zone)
        store = open_store(settings.store_url)
        position = read_from(store, published_of(settings), start, zone)
        cases, _ = read_month(store, start, end, position)
        natures = pack.nature_by_code
        chosen = discreet(select(cases, natures, Selection(start, end)).cases, natures)
        table = incident_table(list(chosen.incidents.values()), chosen.until, zone)
        found = open_data(observe(RESPONSE, table), month, k)
        if not found.rows:
            print(_nothing(found, settings), file=sys.stderr)
            return 2
        rows = as_csv(found)
        remember(settings.published_file.with_name(NAME), month, k, rows)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"responses-{month}.csv").write_text(rows, "utf-8")
        (folder / f"about-{month}.json").write_bytes(_about(found, pack))
    except (StoreError, Unavailable, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except OpenedError as error:
        print(error, file=sys.stderr)
        return 2
    except ValueError as error:
        print(f"--k: {error}", file=sys.stderr)
        return 2
    print(_told(found, folder))
    return 0


def _told(found: OpenData, folder: Path) -> str:
    levels = "; ".join(f"{count} by {name}" for name, count in found.levels.items() if count)
    return (
        f"{folder}: {len(found.rows)} rows, each like at least {found.k - 1} others "
        f"({levels or 'none'}); {found.suppressed} suppressed"
    )


def _nothing(found: OpenData, settings: Settings) -> str:
    return (
        f"{found.month}: no row can be told ({found.suppressed} suppressed); nothing was written. "
        f"Is this the centre's own record ({settings.store_url})? Training is never told of"
    )


def _about(found: OpenData, pack: CityPack) -> bytes:
    """What the columns mean, what was coarsened and suppressed, and the names of the codes."""
    about = {
        "city": pack.city.name.id,
        "month": found.month,
        "rows": len(found.rows),
        "k": found.k,
        "suppressed": found.suppressed,
        "without_category": found.kindless if found.kindless >= found.k else f"under {found.k}",
        "told_at": dict(found.levels),
        "columns": {
            "month": "of the first ring, the city's calendar",
            "kecamatan": f"code; {ANY} where the row was too rare",
            "kelurahan": f"code; {ANY} where the row was too rare",
            "time_of_day": f"hour, or a part of the day, or {ANY}",
            "category": f"code; {ANY} where the row was too rare or the category would give a "
            "sensitive nature away (without_category counts these with what was never classified)",
            "priority": f"P1 the most urgent; {ANY} where the row was too rare",
            "response_minutes": f"first ring to first unit there, begun minutes; {MINUTES_MAX} is "
            "that or longer; empty where none arrived",
            "arrived": "whether a unit arrived",
        },
        "order": list(COLUMNS),
        "kecamatan": {one.code: one.name for one in pack.kecamatan},
        "kelurahan": {one.code: one.name for one in pack.kelurahan},
        "category": {one.code: one.name.id for one in pack.categories},
    }
    return msgspec.json.format(msgspec.json.encode(about), indent=1)
