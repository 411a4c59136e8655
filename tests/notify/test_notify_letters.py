"""What leaves the room in words: short, never more than that person needs, and read on record."""

import pytest
from notify_room import CREW_PHONE, DEWI, DINKES, ONE, PIKET_PHONE, Fake, Room

from kentongan.core.commands.scene import NoteDanger
from kentongan.core.ladder import Rung
from kentongan.edge.notify.channel import NotSent, Taken
from kentongan.notify_settings import NotifySettings

SMS_ONLY = NotifySettings(ladder=(Rung(ways=("sms",), wait_s=30.0),))


@pytest.mark.parametrize("answer", [Taken(ids=("1",)), NotSent("refused", is_lasting=True)])
def test_notify_an_incident_that_would_betray_says_only_that_there_is_one(
    room: Room, answer: Taken | NotSent
) -> None:
    """Neither its kind nor its place leaves the room; nothing of the text stays in the ledger."""
    room.crew()
    sms = Fake("sms", answer)
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident(nature="KDR-01")
    room.assign()
    room.turn()
    text = next(letter.text for letter in sms.sent if letter.to == CREW_PHONE)
    assert text == "112 P1 AMB03 #1 insiden terbatas, lihat aplikasi. Balas TERIMA AMB03"
    assert all(one.text == "" for one in room.letters())
    assert room.store.accounts.accesses() == []


def test_notify_of_a_patient_the_crew_alone_learns_the_place(room: Room) -> None:
    """And nobody by text message what they suffer from."""
    room.crew()
    room.contact("piket", agency=DINKES, always=True, phone=PIKET_PHONE)
    sms = Fake("sms")
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident(nature="MED-02", agency=DINKES)
    room.assign()
    room.turn()
    texts = {letter.to: letter.text for letter in sms.sent}
    assert texts[CREW_PHONE] == "112 P1 AMB03 #1 di Simpang Lima. Balas TERIMA AMB03"
    assert texts[PIKET_PHONE] == (
        "112 P1 DINKES #1 insiden terbatas, lihat aplikasi. Jawab di halaman instansi."
    )


def test_notify_reading_the_place_is_written_down(room: Room) -> None:
    """As every reading of a personal text."""
    room.crew()
    room.notify(SMS_ONLY, sms=[Fake("sms")])
    room.send_incident()
    room.assign()
    room.turn()
    readings = room.store.accounts.accesses()
    assert {(one.viewer, one.reason) for one in readings} == {("kentongan", "notify")}
    assert DEWI.id not in {one.viewer for one in readings}


def test_notify_a_hostile_place_name_is_words_on_one_line(room: Room) -> None:
    """What somebody called a place can neither begin a line nor turn the words behind it; markup
    is text, and a pattern of ours in it is not filled."""
    room.crew()
    sms = Fake("sms")
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident(place='<img src=x onerror="x()">\n{unit} \u202eLawang')
    room.assign()
    room.turn()
    (letter,) = [one for one in sms.sent if one.to == CREW_PHONE]
    assert letter.text == (
        '112 P1 AMB03 #1 KBK-01 Kebakaran bangunan / rumah di <img src=x onerror="x()">'
        " (unit) Lawang. Balas TERIMA AMB03"
    )


def test_notify_a_danger_at_the_scene_is_told_to_the_crew(room: Room) -> None:
    """Before it drives off; that somebody knows of none is no warning."""
    room.crew()
    sms = Fake("sms")
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident()
    for danger in ("none", "electricity", "gas"):
        room.do(NoteDanger(incident=ONE, danger=danger))
    room.assign()
    room.turn()
    (letter,) = [one for one in sms.sent if one.to == CREW_PHONE]
    assert letter.text == (
        "112 P1 AMB03 #1 KBK-01 Kebakaran bangunan / rumah di Simpang Lima."
        " AWAS listrik, gas. Balas TERIMA AMB03"
    )


@pytest.mark.parametrize("nature", ["KDR-01", "MED-02"])
def test_notify_a_danger_betrays_nobody(room: Room, nature: str) -> None:
    """Of a patient, and where a message would betray, the application alone says it."""
    room.crew()
    sms = Fake("sms")
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident(nature=nature)
    room.do(NoteDanger(incident=ONE, danger="weapon"))
    room.assign()
    room.turn()
    (letter,) = [one for one in sms.sent if one.to == CREW_PHONE]
    assert "AWAS" not in letter.text
    assert "senjata" not in letter.text
