"""The kinds of store, and an empty one of each."""

from pathlib import Path

import pytest

KINDS = ("memory", "sqlite", "postgres")


def address_of(request: pytest.FixtureRequest, kind: str, folder: Path) -> str:
    """The address of an empty store of that kind."""
    if kind == "memory":
        return "memory:"
    if kind == "sqlite":
        return f"sqlite:{folder / 'store.db'}"
    return str(request.getfixturevalue("postgres_url"))
