"""Who else is in a call: parties, transfers, passing on, supervision; each table and each race."""

import pytest
from core_world import CALL, DESK, DESK_2, DEWI, RINA, SARI, SYSTEM, World, agent, tags
from msgspec import structs

from kentongan.core import commands as c
from kentongan.core.call.parties import PARTIES_LIVE_MAX, REFERRALS_MAX
from kentongan.core.call.supervision import SUPERVISORS_MAX
from kentongan.core.rows import CallRow
from kentongan.core.words import (
    Agent,
    AgentId,
    DeskKey,
    PartyKey,
    Personal,
    Refused,
    Role,
    personal,
)

P1, P2 = PartyKey("p1"), PartyKey("p2")
BOSS = DeskKey("supervisor")
OFFER = c.OfferCall(call=CALL, line="l", dialled="112", trunk="t", number=personal("0811"))
ANSWER = c.AnswerCall(call=CALL, desk=DESK)
INVITE = c.InviteParty(call=CALL, party=P1, kind="hospital", contact="rs_kariadi")
INVITE_DESK = c.InviteParty(call=CALL, party=P1, kind="desk", desk=DESK_2)
JOIN = c.JoinParty(call=CALL, party=P1)
JOIN_DESK = c.JoinParty(call=CALL, party=P1, agent=AgentId("dewi"), agent_name="Dewi")
HOLD, RESUME = c.HoldParty(call=CALL, party=P1), c.ResumeParty(call=CALL, party=P1)
REFER = c.ReferParty(call=CALL, party=P1, to=P2, number=Personal(text="201"))
FAIL = c.FailParty(call=CALL, party=P1, reason="busy")
DROP = c.DropParty(call=CALL, party=P1)
TRANSFER = c.TransferCall(call=CALL, party=P1)
BLIND = c.TransferCall(call=CALL, party=P1, blind=True)

STEPS: dict[str, list[c.AnyCommand]] = {
    "none": [],
    "invited": [INVITE],
    "joined": [INVITE, JOIN],
    "held": [INVITE, JOIN, HOLD],
    "left": [INVITE, JOIN, DROP],
    "failed": [INVITE, FAIL],
}
COMMANDS: dict[str, c.AnyCommand] = {
    "invite": INVITE,
    "other": structs.replace(INVITE, contact="other"),
    "join": JOIN,
    "fail": FAIL,
    "drop": DROP,
    "hold": HOLD,
    "resume": RESUME,
    "refer": REFER,
    "transfer": TRANSFER,
    "blind": BLIND,
}
LEADS_TO = """
          none            invited           joined        held           left         failed
invite    party_invited   -                 -             -              -            -
other     party_invited   !party_used       !party_used   !party_used    !party_used  !party_used
join      !unknown_party  party_joined      -             -              !party_gone  !party_gone
fail      !unknown_party  party_failed      -             -              -            -
drop      !unknown_party  party_left        party_left    party_left     -            -
hold      !unknown_party  !party_not_joined party_held    -              !party_gone  !party_gone
resume    !unknown_party  !party_not_joined -             party_resumed  !party_gone  !party_gone
refer     !unknown_party  !NOT              party_referred !NOT         !NOT         !NOT
transfer  !unknown_party  !party_not_joined transferred   transferred    !party_gone  !party_gone
blind     !unknown_party  transferred       transferred   transferred    !party_gone  !party_gone
"""


def _cells() -> list[tuple[str, str, str]]:
    head, *lines = LEADS_TO.replace("!NOT", "!party_not_joined").strip("\n").splitlines()
    return [
        (line.split()[0], state, cell)
        for line in lines
        for state, cell in zip(head.split(), line.split()[1:], strict=True)
    ]


def _row(world: World) -> CallRow:
    row = world.find("call", CALL)
    assert isinstance(row, CallRow)
    return row


def _world(*more: c.AnyCommand) -> World:
    return World().run(OFFER, ANSWER, c.ConnectCall(call=CALL), *more)


def _refused(world: World, command: c.AnyCommand, who: Agent | None = None) -> str:
    before = dict(world.states)
    with pytest.raises(Refused) as refused:
        world.do(command, who)
    assert world.states == before
    return refused.value.reason


