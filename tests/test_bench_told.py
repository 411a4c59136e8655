"""What `make bench` says: whether a bar is met, and a benchmark that failed among the others."""

import importlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

ROOT = Path(__file__).parents[1]


def test_a_line_with_a_bar_says_whether_it_is_met(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At most, and at least; without a bar nothing is met or missed."""
    monkeypatch.setattr(sys, "path", [str(ROOT / "bench"), *sys.path])
    tell: Any = importlib.import_module("benched").tell

    tell("memory", 4.1, "GB", bar=4)
    tell("merge", 0.0321, "s", bar=0.05)
    tell("twin", 9.9, "times", at_least=10)
    tell("rows", 7, "rows")
    lines = [msgspec.json.decode(line) for line in capsys.readouterr().out.splitlines()]
    assert [one.get("met") for one in lines] == [False, True, False, None]
    assert [one.get("bar") for one in lines] == [4, 0.05, 10, None]
    assert lines[1]["value"] == 0.032


@pytest.mark.skipif(shutil.which("make") is None, reason="no make")
def test_a_benchmark_that_fails_in_the_middle_fails_all_and_stops_none(tmp_path: Path) -> None:
    """The exit code was the last file's."""
    (tmp_path / "bench").mkdir()
    for name, code in (("a", 0), ("b", 3), ("c", 0)):
        path = tmp_path / "bench" / f"bench_{name}.py"
        path.write_text(f"import sys\nprint('ran {name}', flush=True)\nsys.exit({code})\n")
    command = ["make", "-f", str(ROOT / "Makefile"), "-C", str(tmp_path), "bench", "READY="]
    done = subprocess.run(
        [*command, f"PYTHON={sys.executable}"], capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert [f"ran {name}" in done.stdout for name in "abc"] == [True, True, True]
    assert "failed: bench/bench_b.py\n" in done.stderr
