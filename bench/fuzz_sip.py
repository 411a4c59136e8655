"""Fuzzing of the SIP readers with atheris: not part of `make bench`, run by hand or at night.

    python -m venv FOLDER && FOLDER/bin/pip install atheris msgspec
    PYTHONPATH=src FOLDER/bin/python bench/fuzz_sip.py [TARGET ...] [--seconds N] [--found FOLDER]

Each target (`tests/sip/sip_targets.py`) runs for N seconds (90) in a process of its own, begins
with the corpus kept in `tests/sip/corpus` and leaves what it finds in FOLDER. Prints the figures of
each as a JSON line; exit status 1 if a target failed, with the octets kept in FOLDER. `--keep`
merges FOLDER into the kept corpus, smallest inputs first, up to a limit per target.
"""

import argparse
import importlib
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

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
    """The kept corpus anew: what of it and of the findings reaches something, smallest first."""
    with tempfile.TemporaryDirectory() as merged:
        _libfuzzer(name, "-merge=1", merged, str(CORPUS / name), str(found / name))
        inputs = sorted(Path(merged).iterdir(), key=lambda path: path.stat().st_size)
        for old in (CORPUS / name).iterdir():
            old.unlink()
        total = 0
        for path in inputs:
            total += path.stat().st_size
            if total > KEPT_BYTES_MAX:
                break
            (CORPUS / name / path.name[:12]).write_bytes(path.read_bytes())


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
    if parsed.keep:
        for name in parsed.target or names:
            keep(name, parsed.found)
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
