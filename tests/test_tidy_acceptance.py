"""`docs/acceptance.md` names tests that exist, and every line of the specification has one."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "acceptance.md"
LINES = range(1, 21)
JOURNEYS = (
    "one fire, three callers",
    "silent call",
    "transfer to the neighbouring city",
    "a unit breaks down on the way",
    "an agency does not answer",
    "power cut at a desk",
    "prank",
    "caller without a number",
    "mass casualty",
    "shift change",
)
"""The ten journeys that were promised."""

NAMED = re.compile(r"`([\w./]+)::(\w+?)(…?)`")
FILE = re.compile(r"`((?:[\w]+/)*[\w.]+\.(?:py|ts))`")
TESTS = re.compile(r"^\s*(?:async )?def (\w+)\(", re.MULTILINE)


def told(faults: list[str], rule: str) -> None:
    """Fails with the rule and every place that breaks it."""
    assert not faults, f"{rule}:\n  " + "\n  ".join(faults)


def rows() -> dict[str, str]:
    """The tables' first cell, and the whole row."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [line for line in lines if line.startswith("| ")]
    return {line.split("|")[1].strip(): line for line in cells}


def file_of(name: str) -> Path | None:
    """A journey by its short name, or a file by its own."""
    if "." not in name:
        found = ROOT / "tests" / "journeys" / f"test_journey_{name}.py"
        return found if found.is_file() else None
    places = [ROOT / name, *(ROOT / "tests").rglob(Path(name).name), ROOT / "bench" / name]
    return next((place for place in places if place.is_file()), None)


def test_every_named_test_exists() -> None:
    """`file::name`, or the beginning of one name before an ellipsis; and every file."""
    text = PAGE.read_text(encoding="utf-8")
    faults: list[str] = []
    for name, test, is_cut in NAMED.findall(text):
        path = file_of(name)
        if path is None:
            faults.append(f"{name}: no such file")
            continue
        known = TESTS.findall(path.read_text(encoding="utf-8"))
        found = [one for one in known if (one.startswith(test) if is_cut else one == test)]
        if len(found) != 1:
            faults.append(f"{name}::{test}{is_cut} is {len(found)} tests: {found}")
    faults += [f"{name}: no such file" for name in FILE.findall(text) if file_of(name) is None]
    told(faults, "the page names tests that exist")


def test_every_line_and_every_journey_has_a_test() -> None:
    """Twenty lines and ten journeys, each with at least one test or a bench by name."""
    found = rows()
    wanted = [*(str(line) for line in LINES), *JOURNEYS]
    faults = [f"{one}: no row" for one in wanted if one not in found]
    for one in wanted:
        row = found.get(one, "")
        if row and not NAMED.search(row) and not FILE.search(row):
            faults.append(f"{one}: no test")
    told(faults, "every promise has a test")
