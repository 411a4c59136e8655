"""`kentongan city import|versions|rollback`: the map of a city and its versions.

Progress goes to the standard error, the outcome to the standard output: words for a person, or one
JSON line each with `--json`. Exit codes: 0 done, 1 refused (the running city stays as it was).
"""

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from kentongan.cities.pack import CityPack, PackError, load, packaged
from kentongan.edge.geo.imported.closures import Fare
from kentongan.edge.geo.imported.making import Imported, import_city
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.edge.geo.imported.request import ImportRequest, Step, without_facts
from kentongan.edge.geo.imported.versions import PACK, SYNTHETIC, CityVersions, Version
from kentongan.edge.geo.osm.limits import ReadLimits
from kentongan.edge.geo.routing.closures import Closure
from kentongan.edge.geo.served.told import closure_of
from kentongan.serve.closure_features import ClosureFeature, feature_of, road_closure_of
from kentongan.serve.geo_closures import (
    Bringing,
    NoRecord,
    close,
    look_at,
    open_record,
    rows_in_force,
)
from kentongan.serve.wiring import load_pack, pack_directory
from kentongan.settings import Settings

MARGIN_KM_MAX: Final = 500
"""Beyond it is another city's work."""

DROPPED_SHOWN: Final = 40
"""Reasons for leaving something out that are shown; the manifest has all."""


def run_city_import(settings: Settings, parsed: Namespace) -> int:
    """Import an extract and switch to it."""
    if parsed.keep < 1 or parsed.memory_mb < 1 or not 0 <= parsed.margin_km <= MARGIN_KM_MAX:
        print(
            f"--keep and --memory-mb: at least 1; --margin-km: 0 to {MARGIN_KM_MAX}",
            file=sys.stderr,
        )
        return 2
    if (parsed.account is None) != (parsed.closures is None):
        print("--closures and --as go together", file=sys.stderr)
        return 2
    own = load_pack(settings)
    try:
        bringing = _bringing(settings, own, parsed)
        request = _request(settings, own, parsed, bringing)
        told = _Progress(as_json=parsed.json)
        imported = import_city(request, told.tell, datetime.now(UTC))
        told.end()
    except (ImportRefused, OSError) as error:
        return _refused(error, as_json=parsed.json)
    if parsed.json:
        _print_json("imported", imported)
    else:
        _print_imported(imported)
    return 0 if bringing is None else _close(settings, own, bringing, as_json=parsed.json)


def run_city_versions(settings: Settings, parsed: Namespace) -> int:
    """List the versions of a city, newest first."""
    try:
        versions = CityVersions(_data(settings, parsed), _key(settings, parsed.pack))
    except ImportRefused as error:
        return _refused(error, as_json=parsed.json)
    current = versions.current()
    every = versions.all()
    has_own = _has_pack(settings, versions.pack)
    is_own = current is None and versions.named() in ({"", SYNTHETIC} if has_own else {SYNTHETIC})
    if parsed.json and (has_own or is_own):
        _print_json("synthetic", {"current": is_own})
    elif every and (has_own or is_own):
        print(f"{'*' if is_own else ' '} {SYNTHETIC}  the pack's own, roads invented")
    for version in every:
        is_current = current is not None and version.name == current.name
        if parsed.json:
            _print_json("version", {"current": is_current, "manifest": version.manifest})
        else:
            print(_line_of(version, is_current=is_current))
    if not every and not parsed.json:
        print(f"{versions.pack}: nothing imported yet in {versions.folder}")
    return 0


def run_city_rollback(settings: Settings, parsed: Namespace) -> int:
    """Go back to an older version, or to any by name."""
    try:
        versions = CityVersions(_data(settings, parsed), _key(settings, parsed.pack))
        has_pack = _has_pack(settings, versions.pack)
        version = versions.rollback(parsed.version, has_pack=has_pack)
    except (ImportRefused, OSError) as error:
        return _refused(error, as_json=parsed.json)
    name = SYNTHETIC if version is None else version.name
    if parsed.json:
        _print_json("current", {"version": name})
    else:
        invented = " (the pack's own: roads are invented)" if version is None else ""
        print(f"{versions.pack}: {name}{invented} is current now; running processes follow it")
    return 0


