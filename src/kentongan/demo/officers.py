"""Simulated agency officers: they accept a task after a moment and finish it when work is done.

An agency whose inbox somebody watches is left to that person.
"""

import zlib
from datetime import datetime, timedelta

from kentongan.app.handle import Busy, handle
from kentongan.app.ports import Store
from kentongan.core.commands import (
    AcknowledgeTask,
    CompleteTask,
    Envelope,
)
from kentongan.core.plans import Plans
from kentongan.core.rows import AgencyRow, IncidentRow, Task
from kentongan.core.words import AgencyKey, Agent, AgentId, CommandId, Refused, Role, TaskState
from kentongan.demo.crews import AGENT_PREFIX

ACKNOWLEDGE_FIRST_S = 6
"""Earliest acknowledgement after the agency was notified, seconds."""

ACKNOWLEDGE_SPREAD_S = 9
"""Agencies differ by up to this many seconds, always the same for the same agency."""

DESK_WORK_S = 90.0
"""Seconds an agency without units of its own works on a task."""


class Officers:
    """The simulated officers of every agency that nobody watches."""

    def __init__(self, store: Store, plans: Plans) -> None:
        self._store = store
        self._plans = plans
        self._incidents: dict[str, IncidentRow] = {}
        self._watched: dict[str, bool] = {}
        self._rows_position = 0

    def step(self, now: datetime) -> None:
        """Do everything that is due."""
        for board_row in self._store.rows(after=self._rows_position):
            self._rows_position = max(self._rows_position, board_row.position)
            row = board_row.row
            if isinstance(row, AgencyRow):
                self._watched[row.key] = any(
                    not agent.startswith(AGENT_PREFIX) for agent in row.on_duty
                )
            elif isinstance(row, IncidentRow):
                self._incidents[row.key] = row
                if row.state == "closed":
                    del self._incidents[row.key]
        for incident in self._incidents.values():
            for task in incident.tasks:
                if not self._watched.get(task.agency, False):
                    self._answer(incident, task, now)

    def _answer(self, incident: IncidentRow, task: Task, now: datetime) -> None:
        if task.state is TaskState.NOTIFIED and task.notified_at is not None:
            pause_s = ACKNOWLEDGE_FIRST_S + zlib.crc32(task.agency.encode()) % ACKNOWLEDGE_SPREAD_S
            if now - task.notified_at >= timedelta(seconds=pause_s):
                self._send(incident, task, AcknowledgeTask, now)
        elif task.state is TaskState.ACKNOWLEDGED and self._is_done(incident, task, now):
            self._send(incident, task, CompleteTask, now)

    def _is_done(self, incident: IncidentRow, task: Task, now: datetime) -> bool:
        own = [work for work in incident.assignments if work.agency == task.agency]
        if own:
            return not any(work.open for work in own)
        waits_for_units = self._plans.agency_modes.get(task.agency) == "units"
        since = task.acknowledged_at
        return (
            not waits_for_units
            and since is not None
            and (now - since).total_seconds() >= DESK_WORK_S
        )

    def _send(
        self,
        incident: IncidentRow,
        task: Task,
        kind: type[AcknowledgeTask] | type[CompleteTask],
        now: datetime,
    ) -> None:
        command = kind(incident=incident.key, agency=task.agency)
        envelope = Envelope(
            id=CommandId(f"demo/{incident.key}/{task.agency}/{kind.__name__}"),
            agent=officer(task.agency),
            command=command,
        )
        try:
            handle(self._store, self._plans, envelope, now)
        except (Refused, Busy):
            return  # a person was first


def officer(agency: AgencyKey) -> Agent:
    """The simulated officer of an agency."""
    return Agent(
        id=AgentId(f"{AGENT_PREFIX}officer/{agency}"),
        name=f"{agency} (simulasi)",
        roles=(Role.AGENCY_OFFICER,),
        agency=agency,
    )
