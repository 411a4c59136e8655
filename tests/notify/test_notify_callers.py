"""Text messages to callers: taken while the call-taker waits, or read out and not sent later."""

import asyncio

import pytest
from notify_room import Fake, Room

from kentongan.edge.notify.addresses import BadAddress
from kentongan.edge.notify.channel import NotSent
from kentongan.notify_settings import HttpSmsSettings, NotifySettings
from kentongan.serve import notify_callers
from kentongan.serve.notify_callers import CallerTexts, caller_phone, text_out_of

LINK = "112: buka https://112.example.go.id/112/lokasi#x"


async def sent(room: Room, number: str) -> bool:
    """What the call-taker is told, while the process does its work."""
    texts = CallerTexts(NotifySettings(), lambda: room.store, room.clock)
    asked = asyncio.ensure_future(texts.send(number, LINK))
    while not asked.done():
        room.turn()
        await asyncio.sleep(0.01)
    return asked.result()


def test_notify_a_caller_gets_the_link(room: Room) -> None:
    """To the number as the network gave it; the link is not kept."""
    sms = Fake("sms")
    room.notify(sms=[sms])
    assert asyncio.run(sent(room, "081303131148"))
    assert [(letter.to, letter.text) for letter in sms.sent] == [("+6281303131148", LINK)]
    (letter,) = room.letters()
    assert (letter.about, letter.state, letter.text) == ("caller", "accepted", "")


def test_notify_what_is_not_taken_is_not_sent_later(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused, no number of a telephone, or nobody there: the words are read out."""
    monkeypatch.setattr(notify_callers, "TAKEN_S", 0.5)
    sms = Fake("sms", NotSent("refused", is_lasting=True), NotSent("gateway_failed"))
    room.notify(sms=[sms])
    assert not asyncio.run(sent(room, "+6281303131148"))
    assert not asyncio.run(sent(room, "112"))
    assert not asyncio.run(sent(room, "+6281303131148"))
    room.turn(60)
    assert len(sms.sent) == 2
    assert sorted(letter.state for letter in room.letters()) == ["expired", "failed"]


def test_notify_callers_numbers_are_completed_with_the_country() -> None:
    """A caller's line is in this country, unless it says another; a short code is nobody."""
    assert caller_phone("0813 0313 1148", "62") == "+6281303131148"
    assert caller_phone("6281303131148", "62") == "+6281303131148"
    assert caller_phone("+12025550123", "62") == "+12025550123"
    for wrong in ("112", "anonymous", "", "0"):
        with pytest.raises(BadAddress):
            caller_phone(wrong, "62")


def test_notify_without_a_gateway_nothing_is_offered(room: Room) -> None:
    """The console then reads the link out."""
    assert text_out_of(NotifySettings(), lambda: room.store, room.clock) is None
    http = HttpSmsSettings(name="a", url="https://sms.example/", body="{to}{text}")
    settings = NotifySettings(sms_http=(http,))
    assert text_out_of(settings, lambda: room.store, room.clock) is not None
