"""The city pack: versions that are proposed, agreed to, signed and used, one at a time.

                from nothing       proposed                       in use       replaced, withdrawn
    propose     proposed           another one is proposed        proposed     proposed
    agree       refused unknown    agreed; not by its proposer    nothing      refused over
    activate    refused unknown    in use, when all is given      nothing      refused over
    withdraw    refused unknown    withdrawn                      refused      nothing, refused
    sign        signed as one authority, whatever the state: a signature is of words, not of a
                version of the pack
    choose      what becomes of unsigned instructions, whatever the version

Theory: a version never changes and its number is never used again, so that a journal of years says
by which words the city worked at any minute. Going back is a new version with the files of an old
one: it passes the same rules, because the old limits may be the weaker ones. What weakens safety
needs a second administrator, and new words of a protocol its authority's signature; neither can be
given by whoever proposed them. Where several authorities are named, each signs, by an account of
its own (`core.signatures`). Words that shipped with the pack are used unsigned and said to be,
until the authority signs them or decides that they are withheld (decision 44). A proposal over a
version that is in use no more would take back what was changed meanwhile, and is refused.
"""

from collections.abc import Callable, Mapping
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.checks import check_labels
from kentongan.core.commands.pack import (
    ActivatePack,
    AgreePack,
    ChooseUnsigned,
    PackCommand,
    ProposePack,
    ProtocolChanged,
    SignProtocol,
    WithdrawPack,
)
from kentongan.core.context import Context
from kentongan.core.events.pack import (
    PackActivated,
    PackAgreed,
    PackEvent,
    PackProposed,
    PackWithdrawn,
    ProtocolSigned,
    UnsignedChosen,
)
from kentongan.core.pack_rows import PackRow, PackVersion, Signature, UnsignedRule
from kentongan.core.signatures import Words, check_signer, is_whole, named, of_words, same_as
from kentongan.core.words import Meta, PackKey, Refused

ON_DISK: Final = 0
"""The number of the pack as it lies on disk."""

OPEN_MAX: Final = 20
"""Proposals that wait at once; more are forgotten by everybody."""

SHOWN_MAX: Final = 60
"""Versions in the row: a year of a city that changes something each week; the journal has all."""

SIGNATURES_MAX: Final = 400
"""Signatures that count: of forty protocols the last ten."""

FILES_CHARACTERS_MAX: Final = 1_500_000
"""All files of a proposal together; the packs we know have a quarter of a million."""

DIGEST_CHARACTERS_MAX: Final = 64


class Pack(Struct, frozen=True, kw_only=True):
    """The pack. `overlays` are the files of each version that differ from those on disk."""

    key: PackKey
    row: PackRow | None = None
    versions: Mapping[int, PackVersion] = {}
    overlays: Mapping[int, Mapping[str, str]] = {}


