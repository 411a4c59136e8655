"""One ledger of a month, whoever is asked: terminal, screen and report have the same reference."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

from measure_month import months
from measure_story import journal

from kentongan.app.ports import Store
from kentongan.cities.pack import load, packaged
from kentongan.measure.alarms import Alarms
from kentongan.measure.analysis import Request
from kentongan.measure.cases import cases_of
from kentongan.measure.day_tables import Day, day_of
from kentongan.measure.exclusions import Selection
from kentongan.measure.ledger import REFERENCE, Ledger
from kentongan.measure.monthly.content import Asked as AskedMonth
from kentongan.measure.monthly.content import monthly
from kentongan.measure.screens.first import Waterfall, waterfall
from kentongan.measure.screens.frame import Asked, frame
from kentongan.measure.standards import presets
from kentongan.serve.evaluating import of_journal

ZONE = ZoneInfo("Asia/Jakarta")
START, DAYS = datetime(2026, 9, 30, 17, tzinfo=UTC), 31


def test_the_ledger_of_a_month_is_one_at_the_terminal_on_the_screen_and_in_the_report() -> None:
    """Five months of record, of which the ninety days before October are looked at."""
    facts = journal(months("2026-05-20", 165, 9))
    cases, pack = cases_of(facts), load(packaged())
    told = [SimpleNamespace(event=event, meta=meta) for event, meta in facts]

    def tail(position: int, _most: int) -> list[SimpleNamespace]:
        return [] if position else told

    store = cast("Store", SimpleNamespace(tail=tail))
    end = START + timedelta(days=DAYS)
    terminal = of_journal(store, pack, Selection(START, end), Request(with_ledger=True)).ledger

    def span(begin: datetime, until: datetime) -> Day:
        return day_of(cases, pack.nature_by_code, begin, until, ZONE, training=False)

    asked = Asked(start=date(2026, 10, 1), days=DAYS)
    before = span(START - timedelta(days=DAYS), START)
    past = span(START - REFERENCE, START)
    screen = waterfall(frame(asked, span(START, end), before, presets(), past))
    report = monthly(
        cases, Alarms(), pack.nature_by_code, presets(), AskedMonth(month="2026-10"), ZONE
    ).ledger
    found = [_told(one) for one in (terminal, screen, report)]
    assert found[0] == found[1] == found[2]
    assert terminal is not None
    assert terminal.reference is not None
    assert terminal.reference.days == 90
    assert 600 < terminal.reference.n < 1_000


def _told(found: Ledger | Waterfall | None) -> object:
    assert found is not None
    changes = [(one.cause, one.allowance_s, one.incidents, one.saved_s) for one in found.changes]
    return found.n, found.reference, changes
