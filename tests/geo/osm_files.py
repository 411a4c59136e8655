"""Small OpenStreetMap extracts that the tests write themselves, around the middle of Semarang.

`write_town` makes a town of crossing streets with everything an import looks for; `Extract` writes
whatever a test needs by hand. Not a city: streets are drawn with a ruler.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

import osmium
import pytest
from osmium.osm.mutable import Node, Relation, Way

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "geo" / "osm"

SOUTH, WEST = -7.01, 110.38
STEP = 0.004
SIDE = 12
"""Streets in each direction."""


def third_party(name: str) -> Path:
    """A real extract beside the project, or the test is skipped."""
    path = VECTORS / name
    if not path.is_file():
        pytest.skip(f"{name} is not there: real extracts are not part of the repository")
    return path


class Written:
    """An extract being written: nodes first, then ways, then relations, ids of their own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = osmium.SimpleWriter(str(path), overwrite=True)
        self._next = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def node(self, lat: float, lon: float, tags: Mapping[str, str] | None = None) -> int:
        """A node; its id."""
        self._next += 1
        self._writer.add_node(Node(id=self._next, location=(lon, lat), tags=dict(tags or {})))
        return self._next

    def way(self, nodes: Sequence[int], tags: Mapping[str, str]) -> int:
        """A way; its id."""
        self._next += 1
        self._writer.add_way(Way(id=self._next, nodes=list(nodes), tags=dict(tags)))
        return self._next

    def relation(self, members: Iterable[tuple[str, int, str]], tags: Mapping[str, str]) -> int:
        """A relation of (sort, id, role); its id."""
        self._next += 1
        self._writer.add_relation(Relation(id=self._next, members=list(members), tags=dict(tags)))
        return self._next


def write_town(
    path: Path,
    *,
    south: float = SOUTH,
    west: float = WEST,
    hospital: bool = True,
    is_torn: bool = False,
) -> Path:
    """A town; `is_torn` leaves out the streets that hold its halves together."""
    with Written(path) as file:
        grid = [
            [file.node(south + row * STEP, west + column * STEP) for column in range(SIDE)]
            for row in range(SIDE)
        ]
        _points(file, south, west, hospital=hospital)
        corners = [
            file.node(south + north * SIDE * STEP, west + east * SIDE * STEP)
            for north, east in ((-0.1, -0.1), (-0.1, 1.0), (0.95, 1.0), (0.95, -0.1))
        ]
        house = [
            file.node(south + (0.5 + north) * STEP, west + (0.5 + east) * STEP)
            for north, east in ((0, 0), (0, 0.1), (0.1, 0.1), (0.1, 0))
        ]
        shore = [file.node(south + 0.9 * SIDE * STEP, west + at * SIDE * STEP) for at in (-1, 2)]
        streets = _streets(file, grid, is_torn=is_torn)
        ring = file.way([*corners, corners[0]], {})
        file.way([*house, house[0]], {"building": "yes", "name": "Gedung Uji"})
        file.way([shore[1], shore[0]], {"natural": "coastline"})
        _relations(file, grid, streets, ring)
    return path


def _points(file: Written, south: float, west: float, *, hospital: bool) -> None:
    for number in range(24):
        lat, lon = south + (number % 6 + 0.3) * STEP, west + (number // 6 + 0.3) * STEP
        file.node(lat, lon, {"amenity": "school", "name": f"SD Melati {_word(number)}"})
    if hospital:
        file.node(
            south + 0.2 * STEP,
            west + 0.2 * STEP,
            {"amenity": "hospital", "name": "RS Uji", "old_name": "RS Lama;RS Uji", "phone": "024"},
        )
    file.node(south + STEP, west + 0.5 * STEP, {"amenity": "fire_station"})
    file.node(south + STEP, west + 0.7 * STEP, {"highway": "milestone", "distance": "412"})
    file.node(south + STEP, west + 0.8 * STEP, {"railway": "level_crossing"})
    file.node(south + STEP, west + 0.9 * STEP, {"shop": "kiosk"})


def _streets(file: Written, grid: list[list[int]], *, is_torn: bool) -> list[int]:
    streets: list[int] = []
    for row, nodes in enumerate(grid):
        tags = {"highway": "residential", "name": f"Jalan Mawar {_word(row)}"}
        if row == 0:
            tags |= {"highway": "primary", "ref": "1", "maxspeed": "60"}
        streets.append(file.way(nodes, tags))
    half = SIDE // 2
    for column in range(SIDE):
        nodes = [line[column] for line in grid]
        tags = {"highway": "tertiary", "name": f"Jalan Kenanga {_word(column)}"}
        parts = (nodes[:half], nodes[half:]) if is_torn else (nodes,)
        streets.extend(file.way(part, tags) for part in parts)
    return streets


def _relations(file: Written, grid: list[list[int]], streets: list[int], ring: int) -> None:
    row, column = streets[1], streets[SIDE + 1]
    file.relation(
        [("w", row, "from"), ("n", grid[1][1], "via"), ("w", column, "to")],
        {"type": "restriction", "restriction": "no_left_turn", "except": "psv;emergency"},
    )
    file.relation(
        [("w", row, "from"), ("w", column, "via"), ("w", streets[2], "to")],
        {"type": "restriction", "restriction": "no_u_turn"},
    )
    file.relation(
        [("w", ring, "outer")],
        {"type": "boundary", "boundary": "administrative", "admin_level": "7", "name": "Sekayu"},
    )


WORDS = (
    "satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan", "sepuluh",
    "sebelas", "duabelas",
)  # fmt: skip


def _word(number: int) -> str:
    return WORDS[number % 12] + ("" if number < 12 else f" {WORDS[number // 12]}")
