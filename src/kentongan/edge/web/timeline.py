"""An incident's events in order, as far as the viewer may see them.

The journal is the source, redaction is the rule: an event about an agency, a unit or a report is
shown only when the viewer's own redacted rows have that agency, unit or report, and personal text
only when those rows have it too (the room sees all of it, also what was corrected since). An
evaluator gets what can be counted and timed, from a list of fields, and nobody's name.
"""

from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from kentongan.app.ports import Recorded
from kentongan.core.events import AnyEvent, CompressionsBegun, NoteAdded, TriageAnswered
from kentongan.core.redaction import as_participant, masks_numbers
from kentongan.core.rows import IncidentRow, ReportRow
from kentongan.core.words import Agent, Role
from kentongan.edge.web.bodies import TimelineEntry
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.edge.web.texts import refs_in, reveal
from kentongan.edge.web.visible import stored
from kentongan.store.whole import WholeStore

ENTRIES_MAX: Final = 2_000
"""Events of one incident that are shown; the newest are kept."""

REPORTS_MAX: Final = 300
"""Reports whose events are read; a mass event has that many."""


FIGURES: Final = frozenset(
    {
        "type",
        "number",
        "long_id",
        "code",
        "training",
        "usable",
        "nature",
        "priority",
        "by_triage",
        "protocol_version",
        "protocol_signed",
        "withheld",
        "complete",
        "cut",
        "outcome",
        "agency",
        "role",
        "to",
        "level",
        "unit",
        "rank",
        "after_s",
        "progress",
        "correction",
        "promise",
        "report",
    }
)
"""Fields of events that an evaluator gets; a field not named here is none of theirs."""


class Timeline(Struct, frozen=True):
    """The entries, and the personal texts that were opened for them."""

    entries: list[TimelineEntry]
    refs: frozenset[str]


def timeline(store: WholeStore, parts: Parts, agent: Agent, incident: str) -> Timeline:
    """The timeline; 404 when the incident is not the viewer's to see."""
    row = stored(store, parts, agent, IncidentRow, "incident", incident)
    if row is None:
        raise Problem(404, "not_found")
    reports = [
        report
        for key in row.reports[:REPORTS_MAX]
        if (report := stored(store, parts, agent, ReportRow, "report", key)) is not None
    ]
    recorded = list(store.load(f"incident:{incident}"))
    for report in reports:
        recorded.extend(store.load(f"report:{report.key}"))
    recorded = [one for one in recorded if _is_visible(one.event, row, agent)]
    recorded.sort(key=lambda one: one.meta.position)
    newest = recorded[-ENTRIES_MAX:]
    if _is_for_figures_only(store, parts, agent, incident):
        return Timeline([_figures(one, row) for one in newest], frozenset())
    return _entries(newest, _shown_refs(row, reports, agent), agent)


def _is_for_figures_only(store: WholeStore, parts: Parts, agent: Agent, incident: str) -> bool:
    """Whether the viewer sees this incident as an evaluator and not by another role."""
    if not agent.has(Role.EVALUATOR):
        return False
    participant = as_participant(agent)
    return stored(store, parts, participant, IncidentRow, "incident", incident) is None


def _figures(one: Recorded, row: IncidentRow) -> TimelineEntry:
    """An event to count and to time. What kind it was is told only when the row tells it."""
    built: dict[str, Any] = msgspec.to_builtins(one.event)
    params = {
        field: value
        for field, value in built.items()
        if field in FIGURES and not _is_hidden(field, value, row)
    }
    return TimelineEntry(
        at=one.meta.at,
        recorded_at=one.meta.recorded_at,
        kind=str(params.pop("type")),
        stream=one.meta.stream,
        agent_name="",
        params=params,
    )


def _is_hidden(field: str, value: object, row: IncidentRow) -> bool:
    """Personal text, whatever the field is called, and a kind that the row does not show."""
    is_personal = isinstance(value, dict) and "sealed" in value
    return is_personal or (field == "nature" and value != row.nature)


def _entries(recorded: list[Recorded], allowed: frozenset[str] | None, agent: Agent) -> Timeline:
    opened: set[str] = set()
    entries: list[TimelineEntry] = []
    for one in recorded:
        params, refs = _params(one.event, allowed, masks=masks_numbers(agent))
        opened.update(refs)
        entries.append(
            TimelineEntry(
                at=one.meta.at,
                recorded_at=one.meta.recorded_at,
                kind=str(params.pop("type")),
                stream=one.meta.stream,
                agent_name=one.meta.agent_name,
                params=params,
            )
        )
    return Timeline(entries, frozenset(opened))


def _params(
    event: AnyEvent, allowed: frozenset[str] | None, *, masks: bool
) -> tuple[dict[str, Any], list[str]]:
    """The event's fields; a text that is not allowed reads as None."""
    built: dict[str, Any] = msgspec.to_builtins(event)
    kept = _without(built, allowed)
    refs = refs_in(kept)
    return cast("dict[str, Any]", reveal(kept, _texts_in(kept), masks=masks)), refs


def _without(value: object, allowed: frozenset[str] | None) -> object:
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        if fields.get("sealed") == "personal":
            return fields if allowed is None or fields.get("ref") in allowed else None
        return {key: _without(inner, allowed) for key, inner in fields.items()}
    if isinstance(value, list | tuple):
        return [_without(inner, allowed) for inner in cast("Sequence[object]", value)]
    return value


def _texts_in(value: object) -> dict[str, str]:
    """Texts by ref that the journal has opened already."""
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        ref, text = fields.get("ref"), fields.get("text")
        if fields.get("sealed") == "personal":
            return {ref: text} if isinstance(ref, str) and isinstance(text, str) else {}
        return _joined(list(fields.values()))
    if isinstance(value, list | tuple):
        return _joined(cast("Sequence[object]", value))
    return {}


def _joined(values: Sequence[object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for value in values:
        found.update(_texts_in(value))
    return found


def _shown_refs(row: IncidentRow, reports: list[ReportRow], agent: Agent) -> frozenset[str] | None:
    """Personal texts in what the viewer sees; None for the room, which sees every version."""
    if agent.has(Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR):
        return None
    built: list[object] = [msgspec.to_builtins(one) for one in (row, *reports)]
    return frozenset(refs_in(built))


def _is_visible(event: AnyEvent, row: IncidentRow, agent: Agent) -> bool:
    """Whether the viewer's row knows what the event is about."""
    if agent.has(Role.CALL_TAKER, Role.DISPATCHER, Role.SUPERVISOR):
        return True
    if isinstance(event, NoteAdded) and not row.notes:
        return False
    if isinstance(event, CompressionsBegun):
        return row.compressions_at is not None
    if isinstance(event, TriageAnswered):
        return any(answer.question == event.question for answer in row.triage)
    agency, unit = getattr(event, "agency", None), getattr(event, "unit", None)
    report, into = getattr(event, "report", None), getattr(event, "into", None)
    return (
        (agency is None or any(task.agency == agency for task in row.tasks))
        and (unit is None or any(one.unit == unit for one in row.assignments))
        and (report is None or report in row.reports)
        and into is None
    )
