"""An alarm is one person's or nobody's, ends with its cause only, and tells who has it."""

from datetime import timedelta

import pytest
from core_access_world import PEOPLE
from core_world import BUDI, DESK, DESK_2, DEWI, DINKES, OFFICER, RINA, SARI, START, SYSTEM, World
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import structs

from kentongan.core import alarm, streams
from kentongan.core import commands as c
from kentongan.core.access import may
from kentongan.core.alarm_rows import AlarmRow
from kentongan.core.events import AlarmEvent, AlarmRaised, AlarmTaken
from kentongan.core.redaction import redact
from kentongan.core.words import Agent, AlarmKey, Refused, Role

KEY = AlarmKey("stale_position:AMB01:1")
RAISE = c.RaiseAlarm(
    alarm=KEY, kind="stale_position", about="AMB01", code="A-10", grade="medium",
    to=("dispatcher",), since=START, limit_s=120, unit=None, agency=DINKES,
)  # fmt: skip
TAKE, LEAVE, CLEAR = (kind(alarm=KEY) for kind in (c.TakeAlarm, c.LeaveAlarm, c.ClearAlarm))
AT_1, AT_2 = (structs.replace(who, desk=desk) for who, desk in ((BUDI, DESK), (DEWI, DESK_2)))


def raised(**fields: object) -> World:
    """A world in which the alarm stands."""
    return World().run(structs.replace(RAISE, **fields), who=SYSTEM)


def row(world: World) -> AlarmRow:
    """The alarm as the board has it."""
    found = world.find("alarm", KEY)
    assert isinstance(found, AlarmRow)
    return found


def test_two_desks_want_it_and_the_second_is_told_who_has_it() -> None:
    """The owner's name and desk stand on it; the same person again changes nothing."""
    world = raised().later(5)
    assert world.do(TAKE, AT_2) == (AlarmTaken(agent=DEWI.id, agent_name="Dewi", desk=DESK_2),)
    with pytest.raises(Refused) as refused:
        world.do(TAKE, AT_1)
    assert (refused.value.reason, refused.value.details) == (
        "alarm_taken", {"by": "Dewi", "desk": DESK_2},
    )  # fmt: skip
    assert world.do(TAKE, AT_2) == ()
    assert (row(world).owner_name, row(world).taken_at) == ("Dewi", START + timedelta(seconds=5))
    with pytest.raises(Refused, match="alarm_taken_away"):
        raised().run(TAKE, who=OFFICER).do(TAKE, AT_1)


def test_it_goes_back_by_its_owner_a_supervisor_or_the_centre() -> None:
    """Nobody else may make it ring again."""
    for who in (AT_2, SARI, SYSTEM):
        world = raised().run(TAKE, who=AT_2)
        world.do(LEAVE, who)
        assert (row(world).owner, row(world).owner_desk) == (None, None)
        assert world.do(LEAVE, who) == ()
    with pytest.raises(Refused, match="alarm_taken"):
        raised().run(TAKE, who=AT_2).do(LEAVE, AT_1)


def test_it_ends_with_its_cause_and_the_next_one_is_nobodys() -> None:
    """Cleared it is gone from the board; the same cause again is a new episode."""
    world = raised().run(TAKE, who=AT_2).run(CLEAR, who=SYSTEM)
    assert world.find("alarm", KEY) is None
    assert world.do(CLEAR, SYSTEM) == ()
    assert world.do(c.EscalateAlarm(alarm=KEY, level=1, grade="high", to=()), SYSTEM) == ()
    for late in (TAKE, LEAVE, c.ShelveAlarm(alarm=KEY, minutes=5, reason="other")):
        with pytest.raises(Refused, match="alarm_over"):
            world.do(late, AT_1)
    world.do(RAISE, SYSTEM)
    assert (row(world).episode, row(world).owner) == (2, None)
    with pytest.raises(Refused, match="unknown_alarm"):
        World().do(TAKE)


def test_only_what_is_not_urgent_is_put_aside_and_not_for_long() -> None:
    """With a reason, until a time that everybody sees; whoever takes it brings it back."""
    aside = c.ShelveAlarm(alarm=KEY, minutes=15, reason="sopir makan")
    world = raised().run(aside, who=AT_1)
    assert (row(world).shelved_by, row(world).shelve_reason) == ("Budi", "text")
    assert row(world).shelved_until == START + timedelta(minutes=15)
    assert b"sopir" in world.history[f"alarm:{KEY}"][1][0]
    world.do(TAKE, AT_2)
    assert row(world).shelved_until is None
    for wrong, why in (
        ({"minutes": 16}, "shelved_too_long"),
        ({"minutes": 0}, "shelved_too_long"),
        ({"reason": " "}, "reason_missing"),
    ):
        with pytest.raises(Refused, match=why):
            raised().do(structs.replace(aside, **wrong), AT_1)
    with pytest.raises(Refused, match="alarm_too_urgent"):
        raised(grade="high").do(aside, AT_1)
    with pytest.raises(Refused, match="alarm_taken"):
        raised().run(TAKE, who=AT_2).do(aside, AT_1)


