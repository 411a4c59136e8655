"""The cases of each day as a file, kept up to date from the journal by a process of its own.

`kentongan evaluation-days` reads what is new in the journal and writes the days it touches; the
screens read the files and never the journal. What is needed to go on stands in `state.bin`; when it
is not there or not of this version, everything is read once more. A day is final after `KEPT`: what
is told of it later (an incident reopened after five weeks) is not in its file any more.
"""

import contextlib
import fcntl
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Generator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from kentongan.app.ports import Recorded, Store
from kentongan.cities.pack import CityPack
from kentongan.core.events import MassDeclared, PackActivated, RoadsClosed
from kentongan.measure.cases import BEGINNING, Cases
from kentongan.measure.clocks import Clock
from kentongan.measure.day_tables import FORMAT, day_of, to_bytes
from kentongan.measure.unit_hours import DUTY_EVENTS, Span
from kentongan.measure.unit_spans import Presence, presence_by_day
from kentongan.serve.day_columns import renew_months
from kentongan.serve.evaluation import EVENTS_EACH
from kentongan.settings import Settings

KEPT: Final = timedelta(days=40)
"""How long a day's file may still change."""

SETTLE_EVENTS: Final = 200_000
"""Events after which days are written and old ones let go, so that memory stays small."""

STATE: Final = "state.bin"
NOTES: Final = "notes.json"
NOTES_MAX: Final = 500
"""Notes kept, the newest."""

LOCK: Final = "lock"
SUFFIX: Final = ".bin"
DUTY, TRAINING = "duty", "training"

_log = logging.getLogger(__name__)


class Note(Struct, frozen=True, kw_only=True):
    """Something that happened to the city or its rules on a day: what a chart is annotated with."""

    day: date
    kind: str
    detail: str = ""


class State(Struct, kw_only=True):
    """Where reading stopped, and the cases whose days may still change: those from `final` on."""

    format: int = FORMAT
    position: int = 0
    cases: Cases = msgspec.field(default_factory=Cases)
    notes: list[Note] = msgspec.field(default_factory=list[Note])
    final: date = date.min


