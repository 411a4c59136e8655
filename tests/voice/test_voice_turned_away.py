"""A caller for whom there was no line: on the list of those to be rung back, like who gave up."""

from pathlib import Path

import pytest
from switch_playbook import CENTRE, DEWI, OFFER, Playbook

from kentongan.core.commands import ClaimCallback, DisposeCall
from kentongan.core.words import Disposition


@pytest.mark.parametrize("reason", ["full", "no_media"])
def test_who_found_no_line_is_rung_back(tmp_path: Path, reason: str) -> None:
    """Open until somebody took it and said what came of it."""
    book = Playbook(tmp_path, **({"calls_max": 1} if reason == "full" else {}))
    call = book.ring().id
    if reason == "full":
        book.place()
        book.phone.invite("sip:112@127.0.0.1", OFFER, now=book.elapsed_s, peer=CENTRE)
        book.flush()
        call = next(one.id for one in book.board.ledger if one.id != call)
    else:
        book.wait(31)
    assert book.statuses[-1] == 503
    row = book.board.ledger.row(call)
    assert (row.state, row.ended_by, row.dropped, row.open) == ("ended", "switch", True, True)
    assert ("rang_long" in row.risk) is (reason == "no_media")
    book.ask_of(call, ClaimCallback(call=call))
    assert book.board.ledger.row(call).owner == DEWI.id
    book.ask_of(call, DisposeCall(call=call, disposition=Disposition.CALLED_BACK))
    assert not book.board.ledger.row(call).open
