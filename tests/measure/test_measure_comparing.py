"""Before and after at a terminal: a planted change is clear, and nonsense is refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from measure_month import FAR, months, write

from kentongan.main import main
from kentongan.store.open import open_store

BEFORE, AFTER = "2026-05-04..2026-07-26", "2026-07-27..2026-10-18"
PLANTED_S = 240


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six months; from August on one agency of two acknowledges four minutes later."""
    path = tmp_path_factory.mktemp("record") / "own.db"
    store = open_store(f"sqlite:{path}")
    write(
        store, months("2026-05-04", 168, 6.0, planted_s=PLANTED_S, planted_from="2026-07-26T17:00")
    )
    store.close()
    return path


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert main(["evaluate", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_planted_change_is_clear_where_it_was_made(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Four minutes at one agency, nothing at the other; beyond elsewhere; a step in the weeks."""
    found = _json(
        capsys, str(record), "--before", BEFORE, "--after", AFTER, "--by", "agency",
        "--treated", "agency=damkar",
    )  # fmt: skip
    compared = found["compared"]
    by_agency = {one["group"][0]: one for one in compared}
    damkar, dinkes = by_agency["damkar"], by_agency["dinkes"]
    assert damkar["p50"]["low"] > PLANTED_S / 2
    assert damkar["p50"]["low"] < PLANTED_S < damkar["p50"]["high"]
    assert damkar["share"]["high"] < 0
    assert dinkes["p50"]["low"] < 0 < dinkes["p50"]["high"]
    assert damkar["detectable_p90_s"] > 0
    beyond = found["beyond"]
    assert beyond["low"] < PLANTED_S < beyond["high"]
    series = found["series"]
    assert series[0]["weeks_before"] == 12
    assert series[0]["found"]["level"] > 0


def test_a_few_days_are_no_verdict(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Thirteen days a side, four minutes apart: the change, and how many days are missing."""
    spans = ("--before", "2026-07-14..2026-07-26", "--after", "2026-07-28..2026-08-09")
    assert main(["evaluate", str(record), *spans]) == 0
    said = capsys.readouterr().out
    assert "13 of 14 days" in said
    assert "clear" not in said
    found = _json(capsys, str(record), *spans)["compared"][0]
    assert found["p50"]["change"] > 0
    assert (found["p50"]["low"], found["detectable_p90_s"]) == (None, None)


def test_what_a_pilot_would_show_is_said_before_it(
    record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the record's own spread: longer shows less, few days show nothing, and the days that
    it promises are those that the comparison itself would have shown."""
    found = _json(capsys, str(record), "--detectable", "42", "--by", "agency")["detectable"]
    damkar = [one for one in found if one["group"] == ["damkar"]]
    assert [one["days"] for one in damkar] == [42, 84, 168]
    changes = [one["change_p90_s"] for one in damkar]
    assert changes[0] == pytest.approx(2 * changes[2], rel=0.02)
    assert damkar[0]["n"] == pytest.approx(42 * damkar[0]["per_day"], abs=1)
    two = _json(capsys, str(record), "--before", BEFORE, "--after", AFTER)["compared"][0]
    same = _json(capsys, str(record), "--detectable", "84")["detectable"][0]
    assert same["change_p90_s"] == pytest.approx(two["detectable_p90_s"], rel=0.5)
    assert main(["evaluate", str(record), "--detectable", "7"]) == 0
    said = capsys.readouterr().out
    assert "a pilot of 7 days beside as many before it" in said
    assert "cannot show anything (under 14 days" in said
    assert "a pilot of 28 days" in said
    assert "four times in five; less stays unseen" in said


def test_charts_and_funnel_as_tables(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The weeks after the change lie outside of what chance does; nothing stands out by weekday."""
    found = _json(capsys, str(record), "--chart", "--funnel", "kecamatan")
    weeks = found["weeks"]
    assert len(weeks["lines"]) == 24
    assert weeks["median"]["signals"]
    funnel = found["funnel"]
    assert funnel[0]["key"] == FAR
    assert main(["evaluate", str(record), "--chart", "--funnel", "weekday", "--before", BEFORE,
                 "--after", AFTER]) == 0  # fmt: skip
    said = capsys.readouterr().out
    for words in ("week from", "99.8 %", "smallest seen", "responses between two late ones"):
        assert words in said
    head = said.partition(",")[2].partition(", limit")[0]
    n, m, whole = (int(one.replace(",", "")) for one in re.findall(r"[\d,]*\d", head))
    assert n + m == whole  # both spans together are the whole record
    spans = ("--before", "2026-05-04..2026-05-31", "--after", AFTER)
    assert main(["evaluate", str(record), *spans]) == 0
    said = capsys.readouterr().out
    assert f" began before and {m:,} after" in said
    assert f"{whole:,} began" not in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--before", BEFORE), "belong together"),
        (("--before", "May", "--after", AFTER), "--before: 'May' is not a span"),
        (("--before", BEFORE, "--after", "2026-09-01..2026-08-01"), "--after: "),
        (("--before", BEFORE, "--after", AFTER, "--treated", "damkar"), "is not LABEL=NAME"),
        (("--before", BEFORE, "--after", AFTER, "--by", "colour"), "no label 'colour'"),
        (("--funnel", "colour"), "no label 'colour'"),
        (("--detectable", "0"), "--detectable: 1 to"),
        (("--chart", "--interval", "moon"), "no interval 'moon'"),
        (("--chart", "--interval", "answer,travel"), "one of them at a time"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_sentence(
    record: Path, arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, never a trace."""
    assert main(["evaluate", str(record), *arguments]) == 2
    assert told in capsys.readouterr().err
