"""The standards that a city is judged by: those of the product, and its own beside the pack."""

import logging
from pathlib import Path
from typing import Final

from kentongan.measure.standards import Standard, StandardError, load, presets
from kentongan.serve.wiring import pack_directory
from kentongan.settings import Settings

FILE: Final = "standards.toml"
"""In the folder of the city pack; what has a preset's id takes its place."""

_log = logging.getLogger(__name__)


def standards_of(settings: Settings, *others: Path) -> tuple[Standard, ...]:
    """Presets, the city's own, and those of other files; `StandardError` says what cannot be meant
    and in which file."""
    own = pack_directory(settings) / FILE
    known = {one.id: one for one in presets()}
    for path in (*((own,) if own.is_file() else ()), *others):
        known |= {one.id: one for one in load(path)}
    return tuple(known.values())


def standards_in_use(settings: Settings) -> tuple[Standard, ...]:
    """The same for a process that goes on: a file with a mistake is told and left out."""
    try:
        return standards_of(settings)
    except (StandardError, OSError) as error:
        _log.critical("the city's standards are not used: %s", error)
        return presets()


def faults_of(directory: Path) -> list[str]:
    """What cannot be meant in the standards beside a pack."""
    path = directory / FILE
    try:
        _ = load(path) if path.is_file() else ()
    except (StandardError, OSError) as error:
        return [str(error)]
    return []
