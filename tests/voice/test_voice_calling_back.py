"""Ringing somebody back, on a fake clock: the desk's page is there before the person answers."""

from pathlib import Path

import pytest
from switch_playbook import DESK, Playbook

from kentongan.core.commands import CallBack
from kentongan.core.words import CallId, personal
from kentongan.media import protocol
from kentongan.sip import events


@pytest.fixture
def book(tmp_path: Path) -> Playbook:
    """A telephone rings, and the desk's page is connected."""
    made = Playbook(tmp_path)
    number = personal("081234567890")
    assert number is not None
    made.ask(CallBack(call=CallId("back-1"), number=number, line="112", trunk="", desk=DESK))
    made.place(40_002)
    made.agency_answers(180)
    made.media(protocol.WebChanged(bridge=CallId("back-1"), leg=DESK, state="connected"))
    return made


def test_a_page_alone_is_no_talk(book: Playbook) -> None:
    """Only the person's answer connects; then it is known when they answered."""
    assert book.facts == ["call.placed"]
    assert book.state == "calling"
    book.agency_answers()
    assert book.facts == ["call.placed", "call.connected"]
    assert book.state == "answered"


def test_nobody_answers_a_desk_that_listens(book: Playbook) -> None:
    """45 s, then CANCEL: a page that hears the ringing does not make it ring for ever."""
    book.wait(46)
    assert book.state == "ended"
    assert any(isinstance(one, events.Cancel) for one in book.agency_heard)
