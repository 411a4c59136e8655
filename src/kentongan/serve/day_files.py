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
from collections.abc import Callable, Generator
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
    """Where reading stopped and the cases whose days may still change."""

    format: int = FORMAT
    position: int = 0
    cases: Cases = msgspec.field(default_factory=Cases)
    notes: list[Note] = msgspec.field(default_factory=list[Note])


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
                    touched.note(recorded)
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
        for day in sorted(touched.days(cases, self._day)):
            found = by_day.get(day)
            if found is not None:
                self._write_day(day, found, pack)
        last = self._day(cases.until - KEPT)
        for day in [one for one in by_day if one < last]:
            for key in by_day[day].calls:
                del cases.calls[key]
            for key in by_day[day].incidents:
                for report in cases.incidents.pop(key).reports:
                    cases.reports.pop(report, None)
        _drop_beginnings_unknown(cases)
        cases.duty.clear()  # no plot is about it, and it would grow for ever

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

    def _write_day(self, day: date, cases: Cases, pack: CityPack) -> None:
        begin = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        start, end = begin.astimezone(UTC), (begin + timedelta(days=1)).astimezone(UTC)
        for training in (False, True):
            made = day_of(cases, pack.nature_by_code, start, end, self._zone, training=training)
            path = self.path(day, training=training)
            if any(table.size for table in made.tables.values()) or made.excluded:
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, to_bytes(made))
            else:
                path.unlink(missing_ok=True)

    def _day(self, at: datetime) -> date:
        return max(at, BEGINNING + KEPT).astimezone(self._zone).date()


class _Touched:
    """Calls and incidents that events told of."""

    def __init__(self) -> None:
        self._calls: set[str] = set()
        self._incidents: set[str] = set()
        self._events = 0

    def __len__(self) -> int:
        return self._events

    def note(self, recorded: Recorded) -> None:
        """An event was read."""
        self._events += 1
        noun, _, key = recorded.meta.stream.partition(":")
        if noun == "call":
            self._calls.add(key)
        elif noun == "incident":
            self._incidents.add(key)
        elif (incident := getattr(recorded.event, "incident", None)) is not None:
            self._incidents.add(str(incident))

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
