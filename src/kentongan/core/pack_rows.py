"""The row of the city pack: which version is in use, which are proposed, who said what when.

The files themselves are no part of it: they stand in the journal, and whoever needs them loads the
stream (`app.pack_in_use`).
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from kentongan.core.commands.pack import ProtocolChanged, UnsignedUse, Weakened
from kentongan.core.words import AgentId, PackKey

PackState = Literal["proposed", "active", "replaced", "withdrawn"]
"""How far a version has come; `replaced` was in use once."""


class Signature(Struct, frozen=True, kw_only=True):
    """Who signed these words of a protocol, as which authority; an old one names none."""

    protocol: str
    version: int
    digest: str
    signed_by: str
    signed_at: datetime
    authority: str = ""
    signer: AgentId | None = None


class UnsignedRule(Struct, frozen=True, kw_only=True):
    """What becomes of unsigned instructions on duty, and who chose it; nobody at first."""

    use: UnsignedUse = "shown"
    reason: str = ""
    chosen_by: str = ""
    chosen_at: datetime | None = None


class PackVersion(Struct, frozen=True, kw_only=True):
    """A version; `files` are the names of the files that differ from its base."""

    number: int
    base: int
    state: PackState
    files: tuple[str, ...]
    reason: str
    changes: int
    proposer: AgentId
    proposed_by: str
    proposed_at: datetime
    restores: int | None = None
    weakens: tuple[Weakened, ...] = ()
    protocols: tuple[ProtocolChanged, ...] = ()
    restart: tuple[str, ...] = ()
    agreed_by: str = ""
    agreed_at: datetime | None = None
    agree_note: str = ""
    activated_by: str = ""
    activated_at: datetime | None = None
    withdrawn_by: str = ""
    withdraw_reason: str = ""


class PackRow(Struct, frozen=True, kw_only=True, tag="pack", tag_field="kind"):
    """The pack. `active` 0 is the pack on disk; `versions` are the newest, the newest first.

    `signed_at` is when words were signed last: then screens fetch the plans anew.
    """

    key: PackKey
    active: int
    active_since: datetime | None = None
    versions: tuple[PackVersion, ...] = ()
    signatures: tuple[Signature, ...] = ()
    unsigned: UnsignedRule = UnsignedRule()
    signed_at: datetime | None = None


__all__ = ["PackRow", "PackState", "PackVersion", "Signature", "UnsignedRule"]
