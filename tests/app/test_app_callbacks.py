"""The work process rings back: offers by itself, silence where silence is safe, desks that rest."""

from datetime import datetime, timedelta

import pytest
from app_scene import BAYU, DEWI, NOW, ONE, SYSTEM, Post, Send, after, count, exhaust
from msgspec import structs

from kentongan.app.handle import handle
from kentongan.app.ports import Store
from kentongan.app.room import KEPT_FOR, Room
from kentongan.app.worker import Worker
from kentongan.core import commands as c
from kentongan.core.callbacks import OFFER_WITHIN, RING_BACK_WITHIN
from kentongan.core.events import CallbackOffered, DeskProtected
from kentongan.core.plans import Plans
from kentongan.core.rows import CallRow, DeskRow
from kentongan.core.words import (
    CallId,
    CommandId,
    DeskKey,
    Disposition,
    NatureCode,
    PartyKey,
    Personal,
    Refused,
    ReportId,
    personal,
)

CALL, DESK, DESK_2 = CallId("c1"), DeskKey("desk_1"), DeskKey("desk_2")
NUMBER = "081303131148"
AT_DESK = structs.replace(DEWI, desk=DESK)


@pytest.fixture
def worker(store: Store, plans: Plans) -> Worker:
    """The work process."""
    return Worker(store, plans, Post())


def ring(send: Send, call: CallId = CALL, number: str = NUMBER) -> None:
    """A call that waits."""
    offer = c.OfferCall(call=call, line="112", dialled="112", trunk="t", number=personal(number))
    send(offer, agent=SYSTEM)


def hang_up(send: Send, call: CallId = CALL, reason: str = "", now: datetime = NOW) -> None:
    """The caller is gone."""
    send(c.EndCall(call=call, by="caller", reason=reason), agent=SYSTEM, now=now)


def row(store: Store, call: CallId = CALL) -> CallRow:
    """The call as the board shows it."""
    found = store.find_row("call", call)
    assert found is not None
    assert isinstance(found.row, CallRow)
    return found.row


def desk(store: Store, key: DeskKey = DESK) -> DeskRow:
    """The desk as the board shows it."""
    found = store.find_row("desk", key)
    assert found is not None
    assert isinstance(found.row, DeskRow)
    return found.row


def at_desk(send: Send) -> None:
    """Bayu first, then Dewi: he is idle longer."""
    send(c.StartDuty(desk=DESK_2), agent=BAYU)
    send(c.StartDuty(desk=DESK), agent=DEWI, now=after(5))


def test_app_abandoned_call_is_offered_by_itself(send: Send, store: Store, worker: Worker) -> None:
    """Within ten seconds, to whoever is idle longest; once, also when it is due."""
    at_desk(send)
    ring(send)
    hang_up(send, now=after(10))
    exhaust(worker, after(10) + OFFER_WITHIN)
    due_at = after(10) + RING_BACK_WITHIN
    assert (row(store).callback_desk, row(store).callback_due_at) == (DESK_2, due_at)
    exhaust(worker, due_at + timedelta(minutes=10))
    assert count(store, CallbackOffered) == 1
    assert row(store).open


def test_app_who_rang_again_and_is_spoken_with_need_not_be_rung_back(
    send: Send, store: Store, worker: Worker
) -> None:
    """Noted at the lost call when the next one is answered, not before; it stays on the list."""
    again, other = CallId("c2"), CallId("c3")
    at_desk(send)
    for call, number in ((CALL, NUMBER), (other, "0299")):
        ring(send, call, number)
        hang_up(send, call, now=after(10))
    ring(send, again)
    exhaust(worker, after(11))
    assert row(store).callbacks == ()
    send(c.AnswerCall(call=again, desk=DESK), agent=AT_DESK, now=after(20))
    exhaust(worker, after(20))
    (noted,) = row(store).callbacks
    assert (noted.by, noted.outcome, row(store).open) == (again, "reached", True)
    assert row(store, other).callbacks == ()


def test_app_claimed_call_is_not_offered_again(send: Send, store: Store, worker: Worker) -> None:
    """One that was disposed of is offered to nobody."""
    at_desk(send)
    ring(send)
    ring(send, CallId("c2"), "0299")
    hang_up(send)
    hang_up(send, CallId("c2"))
    send(c.DisposeCall(call=CallId("c2"), disposition=Disposition.UNREACHABLE))
    exhaust(worker, NOW)
    send(c.ClaimCallback(call=CALL), agent=BAYU)
    exhaust(worker, after(120))
    assert count(store, CallbackOffered) == 1
    assert row(store, CallId("c2")).callback_due_at is None


