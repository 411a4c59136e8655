"""The screen's figures are `measure`'s own; days are kept, filters hold, officers see theirs."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from msgspec import structs

from kentongan.cities.pack import CityPack, load, packaged
from kentongan.core.rows import CallRow, IncidentRow
from kentongan.demo.history import write_history
from kentongan.measure.analysis import Request
from kentongan.measure.clocks import Clock
from kentongan.measure.day_tables import from_bytes, to_bytes
from kentongan.measure.exclusions import Selection
from kentongan.measure.intervals import INTERVAL_BY_KEY
from kentongan.measure.joining import joined
from kentongan.measure.screens.frame import AskedError
from kentongan.measure.screens.resampling import FEW, change_of
from kentongan.measure.standards import chosen, presets
from kentongan.measure.statistics.arrays import Floats, numbered
from kentongan.measure.statistics.change import Side, quantile_difference
from kentongan.measure.unit_hours import unit_hours
from kentongan.plan.desks import WRAP_UP_S, busy_hour, desks_for
from kentongan.serve.day_files import STATE, DayFiles
from kentongan.serve.evaluating import journal_cases, of_journal
from kentongan.serve.insight import Insight, NotYoursError
from kentongan.serve.insight_parts import PARTS
from kentongan.serve.planning import calls_of, patience_in
from kentongan.store.open import open_store
from kentongan.store.whole import WholeStore

NOW = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)
DAYS = 24
DAY = timedelta(days=1)
ZONE = ZoneInfo("Asia/Jakarta")
STANDARD = "id-semarang-10-ring"


class City:
    """A store with past days, their files, and the answers out of them."""

    def __init__(self, folder: Path) -> None:
        self.pack: CityPack = load(packaged())
        self.store: WholeStore = open_store(f"sqlite:{folder / 'past.db'}")
        self.files = DayFiles(folder / "evaluation", ZONE)
        self.insight = Insight(self.files, self.pack, lambda: False)

    def ask(self, part: str = "first", own: str | None = None, **asked: str) -> dict[str, Any]:
        """A part, as the page gets it."""
        given = {"part": part, "from": "2026-11-08", "days": "12", **asked}
        return json.loads(self.insight.answer(given, own, NOW, True))


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Three weeks and a half of a city."""
    city = City(tmp_path_factory.mktemp("past"))
    write_history(city.store, city.pack, DAYS, NOW)
    city.files.refresh(city.store, city.pack)
    yield city
    city.store.close()


def _between(city: City, days: int, **request: Any) -> Any:
    start = datetime(2026, 11, 8, tzinfo=ZONE).astimezone(UTC)
    selection = Selection(start, start + timedelta(days=days), training=True)
    return of_journal(city.store, city.pack, selection, Request(**request))


def test_the_sentence_is_the_evaluations_own_figure(city: City) -> None:
    """n, P50, P90 with its interval, both shares: those of `kentongan evaluate`."""
    citizen = INTERVAL_BY_KEY["citizen_response"]
    own = _between(city, 12, intervals=(citizen,), limit_s=600.0).intervals[0].groups[0]
    told = city.ask()["part"]["sentences"][0]
    assert own.n > 300
    assert (told["n"], told["all"]) == (own.n, own.all)
    for share, estimate in (("p50", own.p50), ("p90", own.p90)):
        assert told[share] == pytest.approx(structs.asdict(estimate))
    for side in ("of_ended", "of_all"):
        assert told["within"][side] == pytest.approx(structs.asdict(getattr(own.within, side)))
    assert told["within"]["of_all"]["value"] < told["within"]["of_ended"]["value"]


