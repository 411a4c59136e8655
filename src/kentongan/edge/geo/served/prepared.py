"""The synthetic city of a pack, made once and kept: network, names and map beside the imported
versions.

    DIR/cities/<pack>/synthetic-<hash>/network.npz  gazetteer.npz  city.pmtiles

The hash is of the pack's facts about the place and of everything that makes a city out of them, so
another release or another place makes another folder and nothing stale is ever read; a unit that
moves or a protocol that is written anew makes none. Roads and names are written beside and
renamed together when they are whole, the map after them by itself: nobody waits for a picture.
Whoever comes while somebody else makes one waits and finds it. The same pack gives the same city
everywhere.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

import msgspec
import numpy as np
import shapely
from msgspec import structs
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kentongan.cities.pack import CityPack
from kentongan.edge.geo.gazetteer.city import build_city
from kentongan.edge.geo.imported.durable import sync_file, sync_tree
from kentongan.edge.geo.imported.versions import VersionFiles
from kentongan.edge.geo.network.road_network import RoadNetwork, load, save
from kentongan.edge.geo.synthetic.network import LABEL, synthetic_network
from kentongan.edge.geo.synthetic.plane import Plane
from kentongan.edge.geo.synthetic.waters import Waters
from kentongan.edge.geo.tiles.build import build_tiles
from kentongan.edge.geo.tiles.city_features import network_features, pack_features, water_features
from kentongan.edge.geo.tiles.layers import Layer, TileFeature

NAME: Final = "synthetic-"
"""Begins the name of a whole one."""

PREPARING: Final = ".preparing-"
"""Begins the name of a folder that is still being filled."""

MAKERS: Final = ("synthetic", "network", "osm", "gazetteer", "tiles")
"""Packages whose every change makes another city."""

NOT_OF_THE_PLACE: Final = (
    *("sources", "lines", "desks", "units", "telephones", "run_cards", "busy", "holidays"),
    *("priorities", "flags", "categories", "entry_questions", "protocols", "scripts", "stamps"),
    *("targets", "alarms", "sounds", "scenarios"),
)
"""How the room works: the makers get a pack without it, so no road or name can come of it."""


class SyntheticCity(VersionFiles):
    """Where a pack's synthetic city is, whether or not it has been made yet."""

    def __init__(self, data: Path, pack: CityPack) -> None:
        self.parent = data / "cities" / pack.city.key
        self._pack = structs.replace(pack, **dict.fromkeys(NOT_OF_THE_PLACE, ()))
        name = f"{NAME}{_digest(self._pack)}"
        super().__init__(name, self.parent / name)

    @property
    def is_there(self) -> bool:
        """Whether roads and names have been made: a folder of that name is whole."""
        return self.folder.is_dir()

    @property
    def has_map(self) -> bool:
        """Whether the map has been drawn, too."""
        return self.tiles.is_file()

    def make(self) -> None:
        """Make roads and names unless they are there. Takes some ten seconds.

        Raises `OSError`, and `NetworkBroken` for a pack of which no city can be made.
        """
        self.parent.mkdir(parents=True, exist_ok=True)
        with _alone(self.parent):
            if self.is_there:
                return
            self._clean()
            folder = self.parent / f"{PREPARING}{os.getpid()}"
            folder.mkdir()
            try:
                self._fill(VersionFiles(self.name, folder))
                sync_tree(folder)
                folder.rename(self.folder)
                sync_file(self.parent)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            self._remove_others()

    def draw(self) -> None:
        """Draw the map of the city that is there, unless it is drawn. Raises `OSError`."""
        with _alone(self.parent):
            if self.has_map:
                return
            self._clean()
            with tempfile.TemporaryDirectory(prefix=PREPARING, dir=self.parent) as folder:
                drawn = Path(folder) / self.tiles.name
                build_tiles(
                    _features(self._pack, load(self.network)),
                    drawn,
                    name=self._pack.city.key,
                    attribution=LABEL,
                )
                sync_file(drawn)
                drawn.rename(self.tiles)
                sync_file(self.folder)

    def _fill(self, files: VersionFiles) -> None:
        network = structs.replace(synthetic_network(self._pack).network, version=self.name)
        save(network, files.network)
        build_city(self._pack, network=network).save(files.gazetteer)

    def _clean(self) -> None:
        """Remove what somebody who was killed left half-made."""
        for left_over in self.parent.glob(f"{PREPARING}*/"):
            shutil.rmtree(left_over, ignore_errors=True)

    def _remove_others(self) -> None:
        """Those of earlier releases and packs: nobody reads them again."""
        for other in self.parent.glob(f"{NAME}*"):
            if other.name != self.name:
                shutil.rmtree(other, ignore_errors=True)


def _features(pack: CityPack, network: RoadNetwork) -> Iterator[TileFeature]:
    """Everything that is drawn, the sea first."""
    plane = Plane(pack.city.centre)
    waters = Waters(pack, plane)
    yield from water_features(Layer.SEA, (_in_degrees(one, plane) for one in waters.sea))
    for name, line in waters.rivers:
        yield from water_features(Layer.WATERWAY, [_in_degrees(line, plane)], name)
    yield from network_features(network)
    yield from pack_features(pack)


def _in_degrees(shape: BaseGeometry, plane: Plane) -> BaseGeometry:
    def turned(places: NDArray[np.float64]) -> NDArray[np.float64]:
        points = (plane.point(x, y) for x, y in places.tolist())
        return np.array([(point.lon, point.lat) for point in points]).reshape(-1, 2)

    return cast(BaseGeometry, cast(Any, shapely).transform(shape, turned))


def _digest(pack: CityPack) -> str:
    """Of these facts and of the sources that make a city."""
    total = hashlib.sha256(msgspec.json.encode(pack, order="deterministic"))
    geo = Path(__file__).parents[1]
    for maker in MAKERS:
        for path in sorted((geo / maker).glob("*.py")):
            total.update(path.read_bytes())
    return total.hexdigest()[:16]


@contextmanager
def _alone(parent: Path) -> Generator[None]:
    """Wait until nobody else makes one there."""
    with (parent / ".preparing.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
