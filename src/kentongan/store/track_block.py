"""Some fixes of a unit as octets: column by column, as differences, then deflated. Pure.

A vehicle moves little between two fixes, so most differences fit into one or two octets: about six
octets a fix instead of two hundred. Positions keep a millionth of a degree (0.1 m), times a
millisecond, accuracy and speed a tenth, headings a degree.
"""

import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.core.positions import Verdict
from kentongan.core.words import Fix
from kentongan.store.errors import StoreDamaged

FORMAT: Final = 1
"""First octet of a block: how the rest is to be read."""

OCTETS_MAX: Final = 1_000_000
"""Longest block once inflated; a block holds some hundred fixes of about twenty octets."""

VERDICTS: Final = (
    Verdict.DRAWN,
    Verdict.CLOCK_AHEAD,
    Verdict.LATE,
    Verdict.OLD,
    Verdict.DUPLICATE,
    Verdict.NULL_ISLAND,
    Verdict.ABROAD,
    Verdict.TOO_FAST,
    Verdict.COARSE,
    Verdict.FUTURE,
)
"""By their number in a block: only added to, at the end."""

COLUMNS: Final = 9

_VARINT_OCTETS: Final = 5
"""Longest count of fixes."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


class TrackFix(Struct, frozen=True, kw_only=True, gc=False):
    """A fix as it is kept; `shift_s` was taken off the device's own time."""

    fix: Fix
    received_at: datetime
    verdict: Verdict = Verdict.DRAWN
    shift_s: float = 0.0


def encoded(fixes: Sequence[TrackFix]) -> bytes:
    """The block of these fixes."""
    columns = zip(*(_numbers(one) for one in fixes), strict=True)
    octets = bytearray(_varint(len(fixes)))
    for column in columns:
        _put_differences(octets, column)
    return bytes((FORMAT,)) + zlib.compress(bytes(octets), 6)


def decoded(block: bytes) -> list[TrackFix]:
    """The fixes of a block; `StoreDamaged` when it is none."""
    try:
        values = list(_varints(_inflated(block)))
        count = values[0]
        if len(values) != 1 + count * COLUMNS:
            raise ValueError("columns are missing")
        columns = [_sums(values[1 + n * count : 1 + (n + 1) * count]) for n in range(COLUMNS)]
        return [_fix(numbers) for numbers in zip(*columns, strict=True)]
    except (ValueError, IndexError, OverflowError, zlib.error) as error:
        raise StoreDamaged(f"a block of positions that cannot be read: {error}") from error


def count_of(block: bytes) -> int:
    """How many fixes a block says it has, its checksum proved; `StoreDamaged` when it does not
    hold. A thousand times cheaper than to decode it."""
    try:
        return next(iter(_varints(_inflated(block)[:_VARINT_OCTETS])))
    except (ValueError, StopIteration, zlib.error) as error:
        raise StoreDamaged(f"a block of positions that cannot be read: {error}") from error


def _inflated(block: bytes) -> bytes:
    if not block or block[0] != FORMAT:
        raise ValueError("an unknown format")
    inflater = zlib.decompressobj()
    octets = inflater.decompress(block[1:], OCTETS_MAX)
    if not inflater.eof:  # at its end zlib has compared its checksum
        raise ValueError("cut, or too long")
    return octets


def milliseconds(at: datetime) -> int:
    """Since 1970, UTC."""
    return (at - _EPOCH) // _MILLISECOND


def _numbers(one: TrackFix) -> tuple[int, ...]:
    fix = one.fix
    at_ms = milliseconds(fix.at)
    return (
        at_ms,
        round(fix.point.lat * 1e6),
        round(fix.point.lon * 1e6),
        _tenths(fix.accuracy_m),
        0 if fix.heading_deg is None else 1 + round(fix.heading_deg) % 360,
        _tenths(fix.speed_m_s),
        milliseconds(one.received_at) - at_ms,
        round(one.shift_s * 1_000),
        VERDICTS.index(one.verdict),
    )


def _fix(numbers: tuple[int, ...]) -> TrackFix:
    at_ms, lat, lon, accuracy, heading, speed, delay_ms, shift_ms, verdict = numbers
    fix = Fix(
        point=Point(lat / 1e6, lon / 1e6),
        at=_EPOCH + at_ms * _MILLISECOND,
        accuracy_m=None if accuracy == 0 else (accuracy - 1) / 10,
        heading_deg=None if heading == 0 else float(heading - 1),
        speed_m_s=None if speed == 0 else (speed - 1) / 10,
    )
    return TrackFix(
        fix=fix,
        received_at=_EPOCH + (at_ms + delay_ms) * _MILLISECOND,
        verdict=VERDICTS[verdict],
        shift_s=shift_ms / 1_000,
    )


def _tenths(value: float | None) -> int:
    """0 for none; what no instrument measures is kept as its limit."""
    return 0 if value is None else 1 + round(min(max(value, 0.0), 1e9) * 10)


def _put_differences(octets: bytearray, column: Iterable[int]) -> None:
    """Each value less the one before it, as varints that are small for small ones of either sign.
    All in one loop: it runs nine times for each position of a fleet."""
    before = 0
    for value in column:
        left = value - before
        before = value
        left = left * 2 if left >= 0 else -left * 2 - 1
        while left > 0x7F:
            octets.append(left & 0x7F | 0x80)
            left >>= 7
        octets.append(left)


def _varint(value: int) -> bytes:
    octets = bytearray()
    while value > 0x7F:
        octets.append(value & 0x7F | 0x80)
        value >>= 7
    octets.append(value)
    return bytes(octets)


def _varints(octets: bytes) -> Iterable[int]:
    value, shift = 0, 0
    for octet in octets:
        value |= (octet & 0x7F) << shift
        if octet & 0x80:
            shift += 7
            continue
        yield value
        value, shift = 0, 0
    if shift:
        raise ValueError("ends within a number")


def _sums(differences: Sequence[int]) -> list[int]:
    total, sums = 0, list[int]()
    for value in differences:
        total += -(value + 1) // 2 if value & 1 else value // 2
        sums.append(total)
    return sums
