"""Makes the peers beside this file importable as `media_peers`, `media_ears`, `media_process`, and
starts real media processes.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from media_process import MediaProcess


@pytest.fixture
def media(tmp_path: Path) -> Iterator[MediaProcess]:
    """A running media process of its own."""
    process = MediaProcess(tmp_path)
    process.start()
    yield process
    process.stop()


@pytest.fixture(scope="module")
def shared_media(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaProcess]:
    """A running media process for all tests of a file, each on bridges of its own."""
    process = MediaProcess(tmp_path_factory.mktemp("media"))
    process.start()
    yield process
    process.stop()


@pytest.fixture
def anyio_backend() -> str:
    """The media process speaks asyncio, and so do its tests."""
    return "asyncio"
