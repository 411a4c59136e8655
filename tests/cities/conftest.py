"""The Semarang pack, and a writable copy of its folder."""

import shutil
from pathlib import Path

import pytest

from kentongan.cities.pack import CityPack, load, packaged


@pytest.fixture(scope="session")
def pack() -> CityPack:
    """The pack as it ships."""
    return load(packaged())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the pack that a test may break."""
    return Path(shutil.copytree(packaged(), tmp_path / "city"))
