"""A desk rings somebody: whom they hear, in which language, and what becomes of it."""

from pathlib import Path

import pytest
from switch_playbook import DESK, Playbook

from kentongan.core.commands import CallBack, HoldCall, ResumeCall
from kentongan.core.words import CallId, personal
from kentongan.sip import events


def called_back(tmp_path: Path, language: str | None = None) -> Playbook:
    """A desk rings somebody; the page of the desk is there first."""
    book = Playbook(tmp_path)
    number = personal("081234567890")
    assert number is not None
    command = CallBack(
        call=CallId("back-1"),
        number=number,
        line="112",
        trunk="",
        desk=DESK,
        language=language,
    )
    envelope_events = book.ask(command)
    assert envelope_events == ("call.placed",)
    return book


@pytest.mark.parametrize("is_restarted", [False, True])
def test_somebody_is_rung_back(tmp_path: Path, *, is_restarted: bool) -> None:
    """Their telephone rings once; the desk hears ringing, then them; their BYE ends it."""
    book = called_back(tmp_path)
    book.place(40_002)
    if is_restarted:
        book.restart()
    book.agency_answers(180)
    assert book.state == "calling"
    book.agency_answers()
    assert book.facts == ["call.placed", "call.connected"]
    assert book.state == "answered"
    assert book.modes() == {"citizen": "talk", DESK: "talk"}
    book.agency_hangs_up()
    assert book.state == "ended"
    assert len([one for one in book.agency_heard if isinstance(one, events.Invite)]) == 1


def test_whoever_is_rung_back_hears_their_own_language_first(tmp_path: Path) -> None:
    """Of the call that they are rung back for: on hold, and in the queue when the desk is lost."""
    book = called_back(tmp_path, "en")
    book.place(40_002)
    book.agency_answers()
    book.ask(HoldCall(call=book.call.id))
    assert book.playing() == "hold_en.wav hold.wav hold_jv.wav"
    book.restart()
    assert book.playing() == "hold_en.wav hold.wav hold_jv.wav"
    book.ask(ResumeCall(call=book.call.id))
    book.board.requeue(book.call.id, "desk_lost", book.moment)
    assert book.playing() == "wait_en.wav wait_id.wav wait_jv.wav"


def test_ringing_back_a_busy_number(tmp_path: Path) -> None:
    """It ends with the reason."""
    book = called_back(tmp_path)
    book.place(40_002)
    book.agency_answers(486)
    assert book.facts[-1] == "call.ended"
    assert book.state == "ended"


def test_ringing_back_without_an_answer(tmp_path: Path) -> None:
    """45 s, then CANCEL."""
    book = called_back(tmp_path)
    book.place(40_002)
    book.agency_answers(180)
    book.wait(46)
    assert book.state == "ended"
    assert any(isinstance(one, events.Cancel) for one in book.agency_heard)
