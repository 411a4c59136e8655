"""`kentongan nearest`: the router of a running centre at a terminal, for units of a file.

One JSON line a unit, soonest by driving first (the walk at the end is told beside it), then those
that no road answers for. Closures of the record do not count here, and it is always Monday noon.
Where no city is imported the synthetic one answers and says so. Faults go to standard error with
line and field.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from kentongan.edge.geo.imported.versions import NETWORK_FILE, CityVersions
from kentongan.edge.geo.network.build import build_network
from kentongan.edge.geo.network.compiled import is_kept, keep_in
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.network.road_network import NetworkBroken, RoadNetwork, load
from kentongan.edge.geo.osm.raw import ExtractBroken
from kentongan.edge.geo.osm.read import read_extract
from kentongan.edge.geo.routing.unit_file import UnitFileBroken, UnitLine, units_of
from kentongan.edge.geo.speeds.files import SpeedFiles, SpeedsBroken, speeds_of
from kentongan.serve.geo_serve import COMPILING, prepared_city, siren_rules
from kentongan.serve.wiring import load_pack
from kentongan.settings import Settings

if TYPE_CHECKING:
    from kentongan.edge.geo.routing.router import Router

WRONG_USE: Final = 2


class _Refused(Exception):  # noqa: N818 - what is said, not a fault of ours
    """What is told to the person at the terminal."""


def run_nearest(settings: Settings, parsed: argparse.Namespace) -> int:
    """Print the ranking; 2 when the file, the place or the roads are not what they should be."""
    keep_in(settings.compiled_dir)
    try:
        units = _units(parsed.units, parsed.profile)
        if not (-90 <= parsed.lat <= 90 and -180 <= parsed.lon <= 180):
            raise _Refused(
                f"{parsed.lat} {parsed.lon}: no point on the earth; latitude comes first"
            )
        if parsed.k < 1:
            raise _Refused(f"--k {parsed.k}: at least 1")
        network = _network(settings, parsed.network)
    except (_Refused, UnitFileBroken, NetworkBroken, ExtractBroken, OSError) as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    if not is_kept():
        print(COMPILING, file=sys.stderr)
    _print(_ranked(settings, network, units, parsed))
    return 0


def _units(path: Path, profile: str) -> list[UnitLine]:
    if profile not in set(Profile):
        raise _Refused(f"--profile {profile}: none of {', '.join(Profile)}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return units_of(lines, Profile(profile))
    except UnitFileBroken as error:
        raise _Refused(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise _Refused(f"{path}: not UTF-8 text ({error.reason})") from error


def _network(settings: Settings, path: Path | None) -> RoadNetwork:
    """The network that is asked for, or the one of the city in use."""
    if path is None:
        return load(prepared_city(settings, load_pack(settings)) / NETWORK_FILE)
    if path.suffix == ".pbf":
        extract = read_extract(path)
        return build_network(extract.roads, extract.restrictions, extract.barriers).network
    return load(path)


def _ranked(
    settings: Settings, network: RoadNetwork, units: list[UnitLine], parsed: argparse.Namespace
) -> Iterable[object]:
    from kentongan.edge.geo.routing.roads import RouterSettings
    from kentongan.edge.geo.routing.router import Router  # after `keep_in`: it declares kernels

    router = Router(network, settings=RouterSettings(rules=siren_rules(settings)))
    if parsed.network is None:
        _take_speeds(settings, router)
    for unit in units:
        router.place_unit(
            unit.unit, unit.lat, unit.lon, unit.profile, heading=unit.heading, can=unit.can
        )
    ranking = router.nearest(parsed.lat, parsed.lon, parsed.k, need=parsed.need)
    said = {"kernel": ranking.kernel, "network": ranking.network_label}
    for rank, drive in enumerate(ranking.found, start=1):
        line = msgspec.to_builtins(drive)
        yield {"rank": rank, **_rounded(line), "source": ranking.source, **said}
    for off in ranking.off_road:
        yield {
            "rank": None,
            **_rounded(msgspec.to_builtins(off)),
            "source": "straight_line",
            **said,
        }


def _take_speeds(settings: Settings, router: "Router") -> None:
    """What the fleet drove, as far as it is learnt; a broken file is told and left."""
    files = SpeedFiles(CityVersions(settings.geo_path, load_pack(settings).city.key).folder)
    name = files.newest()
    try:
        learnt = files.read(name) if name else None
        if learnt is not None and learnt.source == router.network.source:
            router.set_speeds(*speeds_of(learnt, name), is_learnt=True)
    except SpeedsBroken as error:
        print(f"speeds are not used: {error}", file=sys.stderr)


def _rounded(line: dict[str, object]) -> dict[str, object]:
    """Figures to a tenth: more would be a pretence."""
    return {
        name: round(value, 1) if isinstance(value, float) else value for name, value in line.items()
    }


def _print(lines: Iterable[object]) -> None:
    for line in lines:
        print(msgspec.json.encode(line).decode())
