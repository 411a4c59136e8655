"""A file of units: comma-separated, a header line, one unit a line. Every fault names its place.

Columns `unit`, `lat` and `lon` must be there; `profile` (or `kind`, a kind of unit of the city
pack), `heading` in degrees and `can` as bits may be. Others are an error: a misspelt column would
otherwise be silently ignored.
"""

import csv
from collections.abc import Iterable
from typing import Final, NamedTuple

from kentongan.cities.facts import UnitKind
from kentongan.edge.geo.network.profiles import Profile, profile_of

LINES_MAX: Final = 100_000
"""Units in a file; as many as a router takes."""

_NEEDED: Final = ("unit", "lat", "lon")
_KNOWN: Final = frozenset({*_NEEDED, "profile", "kind", "heading", "can"})


class UnitFileBroken(Exception):  # noqa: N818 - named like the other kinds of bad input
    """A file of units that cannot be used; the text names line, field and fault."""


class UnitLine(NamedTuple):
    """One unit of the file."""

    unit: str
    lat: float
    lon: float
    profile: Profile
    heading: float | None
    can: int


def units_of(lines: Iterable[str], profile: Profile) -> list[UnitLine]:
    """The units; `profile` is for lines that name none. Raises `UnitFileBroken`."""
    rows = csv.reader(lines, strict=True)
    try:
        first: list[str] = next(rows, list[str]())
        header = [name.strip().lower() for name in first]
        _check_header(header)
        found: list[UnitLine] = []
        seen: dict[str, int] = {}
        for row in rows:
            if not any(field.strip() for field in row):
                continue
            if len(found) >= LINES_MAX:
                raise UnitFileBroken(f"line {rows.line_num}: more than {LINES_MAX} units")
            unit = _unit(header, row, rows.line_num, profile)
            if unit.unit in seen:
                raise UnitFileBroken(
                    f"line {rows.line_num}: unit: {unit.unit!r} is in line {seen[unit.unit]}, too"
                )
            seen[unit.unit] = rows.line_num
            found.append(unit)
    except csv.Error as error:
        raise UnitFileBroken(f"line {rows.line_num}: not comma-separated: {error}") from error
    if not found:
        raise UnitFileBroken(f"line {rows.line_num + 1}: unit: the file ends without any unit")
    return found


def _check_header(header: list[str]) -> None:
    missing = [name for name in _NEEDED if name not in header]
    unknown = [name for name in header if name not in _KNOWN]
    twice = sorted({name for name in header if header.count(name) > 1})
    for fault, names in (("missing", missing), ("unknown", unknown), ("twice", twice)):
        if names:
            columns = ", ".join(repr(name) for name in names)
            raise UnitFileBroken(
                f"line 1: column {fault}: {columns}; known are {', '.join(sorted(_KNOWN))}"
            )


def _unit(header: list[str], row: list[str], line: int, profile: Profile) -> UnitLine:
    if len(row) != len(header):
        raise UnitFileBroken(f"line {line}: {len(row)} fields where the header has {len(header)}")
    fields = dict(zip(header, (field.strip() for field in row), strict=True))
    if not fields["unit"]:
        raise UnitFileBroken(f"line {line}: unit: empty")
    heading = fields.get("heading", "")
    can = fields.get("can", "") or "0"
    if not can.isdecimal() or int(can) >= 1 << 62:
        raise UnitFileBroken(f"line {line}: can: {can!r} is not a whole number of bits")
    return UnitLine(
        unit=fields["unit"],
        lat=_number(fields, "lat", line, 90.0),
        lon=_number(fields, "lon", line, 180.0),
        profile=_profile(fields, line) or profile,
        heading=_number(fields, "heading", line, 360.0) if heading else None,
        can=int(can),
    )


def _number(fields: dict[str, str], name: str, line: int, most: float) -> float:
    try:
        value = float(fields[name])
    except ValueError:
        raise UnitFileBroken(f"line {line}: {name}: {fields[name]!r} is not a number") from None
    if not -most <= value <= most:
        hint = ": latitude and longitude swapped?" if name == "lat" and abs(value) <= 180 else ""
        raise UnitFileBroken(f"line {line}: {name}: {value:g} is not within ±{most:g}{hint}")
    return value


def _profile(fields: dict[str, str], line: int) -> Profile | None:
    if name := fields.get("profile", ""):
        if name not in set(Profile):
            raise UnitFileBroken(f"line {line}: profile: {name!r} is none of {', '.join(Profile)}")
        return Profile(name)
    if kind := fields.get("kind", ""):
        if kind not in set(UnitKind):
            kinds = ", ".join(UnitKind)
            raise UnitFileBroken(f"line {line}: kind: {kind!r} is none of {kinds}")
        return profile_of(kind)
    return None
