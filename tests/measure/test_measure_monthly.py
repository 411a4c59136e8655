"""The monthly report: what was planted is found and said, in both languages, and nothing is made up
about a month without data."""

import json
import re
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from measure_month import FAR, months
from measure_story import journal
from msgspec import structs
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics

from kentongan.cities.pack import CityPack, load, packaged
from kentongan.measure.alarms import Alarms, month_of
from kentongan.measure.cases import Cases
from kentongan.measure.clocks import Clock
from kentongan.measure.monthly.content import Asked, Monthly, monthly
from kentongan.measure.monthly.headlines import Headline, Meaning, judged_together
from kentongan.measure.monthly.pages import monthly_blocks, monthly_pdf, sentence
from kentongan.measure.monthly.pages_charts import funnel_of
from kentongan.measure.monthly.speech import NONE, Speech
from kentongan.measure.monthly.words import WORDS
from kentongan.measure.pdf import MARGIN, Figure, Grid, Line, load_fonts
from kentongan.measure.standards import presets
from kentongan.measure.statistics.change import Difference

ZONE = ZoneInfo("Asia/Jakarta")
STANDARDS = tuple(one for one in presets() if one.active)


@pytest.fixture(scope="module")
def pack() -> CityPack:
    """The city's own names."""
    return load(packaged())


@pytest.fixture(scope="module")
def record() -> tuple[Cases, Alarms]:
    """Half a year; from October on one agency acknowledges forty seconds later."""
    facts = months("2026-05-01", 185, 9, planted_s=40, planted_from="2026-09-30T17:00")
    cases, alarms = Cases(), Alarms()
    for event, meta in journal(facts):
        cases.add(event, meta)
        alarms.add(event, meta)
    cases.finish()
    return cases, alarms


def _report(record: tuple[Cases, Alarms], month: str, agency: str = "") -> Monthly:
    return monthly(*record, {}, STANDARDS, Asked(month=month, agency=agency), ZONE)


def test_what_was_planted_is_found(record: tuple[Cases, Alarms], pack: CityPack) -> None:
    """The delay comes out on top at its agency; the far kecamatan lies outside of the funnel."""
    found = _report(record, "2026-10")
    assert found.ledger is not None
    first = found.ledger.changes[0]
    assert (first.cause, first.where) == ("acknowledgement", "damkar")
    assert first.saved_low_s is not None
    assert first.saved_high_s is not None
    assert 15 < first.saved_low_s < first.saved_high_s < 32  # 40 s at half, and what was ordinary
    assert found.funnel[0].key == FAR
    assert found.funnel[0].outside == 0.998
    assert {one.agency for one in found.headlines} == {"", "dinkes", "damkar"}
    assert found.incidents == sum(one.all for one in found.headlines if one.agency)
    assert found.weeks is not None
    assert len(found.weeks.lines) == 25  # the 26th is the one that the record begins in
    assert found.alarms is not None
    assert found.alarms.raised > 10
    assert found.promises is not None
    assert found.promises.n == found.incidents
    assert found.promises.promises == ()
    assert all(one.seconds > 600 for one in found.worst)
    assert [one.seconds for one in found.worst] == sorted(
        (one.seconds for one in found.worst), reverse=True
    )
    strip = {one.interval: one for one in found.quality}
    assert strip["citizen_response"].cancelled == pytest.approx(0.04, abs=0.03)
    assert strip["answer"].automatic == 1
    assert msgspec.json.decode(msgspec.json.encode(found))["month"] == "2026-10"
    said = _said(found, pack, "id")
    assert "Tiga perubahan ini akan menghemat paling banyak: jawaban instansi" in said
    assert "Rina" not in said
    assert pack.kecamatan_by_code[FAR].name in said


def test_a_week_that_the_record_begins_in_is_no_point(record: tuple[Cases, Alarms]) -> None:
    """It begins on Friday, 1 May: the chart on Monday, 4 May, in June and in October."""
    found = _report(record, "2026-06").weeks
    assert found is not None
    assert found.lines[0].monday == "2026-05-04"
    whole = _report(record, "2026-10").weeks
    assert whole is not None
    assert (whole.lines[0].monday, whole.lines[-1].monday) == ("2026-05-04", "2026-10-19")


