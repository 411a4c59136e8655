"""The monthly report as pages: sentences first, then each plot with the table behind it."""

from collections.abc import Mapping, Sequence

from kentongan.cities.pack import CityPack
from kentongan.measure.judging import Judgement, Verdict
from kentongan.measure.monthly.content import Monthly
from kentongan.measure.monthly.headlines import Headline, Meaning
from kentongan.measure.monthly.pages_charts import funnel_of, weeks
from kentongan.measure.monthly.pages_lists import alarms, promises, quality, worst
from kentongan.measure.monthly.pages_plots import curve, lost
from kentongan.measure.monthly.pages_ratios import ratios
from kentongan.measure.monthly.speech import NONE, Speech
from kentongan.measure.pdf import Figure, Grid, Line, pdf_of
from kentongan.measure.standards import Standard
from kentongan.measure.statistics.quantiles import Estimate

Blocks = list[Line | Grid | Figure]


def monthly_pdf(
    report: Monthly, standards: Sequence[Standard], pack: CityPack, language: str
) -> bytes:
    """The pages, the same octets each time; `KeyError` for a language that there is not."""
    speech = Speech(language, pack)
    banner = speech.say("training") if report.training else ""
    blocks = monthly_blocks(report, standards, pack, speech)
    return pdf_of(_title(report, speech), blocks, banner=banner)


def monthly_blocks(
    report: Monthly, standards: Sequence[Standard], pack: CityPack, speech: Speech
) -> Blocks:
    """What stands on the pages, in its order."""
    blocks: Blocks = [
        Line(text=_title(report, speech), size=16, is_bold=True),
        Line(text=f"{speech.name(pack.city.name)}. {_whose(report, speech, pack)}", size=11),
        Line(text=_span(report, speech), size=8),
        Line(text=speech.say("public" if report.public else "internal"), size=9, is_bold=True),
    ]
    if not report.has_data:
        blocks.append(Line(text=speech.say("no_data"), size=12, is_bold=True))
    else:
        blocks += _body(report, {one.id: one for one in standards}, speech)
    return [
        *blocks,
        Line(text=speech.say("how"), size=12, is_heading=True),
        Line(text=speech.say("how_1"), size=8),
        Line(text=speech.say("how_2", month=report.month), size=8),
    ]


def _title(report: Monthly, speech: Speech) -> str:
    return f"{speech.say('title')}, {speech.month(report.month)}"


def _body(report: Monthly, standards: Mapping[str, Standard], speech: Speech) -> Blocks:
    if report.public:
        return [
            *_headlines(report, speech),
            *_standards(report.standards, standards, speech),
            *ratios(report, speech),
            *curve(report, standards, speech),
        ]
    return [
        *_headlines(report, speech),
        *_standards(report.standards, standards, speech),
        *ratios(report, speech),
        *lost(report, speech),
        *curve(report, standards, speech),
        *weeks(report, speech),
        *funnel_of(report, speech),
        *promises(report, speech),
        *quality(report, speech),
        *worst(report, speech),
        *alarms(report, speech),
    ]


def _whose(report: Monthly, speech: Speech, pack: CityPack) -> str:
    if not report.agency:
        return speech.say("of_all")
    agency = pack.agency_by_key.get(report.agency)
    return speech.say("of_agency", name=speech.name(agency.name) if agency else report.agency)


def _span(report: Monthly, speech: Speech) -> str:
    last = report.end_at.replace(microsecond=0)
    return speech.say(
        "span",
        first=speech.day(report.start_at),
        last=speech.day(last.fromtimestamp(last.timestamp() - 1, tz=last.tzinfo)),
        until=speech.moment(report.until),
    )


def _headlines(report: Monthly, speech: Speech) -> Blocks:
    blocks: Blocks = [Line(text=speech.say("summary"), size=12, is_heading=True)]
    for at, one in enumerate(report.headlines):
        words = f"{speech.agency(one.agency)}: {sentence(one, report.limit_s, speech)}"
        blocks.append(Line(text=words, size=10 if at == 0 else 9, is_bold=at == 0))
    if not report.agency:
        counted = speech.say(
            "counts", calls=speech.number(report.calls), incidents=speech.number(report.incidents)
        )
        blocks.append(Line(text=counted, size=9))
    if report.excluded:
        told = ", ".join(
            f"{one.count} {speech.say(f'reason.{one.reason}')}" for one in report.excluded
        )
        blocks.append(Line(text=speech.say("excluded", told=told), size=9))
    if report.lines:
        head = ("line", "offered", "answered", "abandoned", "waiting")
        rows = tuple(
            (
                one.line or NONE,
                *map(speech.number, (one.offered, one.answered, one.abandoned, one.waiting)),
            )
            for one in report.lines
        )
        blocks.append(Grid(head=tuple(map(speech.say, head)), rows=rows, widths=(2, 1, 1, 1, 1)))
    return blocks


