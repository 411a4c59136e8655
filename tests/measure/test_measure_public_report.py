"""The public form of the monthly report, joined to the open data of its month, points at nobody."""

import json
from collections.abc import Iterator
from typing import Any, cast
from zoneinfo import ZoneInfo

import msgspec
import pytest
from measure_month import months
from measure_story import journal

from kentongan.cities.pack import load, packaged
from kentongan.measure.alarms import Alarms, month_of
from kentongan.measure.case_tables import incident_table
from kentongan.measure.cases import Cases
from kentongan.measure.exclusions import Selection, select
from kentongan.measure.monthly.content import RESPONSE, Asked, Monthly, monthly
from kentongan.measure.monthly.pages import monthly_blocks
from kentongan.measure.monthly.public import public_of
from kentongan.measure.monthly.speech import Speech
from kentongan.measure.open_data import ANY, K, OpenRow, open_data
from kentongan.measure.pdf import Line
from kentongan.measure.standards import presets
from kentongan.measure.tables import observe

ZONE = ZoneInfo("Asia/Jakarta")
MONTH = "2026-10"
STANDARDS = tuple(one for one in presets() if one.active)

COUNTS = {"calls", "incidents", "n", "all", "count", "of", "offered", "answered", "abandoned",
          "late", "given_up"}  # fmt: skip
"""Fields of the report that say how many."""


@pytest.fixture(scope="module")
def cases() -> Cases:
    """A month of about three hundred."""
    found = Cases()
    for event, meta in journal(months("2026-10-01", 31, 10)):
        found.add(event, meta)
    found.finish()
    return found


@pytest.fixture(scope="module")
def report(cases: Cases) -> Monthly:
    """The full one."""
    return monthly(cases, Alarms(), {}, STANDARDS, Asked(month=MONTH), ZONE)


def _opened(cases: Cases) -> tuple[OpenRow, ...]:
    chosen = select(cases, {}, Selection(*month_of(MONTH, ZONE))).cases
    table = incident_table(list(chosen.incidents.values()), chosen.until, ZONE)
    return open_data(observe(RESPONSE, table), MONTH).rows


def _parts(found: Any) -> Iterator[dict[str, Any]]:
    """Every object of a JSON text, however deep."""
    if isinstance(found, dict):
        whole = cast("dict[str, Any]", found)
        yield whole
        found = list(whole.values())
    for one in cast("list[Any]", found) if isinstance(found, list) else []:
        yield from _parts(one)


def _told(one: dict[str, Any]) -> dict[int, str]:
    """What an object says of a case, by the place in an open row's key."""
    names = {0: one.get("kecamatan"), 1: one.get("kelurahan"), 3: one.get("category"),
             4: one.get("priority")}  # fmt: skip
    if "local" in one:
        names[2] = f"{one['local'] // 3_600 % 24:02d}"
    return {at: name for at, name in names.items() if name}


def _joined(report: Monthly, rows: tuple[OpenRow, ...]) -> list[int]:
    """Of every object that says something of a case: how many open rows it may be."""
    parts = _parts(json.loads(msgspec.json.encode(report)))
    return [
        sum(
            all(row.key[at] in {name, ANY} for at, name in told.items())
            and row.minutes == -(-one.get("seconds", 0) // 60)
            for row in rows
        )
        for one in parts
        if (told := _told(one))
    ]


def test_only_the_full_report_points_at_rows_of_the_open_data(
    cases: Cases, report: Monthly
) -> None:
    """A wait of the full one is one row; the public one says of no case, place, week or agency, and
    counts none under five."""
    rows = _opened(cases)
    assert 1 in _joined(report, rows)
    public = public_of(report, STANDARDS)
    assert _joined(public, rows) == []
    parts = list(_parts(json.loads(msgspec.json.encode(public))))
    counts = [one[name] for one in parts for name in COUNTS if isinstance(one.get(name), int)]
    assert len(counts) > 10
    assert all(count == 0 or count >= K for count in counts)
    assert {one.get("agency", "") for one in parts} == {""}
    assert (public.worst, public.funnel, public.units, public.offsets, public.weeks) == (
        (), (), (), (), None,
    )  # fmt: skip
    assert public.curve is not None
    assert all(second % 60 == 0 for second in public.curve.now)
    assert public.headlines[0].p90 == report.headlines[0].p90
    held = {one.id: one for one in STANDARDS}
    assert 0 < len(public.standards) < len(report.standards)
    assert not any(held[one.id].priorities or held[one.id].agencies for one in public.standards)


def test_a_few_without_a_unit_are_in_no_figure_of_the_public_report(report: Monthly) -> None:
    """Neither as a count nor as the difference of two; where many are, they are told."""
    full, curve = report.headlines[0], report.curve
    assert full.given_up >= K
    assert full.within is not None
    assert curve is not None
    judged = next(one for one in report.standards if one.id == "nena-020-15")
    assert judged.within is not None
    few = msgspec.structs.replace(
        report,
        headlines=(msgspec.structs.replace(full, given_up=3, all=full.n + 3),),
        standards=(msgspec.structs.replace(judged, all=judged.n + 3),),
        curve=msgspec.structs.replace(curve, given_up=3),
    )
    for given, is_told in ((few, False), (report, True)):
        public = public_of(given, STANDARDS)
        one = public.headlines[0]
        assert (one.p90, one.p90_kept is not None) == (full.p90, is_told)
        assert (one.given_up, one.all - one.n) == ((full.given_up,) * 2 if is_told else (0, 0))
        assert one.within is not None
        assert (one.within.of_all is not None) == is_told
        assert public.curve is not None
        assert public.curve.given_up == (curve.given_up if is_told else 0)
    (standard,) = public_of(few, STANDARDS).standards
    assert (standard.all, standard.least) == (judged.n, None)
    late = msgspec.structs.replace(judged, within=msgspec.structs.replace(judged.within, late=1))
    (standard,) = public_of(msgspec.structs.replace(few, standards=(late,)), STANDARDS).standards
    assert (standard.within, standard.value, standard.verdict) == (None, None, judged.verdict)


def test_the_pages_say_which_of_the_two_they_are(report: Monthly) -> None:
    """On the first page, under the title; an agency's own has no public form."""
    pack = load(packaged())
    for language, words in (("id", ("INTERNAL", "untuk umum")), ("en", ("INTERNAL", "Public"))):
        speech = Speech(language, pack)
        for found, word in zip((report, public_of(report, STANDARDS)), words, strict=True):
            blocks = monthly_blocks(found, STANDARDS, pack, speech)
            assert any(word in one.text for one in blocks[:4] if isinstance(one, Line))
    own = monthly(Cases(), Alarms(), {}, STANDARDS, Asked(month=MONTH, agency="damkar"), ZONE)
    with pytest.raises(ValueError, match="whole city"):
        public_of(own, STANDARDS)
