"""What a trainer does while a drill runs: start it, hold it, let something go wrong, end it.

Everything is an order over the simulated city's socket, one line each way. What goes wrong is done
by the simulated people themselves, through the same door as everything else, so that the room sees
it as it would on duty: a unit breaks down, a crew is in danger, a vehicle is heard of no more.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Final

from kentongan.app.handle import Busy, handle
from kentongan.app.ports import Store
from kentongan.core.commands import (
    AnyCommand,
    BreakDown,
    Envelope,
    RaiseCrewEmergency,
    TakeUnitOutOfService,
)
from kentongan.core.plans import Plans
from kentongan.core.rows import EngagementRow, UnitRow
from kentongan.core.words import Agent, AgentId, CommandId, Refused, Role, UnitId
from kentongan.demo.callers import Callers
from kentongan.demo.crews import AGENT_PREFIX, Crews

SILENT_FOR: Final = timedelta(minutes=5)
"""How long a vehicle is heard of no more: well beyond the limit of a stale position (120 s)."""

Answer = dict[str, str]

UNKNOWN: Final[Answer] = {"outcome": "unknown"}
"""There is no such order, scenario or unit, or it is at nothing that could go wrong."""


class Trainer:
    """Takes the orders. `is_held` while the simulated people wait for the trainer."""

    def __init__(self, store: Store, plans: Plans, callers: Callers, crews: Crews) -> None:
        self._store = store
        self._plans = plans
        self._callers = callers
        self._crews = crews

    @property
    def is_held(self) -> bool:
        """Whether nobody of the simulation begins anything new."""
        return self._callers.is_held

    def order(self, asked: Mapping[str, str], now: datetime) -> Answer:
        """Do it; says `started`, `done`, `refused` with a reason, or `unknown`. Call it where the
        simulation is stepped: it writes to the store."""
        match asked.get("do"):
            case "scenario":
                return (
                    {"outcome": "started"} if self._callers.start(asked.get("key", "")) else UNKNOWN
                )
            case "caller":
                return self._one_more(asked)
            case "stop":
                return {"outcome": "done", "calls": str(self._callers.stop())}
            case "hold" | "go_on":
                self._callers.hold(is_held=asked["do"] == "hold")
                return self._state()
            case "state":
                return self._state()
            case "break_down" | "danger" | "silence":
                return self._let(asked["do"], UnitId(asked.get("unit", "")), now)
            case _:
                return UNKNOWN

    def _state(self) -> Answer:
        return {
            "outcome": "done",
            "held": "yes" if self.is_held else "no",
            "to_come": str(self._callers.to_come),
            "calling": str(self._callers.calling),
        }

    def _one_more(self, asked: Mapping[str, str]) -> Answer:
        """One call of a scenario rings at once, besides whatever rings."""
        index = asked.get("index", "0")
        is_good = index.isdigit() and self._callers.ring_one(asked.get("key", ""), int(index[:4]))
        return {"outcome": "started"} if is_good else UNKNOWN

    def _let(self, what: str, unit: UnitId, now: datetime) -> Answer:
        found = self._store.find_row("unit", unit)
        row = found.row if found is not None else None
        if not isinstance(row, UnitRow) or not row.demo:
            return UNKNOWN
        if what == "silence":
            self._crews.silence(unit, now + SILENT_FOR)
            return {"outcome": "done"}
        if what == "danger":
            return self._send(row, RaiseCrewEmergency(unit=unit), now)
        engaged = self._store.find_row("engagement", unit)
        at_work = engaged.row if engaged is not None else None
        if isinstance(at_work, EngagementRow):
            broken = BreakDown(incident=at_work.incident, unit=unit)
            return self._send(row, broken, now)
        return self._send(row, TakeUnitOutOfService(unit=unit, reason="technical"), now)

    def _send(self, unit: UnitRow, command: AnyCommand, now: datetime) -> Answer:
        agent = Agent(
            id=AgentId(f"{AGENT_PREFIX}{unit.key}"),
            name=f"{unit.label} (simulasi)",
            roles=(Role.CREW,),
            agency=unit.agency,
            unit=unit.key,
        )
        envelope = Envelope(id=CommandId(f"trainer/{token_hex(8)}"), agent=agent, command=command)
        try:
            handle(self._store, self._plans, envelope, now)
        except Refused as refused:
            return {"outcome": "refused", "reason": refused.reason}
        except Busy:
            return {"outcome": "refused", "reason": "busy"}
        return {"outcome": "done"}
