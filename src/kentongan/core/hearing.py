"""What an evaluator does not hear: calls about a sensitive incident.

They see of such an incident neither its kind nor its point, and a voice tells all of it. Reports
know their call and their incident; a call that rings back is about what the first one was about.
Pure.
"""

from collections.abc import Callable, Iterable

from msgspec import structs

from kentongan.core.access import Find, may
from kentongan.core.commands import AnyCommand, PlayRecording
from kentongan.core.rows import AnyRow, CallRow, IncidentRow, ReportRow
from kentongan.core.words import Agent, Refused, Role

Rows = Callable[[str], Iterable[AnyRow]]
"""The board's rows of a kind."""


def check_hearing(agent: Agent, command: AnyCommand, find: Find, rows: Rows) -> None:
    """Raise `Refused` (`not_permitted`) for a recording of a sensitive incident, when it is as an
    evaluator alone that the agent may hear. Reads every report, and only then."""
    if not isinstance(command, PlayRecording) or _may_besides(agent, command, find):
        return
    call = find("call", command.call)
    first = (isinstance(call, CallRow) and call.of) or command.call
    about = {
        first,
        *(one.key for one in rows("call") if isinstance(one, CallRow) and one.of == first),
    }
    for report in rows("report"):
        if not isinstance(report, ReportRow) or report.call not in about:
            continue
        if _is_sensitive(find("incident", report.incident or "")):
            tag = str(PlayRecording.__struct_config__.tag)
            raise Refused("not_permitted", command=tag, roles=Role.SUPERVISOR)


def _may_besides(agent: Agent, command: AnyCommand, find: Find) -> bool:
    """Whether they may hear it by another of their roles."""
    roles = tuple(role for role in agent.roles if role is not Role.EVALUATOR)
    try:
        may(structs.replace(agent, roles=roles), command, find)
    except Refused:
        return False
    return True


def _is_sensitive(row: AnyRow | None) -> bool:
    return isinstance(row, IncidentRow) and row.sensitive
