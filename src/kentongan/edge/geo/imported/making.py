"""Makes a version of a city beside the running one, and switches to it when it is whole.

Everything is written into a hidden folder, looked at, put on the disk for good, renamed into place,
and only then does `current` point to it. Whatever goes wrong before, and a machine that stops at
any moment, leaves the running city as it was; what an import left half-made is removed by the
next one. Only one import of a city runs at a time.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final

from msgspec import Struct

from kentongan.edge.geo.imported.boundary import read_boundary
from kentongan.edge.geo.imported.closures import Fare, fare_of
from kentongan.edge.geo.imported.content import Content, ContentMaker
from kentongan.edge.geo.imported.durable import sync_file, sync_tree
from kentongan.edge.geo.imported.manifest import Checked, Manifest, Source, save_manifest, tools
from kentongan.edge.geo.imported.place import target_of
from kentongan.edge.geo.imported.places import check_places
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.edge.geo.imported.request import ImportRequest, Step, Tell
from kentongan.edge.geo.imported.self_check import (
    check_connected,
    check_hospital,
    check_routes,
    check_tiles,
)
from kentongan.edge.geo.imported.versions import GONE, MAKING, CityVersions, VersionFiles
from kentongan.edge.geo.osm.limits import held_mb, peak_mb

LOCK: Final = ".import.lock"
"""Held in a city's folder while it is imported."""

HASHED_AT_A_TIME: Final = 1 << 20
FREE_BYTES_MIN: Final = 200_000_000
FREE_PER_EXTRACT_BYTE: Final = 6
"""Room asked for on the disk: positions, spooled map and the version are less than this."""

SAME_SECOND_MAX: Final = 99
"""Versions of one source in one second; more is a loop gone wild."""


class Imported(Struct, frozen=True, kw_only=True):
    """What became of it: the version now in use, the one before, the names of those removed.

    `closures` is how those of the request fare; None when the request had none to ask about.
    """

    version: str
    manifest: Manifest
    before: str | None
    removed: tuple[str, ...]
    closures: Fare | None = None


def import_city(request: ImportRequest, tell: Tell, now: datetime) -> Imported:
    """Make a version and switch to it. Raises `ImportRefused`, `OSError`; then nothing changed."""
    versions = CityVersions(request.data, request.pack)
    outline = read_boundary(request.boundary) if request.boundary else None
    target = target_of(request, outline)
    if not request.extract.is_file():
        raise ImportRefused("no such file", file=str(request.extract))
    with _alone(versions.folder):
        _clean(versions.folder)
        _refuse_if_disk_is_full(request, versions.folder)
        source = source_of(request.extract)
        name = _name(versions, source, now)
        making = versions.folder / f"{MAKING}{name}"
        making.mkdir()
        try:
            files = VersionFiles(name, making)
            maker = ContentMaker(request, files, tell, outline=outline, target=target)
            content = maker.make()
            manifest = _checked(request, files, content, source, maker.seconds, now, tell)
            closures = request.closures
            fares = None if closures is None else fare_of(closures, content.network)
            save_manifest(manifest, making)
            tell(Step(phase="switch", percent=0, held_mb=held_mb()))
            before, removed = _put_in_place(versions, making, name, request.keep)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
    tell(Step(phase="switch", percent=100, held_mb=held_mb(), text=name))
    return Imported(version=name, manifest=manifest, before=before, removed=removed, closures=fares)


def source_of(path: Path) -> Source:
    """Name, hash and size of a file. Raises `OSError`."""
    digest = sha256()
    with path.open("rb") as file:
        while part := file.read(HASHED_AT_A_TIME):
            digest.update(part)
    return Source(name=path.name, sha256=digest.hexdigest(), size_bytes=path.stat().st_size)


def _checked(
    request: ImportRequest,
    files: VersionFiles,
    content: Content,
    source: Source,
    seconds: dict[str, float],
    now: datetime,
    tell: Tell,
) -> Manifest:
    """The manifest of a version that passed its checks; raises `ImportRefused` when it does not."""
    start = time.perf_counter()
    checks: list[Checked] = []
    looks = _looks(request, files, content, Random(source.sha256))
    for number, look in enumerate(looks, 1):
        checks.append(look())
        percent = 100 * number // len(looks)
        tell(Step(phase="check", percent=percent, held_mb=held_mb(), text=checks[-1].detail))
    if failed := [f"{one.name}: {one.detail}" for one in checks if not one.passed]:
        raise ImportRefused(f"the new city failed its own check ({'; '.join(failed)})")
    return Manifest(
        version=files.name,
        pack=request.pack,
        made_at=now.astimezone(UTC),
        source=source,
        boundary=source_of(request.boundary) if request.boundary else None,
        bounds=content.bounds,
        counts=content.counts,
        dropped=content.dropped,
        checks=tuple(checks),
        warnings=tuple(content.warnings),
        seconds=seconds | {"check": round(time.perf_counter() - start, 2)},
        peak_mb=peak_mb(),
        tools=tools(),
    )


def _looks(
    request: ImportRequest, files: VersionFiles, content: Content, chance: Random
) -> list[Callable[[], Checked]]:
    """The checks, cheapest first."""
    return [
        lambda: check_connected(content.report, content.network),
        lambda: check_hospital(content.facilities, may_lack=request.may_lack_hospital),
        lambda: check_routes(files.network, chance),
        lambda: check_tiles(files.tiles),
        lambda: check_places(files.gazetteer, request.words, content.samples),
    ]


def _put_in_place(
    versions: CityVersions, making: Path, name: str, keep: int
) -> tuple[str | None, tuple[str, ...]]:
    """Onto the disk, into its place, current; the version before, and those removed."""
    sync_tree(making)
    place = versions.folder / "versions" / name
    place.parent.mkdir(exist_ok=True)
    making.rename(place)
    sync_file(place.parent)
    sync_file(versions.folder)
    before = versions.current()
    versions.switch(versions.get(name))
    return before.name if before else None, tuple(versions.prune(keep))


@contextmanager
def _alone(folder: Path) -> Generator[None]:
    """Nobody else imports this city meanwhile; the kernel lets go when the process ends. A first
    import that is refused leaves no folder behind: that would look like a city."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ImportRefused(f"another import of {folder.name} is running") from None
        try:
            yield
        except BaseException:
            _remove_if_empty(folder)
            raise


def _remove_if_empty(folder: Path) -> None:
    """The folder of a city of which there is nothing."""
    if [one.name for one in folder.iterdir()] == [LOCK]:
        with suppress(OSError):  # somebody begins another import this moment
            (folder / LOCK).unlink()
            folder.rmdir()


def _clean(folder: Path) -> None:
    """Remove what imports before this one left half-made or half-removed."""
    for one in folder.iterdir():
        if one.name.startswith((MAKING, GONE)):
            shutil.rmtree(one, ignore_errors=True)


def _refuse_if_disk_is_full(request: ImportRequest, folder: Path) -> None:
    needed = FREE_BYTES_MIN + FREE_PER_EXTRACT_BYTE * request.extract.stat().st_size
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ImportRefused(
            f"{free / 1e6:,.0f} MB free on the disk of {folder}, {needed / 1e6:,.0f} MB needed"
        )


def _name(versions: CityVersions, source: Source, now: datetime) -> str:
    stem = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{source.sha256[:8]}"
    taken = versions.folder / "versions"
    for number in range(1, SAME_SECOND_MAX + 1):
        name = stem if number == 1 else f"{stem}-{number}"
        if not os.path.lexists(taken / name):
            return name
    raise ImportRefused(f"{SAME_SECOND_MAX} imports of {source.name} within one second")
