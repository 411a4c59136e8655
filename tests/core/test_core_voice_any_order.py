"""Calls in the hands of many: anybody asks anything in any order, and the rules hold."""

from datetime import datetime, timedelta

from core_world import CALL, DESK, DESK_2, DEWI, RINA, SARI, SYSTEM, ClaimTakenError, World
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import structs

from kentongan.core import commands as c
from kentongan.core.rows import CallRow, DeskRow
from kentongan.core.words import (
    Agent,
    AgentId,
    CallId,
    DeskKey,
    Disposition,
    PartyKey,
    Personal,
    Refused,
    personal,
)
from kentongan.sim.voice_checks import broken_rules, desks_talking_twice

START_DUTY = c.StartDuty(desk=DESK, skills=("medical", "medical"), languages=("id", "jv"))
FORCE = c.ForceEndDuty(desk=DESK, reason="dead_desk")
OFFER = c.OfferCall(call=CALL, line="l", dialled="112", trunk="t", number=personal("0811"))


def _row(world: World) -> CallRow:
    row = world.find("call", CALL)
    assert isinstance(row, CallRow)
    return row


def _until(world: World, seconds: float) -> datetime:
    return world.now + timedelta(seconds=seconds)


A, B = PartyKey("a"), PartyKey("b")
_parties = st.sampled_from([A, B])
_desks = st.sampled_from([DESK, DESK_2, DeskKey("supervisor")])
_people = st.sampled_from([RINA, DEWI, SARI, SYSTEM])


