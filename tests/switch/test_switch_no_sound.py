"""The desk is told that no sound comes from its caller, by a switch on a fake clock."""

from datetime import timedelta
from pathlib import Path

import pytest
from switch_playbook import DESK, START, Playbook, talking

from kentongan.core.commands import AnswerCall, HoldCall, RequeueCall
from kentongan.core.words import CallId
from kentongan.edge.switch import citizens
from kentongan.edge.switch.control import CitizenCall
from kentongan.media import protocol

PAGE = CallId("w1")
KEY = "a" * 32
TOLD = ("call.caller_unheard", "call.caller_heard")


def stops(book: Playbook) -> None:
    """Nothing has come from the caller's telephone for 5 s."""
    book.media(protocol.TimedOut(bridge=book.call.id, leg="citizen"))


def comes(book: Playbook) -> None:
    """It is heard again."""
    book.media(protocol.Returned(bridge=book.call.id, leg="citizen"))


def told(book: Playbook) -> list[str]:
    """What the record says of the caller's sound."""
    return [fact for fact in book.facts if fact in TOLD]


def since_s(book: Playbook) -> float | None:
    """Since when the caller is unheard, as the desk is shown it, from the beginning of the test."""
    since = book.board.ledger.row(book.call.id).unheard_since
    return None if since is None else (since - START) / timedelta(seconds=1)


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_telephone_that_vanishes_is_told_of_once(tmp_path: Path, *, is_restarted: bool) -> None:
    """Within a second, since when nothing came, also over a restart; and that it is back."""
    book = talking(tmp_path)
    book.wait(20)
    stops(book)
    if is_restarted:
        book.restart()
    book.wait(1)
    assert (told(book), since_s(book)) == ([TOLD[0]], 15.0)
    assert book.pushed[-1]["row"] == book.board.ledger.row(book.call.id)
    if is_restarted:
        book.restart()
    stops(book)
    book.wait(20)
    assert (told(book), since_s(book)) == ([TOLD[0]], 15.0)
    comes(book)
    if is_restarted:
        book.restart()
    book.wait(20)
    assert (told(book), since_s(book)) == ([*TOLD], None)


def test_a_line_that_comes_and_goes_is_told_of_each_two_seconds_at_most(tmp_path: Path) -> None:
    """And the last word is right."""
    book = talking(tmp_path)
    book.wait(20)
    for turn in range(40):
        (comes if turn % 2 else stops)(book)
        book.wait(0.25)
    assert len(told(book)) <= 10 / 2 + 1
    stops(book)
    book.wait(4)
    assert told(book)[-1] == TOLD[0]
    comes(book)
    book.wait(4)
    assert told(book)[-1] == TOLD[1]


def test_before_the_answer_no_sound_is_awaited(tmp_path: Path) -> None:
    """A telephone that sends nothing while it rings is not unheard for that; one that sends nothing
    for 5 s after the answer is, since then."""
    book = Playbook(tmp_path)
    book.ring()
    book.place()
    book.wait(6)
    stops(book)
    book.wait(4)
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    book.wait(4)
    assert told(book) == []
    book.wait(2)
    assert (told(book), since_s(book)) == ([TOLD[0]], 10.0)


def test_on_hold_and_at_the_next_desk(tmp_path: Path) -> None:
    """In the queue nobody listens; whoever answers is told as soon as they are there."""
    book = talking(tmp_path)
    book.wait(20)
    book.ask(HoldCall(call=book.call.id))
    stops(book)
    book.wait(1)
    assert since_s(book) == 15.0
    book.board.act("requeue", RequeueCall(call=book.call.id, reason="desk_lost"), book.moment)
    book.wait(5)
    assert since_s(book) is None
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    book.wait(1)
    assert (told(book), since_s(book)) == ([TOLD[0]] * 2, 15.0)
    book.phone.bye(book.phone_dialog, now=book.elapsed_s)
    book.flush()
    book.wait(3)
    assert (told(book), since_s(book)) == ([TOLD[0]] * 2, None)


@pytest.mark.parametrize("only_types", [False, True])
def test_a_page_that_is_not_heard(tmp_path: Path, *, only_types: bool) -> None:
    """Its sound is away for 5 s; one that only types has none that could be."""
    book = Playbook(tmp_path)
    asked = CitizenCall(call=PAGE, key=KEY, only_types=only_types)
    citizens.open_call(book.board, asked, book.moment)
    if not only_types:
        book.media(protocol.WebChanged(bridge=PAGE, leg="citizen", state="connected"))
    book.ask(AnswerCall(call=PAGE, desk=DESK))
    book.wait(4)
    if not only_types:
        book.media(protocol.WebChanged(bridge=PAGE, leg="citizen", state="failed"))
    book.wait(4)
    assert told(book) == []
    book.wait(2)
    assert (told(book), since_s(book)) == (([], None) if only_types else ([TOLD[0]], 4.0))
