"""No sound from the caller: who is told, when it is taken back, and how often."""

from datetime import timedelta

import pytest
from core_world import CALL, DESK, START, SYSTEM, World, tags

from kentongan.core import commands as c
from kentongan.core.call import CallState
from kentongan.core.call.unheard import UNHEARD_MAX
from kentongan.core.call_rows import CallRow
from kentongan.core.commands.call_unheard import MarkUnheard
from kentongan.core.words import PartyKey, Personal

OFFER = c.OfferCall(call=CALL, line="l", dialled="112", trunk="t")
ANSWER = c.AnswerCall(call=CALL, desk=DESK)
GONE = MarkUnheard(call=CALL, since=START)
BACK = MarkUnheard(call=CALL, since=None)
PARTY = PartyKey("p1")
INVITE = c.InviteParty(call=CALL, party=PARTY, kind="agency", number=Personal(text="0811"))
TRANSFER = c.TransferCall(call=CALL, party=PARTY, blind=True)


def row(world: World) -> CallRow:
    """The call."""
    found = world.find("call", CALL)
    assert isinstance(found, CallRow)
    return found


def test_it_is_told_once_and_taken_back_once() -> None:
    """Also while the caller is on hold; the first moment stands."""
    world = World().run(OFFER, ANSWER)
    assert world.do(BACK, SYSTEM) == ()
    assert tags(world.do(GONE, SYSTEM)) == ["call.caller_unheard"]
    later = MarkUnheard(call=CALL, since=START + timedelta(seconds=9))
    assert world.do(later, SYSTEM) == ()
    world.run(c.HoldCall(call=CALL))
    assert row(world).unheard_since == START
    assert tags(world.do(BACK, SYSTEM)) == ["call.caller_heard"]
    assert world.do(BACK, SYSTEM) == ()
    assert row(world).unheard_since is None
    assert tags(world.do(GONE, SYSTEM)) == ["call.caller_unheard"]


def test_a_time_that_lies_ahead_counts_as_now() -> None:
    """No screen counts backwards."""
    world = World().run(OFFER, ANSWER)
    world.do(MarkUnheard(call=CALL, since=world.now + timedelta(hours=1)), SYSTEM)
    assert row(world).unheard_since == world.now


@pytest.mark.parametrize(
    "happens",
    [
        c.RequeueCall(call=CALL, reason="desk_lost"),
        c.EndCall(call=CALL, by="caller"),
        TRANSFER,
    ],
    ids=["queue", "end", "transfer"],
)
def test_where_nobody_listens_nothing_is_unheard(happens: c.AnyCommand) -> None:
    """In the queue, over, and while whom it was transferred to is still rung."""
    world = World().run(OFFER)
    assert world.do(GONE, SYSTEM) == ()
    world.run(ANSWER, INVITE)
    world.do(GONE, SYSTEM)
    world.do(happens, SYSTEM)
    assert row(world).unheard_since is None
    assert world.do(GONE, SYSTEM) == ()
    if happens is TRANSFER:
        world.do(c.JoinParty(call=CALL, party=PARTY), SYSTEM)
        assert row(world).state == CallState.TRANSFERRED
        assert tags(world.do(GONE, SYSTEM)) == ["call.caller_unheard"]


def test_who_only_types_is_never_unheard() -> None:
    """There is no sound that could stop."""
    typed = c.OfferCall(call=CALL, line="l", dialled="112", trunk="t", remarks=("text_only",))
    assert World().run(typed, ANSWER).do(GONE, SYSTEM) == ()


def test_a_line_that_comes_and_goes_has_an_end() -> None:
    """So many facts and no more; the last word is that the caller is heard."""
    world = World().run(OFFER, ANSWER)
    for _ in range(UNHEARD_MAX):
        assert len(world.do(GONE, SYSTEM)) == len(world.do(BACK, SYSTEM)) == 1
    assert world.do(GONE, SYSTEM) == world.do(BACK, SYSTEM) == ()
    assert row(world).unheard_since is None
