"""Run cards: how many of which units a kind of incident gets, and when a busy unit is free again.

Data that a city may change; none of it is code. A card names the sub-categories or whole
categories it is for, and has a stage for each group of priorities, so that the same fire gets four
engines when it is P1 and one when it is P3. It proposes: nobody is sent by a card.
"""

from msgspec import Struct

from kentongan.cities.facts import Capability, Text
from kentongan.cities.taxonomy import PriorityCode


class RunLine(Struct, frozen=True, kw_only=True):
    """`count` units, each of which can do everything in `needs`; of these agencies, if named.

    A unit counts for one line only: two engines and a ladder are three vehicles.
    """

    needs: tuple[Capability, ...]
    count: int = 1
    agencies: tuple[str, ...] = ()


class RunStage(Struct, frozen=True, kw_only=True):
    """What is sent at these priorities."""

    priorities: tuple[PriorityCode, ...]
    send: tuple[RunLine, ...]


class RunCard(Struct, frozen=True, kw_only=True):
    """A card. One that names the sub-category goes before one that names its category."""

    key: str
    label: Text
    stages: tuple[RunStage, ...]
    natures: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


class BusyStep(Struct, frozen=True, kw_only=True):
    """How long a unit usually stays busy from that step on, seconds. A step that is not listed
    says nothing about when a unit is free."""

    progress: str
    typical_s: int