class DayFiles:
    """The folder of day files."""

    def __init__(self, folder: Path, zone: ZoneInfo) -> None:
        self.folder = folder
        self._zone = zone

    def path(self, day: date, *, training: bool) -> Path:
        """The file of a day; there is none for a day without a case."""
        return self.folder / (TRAINING if training else DUTY) / f"{day:%Y/%m-%d}{SUFFIX}"

    def versions(self, *, training: bool) -> dict[date, int]:
        """The days that there are files of, in order, each with when its file was written, ns."""
        root = self.folder / (TRAINING if training else DUTY)
        found: dict[date, int] = {}
        for year in sorted(root.iterdir()) if root.is_dir() else ():
            with os.scandir(year) as entries:
                for entry in entries:
                    if entry.name.endswith(SUFFIX):
                        day = date.fromisoformat(f"{year.name}-{entry.name[: -len(SUFFIX)]}")
                        found[day] = entry.stat().st_mtime_ns
        return dict(sorted(found.items()))

    def days(self, *, training: bool) -> list[date]:
        """The days that there are files of, in order."""
        return list(self.versions(training=training))

    def refresh(self, store: Store, pack: CityPack) -> int:
        """Read what is new and write the days it touches; how many events were read.

        Another process that does the same at this moment is waited for.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            state = self._state(store)
            read, touched = 0, _Touched()
            while found := store.tail(state.position, EVENTS_EACH):
                for recorded in found:
                    state.cases.add(recorded.event, recorded.meta)
                    touched.note(recorded, state.cases)
                    self._annotate(state, recorded)
                state.position, read = found[-1].meta.position, read + len(found)
                if len(touched) >= SETTLE_EVENTS:
                    self._settle(state, pack, touched)
                    touched = _Touched()
            if read or not (self.folder / STATE).exists():
                self._settle(state, pack, touched)
                _write(self.folder / NOTES, msgspec.json.encode(state.notes))
                _write(self.folder / STATE, msgspec.msgpack.encode(state))
            self.renew_months()
            return read

    def renew_months(self) -> int:
        """Make the files of months that most of their days are not in; how many were made."""
        return sum(
            renew_months(
                partial(self.path, training=training), self.versions(training=training), _write
            )
            for training in (False, True)
        )

    def notes(self) -> tuple[Note, ...]:
        """What charts are annotated with, in order."""
        try:
            content = (self.folder / NOTES).read_bytes()
            return msgspec.json.decode(content, type=tuple[Note, ...])
        except (OSError, msgspec.DecodeError):
            return ()

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        with (self.folder / LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _state(self, store: Store) -> State:
        try:
            found = msgspec.msgpack.decode((self.folder / STATE).read_bytes(), type=State)
        except (OSError, msgspec.DecodeError):
            return State()
        if found.format != FORMAT or found.position > store.last_position():
            _log.warning("the cases of all days are read once more")
            return State()
        return found

    def _annotate(self, state: State, recorded: Recorded) -> None:
        day = self._day(recorded.meta.at)
        match recorded.event:
            case PackActivated(number=number):
                note = Note(day=day, kind="pack", detail=str(number))
            case MassDeclared():
                note = Note(day=day, kind="mass")
            case RoadsClosed(reason="flood"):
                note = Note(day=day, kind="flood")
            case _:
                return
        if note not in state.notes:
            state.notes = [*state.notes, note][-NOTES_MAX:]

    def _settle(self, state: State, pack: CityPack, touched: "_Touched") -> None:
        """Write the days that were touched; forget those that are too old to change."""
        cases = state.cases
        cases.finish()
        by_day = self._by_day(cases)
        presence = presence_by_day(cases.duty, cases.until, self._day)
        served = {day for day in touched.served(self._day) if day >= state.final}
        for day in sorted(touched.days(cases, self._day) | served):
            if day in by_day or day in served:
                self._write_day(day, by_day[day], pack, presence.get(day, []))
        last = state.final = max(self._day(cases.until - KEPT), state.final)
        for day in [one for one in by_day if one < last]:
            for key in by_day[day].calls:
                del cases.calls[key]
            for key in by_day[day].incidents:
                for report in cases.incidents.pop(key).reports:
                    cases.reports.pop(report, None)
        _drop_beginnings_unknown(cases)
        for duty in cases.duty.values():
            duty.spans = [span for span in duty.spans if self._day(span[1]) >= last]

    def _by_day(self, cases: Cases) -> dict[date, Cases]:
        found: dict[date, Cases] = defaultdict(
            lambda: Cases(reports=cases.reports, until=cases.until)
        )
        for key, call in cases.calls.items():
            ring = call.stamps.get(Clock.RING)
            if ring is not None:
                found[self._day(ring.at)].calls[key] = call
        for key, incident in cases.incidents.items():
            opened = incident.own.get(Clock.OPENED)
            if opened is not None:
                found[self._day(opened.at)].incidents[key] = incident
        return found

    def _write_day(
        self, day: date, cases: Cases, pack: CityPack, presence: Sequence[Presence]
    ) -> None:
        """Where nobody rang there is a file of duty alone, for the hours of its units."""
        begin = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        start, end = begin.astimezone(UTC), (begin + timedelta(days=1)).astimezone(UTC)
        for training in (False, True):
            made = day_of(
                cases, pack.nature_by_code, start, end, self._zone,
                training=training, presence=presence,
            )  # fmt: skip
            path = self.path(day, training=training)
            tables = (one for kind, one in made.tables.items() if kind != "hours" or not training)
            if any(table.size for table in tables) or made.excluded:
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, to_bytes(made))
            else:
                path.unlink(missing_ok=True)

    def _day(self, at: datetime) -> date:
        return max(at, BEGINNING + KEPT).astimezone(self._zone).date()


class _Touched:
    """Calls, incidents and units' presence that events told of."""

    def __init__(self) -> None:
        self._calls: set[str] = set()
        self._incidents: set[str] = set()
        self._served: set[Span] = set()
        self._events = 0

    def __len__(self) -> int:
        return self._events

    def note(self, recorded: Recorded, cases: Cases) -> None:
        """An event was read and taken into the cases."""
        self._events += 1
        noun, _, key = recorded.meta.stream.partition(":")
        if noun == "call":
            self._calls.add(key)
        elif noun == "incident":
            self._incidents.add(key)
        elif isinstance(recorded.event, DUTY_EVENTS):
            spans, at = cases.duty[key].spans, recorded.meta.at
            self._served.add(spans[-1] if spans and spans[-1][1] == at else (at, at))
        elif (incident := getattr(recorded.event, "incident", None)) is not None:
            self._incidents.add(str(incident))

    def served(self, day_of_moment: Callable[[datetime], date]) -> set[date]:
        """The days on which units were there, as far as that became known."""
        return {
            day_of_moment(begin) + timedelta(days=number)
            for begin, end in self._served
            for number in range((day_of_moment(end) - day_of_moment(begin)).days + 1)
        }

    def days(self, cases: Cases, day_of_moment: Callable[[datetime], date]) -> set[date]:
        """The days of their beginnings."""
        moments = [
            stamp.at
            for key in self._calls
            if (call := cases.calls.get(key)) and (stamp := call.stamps.get(Clock.RING))
        ]
        moments += [
            stamp.at
            for key in self._incidents
            if (one := cases.incidents.get(key)) and (stamp := one.own.get(Clock.OPENED))
        ]
        return {day_of_moment(at) for at in moments}


def _drop_beginnings_unknown(cases: Cases) -> None:
    """What began on a day that is final: only its end was heard of."""
    for key in [key for key, one in cases.calls.items() if Clock.RING not in one.stamps]:
        del cases.calls[key]
    for key in [key for key, one in cases.incidents.items() if Clock.OPENED not in one.own]:
        del cases.incidents[key]
    linked = {report for one in cases.incidents.values() for report in one.reports}
    for key in [
        key
        for key, one in cases.reports.items()
        if key not in linked and one.call is not None and one.call not in cases.calls
    ]:
        del cases.reports[key]


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all: a process may be killed at any moment."""
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)


def day_files(settings: Settings, pack: CityPack) -> DayFiles:
    """The folder that these settings name."""
    return DayFiles(settings.state_path / "evaluation", ZoneInfo(pack.city.timezone))
