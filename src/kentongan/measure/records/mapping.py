"""A mapping says what another centre's columns mean: one TOML file for each source.

A row is a call, an incident or one unit's work. Each clock has a column and a form; the file has
one time zone, one list of words for "nothing", and rules for rows that are not meant. What cannot
be meant is a `MappingError` that names the field. Presets stand beside this file.
"""

import tomllib
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Struct

from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Subject
from kentongan.measure.observations import LABELS

MAPPING_BYTES_MAX: Final = 200_000


ENDINGS: Final = (Clock.ABANDONED, Clock.RELEASED, Clock.CLOSED)
"""What ends the wait for a unit that never came."""


class MappingError(ValueError):
    """A mapping that cannot be meant, or that does not fit the file."""


class Form(StrEnum):
    """How a moment is written."""

    STAMP = "stamp"  # date and time, by `formats` or ISO 8601
    TIME = "time"  # time of day, the date in `date`; rolls past midnight
    SECONDS = "seconds_of_day"  # since midnight of `date`; may exceed 86,400
    EXCEL = "excel"  # days since 1899-12-30
    EPOCH = "epoch"  # seconds since 1970, UTC
    AFTER = "duration_after"  # a duration after another clock, `of`


class ClockColumn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a clock stands. Several names of one column are tried in turn."""

    column: str | tuple[str, ...]
    form: Form = Form.STAMP
    date: str | tuple[str, ...] = ()
    of: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the column."""
        return (self.column,) if isinstance(self.column, str) else self.column

    @property
    def dates(self) -> tuple[str, ...]:
        """Names of the column with the date."""
        return (self.date,) if isinstance(self.date, str) else self.date


class PlaceColumns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a place stands: two columns of degrees, or `both` in one. Names are tried in turn."""

    lat: tuple[str, ...] = ()
    lon: tuple[str, ...] = ()
    both: tuple[str, ...] = ()


class Drop(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows that do not count, under a reason: scheduled, self-initiated, test, ..."""

    column: str
    values: tuple[str, ...]
    reason: str


class Check(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column of the vendor's that says what we compute ourselves: a check, not the truth."""

    column: str
    start: str
    end: str
    floored: bool = True


class Bin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Calls answered in up to so many seconds, and in more than the bin before."""

    column: str
    upto_s: float | None = None


class Bins(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Hourly counts of answer times on one line, instead of single calls. `when` is the column that
    tells the day of a row: without it a share has no interval."""

    line: str
    when: str = ""
    bins: tuple[Bin, ...]
    abandoned: str
    offered: str


class Mapping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a source's columns mean. `precision_s` 0 means: find the grid the stamps lie on.

    `delimiter` parts the columns of a CSV; empty is what its header has most of. `values`
    translates a label's words into ours, for example priority 1 into P1. The first of `endings` is
    when a row that no unit arrived for was given up; none of them, and its arrival is missing.
    """

    id: str
    name: str
    row: Subject
    timezone: str
    clocks: dict[str, ClockColumn] = {}
    labels: dict[str, str | tuple[str, ...]] = {}
    values: dict[str, dict[str, str]] = {}
    place: PlaceColumns = PlaceColumns()
    key: str | tuple[str, ...] = ()
    delimiter: str = ""
    formats: tuple[str, ...] = ()
    missing: tuple[str, ...] = ("", "NULL", "null", "NA", "N/A", "-")
    drop: tuple[Drop, ...] = ()
    check: tuple[Check, ...] = ()
    lines: tuple[Bins, ...] = ()
    by_call: str = ""
    call_values: tuple[str, ...] = ()
    precision_s: float = 0.0
    rows_are_over: bool = True
    endings: tuple[Clock, ...] = ENDINGS
    note: str = ""

    @property
    def zone(self) -> ZoneInfo:
        """The zone its clocks are written in."""
        return ZoneInfo(self.timezone)

    def columns(self) -> tuple[tuple[str, ...], ...]:
        """The names of each column with a clock; what a file is recognised by."""
        return tuple(one.names for one in self.clocks.values()) + tuple(
            (one.column,) for line in self.lines for one in line.bins
        )


def preset_names() -> tuple[str, ...]:
    """Presets that come with the product."""
    folder = files("kentongan.measure.records").joinpath("presets")
    return tuple(sorted(one.name.removesuffix(".toml") for one in folder.iterdir()))


def preset(name: str) -> Mapping:
    """A preset by its name; `MappingError` with the known ones."""
    if name not in preset_names():
        raise MappingError(f"no preset {name!r}; known are {', '.join(preset_names())}")
    found = files("kentongan.measure.records").joinpath("presets", f"{name}.toml")
    return parse(found.read_text(encoding="utf-8"), name)


def load(given: str) -> Mapping:
    """A mapping by the name of a preset or by the path of a file."""
    path = Path(given)
    if not path.suffix:
        return preset(given)
    if not path.is_file():
        raise MappingError(f"{given}: no such file; presets are {', '.join(preset_names())}")
    if path.stat().st_size > MAPPING_BYTES_MAX:
        raise MappingError(f"{given}: larger than {MAPPING_BYTES_MAX:,} bytes")
    try:
        return parse(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise MappingError(f"{given}: not UTF-8 at byte {error.start}") from None


def parse(text: str, name: str) -> Mapping:
    """A mapping out of TOML, or out of JSON where the name says so, checked."""
    try:
        if name.endswith(".json"):
            found = msgspec.json.decode(text, type=Mapping)
        else:
            found = msgspec.convert(tomllib.loads(text), Mapping)
    except (tomllib.TOMLDecodeError, msgspec.DecodeError) as error:
        raise MappingError(f"{name}: {error}") from None
    _check(found, name)
    return found


def _check(mapping: Mapping, name: str) -> None:
    known = {clock.value for clock in Clock}
    try:
        _ = mapping.zone
    except (ZoneInfoNotFoundError, ValueError):
        raise MappingError(f"{name}: no time zone {mapping.timezone!r}") from None
    events = [("clocks", key) for key in mapping.clocks]
    events += [("check", event) for one in mapping.check for event in (one.start, one.end)]
    for field, event in events:
        if event not in known:
            raise MappingError(f"{name}: {field}: no clock {event!r}; known are {', '.join(Clock)}")
    for label in (*mapping.labels, *mapping.values):
        if label not in LABELS:
            raise MappingError(f"{name}: no label {label!r}; known are {', '.join(LABELS)}")
    for event, column in mapping.clocks.items():
        dated = column.form in {Form.TIME, Form.SECONDS}
        if dated and not column.date:
            raise MappingError(f"{name}: {event}: a {column.form} needs a column for its date")
        if column.form is Form.AFTER and column.of not in mapping.clocks:
            raise MappingError(f"{name}: {event}: after {column.of!r}, which is no clock here")
    if not mapping.clocks and not mapping.lines:
        raise MappingError(f"{name}: neither clocks nor lines: nothing to measure")
    if len(mapping.delimiter) > 1:
        raise MappingError(f"{name}: the delimiter is one character, or none: the header says it")