def test_who_lies_outside_by_chance_has_no_name(
    record: tuple[Cases, Alarms], pack: CityPack
) -> None:
    """Of sixteen some always do; the table is in order of names and is no league table."""
    report = _report(record, "2026-10")
    chance = structs.replace(report.funnel[1], outside=0.95, q_value=0.07)
    planted = structs.replace(report, funnel=(report.funnel[0], chance, *report.funnel[2:]))
    blocks = funnel_of(planted, Speech("id", pack))
    table = next(one for one in blocks if isinstance(one, Grid))
    plot: Any = next(one for one in blocks if isinstance(one, Figure)).drawing
    named = [str(one.text) for one in plot.contents if hasattr(one, "text")]
    assert pack.kecamatan_by_code[FAR].name in named
    assert pack.kecamatan_by_code[chance.key].name not in named
    names = [row[0] for row in table.rows]
    assert names == sorted(names)
    assert [names[n] for n in table.marked] == [pack.kecamatan_by_code[FAR].name]


def test_the_chain_of_the_report_is_the_interval(record: tuple[Cases, Alarms]) -> None:
    """The waterfall's steps sum to the mean of the responses that the curve is about."""
    found = _report(record, "2026-10")
    assert found.ledger is not None
    assert found.curve is not None
    whole = sum(one.mean_s for one in found.ledger.steps)
    slow = sum(one.slow_mean_s for one in found.ledger.steps)
    assert found.curve.now[50] < whole < found.curve.now[75]
    assert found.curve.now[90] < slow < found.curve.now[100]
    assert found.ledger.n == found.curve.n


def test_an_agency_sees_its_own(record: tuple[Cases, Alarms]) -> None:
    """One sentence, its incidents, no calls and no alarms of the room."""
    found = _report(record, "2026-10", "dinkes")
    assert [one.agency for one in found.headlines] == ["dinkes"]
    assert found.alarms is None
    assert found.calls == 0
    assert 0 < found.incidents < _report(record, "2026-10").incidents
    assert all(one.agency == "dinkes" for one in found.worst)


def test_an_agency_is_told_what_was_left_out_of_its_own(record: tuple[Cases, Alarms]) -> None:
    """Ten merged incidents of the month that only the fire service was asked for."""
    cases, alarms = record
    start, end = month_of("2026-10", ZONE)
    theirs = [
        key
        for key, case in cases.incidents.items()
        if set(case.tasks) == {"damkar"} and start <= case.own[Clock.OPENED].at < end
    ][:10]
    merged = {key: structs.replace(cases.incidents[key], merged=True) for key in theirs}
    planted = structs.replace(cases, incidents={**cases.incidents, **merged})
    told: dict[str, dict[str, int]] = {}
    for agency in ("", "damkar", "dinkes"):
        found = _report((planted, alarms), "2026-10", agency)
        told[agency] = {one.reason: one.count for one in found.excluded}
    assert told == {"": {"merged": 10}, "damkar": {"merged": 10}, "dinkes": {}}


def test_a_month_without_data_says_so(record: tuple[Cases, Alarms], pack: CityPack) -> None:
    """In both languages, and with nothing else that looks like a figure."""
    found = _report(record, "2024-02")
    assert not found.has_data
    for language in WORDS:
        pages = monthly_pdf(found, STANDARDS, pack, language)
        said = _said(found, pack, language)
        assert WORDS[language]["no_data"] in said
        assert WORDS[language]["standards"] not in said
        assert len(re.findall(rb"/Type /Page\b", pages)) == 1
    with pytest.raises(ValueError, match="data"):
        _report(record, "2026-13")


