"""The one way to a row for an answer: what the viewer may see of it, or 404.

A row that exists and is not the viewer's to see is not found, so that asking tells nothing.
"""

from typing import TypeVar

from kentongan.core.redaction import redact
from kentongan.core.rows import AnyRow, IncidentRow, ReportRow
from kentongan.core.words import Agent
from kentongan.edge.web.parts import Parts
from kentongan.edge.web.problems import Problem
from kentongan.store.whole import WholeStore

Row = TypeVar("Row", bound=AnyRow)


def find_visible(parts: Parts, agent: Agent, kind: type[Row], name: str, key: str) -> Row | None:
    """What the agent may see of a row that is held in memory."""
    row = parts.live.held.find(name, key)
    if row is None:
        return None
    seen = redact(row, agent, parts.live.held.find, parts.given.clock())
    return seen if isinstance(seen, kind) else None


def list_visible(parts: Parts, agent: Agent, kind: type[Row], name: str) -> list[Row]:
    """What the agent may see of all rows of a kind that are held in memory."""
    now = parts.given.clock()
    find = parts.live.held.find
    rows = (held.row for held in parts.live.held.of_kind(name) if held.row is not None)
    seen = (redact(row, agent, find, now) for row in rows)
    return [row for row in seen if isinstance(row, kind)]


def get_incident(parts: Parts, agent: Agent, incident: str) -> IncidentRow:
    """The incident, held in memory, or 404."""
    row = find_visible(parts, agent, IncidentRow, "incident", incident)
    if row is None:
        raise Problem(404, "not_found")
    return row


def stored(
    store: WholeStore, parts: Parts, agent: Agent, kind: type[Row], name: str, key: str
) -> Row | None:
    """What the agent may see of a row of any age. Call it on the reading thread."""

    def find(other: str, place: str) -> AnyRow | None:
        found = store.find_row(other, place)
        return found.row if found is not None else None

    row = find(name, key)
    seen = redact(row, agent, find, parts.given.clock()) if row is not None else None
    return seen if isinstance(seen, kind) else None


def reports_of(parts: Parts, agent: Agent, incident: IncidentRow) -> list[ReportRow]:
    """The reports of a visible incident, as far as they are visible."""
    found = (find_visible(parts, agent, ReportRow, "report", report) for report in incident.reports)
    return [report for report in found if report is not None]
