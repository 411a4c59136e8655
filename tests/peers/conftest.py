"""Makes the peers of this folder and those of the media and switch tests importable."""

import sys
from pathlib import Path

import pytest

_TESTS = Path(__file__).parent.parent
for _folder in ("peers", "switch", "media"):
    sys.path.insert(0, str(_TESTS / _folder))


@pytest.fixture
def anyio_backend() -> str:
    """Media speaks asyncio, and so do its peers."""
    return "asyncio"
