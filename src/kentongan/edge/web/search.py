"""One box for everything: incidents by number, code or place, units, telephone numbers, names.

Searches what the viewer may see and nothing else: candidates are redacted rows, texts are opened
only for those, and what a match was found in is never told beyond the row itself.
"""

from typing import Final

from msgspec import Struct

from kentongan.core.redaction import mask_number, masks_numbers
from kentongan.core.rows import IncidentRow, ReportRow, UnitRow
from kentongan.core.words import Agent, Place
from kentongan.edge.web.bodies import Found
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.visible import list_visible
from kentongan.store.whole import WholeStore

QUERY_MAX: Final = 100
"""Characters of a query."""

QUERY_MIN: Final = 2
"""A single letter finds everything."""

FOUND_MAX: Final = 30
"""Things shown."""

REPORTS_MAX: Final = 3_000
"""Reports whose number or name is compared: the newest of about three days."""

DIGITS_MIN: Final = 4
"""Digits that count as a part of a telephone number."""


class Result(Struct, frozen=True):
    """What was found, and the personal texts that were shown for it."""

    found: list[Found]
    refs: frozenset[str]


class Reach(Struct, frozen=True):
    """The rows a search may look at; taken on the event loop, searched on the reading thread."""

    incidents: list[IncidentRow]
    reports: list[ReportRow]
    units: list[UnitRow]


def reach(parts: Parts, agent: Agent) -> Reach:
    """The rows the agent sees."""
    reports = list_visible(parts, agent, ReportRow, "report")
    reports.sort(key=lambda report: report.opened_at, reverse=True)
    incidents = list_visible(parts, agent, IncidentRow, "incident")
    incidents.sort(key=lambda incident: incident.opened_at, reverse=True)
    units = list_visible(parts, agent, UnitRow, "unit")
    return Reach(incidents, reports[:REPORTS_MAX], units)


def search(store: WholeStore, parts: Parts, agent: Agent, seen: Reach, query: str) -> Result:
    """What the words or digits find, at most `FOUND_MAX`."""
    words = query[:QUERY_MAX].strip().casefold()
    if len(words) < QUERY_MIN and not words.isdigit():
        return Result([], frozenset())
    refs: set[str] = set()
    found: list[Found] = []
    for incident in seen.incidents:
        label = _label_ref(incident.place)
        texts = parts.texts.open(store, [label]) if label else {}
        place = texts.get(label or "", "")
        number = str(incident.number)
        if words == number or _has(words, incident.code, incident.long_id, place):
            refs.update(texts)
            found.append(_incident(incident, place))
        if len(found) >= FOUND_MAX:
            break
    units = [_unit(unit) for unit in seen.units if _has(words, unit.key, unit.label)]
    found = [*found, *units] if words.isdigit() else [*units, *found]  # a bare 67 is an incident
    for one, opened in _reports(store, parts, agent, seen, words):
        refs.update(opened)
        found.append(one)
    return Result(found[:FOUND_MAX], frozenset(refs))


def _reports(
    store: WholeStore, parts: Parts, agent: Agent, seen: Reach, words: str
) -> list[tuple[Found, list[str]]]:
    """Reports by number or name. A masked number is never matched by its hidden digits."""
    masks = masks_numbers(agent)
    digits = "".join(sign for sign in words if sign.isdigit())
    sealed = {
        ref: report
        for report in seen.reports
        for personal in (report.name, None if masks else report.number)
        if personal is not None and (ref := personal.ref) is not None
    }
    opened = parts.texts.open(store, sealed)
    matches: list[tuple[Found, list[str]]] = []
    for ref, text in opened.items():
        report = sealed[ref]
        is_number = report.number is not None and report.number.ref == ref
        hit = (
            len(digits) >= DIGITS_MIN and digits in text if is_number else words in text.casefold()
        )
        if hit:
            shown = mask_number(text) if is_number and masks else text
            matches.append((_report(report, shown), [ref]))
    return matches


def _has(words: str, *texts: str) -> bool:
    return any(words in text.casefold() for text in texts)


def _label_ref(place: Place | None) -> str | None:
    if place is None:
        return None
    named = place.label or place.words
    return named.ref if named is not None else None


def _unit(unit: UnitRow) -> Found:
    return Found(kind="unit", key=unit.key, label=unit.key, detail=unit.label)


def _incident(incident: IncidentRow, place: str) -> Found:
    return Found(
        kind="incident",
        key=incident.key,
        label=str(incident.number),
        detail=" · ".join(part for part in (incident.nature or "", place) if part),
        priority=incident.priority,
    )


def _report(report: ReportRow, text: str) -> Found:
    return Found(kind="report", key=report.incident or report.key, label=text, detail="")
