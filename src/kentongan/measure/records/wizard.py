"""What a mapping wizard shows of another centre's file: its columns, what they probably mean, and
how the first rows are understood. The figures are those of every import; nothing is guessed there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from kentongan.measure.clocks import DERIVED, Clock
from kentongan.measure.intervals import Subject
from kentongan.measure.observations import LABELS, NEVER
from kentongan.measure.records.date_order import order_of, other_order
from kentongan.measure.records.defects import ImportReport, Listed
from kentongan.measure.records.importing import import_chunks
from kentongan.measure.records.mapping import ClockColumn, Form, Mapping, preset, preset_names
from kentongan.measure.records.moments import MICRO, read_stamps
from kentongan.measure.records.places import Places, fits, plain
from kentongan.measure.records.reading import Chunk, chunks, delimiter_of

RECOGNISED: Final = 0.8
"""Share of a preset's columns that a file has before it is taken for one of that kind."""

LOOKED_ROWS: Final = 200
"""Rows that guesses rest on."""

SHOWN_ROWS: Final = 20
SAMPLES: Final = 3
SAMPLE_CHARACTERS_MAX: Final = 60

FORMATS: Final = (
    "%d/%m/%Y %H:%M:%S", "%d-%m-%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%d/%m/%Y %H:%M",
    "%d-%m-%Y %H:%M", "%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d/%m/%Y", "%d-%m-%Y",
)  # fmt: skip
"""Ways to write a moment that are tried where ISO 8601 does not fit; the day stands first until a
value says otherwise."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))


class ColumnSeen(Struct, frozen=True, kw_only=True):
    """A column of the file, with some of what stands in it."""

    name: str
    samples: tuple[str, ...]


class Fit(Struct, frozen=True, kw_only=True):
    """A preset: how many of its columns the file has, 0 to 1, and which it has not."""

    id: str
    name: str
    share: float
    mapping: Mapping


class Looked(Struct, frozen=True, kw_only=True):
    """A file before anybody said what it means. `recognised` is the preset that fits, or empty;
    `guess` is a mapping by the names of the columns, for whoever maps by hand."""

    columns: tuple[ColumnSeen, ...]
    presets: tuple[Fit, ...]
    recognised: str
    guess: Mapping
    clocks: tuple[str, ...] = tuple(str(one) for one in Clock if one not in DERIVED)
    labels: tuple[str, ...] = LABELS
    forms: tuple[str, ...] = tuple(str(one) for one in Form)


class Why(Struct, frozen=True):
    """What is wrong with a row, where, and what stands there."""

    reason: str
    column: str
    value: str = ""


class RowShown(Struct, frozen=True, kw_only=True):
    """One row as it is understood: a moment for each clock in the file's own zone (empty without),
    a word for each label. `kept` is whether it counts."""

    number: int
    kept: bool
    why: tuple[Why, ...]
    at: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


class Preview(Struct, frozen=True, kw_only=True):
    """The first rows."""

    clocks: tuple[str, ...]
    labels: tuple[str, ...]
    rows: tuple[RowShown, ...]


def look(path: Path, name: str, timezone: str) -> Looked:
    """The columns of a file and what they may be; `ReadError` for one that is none."""
    delimiter = delimiter_of(path)
    piece = next(iter(chunks(path, delimiter)))
    rows = list(piece.rows[:LOOKED_ROWS])
    fitting = [
        Fit(id=one.id, name=one.name, share=fits(piece.header, one), mapping=one)
        for one in map(preset, preset_names())
    ]
    fitting.sort(key=lambda one: -one.share)
    best = fitting[0]
    columns = tuple(
        ColumnSeen(name=column, samples=_samples(row[at] for row in rows))
        for at, column in enumerate(piece.header)
    )
    return Looked(
        columns=columns,
        presets=tuple(fitting),
        recognised=best.id if best.share >= RECOGNISED else "",
        guess=_guess(piece.header, rows, name, timezone, delimiter),
    )


def preview(path: Path, mapping: Mapping, report: ImportReport) -> Preview:
    """The first rows, each by itself, with everything that the report says of it."""
    piece = next(iter(chunks(path, mapping.delimiter)))
    places = Places(piece.header, mapping)
    clocks = tuple(key for key, place in places.clocks.items() if place is not None)
    labels = tuple(
        label
        for label, given in mapping.labels.items()
        if places.of((given,) if isinstance(given, str) else given) is not None
    )
    if places.point:
        labels = (*labels, "cell")
    dropped, marked = _by_row(report.dropped), _by_row(report.defects)
    shown: list[RowShown] = []
    for number, row in sorted(
        [
            *zip(piece.numbers, piece.rows, strict=True),
            *((number, None) for number in (*piece.ragged, *piece.empty)),
        ],
        key=lambda one: one[0],
    )[:SHOWN_ROWS]:
        gone = dropped.get(number, ())
        at, said = (
            ((), ()) if row is None else _one(piece.header, row, number, mapping, clocks, labels)
        )
        shown.append(
            RowShown(
                number=number, kept=not gone, why=(*gone, *marked.get(number, ())), at=at, said=said
            )
        )
    return Preview(clocks=clocks, labels=labels, rows=tuple(shown))


def _one(
    header: tuple[str, ...],
    row: list[str],
    number: int,
    mapping: Mapping,
    clocks: Sequence[str],
    labels: Sequence[str],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A row's moments and labels, read as the whole file is; dropped rows, too."""
    whole = msgspec.structs.replace(mapping, drop=(), check=())
    piece = Chunk(header=header, rows=[row], numbers=[number], ragged=[])
    table = import_chunks(lambda: iter((piece,)), whole).table
    if not table.size:
        return tuple("" for _ in clocks), tuple("" for _ in labels)
    at = tuple(_local(int(table.moments(Clock(key))[0]), mapping.zone) for key in clocks)
    said = tuple(table.labels[label].names[int(table.labels[label].codes[0])] for label in labels)
    return at, said


