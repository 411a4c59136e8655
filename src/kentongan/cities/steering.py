"""Signs of Unicode that steer the direction of writing (Standard Annex 9, section 2): embeddings,
overrides, isolates and their ends, which reach to the end of a line, and marks, which are not seen
and turn the digits beside them. They are no words. Pure.
"""

import re
from collections.abc import Iterator
from typing import Final, cast

STEERING: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

Steps = tuple[str | int, ...]


def steering_sign(text: str) -> str | None:
    """The first such sign as people name it (`U+202E`); None when there is none."""
    found = None if text.isascii() else STEERING.search(text)
    return None if found is None else f"U+{ord(found[0]):04X}"


def steered(value: object, at: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Every text within plain values (`msgspec.to_builtins`) that steers: where, by which sign."""
    if isinstance(value, str):
        sign = steering_sign(value)
        if sign is not None:
            yield at, sign
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from steered(inner, (*at, key))
    elif isinstance(value, list | tuple):
        for n, inner in enumerate(cast("list[object]", value)):
            yield from steered(inner, (*at, n))