def test_app_broken_line_is_offered_and_a_finished_talk_is_not(
    send: Send, store: Store, worker: Worker
) -> None:
    """Dropped while we spoke: to be rung back, with what is known of the number."""
    at_desk(send)
    for call, reason in ((CALL, "lost"), (CallId("c2"), "")):
        ring(send, call)
        send(c.AnswerCall(call=call, desk=DESK), agent=AT_DESK)
        hang_up(send, call, reason)
    exhaust(worker, NOW)
    assert row(store).risk == ("cut_in_interview", "repeat")
    assert row(store).callback_due_at is not None
    assert row(store, CallId("c2")).callback_due_at is None


@pytest.mark.parametrize("nature", ["KDR-01", "KRM-08"])
def test_app_never_by_voice_where_somebody_may_listen(
    send: Send, store: Store, worker: Worker, nature: str
) -> None:
    """Known before the line broke, or found out afterwards from what the first caller told."""
    at_desk(send)
    for call in (CALL, CallId("c2")):
        ring(send, call)
        send(c.AnswerCall(call=call, desk=DESK), agent=AT_DESK)
        report = ReportId(f"r-{call}")
        send(c.OpenReport(report=report, call=call))
    send(c.OpenIncident(incident=ONE, report=ReportId("r-c1")))
    exhaust(worker, NOW)
    hang_up(send, CALL, "lost")
    exhaust(worker, NOW)
    assert not row(store).silent_only
    send(c.ClassifyIncident(incident=ONE, nature=NatureCode(nature)))
    exhaust(worker, NOW)
    assert (row(store).silent_only, row(store).callback_desk) == (True, None)
    hang_up(send, CallId("c2"), "lost")
    exhaust(worker, NOW)
    assert row(store, CallId("c2")).silent_only


@pytest.mark.parametrize(
    ("connects", "reason", "outcome"),
    [(True, "", "reached"), (False, "busy", "busy"), (False, "shutdown", "not_called")],
)
def test_app_what_came_of_ringing_back_is_noted_by_itself(
    send: Send, store: Store, worker: Worker, outcome: str, reason: str, *, connects: bool
) -> None:
    """At the call it was for; the list keeps that call until somebody disposes of it."""
    at_desk(send)
    ring(send)
    hang_up(send)
    back = c.CallBack(
        call=CallId("b1"), of=CALL, number=Personal(text=NUMBER), line="112", trunk="t", desk=DESK
    )
    send(back, agent=AT_DESK)
    if connects:
        send(c.ConnectCall(call=CallId("b1")), agent=SYSTEM)
    end = c.EndCall(call=CallId("b1"), by="switch", reason=reason)
    exhaust(worker, NOW)
    send(end, agent=SYSTEM)
    exhaust(worker, NOW)
    assert [(one.by, one.outcome) for one in row(store).callbacks] == [("b1", outcome)]
    assert row(store).open


def test_app_a_life_saving_script_protects_the_desk_until_the_call_is_over(
    send: Send, store: Store, worker: Worker
) -> None:
    """The desk of whoever asks; the end of the call lets new calls ring there again."""
    at_desk(send)
    ring(send)
    send(c.AnswerCall(call=CALL, desk=DESK), agent=AT_DESK)
    send(c.OpenIncident(incident=ONE))
    send(c.ClassifyIncident(incident=ONE, nature=NatureCode("MED-01")))
    for question in ("awake", "breathing"):
        send(c.AnswerTriage(incident=ONE, question=question, answer="no", protocol="T02"))
    exhaust(worker, NOW)
    assert (desk(store).protected, desk(store, DESK_2).protected) == (True, False)
    assert count(store, DeskProtected) == 1
    hang_up(send)
    exhaust(worker, NOW)
    assert not desk(store).protected


def test_app_the_desk_that_goes_on_with_a_script_is_protected_in_its_turn(
    send: Send, store: Store, worker: Worker
) -> None:
    """After a power cut: whoever answers the caller anew has the same life-saving card open."""
    at_desk(send)
    ring(send)
    send(c.AnswerCall(call=CALL, desk=DESK), agent=AT_DESK)
    send(c.OpenReport(report=ReportId("r1"), call=CALL))
    send(c.OpenIncident(incident=ONE, report=ReportId("r1")))
    send(c.ClassifyIncident(incident=ONE, nature=NatureCode("MED-01")))
    for question in ("awake", "breathing"):
        send(c.AnswerTriage(incident=ONE, question=question, answer="no", protocol="T02"))
    exhaust(worker, NOW)
    send(c.RequeueCall(call=CALL, reason="desk_lost"), agent=SYSTEM)
    exhaust(worker, NOW)
    assert not desk(store).protected
    send(c.AnswerCall(call=CALL, desk=DESK_2), agent=structs.replace(BAYU, desk=DESK_2))
    exhaust(worker, NOW)
    assert (desk(store).protected, desk(store, DESK_2).protected) == (False, True)


