"""How fast the search of names answers while somebody types, and what it costs to hold a city.

    python bench/bench_search.py [DOCUMENTS]

80,000 invented names around the names of the Semarang pack; every beginning of the messy queries
of the tests is one keystroke. Processor time beside wall time, since a shared machine adds its own
waiting. Beside it, in the same run and over the same names: SQLite's full-text search with
prefixes, and rapidfuzz over all names; neither folds spelling, keeps RT/RW or tells places apart.
"""

import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from rapidfuzz import fuzz, process

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "geo"))

from geo_gazetteer_city import city_documents, noise_documents, pack
from test_geo_gazetteer_crossings import ASKED, PORTO_ALEGRE, missed, porto_alegre
from test_geo_gazetteer_queries import DESIGN, MESSY

from kentongan.edge.geo.gazetteer.areas import Areas
from kentongan.edge.geo.gazetteer.documents import Document
from kentongan.edge.geo.gazetteer.gazetteer import build, load
from kentongan.edge.geo.gazetteer.search import CitySearch

CROSSING_SEEDS = (4, 5, 6)
"""Choices of crossings; the first one is the test's."""

RIVAL_KEYSTROKES = 150
"""Keystrokes asked of the slow ones; the search itself is asked all of them."""


def tell(name: str, value: float, unit: str) -> None:
    """One figure as a JSON line."""
    line = {"name": name, "value": round(value, 3), "unit": unit}
    print(msgspec.json.encode(line).decode(), flush=True)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so many of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def keystrokes() -> list[str]:
    """Every beginning of every query, from its first letter on."""
    return [said[:n] for said in (*DESIGN, *MESSY) for n in range(1, len(said) + 1)]


def measure(name: str, find: Callable[[str], object], typed: Sequence[str]) -> None:
    """Ask for every keystroke and tell the spread."""
    cpu_ms: list[float] = []
    wall_ms: list[float] = []
    for text in typed:
        cpu, wall = time.process_time(), time.perf_counter()
        find(text)
        cpu_ms.append((time.process_time() - cpu) * 1_000)
        wall_ms.append((time.perf_counter() - wall) * 1_000)
    tell(f"{name}_keystrokes", len(typed), "texts")
    for share, label in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"), (1.0, "max")):
        tell(f"{name}_{label}_cpu", percentile(cpu_ms, share), "ms")
    for share, label in ((0.5, "p50"), (0.99, "p99")):
        tell(f"{name}_{label}_wall", percentile(wall_ms, share), "ms")


def right(find: Callable[[str], Sequence[str]]) -> tuple[int, int]:
    """How many queries are right first, and among five."""
    first = five = 0
    for said, wanted in {**DESIGN, **MESSY}.items():
        found = list(find(said))[:5]
        first += bool(found) and found[0] in wanted.split("|")
        five += any(one in wanted.split("|") for one in found)
    return first, five


def measure_crossings() -> None:
    """A real city's crossings, each street without a letter: how many come first."""
    if not PORTO_ALEGRE.is_file():
        tell("crossings_absent", 1, "")
        return
    city = porto_alegre()
    tell("crossings_of_the_city", len(city.gazetteer.crossings), "")
    started = time.process_time()
    for seed in CROSSING_SEEDS:
        right = ASKED - len(missed(city, ASKED, seed=seed))
        tell(f"crossings_without_a_letter_{seed}", right, f"of {ASKED}")
    took_s = time.process_time() - started
    tell("crossings_each_cpu", took_s / len(CROSSING_SEEDS) / ASKED * 1_000, "ms")