@pytest.mark.parametrize(("command", "state", "result"), _cells())
def test_each_command_to_a_party_in_each_state(command: str, state: str, result: str) -> None:
    """The table at the top of `core.call.parties`; a repetition writes nothing."""
    world = _world(*STEPS[state])
    if result.startswith("!"):
        assert _refused(world, COMMANDS[command]) == result[1:]
        return
    events = tags(world.do(COMMANDS[command]))
    assert events == ([] if result == "-" else [f"call.{result}"])
    assert world.refold("call:c1") == world.state("call:c1")
    assert world.do(COMMANDS[command]) == ()


def test_an_attended_transfer_leaves_caller_and_party_together() -> None:
    """The desk is free; the hospital leaves and the caller is in front of the queue."""
    world = _world(INVITE, JOIN, TRANSFER)
    row = _row(world)
    assert (row.state, row.desk, row.agent_name) == ("transferred", None, "Rina")
    left = c.DropParty(call=CALL, party=P1, by="party")
    assert tags(world.do(left, SYSTEM)) == ["call.party_left", "call.requeued"]
    assert (_row(world).state, _row(world).requeued) == ("queued", 1)
    assert world.do(left, SYSTEM) == ()


def test_the_caller_who_hangs_up_on_a_party_has_ended_the_call() -> None:
    """Nobody is called back for a talk that was finished with the hospital."""
    world = _world(INVITE, JOIN, TRANSFER)
    assert tags(world.do(c.EndCall(call=CALL, by="caller"))) == ["call.ended"]
    assert (_row(world).open, _row(world).parties[0].state) == (False, "left")
    assert _refused(world, INVITE_DESK) == "party_used"
    assert _refused(world, structs.replace(INVITE, party=P2)) == "call_over"


def test_a_blind_transfer_that_fails_comes_back_to_the_head() -> None:
    """While it rings nobody speaks with the caller: hanging up is abandoning, any desk answers."""
    world = _world(INVITE, BLIND)
    assert tags(world.do(FAIL, SYSTEM)) == ["call.party_failed", "call.requeued"]
    world = _world(INVITE, BLIND)
    assert tags(world.do(c.EndCall(call=CALL, by="caller"))) == ["call.abandoned"]
    world = _world(INVITE, BLIND)
    assert tags(world.do(c.AnswerCall(call=CALL, desk=DESK_2), DEWI)) == ["call.answered"]
    assert tags(world.do(JOIN, SYSTEM)) == ["call.party_joined"]
    assert (_row(world).state, _row(world).desk) == ("answered", DESK_2)


def _held_beside(*commands: c.AnyCommand) -> World:
    """P1 as these make it, and P2 on hold."""
    world = _world(*commands, structs.replace(INVITE, party=P2))
    world.run(c.JoinParty(call=CALL, party=P2), who=SYSTEM)
    world.run(c.HoldParty(call=CALL, party=P2))
    return world


def test_two_parties_keep_a_caller_company_until_the_last_has_gone() -> None:
    """Whom the desk held speaks with them as well: nobody is left that could resume them."""
    world = _held_beside(INVITE, JOIN)
    assert tags(world.do(TRANSFER)) == ["call.party_resumed", "call.transferred"]
    assert _refused(world, c.HoldParty(call=CALL, party=P2)) == "call_transferred"
    assert tags(world.do(DROP, SYSTEM)) == ["call.party_left"]
    assert tags(world.do(structs.replace(DROP, party=P2), SYSTEM))[-1] == "call.requeued"


def test_who_is_on_hold_while_a_blind_transfer_rings() -> None:
    """Until somebody comes; else the next desk decides, as a desk that the call is handed to."""
    world = _held_beside(INVITE)
    world.do(BLIND)
    assert tags(world.do(JOIN, SYSTEM)) == ["call.party_joined", "call.party_resumed"]
    world = _held_beside(INVITE)
    world.run(BLIND, FAIL)
    assert _row(world).parties[1].state == "held"
    world = _held_beside(INVITE_DESK)
    world.do(BLIND)
    assert tags(world.do(JOIN_DESK, SYSTEM)) == ["call.party_joined", "call.passed"]
    world = _held_beside(INVITE, JOIN, structs.replace(INVITE, party=PartyKey("p3")))
    blind = structs.replace(BLIND, party=PartyKey("p3"))
    assert tags(world.do(blind)) == ["call.party_resumed", "call.transferred"]


