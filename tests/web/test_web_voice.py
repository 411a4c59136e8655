"""What pages ask of a call's sound, whom they ring by name, what the switch learns of us."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from web_people import PEOPLE, PLANS
from web_room import Room, text_of, until
from web_switch import FakeSwitch

from kentongan.app.handle import handle
from kentongan.core.commands import (
    AnswerCall,
    AttachReport,
    DisposeCall,
    EndCall,
    Envelope,
    HoldParty,
    InviteParty,
    JoinParty,
    OfferCall,
    QueueCall,
    ResumeParty,
    TextCall,
)
from kentongan.core.words import (
    Agent,
    AgentId,
    CallId,
    CommandId,
    DeskKey,
    Disposition,
    IncidentId,
    PartyKey,
    Personal,
    ReportId,
    Role,
    personal,
)
from kentongan.edge.web.presence import Presence

RINA = Agent(
    id=AgentId("agent-rina"), name="Rina", roles=(Role.CALL_TAKER,), desk=DeskKey("desk_1")
)
DEWI = Agent(id=AgentId("agent-dewi"), name="Dewi", roles=(Role.CALL_TAKER,))


def _said(switch: FakeSwitch) -> list[dict[str, Any]]:
    return [one for one in switch.asked if one["do"] == "present"]


def test_the_switch_learns_who_sits_where_and_whose_page_is_open(
    room: Room, switch: FakeSwitch
) -> None:
    """At once, by the desk's row; a page that closes is no page any more."""
    rina = room.person("rina").sit("desk_1")
    until(lambda: any(word["desks"] for word in _said(switch)))
    assert _said(switch)[-1]["pages"] == []
    with rina.screen() as screen:
        screen.frame()
        until(lambda: _said(switch)[-1]["pages"] == ["desk_1"])
        (desk,) = _said(switch)[-1]["desks"]
        assert (desk["key"], desk["agent"], desk["state"]) == ("desk_1", "agent-rina", "on_duty")
    until(lambda: _said(switch)[-1]["pages"] == [])


