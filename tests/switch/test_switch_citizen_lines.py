"""A page that floods its call with text is slowed down; a line that shows nothing is nothing."""

from datetime import timedelta
from pathlib import Path

import pytest
from switch_playbook import Playbook

from kentongan.core.events import CallTexted
from kentongan.core.words import CallId, Refused
from kentongan.edge.switch import citizens
from kentongan.edge.switch.control import CitizenCall, CitizenText

CALL, KEY = CallId("web-" + "1" * 24), "0" * 32


def page(tmp_path: Path) -> Playbook:
    """A call of a page that only types."""
    book = Playbook(tmp_path)
    citizens.open_call(book.board, CitizenCall(call=CALL, key=KEY, only_types=True), book.moment)
    return book


def say(book: Playbook, text: str) -> None:
    """The page sends a line."""
    citizens.text(book.board, CitizenText(call=CALL, key=KEY, text=text), book.moment)


def said(book: Playbook) -> list[str]:
    """The lines on the call."""
    facts = book.board.ledger.get(CALL).facts
    return [fact.event.text.text or "" for fact in facts if isinstance(fact.event, CallTexted)]


def test_flood_of_lines_is_refused_until_ten_seconds_have_passed(tmp_path: Path) -> None:
    """The limit is of any ten seconds; what is refused stands nowhere, and other calls go on."""
    book = page(tmp_path)
    for number in range(citizens.LINES_MAX):
        say(book, f"baris {number}")
    for _ in range(400):
        with pytest.raises(Refused, match="too_many_lines"):
            say(book, "lagi")
    assert len(said(book)) == citizens.LINES_MAX
    book.elapsed_s += citizens.LINES_WITHIN / timedelta(seconds=1)
    say(book, "masih di sini")
    assert said(book)[-1] == "masih di sini"


def test_limit_survives_a_restart(tmp_path: Path) -> None:
    """It is counted from what is on record."""
    book = page(tmp_path)
    for number in range(citizens.LINES_MAX):
        say(book, f"baris {number}")
    book.flush()
    book.restart()
    with pytest.raises(Refused, match="too_many_lines"):
        say(book, "lagi")


@pytest.mark.parametrize("text", [" ", "\t\n", "\u00a0\u2003", "\u200b\u200b", "\x1b\x07"])
def test_line_of_blanks_is_nothing(tmp_path: Path, text: str) -> None:
    """Neither a line nor a refusal; it does not count towards the limit."""
    book = page(tmp_path)
    for _ in range(50):
        say(book, text)
    assert said(book) == []
