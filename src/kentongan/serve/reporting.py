"""`kentongan report`: the monthly report as pages or as JSON, at a terminal and for the screens.

The screens' process has it made by a child at the lowest priority: a month of a large city takes
seconds of processor, which nobody who answers a call should wait for.
"""

import asyncio
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from kentongan.app.ports import Recorded, Store, Unavailable
from kentongan.cities.pack import CityPack
from kentongan.measure.alarms import Alarms, month_of
from kentongan.measure.cases import Cases
from kentongan.measure.monthly.content import REACH, Asked, Monthly, monthly
from kentongan.measure.monthly.public import public_of
from kentongan.measure.standards import Standard, StandardError, presets
from kentongan.published import Published, PublishedError, read_published
from kentongan.serve.beside import Beside, BesideError, gently
from kentongan.serve.evaluation import EVENTS_EACH
from kentongan.serve.standards import standards_of
from kentongan.serve.wiring import load_pack
from kentongan.settings import Settings
from kentongan.store.errors import StoreError
from kentongan.store.open import open_store

SETTLED: Final = timedelta(days=31)
"""What is recorded later than this after the month's end is not in its report, so that an old
month's report stays as it was."""

FORGET_EVERY: Final = 200_000
"""Events between two looks at what is over for good."""

REPORT_MAX_S: Final = 300.0
"""How long a child may take, seconds; a month of 1,500 incidents a day takes far less."""

STDOUT: Final = "-"


def run_report(
    settings: Settings,
    asked: Asked,
    *,
    language: str,
    pdf: str | None,
    as_json: bool,
    is_gentle: bool = False,
) -> int:
    """Write the pages (`pdf`, `-` for the standard output) or print JSON; 1 when the record cannot
    be read, 2 when the month or the agency is none."""
    if is_gentle:
        gently()
    pack = load_pack(settings)
    if asked.agency and asked.agency not in pack.agency_by_key:
        known = ", ".join(sorted(pack.agency_by_key))
        print(f"no agency {asked.agency!r}; there are: {known}", file=sys.stderr)
        return 2
    if asked.agency and asked.public:
        print("--public is of the whole city: leave out --agency", file=sys.stderr)
        return 2
    try:
        month_of(asked.month, ZoneInfo(pack.city.timezone))
    except ValueError:
        print(f"--month: {asked.month!r} is not a month (YYYY-MM)", file=sys.stderr)
        return 2
    try:
        store = open_store(settings.store_url)
        standards = standards_of(settings)
        found = report_of(store, pack, asked, published_of(settings), standards)
    except (StoreError, Unavailable, StandardError) as error:
        print(error, file=sys.stderr)
        return 1
    if as_json or pdf is None:
        print(msgspec.json.encode(found).decode())
    return 0 if pdf is None else _write(found, standards, pack, language, pdf)


def report_of(
    store: Store,
    pack: CityPack,
    asked: Asked,
    published: Published | None = None,
    standards: tuple[Standard, ...] | None = None,
) -> Monthly:
    """The report out of a centre's own journal; `ValueError` for no month.

    With what is `published` the journal is read from where the month's cases begin, and without it
    from its beginning. Without `standards` it is judged by the presets.
    """
    zone = ZoneInfo(pack.city.timezone)
    start, end = month_of(asked.month, zone)
    cases, alarms = read_month(store, start, end, read_from(store, published, start, zone))
    held = in_force(asked.month, presets() if standards is None else standards)
    found = monthly(cases, alarms, pack.nature_by_code, held, asked, zone)
    return public_of(found, held) if asked.public else found


def in_force(month: str, standards: tuple[Standard, ...]) -> tuple[Standard, ...]:
    """The active ones that held on the month's first day."""
    first = datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 - a day of the calendar
    return tuple(one for one in standards if one.active and one.holds_on(first))


def published_of(settings: Settings) -> Published | None:
    """What the centre has published; None when that is nothing yet, or no file of ours."""
    try:
        return read_published(settings.published_file)
    except PublishedError:
        return None


def read_from(store: Store, published: Published | None, start: datetime, zone: ZoneInfo) -> int:
    """The position after which everything was recorded that a month's report can be about.

    What is told of a case is recorded after it began. 0 when no day is published, or when those
    that are are of a longer journal than this one.
    """
    if published is None:
        return 0
    day = (start - REACH).astimezone(zone).date().isoformat()
    position = published.position_before(day)
    return position if position <= store.last_position() else 0


def read_month(
    store: Store, start: datetime, end: datetime, position: int = 0
) -> tuple[Cases, Alarms]:
    """The cases that the month's report can be about, and its alarms; each event after `position`
    is read once."""
    cases, alarms, late = Cases(), Alarms(), end + SETTLED
    for count, recorded in enumerate(_after(store, position), 1):
        if recorded.meta.recorded_at > late:
            break
        cases.add(recorded.event, recorded.meta)
        alarms.add(recorded.event, recorded.meta)
        if count % FORGET_EVERY == 0:
            cases.forget(start - REACH)
            alarms.episodes = [one for one in alarms.episodes if one.raised_at >= start]
    cases.finish()
    return cases, alarms


def _after(store: Store, position: int) -> Iterator[Recorded]:
    while found := store.tail(position, EVENTS_EACH):
        yield from found
        position = found[-1].meta.position


def _write(
    found: Monthly, standards: tuple[Standard, ...], pack: CityPack, language: str, pdf: str
) -> int:
    from kentongan.measure.monthly.pages import monthly_pdf

    pages = monthly_pdf(found, standards, pack, language)
    if pdf == STDOUT:
        sys.stdout.buffer.write(pages)
        return 0
    path = Path(pdf or _name(found, language))
    try:
        path.write_bytes(pages)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print(path, file=sys.stderr)
    return 0


def _name(found: Monthly, language: str) -> str:
    whose = ("publik" if language == "id" else "public") if found.public else found.agency
    parts = ("laporan" if language == "id" else "report", found.month, whose)
    return f"{'-'.join(part for part in parts if part)}.pdf"


class ReportError(RuntimeError):
    """The child could not make it; the text is what it said."""


class ReportMaker:
    """Has reports made by a child, one at a time."""

    def __init__(self, file: Path | None) -> None:
        """`file` are the settings that the screens' process itself was started with."""
        self._beside = Beside(file, REPORT_MAX_S)
        self._turn = asyncio.Lock()

    async def __call__(
        self, month: str, language: str, agency: str, *, public: bool, training: bool
    ) -> bytes:
        """The pages; `ReportError` when the child fails or takes longer than `REPORT_MAX_S`."""
        options = ["report", "--gently", "--month", month, "--language", language, "--pdf", STDOUT]
        options += ["--agency", agency] if agency else []
        options += ["--public"] if public else []
        options += ["--training"] if training else []
        async with self._turn:
            try:
                return await self._beside(options)
            except (BesideError, ValueError) as error:
                raise ReportError(str(error)) from None
