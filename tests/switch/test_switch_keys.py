"""The keys of a caller, whichever way they come: each press is one fact."""

from pathlib import Path

import pytest
from switch_playbook import Playbook

from kentongan.media import protocol


@pytest.mark.parametrize("first", ["info", "voice"])
def test_keys_by_info_and_by_rtp_are_facts_once(tmp_path: Path, first: str) -> None:
    """A repeated media event is one press, and so is a key that comes both ways; the same key once
    more is another, and a key after the end is nothing.
    """
    book = Playbook(tmp_path)
    book.ring()
    book.place()

    def press(way: str, seq: int) -> None:
        if way == "info":
            body, kind = b"Signal=5\r\nDuration=160\r\n", "application/dtmf-relay"
            book.phone.request(book.phone_dialog, "INFO", now=0.0, body=body, content_type=kind)
            book.flush()
        else:
            pressed = protocol.KeyPressed(seq=seq, bridge=book.call.id, leg="citizen", digit="5")
            book.media(pressed)
            book.media(pressed)

    second = "voice" if first == "info" else "info"
    for seq, keys in ((7, "5"), (8, "55")):
        for way in (first, second):
            press(way, seq)
            assert book.board.ledger.row(book.call.id).keys == keys
        book.wait(1)
    book.wait(2)
    press(second, 9)
    assert book.board.ledger.row(book.call.id).keys == "555"
    book.phone.bye(book.phone_dialog, now=0.0)
    book.flush()
    press("voice", 10)
    assert book.board.ledger.row(book.call.id).keys == "555"
