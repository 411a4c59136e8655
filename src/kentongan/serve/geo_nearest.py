"""`kentongan nearest`: the answer of the running centre at a terminal, for units of a file.

One JSON line a unit, who is there soonest (the walk at the end counts) first, then those that no
road answers for. As in the centre the roads closed on record are closed, the speeds are those that
the fleet drove, and the hour is the present one; each can be left out, and every line says with
what it was reckoned. Where no city is imported the synthetic one answers and says so. Faults go to
standard error with line and field.
"""

import argparse
import math
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
from msgspec import Struct

from kentongan import geography_rows
from kentongan.app.city import plans_of
from kentongan.cities.pack import CityPack
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.edge.geo.imported.versions import NETWORK_FILE, CityVersions
from kentongan.edge.geo.network.build import build_network
from kentongan.edge.geo.network.compiled import is_kept, keep_in
from kentongan.edge.geo.network.profiles import Profile
from kentongan.edge.geo.network.road_network import NetworkBroken, RoadNetwork, load
from kentongan.edge.geo.osm.raw import ExtractBroken
from kentongan.edge.geo.osm.read import read_extract
from kentongan.edge.geo.routing.closures import Closure, ClosureBroken
from kentongan.edge.geo.routing.ranking import Mark
from kentongan.edge.geo.routing.unit_file import UnitFileBroken, UnitLine, units_of
from kentongan.edge.geo.served.told import closure_of
from kentongan.edge.geo.speeds.files import SpeedFiles, SpeedsBroken, speeds_of
from kentongan.serve.geo_closures import NoRecord, open_record, rows_in_force
from kentongan.serve.geo_serve import COMPILING, prepared_city, siren_rules
from kentongan.serve.wiring import load_pack, utc_now
from kentongan.settings import Settings

if TYPE_CHECKING:
    from kentongan.edge.geo.routing.router import Router

WRONG_USE: Final = 2

METRES_PER_DEGREE: Final = 111_195.0

ANOTHER_CITY_KM: Final = 100
"""A place farther than this from every road of the city is a mistake, not a question."""

TABLE: Final = "table"
"""Speeds as the release has them: nothing was learnt, or it was left out."""


class _Refused(Exception):  # noqa: N818 - what is said, not a fault of ours
    """What is told to the person at the terminal."""


class _Asked(Struct, frozen=True, kw_only=True):
    """With what it is reckoned: the time in UTC, as the roads want it, the city's clock from UTC,
    and closures; None leaves them out, or there is no record to have them from."""

    at: datetime
    offset: timedelta
    units: list[UnitLine]
    closures: tuple[Closure, ...] | None
    has_own_network: bool


def run_nearest(settings: Settings, parsed: argparse.Namespace) -> int:
    """Print the ranking; 2 when the file, the place, the record or the roads are not what they
    should be."""
    keep_in(settings.compiled_dir)
    try:
        pack = load_pack(settings)
        asked = _asked(settings, pack, parsed)
        network = _network(settings, pack, parsed.network)
        _check_place(network, parsed.lat, parsed.lon)
    except (_Refused, UnitFileBroken, NetworkBroken, ExtractBroken, OSError) as error:
        print(error, file=sys.stderr)
        return WRONG_USE
    if not is_kept():
        print(COMPILING, file=sys.stderr)
    _print(_ranked(settings, network, asked, parsed))
    return 0


def _asked(settings: Settings, pack: CityPack, parsed: argparse.Namespace) -> _Asked:
    units = _units(parsed.units, parsed.profile)
    if not (-90 <= parsed.lat <= 90 and -180 <= parsed.lon <= 180):
        raise _Refused(f"{parsed.lat} {parsed.lon}: no point on the earth; latitude comes first")
    if parsed.k < 1:
        raise _Refused(f"--k {parsed.k}: at least 1")
    offset = plans_of(pack).time_zone_offset
    at = _time(parsed.at, offset)
    is_left_out = parsed.without_closures or parsed.network is not None
    closures = None if is_left_out else _closures(settings, at)
    return _Asked(
        at=at,
        offset=offset,
        units=units,
        closures=closures,
        has_own_network=parsed.network is not None,
    )


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


def _time(said: str | None, offset: timedelta) -> datetime:
    """The time asked for, or now, in UTC; without a zone it was told by the city's clock."""
    if said is None:
        return utc_now()
    try:
        at = datetime.fromisoformat(said)
        return (at if at.tzinfo else at.replace(tzinfo=timezone(offset))).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _Refused(f"--at {said}: no time like 2026-11-26T17:30") from error


