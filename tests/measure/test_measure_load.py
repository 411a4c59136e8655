"""The units' load out of day files that were written while shifts went on."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from measure_month import append
from measure_story import START, Fact, journal

from kentongan.cities.facts import Point
from kentongan.cities.pack import load, packaged
from kentongan.core.events import (
    IncidentOpened,
    UnitAssigned,
    UnitDutyEnded,
    UnitDutyStarted,
    UnitProgressed,
    UnitRegistered,
)
from kentongan.core.words import AgencyKey, Progress, UnitId
from kentongan.measure.cases import cases_of
from kentongan.measure.unit_hours import unit_hours
from kentongan.serve.day_files import DayFiles
from kentongan.serve.insight import Insight
from kentongan.store.open import open_store

ZONE = ZoneInfo("Asia/Jakarta")
HOUR = 3_600.0
DINKES = AgencyKey("dinkes")


def _work(number: int, unit: str, begin: float, end: float) -> list[Fact]:
    name = f"incident:i{number}"
    opened = IncidentOpened(number=number, long_id=name, code=name)
    clear = UnitProgressed(unit=UnitId(unit), progress=Progress.CLEAR)
    return [
        (name, begin, opened),
        (name, begin, UnitAssigned(unit=UnitId(unit), agency=DINKES)),
        (name, end, clear),
    ]


def _facts() -> list[Fact]:
    """Duty of 42 hours from 14.00 of the first day; work over its first midnight, nobody who needs
    help on the second day, work on the third, when the duty is over already in part."""
    registered = UnitRegistered(
        agency=DINKES, kind="ambulance", label="A1", capabilities=(), post="p",
        home=Point(lat=-6.98, lon=110.41),
    )  # fmt: skip
    facts: list[Fact] = [
        ("unit:A1", 0, registered),
        ("unit:A1", 0, UnitDutyStarted()),
        *_work(1, "A1", 9 * HOUR, 11 * HOUR),
        *_work(2, "A1", 41 * HOUR, 43 * HOUR),
        ("unit:A1", 42 * HOUR, UnitDutyEnded()),
    ]
    return sorted(facts, key=lambda one: one[1])


@pytest.mark.parametrize("cuts", [(), (4,), (2, 5, 7)])
def test_a_shift_reaches_every_day_it_lasted(tmp_path: Path, cuts: tuple[int, ...]) -> None:
    """However often the journal was read meanwhile, and on the day without a case: the hours are
    those of the journal."""
    events, versions = journal(_facts()), dict[str, int]()
    pack = load(packaged())
    store = open_store(f"sqlite:{tmp_path / 'own.db'}")
    files = DayFiles(tmp_path / "evaluation", ZONE)
    for begin, end in zip((0, *cuts), (*cuts, len(events)), strict=True):
        append(store, events[begin:end], versions)
        files.refresh(store, pack)
    insight = Insight(files, pack, lambda: False)

    def told(first: str, days: int) -> dict[str, Any]:
        asked = {"part": "load", "from": first, "days": str(days)}
        found = json.loads(insight.answer(asked, None, START, False))["part"]
        return found["groups"][0]

    cases = cases_of(events)
    for first, days in (("2026-11-25", 3), ("2026-11-25", 1), ("2026-11-26", 1), ("2026-11-27", 1)):
        start = datetime.fromisoformat(first).replace(tzinfo=ZONE).astimezone(UTC)
        (own, _) = unit_hours(
            cases.duty, cases.incidents.values(), start, start + timedelta(days=days), cases.until
        )
        found = told(first, days)
        for name in ("bound_h", "on_duty_h", "unsigned_h"):
            assert found[name] == pytest.approx(getattr(own, name), abs=1e-3), (first, name)
        assert found["utilisation"] is None  # two works
    whole = told("2026-11-25", 3)
    assert (whole["on_duty_h"], whole["bound_h"]) == (42, 3)
    assert whole["unsigned_h"] == pytest.approx(1)
    store.close()
