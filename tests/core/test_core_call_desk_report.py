"""Calls, desks and reports: what each command leads to from each state."""

import pytest
from core_world import (
    CALL,
    DESK,
    DESK_2,
    DEWI,
    INCIDENT,
    REPORT,
    RINA,
    SARI,
    START,
    SYSTEM,
    ClaimTakenError,
    World,
    tags,
)
from msgspec import structs

from kentongan.cities.facts import Point
from kentongan.core import commands as c
from kentongan.core.call import Call, CallState
from kentongan.core.context import Claim
from kentongan.core.events import CallDisposed, ComplaintTaken
from kentongan.core.rows import CallRow, DeskRow, ReportRow
from kentongan.core.streams import claims_of
from kentongan.core.words import (
    TEXT_CHARACTERS_MAX,
    CallId,
    DeskKey,
    Disposition,
    PartyKey,
    Personal,
    Place,
    Promise,
    Refused,
    ReportId,
    UnitId,
    personal,
)

OFFER = c.OfferCall(call=CALL, line="l112", dialled="112", trunk="t1", number=personal("0811"))
ANSWER = c.AnswerCall(call=CALL, desk=DESK)
PARTY = PartyKey("p1")
PLACE = c.CallBack(
    call=CALL, number=Personal(text="0811"), line="l112", trunk="t1", desk=DESK, of=CallId("c0")
)
STEPS: dict[str, list[c.AnyCommand]] = {
    "offered": [OFFER],
    "queued": [OFFER, c.QueueCall(call=CALL)],
    "answered": [OFFER, ANSWER],
    "held": [OFFER, ANSWER, c.HoldCall(call=CALL)],
    "calling": [PLACE],
    "transferred": [
        OFFER,
        ANSWER,
        c.InviteParty(call=CALL, party=PARTY, kind="hospital", contact="rs"),
        c.JoinParty(call=CALL, party=PARTY),
        c.TransferCall(call=CALL, party=PARTY),
    ],
    "ended": [OFFER, ANSWER, c.EndCall(call=CALL, by="desk")],
    "abandoned": [OFFER, c.EndCall(call=CALL, by="caller")],
}
COMMANDS: dict[str, c.AnyCommand] = {
    "queue": c.QueueCall(call=CALL),
    "answer": ANSWER,
    "answer elsewhere": c.AnswerCall(call=CALL, desk=DESK_2),
    "connect": c.ConnectCall(call=CALL),
    "hold": c.HoldCall(call=CALL),
    "resume": c.ResumeCall(call=CALL),
    "requeue": c.RequeueCall(call=CALL, reason="desk gone"),
    "caller ends": c.EndCall(call=CALL, by="caller"),
    "signal": c.SignalCall(call=CALL, keys="5"),
}
LEADS_TO = """
                  offered       queued        calling       answered    held        transferred      ended       abandoned
queue             queued        -             -             -           -           -                -           -
answer            answered      answered      -             -           -           !transferred     !call_over  !call_over
answer elsewhere  answered      answered      !call_taken   !call_taken !call_taken !transferred     !call_over  !call_over
connect           !not_answered !not_answered connected     connected   connected   !transferred     !call_over  !call_over
hold              !not_answered !not_answered !not_answered held        -           !transferred     !call_over  !call_over
resume            !not_answered !not_answered !not_answered -           resumed     !transferred     !call_over  !call_over
requeue           -             -             -             requeued    requeued    requeued         -           -
caller ends       abandoned     abandoned     ended         ended       ended       ended            -           -
signal            signalled     signalled     signalled     signalled   signalled   signalled        -           -
"""  # noqa: E501


def _cells() -> list[tuple[str, str, str]]:
    head, *lines = LEADS_TO.strip("\n").splitlines()
    return [
        (line[:18].strip(), state, cell)
        for line in lines
        for state, cell in zip(head.split(), line[18:].split(), strict=True)
    ]


def _call(world: World) -> CallRow:
    row = world.find("call", CALL)
    assert isinstance(row, CallRow)
    return row


@pytest.mark.parametrize(("command", "state", "result"), _cells())
def test_each_command_in_each_state(command: str, state: str, result: str) -> None:
    """The table at the top of `core.call` is what happens; a repetition writes nothing."""
    world = World().run(*STEPS[state])
    assert _call(world).state == state
    if result.startswith("!"):
        with pytest.raises(Refused, match=result[1:]):
            world.do(COMMANDS[command])
        return
    events = tags(world.do(COMMANDS[command]))
    assert events == ([] if result == "-" else [f"call.{result}"])
    assert world.refold("call:c1") == world.state("call:c1")
    if command != "signal":
        assert world.do(COMMANDS[command]) == ()


