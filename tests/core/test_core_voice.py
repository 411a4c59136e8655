"""Waiting calls, recordings and desks: their tables."""

from datetime import datetime, timedelta

import pytest
from core_world import CALL, DESK, DESK_2, DEWI, RINA, SARI, SYSTEM, World, tags
from msgspec import structs

from kentongan.core import commands as c
from kentongan.core.call.silent import LISTENED_FOR
from kentongan.core.desk import WRAP_UP_MAX
from kentongan.core.references import check_pages, check_references
from kentongan.core.rows import CallRow, DeskRow
from kentongan.core.words import (
    Agent,
    Personal,
    Refused,
    Role,
    personal,
)

OFFER = c.OfferCall(call=CALL, line="l", dialled="112", trunk="t", number=personal("0811"))
RING = c.RingDesks(call=CALL, desks=(DESK, DESK_2), stage="first")
ANSWER = c.AnswerCall(call=CALL, desk=DESK)
DECLINE = c.DeclineOffer(call=CALL, desk=DESK, reason="not_me")
OUT = c.RingOut(call=CALL, desks=(DESK, DESK_2), waited_s=10.0)
OVERFLOW = c.OverflowCall(call=CALL, to="kab_demak", reason="no_desk")


def _row(world: World) -> CallRow:
    row = world.find("call", CALL)
    assert isinstance(row, CallRow)
    return row


def _desk(world: World) -> DeskRow:
    row = world.find("desk", DESK)
    assert isinstance(row, DeskRow)
    return row


def _refused(world: World, command: c.AnyCommand, who: Agent | None = None) -> str:
    before = dict(world.states)
    with pytest.raises(Refused) as refused:
        world.do(command, who)
    assert world.states == before
    return refused.value.reason


# --- waiting -------------------------------------------------------------------------------------


def test_every_offer_refusal_and_ring_out_is_a_fact_once() -> None:
    """Rung, declined at one desk, rung out at the other; each repeated writes nothing."""
    world = World().run(OFFER)
    for command, tag in ((RING, "rung"), (DECLINE, "offer_declined"), (OUT, "rang_out")):
        assert tags(world.do(command, RINA)) == [f"call.{tag}"]
        assert world.do(command, RINA) == ()
    row = _row(world)
    assert (row.rung, row.declined, row.rung_out) == ((), (DESK,), (DESK_2,))
    assert row.rung_stage == "first"
    assert world.refold("call:c1") == world.state("call:c1")


def test_what_was_answered_rings_nowhere_and_late_words_change_nothing() -> None:
    """The switch is never refused for being late; a desk that did not ring cannot decline."""
    world = World().run(OFFER)
    assert _refused(world, DECLINE) == "not_rung"
    world.run(RING, ANSWER)
    assert (_row(world).rung, _row(world).rung_stage) == ((), None)
    assert world.do(RING) == world.do(OUT) == world.do(OVERFLOW) == ()
    assert _refused(world, DECLINE) == "call_taken"
    world.do(c.EndCall(call=CALL, by="caller"))
    assert _refused(world, DECLINE) == "call_over"


def test_a_typed_reason_is_sealed() -> None:
    """Why somebody did not take a call may name a person."""
    (event,) = World().run(OFFER, RING).do(structs.replace(DECLINE, reason="Bu Sri lagi"))
    assert (getattr(event, "reason", ""), getattr(event, "reason_text", None)) == (
        "text",
        Personal(text="Bu Sri lagi"),
    )


def test_an_overflow_rings_the_neighbour_and_comes_back_when_nobody_is_there() -> None:
    """The caller stays ours until somebody answers: a desk may still take the call."""
    world = World().run(OFFER, RING, OVERFLOW)
    (party,) = _row(world).parties
    assert (_row(world).state, party.kind, party.contact, party.state) == (
        "transferred",
        "neighbour",
        "kab_demak",
        "invited",
    )
    fail = c.FailParty(call=CALL, party=party.party, reason="no_answer")
    assert tags(world.do(fail, SYSTEM)) == ["call.party_failed", "call.requeued"]
    world.do(OVERFLOW, SYSTEM)
    assert len({one.party for one in _row(world).parties}) == 2
    assert tags(world.do(ANSWER)) == ["call.answered", "call.party_failed"]
    assert [(one.state, one.reason) for one in _row(world).parties][1] == ("failed", "cancelled")


def test_a_caller_who_is_with_a_neighbour_is_with_nobody_here() -> None:
    """F2 is told so, and not of a desk without a name."""
    world = World().run(OFFER, RING, OVERFLOW)
    (party,) = _row(world).parties
    world.run(c.JoinParty(call=CALL, party=party.party), who=SYSTEM)
    assert _refused(world, ANSWER) == "call_transferred"


