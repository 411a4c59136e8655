"""NMEA 0183 sentences of a receiver: RMC and GGA, with checksum. Pure.

RMC has everything but accuracy; GGA tells how well the satellites stand (HDOP) and has no date. A
position is taken from RMC, its accuracy from the GGA of the same moment; a receiver that sends GGA
alone is believed after the second one. Other sentences are ignored.

Dates: RMC's year has two digits. A GGA belongs to the day that brings it nearest to the server's
clock, or to the receiver's own by its last RMC, so that it may lie on either side of midnight. A
receiver that counts GPS weeks with ten bits is 1,024 weeks behind (in 2026 it says 2007): that much
is added until the date lies in our time.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from kentongan.core.words import Fix
from kentongan.edge.avl.reports import KNOT, Unreadable, fix_of

SENTENCE_CHARACTERS_MAX: Final = 120
"""The standard says 82; some receivers write more digits than it allows."""

ERROR_M: Final = 5.0
"""What a range to a satellite is off by, metres; times HDOP it is the position's accuracy."""

WEEKS_LOST: Final = timedelta(weeks=1_024)

LONG_AGO: Final = timedelta(weeks=512)
"""A receiver this far behind has lost a count of weeks; it was not offline that long."""

WITHOUT_RMC: Final = 2
"""So many GGA in a row without an RMC mean that none will come."""

HALF_A_DAY: Final = timedelta(hours=12)

_SENTENCE: Final = re.compile(r"\$([A-Z]{2})([A-Z]{3}),([\x20-\x7e]*)\*([0-9A-Fa-f]{2})\s*\Z")
_TIME: Final = re.compile(r"(\d\d)(\d\d)(\d\d)(?:\.(\d{1,6}))?\Z", re.ASCII)
_DATE: Final = re.compile(r"\d{6}\Z", re.ASCII)
_ANGLE: Final = re.compile(r"(\d{1,3})(\d\d(?:\.\d{1,10})?)\Z", re.ASCII)
_NUMBER: Final = re.compile(r"\d{1,6}(?:\.\d{1,6})?\Z", re.ASCII)


class Receiver:
    """One receiver's sentences in the order in which they came."""

    def __init__(self) -> None:
        self._ahead = timedelta()  # of the receiver before the server, by its last RMC
        self._hdop: float | None = None
        self._hdop_time: time | None = None
        self._gga_alone = 0

    def take(self, line: str, received_at: datetime) -> Fix | None:
        """The position in this line, or None; raises `Unreadable`, which costs this line only."""
        kind, fields = _sentence(line)
        if kind == "RMC":
            return self._rmc(fields, received_at)
        if kind == "GGA":
            return self._gga(fields, received_at)
        return None

    def _rmc(self, fields: list[str], received_at: datetime) -> Fix | None:
        if len(fields) < 9:
            raise Unreadable("RMC", "has too few fields")
        self._gga_alone = 0
        if fields[1] != "A":  # V: the receiver itself does not believe it
            return None
        at_time = _time(fields[0])
        at = _in_our_time(datetime.combine(_date(fields[8]), at_time, UTC), received_at)
        self._ahead = at - received_at
        return fix_of(
            lat=_angle(fields[2], fields[3], "NS", "lat"),
            lon=_angle(fields[4], fields[5], "EW", "lon"),
            at=at,
            accuracy_m=self._accuracy(at_time),
            heading_deg=_number(fields[7], "course"),
            speed_m_s=_times(_number(fields[6], "speed"), KNOT),
        )

    def _gga(self, fields: list[str], received_at: datetime) -> Fix | None:
        if len(fields) < 8:
            raise Unreadable("GGA", "has too few fields")
        if fields[5] in ("", "0"):  # no fix
            return None
        at_time = _time(fields[0])
        self._hdop, self._hdop_time = _number(fields[7], "HDOP"), at_time
        self._gga_alone += 1
        if self._gga_alone <= WITHOUT_RMC:
            return None
        return fix_of(
            lat=_angle(fields[1], fields[2], "NS", "lat"),
            lon=_angle(fields[3], fields[4], "EW", "lon"),
            at=nearest_day(at_time, received_at + self._ahead),
            accuracy_m=self._accuracy(at_time),
        )

    def _accuracy(self, at: time) -> float | None:
        return _times(self._hdop, ERROR_M) if self._hdop_time == at else None


def nearest_day(at: time, near: datetime) -> datetime:
    """That time of day on the day which brings it within half a day of `near`."""
    found = datetime.combine(near.date(), at, UTC)
    if found - near > HALF_A_DAY:
        return found - timedelta(days=1)
    return found + timedelta(days=1) if near - found > HALF_A_DAY else found


def checksum(sentence: str) -> int:
    """Exclusive or of the characters between `$` and `*`: all octets as one number, folded in half
    until one is left."""
    total = int.from_bytes(sentence.encode("latin-1"), "big")
    width = 1 << max(8, total.bit_length() - 1).bit_length()
    while width > 8:
        width >>= 1
        total = (total >> width) ^ (total & (1 << width) - 1)
    return total


def _sentence(line: str) -> tuple[str, list[str]]:
    begin = line.find("$")  # a modem may put its own name before it
    if begin < 0 or len(line) - begin > SENTENCE_CHARACTERS_MAX:
        raise Unreadable("sentence", "is none, or too long")
    found = _SENTENCE.match(line, begin)
    if found is None:
        raise Unreadable("sentence", "is none, or has no checksum")
    talker, kind, content, said = found.groups()
    if checksum(f"{talker}{kind},{content}") != int(said, 16):
        raise Unreadable("checksum", "does not agree")
    return kind, content.split(",")


def _time(text: str) -> time:
    found = _TIME.match(text)
    if found is None:
        raise Unreadable("time", "must be hhmmss")
    hour, minute, second, fraction = found.groups()
    try:
        return time(int(hour), int(minute), int(second), int((fraction or "0").ljust(6, "0")))
    except ValueError:
        raise Unreadable("time", "must be hhmmss") from None


def _date(text: str) -> date:
    if _DATE.match(text) is None:
        raise Unreadable("date", "must be ddmmyy")
    year = int(text[4:])
    try:
        return date(2000 + year if year < 80 else 1900 + year, int(text[2:4]), int(text[:2]))
    except ValueError:
        raise Unreadable("date", "must be ddmmyy") from None


def _in_our_time(at: datetime, received_at: datetime) -> datetime:
    while received_at - at > LONG_AGO:
        at += WEEKS_LOST
    return at


def _angle(text: str, side: str, sides: str, field: str) -> float:
    """Degrees from (d)ddmm.mmmm and a letter."""
    found = _ANGLE.match(text)
    if found is None or len(side) != 1 or side not in sides:
        raise Unreadable(field, "must be degrees and minutes with a side")
    minutes = float(found[2])
    if minutes >= 60:
        raise Unreadable(field, "has 60 minutes or more")
    degrees = int(found[1]) + minutes / 60
    return -degrees if side in "SW" else degrees


def _number(text: str, field: str) -> float | None:
    if not text:
        return None
    if _NUMBER.match(text) is None:
        raise Unreadable(field, "is no number")
    return float(text)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
