"""Letters as they are typed, on their way to screens: who may read them. No rules beside that.

Text is for those who may hear the call: live for whoever takes part in it now, as lines on record
for whoever took part, owns its call-back, or supervises. Letters go past the record: a lost frame
is made good by the next one, which has the whole unfinished line.
"""

from collections.abc import Mapping
from typing import Any, Final

from kentongan.core.rows import CallRow
from kentongan.core.words import Agent, Role
from kentongan.edge.web.frames import Typing

_IN_CALL: Final = frozenset({"joined", "held"})


def takes_part(row: CallRow, agent: Agent) -> bool:
    """Whether that person is in the call now."""
    return (
        row.agent == agent.id
        or any(one.agent == agent.id and one.state in _IN_CALL for one in row.parties)
        or any(one.agent == agent.id for one in row.supervisors)
    )


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
