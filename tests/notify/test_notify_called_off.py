"""Whoever was told of what is taken back hears that it does not count, and nobody else does."""

from notify_room import AMB03, CREW_PHONE, DAMKAR, ONE, PIKET_PHONE, Fake, Room

from kentongan.core.commands import ReleaseUnit
from kentongan.core.commands.undo import RestoreUnit, UnsendIncident, WithdrawTask
from kentongan.core.ladder import Rung
from kentongan.edge.notify.channel import NotSent
from kentongan.notify_settings import NotifySettings

SMS_ONLY = NotifySettings(ladder=(Rung(ways=("sms",), wait_s=30.0),))
OFF = "112 #1: permintaan ke DAMKAR DIBATALKAN, tidak perlu datang."


def test_notify_an_agency_that_was_told_hears_that_it_is_not_asked(room: Room) -> None:
    """By the same way, once; asked anew it is a new question."""
    room.contact("piket", agency=DAMKAR, always=True, phone=PIKET_PHONE)
    sms = Fake("sms")
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident(agency=DAMKAR)
    room.turn()
    assert len(sms.sent) == 1
    room.do(UnsendIncident(incident=ONE))
    room.turn(5)
    assert [(one.to, one.text) for one in sms.sent[1:]] == [(PIKET_PHONE, OFF)]
    room.turn(60)
    assert len(sms.sent) == 2
    (letter,) = [one for one in room.letters() if one.about == "withdrawn"]
    assert (letter.agency, letter.incident) == (DAMKAR, ONE)


def test_notify_an_agency_that_was_not_told_yet_hears_nothing(room: Room) -> None:
    """What waited is not sent, and so nothing is called off."""
    room.contact("piket", agency=DAMKAR, always=True, phone=PIKET_PHONE)
    sms = Fake("sms")
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident(agency=DAMKAR)
    room.do(WithdrawTask(incident=ONE, agency=DAMKAR))
    room.turn()
    assert sms.sent == []


def test_notify_a_crew_that_was_taken_off_by_mistake_goes_on(room: Room) -> None:
    """It may have turned round already; an assignment that is undone says so, too."""
    room.crew()
    sms = Fake("sms")
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident()
    room.assign()
    room.do(ReleaseUnit(incident=ONE, unit=AMB03, reason="swapped"))
    room.turn()
    room.do(RestoreUnit(incident=ONE, unit=AMB03))
    room.turn(5)
    told = [one.text for one in sms.sent if one.to == CREW_PHONE]
    assert "112 #1: AMB03 LANJUTKAN, pelepasan DIBATALKAN." in told
    room.do(ReleaseUnit(incident=ONE, unit=AMB03, reason="undone"))
    room.turn(5)
    assert sms.sent[-1].text == (
        "112 #1: AMB03 DILEPASKAN, jangan teruskan; penugasan DIBATALKAN. Tunggu perintah."
    )


def test_notify_the_last_word_that_a_crew_reads_is_the_one_that_holds(room: Room) -> None:
    """The gateway was away while it was taken off and put back: nobody is told to stop after it."""
    room.crew()
    gone = NotSent("away")
    sms = Fake("sms")
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident()
    room.assign()
    room.turn()
    sms.answers = [gone, gone]
    room.do(ReleaseUnit(incident=ONE, unit=AMB03, reason="swapped"))
    room.turn(1)
    room.do(RestoreUnit(incident=ONE, unit=AMB03))
    for _ in range(60):
        room.turn(5)
    taken = [one for one in room.letters() if one.state == "accepted" and one.about != "alert"]
    assert [one.about for one in taken] == ["restored"]
    (stopped,) = [one for one in room.letters() if one.about == "released"]
    assert (stopped.state, stopped.why) == ("cancelled", "overtaken")