def test_who_is_put_in_a_partys_place_takes_it_by_joining() -> None:
    """Beside the party until then; one that fails leaves it as it was."""
    world = _world(INVITE, JOIN)
    world.do(REFER, SYSTEM)
    assert [(one.state, one.kind, one.referred_by) for one in _row(world).parties] == [
        ("joined", "hospital", None),
        ("invited", "hospital", P1),
    ]
    again = structs.replace(REFER, to=PartyKey("p3"))
    assert _refused(world, again, SYSTEM) == "too_many_parties"
    world.do(structs.replace(FAIL, party=P2), SYSTEM)
    assert [one.state for one in _row(world).parties] == ["joined", "failed"]
    world.do(again, SYSTEM)
    joined = c.JoinParty(call=CALL, party=PartyKey("p3"))
    assert tags(world.do(joined, SYSTEM)) == ["call.party_joined", "call.party_left"]
    assert [one.state for one in _row(world).parties] == ["left", "failed", "joined"]
    assert world.do(joined, SYSTEM) == ()


def test_who_comes_in_the_place_of_a_held_party_is_held() -> None:
    """The desk put that agency on hold: whom its exchange sends hears nothing either."""
    world = _world(INVITE, JOIN)
    world.do(REFER, SYSTEM)
    world.do(HOLD)
    joined = world.do(c.JoinParty(call=CALL, party=P2), SYSTEM)
    assert tags(joined) == ["call.party_joined", "call.party_left", "call.party_held"]
    assert [one.state for one in _row(world).parties] == ["left", "held"]


def test_a_desk_that_lets_a_party_go_wants_none_in_its_place() -> None:
    """When the party itself hangs up, the one that its exchange named may still come."""
    world = _world(INVITE, JOIN)
    world.do(REFER, SYSTEM)
    assert tags(world.do(DROP)) == ["call.party_left", "call.party_left"]
    assert [one.state for one in _row(world).parties] == ["left", "left"]
    world = _world(INVITE, JOIN)
    world.do(REFER, SYSTEM)
    hangs_up = structs.replace(DROP, by="party")
    assert tags(world.do(hangs_up, SYSTEM)) == ["call.party_left"]
    assert [one.state for one in _row(world).parties] == ["left", "invited"]


def test_an_exchange_that_transfers_for_ever_is_stopped() -> None:
    """Eight times in one call, whichever telephone asks."""
    world = _world(INVITE, JOIN)
    party = P1
    for n in range(REFERRALS_MAX):
        to = PartyKey(f"r{n}")
        world.do(c.ReferParty(call=CALL, party=party, to=to, number=Personal(text="201")), SYSTEM)
        world.do(c.JoinParty(call=CALL, party=to), SYSTEM)
        party = to
    one_more = c.ReferParty(call=CALL, party=party, to=P2, number=Personal(text="201"))
    assert _refused(world, one_more, SYSTEM) == "too_many_parties"


def test_a_transferred_caller_keeps_company_while_an_exchange_transfers() -> None:
    """The first may hang up at once: the one that is rung is company; nobody left, the queue."""
    world = _world(INVITE, JOIN, TRANSFER)
    world.do(REFER, SYSTEM)
    world.do(c.DropParty(call=CALL, party=P1, by="party"), SYSTEM)
    assert _row(world).state == "transferred"
    assert tags(world.do(structs.replace(FAIL, party=P2), SYSTEM))[-1] == "call.requeued"
    world = _world(INVITE, JOIN, TRANSFER)
    world.do(REFER, SYSTEM)
    assert tags(world.do(DROP))[-1] == "call.requeued"  # and none that it wanted in its place


def test_passing_makes_the_other_desk_the_owner() -> None:
    """It must have joined; afterwards it is no party any more, and the old desk has no part."""
    world = _world(INVITE_DESK)
    give = c.PassCall(call=CALL, desk=DESK_2)
    assert _refused(world, give) == "desk_not_joined"
    world.do(JOIN_DESK, SYSTEM)
    assert tags(world.do(give)) == ["call.passed"]
    row = _row(world)
    assert (row.desk, row.agent, row.agent_name, row.state) == (DESK_2, "dewi", "Dewi", "answered")
    assert [one.state for one in row.parties] == ["left"]
    assert world.do(give, SYSTEM) == ()
    assert _refused(world, c.EndCall(call=CALL, by="desk"), RINA) == "call_taken"


