"""What a centre publishes about its record: each day's value of the chain, each month's figures.

One JSON file, written by the night's work, shown at `/publik/rekaman` and taken by `kentongan
verify --published`. A day or a month stands in it once and is never changed: whoever kept a copy
can prove from it that nothing before that day was rewritten. No person is in it.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

FORMAT: Final = 1

BYTES_MAX: Final = 20_000_000
"""Of the file; a day has 150 octets, so that a century is far below."""

NAME: Final = "published.json"

CASES: Final = "cases"
DAYS: Final = "days"
DAYS_OF_30: Final = "days-of-30"


class DayChain(Struct, frozen=True, kw_only=True):
    """A day of the city's calendar: the last event recorded before its midnight, and the chain's
    value there (hex). `events` were recorded that day."""

    day: str
    position: int
    events: int
    chain: str


class MonthFigure(Struct, frozen=True, kw_only=True):
    """A month's response as it was known at `position`: seconds from `start` to `end`, per
    incident. `p90_low_s` and `p90_high_s` are None where the cases do not bound them; all figures
    are None under 30 cases. `scheduled` are the kinds of work that are never counted.

    `days` are those of the month that have an incident on record (None: published before that was
    counted); a month that the record begins in has few. `blocks` is what the interval takes to be
    independent: each case (months published before days were looked at), each day from 100 cases on
    (those published next), or each day."""

    month: str
    position: int
    interval: str
    start: str
    end: str
    n: int
    all: int
    p50_s: float | None
    p90_s: float | None
    p90_low_s: float | None
    p90_high_s: float | None
    limit_s: float
    within_of_ended: float | None
    within_of_all: float | None
    left_out: dict[str, int] = {}
    scheduled: tuple[str, ...] = ()
    blocks: str = CASES
    days: int | None = None


class Published(Struct, frozen=True, kw_only=True):
    """The file. Newest last."""

    format: int = FORMAT
    city: str
    name: str
    timezone: str
    days: tuple[DayChain, ...] = ()
    months: tuple[MonthFigure, ...] = ()

    def position_before(self, day: str) -> int:
        """The last event recorded before that day (`2026-10-01`); 0 when nothing is known."""
        return next((one.position for one in reversed(self.days) if one.day < day), 0)

    @property
    def chains(self) -> dict[int, str]:
        """The chain's value by position, as `store.verify` takes it."""
        return {one.position: one.chain for one in self.days if one.position}


class PublishedError(ValueError):
    """The file is not what a centre publishes."""


def read_published(path: Path) -> Published | None:
    """What the file says; None when there is none, `PublishedError` when it is another's."""
    try:
        if path.stat().st_size > BYTES_MAX:
            raise PublishedError(f"{path.name}: larger than {BYTES_MAX:,} bytes")
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        return msgspec.json.decode(content, type=Published)
    except msgspec.MsgspecError as error:
        raise PublishedError(f"{path.name}: {error}") from None


def write_published(published: Published, path: Path) -> None:
    """`OSError` when it cannot be written."""
    write_durably(msgspec.json.encode(published), path)


def write_durably(content: bytes, path: Path) -> None:
    """JSON, whole under another name first, and on disk before it takes the old one's place: what
    was told to others must not be lost to a power cut. `OSError` when it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as out:
            out.write(msgspec.json.format(content, indent=1))
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
