"""What a decision may know besides the command and its stream, and what a stream may hold alone."""

from datetime import datetime
from typing import Final, NamedTuple

from msgspec import Struct

from kentongan.core.handover_rows import Situation
from kentongan.core.plans import Plans
from kentongan.core.words import Agent


class Claim(NamedTuple):
    """Something that only one stream may hold at a time: `("unit", "AMB03")`.

    The store keeps claims under a unique constraint in the transaction that writes the events, so
    that two streams can never both hold one. A unit that is off duty or out of service is held by
    its own stream, so that it cannot be assigned; a unit at work is held by the incident.
    """

    kind: str
    key: str


NUMBER: Final = "number"
"""The kind of claim that is an incident's short number."""


def number_claim(number: int) -> Claim:
    """The short number of an incident that was not closed yet: of two that are in hand nobody may
    say "number 1". Numbers begin anew each day, and last night's may be in hand still."""
    return Claim(NUMBER, str(number))


class Context(Struct, frozen=True, kw_only=True):
    """Who asks, when it happened (UTC) and the city's plans.

    `next_number` is the day's next free incident number (from 1), and `situation` what is open now;
    both are filled in by the door, for the commands that need them.
    """

    agent: Agent
    at: datetime
    plans: Plans
    next_number: int = 0
    situation: Situation | None = None
