"""A break is refused when the only colleague's page is gone, as far as anybody knows pages."""

from pathlib import Path
from typing import Any

import msgspec
from web_room import Room, until
from web_switch import FakeSwitch

from kentongan.core.words import Role
from kentongan.switch_line import LineAddress, OtherSwitch

SECRET = b"a secret of the tests, long enough"


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


def test_a_switch_that_is_away_does_not_make_a_break_possible(room: Room) -> None:
    """It is back within moments: what this process sees itself counts until then."""
    room.add("dewi", (Role.CALL_TAKER,), None, None)
    rina, dewi = room.person("rina").sit("desk_1"), room.person("dewi").sit("desk_2")
    with rina.screen() as screen:
        screen.frame()
        assert not room.parts.switch.reached.is_set()
        refused = rina.command("desk.pause", desk="desk_1", reason="meal")
        assert (refused.status_code, refused.json()["reason"]) == (409, "last_desk")
        with dewi.screen() as other:
            other.frame()
            rina.done("desk.pause", desk="desk_1", reason="meal")


def test_with_the_own_switch_away_the_other_node_is_asked(tmp_path: Path) -> None:
    """It rings on, and knows the pages of every web process."""
    secret_file = tmp_path / "secret"
    secret_file.write_bytes(SECRET)
    other = FakeSwitch(tmp_path / "b", SECRET)
    pages = ["desk_1"]
    other.answer = lambda _asked: {"sip": {"counts": {}, "pages": pages}}
    address = LineAddress("127.0.0.1", other.port)
    room = Room(tmp_path)
    room.add("dewi", (Role.CALL_TAKER,), None, None)
    ways = (OtherSwitch(address=address, secret_file=str(secret_file)),)
    room.given = msgspec.structs.replace(room.given, other_switches=ways)
    room.start()
    try:
        until(lambda: room.parts.switch._lines[1].is_reached)
        rina, _ = room.person("rina").sit("desk_1"), room.person("dewi").sit("desk_2")
        refused = rina.command("desk.pause", desk="desk_1", reason="meal")
        assert (refused.status_code, refused.json()["reason"]) == (409, "last_desk")
        pages.append("desk_2")
        rina.done("desk.pause", desk="desk_1", reason="meal")
    finally:
        room.close()
        other.close()
