"""A number that must not ring is not rung: from the list, by hand, or into another call."""

import asyncio
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from web_room import Person, Room, text_of, until
from web_switch import FakeSwitch

from kentongan.core.commands import (
    AttachReport,
    EndCall,
    InviteParty,
    OfferCall,
    OfferCallback,
    QueueCall,
)
from kentongan.core.words import (
    Agent,
    AgentId,
    CallId,
    IncidentId,
    PartyKey,
    Personal,
    ReportId,
    Role,
    personal,
)
from kentongan.edge.web import quiet_numbers
from kentongan.edge.web.lanes import Lane

NUMBER, WRITTEN_ELSE = "081234567890", "+62 812-3456-7890"
VIOLENCE = "KDR-01"


def _lost(room: Room, call: str, number: str = NUMBER) -> None:
    """Somebody rang and was lost."""
    offer = OfferCall(
        call=CallId(call), line="112", dialled="112", trunk="t", number=personal(number)
    )
    for command in (offer, QueueCall(call=CallId(call)), EndCall(call=CallId(call), by="caller")):
        room.system(command)


def _told(room: Room, who: Person, call: str) -> None:
    """What was told in that call is violence at home."""
    who.done("report.open", report=f"r-{call}", channel="call", call=call)
    who.done("report.take_complaint", report=f"r-{call}", words=text_of("dipukul"))
    who.done("incident.open", incident="i1", report=f"r-{call}")
    room.system(AttachReport(report=ReportId(f"r-{call}"), incident=IncidentId("i1")))
    who.done("incident.classify", incident="i1", nature=VIOLENCE)


def _rings(who: Person, number: str, of: str | None = None) -> httpx.Response:
    back = {"call": "b1", "line": "112", "trunk": "", "desk": who.room.parts.live.desk_of(_id(who))}
    return who.command("call.call_back", number=text_of(number), of=of, **back)


def _id(who: Person) -> str:
    return str(who.me["agent"]["id"])


def _commands(switch: FakeSwitch) -> list[str]:
    asked = [one["envelope"]["command"] for one in switch.asked if one["do"] == "command"]
    return [one["type"] for one in asked]


def test_a_call_marked_so_is_not_rung_back(room: Room, switch: FakeSwitch) -> None:
    """The list has no key for it, and the server does not do it either."""
    rina = room.person("rina").sit("desk_1")
    _lost(room, "c1")
    silent = OfferCallback(call=CallId("c1"), due_at=room.clock(), voice=False)
    room.system(silent)
    until(lambda: room.parts.live.seq == room.store.last_position())
    refused = _rings(rina, "", of="c1")
    assert (refused.status_code, refused.json()["reason"]) == (409, "no_voice_callback")
    refused = _rings(rina, "0811999", of="c1")  # the call says so, whatever number is named
    assert (refused.status_code, refused.json()["reason"]) == (409, "no_voice_callback")
    assert "neutral" in refused.json()["message"]["en"]
    assert _commands(switch) == []


def test_the_number_of_such_an_incident_is_known_again(
    room: Room, switch: FakeSwitch, caplog: pytest.LogCaptureFixture
) -> None:
    """By hand, for another call of it, and into a running call; others ring. A supervisor may."""
    rina = room.person("rina").sit("desk_1")
    _lost(room, "c1")
    _lost(room, "c2", WRITTEN_ELSE)
    _told(room, rina, "c1")
    room.settle()
    for number, of in ((NUMBER, None), (WRITTEN_ELSE, None), ("", "c2")):
        refused = _rings(rina, number, of)
        assert (refused.status_code, refused.json()["reason"]) == (409, "no_voice_callback")
    into = {"call": "c9", "party": "p1", "kind": "other", "number": text_of(NUMBER)}
    assert rina.command("call.invite_party", **into).json()["reason"] == "no_voice_callback"
    assert _commands(switch) == []
    assert _rings(rina, "081299999999").status_code == 200
    sari = room.person("sari").sit("desk_2")
    assert _rings(sari, "", "c2").json()["reason"] == "no_voice_callback"
    assert _rings(sari, NUMBER).status_code == 200
    assert _commands(switch) == ["call.call_back"] * 2
    assert len([one for one in caplog.messages if "was kept from ringing" in one]) == 5
    assert [one for one in caplog.messages if f"{_id(sari)} rings a number marked" in one]


def _one_that_is_sealed(_: object) -> Iterator[Personal]:
    yield Personal(ref="r-1")


def test_a_store_that_says_nothing_keeps_nobody_from_ringing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It swallows the first question of the lane: whoever dials waits no longer than the limit."""
    monkeypatch.setattr(quiet_numbers, "ANSWER_S", 0.05)
    monkeypatch.setattr(quiet_numbers, "_quiet", _one_that_is_sealed)
    released = threading.Event()

    def swallows() -> Any:
        released.wait(10)
        raise OSError

    async def dials() -> None:
        lane = Lane("reading", swallows)
        parts = cast("Any", SimpleNamespace(lanes=SimpleNamespace(reading=lane), texts=None))
        into = InviteParty(
            call=CallId("c"), party=PartyKey("p"), kind="other", number=personal(NUMBER)
        )
        try:
            async with asyncio.timeout(5):
                agent = Agent(id=AgentId("rina"), name="Rina", roles=(Role.CALL_TAKER,))
                await quiet_numbers.must_not_be_quiet(parts, agent, into)
        finally:
            released.set()
            lane.close()

    asyncio.run(dials())
    assert [one for one in caplog.messages if "were not compared" in one]
