"""People as stories: a generator that waits some seconds or asks something, and gets the answer.

A story reads as what a person does, one thing after the other, as slow as people are. Several
stories run side by side on the virtual clock; none of them ever blocks another.
"""

from collections.abc import Generator
from itertools import count
from typing import NamedTuple

from kentongan.app.handle import Outcome
from kentongan.core.commands import AnyCommand
from kentongan.core.words import Agent, CommandId, Refused
from kentongan.sim.checks import Checks
from kentongan.sim.clock import Clock
from kentongan.sim.wire import Answer, Wire


class Ask(NamedTuple):
    """A command to the web, or to the switch when it is about a call.

    `done_at_s` is when the person did it, if the device had no network then.
    """

    command: AnyCommand
    at_switch: bool = False
    done_at_s: float | None = None


Story = Generator[float | Ask, Answer | None, None]


class Stage:
    """Plays stories, and counts what people were told."""

    def __init__(self, clock: Clock, checks: Checks, web: Wire, switch: Wire) -> None:
        self._clock = clock
        self._checks = checks
        self._web = web
        self._switch = switch
        self._ids = count(1)
        self.refusals: dict[str, int] = {}

    def play(self, agent: Agent, story: Story) -> None:
        """Begin a story of this person."""
        self._go_on(agent, story, None)

    def _go_on(self, agent: Agent, story: Story, answer: Answer | None) -> None:
        try:
            wanted = story.send(answer)
        except StopIteration:
            return
        if isinstance(wanted, Ask):
            self._ask(agent, story, wanted)
        else:
            self._clock.after(wanted, lambda: self._go_on(agent, story, None))

    def _ask(self, agent: Agent, story: Story, ask: Ask) -> None:
        command_id = CommandId(f"{agent.id}.{next(self._ids)}")

        def answered(answer: Answer) -> None:
            if isinstance(answer, Refused):
                self.refusals[answer.reason] = self.refusals.get(answer.reason, 0) + 1
            elif not ask.at_switch:
                self._acknowledged(command_id, answer)
            self._go_on(agent, story, answer)

        wire = self._switch if ask.at_switch else self._web
        wire.send(command_id, agent, ask.command, answered, ask.done_at_s)

    def _acknowledged(self, command_id: CommandId, outcome: Outcome) -> None:
        self._checks.acknowledged(command_id, outcome)
