"""Plus codes (Open Location Code): a point or a small area as a few letters, and back.

Written from the public specification (google/open-location-code, "Open Location Code
Specification"), with integers throughout as it demands. A short code ("8CG6+PX") needs a reference
point; whoever calls says which. Pure.
"""

import re
from typing import Final, NamedTuple

ALPHABET: Final = "23456789CFGHJMPQRVWX"
SEPARATOR: Final = "+"
SEPARATOR_AT: Final = 8
"""Digits before the separator of a full code."""

PAIR_DIGITS: Final = 10
DIGITS_MAX: Final = 15
GRID_ROWS: Final = 5
GRID_COLUMNS: Final = 4
LAT_UNITS: Final = 25_000_000
"""Units a degree of latitude has at the finest level (8000 x 5^5)."""

LON_UNITS: Final = 8_192_000
"""Units a degree of longitude has at the finest level (8000 x 4^5)."""

_D: Final = f"[{ALPHABET}]"
FOUND: Final = re.compile(
    rf"(?<![A-Za-z0-9])(?P<code>{_D}{{8}}\+(?:{_D}{{2,7}})?|(?:{_D}{{6}}|{_D}{{4}}|{_D}{{2}})\+{_D}{{2,7}}"
    rf"|{_D}{{2}}0{{6}}\+|{_D}{{4}}0{{4}}\+|{_D}{{6}}00\+)(?![A-Za-z0-9+])",
    re.IGNORECASE,
)
"""A full, padded or short code inside a text."""


class CodeArea(NamedTuple):
    """The rectangle a full code stands for, degrees."""

    south: float
    west: float
    north: float
    east: float

    @property
    def centre(self) -> tuple[float, float]:
        """Latitude and longitude of the middle."""
        return (self.south + self.north) / 2, (self.west + self.east) / 2


class NoPlusCode(ValueError):  # noqa: N818 - says what the text is not
    """A text that is no full plus code."""


def encode(lat: float, lon: float, digits: int = PAIR_DIGITS) -> str:
    """The full code of a point; `digits` 2, 4, 6, 8 or 10 to 15."""
    if digits not in {2, 4, 6, 8, *range(PAIR_DIGITS, DIGITS_MAX + 1)}:
        raise NoPlusCode(f"{digits} digits")
    y = min(max(_floor(lat * LAT_UNITS) + 90 * LAT_UNITS, 0), 180 * LAT_UNITS - 1)
    x = (_floor(lon * LON_UNITS) + 180 * LON_UNITS) % (360 * LON_UNITS)
    code: list[str] = []
    for _ in range(DIGITS_MAX - PAIR_DIGITS):
        code.append(ALPHABET[(y % GRID_ROWS) * GRID_COLUMNS + x % GRID_COLUMNS])
        y, x = y // GRID_ROWS, x // GRID_COLUMNS
    for _ in range(PAIR_DIGITS // 2):
        code += (ALPHABET[x % 20], ALPHABET[y % 20])
        y, x = y // 20, x // 20
    whole = "".join(reversed(code))[:digits].ljust(SEPARATOR_AT, "0")
    return whole[:SEPARATOR_AT] + SEPARATOR + whole[SEPARATOR_AT:]


def decode(code: str) -> CodeArea:
    """The area of a full code. Raises `NoPlusCode`."""
    if not is_full(code):
        raise NoPlusCode(code)
    digits = code.upper().replace(SEPARATOR, "").rstrip("0")[:DIGITS_MAX]
    y, x = -90 * LAT_UNITS, -180 * LON_UNITS
    height, width = 400 * LAT_UNITS, 400 * LON_UNITS
    for n in range(0, min(len(digits), PAIR_DIGITS), 2):
        height, width = height // 20, width // 20
        y += ALPHABET.index(digits[n]) * height
        x += ALPHABET.index(digits[n + 1]) * width
    for digit in digits[PAIR_DIGITS:]:
        height, width = height // GRID_ROWS, width // GRID_COLUMNS
        row, column = divmod(ALPHABET.index(digit), GRID_COLUMNS)
        y, x = y + row * height, x + column * width
    return CodeArea(y / LAT_UNITS, x / LON_UNITS, (y + height) / LAT_UNITS, (x + width) / LON_UNITS)


def recover(short: str, lat: float, lon: float) -> str:
    """The full code nearest to the reference that ends in this short code; a full one as it is.

    Raises `NoPlusCode`.
    """
    short = short.upper()
    if is_full(short):
        return short
    if not is_short(short):
        raise NoPlusCode(short)
    missing = SEPARATOR_AT - short.index(SEPARATOR)
    resolution = 20.0 ** (2 - missing / 2)
    lat = min(max(lat, -90.0), 90.0)
    area = decode(encode(lat, lon)[:missing] + short)
    y, x = area.centre
    half = resolution / 2
    if y - lat > half and y - resolution >= -90:
        y -= resolution
    elif lat - y > half and y + resolution <= 90:
        y += resolution
    if x - lon > half:
        x -= resolution
    elif lon - x > half:
        x += resolution
    return encode(y, x, max(len(short) - 1 + missing, PAIR_DIGITS))


def is_full(code: str) -> bool:
    """Whether it is a whole code of the earth, padded or not."""
    found = FOUND.fullmatch(code)
    return (
        found is not None
        and code.index(SEPARATOR) == SEPARATOR_AT
        and ALPHABET.index(code[0].upper()) * 20 < 180
        and ALPHABET.index(code[1].upper()) * 20 < 360
    )


def is_short(code: str) -> bool:
    """Whether it needs a reference."""
    return FOUND.fullmatch(code) is not None and code.index(SEPARATOR) < SEPARATOR_AT


def _floor(value: float) -> int:
    return int(value // 1)
