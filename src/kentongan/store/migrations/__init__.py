"""Numbered steps of the schema, one folder per engine, and the rule by which they are applied.

A file `NNNN_what.sql` is applied once, in order, at start, under a lock; it is never edited after
a release. A store that knows a higher number than this release is refused.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import NamedTuple

from kentongan.store.errors import SchemaTooNew


class Step(NamedTuple):
    """One migration."""

    number: int
    name: str
    sql: str


def steps(engine: str) -> Sequence[Step]:
    """All steps of an engine, in order."""
    found: list[Step] = []
    for file in files(__name__).joinpath(engine).iterdir():
        if file.name.endswith(".sql"):
            number, _, name = file.name.removesuffix(".sql").partition("_")
            found.append(Step(int(number), name, file.read_text("utf-8")))
    return sorted(found)


def missing(engine: str, found: int) -> Sequence[Step]:
    """The steps after schema `found`; `SchemaTooNew` when a later release was here."""
    known = steps(engine)
    if found > known[-1].number:
        raise SchemaTooNew(found, known[-1].number)
    return [step for step in known if step.number > found]
