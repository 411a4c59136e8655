"""What the addresses of the city pack take and give."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from kentongan.cities.changes import Change
from kentongan.cities.facts import Text
from kentongan.cities.safeguards import Safeguard
from kentongan.cities.tables import Table
from kentongan.cities.taxonomy import Remark
from kentongan.core.commands.pack import ProtocolChanged
from kentongan.edge.web.bodies import reader

EDITS_MAX = 500
"""Rows changed at once; more is a file to be imported."""

YAML_CHARACTERS_MAX = 200_000
"""Longest YAML of one field: the longest protocol has 6,000."""


class RowEdit(Struct, frozen=True, kw_only=True):
    """A row changed, new at the end of its list (`is_new`), or gone (`row` is None).

    `yaml` holds fields that are edited as YAML; they are put into the row. `seen` is the version in
    which its author saw the row.
    """

    file: Annotated[str, Meta(max_length=60)]
    path: Annotated[str, Meta(max_length=300)]
    row: dict[str, Any] | None = None
    yaml: dict[str, Annotated[str, Meta(max_length=YAML_CHARACTERS_MAX)]] = {}
    is_new: bool = False
    seen: int | None = None


class PackTried(Struct, frozen=True, kw_only=True):
    """What somebody wants to change over version `base`: rows, whole files, an exported bundle."""

    base: int
    edits: Annotated[tuple[RowEdit, ...], Meta(max_length=EDITS_MAX)] = ()
    files: dict[str, str] = {}
    bundle: str = ""


class ProblemShown(Struct, frozen=True, kw_only=True):
    """A thing that is wrong: file, line from 1, the field by the names of its rows, and what."""

    file: str
    line: int
    field: str
    words: str


class WeakeningShown(Struct, frozen=True, kw_only=True):
    """A change that needs a second person, and why."""

    file: str
    path: str
    rule: str
    why: Text
    before: Any = None
    after: Any = None


class Touched(Struct, frozen=True, kw_only=True):
    """Something that goes on right now and that the change concerns."""

    kind: Literal["unit", "incident", "agency"]
    key: str
    label: str
    path: str


class RowShown(Struct, frozen=True, kw_only=True):
    """A row; fields without a simple form stand in `yaml`.

    `plain` are the same fields as values, of what people read before they sign it.
    """

    path: str
    row: dict[str, Any]
    yaml: dict[str, str] = {}
    plain: dict[str, Any] = {}


class Conflict(Struct, frozen=True, kw_only=True):
    """Somebody else changed the row since its author saw it: who, in which version, to what."""

    file: str
    path: str
    now: RowShown | None
    version: int
    by: str
    reason: str


class TrialShown(Struct, frozen=True, kw_only=True):
    """What would be. With no `problems`, `files` are what `pack.propose` takes.

    With `conflicts` nothing was tried: first their author chooses. `changes_more` are changes that
    are not told here; `weakens` and `files` go by them, too.
    """

    base: int
    conflicts: tuple[Conflict, ...] = ()
    problems: tuple[ProblemShown, ...] = ()
    changes: tuple[Change, ...] = ()
    changes_more: int = 0
    weakens: tuple[WeakeningShown, ...] = ()
    protocols: tuple[ProtocolChanged, ...] = ()
    restart: tuple[str, ...] = ()
    touched: tuple[Touched, ...] = ()
    touched_more: int = 0
    files: dict[str, str] = {}


class ProtocolStanding(Struct, frozen=True, kw_only=True):
    """A protocol of the version in use: whose signature it needs, and whether it has it."""

    protocol: str
    name: Text
    version: int
    digest: str
    authority: tuple[Remark, ...]
    signed_by: str | None = None


class PackShown(Struct, frozen=True, kw_only=True):
    """The pack in use: its tables, the rules of two persons, what has to be signed.

    `problems` say why the version in use could not be read; the pack on disk is worked by then.
    """

    active: int
    tables: tuple[Table, ...]
    safeguards: tuple[Safeguard, ...]
    protocols: tuple[ProtocolStanding, ...]
    problems: tuple[ProblemShown, ...] = ()


class TableShown(Struct, frozen=True, kw_only=True):
    """The rows of a table in that version."""

    version: int
    rows: tuple[RowShown, ...]


decode_trial = reader(PackTried)
