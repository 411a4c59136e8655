"""Whether the advice was good, as lines for a terminal."""

from kentongan.measure.advice import WANTED, Advice, Choice, Covered
from kentongan.measure.statistics.change import Difference
from kentongan.measure.statistics.quantiles import ENOUGH, Estimate
from kentongan.measure.table import aligned, clock_of_seconds

HEAD = ("arrivals", "", "n", "within the range", "", "early", "late", "error", "")


def advice_lines(found: Advice) -> list[str]:
    """Arrivals against their ranges; followed against overridden; by kind of unit and by hour."""
    rows = [
        _row("all", found.all),
        *(_row(one.choice, one.covered) for one in found.choices),
        *(_row(f"  {one.key}", one) for one in found.by_kind),
        *(_row(f"  {one.key}.00", one) for one in found.by_hour),
    ]
    title = (
        f"advice: arrivals against the range of the list (P10 to P90: {WANTED:.0%} wanted within); "
        f"left out {found.unknown:,} without a range, {found.unsure:,} written late, "
        f"{found.never_came:,} that never came, {found.pending:,} under way"
    )
    took = [_choice_line(one) for one in found.choices if one.covered.n]
    changes = [
        _change_line("within the range", found.inside_change, 100, " points"),
        _change_line("assigned to arrived, median", found.took_change, 1, " s"),
    ]
    return [title, *aligned([HEAD, *rows]), *took, *(one for one in changes if one)]


def _row(name: str, one: Covered) -> tuple[str, ...]:
    return (
        name,
        "",
        f"{one.n:,}",
        *_share(one.inside),
        str(one.early),
        str(one.late),
        *_seconds(one.error_s),
    )


def _share(one: Estimate | None) -> tuple[str, str]:
    if one is None:
        return f"under {ENOUGH}", ""
    return f"{one.value:.1%}", f"{one.low or 0:.1%}…{one.high or 0:.1%}"


def _seconds(one: Estimate | None) -> tuple[str, str]:
    if one is None:
        return "", ""
    low, high = ("–" if side is None else f"{side:+.0f}" for side in (one.low, one.high))
    return f"{one.value:+.0f} s", f"{low}…{high}"


def _choice_line(one: Choice) -> str:
    took = f"under {ENOUGH}" if one.took_s is None else clock_of_seconds(one.took_s.value)
    lost = "" if one.lost_s is None else f"; by the list itself it cost {one.lost_s.value:.0f} s"
    return f"{one.choice}: assigned to arrived, median {took}{lost}"


def _change_line(what: str, change: Difference | None, scale: float, unit: str) -> str:
    if change is None:
        return ""
    limits = "too few days"
    if change.low is not None and change.high is not None:
        limits = f"{change.low * scale:+.1f}…{change.high * scale:+.1f}"
    return (
        f"overridden against followed, {what}: {change.change * scale:+.1f}{unit} "
        f"({limits}); other incidents, so no proof of what the other would have done"
    )