class _Progress:
    """Shows each step once: on a terminal over the line before, else a line per tenth."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._is_terminal = sys.stderr.isatty()
        self._shown: tuple[str, int] | None = None

    def tell(self, step: Step) -> None:
        """A step of the import."""
        if self._as_json:
            _print_json("progress", step)
            return
        tenth = step.percent if self._is_terminal else step.percent // 10
        if (step.phase, tenth) == self._shown:
            return
        self._shown = (step.phase, tenth)
        line = f"{step.phase:<8} {step.percent:3d} %  {step.held_mb:5,d} MB  {step.text}"
        ending = f"{line:<90}\r" if self._is_terminal and step.percent < 100 else f"{line:<90}\n"
        sys.stderr.write(ending)
        sys.stderr.flush()

    def end(self) -> None:
        """Nothing follows."""
        sys.stderr.flush()


def _request(
    settings: Settings, own: CityPack, parsed: Namespace, bringing: Bringing | None
) -> ImportRequest:
    """What is asked of the import. Raises `ImportRefused`."""
    key = parsed.pack or own.city.key
    city = _pack_of(settings, own, key)
    if city is None and not parsed.json:
        print(f"{key}: no city pack of that key: where it lies is not checked", file=sys.stderr)
    return ImportRequest(
        extract=parsed.extract,
        pack=key,
        data=_data(settings, parsed),
        words=city or without_facts(own, key),
        is_placed=city is not None,
        boundary=parsed.boundary,
        closures=_closures(settings, bringing) if key == own.city.key else None,
        margin_m=round(parsed.margin_km * 1_000),
        may_lack_hospital=parsed.no_hospital,
        may_be_partial=parsed.partial,
        keep=parsed.keep,
        limits=ReadLimits(memory_mb=parsed.memory_mb),
    )


def _bringing(settings: Settings, own: CityPack, parsed: Namespace) -> Bringing | None:
    """The closures of the file, each of them looked at. Raises `ImportRefused`."""
    if parsed.closures is None:
        return None
    if parsed.pack not in (None, own.city.key):
        raise ImportRefused(f"the record is that of {own.city.key}", field="--closures")
    return look_at(settings, own, parsed.closures, parsed.account)


def _closures(settings: Settings, bringing: Bringing | None) -> tuple[Closure, ...] | None:
    """Those in force and those to come; None without a record. An import needs none, and is not
    held up by one that is away."""
    try:
        with open_record(settings) as store:
            rows = rows_in_force(store, datetime.now(UTC))
    except NoRecord:
        return None
    except ImportRefused as error:
        print(f"how closed roads fare is not told: {error}", file=sys.stderr)
        return None
    every: dict[str, ClosureFeature] = {str(row.key): feature_of(row, {}) for row in rows}
    if bringing is not None:
        every |= {one.id: one for one in bringing.features if one.id not in bringing.lifted}
    return tuple(closure_of(road_closure_of(one)) for one in every.values())


def _close(settings: Settings, own: CityPack, bringing: Bringing, *, as_json: bool) -> int:
    """Close what the file says, now that the city is in use."""
    try:
        taken = close(settings, own, bringing)
    except ImportRefused as error:
        if as_json:
            _print_json("not_closed", {"text": str(error)})
        else:
            print(f"the new map is in use, but {error}", file=sys.stderr)
        return 1
    if as_json:
        _print_json("closures", taken)
        return 0
    print(f"  of the file: {len(taken.closed)} closed now, {len(taken.known)} on record before")
    if taken.lifted:
        print(f"  !   lifted since, and left open: {_listed(taken.lifted)}")
    return 0


def _pack_of(settings: Settings, own: CityPack, key: str) -> CityPack | None:
    """The centre's own pack, one that ships, or none. Raises `ImportRefused`."""
    if key == own.city.key:
        return own
    if not PACK.fullmatch(key):
        raise ImportRefused(f"{key!r} is no key of a city pack", field="--pack")
    directory = packaged(key)
    if directory == pack_directory(settings) or not directory.is_dir():
        return None
    try:
        return load(directory)
    except PackError as error:
        raise ImportRefused(error.to_text(), file=str(directory)) from error


