"""The silent test: a ghost call is one that was asked aloud, listened to, and did not answer."""

from datetime import timedelta

import pytest
from core_world import CALL, DESK, DESK_2, DEWI, SYSTEM, World, tags
from msgspec import structs

from kentongan.core import commands as c
from kentongan.core.call.silent import LISTENED_FOR
from kentongan.core.call_rows import CallRow
from kentongan.core.words import CallId, Disposition, Personal, Refused

OFFER = c.OfferCall(call=CALL, line="l", dialled="112", trunk="t")
ANSWER = c.AnswerCall(call=CALL, desk=DESK)
ASK = c.PromptCaller(call=CALL)
HEARD = c.ConfirmPrompt(call=CALL)
CUT = c.CutPrompt(call=CALL, reason="cut_off", again=True)
LOST = c.CutPrompt(call=CALL, reason="not_heard")
TEST = (ASK, HEARD)
RANG = c.NoteCallback(call=CALL, by=CallId("out"), outcome="no_answer")
GHOST = c.DisposeCall(call=CALL, disposition=Disposition.GHOST)
LISTENED_S = int(LISTENED_FOR / timedelta(seconds=1))


def _refused(world: World, command: c.AnyCommand = GHOST) -> Refused:
    with pytest.raises(Refused) as refused:
        world.do(command)
    return refused.value


def test_a_ghost_call_was_asked_and_listened_to() -> None:
    """Without the test and during it no; from its end on yes, while the call runs and after it."""
    world = World().run(OFFER, ANSWER).later(60)
    assert _refused(world).reason == "silent_test_missing"
    world.run(*TEST).later(LISTENED_S - 1)
    assert (_refused(world).reason, _refused(world).details) == (
        "silent_test_runs",
        {"seconds": "1"},
    )
    assert tags(world.later(1).do(GHOST)) == ["call.disposed"]
    assert world.do(GHOST) == ()


def test_what_is_no_ghost_call_needs_no_test() -> None:
    """Whoever speaks is heard: each of the other four keys works at once."""
    for digit in ("prank", "information", "wrong_number", "test"):
        world = World().run(OFFER, ANSWER)
        said = c.DisposeCall(call=CALL, disposition=Disposition(digit))
        assert tags(world.do(said)) == ["call.disposed"]


def test_who_answered_the_test_is_no_ghost_call() -> None:
    """A key, or two taps, before the test, in it or long after it, and over the end of the call."""
    for keys in ("5", "tap"):
        world = World().run(OFFER, ANSWER, *TEST).later(LISTENED_S)
        world.run(c.SignalCall(call=CALL, keys=keys))
        assert (_refused(world).reason, _refused(world).details) == (
            "caller_answered",
            {"keys": keys},
        )
        world.run(*TEST).later(LISTENED_S)
        assert _refused(world).reason == "caller_answered", "asked again, and silent this time"
        world.run(c.EndCall(call=CALL, by="caller"))
        assert _refused(world).reason == "caller_answered"
    world = World().run(OFFER, c.SignalCall(call=CALL, keys="1"), ANSWER)
    assert _refused(world).reason == "caller_answered"


def test_hanging_up_on_the_caller_is_no_way_around_it() -> None:
    """What was not listened to before the desk's end, or before the line broke, never was."""
    for end in (
        c.EndCall(call=CALL, by="desk"),
        c.EndCall(call=CALL, by="caller", reason="media_lost"),
    ):
        by = SYSTEM if end.by == "caller" else None
        world = World().run(OFFER, ANSWER)
        world.do(end, by)
        assert _refused(world).reason == "silent_test_missing"
        world = World().run(OFFER, ANSWER, *TEST).later(3)
        world.do(end, by)
        assert _refused(world.later(3_600)).reason == "silent_test_runs"
        world = World().run(OFFER, ANSWER, *TEST).later(LISTENED_S)
        world.do(end, by)
        assert tags(world.do(GHOST)) == ["call.disposed"]


def test_nobody_is_asked_who_hung_up_themselves() -> None:
    """A telephone in a pocket that ends its own call is settled at once."""
    world = World().run(OFFER, ANSWER, c.EndCall(call=CALL, by="caller"))
    assert tags(world.do(GHOST)) == ["call.disposed"]