def test_the_second_desk_is_told_who_has_the_call() -> None:
    """Two press F2: the first has it; the second is told the name and the desk."""
    world = World().run(OFFER, ANSWER)
    with pytest.raises(Refused) as refused:
        world.do(c.AnswerCall(call=CALL, desk=DESK_2), DEWI)
    assert (refused.value.reason, refused.value.details) == (
        "call_taken",
        {"by": "Rina", "desk": "desk_1"},
    )


def test_a_call_that_was_never_offered_or_a_desk_that_does_not_exist_is_refused() -> None:
    """Nothing can be answered that did not ring, nor at a desk the city has not."""
    with pytest.raises(Refused, match="unknown_call"):
        World().do(ANSWER)
    with pytest.raises(Refused, match="unknown_desk"):
        World().run(OFFER).do(c.AnswerCall(call=CALL, desk=DeskKey("nowhere")))


def test_what_rings_is_never_refused() -> None:
    """An absurd number keeps what can be shown, an unreadable place is dropped: both remarked."""
    world = World().run(
        c.OfferCall(
            call=CALL,
            line="x" * 1000,
            dialled="112",
            trunk="t",
            number=personal("+999 abc \x07"),
            place=Place(point=Point(0.0, 0.0)),
        ),
        who=SYSTEM,
    )
    row = _call(world)
    assert (len(row.line), row.place) == (300, None)
    assert row.remarks == ("place_unreadable", "number_cut")
    assert row.number == personal("+999 abc")


def test_a_requeued_call_is_answered_again_and_keeps_its_first_answer_time() -> None:
    """The desk vanished: the caller is queued, another desk takes the call, audio connects anew."""
    world = World().run(OFFER, ANSWER, c.ConnectCall(call=CALL)).later(60)
    world.run(c.RequeueCall(call=CALL, reason="desk gone"))
    assert (_call(world).state, _call(world).desk, _call(world).requeued) == ("queued", None, 1)
    world.do(c.AnswerCall(call=CALL, desk=DESK_2), DEWI)
    assert tags(world.do(c.ConnectCall(call=CALL))) == ["call.connected"]
    assert (_call(world).agent_name, _call(world).answered_at) == ("Dewi", START)


def test_an_abandoned_call_stays_open_until_it_is_disposed_of() -> None:
    """No call is lost: only a disposition takes it off the list; a note too long is cut."""
    world = World().run(OFFER, c.EndCall(call=CALL, by="caller"))
    assert _call(world).open
    note = Personal(text="x" * (TEXT_CHARACTERS_MAX + 1))
    dispose = c.DisposeCall(call=CALL, disposition=Disposition.CALLED_BACK, note=note)
    (event,) = world.do(dispose)
    assert (_call(world).open, _call(world).disposition) == (False, "called_back")
    assert isinstance(event, CallDisposed | ComplaintTaken)
    assert event.cut
    assert world.do(dispose) == ()


def test_a_disposition_during_the_call_does_not_close_it_and_the_end_then_does() -> None:
    """F9 while the caller still talks; hanging up afterwards leaves nothing on the list."""
    world = World().run(OFFER, ANSWER, c.DisposeCall(call=CALL, disposition=Disposition.PRANK))
    assert _call(world).open
    world.run(c.EndCall(call=CALL, by="caller"))
    assert (_call(world).state, _call(world).open) == ("ended", False)


def test_our_own_hanging_up_before_the_answer_is_an_end_not_an_abandonment() -> None:
    """The switch ends a ringing call: not the caller, who is owed a call."""
    world = World().run(OFFER, c.EndCall(call=CALL, by="switch", reason="503"))
    assert (_call(world).state, _call(world).ended_by) == ("ended", "switch")


@pytest.mark.parametrize("by", ["caller", "switch", "desk", ""])
def test_who_ended_the_call_is_not_the_askers_to_say(by: str) -> None:
    """A person's end is the desk's; and it never makes an abandoned call of a waiting one."""
    world = World().run(OFFER, ANSWER)
    world.do(c.EndCall(call=CALL, by=by), RINA)
    assert (_call(world).state, _call(world).ended_by) == ("ended", "desk")
    waiting = World().run(OFFER)
    with pytest.raises(Refused, match="call_not_answered"):
        waiting.do(c.EndCall(call=CALL, by=by), RINA)
    assert _call(waiting).state == "offered"


