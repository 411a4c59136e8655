"""What the screen *Evaluasi* asks for, answered out of day files; nothing here reads the journal.

Files are brought up to date by a child process at the lowest priority whenever somebody looks and
the last time was a while ago; meanwhile the screen gets what there is and is told so.
"""

import importlib.util
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from kentongan.cities.facts import Text
from kentongan.cities.pack import CityPack
from kentongan.measure.day_tables import Day
from kentongan.measure.intervals import Subject
from kentongan.measure.joining import octets_of
from kentongan.measure.ledger import REFERENCE
from kentongan.measure.screens.frame import (
    DAYS_MAX,
    FILTERS,
    Asked,
    AskedError,
    Frame,
    choices,
    frame,
    kindless,
)
from kentongan.measure.standards import Standard, presets
from kentongan.measure.warehouse import WarehouseError, write
from kentongan.serve.day_columns import DayColumns
from kentongan.serve.day_files import STATE, DayFiles, Note, day_files
from kentongan.serve.insight_parts import PARTS
from kentongan.serve.insight_renewal import Renewal, renewal_command
from kentongan.serve.kept import Kept
from kentongan.serve.standards import standards_in_use
from kentongan.settings import Settings

FIRST_YEAR: Final = 1990
LAST_YEAR: Final = 2100
"""Years that can be asked about, as in the files of other centres."""

SPANS_OCTETS: Final = 400_000_000
"""Spans kept in memory, of the columns that were asked for: two of 200,000 incidents."""

ANSWERS_OCTETS: Final = 32_000_000
"""Answers kept; each is at most some hundred kB."""

INCIDENTS_MAX: Final = 1_000_000
"""Incidents of one question with those of the time before, which together take about 1 GB."""


BY_KIND: Final = ("change", "funnel")
"""Parts that compare or weigh categories."""


class NotYoursError(LookupError):
    """An officer asked for another agency's figures."""


class Named(Struct, frozen=True, kw_only=True):
    """A standard as it can be chosen, with its source: the number alone proves nothing."""

    id: str
    name: Text
    source: Text
    status: str
    threshold_s: float
    target: float | None
    start: str
    stop: str


class Answer(Struct, frozen=True, kw_only=True):
    """A part with what it is about. `own_agency` is whose figures an officer sees, else empty.

    `renewing`: newer facts are being read. `per` is what the interval is counted by. `kindless` is
    the share of the incidents that no category is told of, where kinds are compared; None where
    they are so few that the share would point at them.
    """

    preparing: bool = False
    renewing: bool = False
    as_of: datetime | None = None
    first_day: date | None = None
    own_agency: str = ""
    parquet: bool = False
    asked: Asked | None = None
    per: str = ""
    start: str = ""
    end: str = ""
    choices: dict[str, tuple[str, ...]] = {}
    standards: tuple[Named, ...] = ()
    notes: tuple[Note, ...] = ()
    kindless: float | None = None
    part: Any = None


