"""Who may hear a recording, with which reason, what a hold forbids and what erasing leaves."""

import pytest
from core_world import BUDI, CALL, DESK, DESK_2, DEWI, RINA, SARI, SYSTEM, World, agent, tags

from kentongan.core import commands as c
from kentongan.core.access import may
from kentongan.core.events import RecordingErased, RecordingPlayed
from kentongan.core.words import Agent, Disposition, PartyKey, Refused, Role, personal

OFFER = c.OfferCall(call=CALL, line="l112", dialled="112", trunk="t1", number=personal("0811"))
ANSWER = c.AnswerCall(call=CALL, desk=DESK)
KEEP = c.KeepRecording(call=CALL, segment="a1", sha256="00", seconds=1.0, bytes=9, key="k1")
PLAY = c.PlayRecording(call=CALL, segment="a1", reason="complaint about how the call was taken")
END = c.EndCall(call=CALL, by="caller")
ERASE = c.EraseRecording(call=CALL, segment="a1", reason="retention")
EVA = agent("Eva", Role.EVALUATOR)
ADMIN = agent("Adi", Role.ADMIN)


def kept() -> World:
    """A call that Rina took, that is over, and whose recording is on record."""
    return World().run(OFFER, ANSWER, END, KEEP)


def _may(who: Agent, world: World) -> bool:
    try:
        may(who, PLAY, world.find)
    except Refused:
        return False
    return True


def test_each_hearing_is_a_fact_with_its_reason() -> None:
    """Twice heard is twice on record; own words are sealed, a known key stays a key."""
    world = kept()
    (first,) = world.do(PLAY, SARI)
    assert isinstance(first, RecordingPlayed)
    assert (first.segment, first.agent, first.reason) == ("a1", SARI.id, "text")
    assert first.reason_text is not None
    assert first.reason_text.text == PLAY.reason
    assert tags(world.do(PLAY, SARI)) == ["call.recording_played"]


@pytest.mark.parametrize("reason", ["", "   ", "\t"])
def test_nobody_hears_without_a_reason(reason: str) -> None:
    """Empty or blank is none."""
    with pytest.raises(Refused, match="reason_missing"):
        kept().do(c.PlayRecording(call=CALL, segment="a1", reason=reason), SARI)


def test_what_is_over_must_be_on_record() -> None:
    """A segment nobody kept is unknown; while the call goes on, one may still grow."""
    running = World().run(OFFER, ANSWER)
    assert tags(running.do(PLAY, RINA)) == ["call.recording_played"]
    with pytest.raises(Refused, match="unknown_recording"):
        World().run(OFFER, ANSWER, END).do(PLAY, SARI)


def test_the_own_call_until_it_is_disposed_of() -> None:
    """Whoever has the call may hear it again, during it and while writing it up; nobody else."""
    during = World().run(OFFER, ANSWER)
    after = World().run(OFFER, ANSWER, END, KEEP)
    disposed = World().run(
        OFFER, ANSWER, END, KEEP, c.DisposeCall(call=CALL, disposition=Disposition.INFORMATION)
    )
    assert [_may(RINA, world) for world in (during, after, disposed)] == [True, True, False]
    for other in (DEWI, BUDI):
        assert not any(_may(other, world) for world in (during, after, disposed))
    for always in (SARI, EVA):
        assert all(_may(always, world) for world in (during, after, disposed))


def test_whoever_handed_the_call_over_hears_it_no_more() -> None:
    """Transferred to an agency, while it goes on and when it is over; passed to another desk it is
    that desk's; back in the queue it is nobody's.
    """
    agency = c.InviteParty(call=CALL, party=PartyKey("p1"), kind="agency", contact="damkar")
    joined = c.JoinParty(call=CALL, party=PartyKey("p1"))
    away = World().run(
        OFFER, ANSWER, agency, joined, c.TransferCall(call=CALL, party=PartyKey("p1"))
    )
    assert not _may(RINA, away)
    assert _may(SARI, away)
    assert not _may(RINA, away.run(END, KEEP))
    desk_2 = c.InviteParty(call=CALL, party=PartyKey("d2"), kind="desk", desk=DESK_2)
    there = c.JoinParty(call=CALL, party=PartyKey("d2"), agent=BUDI.id, agent_name=BUDI.name)
    passed = World().run(
        OFFER, ANSWER, desk_2, there, c.TransferCall(call=CALL, party=PartyKey("d2"))
    )
    assert [_may(who, passed) for who in (RINA, BUDI)] == [False, True]
    queued = World().run(OFFER, ANSWER, c.RequeueCall(call=CALL, reason="desk_lost"))
    assert not _may(RINA, queued)


@pytest.mark.parametrize("role", [Role.AGENCY_OFFICER, Role.CREW, Role.ADMIN, Role.SYSTEM])
def test_agencies_crews_and_machines_hear_nothing(role: Role) -> None:
    """Whatever they work on."""
    who = agent("X", role, agency="dinkes", unit="AMB01")
    assert not _may(who, kept())


def test_a_hold_keeps_everything_of_the_call() -> None:
    """Held: refused, whoever asks; released: erased, and then it can be heard no more."""
    world = kept()
    world.do(c.HoldRecordings(call=CALL, reason="court order 112/2026"), SARI)
    with pytest.raises(Refused, match="recordings_held"):
        world.do(ERASE, ADMIN)
    world.do(c.ReleaseRecordings(call=CALL), SARI)
    (erased,) = world.do(ERASE, ADMIN)
    assert isinstance(erased, RecordingErased)
    assert world.do(ERASE, ADMIN) == ()
    with pytest.raises(Refused, match="recording_erased"):
        world.do(PLAY, SARI)


def test_a_key_of_sound_that_never_came_on_record_is_let_go_of_by_a_fact() -> None:
    """Retention alone knows of it; a hold is stronger there as well, and twice is once."""
    world = World().run(OFFER, ANSWER, END)
    with pytest.raises(Refused, match="unknown_recording"):
        world.do(ERASE, ADMIN)
    world.do(c.HoldRecordings(call=CALL, reason="court_order"), SARI)
    with pytest.raises(Refused, match="recordings_held"):
        world.do(ERASE, SYSTEM)
    world.do(c.ReleaseRecordings(call=CALL), SARI)
    assert tags(world.do(ERASE, SYSTEM)) == ["call.recording_erased"]
    assert world.do(ERASE, SYSTEM) == ()
