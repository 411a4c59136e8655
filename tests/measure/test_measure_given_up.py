"""Who was given up: of a file as of a journal, with the time waited, and found when it was late."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from measure_story import AMB, DINKES, Fact, founding_call, journal
from msgspec import structs

from kentongan.core.events import (
    AgencyTasked,
    IncidentClosed,
    UnitAssigned,
    UnitProgressed,
    UnitReleased,
)
from kentongan.core.words import AgencyKey, Outcome, TaskRole, UnitId
from kentongan.measure.analysis import Analysis, Request, analyse
from kentongan.measure.analysis_sheet import analysis_table
from kentongan.measure.case_tables import tables_of
from kentongan.measure.cases import cases_of
from kentongan.measure.findings import Kind
from kentongan.measure.intervals import INTERVAL_BY_KEY
from kentongan.measure.observations import Observations
from kentongan.measure.records.importing import Imported, read_file
from kentongan.measure.records.mapping import MappingError, parse
from kentongan.measure.tables import observe

MAPPING = """
id = "mine"
name = "Mine"
row = "incident"
timezone = "Asia/Jakarta"
{more}
[clocks]
ring = {{column = "ring"}}
answer = {{column = "answer"}}
assigned = {{column = "assigned"}}
departed = {{column = "departed"}}
arrived = {{column = "arrived"}}
clear = {{column = "clear"}}
{clock} = {{column = "cancelled"}}
[labels]
unit = "unit"
"""
COLUMNS = ("ring", "answer", "assigned", "departed", "arrived", "clear", "cancelled", "unit")

RESPONSE = INTERVAL_BY_KEY["citizen_response"]


def _file(
    folder: Path,
    *,
    late: bool = False,
    skew_s: float = 0.0,
    clear_after_s: float | None = None,
    clock: str = "released",
    more: str = "",
) -> Imported:
    """Five hundred incidents of four units; every late one given up at fifteen minutes and a bit,
    its unit clear after that (so many seconds after), or one unit's device with another clock."""
    chance, rows = np.random.default_rng(7), [",".join(COLUMNS)]
    for number in range(500):
        ring = datetime(2026, 8, 1) + timedelta(hours=number)  # noqa: DTZ001 - the city's own clock
        steps = chance.lognormal(np.log((7, 60, 60, 450, 1_500)), 0.4)
        at = np.concatenate(([0.0], np.cumsum(steps)))
        gone = 901 + chance.uniform(0, 59) if late and at[4] > 960 else None
        unit = f"AMB{number % 4}"
        at[3:] += skew_s if unit == "AMB3" else 0.0
        told = ["" if gone and place == 4 else _at(ring, one) for place, one in enumerate(at)]
        if gone and clear_after_s is not None:
            told[5] = _at(ring, gone + clear_after_s)
        rows.append(",".join([*told, _at(ring, gone) if gone else "", unit]))
    path = folder / "cad.csv"
    path.write_text("\n".join(rows))
    return read_file(path, parse(MAPPING.format(clock=clock, more=more), "mine"))


def _at(ring: datetime, seconds: float) -> str:
    return (ring + timedelta(seconds=round(seconds))).isoformat(" ")


def _analysed(imported: Imported) -> Analysis:
    request = Request(intervals=(RESPONSE,), limit_s=900, with_ledger=True)
    return analyse("mine", [imported.table], request)


@pytest.mark.parametrize(
    ("clock", "clear_after_s"),
    [
        ("released", None),
        ("closed", None),
        ("abandoned", None),
        ("released", 0.0),
        ("abandoned", 0.0),
        ("closed", 1.0),
    ],
)
def test_cancelled_because_late_is_found_in_a_file(
    tmp_path: Path, clock: str, clear_after_s: float | None
) -> None:
    """They keep the time that they waited, though the unit was clear in that second or after."""
    imported = _file(tmp_path, late=True, clock=clock, clear_after_s=clear_after_s)
    response = observe(RESPONSE, imported.table)
    found = _analysed(imported)
    group = found.intervals[0].groups[0]
    n = group.counts["cancelled"]
    assert n >= 20
    assert group.counts.get("missing", 0) == 0
    waited = response.waited[~np.isnan(response.waited)]
    assert len(waited) == n
    assert waited.min() > 900
    assert waited.max() <= 960
    assert group.p90_kept is not None
    assert group.p90 is not None
    assert group.p90_kept.value == _by_hand(response) > group.p90.value
    late = [one for one in found.findings if one.kind is Kind.CANCELLED_LATE]
    assert [one.n for one in late] == [n]
    assert not [one for one in found.findings if one.kind is Kind.SKEW]