def sentence(one: Headline, limit_s: float, speech: Speech) -> str:
    """The headline in words, with what its change means."""
    if one.meaning is Meaning.TOO_FEW or one.p90 is None:
        return speech.say("too_few", n=one.n)
    inside, p90 = one.within, one.p90_kept or one.p90
    is_told_of_all = one.given_up == 0 or one.p90_kept is not None
    said = speech.say(
        "sentence" if is_told_of_all else "sentence_never",
        p90=speech.minutes(p90.value),
        low=speech.minutes(p90.low),
        high=speech.minutes(p90.high),
        lost=speech.number(one.given_up),
        within=speech.percent(_value(inside.of_ended if inside else None)),
        limit=speech.minutes(limit_s),
        within_all=speech.percent(_value(inside.of_all if inside else None)),
    )
    said = " ".join([said, *_asides(one, one.p90, speech)])
    if one.change is None:
        return f"{said} {speech.say('nothing_before')}"
    is_clear = one.meaning in {Meaning.FASTER, Meaning.SLOWER}
    amount = abs(one.change.change) if is_clear else one.change.change
    change = speech.say(
        one.meaning,
        change=speech.seconds(amount),
        low=speech.seconds(one.change.low),
        high=speech.seconds(one.change.high),
        days=one.change.days_before,
        q=speech.number(one.q or 0, 2),
    )
    if is_clear or one.detectable_s is None:
        return f"{said} {change}"
    shown = speech.say("detectable", seconds=speech.seconds(one.detectable_s))
    return f"{said} {change} {shown}"


def _asides(one: Headline, p90: Estimate, speech: Speech) -> list[str]:
    """What the figure would be without those who gave up, and without what was stamped late."""
    told: list[str] = []
    if one.late:
        told.append(
            speech.say(
                "late_taps",
                n=speech.number(one.late),
                p90=speech.minutes(one.p90_without_late.value if one.p90_without_late else None),
            )
        )
    if one.p90_kept is not None:
        told.append(
            speech.say("of_those", lost=speech.number(one.given_up), p90=speech.minutes(p90.value))
        )
    return told


def _value(estimate: Estimate | None) -> float | None:
    return estimate.value if estimate else None


def _standards(
    judged: Sequence[Judgement], standards: Mapping[str, Standard], speech: Speech
) -> Blocks:
    if not judged:
        return []
    head = ("standard", "wanted", "found", "of_ended", "of_begun", "n", "verdict")
    return [
        Line(text=speech.say("standards"), size=12, is_heading=True),
        Grid(
            head=tuple(map(speech.say, head)),
            rows=tuple(_standard(one, standards[one.id], speech) for one in judged),
            widths=(4.6, 1.3, 3.1, 1.4, 1.3, 1.5, 2),
            marked=frozenset(n for n, one in enumerate(judged) if one.verdict is Verdict.NOT_MET),
        ),
    ]


def _statistic(name: str, speech: Speech) -> str:
    return speech.say("mean").lower() if name == "mean" else name.upper()


def _standard(one: Judgement, standard: Standard, speech: Speech) -> tuple[str, ...]:
    is_share = one.statistic == "share"
    wanted = speech.percent(one.target, 0) if is_share else f"≤{speech.minutes(one.threshold_s)}"
    verdict = {
        Verdict.MET: speech.say("met"),
        Verdict.NOT_MET: speech.say("not_met"),
    }.get(one.verdict, speech.say(f"verdict.{one.verdict}"))
    doubt = "" if one.status == "verified" else f" [{speech.say(one.status)}]"
    inside = one.within
    return (
        speech.name(standard.name) + doubt,
        wanted if is_share else f"{_statistic(one.statistic, speech)} {wanted}",
        speech.interval(one.value, is_share=is_share),
        speech.percent(_value(inside.of_ended if inside else None)),
        speech.percent(_value(inside.of_all if inside else None)),
        f"{speech.number(one.n)} / {speech.number(one.all)}",
        verdict,
    )
