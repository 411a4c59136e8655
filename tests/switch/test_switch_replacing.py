"""INVITE with Replaces: who may take another telephone's place, and who rings anew (RFC 3891)."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import CENTRE, DESK, OFFER, Playbook

from kentongan.core.commands import AnswerCall
from kentongan.media import protocol
from kentongan.sip import events

MOVED = OFFER.replace(b"m=audio 4000", b"m=audio 4400")
NAME = "sip:meja@127.0.0.1"


@pytest.fixture
def book(tmp_path: Path) -> Playbook:
    """A caller who talks with a desk."""
    book = Playbook(tmp_path)
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    return book


def _replaces(dialog: str) -> tuple[tuple[str, str], ...]:
    call_id, ours, theirs = dialog.split("|")
    return (("Replaces", f"{call_id};to-tag={ours};from-tag={theirs}"),)


def _invite(book: Playbook, dialog: str, target: str = NAME, body: bytes = MOVED) -> int:
    """The final answer to an INVITE that wants that place; 0 while there is none."""
    before = len(book.statuses)
    book.phone.invite(target, body, now=book.elapsed_s, peer=CENTRE, headers=_replaces(dialog))
    book.flush()
    return next((status for status in book.statuses[before:] if status >= 200), 0)


def test_another_telephone_takes_the_place_and_the_call_goes_on(book: Playbook) -> None:
    """Same bridge and port; the old one is hung up, and its end ends nothing."""
    old, id_ = book.call.dialog, book.call.id
    assert _invite(book, old) == 200
    assert book.call.id == id_
    assert book.call.dialog != old
    assert book.call.citizen.port == 4400
    assert book.call.citizen.local_port == 40_000
    assert len(book.told(events.Bye)) == 1
    assert book.state == "answered"
    book.wait(40)
    book.restart()
    assert book.call.dialog != old
    book.phones.stack.bye(book.call.dialog, now=book.elapsed_s)
    assert "call.ended" not in book.facts


def test_the_telephone_that_takes_the_place_of_a_silent_one_has_still_to_be_heard(
    book: Playbook,
) -> None:
    """It is asked anew whether it is there; until it speaks the desk sees that nobody does."""
    book.media(protocol.WebChanged(bridge=book.call.id, leg=DESK, state="connected"))
    book.wait(20)
    book.media(protocol.TimedOut(bridge=book.call.id, leg="citizen"))
    book.wait(31)
    assert book.call.citizen.probed_at is not None
    assert _invite(book, book.call.dialog) == 200
    book.wait(2)
    row = book.board.ledger.row(book.call.id)
    assert (row.unheard_since is not None, row.state) == (True, "answered")
    book.media(protocol.Returned(bridge=book.call.id, leg="citizen"))
    book.wait(2)
    assert book.board.ledger.row(book.call.id).unheard_since is None


def test_a_place_that_nobody_has_is_481_for_a_name_and_rings_for_help(book: Playbook) -> None:
    """Never a lost call for help."""
    assert _invite(book, "gone|a|b") == 481
    assert _invite(book, "gone|a|b", "sip:112@127.0.0.1") == 0
    assert len([call for call in book.board.ledger if not call.is_over]) == 2


def test_whoever_is_not_of_that_trunk_may_not(tmp_path: Path) -> None:
    """403 for a name; for help it rings as a new call, and the old one is left alone."""
    trunks = [
        {"key": "carrier", "networks": ["127.0.0.2/32"]},
        {"key": "other", "networks": ["127.0.0.3/32"]},
    ]
    book = Playbook(tmp_path, trunks=trunks)
    book.ring()
    book.place()
    board, dialog = book.board, book.call.dialog
    held = board.ledger.get(book.call.id)
    board.put(replace(held, trunk="other"))
    assert _invite(book, dialog) == 403
    assert _invite(book, dialog, "sip:112@127.0.0.1") == 0
    assert board.ledger.get(held.id).dialog == dialog
    assert not board.ledger.get(held.id).is_over


def test_without_a_common_codec_the_old_telephone_stays(book: Playbook) -> None:
    """488, and nothing has changed."""
    held, old = book.call.id, book.call.dialog
    video = OFFER.partition(b"m=audio")[0] + b"m=audio 4000 RTP/AVP 96\r\na=rtpmap:96 x/8000\r\n"
    assert _invite(book, old, body=video) == 488
    assert book.board.ledger.get(held).dialog == old
    assert not book.board.ledger.get(held).is_over
