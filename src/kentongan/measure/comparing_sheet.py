"""Before and after, charts and funnels as text for a terminal."""

from collections.abc import Callable, Sequence

from kentongan.measure.analysis_sheet import TOO_FEW
from kentongan.measure.case_mix import Named
from kentongan.measure.comparing import Comparison, Series
from kentongan.measure.detecting import Detectable, told
from kentongan.measure.statistics.change import DAYS_MIN, Difference
from kentongan.measure.statistics.funnel import DIFFERS_Q, Place
from kentongan.measure.table import aligned, clock_of_seconds, share
from kentongan.measure.weeks import PlainChart, Weeks


def comparison_lines(
    found: Sequence[Comparison], series: Sequence[Series], beyond: Difference | None, by: str
) -> list[str]:
    """After minus before, group by group."""
    head = (
        by or "all", "n", "n after", "P50", "", "P90", "", "within", "", "same mix",
        "smallest seen",
    )  # fmt: skip
    lines = aligned([head, *(_comparison(one) for one in found)])
    for one in found:
        if one.paradox is not None:
            lines.append(_paradox(" ".join(one.group) or "all", one.paradox))
    if beyond is not None:
        lines.append(f"P90 beyond everywhere else: {_seconds(beyond)} ({_clear(beyond)})")
    lines += [_series(one) for one in series]
    return lines


def _paradox(name: str, named: Named) -> str:
    """What the total did and what its parts did, and whether the parts' way may be chance."""
    found, by = named.found, ", ".join(named.by)
    limits = ""
    if found.low is not None and found.high is not None:
        limits = f" {100 * found.standardised_change:+.1f}"
        limits += f" ({100 * found.low:+.1f}…{100 * found.high:+.1f})"
    parts = f"is {found.strata}" if found.is_clear else f"seems {found.strata} (unclear)"
    return (
        f"paradox {name}: the total is {found.total}, by {by} it {parts}{limits}; "
        f"what changed is the mix ({', '.join(found.moved)})"
    )


def _comparison(one: Comparison) -> tuple[str, ...]:
    names = " ".join(name or "–" for name in one.group)
    counts = (names, str(one.n_before), str(one.n_after))
    if one.p90 is None or one.p50 is None or one.share is None:
        return (*counts, TOO_FEW, *[""] * 7)
    mix = "–"
    if one.mix is not None and one.mix.change is not None:
        limits = f"{100 * one.mix.change:+.1f}"
        if one.mix.low is not None and one.mix.high is not None:
            limits += f" ({100 * one.mix.low:+.1f}…{100 * one.mix.high:+.1f})"
        mix = f"{share(one.mix.before)} → {share(one.mix.after)}, {limits}"
    elif one.mix is not None:
        mix = f"only {share(one.mix.covered)} alike"
    return (
        *counts,
        _seconds(one.p50),
        _clear(one.p50, one.q_p50),
        _seconds(one.p90),
        _clear(one.p90, one.q_p90),
        f"{100 * one.share.change:+.1f}{_limits(one.share, 100, '+.1f')}",
        _clear(one.share, one.q_share),
        mix,
        "–" if one.detectable_p90_s is None else f"{one.detectable_p90_s:.0f} s",
    )


def _seconds(one: Difference) -> str:
    return f"{one.change:+.0f} s{_limits(one)}"


def _limits(one: Difference, scale: float = 1, form: str = "+.0f") -> str:
    if one.low is None or one.high is None:
        return ""
    return f" ({scale * one.low:{form}}…{scale * one.high:{form}})"


def _clear(one: Difference, q_value: float | None = None) -> str:
    """Of several groups only what their number does not explain is clear."""
    if one.low is None:
        return f"{min(one.days_before, one.days_after)} of {DAYS_MIN} days"
    if one.is_clear and q_value is not None and q_value > DIFFERS_Q:
        return f"unclear (q {q_value:.2f})"
    return "clear" if one.is_clear else "unclear"


def _series(one: Series) -> str:
    if one.found is None:
        return f"interrupted series of the weekly {one.figure}: {one.why}"
    low, high = one.found.level_low, one.found.level_high
    return (
        f"interrupted series of the weekly {one.figure} ({one.weeks_before} and {one.weeks_after} "
        f"weeks): step {one.found.level:+.3g} ({low:+.3g}…{high:+.3g}), p {one.found.level_p:.3f}; "
        f"slope {one.found.slope:+.3g} a week, p {one.found.slope_p:.3f}"
    )


def detectable_lines(found: Sequence[Detectable], limit_s: float) -> list[str]:
    """What a pilot would show, in a sentence for each length."""
    lines: list[str] = []
    for one in found:
        name = " ".join(label or "–" for label in one.group)
        lines.append(f"{name}: {told(one, limit_s)}" if name else told(one, limit_s))
    return lines or ["no case on record: nothing is known of their spread"]


def chart_lines(weeks: Weeks, gaps: PlainChart | None) -> list[str]:
    """Weeks with both charts, and the gaps between late ones."""
    head = ("week from", "", "n", "within", "limits", "median", "limits", "signal")
    rows = [_week(weeks, at) for at in range(len(weeks.lines))]
    lines = aligned([head, *rows]) if rows else ["no week with a case: nothing to draw"]
    if gaps is not None:
        told = ", ".join(f"gap {gaps.points[one.index]:.0f}: {one.rule}" for one in gaps.signals)
        lines.append(
            f"responses between two late ones: mean {gaps.middle[0]:.1f}; {told or 'ordinary'}"
        )
    return lines


def _week(weeks: Weeks, at: int) -> tuple[str, ...]:
    one = weeks.lines[at]
    return (
        one.monday,
        "",
        str(one.n),
        share(one.within / one.n if one.n else None),
        _edges(weeks.share, at, share),
        clock_of_seconds(one.p50_s),
        _edges(weeks.median, at, clock_of_seconds),
        "; ".join((*_signals(weeks.share, at, "share"), *_signals(weeks.median, at, "median"))),
    )


def _edges(chart: PlainChart | None, at: int, say: Callable[[float], str]) -> str:
    if chart is None or at not in chart.at:
        return "–"
    index = chart.at.index(at)
    return f"{say(chart.lower[index])}…{say(chart.upper[index])}"


def _signals(chart: PlainChart | None, at: int, name: str) -> list[str]:
    if chart is None:
        return []
    return [
        f"{name} {'high' if one.high else 'low'}: {one.rule}"
        for one in chart.signals
        if chart.at[one.index] == at
    ]


def funnel_lines(places: Sequence[Place], by: str) -> list[str]:
    """Who differs from all by more than their numbers explain, most remarkable first."""
    head = (by, "", "n", "within", "95 %", "99.8 %", "outside", "q")
    rows = [
        (
            one.key,
            "",
            str(one.n),
            share(one.share),
            f"{share(one.low_95)}…{share(one.high_95)}",
            f"{share(one.low_998)}…{share(one.high_998)}",
            f"{one.outside:.1%}" if one.outside else "–",
            f"{one.q_value:.3f}",
        )
        for one in places
    ]
    return aligned([head, *rows]) if rows else [f"no case with a {by}: nobody to compare"]
