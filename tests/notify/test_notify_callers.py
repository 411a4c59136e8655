"""Text messages to callers: taken while the call-taker waits, or read out and not sent later."""

import asyncio
import json
import time
from collections.abc import Callable

import pytest
from msgspec import structs
from notify_room import Fake, Room
from notify_web import Says, Web

from kentongan.edge.notify.addresses import BadAddress
from kentongan.edge.notify.channel import NotSent
from kentongan.edge.notify.whatsapp import Whatsapp
from kentongan.notify_settings import HttpSmsSettings, NotifySettings, WhatsappSettings
from kentongan.serve import notify_callers
from kentongan.serve.notify_callers import TAKEN_S, CallerTexts, caller_phone, text_out_of

LINK = "112: buka https://112.example.go.id/112/lokasi#x"


SMS = HttpSmsSettings(name="sms", url="https://sms.example/", body="{to}{text}")
WHATSAPP = WhatsappSettings(
    phone_id="1066", token_file="", app_secret_file="", template="tugas_baru"
)


async def sent(room: Room, number: str, settings: NotifySettings | None = None) -> bool:
    """What the call-taker is told, while the process does its work."""
    settings = settings or NotifySettings(sms_http=(SMS,))
    texts = CallerTexts(settings, lambda: room.store, room.clock)
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
    for settings in (NotifySettings(sms_http=(SMS,)), NotifySettings(whatsapp=(WHATSAPP,))):
        assert text_out_of(settings, lambda: room.store, room.clock) is not None


def test_notify_a_caller_gets_the_link_by_whatsapp_where_there_is_no_sms(
    room: Room, web: Callable[..., Web], secret_file: str
) -> None:
    """As an approved template, the only thing a centre may open a conversation with; callers have
    their own where one is set."""
    api = web(Says(200, b'{"messages":[{"id":"wamid.X"}]}'))
    given = structs.replace(
        WHATSAPP, url=api.url, token_file=secret_file, app_secret_file=secret_file
    )
    for template, expected in (("", "tugas_baru"), ("tautan_112", "tautan_112")):
        settings = structs.replace(given, caller_template=template)
        room.notify(whatsapp=[Whatsapp(settings)])
        assert asyncio.run(sent(room, "081303131148", NotifySettings(whatsapp=(settings,))))
        said = json.loads(api.asked[-1].body)
        assert (said["to"], said["type"]) == ("6281303131148", "template")
        assert said["template"]["name"] == expected
        assert said["template"]["components"][0]["parameters"] == [{"type": "text", "text": LINK}]
    assert {(one.way, one.state) for one in room.letters()} == {("whatsapp", "accepted")}


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (NotSent("refused", is_lasting=True), "failed"),
        (NotSent("gateway_failed"), "expired"),
        (NotSent("no_answer", is_unsure=True), "expired"),
    ],
)
def test_notify_where_sms_fails_whatsapp_follows_and_the_ledger_has_both(
    room: Room, answer: NotSent, left: str
) -> None:
    """At once when the gateway has said no: long before its share of the time is over. What it did
    not take is not sent later."""
    sms, whatsapp = Fake("sms", answer), Fake("whatsapp")
    room.notify(sms=[sms], whatsapp=[whatsapp])
    settings = NotifySettings(sms_http=(SMS,), whatsapp=(WHATSAPP,))
    began = time.monotonic()
    assert asyncio.run(sent(room, "081303131148", settings))
    assert time.monotonic() - began < TAKEN_S / 2
    room.turn(60)
    assert [len(one.sent) for one in (sms, whatsapp)] == [1, 1]
    assert whatsapp.sent[0].text == LINK
    letters = {one.way: one for one in room.letters()}
    assert {way: one.state for way, one in letters.items()} == {"sms": left, "whatsapp": "accepted"}
    assert len({one.id.rpartition("/")[0] for one in letters.values()}) == 1


def test_notify_where_sms_is_taken_nothing_goes_by_whatsapp(room: Room) -> None:
    """One way is enough."""
    sms, whatsapp = Fake("sms"), Fake("whatsapp")
    room.notify(sms=[sms], whatsapp=[whatsapp])
    settings = NotifySettings(sms_http=(SMS,), whatsapp=(WHATSAPP,))
    assert asyncio.run(sent(room, "081303131148", settings))
    room.turn(60)
    assert (len(sms.sent), whatsapp.sent) == (1, [])
