"""What is said on the line from the `avl` process to the screens' processes, as values.

JSON, one line each, on a Unix socket. A line of positions holds the latest of some units; what a
slow reader missed is never sent, its place is taken by what came later. Once a second comes a line
of figures.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from kentongan.app.ports import UnitFix
from kentongan.cities.facts import Point
from kentongan.core.words import Fix, UnitId

UNITS_EACH: Final = 500
"""Positions in one line: some milliseconds of the reader's event loop."""

LINE_BYTES_MAX: Final = 200_000
"""Longest line; 500 positions take about 60,000 octets."""

UNITS_TOLD_MAX: Final = 50
"""Units whose mistakes are told one by one: those with the most."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Told(Struct, frozen=True, array_like=True, gc=False):
    """A unit's latest position; times in seconds since 1970."""

    unit: str
    lat: float
    lon: float
    at: float
    received: float
    accuracy_m: float | None = None
    heading_deg: float | None = None
    speed_m_s: float | None = None


class AvlFigures(Struct, frozen=True, kw_only=True):
    """How the reception of positions is. Verdicts and faults are counted since its start.

    `units` names the units with the most positions that are not drawn, by cause; `unwritten` are
    positions that the history lost because the store was away too long.
    """

    devices: int = 0
    connections: int = 0
    taken: int = 0
    verdicts: dict[str, int] = {}
    units: dict[str, dict[str, int]] = {}
    refused: int = 0
    store_away: bool = False
    unwritten: int = 0


class AvlWord(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: positions, or figures."""

    fixes: tuple[Told, ...] = ()
    figures: AvlFigures | None = None


def told(one: UnitFix) -> Told:
    """The position as it is sent."""
    fix = one.fix
    return Told(
        one.unit,
        fix.point.lat,
        fix.point.lon,
        (fix.at - _EPOCH).total_seconds(),
        (one.received_at - _EPOCH).total_seconds(),
        fix.accuracy_m,
        fix.heading_deg,
        fix.speed_m_s,
    )


def heard(one: Told) -> UnitFix:
    """The position as it was."""
    fix = Fix(
        point=Point(one.lat, one.lon),
        at=_EPOCH + timedelta(seconds=one.at),
        accuracy_m=one.accuracy_m,
        heading_deg=one.heading_deg,
        speed_m_s=one.speed_m_s,
    )
    received_at = _EPOCH + timedelta(seconds=one.received)
    return UnitFix(unit=UnitId(one.unit), fix=fix, received_at=received_at)


encode_word = msgspec.json.Encoder().encode
decode_word = msgspec.json.Decoder(AvlWord).decode
