"""The code's own rules, as an ordinary test.

A rule that only people remember is forgotten in the third month. Each test here reads the
repository as text or as a syntax tree and names every place that breaks one rule, so that the
message alone says what to do.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60

BANNED_NAMES = frozenset(
    {"utils", "util", "common", "manager", "base", "service", "helpers", "misc"}
)

IMPURE = frozenset(
    {"asyncio", "socket", "time", "random", "logging", "os", "secrets", "threading", "subprocess"}
    | {"sqlite3", "psycopg", "litestar", "uvicorn", "numpy", "httpx", "websockets", "pathlib"}
)

OUTERMOST_LOOPS = {
    "src/kentongan/app/worker.py": "a crash of one part must not stop the others",
    "src/kentongan/edge/avl/writing.py": "devices go on reporting whatever the store does",
    "src/kentongan/edge/geo/served/keeper.py": "a city that cannot be read leaves the one in use",
    "src/kentongan/edge/geo/served/server.py": "the asker gets an answer, the log the trace",
    "src/kentongan/edge/web/geography_feed.py": "aliases go on being told after one failure",
    "src/kentongan/edge/notify/process.py": "one fault must not silence every way to people",
    "src/kentongan/edge/switch/control.py": "the asker gets an answer, the log the trace",
    "src/kentongan/edge/switch/faults.py": "one call's fault is not the others'",
    "src/kentongan/edge/switch/outbox.py": "one bad fact must not hold up other calls",
    "src/kentongan/edge/web/intake.py": "positions go on being written after one failed batch",
    "src/kentongan/edge/web/heartbeat.py": "one failed beat is followed by the next",
    "src/kentongan/edge/web/live.py": "screens go on following the board",
    "src/kentongan/edge/web/parts.py": "sessions of open screens go on being checked",
    "src/kentongan/edge/web/promise_watch.py": "promises go on being looked after",
    "src/kentongan/edge/web/presence.py": "telling the switch who is here",
    "src/kentongan/edge/web/reads.py": "the access log goes on being written",
    "src/kentongan/media/client.py": "a fault in the switch must not end its line to the media",
    "src/kentongan/media/clock.py": "the clock of all calls does not stop for one fault",
    "src/kentongan/media/control.py": "one connection's or command's fault is not the others'",
    "src/kentongan/media/daemon.py": "one call's fault is not the others'",
    "src/kentongan/media/web_port.py": "one peer's datagram must not deafen the others",
    "src/kentongan/serve/track_retention.py": "tracks go on being looked after",
    "src/kentongan/serve/retention.py": "recordings go on being looked after",
    "src/kentongan/serve/watch.py": "a probe that crashes must not hide what the others see",
    "src/kentongan/sim/run.py": "any crash is a finding of its seed",
    "src/kentongan/edge/switch/memory.py": "one call that cannot be taken over costs no other",
    "src/kentongan/media/record.py": "one thread writes the recordings of all calls",
    "src/kentongan/media/segment.py": "one recording's fault ends that recording alone",
}
"""Modules that catch everything, each with the reason why it is an outermost loop. A handler that
ends in a bare `raise` (a roll-back) hides nothing and needs no entry."""

COMMAND_LINES = re.compile(
    r"src/kentongan/(main\.py|command_line/|serve/|demo/|sim/run\.py|edge/caller/typing\.py)|/(__main__|command_line)\.py$"
)
"""Modules that talk to a person at a terminal."""

LONG_MODULES: dict[str, str] = {}
"""Modules beyond the limit that are clearer whole, each with the reason."""

SQL = re.compile(
    r"\b(SELECT\s+[\w*(\"][^;]{0,200}?\bFROM\b|INSERT\s+INTO\b|UPDATE\s+\w+\s+SET\b|DELETE\s+FROM\b"
    r"|CREATE\s+(UNIQUE\s+)?(TABLE|INDEX|TRIGGER)\b|ALTER\s+TABLE\b|DROP\s+TABLE\b|PRAGMA\s+\w+)",
    re.DOTALL,
)

UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b(?!-)")

MACHINE_PATHS = re.compile(
    r"(?<![\w./-])/(work|root|home/\w+|Users/\w+|tmp/[\w.]+|opt/(pypi|wheels))(?=[/\s\"'`]|$)"
)
REGISTRY_HOSTS = re.compile(
    r"\b(registry\.(npmjs\.org|yarnpkg\.com|npmmirror\.com)|files\.pythonhosted\.org"
    r"|(test\.)?pypi\.org/simple|deb\.debian\.org|proxy\.golang\.org)"
)

THIRD_PARTY = frozenset({"LICENSE"})
NOT_TEXT = frozenset({".wav", ".png", ".jpg", ".woff2", ".gz", ".bin", ".pcap", ".ico", ".opus"})


def tracked() -> list[Path]:
    """Files that git knows and that are still there."""
    return list(_tracked())


@cache
def _tracked() -> tuple[Path, ...]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: tracked files are unknown")
    said = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = (ROOT / name for name in said.stdout.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def modules(*folders: str) -> list[Path]:
    """Python modules below these folders."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if "node_modules" not in path.parts)


