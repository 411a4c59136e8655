"""Calls go to the switch: commands, media offers, pushes, and a switch that is away."""

from typing import Any

import httpx
import pytest
from web_room import Room, until
from web_switch import FakeSwitch


def test_a_call_command_goes_to_the_switch_with_the_agent(room: Room, switch: FakeSwitch) -> None:
    """The envelope has the id, who asked, at which desk, and the command; the door is not used."""
    switch.answer = lambda _asked: {"events": ["call.answered"], "call": {}}
    rina = room.person("rina").sit("desk_1")
    before = room.store.last_position()
    answer = rina.done("call.answer", call="c1", desk="desk_1")
    assert answer["events"] == ["call.answered"]
    asked = next(one for one in switch.asked if one["do"] == "command")
    assert asked["envelope"]["command"] == {"type": "call.answer", "call": "c1", "desk": "desk_1"}
    agent = asked["envelope"]["agent"]
    assert (agent["id"], agent["desk"]) == ("agent-rina", "desk_1")
    assert room.store.last_position() == before


def test_a_refusal_of_the_switch_names_who_was_first(room: Room, switch: FakeSwitch) -> None:
    """409 `call_taken` with name and desk."""
    switch.answer = lambda _asked: {
        "refused": "call_taken",
        "details": {"by": "Dewi", "desk": "desk_2"},
    }
    rina = room.person("rina").sit("desk_1")
    response = rina.command("call.answer", call="c1", desk="desk_1")
    assert response.status_code == 409
    assert response.json()["details"] == {"by": "Dewi", "desk": "desk_2"}
    assert "Dewi" in response.json()["message"]["id"]


def test_who_may_not_never_reaches_the_switch(room: Room, switch: FakeSwitch) -> None:
    """An officer answers no emergency call."""
    assert room.person("dinkes").command("call.answer", call="c", desk="d").status_code == 403
    assert not [one for one in switch.asked if one["do"] == "command"]


def test_a_call_is_answered_at_ones_own_desk_only(room: Room, switch: FakeSwitch) -> None:
    """Not by somebody on duty nowhere, not at another's desk, not at one that was left."""
    answer = {"type_": "call.answer", "call": "c1"}
    rina = room.person("rina")

    def refused(desk: str) -> str:
        response = rina.command(**answer, desk=desk)
        assert response.status_code == 409
        return response.json()["reason"]

    assert refused("desk_1") == "not_on_duty"
    room.person("sari").sit("desk_1")
    rina.sit("desk_2")
    assert refused("desk_1") == "on_duty_elsewhere"
    rina.done("desk.end_duty", desk="desk_2")
    until(lambda: room.parts.live.desk_of("agent-rina") is None)
    assert refused("desk_2") == "not_on_duty"
    assert not [one for one in switch.asked if one["do"] == "command"]


def test_a_media_offer_gets_the_switchs_answer(room: Room, switch: FakeSwitch) -> None:
    """The offer goes there with call, desk and agent."""
    switch.answer = lambda asked: {"sdp": f"answer to {asked.get('sdp')}"}
    person = room.person("rina")
    response = person.post("/api/calls/c1/media", {"sdp": "offer", "desk": "desk_1"})
    assert response.json() == {"sdp": "answer to offer"}
    asked = next(one for one in switch.asked if one["do"] == "media")
    assert (asked["call"], asked["desk"], asked["agent"]) == ("c1", "desk_1", "agent-rina")


def test_what_the_switch_could_not_do_is_503_with_words(room: Room, switch: FakeSwitch) -> None:
    """An error is not a refusal: it may work in a moment."""
    switch.answer = lambda _asked: {"error": "media_unavailable"}
    person = room.person("rina")
    response = person.post("/api/calls/c1/media", {"sdp": "offer", "desk": "desk_1"})
    _is_away(response, "switch_failed")


def test_without_a_switch_the_answer_comes_at_once(room: Room) -> None:
    """503 `switch_away` in both languages; incidents go on working."""
    person = room.person("rina").sit("desk_1")
    _is_away(person.command("call.answer", call="c1", desk="desk_1"), "switch_away")
    _is_away(person.post("/api/calls/c1/media", {"sdp": "o", "desk": "d"}), "switch_away")
    assert person.done("incident.open", incident="i-1")["number"] == 1
    assert person.get("/api/health").json()["switch"] is None


def test_the_line_comes_back_by_itself(room: Room) -> None:
    """A switch that was killed is found again, and lost questions fail instead of hanging."""
    switch = FakeSwitch(room.switch_path)
    until(room.parts.switch.reached.is_set)
    switch.close()
    until(lambda: not room.parts.switch.reached.is_set())
    person = room.person("rina")
    assert person.command("call.hold", call="c1").status_code == 503
    again = FakeSwitch(room.switch_path)
    until(room.parts.switch.reached.is_set)
    assert person.command("call.hold", call="c1").status_code == 200
    again.close()


def test_a_redo_reaches_the_page_at_that_desk_only(room: Room, switch: FakeSwitch) -> None:
    """The page that sits there is asked to offer its audio again."""
    rina, budi = room.person("rina"), room.person("budi")
    rina.sit("desk_1")
    with rina.screen() as hers, budi.screen() as his:
        hers.frame()
        his.frame()
        switch.push({"event": "redo", "call": "c1", "desk": "desk_1"})
        assert hers.until(lambda frame: frame["k"] == "redo")["call"] == "c1"
        beats = [his.until(lambda frame: frame["k"] == "positions") for _ in range(2)]
        assert len(beats) == 2


@pytest.mark.parametrize("line", [{"event": "call", "call": "c"}, {"strange": 1}, {"n": 99}])
def test_strange_lines_of_the_switch_do_no_harm(
    room: Room, switch: FakeSwitch, line: dict[str, Any]
) -> None:
    """What is not understood is passed over."""
    switch.push(line)
    assert room.person("rina").command("call.hold", call="c1").status_code == 200


def test_a_call_command_that_is_too_long_for_the_switch_is_413(
    room: Room, switch: FakeSwitch
) -> None:
    """The switch hangs up on long lines, so they are refused here."""
    note = {"sealed": "personal", "text": "a" * 300_000}
    response = room.person("rina").command(
        "call.dispose", call="c1", disposition="prank", note=note
    )
    assert response.status_code == 413
    assert not [one for one in switch.asked if one["do"] == "command"]


def _is_away(response: httpx.Response, reason: str) -> None:
    assert response.status_code == 503
    body = response.json()
    assert (body["outcome"], body["reason"]) == ("unavailable", reason)
    assert body["message"]["id"] != body["message"]["en"]