def test_the_waterfall_sums_and_the_standards_judge_as_everywhere(city: City) -> None:
    """Steps sum to the mean of all and of the slow; a standard's figure is `judge`'s own."""
    standards = chosen({one.id: one for one in presets()}, (STANDARD, "id-semarang-depart-5"))
    judged = {one.id: one for one in _between(city, 12, standards=standards).standards}
    told = city.ask(standard="id-semarang-depart-5")["part"]
    fall = told["waterfall"]
    assert sum(one["mean_s"] for one in fall["steps"]) == pytest.approx(fall["mean_s"])
    assert sum(one["slow_s"] for one in fall["steps"]) == pytest.approx(fall["slow_mean_s"])
    assert fall["slow_mean_s"] > 1.5 * fall["mean_s"]
    shown = {one["id"]: one for one in told["fractiles"]["standards"]}
    for key in (STANDARD, "id-semarang-depart-5"):
        assert (shown[key]["n"], shown[key]["all"]) == (judged[key].n, judged[key].all), key
        assert shown[key]["value"]["value"] == pytest.approx(judged[key].value.value), key
        assert shown[key]["verdict"] == str(judged[key].verdict)


def test_every_part_answers_and_agrees_with_the_sentence(city: City) -> None:
    """Places, hours, worst, change and funnel count the same cases."""
    n = city.ask()["part"]["sentences"][0]["n"]
    late = city.ask()["part"]["sentences"][0]["within"]
    parts = {name: city.ask(name)["part"] for name in PARTS}
    assert sum(one["n"] for one in parts["places"]["areas"]) == n
    assert sum(one["n"] for one in parts["hours"]["cells"]) == n
    assert parts["funnel"]["n"] == n
    assert parts["funnel"]["overall"] == pytest.approx(late["of_ended"]["value"])
    assert parts["change"]["n_after"] == n
    worst = parts["worst"]
    assert worst["slow_n"] == pytest.approx(n / 10, abs=2)
    assert sum(one["cases"] for one in worst["pareto"]) == worst["slow_n"]
    for case in worst["cases"]:
        assert not case["steps"] or sum(case["steps"]) == pytest.approx(case["total_s"])
    kept = city.ask()["part"]["sentences"][0]["p90_kept"]["value"]
    assert worst["from_s"] == pytest.approx(kept, rel=0.02)  # tickets without a unit apart
    hours = [one for one in parts["hours"]["cells"] if one["late"] is not None]
    assert all(one["late_share"]["n"] == one["n"] and one["late_q"] <= 1 for one in hours)
    longer = city.ask("change", **{"from": "2026-11-02", "days": "18"})["part"]
    assert "2026-10-26" <= longer["before_from"] < "2026-11-02"  # the first day on record
    never = [one for one in worst["cases"] if not one["steps"]]
    assert {one["cause"] for one in never} == {"never_came"}  # sent, and given up late
    assert all(one["total_s"] == one["lost_s"] >= worst["from_s"] for one in never)
    assert {one["cause"] for one in worst["pareto"]} > {"road", "dispatch"}
    busiest = max(parts["hours"]["cells"], key=lambda one: one["calls"])
    spoken, busy = parts["hours"]["handling_s"] + WRAP_UP_S, busy_hour(busiest["calls"], 0.0)
    assert busy > busiest["calls"]
    start = datetime(2026, 11, 8, tzinfo=ZONE)
    rang = [one for one in calls_of(city.store) if Clock.RING in one.stamps]
    here = [one for one in rang if timedelta() <= one.stamps[Clock.RING].at - start < 12 * DAY]
    assert busiest["desks"] == desks_for(busy, spoken, patience_in(here))
    calls = sum(one["calls"] * one["hours"] for one in parts["hours"]["cells"])
    assert calls == pytest.approx(_between(city, 12).intervals[0].groups[0].all, rel=0.01)


