"""The twin as it runs where numba is: what the interpreted one says, event by event."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from msgspec import structs
from twin_towns import random_city
from utrecht import UTRECHT, city, expected, trace

from kentongan.plan.twin.city import Trace
from kentongan.plan.twin.compiled import HAS_COMPILER
from kentongan.plan.twin.engine import Outcome, keep_compiled_in, simulate

SLICE = 250
"""Of a recorded run of Utrecht."""

WITHOUT = """
import sys
sys.path.insert(0, sys.argv[1])
from twin_towns import random_city
from kentongan.plan.twin.compiled import HAS_COMPILER, compiled
from kentongan.plan.twin.engine import simulate
found = simulate(*random_city(1))
assert not HAS_COMPILER
try:
    compiled(len)
except RuntimeError as error:
    print(found.events, error)
"""


def _first(whole: Trace, many: int) -> Trace:
    """Its first incidents."""
    return structs.replace(
        whole,
        **{
            name: row[:many]
            for name in whole.__struct_fields__
            if name != "weather" and isinstance(row := getattr(whole, name), np.ndarray)
        },
    )


def _same(one: Outcome, other: Outcome) -> None:
    for name in Outcome.__struct_fields__:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


@pytest.mark.skipif(not HAS_COMPILER, reason="needs numba")
def test_compiled_and_interpreted_are_the_same() -> None:
    """Random cities with everything in them, and calls of Utrecht where that is there: every
    decision and every moment, to the last bit. Compiling is most of it, once for a checkout."""
    keep_compiled_in(Path(os.environ["KENTONGAN_GEO_DIR"]) / "compiled")
    cities = [random_city(seed) for seed in range(6)]
    if UTRECHT.is_dir():
        for case, told in expected()["des"]["cases"].items():
            cities.append((city(told["base_file"]), _first(trace(case), SLICE)))
    for made, asked in cities:
        compiled, interpreted = simulate(made, asked, "numba"), simulate(made, asked, "heapq")
        assert compiled.events > len(asked)
        _same(compiled, interpreted)
        _same(simulate(made, asked), compiled)  # which one a user runs


def test_a_compiler_that_cannot_be_loaded_is_done_without(tmp_path: Path) -> None:
    """As after an update of NumPy: the twin runs, and the log says why it is slow."""
    broken = tmp_path / "numba"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise ImportError('Numba needs NumPy 2.3 or less')")
    path = os.pathsep.join((str(tmp_path), *filter(None, sys.path)))
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(Path(__file__).parent)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    events, _, told = ran.stdout.partition(" ")
    assert int(events) > 400
    assert "cannot be loaded" in told
    assert "the twin runs interpreted: Numba needs NumPy 2.3 or less" in ran.stderr