def measure_loading(file: Path) -> None:
    """Load in a process of its own, which holds nothing else."""
    script = (
        "import resource, time\n"
        "from pathlib import Path\n"
        "from kentongan.cities.pack import load, packaged\n"
        "import kentongan.edge.geo.gazetteer.city\n"
        "from kentongan.edge.geo.gazetteer.gazetteer import load as read\n"
        "from kentongan.edge.geo.gazetteer.search import CitySearch\n"
        "pack = load(packaged())\n"
        "def now():\n"
        "    lines = Path('/proc/self/status').read_text().splitlines()\n"
        "    return next(int(one.split()[1]) for one in lines if one.startswith('VmRSS')) / 1024\n"
        "before, wall, cpu = now(), time.perf_counter(), time.process_time()\n"
        f"search = CitySearch(read(Path({str(file)!r})), pack)\n"
        "ready_s, ready_cpu_s = time.perf_counter() - wall, time.process_time() - cpu\n"
        "for text in ('jl', 'pasar johar', 'pandanaran pahlawan'): search.search(text)\n"
        "print(ready_s, ready_cpu_s, now() - before)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    ready_s, ready_cpu_s, megabytes = map(float, said.stdout.split())
    tell("search_load_to_ready_wall", ready_s, "s")
    tell("search_load_to_ready_cpu", ready_cpu_s, "s")
    tell("search_memory_when_loaded", megabytes, "MB")


def measure_rivals(documents: Sequence[Document]) -> None:
    """SQLite FTS5 with prefixes, and rapidfuzz over every name, as the texts stand."""
    names = [one.name for one in documents]
    database = sqlite3.connect(":memory:")
    started = time.process_time()
    database.execute("CREATE VIRTUAL TABLE place USING fts5(name, prefix='2 3 4')")
    database.executemany("INSERT INTO place(rowid, name) VALUES (?, ?)", enumerate(names))
    tell("sqlite_fts5_build_cpu", time.process_time() - started, "s")

    def full_text(text: str) -> list[str]:
        words = "".join(c if c.isalnum() else " " for c in text).split()
        if not words:
            return []
        said = " OR ".join(f'"{word}"*' for word in words)
        asked = "SELECT name FROM place WHERE place MATCH ? ORDER BY rank LIMIT 5"
        return [row[0] for row in database.execute(asked, (said,))]

    def fuzzy(text: str) -> list[str]:
        found = process.extract(text, names, scorer=fuzz.WRatio, limit=5)
        return [name for name, _, _ in found]

    typed = keystrokes()
    some = typed[:: max(1, len(typed) // RIVAL_KEYSTROKES)]
    for name, find, asked in (("sqlite_fts5", full_text, typed), ("rapidfuzz_wratio", fuzzy, some)):
        measure(name, find, asked)
        first, five = right(lambda text, find=find: [_labelled(one) for one in find(text)])
        tell(f"{name}_right_first", first, "queries")
        tell(f"{name}_right_in_five", five, "queries")


_LABELS: dict[str, str] = {}


def _labelled(name: str) -> str:
    """A kelurahan's name as the tests expect it: with its kecamatan."""
    return _LABELS.get(name, name)


def main() -> None:
    """Build, load, type."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 80_000
    own = city_documents()
    documents = [*own, *noise_documents(count - len(own))]
    _LABELS.update(
        {one.name: f"{one.name}, {one.context}" for one in own if one.kind == "kelurahan"}
    )
    started = time.process_time()
    gazetteer = build(documents, Areas.of_pack(pack()))
    tell("search_documents", len(gazetteer), "documents")
    tell("search_build_cpu", time.process_time() - started, "s")
    tell("search_build_peak_rss", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "gazetteer.npz"
        started = time.process_time()
        gazetteer.save(file)
        tell("search_save_cpu", time.process_time() - started, "s")
        tell("search_file", file.stat().st_size / 1e6, "MB")
        measure_loading(file)
        search = CitySearch(load(file), pack())
    measure("search", lambda text: search.search(text, limit=5), keystrokes())
    measure("search_again", lambda text: search.search(text, limit=5), keystrokes())
    first, five = right(lambda text: [one.label for one in search.search(text, limit=5)])
    tell("search_queries", len(DESIGN) + len(MESSY), "queries")
    tell("search_right_first", first, "queries")
    tell("search_right_in_five", five, "queries")
    measure("search_10000_characters", search.search, ["jalan pemuda " * 800] * 20)
    reverse = [(-6.95 - 0.001 * n, 110.35 + 0.001 * n) for n in range(150)]
    measure("reverse", lambda n: search.reverse(*reverse[int(n)]), [str(n) for n in range(150)])
    measure_crossings()
    measure_rivals(documents)


if __name__ == "__main__":
    main()
