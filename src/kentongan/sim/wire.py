"""A bad network between people's screens and the servers: it loses, doubles, delays and reorders.

A screen keeps what was done until it is answered and sends it again, always under the same id, as
the real one does. A server that died or is away does not answer. An answer to something that was
answered before is dropped.
"""

from collections.abc import Callable
from random import Random
from typing import Protocol

from msgspec import Struct

from kentongan.app.handle import Outcome
from kentongan.core.commands import AnyCommand, Envelope
from kentongan.core.words import Agent, CommandId, Refused
from kentongan.sim.clock import Clock

Answer = Outcome | Refused

AGAIN_S = 2.0
"""How long a screen waits for an answer before it sends again."""


class Network(Struct):
    """How bad it is: shares of messages, and the longest delay in seconds."""

    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    late_s_max: float = 30.0


class Server(Protocol):
    """Something that answers commands, or does not answer at all (None)."""

    def receive(self, envelope: Envelope) -> Answer | None: ...


class Message:
    """A command on its way to a server. `arrive` may be called early by whoever overtakes."""

    def __init__(self, envelope: Envelope, arrive: Callable[["Message"], None]) -> None:
        self.envelope = envelope
        self.arrived = False
        self._arrive = arrive

    def arrive(self) -> None:
        """Once only."""
        if not self.arrived:
            self.arrived = True
            self._arrive(self)


class Wire:
    """The way from all screens to one server, and back."""

    def __init__(self, clock: Clock, random: Random, network: Network, server: Server) -> None:
        self._clock = clock
        self._random = random
        self._network = network
        self._server = server
        self._underway: list[Message] = []
        self.unanswered = 0

    def send(
        self,
        command_id: CommandId,
        agent: Agent,
        command: AnyCommand,
        answered: Callable[[Answer], None],
        done_at_s: float | None = None,
    ) -> None:
        """Send until answered. `done_at_s` is when a person did it, if that was earlier."""
        began_s = self._clock.now_s if done_at_s is None else done_at_s
        waiting = True
        self.unanswered += 1

        def envelope() -> Envelope:
            age_s = self._clock.now_s - began_s
            return Envelope(id=command_id, agent=agent, command=command, age_s=age_s)

        def attempt() -> None:
            if waiting:
                self._carry(envelope(), back)
                self._clock.after(AGAIN_S, attempt)

        def back(answer: Answer) -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                self.unanswered -= 1
                answered(answer)

        attempt()

    def take_next(self) -> Message | None:
        """A command that is on its way, for whoever lets it overtake another."""
        self._underway = [message for message in self._underway if not message.arrived]
        return self._underway[0] if self._underway else None

    def _carry(self, envelope: Envelope, back: Callable[[Answer], None]) -> None:
        copies = 2 if self._random.random() < self._network.doubled else 1
        for _ in range(copies):
            if self._random.random() >= self._network.lost:
                message = Message(envelope, lambda message: self._deliver(message, back))
                self._underway.append(message)
                self._clock.after(self._delay_s(), message.arrive)

    def _deliver(self, message: Message, back: Callable[[Answer], None]) -> None:
        answer = self._server.receive(message.envelope)
        if answer is not None and self._random.random() >= self._network.lost:
            self._clock.after(self._delay_s(), lambda: back(answer))

    def _delay_s(self) -> float:
        if self._random.random() < self._network.late:
            return self._random.uniform(0.0, self._network.late_s_max)
        return self._random.uniform(0.005, 0.2)
