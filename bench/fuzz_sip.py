"""Fuzzing of the SIP readers with atheris: not part of `make bench`, run by hand or at night.

    python -m venv FOLDER && FOLDER/bin/pip install atheris msgspec
    PYTHONPATH=src FOLDER/bin/python bench/fuzz_sip.py [TARGET ...] [--seconds N] [--found FOLDER]

Each target (`tests/sip/sip_targets.py`) runs for N seconds (90) in a process of its own, begins
with the corpus kept in `tests/sip/corpus` and leaves what it finds in FOLDER. Prints the figures of
each as a JSON line; exit status 1 if a target failed, with the octets kept in FOLDER. `--keep`
takes of the kept corpus and FOLDER the smallest inputs that each reach something new.
"""

import argparse
import hashlib
import importlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Protocol

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "tests" / "sip" / "corpus"
INPUT_BYTES_MAX = 2_048
"""Longer inputs find nothing that shorter ones do not, and are slow."""
KEPT_BYTES_MAX = 40_000
"""Kept corpus of one target: all seven stay below 300 kB."""
MEMORY_MB_MAX = 1_024

sys.path.insert(0, str(ROOT / "tests" / "sip"))


def run_target(name: str, arguments: list[str]) -> None:
    """One target in this process, under libFuzzer; does not return."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["kentongan.sip", "sip_targets"]):
        targets = importlib.import_module("sip_targets")
    atheris.Setup([sys.argv[0], *arguments], targets.TARGETS[name])
    atheris.Fuzz()


def fuzz(name: str, seconds: int, found: Path) -> bool:
    """One target in a process of its own; whether it held."""
    folder = found / name
    folder.mkdir(parents=True, exist_ok=True)
    (CORPUS / name).mkdir(parents=True, exist_ok=True)
    said = _libfuzzer(
        name,
        f"-max_total_time={seconds}",
        f"-max_len={INPUT_BYTES_MAX}",
        f"-rss_limit_mb={MEMORY_MB_MAX}",
        "-timeout=10",
        "-print_final_stats=1",
        f"-artifact_prefix={found / name}-failed-",
        str(folder),
        str(CORPUS / name),
    )
    holds = said.returncode == 0
    figures = re.findall(r"stat::(\w+):\s+(\d+)", said.stderr)
    line = {"name": f"fuzz {name}", "holds": holds, **{key: int(value) for key, value in figures}}
    print(json.dumps(line), flush=True)
    if not holds:
        print(said.stderr[-4_000:], file=sys.stderr)
    return holds


def keep(name: str, found: Path) -> None:
    """The kept corpus anew: the smallest inputs that each reach something no smaller one does."""
    target = importlib.import_module("sip_targets").TARGETS[name]
    inputs = {
        path.read_bytes() for folder in (CORPUS / name, found / name) for path in folder.iterdir()
    }
    kept: list[bytes] = []
    reached: set[tuple[str, int, int]] = set()
    total = 0
    for data in sorted(inputs, key=lambda data: (len(data), data)):
        steps = _steps(target, data)
        if steps <= reached or total + len(data) > KEPT_BYTES_MAX:
            continue
        reached |= steps
        total += len(data)
        kept.append(data)
    for old in (CORPUS / name).iterdir():
        old.unlink()
    for data in kept:
        (CORPUS / name / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)


class Trace(Protocol):
    """What `sys.settrace` calls."""

    def __call__(self, frame: FrameType, event: str, argument: object, /) -> "Trace | None": ...


def _steps(target: Callable[[bytes], None], data: bytes) -> set[tuple[str, int, int]]:
    """Which line of the readers followed which, while the target ran."""
    steps: set[tuple[str, int, int]] = set()

    def call(frame: FrameType, event: str, argument: object) -> Trace | None:
        del event, argument
        name = frame.f_code.co_filename
        if "/kentongan/sip/" not in name:
            return None
        last = 0

        def line(frame: FrameType, event: str, argument: object) -> Trace:
            nonlocal last
            del event, argument
            steps.add((name, last, frame.f_lineno))
            last = frame.f_lineno
            return line

        return line

    sys.settrace(call)
    try:
        target(data)
    finally:
        sys.settrace(None)
    return steps


def _libfuzzer(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, __file__, "--inside", name, *arguments]
    return subprocess.run(words, capture_output=True, text=True, check=False, errors="replace")


def main() -> int:
    if sys.argv[1:2] == ["--inside"]:
        run_target(sys.argv[2], sys.argv[3:])
    names = list(importlib.import_module("sip_targets").TARGETS)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="*", help=", ".join(names))
    parser.add_argument("--seconds", type=int, default=90)
    parser.add_argument("--found", type=Path, default=Path(tempfile.gettempdir()) / "fuzz_sip")
    parser.add_argument("--keep", action="store_true")
    parsed = parser.parse_args()
    held = [fuzz(name, parsed.seconds, parsed.found) for name in parsed.target or names]
    if parsed.keep and all(held):
        for name in parsed.target or names:
            keep(name, parsed.found)
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
