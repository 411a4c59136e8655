"""Which months were given away as open data, and as what: another version would undo the first.

Two versions of one month, subtracted, point at whoever is in one of them alone. So a month is told
once: when nothing can change it any more, and then always with the same octets. The centre's own
memory of it is one JSON file, `STATE/opened.json`.
"""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from kentongan.measure.alarms import month_of
from kentongan.published import write_durably

SETTLED: Final = timedelta(days=31)
"""After a month's end nothing that is recorded later is told of it (`serve.reporting`)."""

NAME: Final = "opened.json"


class OpenedError(ValueError):
    """This month is not given away now, or not like this; says why."""


class Opened(Struct, frozen=True, kw_only=True):
    """One month as it was given away: `k` and the digest of its rows (SHA-256, hex)."""

    month: str
    k: int
    rows: str


def newest_month(now: datetime, zone: ZoneInfo) -> str:
    """The newest month that has settled."""
    first = (now - SETTLED).astimezone(zone).replace(day=1)
    return (first - timedelta(days=1)).strftime("%Y-%m")


def check_settled(month: str, now: datetime, zone: ZoneInfo) -> None:
    """`OpenedError` while the month may still change."""
    _, end = month_of(month, zone)
    if now < end + SETTLED:
        begins = (end + SETTLED).astimezone(zone).date()
        raise OpenedError(
            f"{month} may still change: open data of it can be made from {begins} on. Two versions "
            "of a month, subtracted, point at single people"
        )


def remember(path: Path, month: str, k: int, rows: str) -> None:
    """Keep what is given away, on disk before it is; `OpenedError` when it was told otherwise
    before, or nobody can say; `OSError` when it cannot be kept."""
    known = _read(path)
    this = Opened(month=month, k=k, rows=hashlib.sha256(rows.encode()).hexdigest())
    before = next((one for one in known if one.month == month), None)
    if before == this:
        return
    if before is not None:
        what = f"k = {before.k}" if before.k != k else "other rows"
        raise OpenedError(
            f"{month} was given away already, with {what}: a second version beside the first would "
            f"point at single people. Give away the same files again ({path} says which)"
        )
    write_durably(msgspec.json.encode((*known, this)), path)


def _read(path: Path) -> tuple[Opened, ...]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Opened, ...])
    except FileNotFoundError:
        return ()
    except msgspec.DecodeError as error:
        raise OpenedError(f"{path}: {error}: what was given away is not known") from None
