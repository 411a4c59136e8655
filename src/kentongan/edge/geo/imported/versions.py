"""The versions of a city on disk, which one is current, and how a running centre learns of it.

    DIR/cities/<pack>/current          -> versions/<version>
    DIR/cities/<pack>/versions/<utc>-<hash8>/
        network.npz  gazetteer.npz  areas.geojson  facilities.json  city.pmtiles  manifest.json

Where `current` points to `synthetic`, the pack's own synthetic city is in use although versions are
there: somebody went back to it. A version never changes after it was made. Switching is one atomic
step of the link `current`; whoever reads holds what it opened until it looks again (`poll`), so
nothing restarts.
"""

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from kentongan.edge.geo.imported.durable import point_to
from kentongan.edge.geo.imported.manifest import Manifest, load_manifest
from kentongan.edge.geo.imported.refused import ImportRefused

KEPT: Final = 3
"""Versions kept, the current one among them: enough to go back twice. A city takes 5 to 100 MB."""

PACK: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
VERSION: Final = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}(-\d{1,2})?")
"""UTC to the second, the first digits of the source's SHA-256, a number if that came twice."""

NETWORK_FILE: Final = "network.npz"
"""The name of the road network inside a version."""

SYNTHETIC: Final = "synthetic"
"""What the link names instead of a version: the synthetic city that is made out of the pack."""

MAKING: Final = ".making-"
"""Begins the name of a folder that an import is still filling."""

GONE: Final = ".gone-"
"""Begins the name of a folder that is being removed."""


class VersionFiles:
    """Where the files of a version are: in `folder`, which may still be on its way to `name`."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder

    @property
    def network(self) -> Path:
        """For `network.road_network.load`."""
        return self.folder / NETWORK_FILE

    @property
    def gazetteer(self) -> Path:
        """For `gazetteer.gazetteer.load`."""
        return self.folder / "gazetteer.npz"

    @property
    def areas(self) -> Path:
        """For `areas.load_areas`."""
        return self.folder / "areas.geojson"

    @property
    def facilities(self) -> Path:
        """For `facilities.load_facilities`."""
        return self.folder / "facilities.json"

    @property
    def tiles(self) -> Path:
        """The map, to be served by ranges."""
        return self.folder / "city.pmtiles"


class Version(VersionFiles):
    """A whole version, with what it says about itself."""

    def __init__(self, name: str, folder: Path, manifest: Manifest) -> None:
        super().__init__(name, folder)
        self.manifest = manifest


class CityVersions:
    """The versions of one city pack below a data folder. Cheap to make; holds no file open."""

    def __init__(self, data: Path, pack: str) -> None:
        """Raises `ImportRefused` when that is no pack's key."""
        if not PACK.fullmatch(pack):
            raise ImportRefused(f"{pack!r} is no key of a city pack", field="--pack")
        self.pack = pack
        self.folder = data / "cities" / pack
        self._seen: tuple[str, int] | None = None

    @property
    def link(self) -> Path:
        """The link to the current version."""
        return self.folder / "current"

    def named(self) -> str:
        """The name that the link has, of whatever is there; empty without a link."""
        try:
            return Path(os.readlink(self.link)).name
        except OSError:
            return ""

    def current(self) -> Version | None:
        """The version in use; `None` while nothing was imported or it cannot be read."""
        try:
            target = os.readlink(self.link)
        except OSError:
            return None
        return self._version(Path(target).name)

    def poll(self) -> Version | None:
        """The current version if it is another than at the last call, else `None`.

        Costs one look at the link; meant to be called every few seconds by a running process.
        """
        try:
            seen = (os.readlink(self.link), self.link.lstat().st_mtime_ns)
        except OSError:
            return None
        if seen == self._seen:
            return None
        version = self.current()
        if version is not None:
            self._seen = seen
        return version

    def all(self) -> list[Version]:
        """Every whole version, newest first."""
        try:
            names = sorted((one.name for one in (self.folder / "versions").iterdir()), reverse=True)
        except OSError:
            return []
        return [version for name in names if (version := self._version(name))]

    def get(self, name: str) -> Version:
        """The version of that name, or of the only one that begins so. Raises `ImportRefused`."""
        found = [one for one in self.all() if one.name.startswith(name)] if name else []
        if len(found) != 1:
            known = ", ".join(one.name for one in self.all()) or "none"
            what = "several versions begin with" if found else "no version"
            raise ImportRefused(f"{what} {name!r} of {self.pack}; there are: {known}")
        return found[0]

    def switch(self, version: Version) -> None:
        """Make it the current one, at once for everybody who looks. Raises `OSError`."""
        point_to(self.link, f"versions/{version.name}")

    def rollback(self, name: str | None = None, *, has_pack: bool = True) -> Version | None:
        """Go back to that version, or to the newest before the current; None is the pack's own
        synthetic city, which is there where a pack is (`has_pack`). That has invented roads, and
        what is newer was left for a reason: neither is gone to but by its name. Raises
        `ImportRefused`, `OSError`."""
        if not self.named():
            raise ImportRefused(f"nothing of {self.pack} has been imported")
        if name == SYNTHETIC:
            if not has_pack:
                raise ImportRefused(f"there is no city pack {self.pack!r} to make roads from")
            target = None
        elif name is not None:
            target = self.get(name)
        else:
            now = self.current()
            older = [one for one in self.all() if now is None or one.name < now.name]
            if now is None or not older:
                others = [one.name for one in self.all() if now is None or one.name != now.name]
                known = ", ".join((*others, *((SYNTHETIC,) if has_pack else ())))
                where = f"{now.name} is the oldest" if now else "no imported version is current"
                way_out = f"name what to go to: {known}" if known else "there is nothing else"
                raise ImportRefused(f"{where} of {self.pack}; {way_out}")
            target = older[0]
        if target is None:
            point_to(self.link, SYNTHETIC)
        else:
            self.switch(target)
        return target

    def prune(self, kept: int = KEPT) -> list[str]:
        """Remove the oldest beyond so many, never the current one; the names removed.

        What the disk will not let go stays for the next time.
        """
        current = self.current()
        spare = [one for one in self.all() if current is None or one.name != current.name]
        gone: list[str] = []
        for version in spare[max(0, kept - 1) :]:
            hidden = self.folder / f"{GONE}{version.name}"
            with suppress(OSError):  # out of sight in one step, then piece by piece
                version.folder.rename(hidden)
                gone.append(version.name)
                shutil.rmtree(hidden, ignore_errors=True)
        return gone

    def _version(self, name: str) -> Version | None:
        if not VERSION.fullmatch(name):
            return None
        folder = self.folder / "versions" / name
        manifest = load_manifest(folder)
        return Version(name, folder, manifest) if manifest else None
