"""Runs seeds and says what was found: `kentongan sim --seeds N [--seed K]`.

Prints one JSON line; a seed that breaks a rule is named on standard error with the rule and what
was seen, and the exit code is 1. The same seed always tells the same story.
"""

import argparse
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct

from kentongan.app.ports import Store
from kentongan.quiet import without_log_lines
from kentongan.sim.checks import Violation
from kentongan.sim.world import Counts, World
from kentongan.store.open import open_store
from kentongan.store.rebuild import rebuild
from kentongan.store.verify import verify
from kentongan.store.whole import WholeStore

SEEDS_MAX = 1_000_000
"""More seeds than a night has time for."""


class Failure(Struct, frozen=True):
    """A seed that broke a rule."""

    seed: int
    rule: str
    seen: str


class Summary(Struct, frozen=True):
    """What a run of seeds found."""

    seeds: int
    counts: Counts
    failures: tuple[Failure, ...]

    def to_json(self) -> str:
        """One line."""
        numbers = msgspec.to_builtins(self.counts)
        line = {"seeds": self.seeds, "violations": len(self.failures), **numbers}
        return msgspec.json.encode(line).decode()


Meddle = Callable[[Store], Store]


def run(
    seeds: int, first_seed: int = 0, *, on_disk: bool = False, meddle: Meddle | None = None
) -> Summary:
    """Run so many seeds; with `on_disk` each on a SQLite file of its own instead of in memory."""
    total, failures = Counts(), list[Failure]()
    for seed in range(first_seed, first_seed + seeds):
        with TemporaryDirectory() as folder:
            address = f"sqlite:{Path(folder) / 'store.db'}" if on_disk else "memory:"
            failures += _run_one(seed, address, total, meddle)
    return Summary(seeds, total, tuple(failures))


def main(argv: Sequence[str]) -> int:
    """`--seeds N` from `--seed K` on; 0 when every rule held."""
    parser = argparse.ArgumentParser(prog="kentongan sim", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="the first one")
    parser.add_argument("--sqlite", action="store_true", help="on disk instead of in memory")
    parsed = parser.parse_args(argv)
    if not 0 < parsed.seeds <= SEEDS_MAX:
        parser.error(f"--seeds must be from 1 to {SEEDS_MAX}")
    with without_log_lines():  # what the product warns about happens here on purpose, thousandfold
        summary = run(parsed.seeds, parsed.seed, on_disk=parsed.sqlite)
    _complain(summary.failures)
    print(summary.to_json(), flush=True)
    return 1 if summary.failures else 0


def _run_one(seed: int, address: str, total: Counts, meddle: Meddle | None) -> Iterable[Failure]:
    salts = Random(seed)
    store = open_store(address, salt=lambda: salts.randbytes(16))
    world = World(seed, store, meddle or (lambda real: real))
    try:
        world.run()
        _prove(store)
    except Violation as violation:
        return [Failure(seed, violation.rule, str(violation))]
    except Exception:  # noqa: BLE001 - the outermost loop: any crash is a finding of this seed
        return [Failure(seed, "nothing crashes", traceback.format_exc(limit=-4))]
    finally:
        total.add(world.counted())
        store.close()
    return []


def _prove(store: WholeStore) -> None:
    """The store's own proofs: the chain holds, and the board is the fold of the journal."""
    verdict = verify(store)
    if not verdict.holds:
        raise Violation("the chain holds", verdict.findings)
    rebuilt = rebuild(store, check=True)
    if rebuilt.differences_total:
        raise Violation("the board is the fold of the journal", rebuilt.differences)


def _complain(failures: Sequence[Failure]) -> None:
    for failure in failures:
        print(f"seed {failure.seed}: {failure.seen}", file=sys.stderr)
