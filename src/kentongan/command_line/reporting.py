"""The monthly report, and what the centre publishes."""

import argparse
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from kentongan.command_line.subcommands import Commands
from kentongan.settings import Settings


def add(commands: Commands) -> None:
    """The commands of this file."""
    report = commands.add_parser(
        "report",
        help="the monthly report of response times, as PDF or JSON",
        description="Headlines with their intervals, standards with both denominators, where the "
        "seconds were lost, curves, control charts, funnel, promises, quality of the data, the "
        "longest waits without names, and the month of alarms. An internal document: beside the "
        "open data of its month its single cases and small groups point at people. --public is the "
        "form for everybody.",
    )
    report.add_argument("--month", default=None, help="YYYY-MM (the month before this one)")
    report.add_argument(
        "--pdf", nargs="?", const="", default=None, metavar="FILE",
        help="write pages: to FILE, to - for the standard output, else laporan-YYYY-MM.pdf",
    )  # fmt: skip
    report.add_argument("--language", choices=("id", "en"), default="id")
    report.add_argument("--agency", default="", help="an agency's own report (all)")
    report.add_argument(
        "--public", action="store_true",
        help="the form that may be published: the whole city's figures, no single cases, no counts "
        "under 5",
    )  # fmt: skip
    report.add_argument("--limit", type=float, default=600.0, help="seconds, of plots (600)")
    report.add_argument("--training", action="store_true", help="training instead of duty")
    report.add_argument("--gently", action="store_true", help="at the lowest priority")
    report.add_argument("--json", action="store_true", help="the same as JSON (without --pdf too)")
    report.set_defaults(command=_report)
    night = commands.add_parser(
        "nightly", help="publish what is over, count histograms anew; `work` does it each night"
    )
    night.add_argument("--all", action="store_true", help="histograms of every month")
    night.set_defaults(command=_nightly)
    opened = commands.add_parser(
        "export-open",
        help="a month of responses as open data, in which nobody can be singled out",
        description="Every combination of place, time of day, kind and priority occurs at least k "
        "times; what is rarer is told more coarsely or suppressed, and how much that was is said. "
        "A month is given away once, from 31 days after its end on: two versions of it, "
        "subtracted, would point at people.",
    )
    opened.add_argument("--month", default=None, help="YYYY-MM (the newest that has settled)")
    opened.add_argument("--out", type=Path, default=Path(), help="a folder (this one)")
    opened.add_argument("--k", type=int, default=5, help="rows alike, at least (5)")
    opened.set_defaults(command=_export_open)


def _report(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.measure.monthly.content import Asked
    from kentongan.serve.reporting import run_report

    asked = Asked(
        month=parsed.month or month_before(settings),
        agency=parsed.agency,
        training=parsed.training or settings.training,
        limit_s=parsed.limit,
        public=parsed.public,
    )
    return run_report(
        settings,
        asked,
        language=parsed.language,
        pdf=parsed.pdf,
        as_json=parsed.json,
        is_gentle=parsed.gently,
    )


def _nightly(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.nightly import run_nightly

    return run_nightly(settings, everything=parsed.all)


def _export_open(settings: Settings, parsed: argparse.Namespace) -> int:
    from kentongan.serve.opening import run_export_open
    from kentongan.serve.wiring import utc_now

    return run_export_open(settings, parsed.month, parsed.out, parsed.k, utc_now())


def month_before(settings: Settings) -> str:
    """The last month that is over, by the city's calendar, as `2026-10`."""
    from kentongan.serve.wiring import load_pack

    now = datetime.now(ZoneInfo(load_pack(settings).city.timezone))
    year, month = (now.year, now.month - 1) if now.month > 1 else (now.year - 1, 12)
    return f"{year}-{month:02d}"
