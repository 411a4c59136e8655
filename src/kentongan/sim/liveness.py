"""What must come true once everything works again: nobody is left waiting.

Asked of the board, the journal's readers and the switch; each answer is a sentence about what is
still open, so that a seed that never ends says why.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from kentongan.app.effects import CURSOR as EFFECTS
from kentongan.app.ports import Store
from kentongan.app.react import CURSOR as REACTIONS
from kentongan.core.call.duty import is_acknowledged
from kentongan.core.rows import AlarmRow, AnyRow, CallRow, IncidentRow, ReportRow
from kentongan.core.tasking import find_task, is_waiting
from kentongan.core.words import Progress
from kentongan.sim.switch import Switch

SILENCE_MAX = timedelta(minutes=10)
"""Longest time somebody may wait to be told, bad luck included: outages and restarts of a minute
each, on top of the plans' own limits of one or two."""


def unfinished(store: Store, switch: Switch, now: datetime) -> list[str]:
    """What is still open; empty when everything is well."""
    found = list(_behind(store, switch, now))
    for line in store.rows():
        if line.row is not None:
            found += _waiting(line.row, now)
        if isinstance(line.row, CallRow):
            found += _unheard(store, line.row)
        if isinstance(line.row, ReportRow):
            found += _unlinked(store, line.row)
    return found


def _behind(store: Store, switch: Switch, now: datetime) -> Iterator[str]:
    last = store.last_position()
    for name in (REACTIONS, EFFECTS):
        if store.cursor(name) != last:
            yield f"the reader {name} is at {store.cursor(name)} of {last}"
    if switch.outbox:
        yield f"{len(switch.outbox)} commands in the switch's outbox"
    if store.due_timers(now, 1):
        yield "a timer is due and has not fired"
    for row in switch.calls():
        if store.find_row("call", row.key) is None:
            yield f"the call {row.key} was forgotten"


def _waiting(row: AnyRow, now: datetime) -> Iterator[str]:
    match row:
        case CallRow(open=True):
            yield f"the call {row.key} is {row.state}"
        case IncidentRow():
            yield from _of_incident(row, now)
        case AlarmRow(alarm_kind=kind) if kind != "alarm_flood":  # which lasts ten minutes
            yield f"the alarm {row.key} stands over nothing"
        case _:
            pass


def _unlinked(store: Store, report: ReportRow) -> Iterator[str]:
    """A report moves with its incident, also when that is merged."""
    found = store.find_row("incident", report.incident) if report.incident else None
    row = found.row if found else None
    if not isinstance(row, IncidentRow) or report.key not in row.reports:
        yield f"the report {report.key} is not where it says: {report.incident}"


def _unheard(store: Store, row: CallRow) -> Iterator[str]:
    """Whoever pressed the key has taken the task, unless it was asked anew since."""
    duty = row.duty
    if duty is None or duty.incident is None or not is_acknowledged(row):
        return
    found = store.find_row("incident", duty.incident)
    incident = found.row if found else None
    task = None
    if isinstance(incident, IncidentRow) and duty.agency is not None:
        task = find_task(incident.tasks, duty.agency)
    if is_waiting(task) and task is not None and task.tasked_at <= row.ring_at:
        yield f"the key of {row.key} was not heard"


def _of_incident(row: IncidentRow, now: datetime) -> Iterator[str]:
    """Silence is allowed for a while: nobody is alerted to what was over before."""
    if row.state != "closed":
        yield f"the incident {row.key} is {row.state}"
    for one in row.assignments:
        since = one.progress_at[Progress.ASSIGNED]
        is_told = one.alert_delivered_at or one.escalated_at or len(one.progress_at) > 1
        if not is_told and (one.ended_at or now) - since > SILENCE_MAX:
            yield f"the alert to {one.unit} on {row.key} was neither delivered nor escalated"
    for task in row.tasks:
        is_told = task.notified_at or task.acknowledged_at or task.ended_at or task.escalated
        if not is_told and (row.closed_at or now) - task.tasked_at > SILENCE_MAX:
            yield f"the task of {task.agency} on {row.key} was neither delivered nor escalated"