@pytest.mark.parametrize("blind", [True, False])
def test_a_transfer_to_a_desk_is_a_pass(blind: bool) -> None:
    """A call that a desk takes over is answered there: it is never with a desk and without one."""
    if blind:
        world = _world(INVITE_DESK, BLIND)
        assert tags(world.do(JOIN_DESK, SYSTEM)) == ["call.party_joined", "call.passed"]
    else:
        world = _world(INVITE_DESK)
        world.do(JOIN_DESK, SYSTEM)
        assert tags(world.do(TRANSFER)) == ["call.passed"]
    assert (_row(world).state, _row(world).desk) == ("answered", DESK_2)


def test_who_has_no_part_in_the_call_brings_nobody_in() -> None:
    """A colleague is told who has the call; a desk that joined, a supervisor and the switch may."""
    world = _world(INVITE_DESK)
    more = structs.replace(INVITE, party=P2)
    assert _refused(world, more, DEWI) == "call_taken"
    world.do(JOIN_DESK, SYSTEM)
    assert tags(world.do(more, structs.replace(DEWI, desk=DESK_2))) == ["call.party_invited"]
    assert tags(world.do(c.DropParty(call=CALL, party=P2), SARI)) == ["call.party_left"]


def test_a_party_needs_an_address_and_there_are_only_so_many() -> None:
    """Neither number nor directory key, a desk nobody has, the own desk, one too many: refused."""
    nobody = structs.replace(INVITE, contact=None)
    assert _refused(_world(), nobody) == "party_without_address"
    assert _refused(_world(), structs.replace(INVITE_DESK, desk=DeskKey("x"))) == "unknown_desk"
    assert _refused(_world(), structs.replace(INVITE_DESK, desk=DESK)) == "own_call"
    world = _world()
    for n in range(PARTIES_LIVE_MAX):
        world.do(structs.replace(INVITE, party=PartyKey(f"n{n}")))
    assert _refused(world, structs.replace(INVITE, party=P2)) == "too_many_parties"


def test_who_ended_a_partys_place_is_not_a_persons_to_say() -> None:
    """From a desk it is the desk's, whatever the command says."""
    world = _world(INVITE, JOIN)
    world.do(c.DropParty(call=CALL, party=P1, by="party"), RINA)
    assert _row(world).parties[0].reason == "desk"


# --- supervision ---------------------------------------------------------------------------------

LISTEN = c.SuperviseCall(call=CALL, desk=BOSS, mode="listen")
STOP = c.StopSupervising(call=CALL, desk=BOSS)
TAKE = c.TakeOver(call=CALL, desk=BOSS)


def test_listening_whispering_and_barging_are_each_on_record() -> None:
    """Every change of mode is a fact, the same again is none, and stopping ends it once."""
    world = _world()
    for mode in ("listen", "whisper", "barge"):
        supervise = structs.replace(LISTEN, mode=mode)
        assert tags(world.do(supervise, SARI)) == ["call.supervised"]
        assert world.do(supervise, SARI) == ()
        assert [(one.desk, one.mode) for one in _row(world).supervisors] == [(BOSS, mode)]
    assert tags(world.do(structs.replace(LISTEN, tone=True), SARI)) == ["call.supervised"]
    assert tags(world.do(STOP, SARI)) == ["call.supervision_ended"]
    assert world.do(STOP, SARI) == ()
    assert world.refold("call:c1") == world.state("call:c1")


def test_taking_over_changes_the_owner_and_keeps_the_caller_connected() -> None:
    """The supervisor who was in the call need not connect anew; from outside they must."""
    world = _world(LISTEN)
    assert tags(world.do(TAKE, SARI)) == ["call.taken_over"]
    row = _row(world)
    assert (row.desk, row.agent_name, row.state, row.supervisors) == (BOSS, "Sari", "answered", ())
    assert world.do(TAKE, SARI) == ()
    assert world.do(c.ConnectCall(call=CALL), SYSTEM) == ()
    world = _world()
    world.do(TAKE, SARI)
    assert tags(world.do(c.ConnectCall(call=CALL), SYSTEM)) == ["call.connected"]


