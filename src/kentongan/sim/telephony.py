"""Telephony of the simulated room: where calls ring, who else is brought into one, ringing back.

Beside callers and call-takers stand those who are only heard on the line: a hospital that answers
or does not, a colleague at the next desk, a supervisor who listens or takes over, somebody who is
rung back. What a telephone says may come too late; then it changes nothing.
"""

from kentongan.app.handle import Outcome
from kentongan.core.commands import (
    CallBack,
    ClaimCallback,
    ConnectCall,
    DisposeCall,
    DropParty,
    EndCall,
    FailParty,
    ForceEndDuty,
    HoldCall,
    HoldParty,
    InviteParty,
    JoinParty,
    OverflowCall,
    PassCall,
    RequeueCall,
    ResumeCall,
    ResumeParty,
    StartDuty,
    StopSupervising,
    SuperviseCall,
    TakeOver,
    TransferCall,
)
from kentongan.core.queue import Ladder, next_round
from kentongan.core.queue_room import STAGES, Seat, seat_of
from kentongan.core.rows import CallRow, DeskRow
from kentongan.core.words import AgentId, CallId, DeskKey, Disposition, PartyKey, Personal
from kentongan.sim import on_duty
from kentongan.sim.room import Room
from kentongan.sim.story import Ask, Story

LADDER = Ladder(ring_s=dict.fromkeys(STAGES, 3.0), overflow_to="kab_demak", overflow_after_s=10.0)
"""Short stages, so that small rooms reach the end of the ladder."""

TELEPHONES = (DeskKey("phone_1"),)

OUT_OF_LUCK = ("busy", "no_answer", "unreachable")


def ring(room: Room) -> None:
    """One round of the queue."""
    due = next_round(room.switch.calls(), {}, _seats(room), TELEPHONES, LADDER, room.clock.now())
    for step in due.steps:
        room.switch.act(step)
        row = room.switch.find(f"call:{step.call}")
        if isinstance(step, OverflowCall) and row is not None:
            bring(room, step.call, row.parties[-1].party, None)


def _seats(room: Room) -> list[Seat]:
    seats: list[Seat] = []
    for row in room.board.by_kind.get("desk", {}).values():
        if isinstance(row, DeskRow):
            idle_since = None if room.switch.is_busy(row.key) else row.since
            seat = seat_of(row, idle_since=idle_since, has_page=True)
            seats += [seat] if seat is not None else []
    return seats


def bring(room: Room, call: CallId, party: PartyKey, desk: DeskKey | None) -> None:
    """Somebody is rung into a call: they come and leave again, or they do not come."""

    def leave() -> None:
        room.switch.say(DropParty(call=call, party=party, by="party"))

    def answer() -> None:
        if room.random.random() < 0.3 or (desk is not None and room.switch.is_busy(desk)):
            reason = room.random.choice(OUT_OF_LUCK)
            room.switch.say(FailParty(call=call, party=party, reason=reason))
            return
        agent = AgentId(f"at_{desk}") if desk is not None else None
        room.switch.say(JoinParty(call=call, party=party, agent=agent, agent_name=desk))
        room.clock.after(room.random.uniform(3.0, 40.0), leave)

    room.clock.after(room.random.uniform(0.5, 6.0), answer)


def talk(room: Room, call: CallId, desk: DeskKey) -> Story:
    """What happens besides the interview: the caller is put on hold, others are brought in."""
    dice = room.random.random()
    if dice < 0.25:
        yield Ask(HoldCall(call=call), at_switch=True)
        yield room.random.uniform(0.5, 3.0)
        yield Ask(ResumeCall(call=call), at_switch=True)
    elif dice < 0.6:
        yield from _conference(room, call, desk)


def _conference(room: Room, call: CallId, desk: DeskKey) -> Story:
    party = PartyKey(f"{call}-{room.random.randrange(10**6)}")
    others = [key for key in room.desks if key != desk]
    other = room.random.choice(others) if room.random.random() < 0.4 else None
    invite = InviteParty(
        call=call,
        party=party,
        kind="hospital" if other is None else "desk",
        contact="rs" if other is None else None,
        desk=other,
    )
    if not isinstance((yield Ask(invite, at_switch=True)), Outcome):
        return
    bring(room, call, party, other)
    yield room.random.uniform(0.2, 8.0)
    match room.random.randrange(5):
        case 0:
            yield Ask(TransferCall(call=call, party=party), at_switch=True)
        case 1:
            yield Ask(TransferCall(call=call, party=party, blind=True), at_switch=True)
        case 2:
            yield Ask(PassCall(call=call, desk=other or desk), at_switch=True)
        case 3:
            yield Ask(HoldParty(call=call, party=party), at_switch=True)
            yield Ask(ResumeParty(call=call, party=party), at_switch=True)
        case _:
            yield Ask(DropParty(call=call, party=party), at_switch=True)


