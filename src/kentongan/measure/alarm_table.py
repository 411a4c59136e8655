"""The month of alarms as text: aligned columns for a terminal."""

from kentongan.measure.alarms import AlarmMonth, KindCount
from kentongan.measure.table import aligned, clock_of_seconds, share

_HEAD = (
    "alarm", "what", "n", "taken", "in time", "median", "escalated", "chattering", "untouched",
    "open",
)  # fmt: skip


def to_table(month: AlarmMonth) -> str:
    """The report in columns, with what is a candidate for deletion named at the end."""
    kind = "training" if month.training else "duty"
    shares = ", ".join(
        f"{grade} {share(month.shares[grade])} (target {share(wanted)})"
        for grade, wanted in month.wanted.items()
    )
    lines = [
        f"{month.month}, {kind}: {month.raised} alarms; {shares}",
        "",
        *aligned([_HEAD, *(_cells(one) for one in month.kinds)]),
        "",
        *aligned(
            [
                ("desk", "n", *(f"{hour:02d}" for hour in range(24))),
                *((one.desk, str(one.raised), *map(_dot, one.by_hour)) for one in month.desks),
            ]
        ),
    ]
    candidates = [f"{one.code} {one.kind}".strip() for one in month.kinds if one.is_candidate]
    if candidates:
        lines += ["", f"candidates for deletion: {', '.join(candidates)}"]
    return "\n".join(lines)


def _cells(one: KindCount) -> tuple[str, ...]:
    return (
        one.code or "–",
        one.kind,
        str(one.raised),
        str(one.taken),
        share(one.taken_in_time / one.raised if one.raised else None),
        clock_of_seconds(one.median_s),
        str(one.escalated),
        str(one.chattering),
        str(one.untouched),
        str(one.open),
    )


def _dot(count: int) -> str:
    return str(count) if count else "·"
