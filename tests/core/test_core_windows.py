"""Which window has a desk's sound, when several of one person's come back."""

import pytest
from core_world import World, tags

from kentongan.core import commands as c
from kentongan.core.call_rows import DeskRow
from kentongan.core.words import DeskKey, Refused

DESK = DeskKey("desk_1")


def test_a_window_judged_gone_is_replaced_only_while_it_has_the_sound() -> None:
    """Two windows find the first one gone: the second has its sound, the third takes nobody's."""
    world = World().run(c.StartDuty(desk=DESK, page="first"))
    take = c.StartDuty(desk=DESK, page="second", take_over=True, gone="first")
    assert tags(world.do(take)) == ["desk.moved"]
    with pytest.raises(Refused, match="on_duty_in_other_window"):
        world.do(c.StartDuty(desk=DESK, page="third", take_over=True, gone="first"))
    row = world.find("desk", DESK)
    assert isinstance(row, DeskRow)
    assert row.page == "second"