def test_app_wrap_up_ends_by_itself(send: Send, store: Store, worker: Worker) -> None:
    """At its time, and not at that of one before."""
    at_desk(send)
    for end_s in (30, 60):
        send(c.StartWrapUp(desk=DESK, until=after(end_s)), agent=SYSTEM)
    exhaust(worker, after(31))
    assert desk(store).state == "wrap_up"
    exhaust(worker, after(61))
    assert desk(store).state == "on_duty"


def test_app_the_last_desk_does_not_pause(send: Send) -> None:
    """The door sees the whole room: with a colleague on duty it may, alone it may not."""
    at_desk(send)
    send(c.PauseDuty(desk=DESK, reason="meal"))
    with pytest.raises(Refused, match="last_desk"):
        send(c.PauseDuty(desk=DESK_2, reason="meal"), agent=BAYU)
    send(c.ResumeDuty(desk=DESK))
    send(c.PauseDuty(desk=DESK_2, reason="meal"), agent=BAYU)
    send(c.EndDuty(desk=DESK))


def test_app_nobody_leaves_in_mid_call(send: Send, store: Store) -> None:
    """The caller stays with a voice: over, the desk may be left; one that is dead is freed."""
    at_desk(send)
    ring(send)
    send(c.AnswerCall(call=CALL, desk=DESK), agent=AT_DESK)
    for held in (c.HoldCall(call=CALL), c.ResumeCall(call=CALL)):
        with pytest.raises(Refused, match="desk_in_call"):
            send(c.EndDuty(desk=DESK))
        send(held, agent=AT_DESK)
    assert desk(store).state == "on_duty"
    send(c.ForceEndDuty(desk=DESK, reason="dead_desk"), agent=SYSTEM)
    assert desk(store).state == "free"


def test_app_of_two_desks_that_pause_at_once_one_stays(
    send: Send, store: Store, plans: Plans
) -> None:
    """The second one's look at the room is older than the first one's break; its write is not."""
    at_desk(send)
    send(c.ResumeDuty(desk=DESK_2), agent=BAYU)
    before = {key: store.find_row("desk", key) for key in (DESK, DESK_2)}
    send(c.PauseDuty(desk=DESK, reason="meal"))
    pause = c.PauseDuty(desk=DESK_2, reason="meal")
    envelope = c.Envelope(id=CommandId("late-look"), agent=BAYU, command=pause)
    looks: list[str] = []
    find_row = store.find_row

    def late(kind: str, key: str) -> object:
        looks.append(key)
        return (
            before[DeskKey(key)] if key == DESK and looks.count(DESK) == 1 else find_row(kind, key)
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "find_row", late)
        with pytest.raises(Refused, match="last_desk"):
            handle(store, plans, envelope, NOW)
    assert looks.count(DESK) == 2
    assert desk(store, DESK_2).state == "on_duty"


def test_app_room_follows_the_board_and_forgets_what_is_long_over(send: Send, store: Store) -> None:
    """Numbers are open in it; what is on the list stays however old; the rest goes after a day."""
    room = Room(store)
    ring(send)
    assert [one.number for one in room.known(NOW).calls if one.number and one.number.text] != []
    (call,) = room.known(NOW).calls
    assert call.number is not None
    assert call.number.text == NUMBER
    hang_up(send)
    late = NOW + 2 * KEPT_FOR
    assert [one.state for one in room.known(late).calls] == ["abandoned"]
    assert [one.number for one in Room(store).known(late).calls] == [call.number]
    send(c.DisposeCall(call=CALL, disposition=Disposition.UNREACHABLE))
    assert room.known(late).calls == []
    assert Room(store).known(late).calls == []


@pytest.mark.parametrize("is_transferred", [False, True])
def test_after_a_call_the_desk_may_finish_writing(
    store: Store, worker: Worker, send: Send, *, is_transferred: bool
) -> None:
    """Twenty seconds, by itself; then it is on duty again, by itself too."""
    at_desk(send)
    ring(send)
    send(c.AnswerCall(call=CALL, desk=DESK), agent=AT_DESK, now=after(6))
    if is_transferred:
        party = PartyKey("p")
        invite = c.InviteParty(call=CALL, party=party, kind="agency", number=personal("113"))
        send(invite, agent=AT_DESK, now=after(7))
        send(c.JoinParty(call=CALL, party=party), agent=SYSTEM, now=after(8))
        send(c.TransferCall(call=CALL, party=party), agent=AT_DESK, now=after(10))
    else:
        hang_up(send, now=after(10))
    exhaust(worker, after(10))
    assert desk(store).state == "wrap_up"
    assert desk(store).wrap_up_until == after(30)
    assert desk(store, DESK_2).state == "on_duty"
    exhaust(worker, after(31))
    assert desk(store).state == "on_duty"


def test_a_call_that_nobody_answered_leaves_no_desk_writing(
    store: Store, worker: Worker, send: Send
) -> None:
    """There is nothing to finish."""
    at_desk(send)
    ring(send)
    hang_up(send, now=after(10))
    exhaust(worker, after(10))
    assert desk(store).state == "on_duty"