def test_whom_nobody_answered_is_rung_back_before_it_is_a_ghost_call() -> None:
    """Or it is on record why not; who rang with a number withheld cannot be rung."""
    gone = c.EndCall(call=CALL, by="caller")
    numbered = structs.replace(OFFER, number=Personal(text="+62811"))
    world = World().run(numbered, gone)
    assert _refused(world).reason == "not_rung_back"
    blank = structs.replace(GHOST, note=Personal(text=" "))
    assert _refused(world, blank).reason == "not_rung_back"
    reason = structs.replace(GHOST, note=Personal(text="dites teknisi di ruang ini"))
    assert tags(world.do(reason)) == ["call.disposed"]
    world = World().run(numbered, gone, RANG)
    assert tags(world.do(GHOST)) == ["call.disposed"]
    assert tags(World().run(OFFER, gone).do(GHOST)) == ["call.disposed"]


def test_whoever_takes_the_call_next_asks_for_themselves() -> None:
    """The desk vanished in mid-test: nobody listened on, and the question may be put again."""
    world = World().run(OFFER, ANSWER, *TEST, c.RequeueCall(call=CALL, reason="desk gone"))
    world.later(LISTENED_S).do(c.AnswerCall(call=CALL, desk=DESK_2), DEWI)
    with pytest.raises(Refused, match="silent_test_missing"):
        world.do(GHOST, DEWI)
    assert tags(world.do(ASK, DEWI)) == ["call.prompted"]


def test_who_wrote_is_no_ghost_call() -> None:
    """A line of the caller's is a voice; one of the desk's is none."""
    world = World().run(OFFER, ANSWER, *TEST).later(LISTENED_S)
    line = Personal(text="halo")
    world.run(c.TextCall(call=CALL, by="desk", text=line))
    assert tags(world.do(GHOST)) == ["call.disposed"]
    world = World().run(OFFER, ANSWER)
    world.do(c.TextCall(call=CALL, by="caller", text=line), SYSTEM)
    world.run(*TEST).later(LISTENED_S)
    assert _refused(world).reason == "caller_wrote"
    world.run(c.EndCall(call=CALL, by="caller"))
    assert _refused(world).reason == "caller_wrote"


def test_the_test_is_asked_again_when_it_was_listened_to() -> None:
    """A restart may have cut the question off: listening begins anew with the next one."""
    world = World().run(OFFER, ANSWER, *TEST).later(LISTENED_S)
    world.run(*TEST)
    assert _refused(world).reason == "silent_test_runs"
    assert tags(world.later(LISTENED_S).do(GHOST)) == ["call.disposed"]


def test_it_counts_from_when_the_caller_hears_it() -> None:
    """Asked for is not heard: no time makes a ghost call of who was never asked."""
    world = World().run(OFFER, ANSWER, ASK).later(LISTENED_S * 10)
    assert _refused(world).reason == "silent_test_missing"
    assert world.do(ASK) == (), "it is on its way"
    assert tags(world.do(HEARD)) == ["call.prompt_heard"]
    assert world.later(1).do(HEARD) == (), "its beginning counts"
    assert _refused(world.later(LISTENED_S - 2)).reason == "silent_test_runs"
    assert tags(world.later(1).do(GHOST)) == ["call.disposed"]


def test_a_question_that_was_cut_off_was_never_heard() -> None:
    """It is listened to anew from when it is heard again; once listened to, nothing cuts it off."""
    world = World().run(OFFER, ANSWER, *TEST).later(LISTENED_S - 1)
    assert tags(world.do(CUT)) == ["call.prompt_cut"]
    assert world.do(CUT) == ()
    assert _refused(world.later(LISTENED_S)).reason == "silent_test_missing"
    world.run(HEARD)
    assert _refused(world.later(LISTENED_S - 1)).reason == "silent_test_runs"
    assert world.later(1).do(CUT) == world.do(LOST) == ()
    assert tags(world.do(GHOST)) == ["call.disposed"]


def test_a_question_that_reaches_nobody_is_the_desks_to_repeat() -> None:
    """The desk reads why; the same key asks again, and then nothing is told of the last time."""
    world = World().run(OFFER, ANSWER, ASK, LOST)
    row = world.find("call", CALL)
    assert isinstance(row, CallRow)
    assert (row.prompt, row.prompt_cut, row.silent_test_at) == (None, "not_heard", None)
    assert world.do(HEARD) == (), "a late word of a question that was given up"
    assert _refused(world.later(LISTENED_S)).reason == "silent_test_missing"
    assert tags(world.do(ASK)) == ["call.prompted"]
    row = world.find("call", CALL)
    assert isinstance(row, CallRow)
    assert (row.prompt, row.prompt_cut) == ("tap_or_5", None)