def test_a_caller_is_prompted_again_after_an_answer_or_in_vain() -> None:
    """Asked twice in a row is asked once; a key, a tap or the end of listening makes room for the
    next question, and it is listened to anew."""
    prompt, heard = c.PromptCaller(call=CALL), c.ConfirmPrompt(call=CALL)
    world = World().run(OFFER)
    assert tags(world.do(prompt)) == ["call.prompted"]
    assert world.do(prompt) == ()
    world.do(c.SignalCall(call=CALL, keys="5"))
    assert tags(world.do(prompt)) == ["call.prompted"]
    listened_s = int(LISTENED_FOR.total_seconds())
    assert world.later(listened_s).do(prompt) == (), "nobody has heard it yet"
    assert tags(world.do(heard, SYSTEM)) == ["call.prompt_heard"]
    assert world.later(listened_s - 1).do(prompt) == ()
    assert tags(world.later(1).do(prompt)) == ["call.prompted"]
    assert world.later(1).do(prompt) == ()
    world.do(c.EndCall(call=CALL, by="caller"))
    assert _refused(world, prompt) == "call_over"


def test_a_colleagues_caller_is_not_prompted() -> None:
    """Whoever speaks with the caller asks; the room may ask a caller who waits."""
    prompt = c.PromptCaller(call=CALL)
    world = World().run(OFFER, ANSWER)
    with pytest.raises(Refused, match="call_taken"):
        world.do(prompt, DEWI)
    assert tags(world.do(prompt)) == ["call.prompted"]


# --- recordings ----------------------------------------------------------------------------------

KEEP = c.KeepRecording(
    call=CALL, segment="a", sha256="00", seconds=1.0, bytes=9, key="k", chain="c"
)
PLAY = c.PlayRecording(call=CALL, segment="a", reason="quality_review")
ERASE = c.EraseRecording(call=CALL, segment="a", reason="retention")
HOLD = c.HoldRecordings(call=CALL, reason="court_order")
RELEASE = c.ReleaseRecordings(call=CALL)


def test_nobody_hears_a_recording_without_a_reason_and_each_time_is_on_record() -> None:
    """Unknown, erased, or no reason: refused; every hearing is a fact of its own."""
    world = World().run(OFFER, ANSWER, c.EndCall(call=CALL, by="caller"))
    assert _refused(world, PLAY, SARI) == "unknown_recording"
    world.do(KEEP, SYSTEM)
    assert _refused(world, structs.replace(PLAY, reason=" "), SARI) == "reason_missing"
    assert tags(world.do(PLAY, SARI)) == tags(world.do(PLAY, SARI)) == ["call.recording_played"]
    assert _row(world).recordings_played == 2
    world.do(ERASE, SYSTEM)
    assert _refused(world, PLAY, SARI) == "recording_erased"


def test_a_legal_hold_forbids_erasing_until_it_is_released() -> None:
    """Hold, erase, release, each once; what was erased stays counted."""
    world = World().run(OFFER)
    world.do(KEEP, SYSTEM)
    assert _refused(world, structs.replace(HOLD, reason=""), SARI) == "reason_missing"
    assert tags(world.do(HOLD, SARI)) == ["call.recordings_held"]
    assert world.do(HOLD, SARI) == ()
    assert _refused(world, ERASE, SYSTEM) == "recordings_held"
    assert tags(world.do(RELEASE, SARI)) == ["call.recordings_released"]
    assert world.do(RELEASE, SARI) == ()
    assert tags(world.do(ERASE, SYSTEM)) == ["call.recording_erased"]
    assert world.do(ERASE, SYSTEM) == ()
    assert (_row(world).recordings, _row(world).recordings_erased) == (1, 1)


def test_a_call_sounds_as_well_as_its_worst_leg() -> None:
    """The newest figure of each leg counts; the same again is nothing, no number is refused."""
    good = c.KeepQuality(
        call=CALL, leg="citizen", codec="pcma", packets=50, lost=0, jitter_ms=1.0, mos=4.2
    )
    world = World().run(OFFER, good)
    assert world.do(good) == ()
    world.do(structs.replace(good, leg="desk_1", mos=3.1))
    world.do(structs.replace(good, mos=2.0))
    assert _row(world).mos == 2.0
    world.do(structs.replace(good, mos=4.4))
    assert (_row(world).mos, _row(world).mos_cut) == (3.1, False)
    world.do(structs.replace(good, mos=2.5, is_cut=True))  # its process died; measured anew since
    world.do(structs.replace(good, mos=4.3))
    assert (_row(world).mos, _row(world).mos_cut) == (2.5, True)
    assert _refused(world, structs.replace(good, jitter_ms=float("nan"))) == "quality_unreadable"


# --- desks ---------------------------------------------------------------------------------------

START_DUTY = c.StartDuty(desk=DESK, skills=("medical", "medical"), languages=("id", "jv"))
FORCE = c.ForceEndDuty(desk=DESK, reason="dead_desk")


def _until(world: World, seconds: float) -> datetime:
    return world.now + timedelta(seconds=seconds)


def test_skills_and_languages_come_with_the_duty() -> None:
    """Each once; too many are a mistake."""
    world = World().run(START_DUTY)
    assert (_desk(world).skills, _desk(world).languages) == (("medical",), ("id", "jv"))
    many = c.StartDuty(desk=DESK, skills=tuple(str(n) for n in range(30)))
    assert _refused(World(), many) == "too_many_skills"


