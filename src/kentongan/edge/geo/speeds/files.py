"""The learnt speeds on disk: one file for each time that was learnt, the newest is in use.

    DIR/cities/<pack>/speeds/<utc>.json

A file never changes after it was made; it says from which days, journeys and kilometres it comes.
It speaks of kinds of road, never of pieces of a network, so it survives the next import. Removing
the newest goes back to the one before, removing all to the table. What stands in it is looked at
before it is believed.
"""

import math
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

import msgspec
import numpy as np
from msgspec import Struct

from kentongan.edge.geo.imported.durable import sync_file
from kentongan.edge.geo.network.profiles import (
    BANDS,
    HOURS,
    PROFILES,
    Speeds,
    band_of,
    seed_speeds,
)
from kentongan.edge.geo.network.road_network import KIND_OF, ROAD_KINDS
from kentongan.edge.geo.routing.spread import Spread, seed_spread
from kentongan.edge.geo.speeds.learning import FASTER_MAX, SLOWER_MAX

FORMAT: Final = 1
"""Version of the layout; another one is not read."""

KEPT: Final = 10
"""Files kept: more than a week of nights to go back to. One has about 200 kB."""

FILE_BYTES_MAX: Final = 4_000_000
"""All profiles, kinds and hours are less."""

NAME: Final = re.compile(r"\d{8}T\d{6}Z\.json")

MU_MAX, SIGMA_MAX = math.log(6), 2.0
"""A spread beyond this is none that was learnt."""

_ROUNDING: Final = 1.01  # what rounding to a hundredth of a km/h may add to a limit


class SpeedsBroken(Exception):  # noqa: N818 - named as what is the matter, like NetworkBroken
    """A file of speeds that cannot be used; the text names the file and what is wrong."""


class SpeedFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was learnt, and from what. Speeds are km/h by profile, kind of road and hour of the week
    (168, from Monday 0:00) for the kinds that moved; the spread is mean and standard deviation of
    ln(driven / reckoned) by profile and part of the day."""

    format: int = FORMAT
    made_at: datetime
    days: int
    network: str
    source: Literal["osm", "synthetic"]
    journeys: int
    kilometres: float
    cells: int
    held: int
    km_h: dict[str, dict[str, list[float]]]
    spread: dict[str, dict[str, tuple[float, float]]]


class SpeedFiles:
    """The files of one city pack. `folder` is the pack's among the cities."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "speeds"

    def names(self) -> list[str]:
        """All of them, newest first."""
        try:
            found = [one.name for one in self.folder.iterdir() if NAME.fullmatch(one.name)]
        except OSError:
            return []
        return sorted(found, reverse=True)

    def newest(self) -> str:
        """The name of the one in use; empty without one."""
        return next(iter(self.names()), "")

    def read(self, name: str) -> SpeedFile:
        """Raises `SpeedsBroken`."""
        path = self.folder / name
        try:
            if path.stat().st_size > FILE_BYTES_MAX:
                raise SpeedsBroken(f"{path}: more than {FILE_BYTES_MAX:,} bytes")
            found = msgspec.json.decode(path.read_bytes(), type=SpeedFile)
        except OSError as error:
            raise SpeedsBroken(f"{path}: {error.strerror or error}") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise SpeedsBroken(f"{path}: {error}") from error
        if found.format != FORMAT:
            raise SpeedsBroken(f"{path}: layout {found.format}, this release reads {FORMAT}")
        return found

    def write(self, content: SpeedFile) -> Path:
        """Write it in one step and remove the oldest beyond `KEPT`. Raises `OSError`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{content.made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}.json"
        beside = path.with_suffix(f".{os.getpid()}")
        beside.write_bytes(msgspec.json.encode(content))
        sync_file(beside)
        beside.rename(path)
        sync_file(self.folder)
        for name in self.names()[KEPT:]:
            (self.folder / name).unlink(missing_ok=True)
        return path


def km_h_said(speeds: Speeds) -> dict[str, dict[str, list[float]]]:
    """The speeds that differ from the table, as a file has them."""
    km_h: dict[str, dict[str, list[float]]] = {}
    for number, profile in enumerate(PROFILES):
        hours = np.stack([speeds.at(profile, hour) for hour in range(HOURS)], axis=1)
        moved: list[bool] = (speeds.faster[number] != 1.0).any(axis=1).tolist()
        rows: list[list[float]] = np.round(hours, 2).tolist()
        kinds = {
            kind: row
            for kind, row, is_moved in zip(ROAD_KINDS, rows, moved, strict=True)
            if is_moved
        }
        if kinds:
            km_h[profile.value] = kinds
    return km_h


def spread_said(spread: Spread) -> dict[str, dict[str, tuple[float, float]]]:
    """The spread, as a file has it."""
    return {
        profile.value: {
            band.value: (
                round(float(spread.mu[row, column]), 4),
                round(float(spread.sigma[row, column]), 4),
            )
            for column, band in enumerate(BANDS)
        }
        for row, profile in enumerate(PROFILES)
    }


def speeds_of(content: SpeedFile, name: str) -> tuple[Speeds, Spread]:
    """The speeds and the spread of a file, each figure within its limits. Raises `SpeedsBroken`.

    A profile, kind or band that this release does not know is left out.
    """
    table = seed_speeds()
    faster = table.faster.copy()
    for row, profile in enumerate(PROFILES):
        for kind, hours in content.km_h.get(profile.value, {}).items():
            if kind not in KIND_OF:
                continue
            if len(hours) != HOURS:
                raise SpeedsBroken(
                    f"{name}: km_h.{profile}.{kind}: {len(hours)} hours, not {HOURS}"
                )
            for hour, km_h in enumerate(hours):
                usual = float(table.km_h[row, KIND_OF[kind], BANDS.index(band_of(hour))])
                ratio = km_h / usual
                low, high = 1 / SLOWER_MAX / _ROUNDING, FASTER_MAX * _ROUNDING
                if not low <= ratio <= high:
                    raise SpeedsBroken(
                        f"{name}: km_h.{profile}.{kind}[{hour}]: {km_h:g} km/h where"
                        f" {usual / SLOWER_MAX:.1f} to {usual * FASTER_MAX:.1f} is possible"
                    )
                faster[row, KIND_OF[kind], hour] = ratio
    return Speeds(km_h=table.km_h, faster=faster), _spread(content, name)


def _spread(content: SpeedFile, name: str) -> Spread:
    seed = seed_spread()
    mu, sigma = seed.mu.copy(), seed.sigma.copy()
    for row, profile in enumerate(PROFILES):
        for column, band in enumerate(BANDS):
            said = content.spread.get(profile.value, {}).get(band.value)
            if said is None:
                continue
            if not (abs(said[0]) <= MU_MAX and 0 < said[1] <= SIGMA_MAX):
                raise SpeedsBroken(f"{name}: spread.{profile}.{band}: {said[0]:g}, {said[1]:g}")
            mu[row, column], sigma[row, column] = said
    return Spread(mu=mu, sigma=sigma)