def test_promises_and_advice_are_the_evaluations_own(city: City) -> None:
    """The table of the days says what the journal's cases say; an officer sees the own units."""
    own = _between(city, 12, with_ledger=True)
    told = city.ask("advice")["part"]
    assert told["promises"]["n"] == own.promises.n > 300
    assert told["promises"]["kept"] == pytest.approx(structs.asdict(own.promises.kept))
    assert told["advice"]["all"]["n"] == own.advice.all.n
    assert [one["n"] for one in told["advice"]["by_hour"]] == [x.n for x in own.advice.by_hour]
    assert {one["key"] for one in told["advice"]["by_kind"]} >= {"ambulance", "fire_engine"}
    assert 0.7 < told["advice"]["all"]["inside"]["value"] < 0.9
    damkar = city.ask("advice", own="damkar")["part"]
    assert 0 < damkar["promises"]["n"] < told["promises"]["n"]
    assert [one["key"] for one in damkar["advice"]["by_kind"]] == ["fire_engine"]


def test_the_units_load_is_the_evaluations_own(city: City) -> None:
    """Hours bound, on duty and neither signed on, by agency, out of day files as out of the
    journal; too few works have hours and no ratio; an officer sees the own units."""
    cases = journal_cases(city.store)
    start = datetime(2026, 11, 8, tzinfo=ZONE)
    own = unit_hours(cases.duty, cases.incidents.values(), start, start + 12 * DAY, cases.until)
    found = city.ask("load")["part"]
    groups = {one["agency"]: one for one in found["groups"]}
    assert {one.agency for one in own} == set(groups)
    assert found["groups"][0]["agency"] == ""
    for one in own:
        same = groups[one.agency]
        assert same["units"] == one.units
        for name in ("bound_h", "on_duty_h", "unsigned_h"):
            assert same[name] == pytest.approx(getattr(one, name), abs=0.1), (one.agency, name)
        if same["works"] >= 30:
            assert same["utilisation"]["value"] == pytest.approx(one.utilisation, abs=1e-3)
            assert same["utilisation"]["low"] is None  # twelve days bound no ratio
    assert any(one["utilisation"] is None and one["works"] < 30 for one in found["units"])
    assert found["unsure"] == sum(one["utilisation"] is None for one in found["units"])
    damkar = city.ask("load", own="damkar")["part"]
    assert damkar["groups"] == [groups["damkar"]]
    assert {one["agency"] for one in damkar["units"]} == {"damkar"}
    cells = city.ask("hours")["part"]["cells"]
    hours = [one["utilisation"] for one in cells]
    assert all(one is not None and 0 <= one < 1 for one in hours)
    all_day = groups[""]["bound_h"] / groups[""]["on_duty_h"]
    assert min(hours) < all_day < max(hours)
    longer = city.ask("load", **{"from": "2026-11-01", "days": "19"})["part"]["groups"][0]
    limits = longer["utilisation"]
    assert limits["low"] < limits["value"] < limits["high"]


def test_one_kecamatan_is_held_against_all_others(city: City) -> None:
    """Four numbers of cases and a choice; of calls, which have no kecamatan, there is neither."""
    whole = city.ask("change")
    assert whole["part"]["elsewhere"] is None
    counts = city.ask("funnel")["part"]["places"]["kecamatan"]
    most = max(counts, key=lambda one: one["n"])["key"]
    assert most in whole["choices"]["kecamatan"]
    found = city.ask("change", treated=most)["part"]["elsewhere"]
    assert found["place"] == most
    assert found["n_here_after"] + found["n_there_after"] == sum(one["n"] for one in counts)
    assert 0 < found["n_here_before"] < found["n_there_before"]
    nobody = city.ask("change", treated="33.74.99")["part"]["elsewhere"]
    assert (nobody["n_here_after"], nobody["measures"]) == (0, [])
    assert city.ask("change", treated=most, interval="answer")["part"]["elsewhere"] is None
    with pytest.raises(AskedError, match="treated"):
        city.ask("change", treated="a b")


