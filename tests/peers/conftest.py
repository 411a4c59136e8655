"""Makes the peers of this folder and those of the media and switch tests importable."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

_TESTS = Path(__file__).parent.parent
for _folder in ("peers", "switch", "media"):
    sys.path.insert(0, str(_TESTS / _folder))

from peers_certificate import write_certificate  # noqa: E402 - found by the path above
from peers_edge import Edge  # noqa: E402


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """Media speaks asyncio, and so do its peers."""
    return "asyncio"


@pytest.fixture(scope="module")
async def edge(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[Edge]:
    """An edge with TLS; its nodes would believe anybody who says that a call is training."""
    folder = tmp_path_factory.mktemp("edge")
    write_certificate(folder)
    running = Edge(folder, training_networks=["127.0.0.0/8"])
    async with running:
        yield running