def test_nobody_hangs_up_on_a_colleagues_caller_but_a_supervisor() -> None:
    """By person or by desk it must be one's own; a supervisor may end any, also a waiting one."""
    end = c.EndCall(call=CALL, by="desk")
    world = World().run(OFFER, ANSWER)
    with pytest.raises(Refused) as refused:
        world.do(end, DEWI)
    assert (refused.value.reason, refused.value.details) == (
        "call_taken",
        {"by": "Rina", "desk": "desk_1"},
    )
    relief = structs.replace(DEWI, desk=DESK)
    assert tags(world.do(end, relief)) == ["call.ended"]
    assert tags(World().run(OFFER, ANSWER).do(end, SARI)) == ["call.ended"]
    waiting = World().run(OFFER)
    assert tags(waiting.do(end, SARI)) == ["call.ended"]
    assert _call(waiting).ended_by == "desk"


def test_a_recording_segment_is_kept_once_and_never_replaced() -> None:
    """The same segment and hash again is nothing; another hash under its name is refused."""
    keep = c.KeepRecording(call=CALL, segment="a1", sha256="00", seconds=1.0, bytes=9)
    world = World().run(OFFER)
    assert tags(world.do(keep)) == ["call.recording_kept"]
    assert world.do(keep) == ()
    assert _call(world).recordings == 1
    with pytest.raises(Refused, match="recording_differs"):
        world.do(c.KeepRecording(call=CALL, segment="a1", sha256="01", seconds=1.0, bytes=9))


def test_a_recorder_that_runs_wild_is_stopped() -> None:
    """More segments than a day of calls can have are refused."""
    world = World().run(OFFER)
    state = world.state("call:c1")
    assert isinstance(state, Call)
    full = Call(key=state.key, row=state.row, segments={str(n): "" for n in range(1000)})
    world.states["call:c1"] = full
    with pytest.raises(Refused, match="too_many_recordings"):
        world.do(c.KeepRecording(call=CALL, segment="z", sha256="", seconds=1.0, bytes=1))


def test_keys_add_up() -> None:
    """What the caller pressed is shown in order."""
    world = World().run(
        OFFER, c.SignalCall(call=CALL, keys="5"), c.SignalCall(call=CALL, keys="12")
    )
    assert _call(world).keys == "512"
    assert set(CallState) == set(STEPS)


# --- desks ---------------------------------------------------------------------------------------

START_DUTY = c.StartDuty(desk=DESK, headset_checked=True)


def _desk(world: World) -> DeskRow:
    row = world.find("desk", DESK)
    assert isinstance(row, DeskRow)
    return row


def test_duty_at_a_desk() -> None:
    """Start, pause, resume, end; each repeated writes nothing; the agent is claimed meanwhile."""
    world = World()
    assert world.do(c.EndDuty(desk=DESK)) == ()
    steps: list[tuple[c.AnyCommand, str]] = [
        (START_DUTY, "on_duty"),
        (c.PauseDuty(desk=DESK, reason="makan"), "paused"),
        (c.ResumeDuty(desk=DESK), "on_duty"),
        (c.EndDuty(desk=DESK), "free"),
    ]
    for command, state in steps:
        assert len(world.do(command)) == 1
        assert _desk(world).state == state
        assert world.do(command) == ()
        claims = {Claim("agent", "rina")} if state != "free" else set[Claim]()
        assert claims_of(world.state("desk:desk_1")) == claims
    assert world.refold("desk:desk_1") == world.state("desk:desk_1")


@pytest.mark.parametrize("command", [c.PauseDuty(desk=DESK, reason="x"), c.ResumeDuty(desk=DESK)])
def test_nobody_pauses_at_a_free_desk(command: c.AnyCommand) -> None:
    """A break needs somebody who has it."""
    with pytest.raises(Refused, match="desk_free"):
        World().do(command)


def test_a_desk_and_an_agent_are_taken_once() -> None:
    """Another agent at the desk is told who sits there; the same agent elsewhere is a claim."""
    world = World().run(START_DUTY)
    with pytest.raises(Refused) as refused:
        world.do(START_DUTY, DEWI)
    assert refused.value.details == {"by": "Rina", "desk": "desk_1"}
    with pytest.raises(ClaimTakenError):
        world.do(c.StartDuty(desk=DESK_2), RINA)
    with pytest.raises(Refused, match="unknown_desk"):
        world.do(c.StartDuty(desk=DeskKey("attic")))


