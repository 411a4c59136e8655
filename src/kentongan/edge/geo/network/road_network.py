"""The road network of a city as plain arrays: junctions, and the pieces of road between them.

An *edge* is a piece of road from one junction (its tail) to another (its head), with its polyline
and the directions it may be driven in. It is kept once, whatever the directions. The arrays know no
vehicle and no time: what an edge costs whom is `profiles`, who is near is `routing`.

It promises nothing about where it came from but says it: `source`, and `label` for people. Node
numbers follow a space-filling (Morton) curve, so that neighbours lie close in memory.
"""

from enum import IntFlag
from pathlib import Path
from typing import Final, Literal, NamedTuple
from zipfile import BadZipFile

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

ROAD_KINDS: Final[tuple[str, ...]] = (
    "motorway",
    "motorway_link",
    "trunk",
    "trunk_link",
    "primary",
    "primary_link",
    "secondary",
    "secondary_link",
    "tertiary",
    "tertiary_link",
    "unclassified",
    "residential",
    "living_street",
    "service",
    "road",
    "track",
    "pedestrian",
    "footway",
    "path",
    "gate",  # a barrier that is opened for those who come: costs time
    "bollard",  # a barrier that only two wheels pass
)
"""What `RoadNetwork.kind` indexes; OSM's `highway` values and two kinds of barrier. Add at the end
only: saved networks keep the numbers."""

KIND_OF: Final = {name: number for number, name in enumerate(ROAD_KINDS)}

NOT_FOR_CARS: Final = frozenset({"pedestrian", "footway", "path", "track", "gate", "bollard"})
"""Kinds that do not count when it is asked how much of a city's roads hang together."""

FORMAT: Final = 2
"""Version of the file layout; another one is refused, and the city imported anew."""


class EdgeFlag(IntFlag):
    """Bits of `RoadNetwork.flags`."""

    FORWARD = 1  # may be driven from tail to head
    BACKWARD = 2  # may be driven from head to tail
    NARROW = 4  # a gang: no fire engine gets through
    CONTRAFLOW_OK = 8  # a one-way that a siren could drive against: no motorway, no roundabout
    BRIDGE = 16  # stands above the water: a flood leaves it open
    TUNNEL = 32
    EMERGENCY_ONLY = 64  # closed to others, open to `emergency=yes`
    PRIVATE = 128  # private grounds: a siren may enter, nobody drives through
    NO_MOTORCYCLE = 256  # a sign closes it to motorcycles
    NO_LORRY = 512  # a sign closes it to lorries


BOTH: Final = EdgeFlag.FORWARD | EdgeFlag.BACKWARD


class NetworkBroken(Exception):  # noqa: N818 - named as what is the matter, like ExtractBroken
    """A file that holds no usable network; the text names the file and what is wrong."""


class RoadNetwork(Struct, frozen=True, kw_only=True, eq=False):
    """n junctions and e edges. Angles are WGS 84 degrees, lengths metres.

    Edge i runs along `shape_lat/lon[shape_start[i]:shape_start[i + 1]]`, both ends included.
    `way` is the OSM id, 0 or negative where the road is synthetic. `maxspeed` is the signposted
    limit in km/h, `maxheight` in tenths of a metre, `maxweight` in halves of a tonne, 0 where none
    is known. `name` indexes `names`, -1 without one. Each row of
    `restricted` is a turn that is not allowed: from an edge, over a node, into an edge;
    `restricted_for` has the bits of the profiles that it binds (`profiles.bit`).
    """

    node_lat: NDArray[np.float64]
    node_lon: NDArray[np.float64]
    tail: NDArray[np.int32]
    head: NDArray[np.int32]
    length_m: NDArray[np.float32]
    way: NDArray[np.int64]
    kind: NDArray[np.uint8]
    flags: NDArray[np.uint16]
    maxspeed: NDArray[np.uint8]
    maxheight: NDArray[np.uint8]
    maxweight: NDArray[np.uint8]
    name: NDArray[np.int32]
    names: tuple[str, ...]
    shape_start: NDArray[np.int32]
    shape_lat: NDArray[np.float64]
    shape_lon: NDArray[np.float64]
    restricted: NDArray[np.int32]
    restricted_for: NDArray[np.uint8]
    source: Literal["osm", "synthetic"]
    label: str
    version: str

    @property
    def nodes(self) -> int:
        """How many junctions."""
        return len(self.node_lat)

    @property
    def edges(self) -> int:
        """How many edges."""
        return len(self.tail)

    @property
    def length_km(self) -> float:
        """All edges, kilometres."""
        return float(self.length_m.sum(dtype=np.float64)) / 1_000

    def shape(self, edge: int) -> list[tuple[float, float]]:
        """The polyline of an edge from tail to head, (lat, lon)."""
        start, end = int(self.shape_start[edge]), int(self.shape_start[edge + 1])
        lats: list[float] = self.shape_lat[start:end].tolist()
        lons: list[float] = self.shape_lon[start:end].tolist()
        return list(zip(lats, lons, strict=True))

    def name_of(self, edge: int) -> str:
        """The road's name, empty without one."""
        number = int(self.name[edge])
        return self.names[number] if number >= 0 else ""