def test_a_desk_does_not_wait_for_the_comparing_of_numbers(
    room: Room, switch: FakeSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a week of calls is compared on a slow disk, who sits down is rung all the same."""
    asked: list[object] = []

    async def slow(_: object, waiting: object) -> dict[CallId, object]:
        asked.append(waiting)
        await asyncio.sleep(3600)
        return {}

    monkeypatch.setattr(Presence, "_find_standings", slow)
    _rings(room, "q1", "08123456789")
    until(lambda: bool(asked))
    room.person("rina").sit("desk_1")
    until(lambda: any(word["desks"] for word in _said(switch)))
    assert len(asked) == 1, "one comparison at a time"


def _rings(room: Room, call: str, number: str, language: str = "id") -> None:
    room.system(
        OfferCall(
            call=CallId(call),
            line="112",
            dialled="112",
            trunk="t",
            number=personal(number),
            language=language,
        )
    )
    room.system(QueueCall(call=CallId(call)))


def test_the_switch_learns_what_is_known_of_a_number(room: Room, switch: FakeSwitch) -> None:
    """Three pranks of a number, each sealed apart and written as its exchange does, make its fourth
    call suspected; others not."""
    written = {"p1": "081122334455", "p2": "6281122334455", "p3": "006281122334455"}
    for call, number in written.items():
        _rings(room, call, number)
        room.system(EndCall(call=CallId(call), by="caller"))
        handle(
            room.store,
            PLANS,
            Envelope(
                id=CommandId(f"dispose-{call}"),
                agent=DEWI,
                command=DisposeCall(call=CallId(call), disposition=Disposition.PRANK),
            ),
            room.clock(),
        )
    _rings(room, "p4", "+62 811-2233-4455")
    _rings(room, "q1", "0822")
    until(lambda: "p4" in (_said(switch) or [{}])[-1].get("standings", {}))
    standings = _said(switch)[-1]["standings"]
    assert standings["p4"]["nuisance"] is True
    assert "q1" not in standings


def _told(room: Room, call: str, incident: str) -> None:
    """What was told in that call belongs to that incident."""
    who = room.person("rina")
    who.done("report.open", report=f"r-{call}", channel="call", call=call)
    who.done("report.take_complaint", report=f"r-{call}", words=text_of("kebakaran"))
    who.done("incident.open", incident=incident, report=f"r-{call}")
    room.system(AttachReport(report=ReportId(f"r-{call}"), incident=IncidentId(incident)))


def test_the_switch_learns_for_whom_to_keep_a_line(room: Room, switch: FakeSwitch) -> None:
    """Callers of an open P1 incident and those cut off in mid-talk; nobody who gave up."""
    for call, number in (("c1", "0811"), ("c2", "0822"), ("c3", "0833")):
        _rings(room, call, number)
    room.system(EndCall(call=CallId("c3"), by="caller"))
    rina = room.person("rina").sit("desk_1")
    _told(room, "c1", "i-1")
    until(lambda: bool(_said(switch)))
    assert _said(switch)[-1]["awaited"] == []
    rina.done("incident.classify", incident="i-1", nature="KBK-01")
    until(lambda: _said(switch)[-1]["awaited"] == ["0811"])
    answer = Envelope(
        id=CommandId("answer-c2"),
        agent=RINA,
        command=AnswerCall(call=CallId("c2"), desk=DeskKey("desk_1")),
    )
    handle(room.store, PLANS, answer, room.clock())
    room.system(EndCall(call=CallId("c2"), by="caller", reason="dialog_lost"))
    until(lambda: _said(switch)[-1]["awaited"] == ["0822", "0811"])
    room.person("budi").done("incident.close", incident="i-1", outcome="resolved")
    until(lambda: _said(switch)[-1]["awaited"] == ["0822"])
    room.clock.ahead = timedelta(minutes=11)
    until(lambda: _said(switch)[-1]["awaited"] == [])


def test_keys_and_replay_go_to_the_switch_with_the_own_desk(room: Room, switch: FakeSwitch) -> None:
    """The desk is where the person is on duty, whatever the page believes."""
    rina = room.person("rina").sit("desk_1")
    assert rina.post("/api/calls/c1/digits", {"keys": "5#"}).json() == {"outcome": "done"}
    assert rina.post("/api/calls/c1/replay", {"seconds": 20}).json() == {"outcome": "done"}
    digits = next(one for one in switch.asked if one["do"] == "digits")
    replay = next(one for one in switch.asked if one["do"] == "replay")
    assert (digits["call"], digits["desk"], digits["keys"]) == ("c1", "desk_1", "5#")
    assert (replay["desk"], replay["agent"], replay["seconds"]) == ("desk_1", "agent-rina", 20.0)


def test_what_is_no_key_is_refused(room: Room, switch: FakeSwitch) -> None:
    """And nobody without a desk presses any, nor an officer."""
    rina = room.person("rina").sit("desk_1")
    assert rina.post("/api/calls/c1/digits", {"keys": "5x"}).status_code == 400
    assert rina.post("/api/calls/c1/replay", {"seconds": 600}).status_code == 400
    budi = room.person("budi")
    assert budi.post("/api/calls/c1/digits", {"keys": "5"}).status_code == 409
    officer = room.person("dinkes")
    assert officer.post("/api/calls/c1/digits", {"keys": "5"}).status_code == 403
    assert officer.post("/api/calls/c1/replay", {"seconds": 5}).status_code == 403
    assert not [one for one in switch.asked if one["do"] in ("digits", "replay")]


def test_a_new_network_of_a_page_only_restarts_its_way(room: Room, switch: FakeSwitch) -> None:
    """The switch is told so, and answers as to any offer."""
    switch.answer = lambda _asked: {"sdp": "answer"}
    person = room.person("rina")
    offer = {"sdp": "offer", "desk": "desk_1", "restart": True}
    assert person.post("/api/calls/c1/media", offer).json() == {"sdp": "answer"}
    assert next(one for one in switch.asked if one["do"] == "media")["restart"] is True


@pytest.mark.parametrize("name", PEOPLE)
def test_only_the_room_offers_sound_for_a_call(room: Room, switch: FakeSwitch, name: str) -> None:
    """Call-takers, dispatchers and supervisors; of all others the switch hears nothing."""
    switch.answer = lambda _asked: {"sdp": "answer"}
    answer = room.person(name).post("/api/calls/c1/media", {"sdp": "offer", "desk": "desk_1"})
    may = name in {"rina", "budi", "sari"}
    assert answer.status_code == (200 if may else 403)
    assert any(one["do"] == "media" for one in switch.asked) is may


def test_the_directory_is_for_the_room(room: Room) -> None:
    """Agencies and hospitals with their numbers; not for an officer of an agency."""
    contacts = {one["key"]: one for one in room.person("rina").get("/api/directory").json()}
    assert contacts["damkar"]["number"] == "024-7605871"
    assert room.person("dinkes").get("/api/directory").status_code == 403


def test_ringing_back_reads_the_number_of_the_call_it_is_for(
    room: Room, switch: FakeSwitch
) -> None:
    """The page needs no number; the switch gets it, with the call's language, and the reading is on
    record.
    """
    rina = room.person("rina").sit("desk_1")
    _rings(room, "c1", "081234567890", "jv")
    room.system(EndCall(call=CallId("c1"), by="caller"))
    until(lambda: room.parts.live.seq == room.store.last_position())
    back = {"call": "b1", "of": "c1", "line": "112", "trunk": "", "desk": "desk_1"}
    rina.done("call.call_back", number=text_of(""), **back)
    asked = next(one for one in switch.asked if one["do"] == "command")
    assert asked["envelope"]["command"]["number"]["text"] == "081234567890"
    assert asked["envelope"]["command"]["language"] == "jv"
    until(lambda: any(one.reason == "call_back" for one in room.store.accounts.accesses()))
    missing = rina.command("call.call_back", number=text_of(""), **{**back, "of": "nobody"})
    assert missing.status_code == 404


def _taken_by_rina(room: Room, call: str) -> None:
    command = AnswerCall(call=CallId(call), desk=DeskKey("desk_1"))
    envelope = Envelope(id=CommandId(f"taken-{call}"), agent=RINA, command=command)
    handle(room.store, PLANS, envelope, room.clock())
    until(lambda: room.parts.live.seq == room.store.last_position())


BUDIS = PartyKey("d2")


def _brings_in_budi(room: Room, call: str) -> None:
    key, desk = CallId(call), DeskKey("desk_2")
    room.system(InviteParty(call=key, party=BUDIS, kind="desk", desk=desk))
    joined = JoinParty(call=key, party=BUDIS, agent=AgentId("agent-budi"), agent_name="Budi")
    room.system(joined)


def test_letters_reach_who_takes_part_and_nobody_else(room: Room, switch: FakeSwitch) -> None:
    """The unfinished line of a caller is on the screen of the desk that has the call alone."""
    rina, budi = room.person("rina"), room.person("budi")
    _rings(room, "rtt", "0811")
    with rina.screen() as hers, budi.screen() as his:
        hers.frame()
        his.frame()
        told = {"event": "typing", "call": "rtt", "by": "caller", "text": "tol", "name": ""}
        switch.push(told)
        _taken_by_rina(room, "rtt")
        switch.push({**told, "text": "tolong"})
        shown = hers.until(lambda frame: frame["k"] == "typing")
        assert shown == {
            "k": "typing", "call": "rtt", "by": "caller", "text": "tolong", "name": "",
        }  # fmt: skip
        assert his.until(lambda frame: frame["k"] in {"positions", "typing"})["k"] == "positions"
        _brings_in_budi(room, "rtt")
        room.system(HoldParty(call=CallId("rtt"), party=BUDIS))
        until(lambda: room.parts.live.seq == room.store.last_position())
        switch.push({**told, "text": "rahasia"})
        hers.until(lambda frame: frame.get("text") == "rahasia")
        room.system(ResumeParty(call=CallId("rtt"), party=BUDIS))
        until(lambda: room.parts.live.seq == room.store.last_position())
        switch.push({**told, "text": "sudah"})  # told again each second as long as it is unfinished
        assert his.until(lambda frame: frame["k"] == "typing")["text"] == "sudah"


def test_letters_of_a_desk_go_to_the_switch(room: Room, switch: FakeSwitch) -> None:
    """In the name of who is signed in there; without a desk, or for others, not at all."""
    rina = room.person("rina")
    typed = {"stream": "s1", "count": 1, "text": "Di man\b"}
    assert rina.post("/api/calls/rtt/typing", typed).status_code == 409
    rina.sit("desk_1")
    assert rina.post("/api/calls/rtt/typing", typed).status_code == 200
    (asked,) = [one for one in switch.asked if one["do"] == "type"]
    asked.pop("n")
    assert asked == {
        "do": "type", "call": "rtt", "desk": "desk_1", "agent": "agent-rina", "name": "Rina",
        **typed,
    }  # fmt: skip
    assert room.person("dinkes").post("/api/calls/rtt/typing", typed).status_code == 403
    for broken in ({**typed, "text": ""}, {**typed, "count": 0}, {**typed, "text": "x" * 1_001}):
        assert rina.post("/api/calls/rtt/typing", broken).status_code == 400


def test_lines_beside_a_call_are_read_by_who_hears_it_and_noted(
    room: Room, switch: FakeSwitch
) -> None:
    """In order, who wrote each; an erased one says nothing; every reading is on the access log."""
    rina = room.person("rina")
    _rings(room, "typed", "0811")
    for text in ("saya tidak bisa bicara", "tolong"):
        room.system(TextCall(call=CallId("typed"), by="caller", text=Personal(text=text)))
    until(lambda: room.parts.live.seq == room.store.last_position())
    assert rina.get("/api/calls/typed/texts").status_code == 403
    _taken_by_rina(room, "typed")
    until(lambda: room.parts.live.seq == room.store.last_position())
    found = rina.get("/api/calls/typed/texts").json()
    assert [(one["by"], one["text"]) for one in found] == [
        ("caller", "saya tidak bisa bicara"),
        ("caller", "tolong"),
    ]
    budi = room.person("budi")
    _brings_in_budi(room, "typed")
    room.system(HoldParty(call=CallId("typed"), party=BUDIS))
    room.system(TextCall(call=CallId("typed"), by="caller", text=Personal(text="dia di sini")))
    until(lambda: room.parts.live.seq == room.store.last_position())
    assert [one["text"] for one in budi.get("/api/calls/typed/texts").json()] == [
        "saya tidak bisa bicara",
        "tolong",
    ], "a desk on hold reads nothing of what it may not hear"
    room.system(ResumeParty(call=CallId("typed"), party=BUDIS))
    until(lambda: room.parts.live.seq == room.store.last_position())
    assert budi.get("/api/calls/typed/texts").json()[-1]["text"] == "dia di sini"
    assert rina.get("/api/calls/nobody/texts").status_code == 404
    assert room.person("dinkes").get("/api/calls/typed/texts").status_code == 403


def test_the_room_is_told_the_order_of_the_queue_and_nobody_else(
    room: Room, switch: FakeSwitch
) -> None:
    """As the switch said it last, also to a screen that opens later; agencies learn nothing."""
    with room.person("dinkes").screen() as outside, room.person("rina").screen() as inside:
        outside.frame()
        inside.frame()
        switch.push({"event": "queue", "order": ["b", "a"]})
        told = inside.until(lambda frame: frame["k"] == "queue")
        assert told["order"] == ["b", "a"]
        with room.person("budi").screen() as later:
            first, told = later.frame(), later.until(lambda frame: frame["k"] == "queue")
            assert first["k"] == "snapshot"
            assert told["order"] == ["b", "a"]
        assert outside.until(lambda frame: frame["k"] in ("queue", "positions"))["k"] == "positions"


def _last(switch: FakeSwitch) -> dict[str, Any]:
    return (_said(switch) or [{}])[-1]


def test_the_switch_is_told_who_may_listen_and_who_was_forced_out(
    room: Room, switch: FakeSwitch
) -> None:
    """A supervisor with a screen open is named; without one, or with another role, no more."""
    sari, rina = room.person("sari"), room.person("rina")
    rina.done("desk.start_duty", desk="desk_1", headset_checked=True)
    with sari.screen() as screen:
        screen.frame()
        until(lambda: _last(switch).get("listeners") == ["agent-sari"])
        sari.done("desk.force_end", desk="desk_1", reason="dead_desk")
        until(lambda: _last(switch).get("forced_out") == {"desk_1": "agent-rina"})
    until(lambda: _last(switch).get("listeners") == [])
    rina.done("desk.start_duty", desk="desk_1", headset_checked=True)
    until(lambda: _last(switch).get("forced_out") == {})
