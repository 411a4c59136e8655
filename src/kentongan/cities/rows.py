"""Rows of a pack's files by name: which row of a list is which, however the list is ordered.

A place in a file is written `categories[MED].natures[MED-01].priority`: people and journals name a
row by its key, never by its number, which changes with every row above it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

KEYS: Final = ("key", "code", "call_sign", "progress")
"""Fields by which a row is known, in this order."""

_WAYS: Final = ("kind", "value")
"""A channel of an agency is known by its kind and number: whether it was tested is not its name."""

_GROUPS: Final = ("priorities", "needs")
"""A stage of a run card is known by its priorities, a line of it by what its units can do."""


def identity(row: Mapping[str, Any]) -> str | None:
    """What the row is called within its list; None when it has no name of its own."""
    for field in KEYS:
        value = row.get(field)
        if isinstance(value, str):
            return value
    if all(isinstance(row.get(field), str) for field in _WAYS):
        return " ".join(str(row[field]) for field in _WAYS)
    for field in _GROUPS:
        value = row.get(field)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return "+".join(map(str, cast("Sequence[object]", value)))
    return None


def by_identity(rows: Sequence[Any]) -> dict[str, Mapping[str, Any]] | None:
    """The rows by name; None when one has no name or a name comes twice."""
    found: dict[str, Mapping[str, Any]] = {}
    for row in rows:
        name = identity(cast("Mapping[str, Any]", row)) if isinstance(row, Mapping) else None
        if name is None or name in found:
            return None
        found[name] = row
    return found