def _key(settings: Settings, key: str | None) -> str:
    return load_pack(settings).city.key if key is None else key


def _has_pack(settings: Settings, key: str) -> bool:
    """Whether a pack of that key is there: the centre's own, or one that ships."""
    return load_pack(settings).city.key == key or packaged(key).is_dir()


def _data(settings: Settings, parsed: Namespace) -> Path:
    """The folder that holds `cities/`."""
    given: Path | None = parsed.data
    return given.resolve() if given else settings.geo_path


def _refused(error: Exception, *, as_json: bool) -> int:
    if as_json:
        said: dict[str, Any] = {"text": str(error)}
        if isinstance(error, ImportRefused):
            said |= {"file": error.file, "line": error.line, "field": error.field}
        _print_json("refused", said)
    else:
        print(f"refused: {error}\nThe running city stays as it was.", file=sys.stderr)
    return 1


def _print_json(kind: str, value: Any) -> None:
    print(msgspec.json.encode({kind: value}).decode(), flush=True)


def _print_imported(imported: Imported) -> None:
    manifest = imported.manifest
    counts = manifest.counts
    print(
        f"{manifest.pack} {imported.version} is current now (before: {imported.before or 'none'})"
    )
    print(
        f"  {counts['road_metres'] / 1_000:,.0f} km of road, {counts['junctions']:,} junctions,"
        f" {counts['street_names']:,} street names, {counts['features']:,} places,"
        f" {counts['admin_areas']:,} areas, {counts['map_tiles']:,} tiles"
        f" ({counts['map_bytes'] / 1e6:.1f} MB)"
    )
    for check in manifest.checks:
        print(f"  {'ok' if check.passed else 'FAILED'}  {check.name}: {check.detail}")
    for warning in manifest.warnings:
        print(f"  !   {warning}")
    _print_dropped(manifest.dropped)
    if imported.closures is not None:
        _print_fare(imported.closures)
    seconds = ", ".join(f"{phase} {took:.1f} s" for phase, took in manifest.seconds.items())
    print(f"  {seconds}; at most {manifest.peak_mb:,} MB of memory; {manifest.licence}")
    if imported.removed:
        print(f"  removed: {', '.join(imported.removed)}")


def _print_fare(fare: Fare) -> None:
    every = fare.found + len(fare.lost)
    print(
        f"  closed roads: {every} in force, {fare.found} find roads here"
        f" ({fare.by_way} by their OSM way), {len(fare.lost)} do not"
    )
    if fare.lost:
        print(f"  !   close no road of this map: {_listed(fare.lost)}")


def _listed(ids: Sequence[str]) -> str:
    """The ids, as many as a person reads."""
    more = len(ids) - DROPPED_SHOWN
    shown = ", ".join(ids[:DROPPED_SHOWN])
    return f"{shown} and {more} more (all with --json)" if more > 0 else shown


def _print_dropped(dropped: Mapping[str, int]) -> None:
    if dropped:
        print("  left out:")
    for reason, count in list(dropped.items())[:DROPPED_SHOWN]:
        print(f"  {count:>10,}  {reason}")
    if len(dropped) > DROPPED_SHOWN:
        print(f"              and {len(dropped) - DROPPED_SHOWN} further reasons in the manifest")


def _line_of(version: Version, *, is_current: bool) -> str:
    counts = version.manifest.counts
    return (
        f"{'*' if is_current else ' '} {version.name}  {version.manifest.source.name}"
        f"  {counts.get('road_metres', 0) / 1_000:,.0f} km"
        f"  {counts.get('junctions', 0):,} junctions"
    )