def test_few_cases_have_no_percentile(record: tuple[Cases, Alarms], pack: CityPack) -> None:
    """The last two days of April (UTC) are a month of a handful: counted, not judged."""
    cases, alarms = Cases(), Alarms()
    for event, meta in journal(months("2026-03-01", 3, 4)):
        cases.add(event, meta)
    cases.finish()
    found = _report((cases, alarms), "2026-03")
    assert found.has_data
    assert found.ledger is None
    assert found.headlines[0].meaning is Meaning.TOO_FEW
    assert found.headlines[0].p90 is None
    speech = Speech("id", pack)
    assert "Belum cukup data" in sentence(found.headlines[0], 600, speech)
    assert monthly_pdf(found, STANDARDS, pack, "en").startswith(b"%PDF-")


def test_the_same_month_is_the_same_file_in_each_language(
    record: tuple[Cases, Alarms], pack: CityPack
) -> None:
    """Octet for octet; a limited number of pages; every key has words in both languages."""
    found = _report(record, "2026-10")
    once, again = (monthly_pdf(found, STANDARDS, pack, "en") for _ in range(2))
    assert once == again
    assert 5 <= len(re.findall(rb"/Type /Page\b", once)) <= 14
    assert set(WORDS["id"]) == set(WORDS["en"])
    for key, words in WORDS["id"].items():
        assert set(re.findall(r"{(\w+)}", words)) == set(re.findall(r"{(\w+)}", WORDS["en"][key]))


def test_no_word_of_a_table_is_torn(record: tuple[Cases, Alarms], pack: CityPack) -> None:
    """Each fits its column, heads and marked rows in bold: 174 mm, 6 pt of padding, 8 pt type."""
    load_fonts()
    report, width = _report(record, "2026-10"), A4[0] - 2 * MARGIN
    for language in WORDS:
        speech = Speech(language, pack)
        blocks = monthly_blocks(report, STANDARDS, pack, speech)
        for grid in [one for one in blocks if isinstance(one, Grid)]:
            for n, row in enumerate((grid.head, *grid.rows)):
                font = "VeraBd" if n == 0 or n - 1 in grid.marked else "Vera"
                for cell, share in zip(row, grid.widths, strict=True):
                    room = width * share / sum(grid.widths) - 6
                    for word in cell.split():
                        assert pdfmetrics.stringWidth(word, font, 8) <= room, (row, word)


def test_each_language_writes_its_own_words_numbers_and_clock(
    record: tuple[Cases, Alarms], pack: CityPack
) -> None:
    """Means, thousands and hours: none of one language in the report of the other."""
    month = _report(record, "2026-10")
    (line,) = month.lines
    found = structs.replace(month, lines=(structs.replace(line, offered=2622),))
    for language, mean, offered, clock in (
        ("id", "rata-rata ≤15:00", "2.622", r" \d\d\.\d\d\."),
        ("en", "mean ≤15:00", "2,622", r" \d\d:\d\d\."),
    ):
        blocks = monthly_blocks(found, STANDARDS, pack, Speech(language, pack))
        grids = [one for one in blocks if isinstance(one, Grid)]
        cells = [cell for grid in grids for row in grid.rows for cell in row]
        assert mean in cells
        assert sum(cell.startswith(("mean ", "rata-rata ")) for cell in cells) == cells.count(mean)
        (lines,) = (grid for grid in grids if grid.rows[0][0] == line.line)
        assert lines.rows[0][1] == offered
        told = [one.text for one in blocks if isinstance(one, Line)]
        assert re.search(clock, told[2]), told[2]


def test_a_change_is_called_meaningful_only_when_its_interval_says_so(
    record: tuple[Cases, Alarms], pack: CityPack
) -> None:
    """The sentence carries the smallest change that could have shown."""
    found = _report(record, "2026-10")
    speech = Speech("id", pack)
    for one in found.headlines:
        assert one.change is not None
        said = sentence(one, 600, speech)
        is_chance = one.meaning in {Meaning.UNCLEAR, Meaning.BY_CHANCE}
        assert ("tidak bermakna" in said) == is_chance
        assert one.change.low is not None
        assert (one.meaning is Meaning.UNCLEAR) == (not one.change.is_clear)
        assert one.q is not None
    assert found.headlines[0].change is not None
    few = structs.replace(found.headlines[0].change, low=None, high=None)
    bare = structs.replace(found.headlines[0], change=few, meaning=Meaning.FEW_DAYS)
    assert "belum cukup hari" in sentence(bare, 600, speech)
    assert json.loads(msgspec.json.encode(found))["headlines"][0]["detectable_s"] > 5