def test_an_escalation_keeps_the_owner_and_never_goes_down() -> None:
    """More people see it, with the name of who has it."""
    world = raised().run(TAKE, who=AT_2).later(60)
    higher = c.EscalateAlarm(alarm=KEY, level=1, grade="high", to=("dispatcher", "supervisor"))
    world.do(higher, SYSTEM)
    assert (row(world).level, row(world).owner, row(world).to[-1]) == (1, DEWI.id, "supervisor")
    assert world.do(structs.replace(higher, level=1), SYSTEM) == ()


def test_who_sees_an_alarm_and_who_may_take_it() -> None:
    """The room every one; officers those of their agency that are theirs; nobody else."""
    world = raised()
    for who in (RINA, BUDI, SARI):
        assert redact(row(world), who, world.find) == row(world)
        may(who, TAKE, world.find)
    for who in (OFFICER, *(PEOPLE[role] for role in (Role.CREW, Role.EVALUATOR, Role.ADMIN))):
        assert redact(row(world), who, world.find) is None
        with pytest.raises(Refused, match="not_permitted"):
            may(who, TAKE, world.find)
    for fields in ({"kind": "agency_silent"}, {"to": ("dispatcher", "agency_officer")}):
        theirs = raised(**fields)
        assert redact(row(theirs), OFFICER, theirs.find) == row(theirs)
        may(OFFICER, TAKE, theirs.find)
        assert redact(row(raised(**fields, agency="damkar")), OFFICER, theirs.find) is None
    about_us = row(raised(kind="system"))
    assert redact(about_us, PEOPLE[Role.ADMIN], world.find) == about_us


class AlarmMachine(RuleBasedStateMachine):
    """One alarm, everybody, any order."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.owner: str | None = None

    @rule(
        what=st.integers(0, 5), who=st.sampled_from([AT_1, AT_2, SARI]), minutes=st.integers(1, 9)
    )
    def ask(self, what: int, who: Agent, minutes: int) -> None:
        """Anything, by anybody; the dumb reference follows what was written."""
        command, asker = (
            (RAISE, SYSTEM), (CLEAR, SYSTEM), (TAKE, who), (LEAVE, who),
            (c.ShelveAlarm(alarm=KEY, minutes=minutes, reason="other"), who),
            (c.EscalateAlarm(alarm=KEY, level=minutes, grade="medium", to=()), SYSTEM),
        )[what]  # fmt: skip
        try:
            events = self.world.do(command, asker)
        except Refused:
            return
        for event in events:
            if isinstance(event, AlarmTaken):
                assert self.owner is None, "taken from under somebody's hand"
                self.owner = event.agent
            elif streams.kind_of(event) in ("alarm.left", "alarm.cleared"):  # type: ignore[arg-type]
                self.owner = None

    @invariant()
    def the_board_says_who_has_it(self) -> None:
        """As the reference does, and as the journal folded anew does."""
        found = self.world.find("alarm", KEY)
        assert (found.owner if isinstance(found, AlarmRow) else None) == self.owner
        assert self.world.refold(f"alarm:{KEY}") == self.world.state(f"alarm:{KEY}")


TestAlarmMachine = AlarmMachine.TestCase
TestAlarmMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def test_an_officer_takes_what_is_the_agencys_and_never_a_crew_in_danger() -> None:
    """What is taken is silent at every desk of the room."""
    who = PEOPLE[Role.AGENCY_OFFICER]
    for kind, is_theirs in (("stale_position", True), ("crew_emergency", False)):
        world = raised(kind=kind, to=("dispatcher", "agency_officer"))
        may(who, LEAVE, world.find)
        if is_theirs:
            may(who, TAKE, world.find)
        else:
            with pytest.raises(Refused, match="not_permitted"):
                may(who, TAKE, world.find)
            may(BUDI, TAKE, world.find)


def test_the_noun_evolves_and_shows_as_the_registry_does() -> None:
    """The one look-up of `streams` is the noun's own."""
    world = World()
    (event,) = world.do(RAISE, SYSTEM)
    assert isinstance(event, AlarmEvent)
    assert isinstance(event, AlarmRaised)
    meta = world.history[f"alarm:{KEY}"][0][1]
    assert alarm.rows(alarm.evolve(alarm.Alarm(key=KEY), event, meta)) == world.rows()
