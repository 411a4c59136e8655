"""One window of a person has the sound: the server says which, to every window of theirs."""

from functools import partial
from typing import Any

from web_people import PLANS
from web_room import Room, until
from web_switch import FakeSwitch

from kentongan.app.handle import handle
from kentongan.core.call_rows import CallRow, DeskRow
from kentongan.core.commands import AnswerCall, EndCall, Envelope, OfferCall
from kentongan.core.words import Agent, AgentId, CallId, CommandId, DeskKey, Role, personal


def _call(room: Room, call: CallId) -> CallRow:
    """As the live picture has it; before it has heard of the call, one that only rings."""
    row = room.parts.live.held.find("call", call)
    if isinstance(row, CallRow):
        return row
    return CallRow(key=call, state="offered", line="112", ring_at=room.clock())


def _page(room: Room) -> str:
    row = room.parts.live.held.find("desk", "desk_1")
    return row.page if isinstance(row, DeskRow) else ""


def test_a_second_window_asks_before_it_takes_the_sound(room: Room, switch: FakeSwitch) -> None:
    """Refused at the same desk and at another; taken over the desk stays and the row says who."""
    rina = room.person("rina")
    rina.done("desk.start_duty", desk="desk_1", page="first")
    until(lambda: _page(room) == "first")
    refused = rina.command("desk.start_duty", desk="desk_1", page="second")
    assert refused.status_code == 409
    assert refused.json()["reason"] == "on_duty_in_other_window"
    assert rina.command("desk.start_duty", desk="desk_2", page="second").status_code == 409
    assert rina.done("desk.start_duty", desk="desk_1", page="first")["events"] == []
    since = room.parts.live.held.find("desk", "desk_1")
    taken = rina.done("desk.start_duty", desk="desk_1", page="second", take_over=True)
    assert taken["events"] == ["desk.moved"]
    until(lambda: _page(room) == "second")
    row = room.parts.live.held.find("desk", "desk_1")
    assert isinstance(row, DeskRow)
    assert isinstance(since, DeskRow)
    assert (row.agent, row.state, row.since) == ("agent-rina", "on_duty", since.since)


def test_only_the_window_with_the_sound_may_offer_it(room: Room, switch: FakeSwitch) -> None:
    """The one that lost it cannot take it back by connecting again, nor one of before."""
    switch.answer = lambda _asked: {"sdp": "answer"}
    rina = room.person("rina")

    def offer(page: str) -> int:
        body = {"sdp": "v=0", "desk": "desk_1", "page": page}
        return rina.post("/api/calls/c-1/media", body).status_code

    rina.done("desk.start_duty", desk="desk_1")
    until(lambda: room.parts.live.desk_of("agent-rina") == "desk_1")
    assert offer("") == 200, "nobody has said which window it is"
    rina.done("desk.start_duty", desk="desk_1", page="first")
    until(lambda: _page(room) == "first")
    assert [offer(page) for page in ("first", "second", "")] == [200, 409, 409]
    rina.done("desk.start_duty", desk="desk_1", page="second", take_over=True)
    until(lambda: _page(room) == "second")
    assert [offer(page) for page in ("first", "second")] == [409, 200]
    assert sum(asked["do"] == "media" for asked in switch.asked) == 3


def test_nobody_is_asked_about_a_window_that_is_gone(room: Room, switch: FakeSwitch) -> None:
    """Connected, here or at another process, it is asked about; gone, the next one has the sound at
    once. Another window of the same person, without the sound, is not that one."""
    elsewhere: list[str] = []

    def answer(asked: dict[str, Any]) -> dict[str, Any]:
        is_asked = asked["do"] == "health"
        return {"sip": {"pages": ["desk_1"], "windows": elsewhere}} if is_asked else {"events": []}

    switch.answer = answer
    rina = room.person("rina")
    start = partial(rina.command, "desk.start_duty", desk="desk_1")
    with rina.screen(page="second") as second:
        second.frame()
        with rina.screen(page="first") as first:
            first.frame()
            assert start(page="first").status_code == 200
            until(lambda: _windows(switch) == ["desk_1"])
            refused = start(page="second")
            assert (refused.status_code, refused.json()["reason"]) == (
                409,
                "on_duty_in_other_window",
            )
        until(lambda: _windows(switch) == [])
        elsewhere.append("desk_1")
        assert start(page="second").status_code == 409
        elsewhere.clear()
        assert start(page="second").json()["events"] == ["desk.moved"]
        until(lambda: _page(room) == "second" and _windows(switch) == ["desk_1"])
        assert start(page="third").status_code == 409


def test_nothing_is_taken_in_silence_while_a_call_is_at_the_desk(
    room: Room, switch: FakeSwitch
) -> None:
    """The sound of a call goes past the web: a window that is away may be talking."""
    switch.answer = lambda _asked: {"sip": {"pages": [], "windows": []}, "events": []}
    call, desk = CallId("c-1"), DeskKey("desk_1")
    rina = room.person("rina")
    rina.done("desk.start_duty", desk=desk, page="first")
    room.system(OfferCall(call=call, line="112", dialled="112", trunk="t", number=personal("08")))
    agent = Agent(id=AgentId("agent-rina"), name="Rina", roles=(Role.CALL_TAKER,), desk=desk)
    answer = AnswerCall(call=call, desk=desk)
    envelope = Envelope(id=CommandId("answer"), agent=agent, command=answer)
    handle(room.store, PLANS, envelope, room.clock())
    until(lambda: _page(room) == "first" and _call(room, call).desk == desk)
    until(room.parts.switch.reached.is_set)
    assert rina.command("desk.start_duty", desk=desk, page="second").status_code == 409
    room.system(EndCall(call=call, by="caller"))
    until(lambda: _call(room, call).ended_at is not None)
    assert rina.done("desk.start_duty", desk=desk, page="second")["events"] == ["desk.moved"]


def test_while_no_switch_says_who_is_there_the_person_is_asked(room: Room) -> None:
    """The window may be at another web process, of which nothing is known now."""
    rina = room.person("rina")
    rina.done("desk.start_duty", desk="desk_1", page="first")
    until(lambda: _page(room) == "first")
    assert not room.parts.switch.reached.is_set()
    assert rina.command("desk.start_duty", desk="desk_1", page="second").status_code == 409


def _windows(switch: FakeSwitch) -> list[str] | None:
    said = [one["windows"] for one in switch.asked if one["do"] == "present"]
    return said[-1] if said else None


def test_a_desk_that_is_free_has_no_window(room: Room, switch: FakeSwitch) -> None:
    """Whoever comes next is not asked about a window of before."""
    rina = room.person("rina")
    rina.done("desk.start_duty", desk="desk_1", page="first")
    rina.done("desk.end_duty", desk="desk_1")
    rina.done("desk.start_duty", desk="desk_1", page="second")
    until(lambda: _page(room) == "second")
