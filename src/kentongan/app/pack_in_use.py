"""Which version of the city pack is in use: the files on disk, and over them those of the journal.

The journal says which version it is and holds its files; the folder holds the pack that shipped and
the sounds. A version that cannot be read, because the software under it is another one by now, is
never used: the city goes on with the files on disk, and whoever asks is told (`problems`). Calls
are answered in either case.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, structs, to_builtins

from kentongan.app.city import plans_of
from kentongan.app.ports import Store
from kentongan.cities.files import NO_OVERLAY
from kentongan.cities.pack import CityPack, PackError, load
from kentongan.cities.read import Problem
from kentongan.cities.taxonomy import Protocol
from kentongan.core import streams
from kentongan.core.commands.pack import UnsignedUse
from kentongan.core.pack import ON_DISK, Pack
from kentongan.core.pack_rows import PackRow, Signature
from kentongan.core.plans import Plans
from kentongan.core.signatures import is_whole, of_words
from kentongan.core.words import PackKey

KEY: Final = PackKey("city")
"""One city is one database, so there is one pack."""

DIGEST_DIGITS: Final = 32


class Edition(Struct, frozen=True, kw_only=True):
    """A version as the journal has it: its files over those on disk, and every signature.

    `unsigned` is what becomes of instructions that nobody signed.
    """

    number: int = ON_DISK
    files: Mapping[str, str] = NO_OVERLAY
    signatures: tuple[Signature, ...] = ()
    unsigned: UnsignedUse = "shown"


class PackInUse(Struct, frozen=True, kw_only=True, eq=False):
    """The pack and its plans. `signed_at` is the latest signature's; `problems` say why the version
    `number` could not be used.
    """

    number: int
    pack: CityPack
    plans: Plans
    signed_at: datetime | None = None
    problems: tuple[Problem, ...] = ()


def known_pack(store: Store) -> Pack:
    """Everything that the journal says about the pack."""
    history = [(one.event, one.meta) for one in store.load(f"pack:{KEY}")]
    found = streams.fold(f"pack:{KEY}", history)
    assert isinstance(found, Pack)  # noqa: S101 - the noun of the stream says so
    return found


def edition_of(pack: Pack, number: int | None = None) -> Edition:
    """That version, or the one in use."""
    row = pack.row
    wanted = number if number is not None else (ON_DISK if row is None else row.active)
    return Edition(
        number=wanted,
        files=pack.overlays.get(wanted, NO_OVERLAY),
        signatures=() if row is None else row.signatures,
        unsigned="shown" if row is None else row.unsigned.use,
    )


def active_number(store: Store) -> int:
    """Which version is in use; one row is read and no files."""
    found = store.find_row("pack", KEY)
    return found.row.active if found is not None and isinstance(found.row, PackRow) else ON_DISK


def load_edition(directory: Path, edition: Edition) -> PackInUse:
    """The pack of that version; that of the folder when it cannot be read.

    Raises `PackError` when the folder itself cannot be.
    """
    try:
        pack, problems = load(directory, edition.files), ()
    except PackError as error:
        if not edition.files:
            raise
        pack, problems = load(directory), tuple(error.problems)
    signed = with_signatures(pack, edition.signatures)
    return PackInUse(
        number=edition.number,
        pack=signed,
        plans=structs.replace(plans_of(signed), withholds_unsigned=edition.unsigned == "withheld"),
        signed_at=edition.signatures[-1].signed_at if edition.signatures else None,
        problems=problems,
    )


def with_signatures(pack: CityPack, signatures: Sequence[Signature]) -> CityPack:
    """The pack with what was signed marked as signed; a signature holds for its words alone."""
    protocols = tuple(
        _signed(one, of_words((one.code, one.version, digest_of(one)), signatures))
        for one in pack.protocols
    )
    return structs.replace(pack, protocols=protocols)


def _signed(protocol: Protocol, given: Sequence[Signature]) -> Protocol:
    """Signed once every authority has; whoever of two signed first leaves it a draft."""
    if not is_whole(protocol.approval.offices, given):
        return protocol
    approval = structs.replace(
        protocol.approval,
        signed_by=", ".join(one.signed_by for one in given),
        signed_at=given[-1].signed_at,
        signed_version=protocol.version,
    )
    return structs.replace(protocol, approval=approval)


def digest_of(protocol: Protocol) -> str:
    """Names the words of a protocol: everything in it but who signed, and which kinds use it."""
    words = to_builtins(protocol)
    del words["approval"], words["natures"]
    return hashlib.sha256(msgspec.json.encode(words)).hexdigest()[:DIGEST_DIGITS]


def restoring(directory: Path, pack: Pack, number: int) -> dict[str, str]:
    """The files that bring version `number` back over the one in use.

    A file that only the one in use has comes from the folder again. Raises `KeyError` for a version
    that never was, `OSError` when the folder cannot be read.
    """
    wanted = NO_OVERLAY if number == ON_DISK else pack.overlays[number]
    names = {*wanted, *edition_of(pack).files}
    return {
        name: wanted[name] if name in wanted else (directory / name).read_text("utf-8")
        for name in sorted(names)
    }