def test_an_officer_sees_the_own_agency_and_no_call(city: City) -> None:
    """Whatever is asked: another agency is not found, calls are nobody's, choices are the own."""
    own, whole = city.ask(own="damkar"), city.ask()
    assert [one["agency"] for one in own["part"]["sentences"]] == ["damkar"]
    assert own["choices"]["agency"] == ["damkar"]
    assert "answer" not in own["choices"]["interval"]
    assert "answer" in whole["choices"]["interval"]
    one_agency = city.ask(agency="damkar")["part"]
    same = one_agency["sentences"][0]
    assert one_agency["quality"]["calls"] is None
    calls = city.ask()["part"]["quality"]["calls"]  # F9: who hung up, of whom
    assert [one["key"] for one in calls["ratios"]] == ["abandoned", "rescued", "short"]
    assert 0 < calls["ratios"][0]["count"] < calls["ratios"][0]["of"] <= calls["offered"]
    assert own["part"]["sentences"][0] == same
    assert 30 < same["n"] < whole["part"]["sentences"][0]["n"] / 3
    assert "agency" not in city.ask("funnel", own="damkar")["part"]["places"]
    assert {one["agency"] for one in city.ask("worst", own="damkar")["part"]["cases"]} == {"damkar"}
    with pytest.raises(NotYoursError):
        city.ask(own="damkar", agency="dinkes")
    with pytest.raises(AskedError, match="per call"):
        city.ask(own="damkar", interval="answer")
    with pytest.raises(AskedError, match="about calls"):
        city.ask(own="damkar", standard=next(one.id for one in presets() if one.subject == "call"))
    with pytest.raises(AskedError, match="1990 to 2100"):
        city.ask(**{"from": "0001-01-01"})


def test_filters_narrow_and_too_few_say_so(city: City) -> None:
    """A priority and a kelurahan at once; under thirty there is a count and no percentile."""
    whole = city.ask()["part"]["sentences"][0]
    narrow = city.ask(priority="P1")["part"]["sentences"][0]
    assert 0 < narrow["n"] < whole["n"]
    area = city.ask("places")["part"]["areas"][0]["kelurahan"]
    few = city.ask(kelurahan=area, priority="P1")["part"]
    assert few["sentences"][0]["n"] < 30
    assert few["sentences"][0]["p90"] is None
    assert few["waterfall"] is None
    assert few["fractiles"]["now"]["seconds"] == []
    assert city.ask(interval="answer", agency="damkar")["part"]["unfiltered"] is True


@pytest.mark.parametrize("part", PARTS)
def test_a_time_without_a_case_is_an_answer(city: City, part: str) -> None:
    """Nothing on record is said as nothing, part by part, for the city and for an agency."""
    for own in (None, "damkar"):
        told = city.ask(part, own=own, **{"from": "2020-01-01"})
        assert told["first_day"] == "2026-10-27"
        assert told["asked"]["start"] == "2020-01-01"
    first = city.ask(**{"from": "2020-01-01"})["part"]
    assert [(one["n"], one["all"]) for one in first["sentences"]] == [(0, 0)]
    assert first["waterfall"] is None


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"from": "soon"}, "'soon' is not a day"),
        ({"days": "0"}, "days: 1 to"),
        ({"days": "99999999999"}, "days: 1 to"),
        ({"interval": "moon"}, "no interval 'moon'"),
        ({"standard": "moon"}, "no standard 'moon'"),
        ({"part": "moon"}, "part:"),
        ({"agency": "<script>"}, "agency: not a name"),
    ],
)
def test_what_cannot_be_meant_is_said(city: City, asked: dict[str, str], told: str) -> None:
    """A sentence, never a trace and never a silent figure."""
    with pytest.raises(AskedError, match=told):
        city.ask(**asked)


def test_nothing_personal_and_of_the_sensitive_only_where(city: City) -> None:
    """Sensitive incidents count without kind or point; nobody is named."""
    sensitive = {one.code for one in city.pack.natures if "SENS" in one.flags}
    assert sensitive
    day = city.files.days(training=True)[-3]
    table = from_bytes(city.files.path(day, training=True).read_bytes()).tables["incident"]
    natures = set(table.labels["nature"].used)
    assert not natures & sensitive
    assert "" in natures
    used = set(table.labels["category"].used)
    assert "MED" in used  # nearly all of it is sensitive, and the figures are not blind for it
    assert "KDR" not in used
    hidden = table.labels["nature"].codes == table.labels["nature"].names.index("")
    cells = table.labels["cell"]
    assert {cells.names[code] for code in cells.codes[hidden]} == {""}
    assert b"history" not in city.files.path(day, training=True).read_bytes()


