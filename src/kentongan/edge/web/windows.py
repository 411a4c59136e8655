"""Whether a person's other window is still there, before this one has to ask for its sound.

A window that was closed, or whose machine lost its power, cannot be asked and makes no sound: who
comes back gets the desk without a question. The store knows which window has the sound; which are
connected to some web process, or were until a moment ago, the switches know. While a call is at the
desk nothing is taken without a question: its sound goes past us, and a window that is away from us
may be talking.
"""

from msgspec.structs import replace

from kentongan.core.call_rows import CallRow, DeskRow
from kentongan.core.commands import AnyCommand, StartDuty
from kentongan.core.words import Agent, DeskKey
from kentongan.edge.web.parts import Parts


async def taking_what_is_left(parts: Parts, agent: Agent, command: AnyCommand) -> AnyCommand:
    """The command; the start of duty in another window takes over where the first one is gone.

    While no switch says who is connected, that is for the person to say.
    """
    if not isinstance(command, StartDuty) or command.take_over or not command.page:
        return command
    row = parts.live.held.find("desk", command.desk)
    if not isinstance(row, DeskRow) or row.agent != agent.id or row.page in {"", command.page}:
        return command
    if row.key in parts.presence.windows() or _has_call(parts, row.key):
        return command
    elsewhere = await parts.switch.windows()
    if elsewhere is None or row.key in elsewhere:
        return command
    return replace(command, take_over=True, gone=row.page)


def _has_call(parts: Parts, desk: DeskKey) -> bool:
    calls = (one.row for one in parts.live.held.of_kind("call"))
    return any(isinstance(row, CallRow) and _is_at(row, desk) for row in calls)


def _is_at(row: CallRow, desk: DeskKey) -> bool:
    """Whether somebody at the desk speaks in that call, or hears it."""
    parties = {one.desk for one in row.parties if one.ended_at is None}
    heard = {one.desk for one in row.supervisors}
    return row.ended_at is None and desk in {row.desk, *parties, *heard}
