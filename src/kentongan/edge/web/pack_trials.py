"""From what somebody typed to files, and from files to what would change and whom it concerns."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

import yaml

from kentongan.app.pack_trial import Trial, try_files
from kentongan.cities.edit import Edit, EditError, edited
from kentongan.cities.files import FILES, PackFiles, file_name
from kentongan.cities.pack import PackError
from kentongan.cities.read import Problem
from kentongan.cities.rows import KEYS
from kentongan.cities.safeguards import Weakening, safeguards
from kentongan.edge.web.pack_bodies import (
    PackTried,
    ProblemShown,
    RowEdit,
    TrialShown,
    WeakeningShown,
)

MARK: Final = "--- # file: "
"""Begins a file in an export; a line that no file of a pack has."""

SHOWN_MAX: Final = 2_000
"""Changes in one answer; a whole new pack has more. Rules and files go by all of them."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STEP: Final = re.compile(r"\[(\d+)\]")
_NAMES: Final = frozenset(file_name(part) for part in FILES)


def try_it(
    directory: Path,
    base: Mapping[str, str],
    asked: PackTried,
    known: PackFiles | None = None,
) -> TrialShown:
    """The trial of what was asked over the files of `base`; problems instead of exceptions."""
    try:
        files = _files(directory, base, asked)
    except EditError as error:
        problem = ProblemShown(file="", line=1, field=error.path, words=error.words)
        return TrialShown(base=asked.base, problems=(problem,))
    try:
        trial = try_files(directory, base, files, known)
    except PackError as error:
        trial = Trial(problems=tuple(error.problems))
    return shown(asked.base, trial, files, directory, base)


def shown(
    number: int,
    trial: Trial,
    files: Mapping[str, str],
    directory: Path,
    base: Mapping[str, str],
) -> TrialShown:
    """The trial as a page gets it: rows by their names, the rules with their reasons."""
    texts = {**base, **files}
    changed = {change.file for change in trial.changes}
    return TrialShown(
        base=number,
        problems=tuple(named(one, texts, directory) for one in trial.problems),
        changes=trial.changes[:SHOWN_MAX],
        changes_more=max(0, len(trial.changes) - SHOWN_MAX),
        weakens=tuple(_weakening(one) for one in trial.weakens[:SHOWN_MAX]),
        protocols=trial.protocols,
        restart=trial.restart,
        files={name: text for name, text in files.items() if name in changed},
    )


def _weakening(one: Weakening) -> WeakeningShown:
    why = next(rule.why for rule in safeguards() if rule.key == one.rule)
    return WeakeningShown(
        file=one.file, path=one.path, rule=one.rule, why=why, before=one.before, after=one.after
    )


def export(directory: Path, overlay: Mapping[str, str]) -> str:
    """All files of a version in one text. Raises `OSError`."""
    return "".join(
        f"{MARK}{name}\n{_text(directory, overlay, name).rstrip()}\n" for name in sorted(_NAMES)
    )


def _text(directory: Path, overlay: Mapping[str, str], name: str) -> str:
    return overlay[name] if name in overlay else (directory / name).read_text("utf-8")


def _files(directory: Path, base: Mapping[str, str], asked: PackTried) -> dict[str, str]:
    """The files after the bundle, the files and the edits, in this order."""
    files = {**_unbundled(asked.bundle), **asked.files}
    by_file: dict[str, list[Edit]] = {}
    for one in asked.edits:
        if one.file not in _NAMES:
            raise EditError(one.file, "is no file of a city pack")
        by_file.setdefault(one.file, []).append(_edit(one))
    for name, edits in by_file.items():
        text = files[name] if name in files else _text(directory, base, name)
        files[name] = edited(text, edits)
    return files


def _unbundled(bundle: str) -> dict[str, str]:
    if not bundle.strip():
        return {}
    if not bundle.lstrip("\ufeff").startswith(MARK):
        raise EditError("bundle", "does not begin like an export of a city pack")
    found: dict[str, str] = {}
    for part in bundle.lstrip("\ufeff").split(f"\n{MARK}"):
        name, _, text = part.removeprefix(MARK).partition("\n")
        found[name.strip()] = f"{text.rstrip()}\n"
    return found


def _edit(one: RowEdit) -> Edit:
    """The edit with its YAML fields read; a field that is left empty is no field."""
    if one.row is None:
        return Edit(file=one.file, path=one.path)
    row = dict(one.row)
    for name, text in one.yaml.items():
        row.pop(name, None)
        if text.strip():
            row[name] = _value(one.path, name, text)
    return Edit(file=one.file, path=one.path, row=row, is_new=one.is_new)


def _value(path: str, name: str, text: str) -> Any:
    """Plain values; an alias could unfold into millions, so there are none."""
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_LOADER)):
            raise EditError(f"{path}.{name}", "aliases (*name) are not allowed")
        return yaml.load(text, Loader=_Plain)  # noqa: S506 - knows lists, words and texts alone
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        words = str(getattr(error, "problem", None) or error).split("\n", 1)[0]
        raise EditError(f"{path}.{name}", f"not YAML: {words}") from None


class _Plain(yaml.SafeLoader):
    """YAML whose words stay words: `no`, `08:30` and dates are what somebody wrote."""


_Plain.yaml_implicit_resolvers = {
    sign: [
        (tag, pattern) for tag, pattern in resolvers if tag.endswith((":int", ":float", ":null"))
    ]
    for sign, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
cast("Any", _Plain).add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf")
)


def written(value: Any) -> str:
    """A field as YAML, for somebody to edit."""
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=100)


def named(problem: Problem, texts: Mapping[str, str], directory: Path) -> ProblemShown:
    """The problem with rows by their names: `units[AMB01].post` instead of `units[0].post`."""
    field = problem.field
    try:
        root = yaml.compose(_text(directory, texts, problem.file), Loader=_LOADER)
        field = _named(root, field)
    except (yaml.YAMLError, ValueError, OSError, KeyError):
        pass  # the text is no YAML: the field stays as it was found
    return ProblemShown(file=problem.file, line=problem.line, field=field, words=problem.words)


def _named(node: Any, field: str) -> str:
    said: list[str] = []
    for step in field.split("."):
        name, *indices = _STEP.split(step)
        node = _child(node, name)
        said.append(("." if said else "") + name)
        for index in indices[::2]:
            node = _item(node, int(index))
            said.append(f"[{_name_of(node) or index}]")
    return "".join(said)


def _child(node: Any, name: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == name), None)
    return None


def _item(node: Any, index: int) -> Any:
    if isinstance(node, yaml.SequenceNode) and index < len(node.value):
        return node.value[index]
    return None


def _name_of(node: Any) -> str | None:
    for field in KEYS:
        value = _child(node, field)
        if isinstance(value, yaml.ScalarNode):
            return str(value.value)
    return None