def _local(moment: int, zone: ZoneInfo) -> str:
    if moment == NEVER:
        return ""
    local = (EPOCH + timedelta(microseconds=moment)).astimezone(zone)
    return local.strftime("%Y-%m-%d %H:%M:%S")


def _by_row(listed: Iterable[Listed]) -> dict[int, tuple[Why, ...]]:
    found: dict[int, tuple[Why, ...]] = {}
    for one in listed:
        for row in one.rows:
            why = Why(one.reason, one.column, row.value)
            found[row.number] = (*found.get(row.number, ()), why)
    return found


def _samples(texts: Iterable[str]) -> tuple[str, ...]:
    distinct = dict.fromkeys(text.strip() for text in texts)
    shown = [text[:SAMPLE_CHARACTERS_MAX] for text in distinct if text]
    return tuple(shown[:SAMPLES])


def _guess(
    header: Sequence[str], rows: list[list[str]], name: str, timezone: str, delimiter: str
) -> Mapping:
    """Columns by the names that presets know them under, moments by the first form that fits."""
    clocks: dict[str, ClockColumn] = {}
    labels: dict[str, str | tuple[str, ...]] = {}
    formats: dict[str, None] = {}
    known_clocks, known_labels, known_keys = _known()
    keys = [column for column in header if plain(column) in known_keys]
    for at, column in enumerate(header):
        clock, label = known_clocks.get(plain(column)), known_labels.get(plain(column))
        if clock is not None and clock not in clocks:
            found = _formats([row[at] for row in rows], ZoneInfo(timezone))
            if found is not None:
                clocks[clock] = ClockColumn(column=column)
                formats |= dict.fromkeys(found)
        elif label is not None and label not in labels:
            labels[label] = column
    return Mapping(
        id="own",
        name=name,
        row=Subject.INCIDENT,
        timezone=timezone,
        clocks=clocks,
        labels=labels,
        key=keys[0] if keys else (),
        delimiter=delimiter,
        formats=tuple(formats),
    )


def _known() -> tuple[dict[str, str], dict[str, str], set[str]]:
    """What each column's name means in the presets and in our own words; and those of keys."""
    keys: set[str] = set()
    clocks = {plain(str(one)): str(one) for one in Clock}
    labels = {plain(label): label for label in LABELS}
    for one in map(preset, preset_names()):
        for key, column in one.clocks.items():
            if column.form is Form.STAMP:
                clocks |= {plain(name): key for name in column.names}
        for label, given in one.labels.items():
            names = (given,) if isinstance(given, str) else given
            labels |= {plain(name): label for name in names}
        keys |= {plain(one.key)} if isinstance(one.key, str) else set(map(plain, one.key))
    return clocks, labels, keys


def _formats(texts: Sequence[str], zone: ZoneInfo) -> tuple[str, ...] | None:
    """The formats that these moments need beside ISO 8601, both where day and month could change
    places (the whole file proves one, or whoever maps says it); None when nothing reads most."""
    written = [text for text in texts if text.strip()]
    best: tuple[int, tuple[str, ...]] = (len(written) // 2 + 1, ())
    for tried in ((), *((one,) for one in FORMATS)):
        if (bad := _not_read(written, tried, zone)) < best[0]:
            best = (bad, tried)
    if best[0] > len(written) // 2:
        return None
    turned = tuple(other_order(form) for form in best[1] if order_of(form))
    return best[1] + (turned if turned and _not_read(written, turned, zone) == best[0] else ())


def _not_read(texts: list[str], formats: Sequence[str], zone: ZoneInfo) -> int:
    """How many moments these formats do not read, or read as what no clock shows."""
    read = read_stamps(texts, formats, zone)
    outside = (read.at != NEVER) & (abs(read.at) > 4_102_444_800 * MICRO)
    return int(read.unreadable.sum()) + int(outside.sum())