def test_of_many_agencies_one_that_is_off_by_chance_is_not_called_changed(
    record: tuple[Cases, Alarms], pack: CityPack
) -> None:
    """One of twelve just beyond its interval is what chance does; far beyond it is called; of one
    agency, and of all together, the interval alone decides."""
    plain = _report(record, "2026-10").headlines[0]

    def one_with(agency: str, change: float) -> Headline:
        change_s = Difference(
            before=600.0, after=600 + change, change=change, low=change - 40, high=change + 40,
            n_before=900, n_after=300, days_before=90, days_after=31,
        )  # fmt: skip
        meaning = Meaning.SLOWER if change > 40 else Meaning.UNCLEAR
        return structs.replace(plain, agency=agency, change=change_s, meaning=meaning)

    rest = [one_with(f"a{n}", 5.0 * (-1) ** n) for n in range(10)]
    found = judged_together([one_with("", 42), one_with("near", 43), one_with("far", 90), *rest])
    told = {one.agency: one for one in found}
    assert told[""].meaning is Meaning.SLOWER
    assert told["near"].meaning is Meaning.BY_CHANCE
    assert told["far"].meaning is Meaning.SLOWER
    assert {told[one.agency].meaning for one in rest} == {Meaning.UNCLEAR}
    assert "q 0,21" in sentence(told["near"], 600, Speech("id", pack))
    assert "by chance (q 0.21)" in sentence(told["near"], 600, Speech("en", pack))
    assert judged_together([one_with("near", 43)])[0].meaning is Meaning.SLOWER


def _said(report: Monthly, pack: CityPack, language: str) -> str:
    """Every word of the pages, those of the plots apart."""
    words: list[str] = []
    for block in monthly_blocks(report, STANDARDS, pack, Speech(language, pack)):
        if isinstance(block, Line):
            words.append(block.text)
        elif isinstance(block, Grid):
            words += [*block.head, *(cell for row in block.rows for cell in row)]
    return "\n".join(words)


def test_nine_of_ten_citizens_are_those_who_gave_up_as_well(
    record: tuple[Cases, Alarms], pack: CityPack
) -> None:
    """Who waited and got nobody keeps waiting in the figure and in the curve; the figure of those
    who got a unit stands beside it, and how many days the time before has."""
    cases, alarms = record
    waiting = {
        key: structs.replace(case, works=[], tasks={}) if at % 9 == 0 else case
        for at, (key, case) in enumerate(cases.incidents.items())
    }
    found = _report((structs.replace(cases, incidents=waiting), alarms), "2026-10")
    one, curve = found.headlines[0], found.curve
    assert curve is not None
    assert one.p90 is not None
    assert one.given_up == curve.given_up > 5
    assert one.p90_kept is None or one.p90_kept.value > one.p90.value
    at_90 = curve.now[90] if len(curve.now) > 90 else None
    assert at_90 == (one.p90_kept.value if one.p90_kept else None)
    said = sentence(one, 600, Speech("en", pack))
    assert "of those who got a unit" in said
    assert "gave up or still wait" in said
    assert one.change is not None
    assert f"{one.change.days_before} days on record" in said
    late = structs.replace(one, late=4, p90_without_late=one.p50)
    assert "4 arrivals were certainly stamped late" in sentence(late, 600, Speech("en", pack))


def test_every_sign_of_the_words_is_in_the_font() -> None:
    """No box is printed where a word or an arrow stands."""
    load_fonts()
    font: Any = pdfmetrics.getFont("Vera")
    for language, words in WORDS.items():
        for sign in set("".join(words.values()) + NONE + "−…≤·"):
            assert ord(sign) in font.face.charToGlyph, (language, sign)
