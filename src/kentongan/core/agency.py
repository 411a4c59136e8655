"""An agency: who it is, and which of its officers watch the inbox.

    register            new, or other facts than before; the same: nothing
    start / end duty    the officer who asks begins or stops watching; again: nothing

Theory: an agency is never absent. When nobody watches, its tasks still arrive and escalate by the
clock; who watches is shown so that a dispatcher knows whether to phone at once.
"""

from collections.abc import Callable, Mapping
from typing import Final, assert_never

from msgspec import Struct, structs

from kentongan.core.checks import check_labels, check_names
from kentongan.core.commands.unit import (
    AgencyCommand,
    EndAgencyDuty,
    RegisterAgency,
    StartAgencyDuty,
)
from kentongan.core.context import Context
from kentongan.core.events.unit import (
    AgencyDutyEnded,
    AgencyDutyStarted,
    AgencyEvent,
    AgencyRegistered,
)
from kentongan.core.rows import AgencyRow
from kentongan.core.words import AgencyKey, Meta, Refused

WATCHING_MAX: Final = 200
"""Officers watching one inbox at the same time; more is a fault of somebody's log-in script."""


class Agency(Struct, frozen=True, kw_only=True):
    """An agency; `facts` is None until it is registered, `watching` maps agent ids to names."""

    key: AgencyKey
    facts: AgencyRegistered | None = None
    watching: Mapping[str, str] = {}


def decide(command: AgencyCommand, agency: Agency, context: Context) -> tuple[AgencyEvent, ...]:
    """What the command leads to; nothing when it repeats what is already so."""
    match command:
        case RegisterAgency():
            return _register(command, agency, context)
        case StartAgencyDuty():
            return _start(agency, context)
        case EndAgencyDuty():
            agent = context.agent.id
            return (AgencyDutyEnded(agent=agent),) if agent in agency.watching else ()
        case _:
            assert_never(command)


def _register(command: RegisterAgency, agency: Agency, context: Context) -> tuple[AgencyEvent, ...]:
    if command.agency not in context.plans.agencies:
        raise Refused("unknown_agency", agency=command.agency)
    check_labels(kind=command.kind, mode=command.mode)
    check_names(name=command.name, short=command.short)
    facts = AgencyRegistered(
        name=command.name, short=command.short, kind=command.kind, mode=command.mode
    )
    return () if facts == agency.facts else (facts,)


def _start(agency: Agency, context: Context) -> tuple[AgencyEvent, ...]:
    if agency.facts is None:
        raise Refused("unknown_agency", agency=agency.key)
    agent = context.agent
    if agent.id in agency.watching:
        return ()
    if len(agency.watching) >= WATCHING_MAX:
        raise Refused("too_many_officers", officers_max=str(WATCHING_MAX))
    return (AgencyDutyStarted(agent=agent.id, agent_name=agent.name),)


def _registered(agency: Agency, event: AgencyRegistered, meta: Meta) -> Agency:  # noqa: ARG001
    return structs.replace(agency, facts=event)


def _started(agency: Agency, event: AgencyDutyStarted, meta: Meta) -> Agency:  # noqa: ARG001
    return structs.replace(agency, watching={**agency.watching, event.agent: event.agent_name})


def _ended(agency: Agency, event: AgencyDutyEnded, meta: Meta) -> Agency:  # noqa: ARG001
    others = {agent: name for agent, name in agency.watching.items() if agent != event.agent}
    return structs.replace(agency, watching=others)


EVOLVE: Final[dict[type[Struct], Callable[..., Agency]]] = {
    AgencyRegistered: _registered,
    AgencyDutyStarted: _started,
    AgencyDutyEnded: _ended,
}


def evolve(agency: Agency, event: AgencyEvent, meta: Meta) -> Agency:
    """The agency after the event."""
    return EVOLVE[type(event)](agency, event, meta)


def rows(agency: Agency) -> tuple[AgencyRow, ...]:
    """What the board shows of it; the names of those who watch, longest first."""
    facts = agency.facts
    if facts is None:
        return ()
    row = AgencyRow(
        key=agency.key,
        name=facts.name,
        short=facts.short,
        agency_kind=facts.kind,
        mode=facts.mode,
        on_duty=tuple(agency.watching.values()),
    )
    return (row,)