def test_nobody_of_the_past_is_still_waited_for(city: City) -> None:
    """No caller of a made-up month stands on today's list, and no incident is open."""
    calls = [found.row for found in city.store.rows("call") if isinstance(found.row, CallRow)]
    assert any(call.answered_at is None for call in calls)
    assert all(call.disposition or call.answered_at for call in calls)
    incidents = [found.row for found in city.store.rows("incident")]
    assert {row.state for row in incidents if isinstance(row, IncidentRow)} == {"closed"}


def test_files_follow_the_journal_and_survive_being_read_anew(tmp_path: Path) -> None:
    """Nothing new is nothing read; a lost state reads all again, to the same files."""
    city = City(tmp_path)
    write_history(city.store, city.pack, 3, NOW)
    assert json.loads(city.insight.answer({}, None, NOW, True))["preparing"] is True
    first = city.files.refresh(city.store, city.pack)
    kept = {day: city.files.path(day, training=True).read_bytes() for day in _days(city)}
    assert first > 500
    assert len(kept) == 3
    assert city.files.refresh(city.store, city.pack) == 0
    (city.files.folder / STATE).unlink()
    assert city.files.refresh(city.store, city.pack) == first
    assert {day: city.files.path(day, training=True).read_bytes() for day in _days(city)} == kept
    days = [from_bytes(content) for content in kept.values()]
    whole = joined(days)
    assert whole.tables["own"].size == sum(day.tables["own"].size for day in days)
    assert from_bytes(to_bytes(whole)).tables["work"].keys == whole.tables["work"].keys
    with pytest.raises(ValueError, match="no day of cases"):
        from_bytes(b"nothing")
    city.store.close()


def _days(city: City) -> list[date]:
    return city.files.days(training=True)


def test_resampling_by_histograms_is_resampling(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast interval and the exact one agree to two seconds at both ends."""
    chance = np.random.default_rng(5)

    def side(median: float) -> Side:
        days = np.repeat(np.arange(90), 30)
        busy = np.repeat(chance.normal(0, 0.1, 90), 30)
        values: Floats = np.exp(chance.normal(0, 0.5, len(days)) + busy + np.log(median))
        return Side(values, days)

    before, after = side(420), side(390)
    assert len(before.values) + len(after.values) > FEW
    fast = change_of(before, after, 0.9, np.random.default_rng(1))
    exact = quantile_difference(before, after, 0.9, np.random.default_rng(1))
    assert fast is not None
    assert fast.change == exact.change
    assert exact.low is not None
    assert exact.high is not None
    width = exact.high - exact.low
    assert fast.low == pytest.approx(exact.low, abs=0.12 * width)
    assert fast.high == pytest.approx(exact.high, abs=0.12 * width)
    monkeypatch.setattr("kentongan.measure.screens.resampling.NEAR", 0.0)
    every_second = change_of(before, after, 0.9, np.random.default_rng(1))
    assert every_second == fast


@pytest.mark.parametrize("apart", [1, 10**9])
def test_blocks_are_numbered_in_their_order(apart: int) -> None:
    """Counted where they lie together, sorted where they do not: the same numbers."""
    blocks = np.random.default_rng(3).integers(-9, 90, 500) * apart
    wanted, of = np.unique(blocks, return_inverse=True)
    found, count = numbered(blocks)
    assert count == len(wanted)
    assert np.array_equal(found, of)


def test_a_week_that_runs_or_is_cut_is_no_point(city: City) -> None:
    """Twelve days from a Sunday and the twelve before: only weeks from Monday to Sunday count."""
    told = city.ask("weeks")["part"]
    assert told["weeks"] == 2  # 2 to 8 and 9 to 15 November; 27 October to 1 is cut, 16 to 19 runs
