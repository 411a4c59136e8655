"""Whose desk was lost: where they wait then, honest or suspected."""

from datetime import UTC, datetime, timedelta

from msgspec import structs

from kentongan.core.queue import Standing, in_order
from kentongan.core.rows import CallRow
from kentongan.core.words import CallId

START = datetime(2026, 11, 14, 7, tzinfo=UTC)


def test_a_suspected_prank_whose_desk_was_lost_is_in_front_of_the_new_ones() -> None:
    """It was being talked to; but a repeat caller and an honest lost one stand before it."""
    row = CallRow(key=CallId("prank"), state="queued", line="112", ring_at=START, line_priority=1)
    rows = [
        structs.replace(row, requeued=1),
        structs.replace(row, key=CallId("new"), ring_at=START - timedelta(seconds=60)),
        structs.replace(row, key=CallId("again"), ring_at=START - timedelta(seconds=50)),
        structs.replace(row, key=CallId("repeat"), line="legacy", line_priority=2),
        structs.replace(row, key=CallId("lost"), requeued=1),
    ]
    prank = Standing(nuisance=True)
    standings = {
        CallId("prank"): prank,
        CallId("again"): Standing(nuisance=True, returning=True),
        CallId("repeat"): Standing(repeat_of_p1=True),
    }
    ordered = [one.key for one in in_order(rows, standings)]
    assert ordered == ["lost", "repeat", "prank", "new", "again"]
