"""Who may sign which words of a protocol, and when all have: one signature for each authority.

Theory: what an account is signed for is not on its file, so the record is the tie: an account signs
as one authority, the one it signed as first, and never twice under the same words. Two names under
a protocol are so two accounts, whoever holds them; that two people agreed to each of these accounts
is the rule of the role (`core.accounts`). A signature from before they named an authority stays
what it is, one signature: enough where one authority is named, the first of two where there are
two. It ties its account to nothing, for it does not say to what.
"""

from collections.abc import Iterable, Sequence

from kentongan.core.commands.pack import ProtocolChanged, SignProtocol
from kentongan.core.pack_rows import Signature
from kentongan.core.words import AgentId, Refused

Words = tuple[str, int, str]
"""A protocol, its version, and the digest of its words."""


def named(one: ProtocolChanged | SignProtocol | Signature) -> Words:
    """The words that it is about."""
    return (one.protocol, one.version, one.digest)


def of_words(wanted: Words, signatures: Iterable[Signature]) -> tuple[Signature, ...]:
    """The signatures under exactly these words."""
    return tuple(one for one in signatures if named(one) == wanted)


def lacking(authorities: Sequence[str], signatures: Iterable[Signature]) -> int:
    """How many signatures are still to come under words that have these."""
    given = tuple(signatures)
    known = {one.authority for one in given}
    unnamed = sum(not one.authority for one in given)
    return max(0, sum(one not in known for one in authorities) - unnamed)


def is_whole(authorities: Sequence[str], signatures: Iterable[Signature]) -> bool:
    """Whether every authority signed; without one named, whether anybody did."""
    given = tuple(signatures)
    return bool(given) and lacking(authorities, given) == 0


def same_as(authority: str, given: Sequence[Signature], authorities: Sequence[str]) -> bool:
    """Whether that signature is there already, or none is wanted any more."""
    return is_whole(authorities, given) or (
        bool(authority) and any(one.authority == authority for one in given)
    )


def check_signer(
    who: AgentId,
    authority: str,
    wanted: Words,
    authorities: Sequence[str],
    signatures: Sequence[Signature],
    offices: frozenset[str],
) -> None:
    """Refuses who may not sign these words as that authority.

    `protocol_authority_unknown` where the words do not need it, `protocol_signed_by_you` for a
    second signature of one account, `protocol_other_authority` for who signed as another one that
    the city still has (`offices`).
    """
    if authorities and authority not in authorities:
        raise Refused("protocol_authority_unknown", authorities=", ".join(authorities))
    if any(one.signer == who for one in of_words(wanted, signatures)):
        raise Refused("protocol_signed_by_you")
    held = (one.authority for one in signatures if one.signer == who and one.authority in offices)
    other = next((one for one in held if one != authority), None)
    if other is not None:
        raise Refused("protocol_other_authority", authority=other)
