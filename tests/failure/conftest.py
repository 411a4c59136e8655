"""A centre that is run for real and then hurt: killed, flooded, cut off from its database."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_TESTS = Path(__file__).parent.parent
for _folder in ("failure", "journeys", "media"):
    sys.path.insert(0, str(_TESTS / _folder))

from failure_centre import HurtCentre, running  # noqa: E402 - found by the path above


@pytest.fixture
def hurt() -> Iterator[HurtCentre]:
    """A centre on SQLite of this test's own."""
    yield from running(HurtCentre())


@pytest.fixture(scope="module")
def shared() -> Iterator[HurtCentre]:
    """The same for all tests of a file that leave it as whole as they found it."""
    yield from running(HurtCentre())


@pytest.fixture
def hurt_on_postgres(postgres_url: str) -> Iterator[HurtCentre]:
    """The same on PostgreSQL."""
    yield from running(HurtCentre(postgres_url))