def ring_back(room: Room, lost: CallRow, desk: DeskKey) -> Story:
    """A call-taker settles an abandoned or dropped call."""
    claimed = yield Ask(ClaimCallback(call=lost.key), at_switch=True)
    if not isinstance(claimed, Outcome):
        return
    call = CallId(f"{lost.key}-b{room.random.randrange(10**6)}")
    number = lost.number or Personal(text="0813")
    room.told[call] = room.told.get(lost.key)  # another desk may have to go on with them
    place = CallBack(call=call, of=lost.key, number=number, line="112", trunk="trunk", desk=desk)
    if isinstance((yield Ask(place, at_switch=True)), Outcome):
        yield room.random.uniform(3.0, 12.0)
        yield Ask(EndCall(call=call, by="desk"), at_switch=True)
    row = room.switch.find(f"call:{call}")
    is_reached = row is not None and row.connected_at is not None
    disposition = Disposition.CALLED_BACK if is_reached else Disposition.UNREACHABLE
    yield Ask(DisposeCall(call=lost.key, disposition=disposition), at_switch=True)


def ring_outside(room: Room, call: CallId) -> None:
    """A telephone outside begins to ring."""
    row = room.switch.find(f"call:{call}")
    if row is not None and row.duty is not None:
        on_duty.ring_outside(room, call)
        return
    room.clock.after(room.random.uniform(1.0, 6.0), lambda: _pick_up(room, call))


def _pick_up(room: Room, call: CallId) -> None:
    """Who is rung back answers, or not; and hangs up some time, or the line breaks."""
    if room.random.random() < 0.4:
        reason = room.random.choice(OUT_OF_LUCK)
        room.switch.say(EndCall(call=call, by="switch", reason=reason))
        return
    room.switch.say(ConnectCall(call=call))
    reason = "lost" if room.unlucky(0.2) else ""
    end = EndCall(call=call, by="caller", reason=reason)
    room.clock.after(room.random.uniform(1.0, 20.0), lambda: room.switch.say(end))


def supervisor(room: Room, desk: DeskKey) -> Story:
    """Listens now and then, takes a call over, frees a desk that seems dead."""
    yield Ask(StartDuty(desk=desk))
    while True:
        yield room.random.uniform(8.0, 25.0)
        talking = [row for row in room.switch.calls() if row.state in ("answered", "held")]
        others = [row for row in talking if row.desk not in (None, desk)]
        if not others:
            continue
        row = room.random.choice(others)
        mode = room.random.choice(("listen", "whisper", "barge"))
        yield Ask(SuperviseCall(call=row.key, desk=desk, mode=mode), at_switch=True)
        yield room.random.uniform(0.5, 4.0)
        if room.unlucky(0.2) and row.desk is not None:
            yield from _free(room, row.desk)
        elif room.random.random() < 0.3:
            yield from _take_over(room, row.key, desk)
        else:
            yield Ask(StopSupervising(call=row.key, desk=desk), at_switch=True)


def _take_over(room: Room, call: CallId, desk: DeskKey) -> Story:
    taken = yield Ask(TakeOver(call=call, desk=desk), at_switch=True)
    if isinstance(taken, Outcome):
        yield room.random.uniform(1.0, 5.0)
        yield Ask(EndCall(call=call, by="desk"), at_switch=True)
        yield Ask(DisposeCall(call=call, disposition=Disposition.INCIDENT), at_switch=True)


def _free(room: Room, desk: DeskKey) -> Story:
    """A dead desk is freed; its caller goes to the head of the queue."""
    freed = yield Ask(ForceEndDuty(desk=desk, reason="dead_desk"))
    if isinstance(freed, Outcome):
        for row in room.switch.calls():
            if row.desk == desk and row.state in ("answered", "held"):
                room.switch.say(RequeueCall(call=row.key, reason="desk_lost"))
