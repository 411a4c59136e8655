"""Standards are data: what they say is computed, and what they cannot mean is told."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from measure_story import table_of

from kentongan.cities.facts import Text
from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Subject
from kentongan.measure.judging import Reason, Verdict, judge
from kentongan.measure.standards import Standard, StandardError, chosen, load, parse, presets

ONE = """
[[standard]]
id = "x"
name = {id = "x", en = "x"}
source = "test"
status = "verified"
start = [{event = "answer"}]
stop = {event = "arrived"}
statistic = "share"
threshold_s = 480
target = 0.9
"""


def _one(text: str = ONE) -> Standard:
    return parse(text, "test.toml")[0]


def _arrivals(seconds: list[float], **labels: list[str]):
    return table_of(
        {Clock.ANSWER: np.zeros(len(seconds)), Clock.ARRIVED: np.array(seconds)}, labels=labels
    )


def test_the_presets_are_whole_and_nothing_unverified_is_active() -> None:
    """Semarang's ten minutes from three starts, departure apart from arrival."""
    found = {one.id: one for one in presets()}
    assert {found[k].start[0].event for k in found if k.startswith("id-semarang-10")} == {
        "notified", "answer", "ring",
    }  # fmt: skip
    assert found["id-semarang-depart-5"].stop.event == "departed"
    assert all(one.status != "unverified" for one in found.values() if one.active)
    assert {"nena-020-15", "nfpa-1225-answer", "id-spm-fire"} <= {o.id for o in chosen(found, ())}
    assert found["nena-020-15"].subject is Subject.CALL
    ring = found["id-semarang-10-ring"].told_source  # in words, so in both languages
    assert (ring.id[:7], ring.en[:5]) == ("Program", "Mayor")
    assert {
        one.told_source.id for one in found.values() if " not read" in one.told_source.id
    } == set()
    assert found["nfpa-1225-process"].told_source == Text("NFPA 1225 (2022)", "NFPA 1225 (2022)")
    assert not found["nfpa-1221-answer-15"].holds_on(date(2026, 1, 1))
    assert found["nfpa-1221-answer-15"].holds_on(date(2020, 1, 1))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('event = "arrived"', 'event = "landed"', "stop is the unknown event 'landed'"),
        ('event = "answer"', 'event = "moon"', "start is the unknown event 'moon'"),
        ('[{event = "answer"}]', "[]", "no start event"),
        ('"share"', '"median"', "statistic 'median' is none of"),
        ("target = 0.9", "target = 1.9", "target 1.9 is no share"),
        ("target = 0.9", "", "a share, and only a share, has a target"),
        ("threshold_s = 480", "threshold_s = 0", "threshold_s must be more than 0"),
        ("threshold_s = 480", 'threshold_s = "soon"', "Expected `float`, got `str`"),
        ('source = "test"', 'source = "test"\ncolour = "red"', "unknown field `colour`"),
        ("target = 0.9", 'target = 0.9\nexclusions = ["rain"]', "exclusion 'rain' is none of"),
        ("target = 0.9", 'target = 0.9\nperiod = "moon"', "period 'moon' is none of hour, day"),
        ('stop = {event = "arrived"}', 'stop = {event = "arrived", who = "tall"}', "who 'tall'"),
        ("target = 0.9", "target = 0.9\nvalid_from = 2026-01-01\nvalid_to = 2025-01-01",
         "valid_from is not before valid_to"),
        ("[[standard]]", "[[standard", "test.toml: "),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_told_with_its_place(old: str, new: str, told: str) -> None:
    """Never a figure for a standard that means nothing."""
    with pytest.raises(StandardError, match="test") as error:
        _one(ONE.replace(old, new))
    assert told in str(error.value)


def test_a_standard_stands_once_and_an_unknown_one_is_told(tmp_path: Path) -> None:
    """Two of one id, a file that is no text, an id that nobody knows."""
    with pytest.raises(StandardError, match="'x' stands there twice"):
        parse(ONE + ONE, "test.toml")
    path = tmp_path / "bad.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(StandardError, match="not UTF-8 at byte 0"):
        load(path)
    with pytest.raises(StandardError, match="no standard 'y'; known are x"):
        chosen({"x": _one()}, ("y",))


def test_both_denominators_and_a_verdict_only_when_it_is_clear() -> None:
    """95 of 100 that came, and 10 that never did: 95 % of those, 86 % of all."""
    seconds = [300.0] * 95 + [900.0] * 5 + [float("nan")] * 10
    found = judge(_one(), _arrivals(seconds))
    assert found.within is not None
    assert found.within.of_ended is not None
    assert found.within.of_all is not None
    assert found.within.of_ended.value == pytest.approx(0.95)
    assert found.within.of_all.value == pytest.approx(95 / 110)
    assert found.counts == {"ok": 100, "missing": 10}
    assert found.verdict is Verdict.UNCLEAR
    assert found.within.late_s == pytest.approx(420)
    assert judge(_one(), _arrivals([300.0] * 400)).verdict is Verdict.MET
    assert judge(_one(ONE + 'period = "month"\n'), _arrivals([300.0] * 400)).period == "month"
    assert judge(_one(), _arrivals([300.0] * 60 + [900.0] * 60)).verdict is Verdict.NOT_MET
    assert judge(_one(), _arrivals([300.0] * 29)).verdict is Verdict.TOO_FEW