def test_a_transferred_call_is_taken_back_and_a_waiting_one_is_answered_instead() -> None:
    """Taking over ends no party; what waits or is still dialled has nobody to take it from."""
    world = _world(INVITE, JOIN, TRANSFER)
    world.do(TAKE, SARI)
    assert (_row(world).state, _row(world).desk) == ("answered", BOSS)
    assert [one.state for one in _row(world).parties] == ["joined"]
    assert _refused(World().run(OFFER), TAKE, SARI) == "call_not_answered"
    assert _refused(_world(INVITE, BLIND), TAKE, SARI) == "call_not_answered"
    assert _refused(_world(c.EndCall(call=CALL, by="caller")), TAKE, SARI) == "call_over"


def test_nobody_supervises_their_own_call_nor_one_without_a_desk() -> None:
    """Own, waiting, transferred, a desk nobody has, one listener too many."""
    assert _refused(_world(), structs.replace(LISTEN, desk=DESK), SARI) == "own_call"
    assert _refused(_world(), structs.replace(LISTEN, desk=DeskKey("x")), SARI) == "unknown_desk"
    assert _refused(World().run(OFFER), LISTEN, SARI) == "call_not_answered"
    assert _refused(_world(INVITE, JOIN, TRANSFER), LISTEN, SARI) == "call_transferred"
    world = _world()
    for n in range(2, 2 + SUPERVISORS_MAX):
        world.do(structs.replace(LISTEN, desk=DeskKey(f"desk_{n}")), SARI)
    assert _refused(world, LISTEN, SARI) == "too_many_supervisors"


def test_supervision_ends_with_the_desks_part() -> None:
    """Requeued, transferred or over: nobody goes on listening to the caller.

    Passed on or taken over: nobody listens to the next desk, or whispers to it, unasked.
    """
    for last in (c.RequeueCall(call=CALL, reason="r"), c.EndCall(call=CALL, by="caller"), BLIND):
        world = _world(LISTEN, INVITE)
        world.run(last, who=SYSTEM)
        assert _row(world).supervisors == ()
    world = _world(LISTEN, INVITE_DESK, JOIN_DESK, c.PassCall(call=CALL, desk=DESK_2))
    assert (_row(world).desk, _row(world).supervisors) == (DESK_2, ())
    world = _world(LISTEN, structs.replace(LISTEN, desk=DESK_2, mode="whisper"))
    world.do(TAKE, SARI)
    assert (_row(world).desk, _row(world).supervisors) == (BOSS, ())


def test_a_call_of_our_own_rings_until_it_is_connected() -> None:
    """Calling, then answered with both times; only its own desk has it; a failure ends it."""
    place = c.CallBack(call=CALL, number=Personal(text="0811"), line="l", trunk="t", desk=DESK)
    world = World().run(place)
    assert (_row(world).state, _row(world).direction) == ("calling", "out")
    assert world.do(place) == ()
    assert _refused(world, structs.replace(place, desk=DESK_2)) == "call_exists"
    assert world.do(OFFER, SYSTEM) == ()
    world.later(5).do(c.ConnectCall(call=CALL), SYSTEM)
    assert (_row(world).state, _row(world).answered_at) == ("answered", world.now)
    failed = World().run(place)
    failed.do(c.EndCall(call=CALL, by="switch", reason="busy"))
    assert (_row(failed).state, _row(failed).open) == ("ended", False)
    for text, reason in (("x" * 400, "text_too_long"), (" ", "number_missing")):
        assert _refused(World(), structs.replace(place, number=Personal(text=text))) == reason


def test_texts_beside_the_voice_are_counted_and_a_persons_are_the_desks() -> None:
    """The switch says whose they are; a stranger writes nothing, nobody to a waiting caller."""
    text = c.TextCall(call=CALL, by="caller", text=Personal(text="tolong"))
    world = World().run(OFFER)
    assert tags(world.do(text, SYSTEM)) == ["call.texted"]
    assert _refused(world, text, RINA) == "call_not_answered"
    world.do(ANSWER)
    (event,) = world.do(text, RINA)
    assert getattr(event, "by", "") == "desk"
    assert _row(world).text_lines == 2
    assert _refused(world, text, agent("Lain", Role.CALL_TAKER)) == "call_taken"
