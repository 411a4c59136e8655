"""Try a version of the city pack before anybody works by it: what changes, what is wrong with it.

The pack's own checks say file, line and field; the safeguards say what needs a second person; the
protocols say what has to be signed. Nothing is written. The same trial fills in what the rules need
to know of a proposal, so that nobody can propose more than they were shown.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct, structs

from kentongan.app.pack_in_use import digest_of
from kentongan.cities.changes import Change, changes_between
from kentongan.cities.files import FILES, NO_OVERLAY, PackFiles, file_name
from kentongan.cities.pack import PackError, read_checked
from kentongan.cities.read import Problem
from kentongan.cities.safeguards import Weakening, weakenings
from kentongan.cities.taxonomy import Protocol
from kentongan.core.commands.pack import ProposePack, ProtocolChanged, Weakened
from kentongan.core.words import LABEL_CHARACTERS_MAX, Refused

RESTARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "city.yaml": ("switch",),
    "agencies.yaml": ("switch",),
    "sounds.yaml": ("switch",),
    "health.yaml": ("switch",),
}
"""Processes that go on with what they read at their start until they are started again. Screens and
reactions follow at once; geography and notifications start themselves anew (docs/city-pack.md)."""

WEAKENED_MAX: Final = 200
"""Places told in a proposal; one that weakens more is a new pack and should come in parts."""


class Trial(Struct, frozen=True, kw_only=True):
    """What would be: no `problems` means it can be proposed."""

    problems: tuple[Problem, ...] = ()
    changes: tuple[Change, ...] = ()
    weakens: tuple[Weakening, ...] = ()
    protocols: tuple[ProtocolChanged, ...] = ()
    restart: tuple[str, ...] = ()


def try_files(
    directory: Path,
    base: Mapping[str, str],
    files: Mapping[str, str],
    known: PackFiles | None = None,
) -> Trial:
    """The version that these files make over `base`, files by name that differ from the folder's.

    `known` are the files of the base where they were read before. Raises `PackError` when the base
    itself cannot be read.
    """
    unknown = sorted(set(files) - {file_name(part) for part in FILES})
    if unknown:
        return Trial(problems=tuple(Problem(name[:80], 1, "", _NO_FILE) for name in unknown))
    before = known or read_checked(directory, base)
    try:
        after = read_checked(directory, {**base, **files}, before, files)
    except PackError as error:
        return Trial(problems=tuple(error.problems))
    problems = _of_protocols(before, after)
    changes = changes_between(before, after)
    return Trial(
        problems=tuple(problems),
        changes=changes,
        weakens=weakenings(changes),
        protocols=_changed_protocols(before, after),
        restart=_restart(changes),
    )


_NO_FILE: Final = "is no file of a city pack"


def prepared(
    command: ProposePack,
    directory: Path,
    base: Mapping[str, str] = NO_OVERLAY,
    known: PackFiles | None = None,
) -> ProposePack:
    """The proposal with what the trial found; raises `Refused` when it has problems."""
    trial = try_files(directory, base, command.files, known)
    if trial.problems:
        first = trial.problems[0]
        raise Refused(
            "pack_has_problems", problems=str(len(trial.problems)), first=first.to_text()[:200]
        )
    if len(trial.weakens) > WEAKENED_MAX:
        raise Refused("pack_weakens_too_much", most=str(WEAKENED_MAX))
    return structs.replace(
        command,
        files={name: text for name, text in command.files.items() if _differs(trial, name)},
        changes=len(trial.changes),
        weakens=tuple(_told(one) for one in trial.weakens),
        protocols=trial.protocols,
        restart=trial.restart,
    )


def _differs(trial: Trial, name: str) -> bool:
    return any(change.file == name for change in trial.changes)


def _told(one: Weakening) -> Weakened:
    return Weakened(
        file=one.file,
        path=one.path[:LABEL_CHARACTERS_MAX],
        rule=one.rule,
        before=_said(one.before),
        after=_said(one.after),
    )


def _said(value: Any) -> str:
    text = "" if value is None else msgspec.json.encode(value).decode()
    return text if len(text) <= LABEL_CHARACTERS_MAX else f"{text[: LABEL_CHARACTERS_MAX - 1]}…"


def _restart(changes: tuple[Change, ...]) -> tuple[str, ...]:
    names = {name for change in changes for name in RESTARTS.get(change.file, ())}
    return tuple(sorted(names))


def _changed_protocols(before: PackFiles, after: PackFiles) -> tuple[ProtocolChanged, ...]:
    old = {one.code: digest_of(one) for one in before.protocols.protocols}
    return tuple(
        ProtocolChanged(
            protocol=one.code,
            version=one.version,
            digest=digest_of(one),
            authority=one.approval.offices,
        )
        for one in after.protocols.protocols
        if old.get(one.code) != digest_of(one)
    )


def _of_protocols(before: PackFiles, after: PackFiles) -> list[Problem]:
    """Other words are another version; and nobody writes a signature into a file here."""
    old = {one.code: one for one in before.protocols.protocols}
    document = after.documents["protocols"]
    problems: list[Problem] = []
    for n, one in enumerate(after.protocols.protocols):
        known = old.get(one.code)
        if known is not None and _has_other_words(known, one) and one.version <= known.version:
            words = f"must be above {known.version}: the words of the protocol are others"
            problems.append(document.problem(("protocols", n, "version"), words))
        if _signature(one) != (_signature(known) if known is not None else _NOT_SIGNED):
            words = "who signed is not written here: the authority signs in Atur"
            problems.append(document.problem(("protocols", n, "approval"), words))
    return problems


def _has_other_words(known: Protocol, one: Protocol) -> bool:
    return digest_of(known) != digest_of(one)


def _signature(protocol: Protocol) -> tuple[object, ...]:
    approval = protocol.approval
    return (approval.signed_by, approval.signed_at, approval.signed_version)


_NOT_SIGNED: Final = (None, None, None)