def test_a_clock_that_reads_whole_minutes_is_late_only_after_8_59() -> None:
    """A contract's own rounding is part of its definition."""
    whole = _one(ONE + 'clock_rounding = "floor_minute"\n')
    table = _arrivals([539.0] * 100)
    kept, strict = judge(whole, table).within, judge(_one(), table).within
    assert kept is not None
    assert strict is not None
    assert kept.of_ended is not None
    assert strict.of_ended is not None
    assert (kept.of_ended.value, strict.of_ended.value) == (1.0, 0.0)
    late = judge(whole, _arrivals([540.0] * 100)).within
    assert late is not None
    assert late.late == 100


def test_the_earliest_of_several_starts_counts_with_its_offset() -> None:
    """England's C1: the category, the assignment, or the answer and 30 s."""
    text = (
        ONE.replace(
            '[{event = "answer"}]',
            '[{event = "category"}, {event = "assigned"}, {event = "answer", offset_s = 30}]',
        )
        .replace('"share"', '"mean"')
        .replace("target = 0.9", "")
    )
    n = 40
    table = table_of(
        {
            Clock.ANSWER: np.zeros(n),
            Clock.CATEGORY: np.where(np.arange(n) < 20, 10.0, np.nan),
            Clock.ASSIGNED: np.full(n, 50.0),
            Clock.ARRIVED: np.full(n, 430.0),
        }
    )
    found = judge(_one(text), table)
    assert found.value is not None
    assert found.value.value == pytest.approx((420 + 400) / 2)
    assert found.verdict is Verdict.MET
    assert found.start == "category | assigned | answer+30s"


def test_what_is_not_recorded_is_said_instead_of_a_figure() -> None:
    """The size of a crew, and a label that these records do not have."""
    crew = _one(ONE.replace('"arrived"', '"arrived", who = "crew>=10"'))
    found = judge(crew, _arrivals([300.0] * 100))
    assert (found.verdict, found.value) == (Verdict.UNANSWERABLE, None)
    assert "crew" in found.why
    agency = _one(ONE + 'agencies = ["damkar"]\n')
    assert "agency" in judge(agency, _arrivals([300.0] * 100)).why
    other = judge(agency, _arrivals([300.0] * 60, agency=["FIRE"] * 60))
    assert (other.verdict, other.why) == (Verdict.UNANSWERABLE, "no agency here is damkar")
    assert other.reason == Reason(key="nobody", labels=("agency",), names=("damkar",))
    named = judge(agency, _arrivals([300.0] * 60, agency=["damkar"] * 40 + ["dinkes"] * 20))
    assert named.n == 40


def test_exclusions_are_counted_and_transport_is_asked_for() -> None:
    """What a standard leaves out is part of its figure."""
    text = ONE + 'exclusions = ["outlier"]\n'
    found = judge(_one(text), _arrivals([300.0] * 50 + [20_000.0] * 3))
    assert (found.n, found.left_out) == (50, {"outlier": 3})
    transporting = _one(ONE.replace('"arrived"', '"arrived", who = "transporting"'))
    table = table_of(
        {
            Clock.ANSWER: np.zeros(60),
            Clock.ARRIVED: np.full(60, 300.0),
            Clock.LEFT: np.where(np.arange(60) < 35, 900.0, np.nan),
        }
    )
    assert judge(transporting, table).n == 35


def test_a_grid_coarser_than_the_standard_is_refused() -> None:
    """Fifteen seconds cannot be judged from stamps of five minutes."""
    text = (
        ONE.replace("480", "15")
        .replace('"arrived"', '"answer"')
        .replace('[{event = "answer"}]', '[{event = "ring"}]')
    )
    table = table_of(
        {Clock.RING: np.zeros(60), Clock.ANSWER: np.full(60, 300.0)},
        subject=Subject.CALL, precision_s=300,
    )  # fmt: skip
    assert judge(_one(text), table).verdict is Verdict.TOO_COARSE


def test_a_mean_is_not_met_by_giving_up_on_the_late() -> None:
    """Sixty came after five minutes; thirty gave up after half an hour without anybody."""
    mean = _one(ONE.replace('"share"', '"mean"').replace("target = 0.9", ""))
    came = np.array([280.0, 320.0] * 30)
    quick = judge(mean, _arrivals(came.tolist()))
    assert (quick.verdict, quick.least) == (Verdict.MET, None)
    seconds = np.concatenate((came, np.full(30, np.nan)))
    gave_up = np.where(np.isnan(seconds), 1_800.0, np.nan)
    found = judge(
        mean, table_of({Clock.ANSWER: np.zeros(90), Clock.ARRIVED: seconds}, gave_up=gave_up)
    )
    assert found.value is not None
    assert found.least is not None
    assert (found.value.value, found.n, found.counts["cancelled"]) == (300, 60, 30)
    assert (found.least.value, found.least.n) == (800, 90)
    assert found.verdict is Verdict.NOT_MET