def name_of(path: Path) -> str:
    """The path as people say it: from the root, with slashes."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def texts() -> Iterator[tuple[str, str]]:
    """Name and content of every tracked text file."""
    for path in tracked():
        if path.suffix in NOT_TEXT or path.name in THIRD_PARTY:
            continue
        try:
            yield name_of(path), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def told(faults: list[str], rule: str) -> None:
    """Fails with the rule and every place that breaks it."""
    assert not faults, f"{rule}:\n  " + "\n  ".join(faults)


def test_modules_are_short_enough_to_be_read_whole() -> None:
    """No module exceeds the hard limit, unless it is listed with a reason."""
    faults = [
        f"{name_of(path)}: {lines} lines"
        for path in modules("src", "tests", "bench")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MODULE_LINES_MAX
        and name_of(path) not in LONG_MODULES
    ]
    told(faults, f"a module has at most {MODULE_LINES_MAX} lines")


def test_functions_have_one_idea() -> None:
    """No function exceeds the hard limit; the docstring does not count."""
    faults: list[str] = []
    for path in modules("src", "tests", "bench"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                lines -= len((ast.get_docstring(node, clean=False) or "").splitlines())
                if lines > FUNCTION_LINES_MAX:
                    faults.append(f"{name_of(path)}:{node.lineno} {node.name}: {lines} lines")
    told(faults, f"a function has at most {FUNCTION_LINES_MAX} lines")


def test_every_file_has_a_name_of_the_trade() -> None:
    """No module, folder or screen file is called by a name that says nothing."""
    faults = [
        name_of(path)
        for path in tracked()
        if path.suffix in {".py", ".ts", ".svelte"}
        and BANNED_NAMES.intersection(
            part.split(".")[0].lower() for part in path.relative_to(ROOT).parts
        )
    ]
    told(faults, "files are nouns of the trade, never " + ", ".join(sorted(BANNED_NAMES)))


def test_every_module_says_what_it_is() -> None:
    """Every module that is not empty begins with a docstring."""
    faults = [
        name_of(path)
        for path in modules("src", "tests", "bench")
        if tree_of(path).body and not ast.get_docstring(tree_of(path))
    ]
    told(faults, "a module begins with a paragraph: what it is, what it is not, what it promises")


def test_tests_say_what_they_prove() -> None:
    """Every test function has a docstring."""
    faults = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in modules("tests")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    told(faults, "a test's docstring says what it proves")


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of the string constants of a module that are no docstrings."""
    described: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr):
                described.add(id(first.value))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in described:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value


