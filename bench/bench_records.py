"""A large file of another centre: how long its import takes, and how much memory.

    python bench/bench_records.py [MILLION ROWS]

A made-up export with four clocks in three time zones, of which 30 % stand there twice, is read by
`kentongan evaluate import` in a process of its own, and then asked for its percentiles.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benched import tell

BLOCK = 100_000
AGAIN = 0.3
BEGIN_S = 1_735_689_600

HEADER = b"no,ring,assigned,departed,arrived,agency,kind,vendor\n"

MAPPING = """
id = "large"
name = "A large centre"
row = "incident"
timezone = "Asia/Jakarta"
key = "no"
[clocks]
ring = {column = "ring"}
assigned = {column = "assigned"}
departed = {column = "departed"}
arrived = {column = "arrived"}
[labels]
agency = "agency"
category = "kind"
[[drop]]
column = "kind"
values = ["homecare"]
reason = "scheduled"
[[check]]
column = "vendor"
start = "ring"
end = "arrived"
"""

Lines = NDArray[np.uint8]
"""One row a line, as long as the longest can be; octets of 0 stand in no file."""


def blocks(rows: int) -> Iterator[bytes]:
    """The file's lines; each block repeats lines of its own, of the one before and of the first."""
    chance = np.random.default_rng(6)
    first = before = np.empty((0, 0), dtype=np.uint8)
    for begin in range(0, rows, BLOCK):
        many = min(BLOCK, rows - begin)
        again = round(many * AGAIN)
        fresh = lines(begin, many - again, chance)
        known = fresh if not begin else np.concatenate((first, before, fresh))
        repeated = known[chance.integers(0, len(known), again)]
        both = np.concatenate((fresh, repeated))[chance.permutation(many)]
        yield both[both != 0].tobytes()
        first, before = fresh if not begin else first, fresh


def lines(begin: int, many: int, chance: np.random.Generator) -> Lines:
    """Different incidents, each in one of three time zones."""
    ring = BEGIN_S + np.sort(chance.integers(0, 86_400 * 365 * 5, many))
    took = np.cumsum(chance.exponential((60.0, 70.0, 500.0), (many, 3)).astype(np.int64), axis=1)
    zone = chance.integers(7, 10, many)
    fields = [np.arange(begin, begin + many).astype("S9")]
    fields += [stamps(at, zone) for at in (ring, *(ring + took.T))]
    fields.append(np.array([b"Damkar", b"Dinkes", b"Polisi", b"BPBD"])[chance.integers(0, 4, many)])
    kinds = np.array([b"fire", b"medical", b"homecare", b"flood"])
    fields.append(kinds[chance.integers(0, 4, many)])
    fields.append(took[:, 2].astype("S9"))
    signs = [np.full((many, 1), ord(sign), np.uint8) for sign in ",,,,,,,\n"]
    octets = [np.ascontiguousarray(field).view(np.uint8).reshape(many, -1) for field in fields]
    return np.concatenate([one for pair in zip(octets, signs, strict=True) for one in pair], axis=1)


def stamps(at: NDArray[np.int64], hours: NDArray[np.int64]) -> NDArray[np.bytes_]:
    """Moments as each zone's clock shows them, its zone beside them."""
    local = np.datetime_as_string((at + hours * 3_600).astype("datetime64[s]")).astype("S19")
    zones = np.array([b"+%02d:00" % hour for hour in range(10)])[hours]
    both = np.concatenate([one.view(np.uint8).reshape(len(at), -1) for one in (local, zones)], 1)
    return both.view("S25").ravel()


def child(*arguments: str) -> dict[str, Any]:
    """A command of the product; tells its time and memory, returns what it says."""
    wall = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "kentongan.main", "evaluate", *arguments, "--json"],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    name = "import" if arguments[0] == "import" else "percentiles"
    tell(f"{name}: wall", time.perf_counter() - wall, "s")
    tell(f"{name}: processor", used.ru_utime + used.ru_stime, "s")
    tell(f"{name}: memory at most", used.ru_maxrss / 1e6, "GB")
    return json.loads(said)


def main() -> None:
    """Everything, one line a figure."""
    rows = int(float(sys.argv[1]) * 1e6) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path, mapping = Path(folder) / "large.csv", Path(folder) / "large.toml"
        mapping.write_text(MAPPING)
        with path.open("wb") as file:
            file.write(HEADER)
            for block in blocks(rows):
                file.write(block)
        tell("file", path.stat().st_size / 1e6, "MB")
        report = child("import", str(path), "--map", str(mapping))
        again = next(one["count"] for one in report["dropped"] if one["reason"] == "duplicate")
        tell("rows", float(report["rows"]), "rows")
        tell("of them duplicates", again / report["rows"] * 100, "%")
        asked = ("--interval", "ring..arrived", "--by", "agency")
        child(str(path), "--map", str(mapping), *asked)


if __name__ == "__main__":
    main()
