"""Whether a person's other window is still there, before this one has to ask for its sound.

A window that was closed, or whose machine lost its power, cannot be asked and makes no sound: who
comes back gets the desk at once. The store knows which window has the sound; which windows are
connected to some web process, the switches know.
"""

from msgspec.structs import replace

from kentongan.core.call_rows import DeskRow
from kentongan.core.commands import AnyCommand, StartDuty
from kentongan.core.words import Agent
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
    if row.key in parts.presence.windows():
        return command
    elsewhere = await parts.switch.windows()
    if elsewhere is None or row.key in elsewhere:
        return command
    return replace(command, take_over=True)
