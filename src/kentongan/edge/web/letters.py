"""Letters as they are typed, on their way to screens: who may read them. No rules beside that.

Text is for those who may hear the call: live for whoever takes part in it now, as lines on record
for whoever took part, owns its call-back, or supervises. A desk on hold hears nothing and reads
nothing: what is written meanwhile is there when it is resumed. Letters go past the record: a lost
frame is made good by the next one, which has the whole unfinished line.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from kentongan.app.ports import Recorded
from kentongan.core.events import PartyHeld
from kentongan.core.rows import CallRow
from kentongan.core.words import Agent, PartyKey, Role
from kentongan.edge.web.frames import Typing


def hears(row: CallRow, agent: Agent) -> bool:
    """Whether that person hears the call now."""
    return (
        row.agent == agent.id
        or any(one.agent == agent.id and one.state == "joined" for one in row.parties)
        or any(one.agent == agent.id for one in row.supervisors)
    )


def takes_part(row: CallRow, agent: Agent) -> bool:
    """Whether that person is in the call now, also on hold."""
    return hears(row, agent) or any(
        one.agent == agent.id and one.state == "held" for one in row.parties
    )


def held_as(row: CallRow, agent: Agent) -> frozenset[PartyKey]:
    """As which parties that person is on hold; nobody who hears the call otherwise, or may
    supervise it.
    """
    if hears(row, agent) or agent.has(Role.SUPERVISOR):
        return frozenset()
    return frozenset(
        one.party for one in row.parties if one.agent == agent.id and one.state == "held"
    )


def until_held(events: Iterable[Recorded], held: frozenset[PartyKey]) -> list[Recorded]:
    """What had happened before they were put on hold, of a call's facts in order; all for none."""
    before = list(events)
    for at in range(len(before) - 1, -1, -1):
        event = before[at].event
        if isinstance(event, PartyHeld) and event.party in held:
            return before[:at]
    return before


def may_read(row: CallRow, agent: Agent) -> bool:
    """Whether what was written in the call is for that person, during it and afterwards."""
    return (
        takes_part(row, agent)
        or agent.has(Role.SUPERVISOR)
        or row.owner == agent.id
        or any(one.agent == agent.id and one.state != "invited" for one in row.parties)
    )


def frame_of(told: Mapping[str, Any]) -> Typing:
    """The frame for what a switch said of a line."""
    by = "desk" if told.get("by") == "desk" else "caller"
    return Typing(
        call=str(told.get("call", "")),
        by=by,
        text=str(told.get("text", "")),
        name=str(told.get("name", "")),
    )
