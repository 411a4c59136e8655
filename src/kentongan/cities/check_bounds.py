"""How long a text of a city pack may be, and which of its numbers may not be negative.

A label stands on buttons, in messages of 160 characters and on the wall; a time or a distance is
told by the end of its field's name (`escalate_s`, `radius_m`).
"""

from collections.abc import Iterator
from typing import Final, cast

from msgspec import to_builtins

from kentongan.cities.files import FILES
from kentongan.cities.findings import Findings
from kentongan.cities.steering import Steps

LABEL_CHARACTERS_MAX: Final = 200
TEXT_CHARACTERS_MAX: Final = 10_000
LABELS: Final = frozenset({"label", "name", "goal", "response"})
MEASURES: Final = ("_s", "_ms", "_m", "_km", "_cm", "_hz")


def check_bounds(findings: Findings) -> None:
    """Note every text that is too long and every time or distance below nothing."""
    for part in FILES:
        for steps, words in beyond(to_builtins(getattr(findings.read, part))):
            findings.miss(part, steps, words)


def beyond(value: object, at: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Everything within plain values (`msgspec.to_builtins`) that is beyond its bounds, and why."""
    if isinstance(value, str):
        most = LABEL_CHARACTERS_MAX if LABELS & set(at[-2:]) else TEXT_CHARACTERS_MAX
        if len(value) > most:
            yield at, f"has {len(value)} characters: at most {most}"
    elif isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from beyond(inner, (*at, key))
    elif isinstance(value, list | tuple):
        for n, inner in enumerate(cast("list[object]", value)):
            yield from beyond(inner, (*at, n))
    elif isinstance(value, int | float) and value < 0 and _is_measure(at):
        yield at, "must not be negative"


def _is_measure(at: Steps) -> bool:
    """Also of the numbers inside a table of limits, whose keys are priorities."""
    return any(isinstance(step, str) and step.endswith(MEASURES) for step in at[-2:])