def test_sql_lives_in_the_store_alone() -> None:
    """No SQL statement stands in a string outside `src/kentongan/store`."""
    faults = [
        f"{name_of(path)}:{line}"
        for path in modules("src")
        if not name_of(path).startswith("src/kentongan/store/")
        for line, text in strings(tree_of(path))
        if SQL.search(text)
    ]
    told(faults, "SQL lives in src/kentongan/store alone")


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Whether it catches everything (bare, Exception, BaseException) and keeps it."""
    last = handler.body[-1]
    if isinstance(last, ast.Raise) and last.exc is None:
        return False
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in {"Exception", "BaseException"})
        for kind in kinds
    )


def test_everything_is_caught_in_outermost_loops_only() -> None:
    """Only the modules listed above catch everything, and each of them still does."""
    found: dict[str, list[int]] = {}
    for path in modules("src"):
        lines = [
            node.lineno
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.ExceptHandler) and is_broad(node)
        ]
        if lines:
            found[name_of(path)] = lines
    faults = [f"{name}:{lines}" for name, lines in found.items() if name not in OUTERMOST_LOOPS]
    told(faults, "`except Exception` belongs in outermost loops; list the module with its reason")
    told(sorted(OUTERMOST_LOOPS.keys() - found.keys()), "no longer catches everything; unlist it")


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and name of every module that is imported, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.lineno, node.module or ""


def test_core_and_sip_are_pure() -> None:
    """`core` and `sip` import nothing that waits, tells the time or touches the world."""
    faults: list[str] = []
    for path in modules("src/kentongan/core", "src/kentongan/sip"):
        for line, name in imports(tree_of(path)):
            if name.split(".")[0] in IMPURE:
                faults.append(f"{name_of(path)}:{line} imports {name}")
    told(faults, "core and sip are pure")


def test_only_command_lines_print() -> None:
    """`print` is for a person at a terminal; everything else is told through values or the log."""
    faults = [
        f"{name_of(path)}:{node.lineno}"
        for path in modules("src")
        if not COMMAND_LINES.search(name_of(path))
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]
    told(faults, "only command lines print")


def test_nothing_is_left_for_later() -> None:
    """No tracked file says that something is still to be done."""
    faults = [
        f"{name}:{number}"
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if UNFINISHED.search(line)
    ]
    told(faults, "what is to be done is done or in an issue, not in the code")


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    """No tracked file holds a path of a developer's machine or the host of a package registry."""
    faults = [
        f"{name}:{number}: {match[0]}"
        for name, text in texts()
        if name != name_of(Path(__file__))
        for number, line in enumerate(text.splitlines(), 1)
        for match in (*MACHINE_PATHS.finditer(line), *REGISTRY_HOSTS.finditer(line))
    ]
    told(faults, "no machine paths, no registry hosts")


def test_python_pins_carry_no_addresses() -> None:
    """Python packages are pinned by version and hash; where they come from is the machine's own."""
    pins = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    faults = [
        f"requirements.lock:{number}"
        for number, line in enumerate(pins.splitlines(), 1)
        if re.search(r"://|^-(?!-hash)|^\s*--(?!hash=sha256:)", line)
    ]
    told(faults, "no addresses in lock files")


def test_every_requirement_is_pinned_with_a_hash() -> None:
    """Each pin names one version and at least one SHA-256."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    pin = re.compile(
        r"^[a-z0-9.-]+(\[[a-z,]+\])?==[^\s;]+( ;[^-]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*$"
    )
    told([line[:60] for line in text.splitlines() if line and not pin.match(line)], "pins")


def test_no_third_party_material_is_tracked() -> None:
    """Vectors of others and the boundary file of the kelurahan stay outside the repository."""
    vectors = ROOT.parent / "shared" / "vectors"
    files = [path for path in vectors.rglob("*") if path.is_file()]
    sizes = {(path.name, path.stat().st_size) for path in files}
    names = {"kelurahan.geojson"}
    generic = {"README.md", "LICENSE", "__init__.py"}
    faults = [
        name_of(path)
        for path in tracked()
        if path.name in names
        or "vectors" in path.relative_to(ROOT).parts
        or (path.name not in generic and (path.name, path.stat().st_size) in sizes)
    ]
    told(faults, "third-party material is read from beside the project, never copied in")
