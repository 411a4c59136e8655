"""What was heard of a caller with whom nobody spoke, on a fake clock."""

from pathlib import Path

import pytest
from switch_playbook import Playbook

from kentongan.media import protocol


@pytest.mark.parametrize(
    ("noticed", "waited_s", "risk"),
    [
        ((), 8, ("silent",)),
        ((), 3, ()),
        (("breath",), 3, ("breathing",)),
        (("breath", "speech"), 8, ()),
        (("speech",), 8, ()),
    ],
)
def test_what_was_heard_of_who_hung_up_unanswered(
    tmp_path: Path, noticed: tuple[str, ...], waited_s: int, risk: tuple[str, ...]
) -> None:
    """Breath and no word, or nothing at all: who is rung back sooner is said by the record."""
    book = Playbook(tmp_path)
    book.ring()
    book.place()
    for what in noticed:
        event = protocol.SomebodyNoticed(
            bridge=book.call.id, leg="citizen", what="breath" if what == "breath" else "speech"
        )
        book.media(event)
        book.media(event)
    book.wait(waited_s)
    book.end_call(book.call.id)
    assert book.board.ledger.row(book.call.id).risk == risk
