"""How high and heavy a vehicle is, and how much of that a road takes: `maxheight`, `maxweight`.

A low bridge and a weak one stop a siren as they stop anybody. Limits are kept as whole numbers and
rounded down, so that nothing is let through that does not fit.
"""

import re
from collections.abc import Mapping
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

PER_METRE: Final = 10
PER_TONNE: Final = 2
LIMIT_MAX: Final = 255
"""Limits are kept in tenths of a metre and halves of a tonne, 0 for none: one octet each. Higher
ones stop nobody."""

HEIGHT_KEYS: Final = ("maxheight:physical", "maxheight")
WEIGHT_KEYS: Final = ("maxweight",)

BELOW_DEFAULT_M: Final = 3.0
"""`below_default` says that a lorry of the height a country lets drive without a sign does not fit,
and no number: what is higher than a van is not sent there."""

RESTRICTOR_M: Final = 2.2
"""A height restrictor that tells no number lets cars through, and is there to stop what is
higher."""

_METRES: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*m?")
_FEET: Final = re.compile(r"(\d+)\s*(?:'|ft)\s*(?:(\d+)\s*(?:\"|in))?")
_WEIGHT: Final = re.compile(r"(\d+(?:[.,]\d+)?)\s*(t|kg)?")
_FOOT_M: Final = 0.3048


class Size(Struct, frozen=True):
    """A vehicle with everything on it, laden: metres and tonnes."""

    height_m: float
    weight_t: float


def height_limit(tags: Mapping[str, str]) -> int:
    """The least height that is told, in tenths of a metre; 0 for none: `default` and `none` say
    that every vehicle fits."""
    told = [_tenths(tags.get(key, "")) for key in HEIGHT_KEYS]
    return min((one for one in told if 0 < one <= LIMIT_MAX), default=0)


def weight_limit(tags: Mapping[str, str]) -> int:
    """The least weight that a number tells, in halves of a tonne; 0 without one."""
    told = [_halves(tags.get(key, "")) for key in WEIGHT_KEYS]
    return min((one for one in told if 0 < one <= LIMIT_MAX), default=0)


def fits(height: NDArray[np.uint8], weight: NDArray[np.uint8], size: Size) -> NDArray[np.bool_]:
    """Which roads of these limits take a vehicle of that size; no limit takes every one."""
    is_low = (height > 0) & (height < size.height_m * PER_METRE)
    is_weak = (weight > 0) & (weight < size.weight_t * PER_TONNE)
    return ~(is_low | is_weak)


def _tenths(text: str) -> int:
    text = text.strip().lower()
    if text == "below_default":
        return int(BELOW_DEFAULT_M * PER_METRE)
    if found := _METRES.fullmatch(text):
        return int(_number(found[1]) * PER_METRE + 1e-9)
    if found := _FEET.fullmatch(text):
        feet = int(found[1]) + int(found[2] or 0) / 12
        return int(feet * _FOOT_M * PER_METRE + 1e-9)
    return 0


def _halves(text: str) -> int:
    found = _WEIGHT.fullmatch(text.strip().lower())
    if not found:
        return 0
    tonnes = _number(found[1]) / (1_000 if found[2] == "kg" else 1)
    return int(tonnes * PER_TONNE + 1e-9)


def _number(text: str) -> float:
    return float(text.replace(",", "."))
