"""What must hold of the run cards: known codes, one card each, and a fleet that can answer them."""

from collections.abc import Iterable
from typing import Final

from kentongan.cities.facts import Unit
from kentongan.cities.findings import Findings, listed
from kentongan.cities.run_cards import RunCard, RunLine
from kentongan.cities.taxonomy import PriorityCode

PART: Final = "run_cards"

DISPATCHED: Final = {PriorityCode.P1, PriorityCode.P2, PriorityCode.P3, PriorityCode.P4}

BUSY_STEPS: Final = {"on_scene", "at_patient", "transporting", "at_hospital", "handed_over"}
"""Steps of which one may say how long they usually take; before them nothing has begun."""

UNITS_OF_A_LINE_MAX: Final = 20
"""Units one line may ask for; more is a disaster plan, not a run card."""

TYPICAL_MIN_S, TYPICAL_MAX_S = 60, 14_400
"""Between a minute and four hours: outside it somebody took minutes for seconds."""

LINES_MAX: Final = 10
"""Lines of one stage; a longer one is read by nobody."""


def check_run_cards(findings: Findings) -> None:
    """Note everything in `run-cards.yaml` that does not fit."""
    read = findings.read
    cards = read.run_cards.run_cards
    findings.unique(PART, listed("run_cards", (card.key for card in cards)))
    categories = {category.code for category in read.taxonomy.categories}
    natures = {one.code for category in read.taxonomy.categories for one in category.natures}
    for n, card in enumerate(cards):
        where = ("run_cards", n)
        findings.all_known(PART, (*where, "natures"), card.natures, natures, what="sub-category")
        scope = card.categories
        findings.all_known(PART, (*where, "categories"), scope, categories, what="category")
        if not card.natures and not scope:
            findings.miss(PART, (*where, "categories"), "no category and no sub-category is named")
        _check_stages(findings, n, card)
    _check_once(findings, "natures", (card.natures for card in cards))
    _check_once(findings, "categories", (card.categories for card in cards))
    _check_busy(findings)


def _check_busy(findings: Findings) -> None:
    read = findings.read
    steps = findings.unique(
        PART, listed("busy", (step.progress for step in read.run_cards.busy), "progress")
    )
    for n, step in enumerate(read.run_cards.busy):
        if not TYPICAL_MIN_S <= step.typical_s <= TYPICAL_MAX_S:
            words = f"must be from {TYPICAL_MIN_S} to {TYPICAL_MAX_S}"
            findings.miss(PART, ("busy", n, "typical_s"), words)
        if step.progress in steps - BUSY_STEPS:
            words = f"must be one of {', '.join(sorted(BUSY_STEPS))}"
            findings.miss(PART, ("busy", n, "progress"), words)


def _check_once(findings: Findings, field: str, scopes: Iterable[tuple[str, ...]]) -> None:
    """Two cards for one thing would leave it open which counts."""
    seen: dict[str, int] = {}
    for n, scope in enumerate(scopes):
        for m, code in enumerate(scope):
            if seen.setdefault(code, n) != n:
                words = f"{code[:40]!r} has another card already"
                findings.miss(PART, ("run_cards", n, field, m), words)


def _check_stages(findings: Findings, n: int, card: RunCard) -> None:
    seen: set[PriorityCode] = set()
    if not card.stages:
        findings.miss(PART, ("run_cards", n, "stages"), "is empty")
    for m, stage in enumerate(card.stages):
        where = ("run_cards", n, "stages", m)
        for k, priority in enumerate(stage.priorities):
            if priority in seen:
                findings.miss(PART, (*where, "priorities", k), f"{priority} has a stage already")
            if priority not in DISPATCHED:
                findings.miss(PART, (*where, "priorities", k), f"{priority} is not sent to")
            seen.add(priority)
        if not stage.priorities:
            findings.miss(PART, (*where, "priorities"), "is empty")
        if not 1 <= len(stage.send) <= LINES_MAX:
            findings.miss(PART, (*where, "send"), f"must have 1 to {LINES_MAX} lines")
        for k, line in enumerate(stage.send):
            _check_line(findings, (*where, "send", k), line)


def _check_line(findings: Findings, where: tuple[str | int, ...], line: RunLine) -> None:
    read = findings.read
    agencies = {agency.key for agency in read.agencies.agencies}
    findings.all_known(PART, (*where, "agencies"), line.agencies, agencies, what="agency")
    if not 1 <= line.count <= UNITS_OF_A_LINE_MAX:
        findings.miss(PART, (*where, "count"), f"must be from 1 to {UNITS_OF_A_LINE_MAX}")
    if not line.needs and not line.agencies:
        findings.miss(PART, where, "asks for any unit of anybody")
    able = sum(_is_able(unit, line) for unit in read.units.units)
    if able < line.count:
        what = " and ".join(need.value for need in line.needs) or "that agency's work"
        words = f"asks for {line.count} units that can do {what}, the fleet has {able}"
        findings.miss(PART, where, words)


def _is_able(unit: Unit, line: RunLine) -> bool:
    is_asked = not line.agencies or unit.agency in line.agencies
    return is_asked and all(need in unit.capabilities for need in line.needs)
