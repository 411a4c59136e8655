"""Numbers and durations as other centres write them, many at a time."""

import re
from collections.abc import Sequence

import numpy as np

from kentongan.measure.statistics.arrays import Flags, Floats

_PART = re.compile(
    r"(-?\d+(?:[.,]\d+)?)\s*(hari|jam|menit|detik|days?|hours?|h|minutes?|min|m|seconds?|sec|s|d)\b",
    re.IGNORECASE,
)
_UNIT_S = {"h": 3_600, "j": 3_600, "m": 60, "s": 1, "d": 86_400}


def read_numbers(texts: Sequence[str]) -> tuple[Floats, Flags]:
    """Numbers, NaN for nothing written; a comma may be the decimal sign."""
    found, bad = np.full(len(texts), np.nan), np.zeros(len(texts), dtype=np.bool_)
    rest: Sequence[int] = ()
    try:
        found = np.array([float(text) if text else np.nan for text in texts])
    except ValueError:  # one is no plain number: each is looked at alone
        rest = range(len(texts))
    for i in rest:
        if not (text := texts[i].strip()):
            continue
        try:
            found[i] = float(text.replace(",", ".") if text.count(",") == 1 else text)
        except ValueError:
            bad[i] = True
    bad |= np.isinf(found)
    found[bad] = np.nan
    return found, bad


def read_durations(texts: Sequence[str]) -> tuple[Floats, Flags]:
    """Durations in seconds: "0 Hari : 0 Jam : 11 Menit : 3 Detik", "01:02:03", or seconds."""
    found, bad = np.full(len(texts), np.nan), np.zeros(len(texts), dtype=np.bool_)
    for i, text in enumerate(texts):
        if not (text := text.strip()):
            continue
        seconds = _duration_s(text)
        found[i], bad[i] = (np.nan, True) if seconds is None else (seconds, False)
    return found, bad


def _duration_s(text: str) -> float | None:
    parts = _PART.findall(text)
    if parts:
        units = [_unit(unit) for _, unit in parts]
        numbers = [float(number.replace(",", ".")) for number, _ in parts]
        return sum(number * unit for number, unit in zip(numbers, units, strict=True))
    match = re.fullmatch(r"(-?\d+):(\d\d)(?::(\d\d))?", text)
    if match is not None:
        hours_first = match[3] is not None
        first, second, third = int(match[1]), int(match[2]), int(match[3] or 0)
        return float(first * 3_600 + second * 60 + third if hours_first else first * 60 + second)
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _unit(word: str) -> int:
    """Seconds of a unit; `hari` is a day and `jam` an hour."""
    lower = word.lower()
    return 86_400 if lower.startswith(("hari", "d")) and lower != "detik" else _small(lower)


def _small(lower: str) -> int:
    return 1 if lower == "detik" else _UNIT_S[lower[0]]