def decide(command: PackCommand, pack: Pack, context: Context) -> tuple[PackEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    match command:
        case ProposePack():
            return _propose(command, pack)
        case AgreePack():
            return _agree(command, _version(pack, command.number), context)
        case SignProtocol():
            return _sign(command, pack, context)
        case ChooseUnsigned():
            return _choose(command, pack)
        case ActivatePack(number=number):
            return _activate(_version(pack, number), pack, context)
        case WithdrawPack():
            return _withdraw(command, _version(pack, command.number))
        case _:
            assert_never(command)


def _propose(command: ProposePack, pack: Pack) -> tuple[PackEvent, ...]:
    check_labels(reason=command.reason)
    if not command.reason.strip():
        raise Refused("pack_reason_missing")
    active = _active(pack)
    if command.base != active:
        raise Refused("pack_moved_on", base=str(command.base), active=str(active))
    if not command.files or not command.changes:
        raise Refused("pack_unchanged")
    if sum(map(len, command.files.values())) > FILES_CHARACTERS_MAX:
        raise Refused("pack_too_large", characters_max=str(FILES_CHARACTERS_MAX))
    waiting = sum(one.state == "proposed" for one in pack.versions.values())
    if waiting >= OPEN_MAX:
        raise Refused("too_many_pack_proposals", most=str(OPEN_MAX))
    return (
        PackProposed(
            number=max(pack.versions, default=ON_DISK) + 1,
            base=command.base,
            files=command.files,
            reason=command.reason.strip(),
            restores=command.restores,
            changes=command.changes,
            weakens=command.weakens,
            protocols=command.protocols,
            restart=command.restart,
        ),
    )


def _agree(command: AgreePack, version: PackVersion, context: Context) -> tuple[PackEvent, ...]:
    check_labels(note=command.note)
    if version.state == "active" or version.agreed_at is not None:
        return ()
    _must_be_proposed(version)
    if version.proposer == context.agent.id:
        raise Refused("pack_own_proposal")
    return (PackAgreed(number=version.number, note=command.note.strip()),)


def _sign(command: SignProtocol, pack: Pack, context: Context) -> tuple[PackEvent, ...]:
    check_labels(protocol=command.protocol)
    if not 0 < len(command.digest) <= DIGEST_CHARACTERS_MAX:
        raise Refused("protocol_digest_unreadable")
    check_labels(authority=command.authority)
    wanted = named(command)
    authorities = _authorities(pack, wanted, context)
    only = authorities[0] if len(authorities) == 1 else ""
    authority = command.authority or only
    if same_as(authority, of_words(wanted, _signatures(pack)), authorities):
        return ()
    for version in pack.versions.values():
        is_own = version.proposer == context.agent.id
        if is_own and any(named(one) == wanted for one in version.protocols):
            raise Refused("pack_own_proposal")
    offices = _offices(pack, context)
    check_signer(context.agent.id, authority, wanted, authorities, _signatures(pack), offices)
    return (
        ProtocolSigned(
            protocol=command.protocol,
            version=command.version,
            digest=command.digest,
            authority=authority,
        ),
    )


def _choose(command: ChooseUnsigned, pack: Pack) -> tuple[PackEvent, ...]:
    check_labels(reason=command.reason)
    if not command.reason.strip():
        raise Refused("pack_reason_missing")
    known = UnsignedRule() if pack.row is None else pack.row.unsigned
    if known.use == command.use:
        return ()
    return (UnsignedChosen(use=command.use, reason=command.reason.strip()),)


def _activate(version: PackVersion, pack: Pack, context: Context) -> tuple[PackEvent, ...]:
    if version.state == "active":
        return ()
    _must_be_proposed(version)
    active = _active(pack)
    if version.base != active:
        raise Refused("pack_moved_on", base=str(version.base), active=str(active))
    if version.weakens and version.agreed_at is None:
        raise Refused("pack_needs_second", places=str(len(version.weakens)))
    unsigned = [one.protocol for one in version.protocols if not _is_signed(pack, one, context)]
    if unsigned:
        raise Refused("protocol_not_signed", protocols=", ".join(unsigned))
    return (PackActivated(number=version.number, before=active),)


def _withdraw(command: WithdrawPack, version: PackVersion) -> tuple[PackEvent, ...]:
    check_labels(reason=command.reason)
    if version.state == "withdrawn":
        return ()
    if version.state == "active":
        raise Refused("pack_in_use")
    _must_be_proposed(version)
    return (PackWithdrawn(number=version.number, reason=command.reason.strip()),)


def _version(pack: Pack, number: int) -> PackVersion:
    version = pack.versions.get(number)
    if version is None:
        raise Refused("unknown_pack_version", number=str(number)[:20])
    return version


def _must_be_proposed(version: PackVersion) -> None:
    if version.state != "proposed":
        raise Refused("pack_version_over", number=str(version.number))


def _active(pack: Pack) -> int:
    return ON_DISK if pack.row is None else pack.row.active


def _is_signed(pack: Pack, one: ProtocolChanged, context: Context) -> bool:
    authorities = one.authority or _in_use(one.protocol, context)
    return is_whole(authorities, of_words(named(one), _signatures(pack)))


def _signatures(pack: Pack) -> tuple[Signature, ...]:
    return pack.row.signatures if pack.row is not None else ()


def _authorities(pack: Pack, wanted: Words, context: Context) -> tuple[str, ...]:
    """Who must sign these words: everybody whom a proposal of them names, or the pack in use. One
    that was withdrawn says nothing, or it would lift a signature that another one waits for."""
    versions = sorted(pack.versions.values(), key=lambda version: version.number)
    said = (
        one.authority
        for version in versions
        if version.state in ("proposed", "active")
        for one in version.protocols
        if named(one) == wanted
    )
    known = tuple(dict.fromkeys(name for names in said for name in names))
    return known or _in_use(wanted[0], context)


def _offices(pack: Pack, context: Context) -> frozenset[str]:
    """Every authority that the pack in use or a proposal names."""
    in_use = (one.approval.offices for one in context.plans.protocols.values())
    versions = (one for one in pack.versions.values() if one.state == "proposed")
    proposed = (one.authority for version in versions for one in version.protocols)
    return frozenset(name for names in (*in_use, *proposed) for name in names)


def _in_use(protocol: str, context: Context) -> tuple[str, ...]:
    known = context.plans.protocols.get(protocol)
    return known.approval.offices if known is not None else ()


# --- what the events mean ------------------------------------------------------------------------


def _proposed(pack: Pack, event: PackProposed, meta: Meta) -> Pack:
    version = PackVersion(
        number=event.number,
        base=event.base,
        state="proposed",
        files=tuple(event.files),
        reason=event.reason,
        changes=event.changes,
        proposer=meta.agent,
        proposed_by=meta.agent_name,
        proposed_at=meta.at,
        restores=event.restores,
        weakens=event.weakens,
        protocols=event.protocols,
        restart=event.restart,
    )
    overlay = {**pack.overlays.get(event.base, {}), **event.files}
    known = structs.replace(pack, overlays={**pack.overlays, event.number: overlay})
    return _with(known, version)


def _agreed(pack: Pack, event: PackAgreed, meta: Meta) -> Pack:
    version = structs.replace(
        pack.versions[event.number],
        agreed_by=meta.agent_name,
        agreed_at=meta.at,
        agree_note=event.note,
    )
    return _with(pack, version)


def _signed(pack: Pack, event: ProtocolSigned, meta: Meta) -> Pack:
    row = pack.row or PackRow(key=pack.key, active=ON_DISK)
    signature = Signature(
        protocol=event.protocol,
        version=event.version,
        digest=event.digest,
        signed_by=meta.agent_name,
        signed_at=meta.at,
        authority=event.authority,
        signer=meta.agent,
    )
    kept = (*row.signatures, signature)[-SIGNATURES_MAX:]
    return structs.replace(pack, row=structs.replace(row, signatures=kept, signed_at=meta.at))


def _chosen(pack: Pack, event: UnsignedChosen, meta: Meta) -> Pack:
    row = pack.row or PackRow(key=pack.key, active=ON_DISK)
    rule = UnsignedRule(
        use=event.use, reason=event.reason, chosen_by=meta.agent_name, chosen_at=meta.at
    )
    return structs.replace(pack, row=structs.replace(row, unsigned=rule))


def _activated(pack: Pack, event: PackActivated, meta: Meta) -> Pack:
    version = structs.replace(
        pack.versions[event.number],
        state="active",
        activated_by=meta.agent_name,
        activated_at=meta.at,
    )
    before = pack.versions.get(event.before)
    if before is not None:
        pack = _with(pack, structs.replace(before, state="replaced"))
    pack = _with(pack, version)
    row = pack.row or PackRow(key=pack.key, active=event.number)
    row = structs.replace(row, active=event.number, active_since=meta.at)
    return structs.replace(pack, row=row)


def _withdrawn(pack: Pack, event: PackWithdrawn, meta: Meta) -> Pack:
    version = structs.replace(
        pack.versions[event.number],
        state="withdrawn",
        withdrawn_by=meta.agent_name,
        withdraw_reason=event.reason,
    )
    return _with(pack, version)


def _with(pack: Pack, version: PackVersion) -> Pack:
    """The pack with that version, in the row too; one that is in use is always shown."""
    versions = {**pack.versions, version.number: version}
    row = pack.row or PackRow(key=pack.key, active=ON_DISK)
    newest = sorted(versions, reverse=True)
    shown = tuple(
        versions[number]
        for n, number in enumerate(newest)
        if n < SHOWN_MAX or versions[number].state in ("active", "proposed")
    )
    row = structs.replace(row, versions=shown)
    return structs.replace(pack, versions=versions, row=row)


EVOLVE: Final[dict[type[Struct], Callable[..., Pack]]] = {
    PackProposed: _proposed,
    PackAgreed: _agreed,
    ProtocolSigned: _signed,
    UnsignedChosen: _chosen,
    PackActivated: _activated,
    PackWithdrawn: _withdrawn,
}


def evolve(pack: Pack, event: PackEvent, meta: Meta) -> Pack:
    """The pack after the event."""
    return EVOLVE[type(event)](pack, event, meta)


def rows(pack: Pack) -> tuple[PackRow, ...]:
    """What the board shows of it."""
    return () if pack.row is None else (pack.row,)
