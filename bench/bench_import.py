"""Importing a real city: time of each phase, tiles, and the most memory held, as JSON lines.

Each city is imported by `kentongan city import` in a process of its own, so that its memory is its
own, into a folder that is gone afterwards. The extracts lie beside the project and are skipped with
a word where they are not there. Nothing is asserted: figures on a busy machine are upper bounds.

    bench_import.py [CITY ...]      porto_alegre and heidelberg, or those named
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

EXTRACTS = Path(__file__).resolve().parents[2] / "shared" / "vectors" / "geo" / "osm"
CITIES = ("porto_alegre", "heidelberg")


def main(cities: tuple[str, ...]) -> None:
    """Measure them one after the other."""
    for city in cities:
        extract = EXTRACTS / f"{city}.osm.pbf"
        if extract.is_file():
            measure(city, extract)
        else:
            print(f"{extract.name} is not there: skipped", file=sys.stderr)


def measure(city: str, extract: Path) -> None:
    """Import it once and tell the figures of its manifest."""
    with tempfile.TemporaryDirectory() as data:
        command = (
            "kentongan.main", "city", "import", str(extract), "--pack", city, "--data", data,
            "--json", "--no-hospital",
        )  # fmt: skip
        load = os.getloadavg()[0]
        start, before = time.perf_counter(), os.times()
        run = subprocess.run(
            [sys.executable, "-m", *command], capture_output=True, text=True, check=False
        )
        took, after = time.perf_counter() - start, os.times()
        if run.returncode:
            print(f"{city}: {run.stdout}{run.stderr}", file=sys.stderr)
            return
        manifest: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])["imported"]["manifest"]
    seconds, counts = manifest["seconds"], manifest["counts"]
    tell(city, "load_before", load, "processes")
    tell(city, "wall", took, "s")
    tell(city, "cpu", after.children_user - before.children_user, "s")
    for phase, value in seconds.items():
        tell(city, f"phase_{phase}", value, "s")
    tell(city, "peak_memory", manifest["peak_mb"], "MB")
    tell(city, "extract", manifest["source"]["size_bytes"] / 1e6, "MB")
    tell(city, "roads", counts["road_metres"] / 1_000, "km")
    for name in ("junctions", "edges", "documents", "map_tiles"):
        tell(city, name, counts[name], "")
    tell(city, "map_size", counts["map_bytes"] / 1e6, "MB")


def tell(city: str, name: str, value: float, unit: str) -> None:
    """One figure as a JSON line."""
    line = {"name": f"import.{city}.{name}", "value": round(value, 2), "unit": unit}
    print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or CITIES)