def _closures(settings: Settings, at: datetime) -> tuple[Closure, ...] | None:
    """Those on record, in force then; None where no centre has run yet, and that is told."""
    try:
        with open_record(settings) as store:
            rows = rows_in_force(store, at)
    except NoRecord as error:
        print(f"closed roads do not count: {error}", file=sys.stderr)
        return None
    except ImportRefused as error:
        raise _Refused(f"{error} (--without-closures asks without them)") from error
    every = (closure_of(geography_rows.closure_of(row)) for row in rows)
    return tuple(one for one in every if one.in_force(at))


def _network(settings: Settings, pack: CityPack, path: Path | None) -> RoadNetwork:
    """The network that is asked for, or the one of the city in use."""
    if path is None:
        return load(prepared_city(settings, pack) / NETWORK_FILE)
    if path.suffix == ".pbf":
        extract = read_extract(path)
        return build_network(extract.roads, extract.restrictions, extract.barriers).network
    return load(path)


def _check_place(network: RoadNetwork, lat: float, lon: float) -> None:
    """Raises `_Refused` for a place in another part of the world."""
    east = (network.node_lon - lon) * math.cos(math.radians(lat))
    away_m = float(np.hypot(network.node_lat - lat, east).min()) * METRES_PER_DEGREE
    if away_m > ANOTHER_CITY_KM * 1_000:
        raise _Refused(
            f"{lat} {lon}: {away_m / 1_000:,.0f} km from every road of {network.label!r}; "
            "latitude comes first"
        )


def _ranked(
    settings: Settings, network: RoadNetwork, asked: _Asked, parsed: argparse.Namespace
) -> Iterable[object]:
    from kentongan.edge.geo.routing.roads import RouterSettings
    from kentongan.edge.geo.routing.router import Router  # after `keep_in`: it declares kernels

    rules = siren_rules(settings)
    router = Router(network, settings=RouterSettings(rules=rules, offset=asked.offset))
    is_by_table = asked.has_own_network or parsed.without_fleet_speeds
    speeds = TABLE if is_by_table else _take_speeds(settings, router)
    closed = _close(router, asked.closures)
    for unit in asked.units:
        router.place_unit(
            unit.unit, unit.lat, unit.lon, unit.profile, heading=unit.heading, can=unit.can
        )
    ranking = router.nearest(parsed.lat, parsed.lon, parsed.k, need=parsed.need, at=asked.at)
    if any(off.mark is Mark.PLACE_OFF_NETWORK for off in ranking.off_road):
        print(
            "the place is far from every road: straight lines, which are guesses", file=sys.stderr
        )
    said = {
        "kernel": ranking.kernel,
        "network": ranking.network_label,
        "reckoned": {
            "at": asked.at.astimezone(timezone(asked.offset)).isoformat(timespec="seconds"),
            "speeds": speeds,
            "closures": closed,
        },
    }
    for rank, drive in enumerate(ranking.found, start=1):
        line: dict[str, object] = {
            **msgspec.to_builtins(drive),
            "walk_s": drive.walk_s,
            "there_s": drive.there_s,
        }
        yield {"rank": rank, **_rounded(line), "source": ranking.source, **said}
    for off in ranking.off_road:
        yield {
            "rank": None,
            **_rounded(msgspec.to_builtins(off)),
            "source": "straight_line",
            **said,
        }


def _close(router: "Router", closures: tuple[Closure, ...] | None) -> int | None:
    """Close the roads; how many closures count, None where they are left out. What is none for a
    road is told, as the running centre does in its log."""
    if closures is None:
        return None
    closed = 0
    for one in closures:
        try:
            router.close(one)
            closed += 1
        except ClosureBroken as error:
            print(f"closure {one.id} cannot be used: {error}", file=sys.stderr)
    return closed


def _take_speeds(settings: Settings, router: "Router") -> str:
    """What the fleet drove, as far as it is learnt, and the name of its file; a broken file is told
    and left."""
    files = SpeedFiles(CityVersions(settings.geo_path, load_pack(settings).city.key).folder)
    name = files.newest()
    try:
        learnt = files.read(name) if name else None
        if learnt is not None and learnt.source == router.network.source:
            router.set_speeds(*speeds_of(learnt, name), is_learnt=True)
            return name
    except SpeedsBroken as error:
        print(f"speeds are not used: {error}", file=sys.stderr)
    return TABLE


def _rounded(line: dict[str, object]) -> dict[str, object]:
    """Figures to a tenth: more would be a pretence."""
    return {
        name: round(value, 1) if isinstance(value, float) else value for name, value in line.items()
    }


def _print(lines: Iterable[object]) -> None:
    for line in lines:
        print(msgspec.json.encode(line).decode())
