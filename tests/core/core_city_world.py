"""A closed street and a warung, for the tests of closures and aliases."""

import pytest
from core_world import (
    SARI,
    SIMPANG_LIMA,
    World,
)
from msgspec import structs

from kentongan.core import commands as c
from kentongan.core.city_rows import AliasRow, ClosureRow
from kentongan.core.shapes import LineShape
from kentongan.core.words import (
    AliasId,
    ClosureId,
    Personal,
    Refused,
)

FLOOD, OTHER_FLOOD = ClosureId("s1"), ClosureId("s2")
STREET = LineShape(((110.42, -6.97), (110.43, -6.98)))
CLOSE = c.CloseRoads(closure=FLOOD, geometry=STREET, reason="flood", depth_cm=45)
LIFT = c.LiftClosure(closure=FLOOD)
WARUNG = AliasId("a1")
ADD = c.AddAlias(
    alias=WARUNG,
    phrases=(Personal(text="warung Bu Tini"),),
    label=Personal(text="Warung Bu Tini, Gang III"),
    point=SIMPANG_LIMA,
)


CHANGE = c.ChangeClosure(closure=FLOOD, geometry=STREET, reason="flood", depth_cm=45)


def change(**fields: object) -> c.ChangeClosure:
    """The closure with other facts."""
    return structs.replace(CHANGE, **fields)


def closure_row(world: World) -> ClosureRow:
    """The closure's row."""
    row = world.find("closure", FLOOD)
    assert isinstance(row, ClosureRow)
    return row


def alias_row(world: World) -> AliasRow:
    """The alias's row."""
    row = world.find("alias", WARUNG)
    assert isinstance(row, AliasRow)
    return row


def refusal(world: World, command: c.AnyCommand) -> str:
    """Why a supervisor may not."""
    with pytest.raises(Refused) as refused:
        world.do(command, SARI)
    return refused.value.reason