class VoiceMachine(RuleBasedStateMachine):
    """One call and what rings it back; anybody may ask anything at any time."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World().run(OFFER, who=SYSTEM)

    def ask(self, command: c.AnyCommand, who: Agent) -> None:
        """A refusal changes nothing; asked again, it writes no second event."""
        before = dict(self.world.states)
        try:
            self.world.do(command, who)
        except (Refused, ClaimTakenError):
            assert self.world.states == before
            return
        assert self.world.do(command, who) == ()

    @rule(seconds=st.integers(1, 400))
    def time_passes(self, seconds: int) -> None:
        """Long enough for claims to lapse."""
        self.world.later(seconds)

    @rule(party=_parties, desk=_desks, who=_people, is_desk=st.booleans())
    def invite(self, party: PartyKey, desk: DeskKey, who: Agent, *, is_desk: bool) -> None:
        """A hospital or a desk."""
        kind = "desk" if is_desk else "hospital"
        contact, at = (None, desk) if is_desk else ("rs", None)
        self.ask(c.InviteParty(call=CALL, party=party, kind=kind, contact=contact, desk=at), who)

    @rule(party=_parties, who=_people, what=st.integers(0, 6), flag=st.booleans())
    def party(self, party: PartyKey, who: Agent, what: int, *, flag: bool) -> None:
        """Anything about it."""
        commands: list[c.AnyCommand] = [
            c.JoinParty(call=CALL, party=party, agent=AgentId("x"), agent_name="X"),
            c.FailParty(call=CALL, party=party, reason="busy"),
            c.DropParty(call=CALL, party=party, by="party"),
            c.ReferParty(call=CALL, party=party, to=PartyKey("r"), number=Personal(text="201")),
            c.HoldParty(call=CALL, party=party),
            c.ResumeParty(call=CALL, party=party),
            c.TransferCall(call=CALL, party=party, blind=flag),
            c.TransferCall(call=CALL, party=party, blind=True),
        ]
        self.ask(commands[what], who)

    @rule(desk=_desks, who=_people, what=st.integers(0, 8))
    def at_desk(self, desk: DeskKey, who: Agent, what: int) -> None:
        """Whatever names a desk."""
        commands: list[c.AnyCommand] = [
            c.AnswerCall(call=CALL, desk=desk),
            c.PassCall(call=CALL, desk=desk),
            c.SuperviseCall(call=CALL, desk=desk, mode="whisper"),
            c.StopSupervising(call=CALL, desk=desk),
            c.TakeOver(call=CALL, desk=desk),
            c.RingDesks(call=CALL, desks=(desk,), stage="second"),
            c.RingOut(call=CALL, desks=(desk,), waited_s=1.0),
            c.DeclineOffer(call=CALL, desk=desk, reason="r"),
            c.CallBack(
                call=CallId("c2"), of=CALL, number=Personal(text="1"), line="l", trunk="t",
                desk=desk,
            ),
        ]  # fmt: skip
        self.ask(commands[what], who)

    @rule(
        who=_people,
        call=st.sampled_from([CALL, CALL, CallId("c2")]),
        what=st.integers(0, 11),
    )
    def life(self, who: Agent, call: CallId, what: int) -> None:
        """What happens to a call as a whole; also to the one that rings back."""
        commands: list[c.AnyCommand] = [
            c.QueueCall(call=call),
            c.ConnectCall(call=call),
            c.HoldCall(call=call),
            c.ResumeCall(call=call),
            c.RequeueCall(call=call, reason="desk_lost"),
            c.OverflowCall(call=call, to="kab_demak", reason="r"),
            c.PromptCaller(call=call),
            c.EndCall(call=call, by="caller"),
            c.EndCall(call=call, by="caller", reason="lost"),
            c.EndCall(call=call, by="desk"),
            c.DisposeCall(call=call, disposition=Disposition.UNREACHABLE),
            c.ClaimCallback(call=call),
        ]
        self.ask(commands[what], who)

    @rule(who=_people, voice=st.booleans(), desk=_desks)
    def ring_back(self, who: Agent, desk: DeskKey, *, voice: bool) -> None:
        """Offered, and what came of it."""
        due_at = self.world.now
        self.ask(c.OfferCallback(call=CALL, due_at=due_at, desk=desk, voice=voice), SYSTEM)
        self.ask(c.NoteCallback(call=CALL, by=CallId("c2"), outcome="busy"), who)

    @invariant()
    def nobody_is_lost_between_two_telephones(self) -> None:
        """The rules of `sim.voice_checks` hold in every state that can be reached."""
        rows = [row for row in self.world.rows() if isinstance(row, CallRow)]
        for row in rows:
            assert list(broken_rules(row)) == []
            assert row.silent_only is False or row.callback_desk is None

    @invariant()
    def the_row_is_the_fold_of_the_journal(self) -> None:
        """Replay of the encoded events is the live state."""
        for stream, state in self.world.states.items():
            assert self.world.refold(stream) == state


class DeskMachine(VoiceMachine):
    """One desk, two people."""

    @rule(who=_people, what=st.integers(0, 8), seconds=st.integers(-10, 900))
    def duty(self, who: Agent, what: int, seconds: int) -> None:
        """Whatever changes its duty."""
        commands: list[c.AnyCommand] = [
            START_DUTY,
            c.EndDuty(desk=DESK),
            c.PauseDuty(desk=DESK, reason="meal"),
            c.ResumeDuty(desk=DESK),
            c.ProtectDesk(desk=DESK, reason="script"),
            c.UnprotectDesk(desk=DESK),
            c.StartWrapUp(desk=DESK, until=_until(self.world, seconds)),
            c.EndWrapUp(desk=DESK),
            FORCE,
        ]
        self.ask(commands[what], who)

    @invariant()
    def a_desk_is_one_thing_at_a_time(self) -> None:
        """Wrap-up has its end and a break its reason; a free desk has nothing of either."""
        row = self.world.find("desk", DESK)
        if isinstance(row, DeskRow):
            assert (row.wrap_up_until is not None) == (row.state == "wrap_up")
            assert (row.agent is None) == (row.state == "free")
            assert not (row.protected and row.state == "free")
            assert (row.reason is not None) == (row.state == "paused")


TestVoiceMachine = VoiceMachine.TestCase
TestVoiceMachine.settings = settings(max_examples=50, stateful_step_count=35, deadline=None)
TestDeskMachine = DeskMachine.TestCase
TestDeskMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


def test_the_checks_of_the_simulation_see_what_is_wrong() -> None:
    """A row nobody could reach breaks each rule by its name."""
    plain = _row(World().run(OFFER))
    wrong: list[tuple[CallRow, str]] = [
        (structs.replace(plain, state="answered"), "a call that is spoken has a desk"),
        (structs.replace(plain, desk=DESK), "a call that waits or was transferred has none"),
        (structs.replace(plain, state="transferred"), "a transferred caller has company"),
        (structs.replace(plain, open=False), "an abandoned or dropped call is open until"),
        (structs.replace(plain, state="ended", rung=(DESK,)), "only a call that waits rings"),
    ]
    for row, rule_name in wrong:
        assert any(said.startswith(rule_name) for said in broken_rules(row)), rule_name
    twice = [structs.replace(plain, state=state, desk=DESK) for state in ("answered", "calling")]
    assert desks_talking_twice(twice) == [DESK]
