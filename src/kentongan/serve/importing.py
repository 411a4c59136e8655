"""What the wizard for another centre's records asks: worked out by a child of the screens' process.

Without a mapping it tells the file's columns; with one, what was taken, dropped and marked, and the
figures. A file may be anything, so the child may use only so much memory.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from kentongan.measure.analysis import LIMIT_S, Analysis, Request, analyse
from kentongan.measure.records.bins import answers
from kentongan.measure.records.defect_file import defect_file, tell_lines
from kentongan.measure.records.defects import ImportReport
from kentongan.measure.records.importing import read_file
from kentongan.measure.records.mapping import Mapping, load
from kentongan.measure.records.mapping_text import to_toml
from kentongan.measure.records.reading import chunks
from kentongan.measure.records.wizard import Preview, look, preview
from kentongan.measure.standards import Standard
from kentongan.serve.beside import gently
from kentongan.serve.standards import standards_in_use
from kentongan.serve.wiring import load_pack
from kentongan.settings import Settings

MEMORY_BYTES: Final = 1_500_000_000
"""For a file of 50 MB, whatever it unpacks to; more is refused instead of taking the machine."""


DEFECT_LINES_MAX: Final = 2_000_000
"""Of the file of every dropped or doubted row that a browser fetches, some 80 MB of the disk."""


class Understood(Struct, frozen=True, kw_only=True):
    """A file under a mapping; `report` and `preview` are missing for answer times by the hour."""

    mapping: Mapping
    toml: str
    report: ImportReport | None
    preview: Preview | None
    analysis: Analysis


def run_wizard(
    settings: Settings, path: Path, name: str, mapping: Path | None, defects: Path | None
) -> int:
    """Print JSON; 2 with the reason when the file or the mapping cannot be meant. Every row that
    was dropped or doubted goes into `defects`."""
    gently(MEMORY_BYTES)
    try:
        timezone = load_pack(settings).city.timezone
        found: Struct = (
            look(path, name, timezone)
            if mapping is None
            else understood(path, load(str(mapping)), standards_in_use(settings), defects)
        )
    except MemoryError:
        print(f"{name}: needs more memory than {MEMORY_BYTES // 10**6:,} MB", file=sys.stderr)
        return 2
    except (ValueError, OSError) as error:
        print(str(error).replace(path.name, name), file=sys.stderr)
        return 2
    sys.stdout.buffer.write(msgspec.json.encode(found))
    return 0


def understood(
    path: Path, mapping: Mapping, standards: tuple[Standard, ...], defects: Path | None = None
) -> Understood:
    """The file read by this mapping: what became of its rows, and what they say by those of the
    standards that are in force."""
    if mapping.lines:
        lines = answers(chunks(path, mapping.delimiter), mapping)
        with defect_file(defects, DEFECT_LINES_MAX) as told:
            tell_lines(lines, told)
        analysis = Analysis(source=mapping.name, by=(), intervals=(), standards=(), lines=lines)
        return Understood(
            mapping=mapping, toml=to_toml(mapping), report=None, preview=None, analysis=analysis
        )
    with defect_file(defects, DEFECT_LINES_MAX) as told:
        imported = read_file(path, mapping, told)
    request = Request(standards=_in_force(standards), limit_s=LIMIT_S)
    return Understood(
        mapping=mapping,
        toml=to_toml(mapping),
        report=imported.report,
        preview=preview(path, imported.mapping, imported.report),
        analysis=analyse(mapping.name, [imported.table], request),
    )


def _in_force(standards: tuple[Standard, ...]) -> tuple[Standard, ...]:
    """The active ones of today; another centre's own are not ours to know."""
    today = datetime.now(UTC).date()
    return tuple(one for one in standards if one.active and one.holds_on(today))