class _Header(Struct, frozen=True, kw_only=True):
    """What a saved network says about itself besides the arrays."""

    format: int
    names: tuple[str, ...]
    source: Literal["osm", "synthetic"]
    label: str
    version: str


class _Column(NamedTuple):
    name: str
    dtype: str
    per: str  # n: one per junction, e: one per edge, "": of its own length


_COLUMNS: Final = (
    _Column("node_lat", "float64", "n"),
    _Column("node_lon", "float64", "n"),
    _Column("tail", "int32", "e"),
    _Column("head", "int32", "e"),
    _Column("length_m", "float32", "e"),
    _Column("way", "int64", "e"),
    _Column("kind", "uint8", "e"),
    _Column("flags", "uint16", "e"),
    _Column("maxspeed", "uint8", "e"),
    _Column("maxheight", "uint8", "e"),
    _Column("maxweight", "uint8", "e"),
    _Column("name", "int32", "e"),
    _Column("shape_start", "int32", ""),
    _Column("shape_lat", "float64", ""),
    _Column("shape_lon", "float64", ""),
    _Column("restricted", "int32", ""),
    _Column("restricted_for", "uint8", ""),
)


def save(network: RoadNetwork, path: Path) -> None:
    """Write one `.npz` file. Raises `OSError`."""
    header = _Header(
        format=FORMAT,
        names=network.names,
        source=network.source,
        label=network.label,
        version=network.version,
    )
    columns = {column.name: getattr(network, column.name) for column in _COLUMNS}
    text = np.frombuffer(msgspec.json.encode(header), dtype=np.uint8)
    with path.open("wb") as file:
        np.savez_compressed(file, header=text, **columns)


def load(path: Path) -> RoadNetwork:
    """Read what `save` wrote. Raises `NetworkBroken` for anything else, `OSError` for no file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            columns = {name: file[name] for name in file.files}
    except (ValueError, KeyError, EOFError, BadZipFile) as error:
        raise NetworkBroken(f"{path}: not a saved road network ({error})") from error
    header = _header(path, columns.pop("header", None))
    _check(path, columns)
    network = RoadNetwork(
        **columns,
        names=header.names,
        source=header.source,
        label=header.label,
        version=header.version,
    )
    _check_references(path, network)
    return network


def _header(path: Path, text: NDArray[np.uint8] | None) -> _Header:
    if text is None:
        raise NetworkBroken(f"{path}: no header")
    try:
        header = msgspec.json.decode(text.tobytes(), type=_Header)
    except msgspec.MsgspecError as error:
        raise NetworkBroken(f"{path}: header: {error}") from error
    if header.format != FORMAT:
        told = f"layout {header.format}, this release reads {FORMAT}: import the city anew"
        raise NetworkBroken(f"{path}: {told}")
    return header


def _check(path: Path, columns: dict[str, NDArray[np.generic]]) -> None:
    """Every column is there, of its type and length."""
    wanted = {column.name for column in _COLUMNS}
    if columns.keys() != wanted:
        odd = ", ".join(sorted(columns.keys() ^ wanted))
        raise NetworkBroken(f"{path}: columns missing or unknown: {odd}")
    lengths = {"n": len(columns["node_lat"]), "e": len(columns["tail"])}
    for name, dtype, per in _COLUMNS:
        column = columns[name]
        if column.dtype != np.dtype(dtype):
            raise NetworkBroken(f"{path}: {name} is {column.dtype}, not {dtype}")
        if per and column.shape != (lengths[per],):
            raise NetworkBroken(f"{path}: {name} has shape {column.shape}, not ({lengths[per]},)")


def _check_references(path: Path, network: RoadNetwork) -> None:
    """No number points outside the arrays: the compiled search would not notice."""
    starts, turns = network.shape_start, network.restricted
    faults = {
        "tail": _outside(network.tail, 0, network.nodes),
        "head": _outside(network.head, 0, network.nodes),
        "kind": _outside(network.kind, 0, len(ROAD_KINDS)),
        "name": _outside(network.name, -1, len(network.names)),
        "shape_start": len(starts) != network.edges + 1
        or bool((np.diff(starts) < 2).any())
        or int(starts[-1]) != len(network.shape_lat),
        "shape_lon": len(network.shape_lon) != len(network.shape_lat),
        "restricted": turns.ndim != 2
        or turns.shape[1:] != (3,)
        or _outside(turns[:, [0, 2]], 0, network.edges)
        or _outside(turns[:, 1], 0, network.nodes),
        "restricted_for": len(network.restricted_for) != len(turns),
    }
    for name, is_faulty in faults.items():
        if is_faulty:
            raise NetworkBroken(f"{path}: {name} does not fit the other columns")


def _outside(column: NDArray[np.generic], low: int, high: int) -> bool:
    values = column.astype(np.int64)
    return bool(((values < low) | (values >= high)).any())
