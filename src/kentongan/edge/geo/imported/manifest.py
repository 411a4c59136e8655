"""What a version of a city says about itself: source, counts, what was left out, checks, tools.

Written last into a version's folder: a folder without a readable manifest is no version.
"""

from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version as _version
from pathlib import Path
from platform import python_version
from typing import Final

import msgspec
from msgspec import Struct

from kentongan import __version__
from kentongan.edge.geo.osm.raw import Bounds

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
"""Raised when a version of another release could not be read any more."""

LICENCE: Final = "© OpenStreetMap contributors"
LICENCE_URL: Final = "https://www.openstreetmap.org/copyright"

TOOLS: Final = ("osmium", "shapely", "numpy", "scipy", "mapbox-vector-tile", "pmtiles", "msgspec")


class Source(Struct, frozen=True, kw_only=True):
    """A file that the version was made from."""

    name: str
    sha256: str
    size_bytes: int


class Checked(Struct, frozen=True, kw_only=True):
    """One check of the version on itself."""

    name: str
    passed: bool
    detail: str


class Manifest(Struct, frozen=True, kw_only=True):
    """Everything about one version. `dropped` says by reason how many were left out."""

    version: str
    pack: str
    made_at: datetime
    source: Source
    bounds: Bounds
    counts: Mapping[str, int]
    dropped: Mapping[str, int]
    checks: tuple[Checked, ...]
    seconds: Mapping[str, float]
    peak_mb: int
    boundary: Source | None = None
    warnings: tuple[str, ...] = ()
    tools: Mapping[str, str] = {}
    licence: str = LICENCE
    licence_url: str = LICENCE_URL
    format: int = FORMAT


def tools() -> dict[str, str]:
    """What made it, with versions."""
    found = {name: _version(name) for name in TOOLS}
    return {"kentongan": __version__, "python": python_version(), **found}


def save_manifest(manifest: Manifest, folder: Path) -> None:
    """Write it into a version's folder. Raises `OSError`."""
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / MANIFEST).write_bytes(text + b"\n")


def load_manifest(folder: Path) -> Manifest | None:
    """The manifest of a version's folder; `None` when the folder holds no version."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        return None
    return manifest if manifest.format == FORMAT else None
