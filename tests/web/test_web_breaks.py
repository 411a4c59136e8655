"""A break is refused when the only colleague's page is gone, as far as the switch knows pages."""

from typing import Any

from web_room import Room
from web_switch import FakeSwitch

from kentongan.core.words import Role


def test_a_colleague_whose_page_is_gone_does_not_make_a_break_possible(
    room: Room, switch: FakeSwitch
) -> None:
    """On duty by the record, and at no screen; a switch that does not say holds up nobody."""
    room.add("dewi", (Role.CALL_TAKER,), None, None)
    rina, dewi = room.person("rina").sit("desk_1"), room.person("dewi").sit("desk_2")
    pages: list[str] | None = ["desk_1"]

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        if asked["do"] != "health":
            return {"events": []}
        return {"sip": {"counts": {}} if pages is None else {"counts": {}, "pages": pages}}

    switch.answer = answer
    refused = rina.command("desk.pause", desk="desk_1", reason="meal")
    assert (refused.status_code, refused.json()["reason"]) == (409, "last_desk")
    pages = ["desk_1", "desk_2"]
    rina.done("desk.pause", desk="desk_1", reason="meal")
    rina.done("desk.resume", desk="desk_1")
    pages = None
    dewi.done("desk.pause", desk="desk_2", reason="meal")
