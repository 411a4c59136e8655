"""What everybody in the simulated centre shares, and what really happens outside."""

from collections.abc import Callable
from random import Random

from msgspec import Struct

from kentongan.cities.facts import Point
from kentongan.core.words import DeskKey
from kentongan.sim.checks import Board
from kentongan.sim.clock import Clock
from kentongan.sim.switch import Switch


class Happening(Struct, frozen=True):
    """What really happened; None for a call about nothing."""

    point: Point
    nature: str
    units_wanted: int


class Room(Struct):
    """The clock, the board on the screens, the telephones, the desks of call-takers."""

    clock: Clock
    random: Random
    board: Board
    switch: Switch
    told: dict[str, Happening | None]
    unlucky: Callable[[float], bool]  # that often, and never once all is healed
    desks: tuple[DeskKey, ...] = ()
