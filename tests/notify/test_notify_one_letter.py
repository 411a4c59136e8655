"""One letter to the supervisor for all who are silent about one incident."""

from datetime import timedelta

from notify_room import BOSS_PHONE, DAMKAR, DINKES, NOON, ONE, Fake, Room

from kentongan.core.commands import AcknowledgeTask, TaskAgency
from kentongan.core.ladder import Rung
from kentongan.core.words import AgencyKey, Agent, AgentId, Role
from kentongan.edge.notify.channel import NotSent
from kentongan.notify_settings import NotifySettings

POLISI = AgencyKey("polisi")
DISHUB = AgencyKey("dishub")
TO_BOSS = Rung(ways=("sms", "mail"), to="supervisor", not_before_s=60)
SETTINGS = NotifySettings(ladder=(Rung(ways=("app",)), TO_BOSS))


def fire(room: Room, sms: Fake, mail: Fake) -> None:
    """A fire whose agencies are asked within a few seconds; nobody of them can be told."""
    boss = {"supervisor": True, "always": True, "phone": BOSS_PHONE}
    room.contact("boss", **boss, mail="boss@semarang.example")
    room.notify(SETTINGS, sms=[sms], mail=[mail])
    room.send_incident()
    for agency in (DAMKAR, DINKES, POLISI):
        room.do(TaskAgency(incident=ONE, agency=agency, lead=agency == DAMKAR))
        room.turn(1)


def test_notify_agencies_silent_about_one_fire_are_one_letter(room: Room) -> None:
    """By each way one, naming all; the ledger has each of them, and one asked later is told."""
    sms, mail = Fake("sms"), Fake("mail")
    fire(room, sms, mail)
    room.turn(27)
    room.do(TaskAgency(incident=ONE, agency=DISHUB, lead=False))
    for _ in range(7):
        room.turn(5)
    (text,) = [letter.text for letter in sms.sent]
    named = sorted(text.removeprefix("112 P1 #1: ").split(" belum")[0].split(", "))
    assert {"DAMKAR", "DINKES", "POLISI"} <= set(named)
    assert "DISHUB" not in named
    assert len(mail.sent) == 1
    rung = [one for one in room.letters() if one.step == 1 and (one.agency or "").upper() in named]
    assert sorted(one.way for one in rung) == ["mail"] * len(named) + ["sms"] * len(named)
    assert {one.why for one in rung} == {"", "in_one_letter"}
    for _ in range(8):
        room.turn(5)
    assert [letter.text.split(" belum")[0] for letter in sms.sent[1:]] == ["112 P1 #1: DISHUB"]


def test_notify_the_letter_still_goes_when_the_first_that_it_names_answers(room: Room) -> None:
    """The gateway rests; meanwhile one agency answers and the others are silent still."""
    sms, mail = Fake("sms", NotSent("unreachable")), Fake("mail")
    fire(room, sms, mail)
    while not [one for one in room.letters() if one.step == 1]:
        room.turn(1)
    (waiting,) = [one for one in room.letters() if one.step == 1 and one.state == "waiting"]
    assert waiting.agency is not None
    assert waiting.made_at - NOON < timedelta(seconds=61)
    officer = Agent(id=AgentId("o"), name="o", roles=(Role.AGENCY_OFFICER,), agency=waiting.agency)
    room.do(AcknowledgeTask(incident=ONE, agency=waiting.agency), officer)
    tried = len(sms.sent)
    for _ in range(10):
        room.turn(5)
    assert len(sms.sent) == tried + 1