def _by_hand(found: Observations) -> float:
    """Kaplan and Meier's P90, a case after the other."""
    cases = sorted(
        [(float(one), 0) for one in found.seconds[found.valued]]
        + [(float(one), 1) for one in found.waited[~np.isnan(found.waited)]]
    )
    left = 1.0
    for place, (seconds, is_gone) in enumerate(cases):
        if not is_gone:
            left *= 1 - 1 / (len(cases) - place)
        if left <= 0.1 + 1e-12:
            return seconds
    raise AssertionError("fewer than nine of ten came")


@pytest.mark.parametrize(("clock", "clear_after_s"), [("closed", 0.0), ("released", -1.0)])
def test_who_was_clear_before_the_end_or_at_the_closing_had_arrived(
    tmp_path: Path, clock: str, clear_after_s: float
) -> None:
    """The arrival was only not written."""
    imported = _file(tmp_path, late=True, clock=clock, clear_after_s=clear_after_s)
    counts = _analysed(imported).intervals[0].groups[0].counts
    assert counts["missing"] >= 20
    assert "cancelled" not in counts


def test_a_mapping_may_say_that_nothing_ends_the_wait(tmp_path: Path) -> None:
    """Where a closing stands in every row, an arrival that was not written is missing."""
    found = _analysed(_file(tmp_path, late=True, clock="closed", more="endings = []"))
    counts = found.intervals[0].groups[0].counts
    assert counts["missing"] >= 20
    assert "cancelled" not in counts
    assert not [one for one in found.findings if one.kind is Kind.CANCELLED_LATE]
    with pytest.raises(MappingError, match="endings"):
        parse(MAPPING.format(clock="closed", more='endings = ["lunch"]'), "mine")


def test_a_call_of_a_file_that_nobody_answered_waited_until_it_ended(tmp_path: Path) -> None:
    """As in the journal: abandoned, or ended without an answer."""
    path = tmp_path / "calls.csv"
    stamps = ("08:00:00,08:00:05,,08:02:00", "09:00:00,,09:00:20,", "10:00:00,,,10:00:40")
    rows = [
        ",".join(f"2026-08-01 {one}" if one else "" for one in row.split(",")) for row in stamps
    ]
    path.write_text("\n".join(["r,a,b,e", *rows]))
    text = (
        'id = "c"\nname = "C"\nrow = "call"\ntimezone = "Asia/Jakarta"\n[clocks]\n'
        'ring = {column = "r"}\nanswer = {column = "a"}\nabandoned = {column = "b"}\n'
        'ended = {column = "e"}\n'
    )
    found = observe(INTERVAL_BY_KEY["answer"], read_file(path, parse(text, "c")).table)
    assert found.seconds.tolist()[0] == 5
    assert found.waited.tolist()[1:] == [20, 40]


@pytest.mark.parametrize("skew_s", [-150.0, 0.0])
def test_a_clock_that_is_off_is_named_in_a_file_of_incidents(tmp_path: Path, skew_s: float) -> None:
    """The unit stands in the row: no file of works is needed."""
    imported = _file(tmp_path, skew_s=skew_s)
    found = _analysed(imported)
    named = [(one.where, one.detail) for one in found.findings if one.kind is Kind.SKEW]
    assert named == ([("AMB3", "behind")] if skew_s else [])
    assert found.ledger is not None
    assert all(step.mean_s >= 0 for step in found.ledger.steps)
    told = analysis_table(structs.replace(found, imported=imported.report))
    assert "allowances: named; a file has no days before it" in told
    assert "named; fewer than 30 responses in the 90 days before" in analysis_table(found)


DAMKAR, OTHER = AgencyKey("damkar"), UnitId("DMK01")


@pytest.mark.parametrize(
    ("more", "waited_s"),
    [
        ([], 400),
        ([("incident:i1", 300, UnitAssigned(unit=OTHER, agency=DAMKAR)),
          ("incident:i1", 700, UnitReleased(unit=OTHER, reason="typed"))], 700),
        ([("incident:i1", 300, UnitAssigned(unit=OTHER, agency=DAMKAR))], 2_600),
        ([("incident:i1", 500, AgencyTasked(agency=DINKES, role=TaskRole.LEAD))], 400),
        ([("incident:i1", 300, AgencyTasked(agency=DAMKAR, role=TaskRole.SUPPORT))], 2_600),
        ([("incident:i1", 350, IncidentClosed(outcome=Outcome.NOT_FOUND))], 350),
    ],
)  # fmt: skip
def test_the_wait_ends_with_the_release_of_the_last_unit_or_the_closing(
    more: list[Fact], waited_s: float
) -> None:
    """Out of a journal: while another is on its way or asked for, the citizen waits on."""
    facts = [f for f in founding_call() if not isinstance(f[2], UnitProgressed)]
    facts += [("incident:i1", 400, UnitReleased(unit=AMB, reason="typed")), *more]
    cases = cases_of(journal(sorted(facts, key=lambda fact: fact[1])))
    found = observe(RESPONSE, tables_of(cases, ZoneInfo("Asia/Jakarta")).incident)
    assert found.waited.tolist() == [waited_s]
