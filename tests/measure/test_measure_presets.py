"""Every preset of a standard loads, names events that there are, and gives a figure or says why."""

import numpy as np
import pytest
from measure_story import table_of

from kentongan.measure.clocks import Clock
from kentongan.measure.intervals import Subject
from kentongan.measure.judging import Verdict, judge
from kentongan.measure.standards import Standard, presets
from kentongan.measure.tables import Table

PRESETS = {one.id: one for one in presets()}
N = 400

NUMBERS = {
    "nfpa-1225-answer-15": (15, 0.9, "share"),
    "nfpa-1225-answer-20": (20, 0.95, "share"),
    "nfpa-1221-answer-15": (15, 0.95, "share"),
    "nfpa-1221-answer-40": (40, 0.99, "share"),
    "nfpa-1221-process-2013-60": (60, 0.8, "share"),
    "nfpa-1221-process-64": (64, 0.9, "share"),
    "nfpa-1221-process-106": (106, 0.95, "share"),
    "nfpa-1710-full-alarm": (480, 0.9, "share"),
    "nfpa-1710-full-alarm-high-rise": (610, 0.9, "share"),
    "nfpa-1710-ems-aed": (240, 0.9, "share"),
    "nfpa-1720-urban": (540, 0.9, "share"),
    "nfpa-1720-suburban": (600, 0.8, "share"),
    "nfpa-1720-rural": (840, 0.8, "share"),
    "uk-arp-c1-mean": (420, None, "mean"),
    "uk-arp-c1-p90": (900, None, "p90"),
    "uk-arp-c2-mean": (1_080, None, "mean"),
    "uk-arp-c2-mean-interim": (1_800, None, "mean"),
    "uk-arp-c2-p90": (2_400, None, "p90"),
    "uk-arp-c3-p90": (7_200, None, "p90"),
    "uk-arp-c4-p90": (10_800, None, "p90"),
    "de-hilfsfrist-hessen-10": (600, 0.9, "share"),
    "de-hilfsfrist-hessen-15": (900, 0.95, "share"),
    "de-hilfsfrist-sachsen": (720, 0.95, "share"),
    "de-hilfsfrist-niedersachsen": (900, 0.95, "share"),
    "de-hilfsfrist-nrw-city": (480, 0.9, "share"),
    "de-hilfsfrist-nrw-rural": (720, 0.9, "share"),
    "de-hilfsfrist-bw": (720, 0.95, "share"),
    "de-hilfsfrist-thueringen": (840, 0.95, "share"),
    "de-hilfsfrist-thueringen-rural": (1_020, 0.95, "share"),
    "de-agbf-fire": (570, 0.9, "share"),
    "de-agbf-fire-16": (870, 0.9, "share"),
    "eu-eena-97": (20, 0.97, "share"),
    "eu-eena-71": (10, 0.71, "share"),
}
"""As the design's table of standards has them: threshold, share, statistic."""


@pytest.mark.parametrize("key", NUMBERS)
def test_it_has_the_numbers_of_its_source(key: str) -> None:
    """In both languages, with a source, and never active when nobody has verified it."""
    one = PRESETS[key]
    assert (one.threshold_s, one.target, one.statistic) == NUMBERS[key]
    assert one.name.id
    assert one.name.en
    assert one.source
    assert not one.active


def _table(one: Standard) -> Table:
    """Events two seconds apart, so that every interval is there and short."""
    seconds = {clock: np.full(N, 2.0 * n) for n, clock in enumerate(Clock)}
    labels = {
        "agency": [(*one.agencies, "dinkes")[0]] * N,
        "category": [(*one.categories, "MED")[0]] * N,
        "priority": [(*one.priorities, "P1")[0]] * N,
    }
    calls = one.subject is Subject.CALL
    return table_of(seconds, subject=one.subject, labels={} if calls else labels)


@pytest.mark.parametrize("key", PRESETS)
def test_it_gives_a_figure_or_says_why_not(key: str) -> None:
    """Met where everything is quick; the size of a crew is not recorded and says so."""
    one = PRESETS[key]
    found = judge(one, _table(one))
    if one.stop.who.startswith("crew>="):
        assert found.verdict is Verdict.UNANSWERABLE
        assert found.reason is not None
    else:
        assert found.n == N
        assert found.verdict is Verdict.MET


def test_older_editions_hold_in_their_own_years() -> None:
    """Never two editions of one line in force at once."""
    older, newer = PRESETS["nfpa-1221-process-2013-60"], PRESETS["nfpa-1221-process-64"]
    assert older.valid_to == newer.valid_from
