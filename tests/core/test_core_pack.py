"""Versions of the city pack: who may bring which into use, and that nothing is ever overwritten."""

from typing import Any

import pytest
from core_world import World, agent, tags

from kentongan.core import commands as c
from kentongan.core.commands.pack import ProtocolChanged, Weakened
from kentongan.core.pack import FILES_CHARACTERS_MAX, OPEN_MAX, Pack
from kentongan.core.pack_rows import PackRow
from kentongan.core.words import PackKey, Refused, Role

KEY = PackKey("city")
ADI = agent("Adi", Role.ADMIN)
TINI = agent("Tini", Role.ADMIN)
DOCTOR = agent("Direktur", Role.APPROVER)
WEAK = Weakened(
    file="targets.yaml", path="alarms[A-03].limits_s.P1", rule="later", before="60", after="90"
)
T02 = ProtocolChanged(protocol="T02", version=2, digest="d2")
SIGN = c.SignProtocol(pack=KEY, protocol="T02", version=2, digest="d2")


def proposal(base: int = 0, **changed: Any) -> c.ProposePack:
    """A harmless one, unless it is told otherwise."""
    given: dict[str, Any] = {"files": {"units.yaml": f"over {base}"}, "reason": "baru"}
    fields: dict[str, Any] = {"pack": KEY, "base": base, "changes": 1, **given, **changed}
    return c.ProposePack(**fields)


def activate(number: int) -> c.ActivatePack:
    return c.ActivatePack(pack=KEY, number=number)


def row(world: World) -> PackRow:
    found = world.find("pack", KEY)
    assert isinstance(found, PackRow)
    return found


def overlays(world: World) -> dict[int, dict[str, str]]:
    state = world.state(f"pack:{KEY}")
    assert isinstance(state, Pack)
    return {number: dict(files) for number, files in state.overlays.items()}


def refused(world: World, command: Any, who: Any = ADI) -> str:
    with pytest.raises(Refused) as no:
        world.do(command, who)
    return no.value.reason


def test_a_harmless_version_is_brought_into_use_by_one_person() -> None:
    """And the row says who, when and why."""
    world = World()
    assert tags(world.do(proposal(), ADI)) == ["pack.proposed"]
    assert row(world).active == 0
    assert tags(world.do(activate(1), ADI)) == ["pack.activated"]
    (version,) = row(world).versions
    assert (row(world).active, version.state, version.activated_by) == (1, "active", "Adi")
    assert (version.reason, version.proposed_by) == ("baru", "Adi")
    assert world.do(activate(1), ADI) == ()


def test_what_weakens_safety_needs_somebody_else() -> None:
    """Not its author, however often; and agreement is given once."""
    world = World()
    world.do(proposal(weakens=(WEAK,)), ADI)
    assert refused(world, activate(1)) == "pack_needs_second"
    assert refused(world, c.AgreePack(pack=KEY, number=1)) == "pack_own_proposal"
    world.do(c.AgreePack(pack=KEY, number=1, note="sudah dibahas"), TINI)
    assert world.do(c.AgreePack(pack=KEY, number=1), TINI) == ()
    world.do(activate(1), ADI)
    assert (row(world).versions[0].agreed_by, row(world).active) == ("Tini", 1)


def test_new_words_of_a_protocol_need_the_authority_before_use() -> None:
    """Signed words stay signed in every later version that has them; other words are not."""
    world = World()
    world.do(proposal(protocols=(T02,)), ADI)
    assert refused(world, activate(1)) == "protocol_not_signed"
    assert tags(world.do(SIGN, DOCTOR)) == ["pack.protocol_signed"]
    assert world.do(SIGN, DOCTOR) == ()
    assert row(world).signed_at == row(world).signatures[-1].signed_at
    world.do(activate(1), ADI)
    other = ProtocolChanged(protocol="T02", version=3, digest="d3")
    world.do(proposal(1, protocols=(other,)), ADI)
    assert refused(world, activate(2)) == "protocol_not_signed"
    world.do(proposal(1, protocols=(T02,)), ADI)
    world.do(activate(3), ADI)


def test_who_proposed_words_cannot_sign_them() -> None:
    """Whatever roles a person holds besides."""
    both = agent("Dua", Role.ADMIN, Role.APPROVER)
    world = World()
    world.do(proposal(protocols=(T02,)), both)
    assert refused(world, SIGN, both) == "pack_own_proposal"


def test_of_two_proposals_over_one_version_the_second_is_told_that_it_moved_on() -> None:
    """What the first changed is not taken back by somebody who has not seen it."""
    world = World()
    world.do(proposal(), ADI)
    world.do(proposal(files={"posts.yaml": "two"}), TINI)
    world.do(activate(1), ADI)
    assert refused(world, activate(2), TINI) == "pack_moved_on"
    assert refused(world, proposal(0), TINI) == "pack_moved_on"
    world.do(proposal(1, files={"posts.yaml": "two"}), TINI)
    world.do(activate(3), TINI)
    assert overlays(world)[3] == {"units.yaml": "over 0", "posts.yaml": "two"}
    assert [one.state for one in row(world).versions] == ["active", "proposed", "replaced"]


def test_going_back_is_a_version_that_passes_the_same_rules() -> None:
    """The old limits may be the weaker ones."""
    world = World()
    world.do(proposal(), ADI)
    world.do(activate(1), ADI)
    world.do(proposal(1, restores=0, weakens=(WEAK,)), ADI)
    assert refused(world, activate(2)) == "pack_needs_second"
    world.do(c.AgreePack(pack=KEY, number=2), TINI)
    world.do(activate(2), ADI)
    assert row(world).versions[0].restores == 0


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (proposal(reason="  "), "pack_reason_missing"),
        (proposal(files={}), "pack_unchanged"),
        (proposal(changes=0), "pack_unchanged"),
        (proposal(files={"units.yaml": "x" * (FILES_CHARACTERS_MAX + 1)}), "pack_too_large"),
        (proposal(reason="x" * 301), "text_too_long"),
        (activate(9), "unknown_pack_version"),
        (c.WithdrawPack(pack=KEY, number=9), "unknown_pack_version"),
    ],
)
def test_what_makes_no_sense_is_refused(command: Any, reason: str) -> None:
    """In words, and nothing is written."""
    world = World()
    assert refused(world, command) == reason
    assert world.find("pack", KEY) is None


def test_a_withdrawn_version_is_over_and_one_in_use_cannot_be_withdrawn() -> None:
    """Numbers are never used again."""
    world = World()
    world.do(proposal(), ADI)
    world.do(c.WithdrawPack(pack=KEY, number=1, reason="salah"), ADI)
    assert world.do(c.WithdrawPack(pack=KEY, number=1), ADI) == ()
    assert refused(world, activate(1)) == "pack_version_over"
    assert refused(world, c.AgreePack(pack=KEY, number=1), TINI) == "pack_version_over"
    world.do(proposal(), ADI)
    world.do(activate(2), ADI)
    assert refused(world, c.WithdrawPack(pack=KEY, number=2)) == "pack_in_use"


def test_proposals_that_wait_have_a_limit() -> None:
    """Twenty; withdrawing one makes room."""
    world = World()
    for _ in range(OPEN_MAX):
        world.do(proposal(), ADI)
    assert refused(world, proposal()) == "too_many_pack_proposals"
    world.do(c.WithdrawPack(pack=KEY, number=3), ADI)
    world.do(proposal(), ADI)
