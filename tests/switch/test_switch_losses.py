"""Sound that recordings lose is counted, told and on record."""

from pathlib import Path

import pytest
from switch_playbook import Playbook

from kentongan.core.events import RecordingKept
from kentongan.edge.switch import losses
from kentongan.media import protocol


def test_sound_that_a_full_disk_loses_is_counted_while_it_is_lost(tmp_path: Path) -> None:
    """Health moves during the outage; the journal has the seconds of the segment, once."""
    book = Playbook(tmp_path)
    book.ring()
    book.place()
    call, file = book.call.id, "/r/c-1.rec"
    failed = protocol.RecordingFailed(bridge=call, file=file, reason="No space left on device")
    book.media(failed)
    book.wait(10)
    assert losses.lost_s(book.board, book.moment.at) == pytest.approx(10)
    assert losses.count_failing(book.board) == 1
    book.media(protocol.RecordingStarted(bridge=call, file=file, lost_s=9.0))
    book.wait(10)
    assert losses.lost_s(book.board, book.moment.at) == pytest.approx(9)
    assert losses.count_failing(book.board) == 0
    book.media(failed)
    digest = protocol.Recorded(
        bridge=call, file=file, sha256="ab", seconds=30.0, bytes=960_000, lost_s=12.0
    )
    book.media(digest)
    assert losses.lost_s(book.board, book.moment.at) == pytest.approx(12)
    assert book.board.notices.counts["recording_failed"] == 2
    kept = book.call.facts[-1].event
    assert isinstance(kept, RecordingKept)
    assert kept.lost_s == 12
