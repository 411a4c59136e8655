"""A day of calls in memory, and not two: what `web` and `work` hold is bounded by what happens."""

from datetime import UTC, datetime, timedelta

from web_days import Days

from kentongan.app.follow import STATES_MAX
from kentongan.app.ports import BoardRow
from kentongan.cities.pack import load, packaged
from kentongan.core.rows import ReportRow
from kentongan.core.words import CallId, Channel, ReportId
from kentongan.edge.web.held import HELD_AFTER, Held
from kentongan.edge.web.view import GONE_MAX
from kentongan.store.memory import MemoryStore

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


def test_after_a_day_nothing_more_is_held_than_a_day_before() -> None:
    """Three times the same day of Semarang: the second and the third end with the same counts. Two
    things are kept up to a number: what screens no longer show, for those that resume, and the
    states of the streams that were read last.
    """
    store = MemoryStore(lambda: b"salt" * 4)
    days = Days(lambda: store, load(packaged()), copies=1)
    counts: list[dict[str, int]] = []
    for day in range(3):
        days.live_through(day)
        counts.append(days.counts())
    gone = [each.pop("web rows gone from screens") for each in counts]
    states = [each.pop("work states") for each in counts]
    assert counts[0]["web rows"] > 100, "a day was lived through"
    assert counts[2] == counts[1]
    assert max(gone) <= GONE_MAX
    assert max(states) <= STATES_MAX


def test_a_report_that_outlives_its_call_leaves_no_trace_either() -> None:
    """Its incident was open for longer than a day: the call was forgotten first."""
    held = Held()
    report = ReportRow(
        key=ReportId("r1"), channel=Channel.CALL, opened_at=NOW, call=CallId("c1")
    )  # fmt: skip
    held.put([BoardRow(kind="report", key="r1", stream="report:r1", row=report, position=1)], NOW)
    assert held._reports_of_call == {"c1": {"r1"}}
    held.sweep(NOW + HELD_AFTER + timedelta(seconds=1))
    assert len(held) == 0
    assert held._reports_of_call == {}