# --- reports -------------------------------------------------------------------------------------

OPEN = c.OpenReport(report=REPORT, call=CALL)
PROMISE = Promise(depart_by=START, arrive_from=START, arrive_to=START, travel_source="line")


def _report(world: World) -> ReportRow:
    row = world.find("report", REPORT)
    assert isinstance(row, ReportRow)
    return row


@pytest.mark.parametrize(
    "command",
    [
        c.IdentifyReporter(report=REPORT, name=personal("Hendi")),
        c.IdentifyReporter(report=REPORT, number=personal("0811"), number_confirmed=True),
        c.TakeComplaint(report=REPORT, words=Personal(text="bapak semaput")),
        c.EnterFastLane(report=REPORT, word="semaput"),
        c.AttachReport(report=REPORT, incident=INCIDENT),
        c.TellCaller(report=REPORT, incident=INCIDENT, unit=UnitId("AMB01"), promise=PROMISE),
    ],
)
def test_each_fact_of_a_report_is_written_once(command: c.AnyCommand) -> None:
    """Refused before the report is open; once it is written; repeated it is nothing."""
    with pytest.raises(Refused, match="unknown_report"):
        World().do(command)
    world = World().run(OPEN)
    assert world.do(OPEN) == ()
    assert len(world.do(command)) == 1
    assert world.do(command) == ()
    assert world.refold("report:r1") == world.state("report:r1")


def test_name_and_number_come_in_any_order_and_are_kept_as_spoken() -> None:
    """One does not erase the other; a new number takes the confirmation back."""
    world = World().run(
        OPEN,
        c.IdentifyReporter(report=REPORT, number=personal("nol delapan"), number_confirmed=True),
        c.IdentifyReporter(report=REPORT, name=personal("Sri")),
    )
    row = _report(world)
    assert (row.name, row.number, row.number_confirmed) == (
        personal("Sri"),
        personal("nol delapan"),
        True,
    )
    world.do(c.IdentifyReporter(report=REPORT, number=personal("0812")))
    assert not _report(world).number_confirmed


def test_a_complaint_of_any_length_is_kept_up_to_the_limit_and_marked() -> None:
    """A megabyte of text is cut, not refused; a name of a kilobyte is refused."""
    world = World().run(OPEN)
    (event,) = world.do(c.TakeComplaint(report=REPORT, words=Personal(text="a" * 1_000_000)))
    assert isinstance(event, CallDisposed | ComplaintTaken)
    assert event.cut
    complaint = _report(world).complaint
    assert complaint is not None
    assert len(complaint.text or "") == TEXT_CHARACTERS_MAX
    with pytest.raises(Refused, match="text_too_long"):
        world.do(c.IdentifyReporter(report=REPORT, name=personal("x" * 1000)))


def test_the_fast_lane_is_entered_and_left() -> None:
    """Leaving it without being in it is nothing."""
    world = World().run(OPEN)
    assert world.do(c.LeaveFastLane(report=REPORT)) == ()
    world.run(c.EnterFastLane(report=REPORT, word="begal"))
    assert _report(world).fast_lane
    assert tags(world.do(c.LeaveFastLane(report=REPORT))) == ["report.fast_lane_left"]


def test_a_promise_that_ends_before_it_begins_is_refused() -> None:
    """Nobody can read such a sentence aloud."""
    broken = Promise(
        depart_by=START, arrive_from=START, arrive_to=START.replace(hour=1), travel_source="x"
    )
    tell = c.TellCaller(report=REPORT, incident=INCIDENT, unit=UnitId("A"), promise=broken)
    with pytest.raises(Refused, match="promise_unreadable"):
        World().run(OPEN).do(tell)


@pytest.mark.parametrize("key", ["", "a b", "a\x00b", "k" * 201])
def test_a_key_that_cannot_name_a_stream_is_refused(key: str) -> None:
    """Keys come from outside; what cannot be printed or is endless is not a stream."""
    with pytest.raises(Refused, match="key_unreadable"):
        World().do(c.OpenReport(report=ReportId(key)))
    with pytest.raises(Refused, match="key_unreadable"):
        World().do(c.HoldCall(call=CallId(key)))
