"""Each authority that is named under a protocol signs by an account of its own."""

import pytest
from core_world import PACK, START, World, agent
from msgspec import structs

from kentongan.app.pack_in_use import digest_of, with_signatures
from kentongan.core import commands as c
from kentongan.core.commands.pack import ProtocolChanged
from kentongan.core.pack_rows import PackRow, Signature
from kentongan.core.signatures import is_whole, lacking
from kentongan.core.words import Agent, AgentId, PackKey, Refused, Role

KEY = PackKey("city")
ADI = agent("Adi", Role.ADMIN)
DOCTOR = agent("Direktur", Role.APPROVER)
FIRE = agent("Kadis", Role.APPROVER)
T01 = PACK.protocol_by_code["T01"]
FIRE_SERVICE, MEDICAL = T01.approval.offices


def sign(authority: str = "", protocol: str = "T01") -> c.SignProtocol:
    """Words of the pack in use."""
    words = digest_of(PACK.protocol_by_code[protocol])
    return c.SignProtocol(pack=KEY, protocol=protocol, version=1, digest=words, authority=authority)


def refused(world: World, command: c.AnyCommand, who: Agent) -> str:
    """By which rule."""
    with pytest.raises(Refused) as no:
        world.do(command, who)
    return no.value.reason


def signatures(world: World) -> tuple[Signature, ...]:
    """As the row has them."""
    row = world.find("pack", KEY)
    assert isinstance(row, PackRow)
    return row.signatures


def is_draft(*given: Signature) -> bool:
    """T01 in the pack in use, with these signatures."""
    return with_signatures(PACK, given).protocol_by_code["T01"].is_draft


def old(signed_by: str) -> Signature:
    """One from before signatures named an authority."""
    words = digest_of(T01)
    return Signature(protocol="T01", version=1, digest=words, signed_by=signed_by, signed_at=START)


def test_two_authorities_need_two_signatures_of_two_accounts() -> None:
    """Each says who, when and as what; one of two leaves it a draft."""
    world = World()
    assert refused(world, sign(), DOCTOR) == "protocol_authority_unknown"
    assert refused(world, sign("Kapolrestabes"), DOCTOR) == "protocol_authority_unknown"
    world.do(sign(MEDICAL), DOCTOR)
    assert is_draft(*signatures(world))
    assert world.do(sign(MEDICAL), DOCTOR) == ()
    assert refused(world, sign(FIRE_SERVICE), DOCTOR) == "protocol_signed_by_you"
    world.do(sign(FIRE_SERVICE), FIRE)
    assert not is_draft(*signatures(world))
    assert [(one.signed_by, one.authority, one.signer) for one in signatures(world)] == [
        ("Direktur", MEDICAL, "direktur"),
        ("Kadis", FIRE_SERVICE, "kadis"),
    ]


def test_an_account_signs_as_one_authority_everywhere() -> None:
    """Who signed as the head of the fire service is no medical director under other words."""
    world = World()
    world.do(sign(FIRE_SERVICE), FIRE)
    assert refused(world, sign(protocol="T02"), FIRE) == "protocol_other_authority"
    world.do(sign(protocol="T02"), DOCTOR)  # the one authority that T02 names
    assert signatures(world)[-1].authority == MEDICAL


def test_words_come_into_use_when_all_have_signed() -> None:
    """By the list of the proposal that brings them."""
    new = ProtocolChanged(protocol="T01", version=2, digest="d2", authority=(MEDICAL, "IBI"))
    signing = c.SignProtocol(pack=KEY, protocol="T01", version=2, digest="d2", authority=MEDICAL)
    use = c.ActivatePack(pack=KEY, number=1)
    world = World()
    proposal = c.ProposePack(
        pack=KEY, base=0, files={"protocols.yaml": "x"}, reason="baru", changes=1, protocols=(new,)
    )
    world.do(proposal, ADI)
    world.do(signing, DOCTOR)
    assert refused(world, use, ADI) == "protocol_not_signed"
    world.do(structs.replace(signing, authority="IBI"), agent("Ida", Role.APPROVER))
    world.do(use, ADI)


def test_a_proposal_that_was_withdrawn_lifts_nobodys_signature() -> None:
    """The same words with one name less, taken away again: both must still sign the first."""
    both = ProtocolChanged(protocol="T01", version=2, digest="d2", authority=(MEDICAL, "IBI"))
    world = World()
    for number, change in ((1, both), (2, structs.replace(both, authority=(MEDICAL,)))):
        files = {"protocols.yaml": f"x{number}"}
        world.do(
            c.ProposePack(
                pack=KEY, base=0, files=files, reason="baru", changes=1, protocols=(change,)
            ),
            ADI,
        )
    world.do(c.WithdrawPack(pack=KEY, number=2, reason="salah"), ADI)
    signing = c.SignProtocol(pack=KEY, protocol="T01", version=2, digest="d2", authority=MEDICAL)
    world.do(signing, DOCTOR)
    assert len(world.do(structs.replace(signing, authority="IBI"), agent("Ida", Role.APPROVER)))
    world.do(c.ActivatePack(pack=KEY, number=1), ADI)


def test_a_signature_from_before_is_one_signature() -> None:
    """Enough for one authority, the first of two; the same account gives no second."""
    assert is_whole((MEDICAL,), (old("dr"),))
    assert lacking(T01.approval.offices, (old("dr"),)) == 1
    assert is_draft(old("dr"))
    second = structs.replace(old("Kadis"), authority=FIRE_SERVICE, signer=AgentId("kadis"))
    assert not is_draft(old("dr"), second)
