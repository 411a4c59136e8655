"""The web's side of one node, with lines to its own switch and to that of the other node.

A `Page` works with it as with a control socket: what it asks goes the way it goes in production.
"""

import asyncio
import secrets
from pathlib import Path
from typing import Any, Self

from switch_room import DEWI, Room, until

from kentongan.core.commands import AnyCommand, Envelope
from kentongan.core.words import Agent, CommandId
from kentongan.edge.web.switch_client import SwitchAway
from kentongan.edge.web.switches import Switches, ways_to
from kentongan.switch_line import OtherSwitch, address_of

PATIENCE_S = 60.0


def write_secret(folder: Path) -> str:
    """A secret for the lines between nodes, in a file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "switch.secret"
    file.write_text(secrets.token_hex(32) + "\n")
    return str(file)


class NodeWeb:
    """The lines that `web` of node `own` keeps."""

    def __init__(self, own: Room, other: Room) -> None:
        self.pushed: list[dict[str, Any]] = []
        address = address_of(other.settings.control_listen)
        ways = ways_to(
            (OtherSwitch(address=address, secret_file=other.settings.control_secret_file),)
        )
        socket = Path(own.settings.control_socket)
        self.switches = Switches(socket, ways, self.pushed.append, is_open=lambda _: True)

    async def __aenter__(self) -> Self:
        self.switches.start()
        await until(lambda: len(self.lists()) >= 2, PATIENCE_S)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.switches.stop()

    def lists(self) -> list[dict[str, Any]]:
        """What a line says once it is open and its list was read."""
        return [push for push in self.pushed if push["event"] == "queue"]

    async def command(
        self, command: AnyCommand, agent: Agent = DEWI, command_id: str = ""
    ) -> dict[str, Any]:
        """One command of an agent."""
        return await self.switches.command(
            Envelope(id=CommandId(command_id or secrets.token_hex(6)), agent=agent, command=command)
        )

    async def ask(self, do: str, **fields: Any) -> dict[str, Any]:
        """One question about a call."""
        return await self.switches.ask(do, **fields)

    async def command_when_back(self, command: AnyCommand) -> dict[str, Any]:
        """The same command again until its switch is there."""
        command_id = secrets.token_hex(6)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    return await self.command(command, command_id=command_id)
                except SwitchAway:
                    await asyncio.sleep(0.05)