class Insight:
    """Answers from the day files. Used on one thread."""

    def __init__(
        self,
        files: DayFiles,
        pack: CityPack,
        renew: Callable[[], bool],
        standards: tuple[Standard, ...] | None = None,
    ) -> None:
        """`renew` begins to bring the files up to date and says whether that goes on; without
        `standards` the presets."""
        self._files = files
        self._pack = pack
        self._zone = ZoneInfo(pack.city.timezone)
        self._renew = renew
        self._standards = presets() if standards is None else standards
        self._columns = {
            training: DayColumns(partial(files.path, training=training))
            for training in (False, True)
        }
        self._spans: Kept[Day] = Kept(SPANS_OCTETS, octets_of)
        self._answers: Kept[bytes] = Kept(ANSWERS_OCTETS, len)

    def answer(
        self,
        params: Mapping[str, str],
        own_agency: str | None,
        now: datetime,
        training: bool,
        viewer: str = "",
    ) -> bytes:
        """A part of the screen as JSON, or the cases themselves as Parquet (`part=parquet`).

        `viewer` is whose memory it is kept in.

        `AskedError` for what cannot be meant, `NotYoursError` for another agency's figures.
        """
        asked = self._asked(params, own_agency, now)
        part = params.get("part", "first")
        if part not in PARTS and part != "parquet":
            raise AskedError(f"part: {', '.join(PARTS)} or parquet")
        renewing = self._renew()
        version = self._version()
        if not version:
            return msgspec.json.encode(Answer(preparing=True, renewing=renewing))
        key = (version, part, asked, own_agency, training, renewing)
        known = self._answers.get(key)
        if known is not None:
            return known
        try:
            found = self._frame(asked, own_agency, viewer, training=training)
            if part == "parquet":  # too long to be kept
                return _parquet(found)
            told = self._told(found, part, own_agency, renewing, training=training)
            return self._answers.put(key, msgspec.json.encode(told), viewer)
        finally:
            self._answers.shrink()
            self._spans.shrink()

    @property
    def octets(self) -> tuple[int, int]:
        """What is held of spans and of answers."""
        return self._spans.octets, self._answers.octets

    def _frame(self, asked: Asked, own_agency: str | None, viewer: str, *, training: bool) -> Frame:
        now, before, past = (
            self._between(start, end, viewer, training=training)
            for start, end in (
                (asked.start, asked.end),
                (asked.before, asked.start),
                (asked.start - REFERENCE, asked.start),
            )
        )
        many = now.tables["incident"].size + before.tables["incident"].size
        if many > INCIDENTS_MAX:
            raise AskedError(
                f"days: {many:,} incidents with those before, at most {INCIDENTS_MAX:,}: fewer days"
            )
        found = frame(asked, now, before, self._standards, past)
        if own_agency:
            _check_own(found)
        return found

    def _told(
        self, found: Frame, part: str, own_agency: str | None, renewing: bool, *, training: bool
    ) -> Answer:
        days = self._files.days(training=training)
        interval = found.interval
        read_at = (self._files.folder / STATE).stat().st_mtime
        return Answer(
            renewing=renewing,
            as_of=datetime.fromtimestamp(read_at, UTC),
            first_day=days[0] if days else None,
            own_agency=own_agency or "",
            parquet=importlib.util.find_spec("duckdb") is not None,
            asked=found.asked,
            per=str(interval.subject),
            start=str(interval.start),
            end=str(interval.end),
            choices=self._choices(found, own_agency),
            standards=tuple(_named(one) for one in self._standards),
            notes=self._files.notes() if part == "weeks" else (),
            kindless=kindless(found) if part in BY_KIND else None,
            part=PARTS[part](found, self._pack),
        )

    def _choices(self, found: Frame, own_agency: str | None) -> dict[str, tuple[str, ...]]:
        known = choices(found.now, with_calls=own_agency is None)
        return known | ({"agency": (own_agency,)} if own_agency else {})

    def _asked(self, params: Mapping[str, str], own_agency: str | None, now: datetime) -> Asked:
        today = now.astimezone(self._zone).date()
        days = _whole(params.get("days") or "90")
        start = params.get("from")
        asked = Asked(
            start=_day(start) if start else today - timedelta(days=days - 1),
            days=days,
            changed=_day(params["changed"]) if params.get("changed") else None,
            **{
                name: params[name]
                for name in (*FILTERS, "interval", "standard", "treated")
                if params.get(name)
            },
        )
        if not own_agency:
            return asked
        if asked.agency not in ("", own_agency):
            raise NotYoursError(asked.agency)
        return msgspec.structs.replace(asked, agency=own_agency)

    def _version(self) -> int:
        try:
            return (self._files.folder / STATE).stat().st_mtime_ns
        except OSError:
            return 0

    def _between(self, start: date, end: date, viewer: str, *, training: bool) -> Day:
        """A span whose days are as they were is not read again, whatever was written since."""
        versions = self._files.versions(training=training)
        of_days = frozenset(one for one in versions.items() if start <= one[0] < end)
        key = (start, end, training, of_days)
        known = self._spans.get(key)
        if known is not None:
            return known
        found = self._columns[training].between(versions, start, end)
        return self._spans.put(key, found, viewer)


def _check_own(found: Frame) -> None:
    """Calls are the room's, no agency's: neither their intervals nor their standards."""
    standard = found.standard
    if found.interval.subject is Subject.CALL:
        raise AskedError(f"{found.asked.interval} is counted per call, which is no agency's")
    if standard is not None and standard.subject is Subject.CALL:
        raise AskedError(f"{standard.id} is about calls, which are no agency's")


def _named(one: Standard) -> Named:
    return Named(
        id=one.id,
        name=one.name,
        source=one.told_source,
        status=str(one.status),
        threshold_s=one.threshold_s,
        target=one.target,
        start=one.start[0].event,
        stop=one.stop.event,
    )


def _parquet(found: Frame) -> bytes:
    """The cases of the interval, a row each; `AskedError` where DuckDB is not installed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.parquet"
        try:
            write(found.observed(), path)
        except WarehouseError as error:
            raise AskedError(str(error)) from None
        return path.read_bytes()


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise AskedError(f"{text[:20]!r} is not a day (YYYY-MM-DD)") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise AskedError(f"{text[:20]!r}: {FIRST_YEAR} to {LAST_YEAR}")
    return day


def _whole(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text[:6]) <= DAYS_MAX or len(text) > 6:
        raise AskedError(f"days: 1 to {DAYS_MAX}")
    return int(text)


def insight_of(
    settings: Settings, pack: CityPack, file: Path | None
) -> Callable[[Mapping[str, str], str | None, datetime, bool, str], bytes]:
    """The answers of a running centre; `file` is that of its settings."""
    renew = Renewal(renewal_command(file))
    standards = standards_in_use(settings)
    return Insight(day_files(settings, pack), pack, renew, standards).answer
