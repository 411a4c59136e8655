"""Whether what `web` and `work` keep in memory is flat after a day: days of a city, clock moved.

    python bench/bench_memory.py [COPIES] [DAYS]

The same day of Semarang again and again, so many copies of it beside each other (36 incidents and
47 other calls each), through the real rows: `Live` with a supervisor's screen, and the whole
`Worker`, over SQLite. One process stands for both, so its memory is that of `web` and `work`
together. Prints JSON lines; at the end of each day what is held, and the memory.
"""

import gc
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "web"))

from web_days import Days

from kentongan.cities.pack import load, packaged
from kentongan.store.open import open_store


def tell(name: str, value: float, unit: str) -> None:
    """One figure."""
    line = {"name": name, "value": round(value, 2), "unit": unit}
    print(msgspec.json.encode(line).decode(), flush=True)


def resident_mb() -> float:
    """What this process holds in memory, after what is nobody's any more has gone."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main(copies: int, days: int) -> None:
    """Live through them."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        city = Days(lambda: open_store(f"sqlite:{folder}/days.db"), load(packaged()), copies)
        tell("memory.begin", resident_mb(), "MB")
        for day in range(days):
            began = time.monotonic()
            city.live_through(day)
            hours = 24 * (day + 1)
            tell(f"memory.after_{hours}_h", resident_mb(), "MB")
            tell(f"blocks.after_{hours}_h", sys.getallocatedblocks(), "blocks")
            for name, count in city.counts().items():
                tell(f"{name.replace(' ', '_')}.after_{hours}_h", count, "things")
            tell(f"lived_through.after_{hours}_h", time.monotonic() - began, "s")
        tell("host.load", os.getloadavg()[0], "processes")


if __name__ == "__main__":
    given = [int(each) for each in sys.argv[1:]]
    main(*(given + [6, 4][len(given) :]))