def test_wrap_up_ends_by_itself_by_hand_or_in_a_break() -> None:
    """An older timer does not end it; it has a longest time; a free desk has none."""
    world = World()
    wrap_up = c.StartWrapUp(desk=DESK, until=_until(world, 60), call=CALL)
    assert _refused(world, wrap_up) == "desk_free"
    world.run(START_DUTY, wrap_up)
    assert world.do(wrap_up) == ()
    assert (_desk(world).state, _desk(world).wrap_up_until) == ("wrap_up", wrap_up.until)
    end = c.EndWrapUp(desk=DESK)
    assert world.do(end, SYSTEM) == ()
    assert tags(world.do(end, RINA)) == ["desk.wrap_up_ended"]
    world.do(structs.replace(wrap_up, until=_until(world, 99_999)))
    assert _desk(world).wrap_up_until == world.now + WRAP_UP_MAX
    assert tags(world.do(c.PauseDuty(desk=DESK, reason="meal"))) == ["desk.paused"]
    assert world.do(end, RINA) == world.do(wrap_up) == ()
    world.run(c.ResumeDuty(desk=DESK), wrap_up).later(60)
    assert tags(world.do(end, SYSTEM)) == ["desk.wrap_up_ended"]
    assert (_desk(world).state, _desk(world).wrap_up_until) == ("on_duty", None)
    assert _refused(world, structs.replace(wrap_up, until=datetime(2026, 1, 1))) == (  # noqa: DTZ001
        "time_unreadable"
    )


def test_protection_is_there_once_and_ends_with_the_duty() -> None:
    """Nobody comes to a desk that is protected for a call of the shift before."""
    protect, unprotect = c.ProtectDesk(desk=DESK, reason="script"), c.UnprotectDesk(desk=DESK)
    world = World()
    assert _refused(world, protect) == "desk_free"
    world.run(START_DUTY)
    assert world.do(unprotect) == ()
    for command, tag in ((protect, "protected"), (unprotect, "unprotected")):
        assert tags(world.do(command)) == [f"desk.{tag}"]
        assert world.do(command) == ()
    world.run(protect, c.EndDuty(desk=DESK), START_DUTY)
    assert not _desk(world).protected


def test_a_dead_desk_is_freed_with_the_name_of_who_did_it() -> None:
    """Its agent may sit down elsewhere at once; freeing a free desk is nothing."""
    world = World()
    assert world.do(FORCE, SARI) == ()
    world.run(START_DUTY)
    (event,) = world.do(FORCE, SARI)
    assert (getattr(event, "agent_name", ""), _desk(world).state) == ("Sari", "free")
    assert tags(world.do(c.StartDuty(desk=DESK_2), RINA)) == ["desk.duty_started"]


def test_the_last_desk_does_not_take_a_break() -> None:
    """Another desk on duty, or in wrap-up, must be there; a break that goes on is no new one."""
    world, desks = World().run(START_DUTY), [DESK, DESK_2]
    pause = c.PauseDuty(desk=DESK, reason="meal")
    with pytest.raises(Refused, match="last_desk"):
        check_references(pause, world.find, desks)
    world.do(c.StartDuty(desk=DESK_2), DEWI)
    check_references(pause, world.find, desks)
    world.do(c.StartWrapUp(desk=DESK_2, until=_until(world, 60)), SYSTEM)
    check_references(pause, world.find, desks)
    world.do(c.PauseDuty(desk=DESK_2, reason="meal"), DEWI)
    with pytest.raises(Refused, match="last_desk"):
        check_references(pause, world.find, desks)
    world.do(pause)
    check_references(pause, world.find, desks)


def test_somebody_without_a_page_does_not_make_a_break_possible() -> None:
    """On duty by the record, and the browser is gone."""
    world = World().run(START_DUTY)
    world.do(c.StartDuty(desk=DESK_2), DEWI)
    rows = [world.find("desk", key) for key in (DESK, DESK_2)]
    pause, known = c.PauseDuty(desk=DESK, reason="meal"), [row for row in rows if row is not None]
    check_pages(pause, known, {DESK, DESK_2})
    with pytest.raises(Refused, match="last_desk"):
        check_pages(pause, known, {DESK})
    check_pages(c.EndDuty(desk=DESK), known, {DESK})


def test_a_supervisor_who_takes_no_calls_does_not_make_a_break_possible() -> None:
    """One who is a call-taker too does."""
    world, desks = World().run(START_DUTY), [DESK, DESK_2]
    world.do(c.StartDuty(desk=DESK_2), SARI)
    pause = c.PauseDuty(desk=DESK, reason="meal")
    with pytest.raises(Refused, match="last_desk"):
        check_references(pause, world.find, desks)
    world.do(c.EndDuty(desk=DESK_2), SARI)
    both = structs.replace(SARI, roles=(Role.SUPERVISOR, Role.CALL_TAKER))
    world.do(c.StartDuty(desk=DESK_2), both)
    check_references(pause, world.find, desks)
