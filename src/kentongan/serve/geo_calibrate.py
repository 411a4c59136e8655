"""`kentongan geo-calibrate`: speeds of the roads from where the centre's own units drove.

It reads the journeys on record (departed to on scene) with their tracks, puts them on the roads of
the city in use, and leaves a file that the geography process takes up by itself. A child at the
lowest priority does it each night (`geo_nightly`). What leaves are speeds of kinds of road: no
unit, no person, no place. That tracks were read is on record like any reading of them.
"""

import os
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from kentongan.app.city import plans_of
from kentongan.app.ports import Unavailable
from kentongan.app.system import SYSTEM
from kentongan.core.rows import Assignment, IncidentRow, UnitRow
from kentongan.core.words import Progress, UnitId
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.edge.geo.imported.versions import NETWORK_FILE, CityVersions
from kentongan.edge.geo.network.compiled import is_kept, keep_in
from kentongan.edge.geo.network.profiles import profile_of
from kentongan.edge.geo.network.road_network import NetworkBroken, RoadNetwork, load
from kentongan.edge.geo.speeds.files import SpeedFile, SpeedFiles
from kentongan.edge.geo.speeds.tracks import TrackPoint
from kentongan.serve.geo_closures import open_record
from kentongan.serve.geo_serve import COMPILING, LOWEST, prepared_city
from kentongan.serve.wiring import load_pack, utc_now
from kentongan.settings import Settings
from kentongan.store.accounts import Access
from kentongan.store.errors import StoreError
from kentongan.store.whole import WholeStore

DAYS_MAX: Final = 366
"""Older traffic is another city's."""

JOURNEYS_MAX: Final = 20_000
"""Journeys read at once, the newest; a city has some thousand in four weeks."""

LASTS_MIN, LASTS_MAX = timedelta(seconds=60), timedelta(hours=2)
"""What is shorter or longer between two presses of a button was no drive across the city."""

READ: Final = "speeds"
"""Why tracks were read, in the log of readings."""

WRONG_USE: Final = 2
TOO_LITTLE: Final = 1


class Drive(NamedTuple):
    """A unit under way to an incident, as its crew pressed the buttons."""

    unit: UnitId
    unit_kind: str
    departed_at: datetime
    arrived_at: datetime


def run_geo_calibrate(settings: Settings, days: int, *, invented: bool) -> int:
    """Learn and write; 1 when there is too little to learn from, 2 when it cannot be done.

    Invented roads (no city is imported) teach nothing, unless `invented` asks for a trial.
    """
    if not 1 <= days <= DAYS_MAX:
        return _refuse(f"--days {days}: 1 to {DAYS_MAX}")
    os.nice(LOWEST)
    keep_in(settings.compiled_dir)
    pack = load_pack(settings)
    try:
        network = load(prepared_city(settings, pack) / NETWORK_FILE)
        if network.source == "synthetic" and not invented:
            print(
                "no city is imported: invented roads teach no speeds (--invented for a trial)",
                file=sys.stderr,
            )
            return TOO_LITTLE
        if not is_kept():
            print(COMPILING, file=sys.stderr)
        content = _learnt(settings, network, plans_of(pack).time_zone_offset, days)
        files = SpeedFiles(CityVersions(settings.geo_path, pack.city.key).folder)
        path = files.write(content) if content.cells else None
    except (ImportRefused, NetworkBroken, Unavailable, StoreError, OSError) as error:
        return _refuse(f"refused: {error}")
    said = {
        "journeys": content.journeys,
        "kilometres": content.kilometres,
        "cells": content.cells,
        "held_at_limit": content.held,
        "file": None if path is None else str(path),
    }
    print(msgspec.json.encode(said).decode())
    if path is None:
        print("too few journeys on these roads: the speeds stay as they are", file=sys.stderr)
        return TOO_LITTLE
    return 0


def drives_of(store: WholeStore, since: datetime, until: datetime) -> list[Drive]:
    """The drives on record that began in that span, the newest first, at most `JOURNEYS_MAX`."""
    kinds = {
        found.row.key: found.row.unit_kind
        for found in store.rows("unit")
        if isinstance(found.row, UnitRow)
    }
    drives = [
        drive
        for found in store.rows("incident")
        if isinstance(found.row, IncidentRow)
        for one in found.row.assignments
        if (drive := _drive(one, kinds.get(one.unit))) is not None
        and since <= drive.departed_at < until
    ]
    drives.sort(key=lambda one: one.departed_at, reverse=True)
    return drives[:JOURNEYS_MAX]


def track_of(store: WholeStore, drive: Drive) -> list[TrackPoint]:
    """Where the unit was on that drive, as far as its fixes may be drawn."""
    found = store.tracks.read(drive.unit, drive.departed_at, drive.arrived_at)
    return [
        TrackPoint(one.fix.at.timestamp(), one.fix.point.lat, one.fix.point.lon)
        for one in found.fixes
        if one.verdict.is_drawn
    ]


def _learnt(settings: Settings, network: RoadNetwork, offset: timedelta, days: int) -> SpeedFile:
    from kentongan.edge.geo.speeds.calibrating import calibrated  # declares kernels
    from kentongan.edge.geo.speeds.history import Journey

    now = utc_now()
    with open_record(settings) as store:
        store.accounts.log_access([Access(viewer=SYSTEM.id, what="tracks", reason=READ, at=now)])

        def journeys() -> Iterator[Journey]:
            for drive in drives_of(store, now - timedelta(days=days), now):
                yield Journey(profile_of(drive.unit_kind), track_of(store, drive))

        return calibrated(network, journeys(), offset, now, days)


def _drive(one: Assignment, unit_kind: str | None) -> Drive | None:
    departed = one.progress_at.get(Progress.DEPARTED)
    arrived = one.progress_at.get(Progress.ON_SCENE)
    if departed is None or arrived is None or unit_kind is None:
        return None
    if not LASTS_MIN <= arrived - departed <= LASTS_MAX:
        return None
    return Drive(one.unit, unit_kind, departed, arrived)


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return WRONG_USE
