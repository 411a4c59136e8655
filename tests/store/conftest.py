"""Fixtures of the store's tests: one store of each kind, fresh for each test."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from store_kinds import KINDS, address_of

from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store of each kind."""
    return address_of(request, str(request.param), tmp_path)


@pytest.fixture(params=KINDS[1:])
def durable_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty store that outlives its process."""
    return address_of(request, str(request.param), tmp_path)


@pytest.fixture
def store(address: str) -> Iterator[WholeStore]:
    """An empty store of each kind, salted predictably."""
    count = itertools.count(1)
    opened = open_store(address, salt=lambda: next(count).to_bytes(16, "big"))
    yield opened
    opened.close()
