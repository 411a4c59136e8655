"""The whole ladder over a store: who is told when, by what, and what stands in the ledger."""

from datetime import timedelta

from notify_browser import Browser
from notify_room import (
    AMB03,
    BOSS_PHONE,
    CREW_PHONE,
    DAMKAR,
    DINKES,
    NOON,
    ONE,
    PIKET_PHONE,
    Fake,
    Room,
)

from kentongan.core.commands import (
    AcknowledgeTask,
    AssignUnit,
    BreakDown,
    EndAgencyDuty,
    ProgressUnit,
    ReleaseUnit,
    StartAgencyDuty,
    StartDuty,
    TaskAgency,
)
from kentongan.core.ladder import Rung
from kentongan.core.words import Agent, AgentId, DeskKey, Progress, Role
from kentongan.edge.notify.channel import NotSent, ReceiptIn
from kentongan.notify_settings import NotifySettings

SMS_ONLY = NotifySettings(ladder=(Rung(ways=("sms",), wait_s=30.0),))


def test_notify_the_ladder_is_climbed_until_the_crew_accepts(room: Room) -> None:
    """App at once, SMS ten seconds later; then the crew taps, and the supervisor sleeps on."""
    room.crew(Browser("https://push.example/1"))
    room.contact("boss", supervisor=True, always=True, phone=BOSS_PHONE)
    push, sms = Fake("push"), Fake("sms")
    room.notify(app=[push], sms=[sms])
    room.send_incident()
    room.assign()
    room.turn()
    assert [letter.to for letter in push.sent] == ["https://push.example/1"]
    assert sms.sent == []
    room.turn(9)
    assert sms.sent == []
    room.turn(1)
    assert [letter.to for letter in sms.sent] == [CREW_PHONE]
    assert sms.sent[0].text == (
        "112 P1 AMB03 #1 KBK-01 Kebakaran bangunan / rumah di Simpang Lima. Balas TERIMA AMB03"
    )
    room.do(ProgressUnit(incident=ONE, unit=AMB03, progress=Progress.ACCEPTED))
    for _ in range(20):
        room.turn(30)
    alerts = [one for one in room.letters() if one.about == "alert"]
    assert [(one.way, one.step) for one in alerts] == [("app", 0), ("sms", 1)]
    assert all(one.text == "" for one in room.letters())


def test_notify_the_supervisor_is_told_when_nobody_answers(room: Room) -> None:
    """No gateway can telephone: that rung stands in the ledger as nobody's and costs no time."""
    room.crew()
    room.contact("boss", supervisor=True, always=True, phone=BOSS_PHONE)
    sms = Fake("sms")
    room.notify(sms=[sms])
    room.send_incident()
    room.assign()
    room.turn()
    crew = [letter for letter in sms.sent if letter.to == CREW_PHONE]
    assert len(crew) == 1  # no browser: the text message goes at once
    room.turn(59)
    assert BOSS_PHONE not in {letter.to for letter in sms.sent}
    room.turn(1)
    boss = [letter.text for letter in sms.sent if letter.to == BOSS_PHONE]
    assert "112 P1 #1: AMB03 belum menerima, 60 d." in boss
    alert = [one for one in room.letters() if one.about == "alert"]
    assert [(one.step, one.way, one.why) for one in alert] == [
        (0, "app", "nobody"),
        (1, "sms", ""),
        (2, "call", "nobody"),
        (3, "sms", ""),
    ]
    for _ in range(20):
        room.turn(30)
    assert len([letter for letter in sms.sent if letter.to == CREW_PHONE]) == 1


def test_notify_only_people_on_duty_are_told(room: Room) -> None:
    """An officer who watches the inbox, the telephone on duty; nobody who went home."""
    officer = Agent(id=AgentId("o1"), name="Sari", roles=(Role.AGENCY_OFFICER,), agency=DAMKAR)
    room.account("o1")
    room.account("o2")
    room.contact("sari", account=AgentId("o1"), agency=DAMKAR, phone="+6281200000011")
    room.contact("toni", account=AgentId("o2"), agency=DAMKAR, phone="+6281200000012")
    room.contact("piket", agency=DAMKAR, always=True, phone=PIKET_PHONE)
    room.contact("lain", agency=DINKES, always=True, phone="+6281200000013")
    room.contact("dulu", agency=DAMKAR, always=True, phone="+6281200000014", revoked_at=NOON)
    room.do(StartAgencyDuty(agency=DAMKAR), officer)
    sms = Fake("sms")
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident(agency=DAMKAR)
    room.turn()
    told = {one.to for one in room.letters() if one.agency == DAMKAR and one.to}
    assert told == {"+6281200000011", PIKET_PHONE}
    room.do(EndAgencyDuty(agency=DAMKAR), officer)
    room.do(AcknowledgeTask(incident=ONE, agency=DAMKAR))
    for _ in range(5):
        room.turn(60)
    assert len([letter for letter in sms.sent if letter.to in told]) == 2


def test_notify_an_officers_browser_rings_first_then_their_telephone(room: Room) -> None:
    """And the supervisor's; a browser of somebody who went home stays silent."""
    officer = Agent(id=AgentId("o1"), name="Sari", roles=(Role.AGENCY_OFFICER,), agency=DAMKAR)
    rina = Agent(id=AgentId("rina"), name="Rina", roles=(Role.SUPERVISOR,), desk=DeskKey("desk_1"))
    mine, home, boss = (Browser(f"https://push.example/{n}").subscription for n in (1, 2, 3))
    for key in ("o1", "o2", "rina"):
        room.account(key)
    phone = "+6281200000011"
    room.contact("s", account=AgentId("o1"), agency=DAMKAR, phone=phone, subscriptions=(mine,))
    room.contact("t", account=AgentId("o2"), agency=DAMKAR, subscriptions=(home,))
    room.contact("r", account=AgentId("rina"), supervisor=True, subscriptions=(boss,))
    room.do(StartAgencyDuty(agency=DAMKAR), officer)
    push, sms = Fake("push"), Fake("sms")
    room.notify(app=[push], sms=[sms])
    room.send_incident(agency=DAMKAR)
    room.turn()
    assert [letter.to for letter in push.sent] == [mine.endpoint]
    room.turn(10)
    assert [letter.to for letter in sms.sent] == [phone]
    room.do(StartDuty(desk=DeskKey("desk_1")), rina)
    for _ in range(4):
        room.turn(20)
    assert {letter.to for letter in push.sent} == {mine.endpoint, boss.endpoint}
    ways = {(one.way, one.to) for one in room.letters() if one.to}
    assert {("app", mine.endpoint), ("sms", phone), ("app", boss.endpoint)} <= ways


def test_notify_who_may_not_sign_in_any_more_is_told_nothing(room: Room) -> None:
    """An account that was disabled, though its unit is on duty; the telephone on board is told."""
    room.account("siti", disabled=True)
    room.contact("siti", account=AgentId("siti"), unit=AMB03, phone="+6281200000031")
    room.contact("gone", account=AgentId("gone"), unit=AMB03, phone="+6281200000032")
    room.crew()
    sms = Fake("sms")
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident()
    room.assign()
    room.turn()
    assert {letter.to for letter in sms.sent} == {CREW_PHONE}


def test_notify_supervisors_are_those_in_the_room(room: Room) -> None:
    """Who sits at a desk as supervisor; the same person at home is left alone."""
    rina = Agent(id=AgentId("rina"), name="Rina", roles=(Role.SUPERVISOR,), desk=DeskKey("desk_1"))
    room.account("rina")
    room.contact("rina", account=AgentId("rina"), supervisor=True, phone=BOSS_PHONE)
    sms = Fake("sms")
    settings = NotifySettings(ladder=(Rung(ways=("sms",), to="supervisor"),))
    room.notify(settings, sms=[sms])
    room.send_incident()
    room.turn()
    assert sms.sent == []
    room.do(StartDuty(desk=DeskKey("desk_1")), rina)
    room.assign()
    room.turn()
    assert {letter.to for letter in sms.sent} == {BOSS_PHONE}


def test_notify_a_receipt_is_the_crews_alert_delivered(room: Room) -> None:
    """Once, by its way; also when it came before the answer, or twice, or about nothing."""
    room.crew()
    sms = Fake("sms")
    sms.came = [ReceiptIn(gateway="sms", names=("sms1",), outcome="delivered")]
    notify = room.notify(SMS_ONLY, sms=[sms])
    room.send_incident()
    room.assign()
    room.turn()
    assert room.incident().assignments[0].alert_delivered_at == room.now
    at = room.now
    sms.came = [
        ReceiptIn(gateway="sms", names=("sms1",), outcome="delivered"),
        ReceiptIn(gateway="sms", names=("other",), outcome="delivered"),
        ReceiptIn(gateway="sms", names=("sms1",), outcome="accepted"),
    ]
    room.turn(1)
    assert room.incident().assignments[0].alert_delivered_at == at
    alert = next(one for one in room.letters() if one.unit == AMB03)
    assert (alert.state, alert.attempts[0].outcome) == ("delivered", "delivered")
    room.turn(61)
    assert notify.receipts.unknown == 1


def test_notify_failed_tries_are_bounded_and_the_next_rung_begins(room: Room) -> None:
    """Six tries with growing pauses, each in the ledger with its reason; then the next way."""
    room.crew()
    broken = NotSent("gateway_failed", "HTTP 500", is_gateway=False)
    sms = Fake("sms", *([broken] * 20))
    mail = Fake("mail")
    room.contact("boss", supervisor=True, always=True, mail="boss@semarang.example")
    ladder = (Rung(ways=("sms",), wait_s=600), Rung(ways=("mail",), to="supervisor"))
    room.notify(NotifySettings(ladder=ladder), sms=[sms], mail=[mail])
    room.send_incident()
    room.assign()
    for _ in range(80):
        room.turn(1)
    letter = next(one for one in room.letters() if one.unit == AMB03)
    assert letter.state == "failed"
    assert [one.why for one in letter.attempts] == ["gateway_failed"] * 6
    pauses = [
        (later.at - earlier.at).total_seconds()
        for earlier, later in zip(letter.attempts, letter.attempts[1:], strict=False)
    ]
    assert pauses == sorted(pauses)
    assert len(sms.sent) == 6
    assert [one.to for one in mail.sent if "AMB03" in one.text] == ["boss@semarang.example"]


def test_notify_a_second_gateway_of_the_way_is_tried_next(room: Room) -> None:
    """The first is away; the letter goes by the second within its first pause."""
    room.crew()
    first = Fake("utama", *[NotSent("unreachable")] * 4)
    second = Fake("cadangan")
    room.notify(SMS_ONLY, sms=[first, second])
    room.send_incident()
    room.assign()
    room.turn()
    room.turn(2)
    letter = next(one for one in room.letters() if one.unit == AMB03)
    assert [one.gateway for one in letter.attempts] == ["utama", "cadangan"]
    assert letter.state == "accepted"


def test_notify_a_gateway_that_refuses_for_ever_is_not_the_last_word(room: Room) -> None:
    """Without credit: the second gateway has it at once, the first is not asked again."""
    room.crew()
    first = Fake("utama", NotSent("refused", "no credit", is_lasting=True))
    second = Fake("cadangan", NotSent("gateway_failed"), NotSent("refused", is_lasting=True))
    room.notify(SMS_ONLY, sms=[first, second])
    room.send_incident()
    room.assign()
    letter = None
    for _ in range(10):
        room.turn(1)
        letter = next(one for one in room.letters() if one.unit == AMB03)
    assert letter is not None
    assert [one.gateway for one in letter.attempts] == ["utama", "cadangan", "cadangan"]
    assert (letter.attempts[1].at - letter.attempts[0].at).total_seconds() == 0
    assert (letter.state, letter.why, letter.text) == ("failed", "refused", "")


def test_notify_a_gateway_that_fails_rests_and_says_so(room: Room) -> None:
    """After four failures it gets no letter for a while, then one; the lamp has its reason."""
    room.crew()
    sms = Fake("sms", *[NotSent("not_allowed", "HTTP 401")] * 50)
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident()
    room.assign()
    for second in range(6):
        room.contact(f"c{second}", unit=AMB03, phone=f"+62812000001{second:02}")
    for _ in range(12):
        room.turn(1)
    (state,) = room.store.deliveries.states()
    assert (state.state, state.why, state.said) == ("failing", "not_allowed", "HTTP 401")
    assert state.waiting >= 1
    sent = len(sms.sent)
    assert 4 <= sent <= 7
    for _ in range(8):
        room.turn(0.25)
    assert len(sms.sent) == sent
    sms.answers.clear()
    for _ in range(40):
        room.turn(1)
    (state,) = room.store.deliveries.states()
    assert (state.state, state.why) == ("ok", "")


def test_notify_a_gateway_that_refuses_everybody_is_said_to_fail(room: Room) -> None:
    """One wrong number is a person's; three letters in a row are the gateway's, or its credit."""
    no_credit = NotSent("refused", "no credit", is_lasting=True)
    sms = Fake("sms", *[no_credit] * 20)
    room.notify(SMS_ONLY, sms=[sms])
    room.crew()
    room.send_incident()
    room.assign()
    room.turn(6)
    (state,) = room.store.deliveries.states()
    assert state.state == "untried"
    for number in range(2):
        room.contact(f"c{number}", agency=DAMKAR, always=True, phone=f"+62812000002{number:02}")
    room.do(TaskAgency(incident=ONE, agency=DAMKAR, lead=False))
    for _ in range(3):
        room.turn(6)
    (state,) = room.store.deliveries.states()
    assert (state.state, state.said) == ("failing", "no credit")


def test_notify_an_alert_older_than_its_use_is_not_sent(room: Room) -> None:
    """A letter that waited for its gateway, and an ask from before the process began."""
    room.crew()
    sms = Fake("sms", *[NotSent("throttled", pause_s=400.0)] * 3)
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident()
    room.assign()
    room.turn()
    room.turn(301)
    letter = next(one for one in room.letters() if one.unit == AMB03)
    assert (letter.state, letter.why) == ("expired", "too_late")
    assert len(sms.sent) == 1
    later = Fake("sms")
    room.now = NOON + timedelta(hours=2)
    room.notify(SMS_ONLY, sms=[later])
    room.turn()
    assert later.sent == []


def test_notify_what_is_answered_while_it_waits_is_not_sent(room: Room) -> None:
    """The ledger says why."""
    room.crew()
    sms = Fake("sms", NotSent("throttled", pause_s=5.0))
    room.notify(SMS_ONLY, sms=[sms])
    room.send_incident()
    room.assign()
    room.turn()
    room.do(ProgressUnit(incident=ONE, unit=AMB03, progress=Progress.ACCEPTED))
    for _ in range(10):
        room.turn(2)
    letter = next(one for one in room.letters() if one.unit == AMB03)
    assert (letter.state, letter.why, len(sms.sent)) == ("cancelled", "answered", 1)


def test_notify_two_processes_send_a_letter_once(room: Room) -> None:
    """Both want it; the one that changed the row first has it."""
    room.crew()
    one, other = Fake("sms"), Fake("sms")
    first = room.notify(SMS_ONLY, sms=[one])
    second = room.notify(SMS_ONLY, sms=[other])
    room.send_incident()
    room.assign()
    for _ in range(10):
        first.turn()
        second.turn()
    room.turn()
    assert len(one.sent) + len(other.sent) == len({x.id for x in one.sent + other.sent})
    for lane in first.lanes:
        lane.close()


def test_notify_a_crew_that_is_taken_off_hears_it_by_page_and_by_sms(room: Room) -> None:
    """At once and once, with a reason that a key of ours says; typed words are not sent."""
    room.crew(Browser("https://push.example/1"))
    push, sms = Fake("push"), Fake("sms")
    room.notify(app=[push], sms=[sms])
    room.send_incident()
    room.assign()
    room.turn()
    push.sent.clear()
    room.do(ReleaseUnit(incident=ONE, unit=AMB03, reason="swapped"))
    room.turn()
    (told,) = sms.sent
    assert told.to == CREW_PHONE
    assert told.text == (
        "112 #1: AMB03 DILEPASKAN, jangan teruskan; diganti unit lain. Tunggu perintah."
    )
    assert [letter.to for letter in push.sent] == ["https://push.example/1"]
    room.turn(30)
    assert len(sms.sent) == 1
    room.do(AssignUnit(incident=ONE, unit=AMB03, agency=DINKES))
    room.do(ReleaseUnit(incident=ONE, unit=AMB03, reason="Ibu Sri sudah sadar"))
    room.turn()
    assert sms.sent[-1].text == "112 #1: AMB03 DILEPASKAN, jangan teruskan. Tunggu perintah."
    assert len([one for one in room.letters() if one.about == "released" and one.way == "sms"]) == 2


def test_notify_a_crew_that_broke_down_is_not_told_its_own_word(room: Room) -> None:
    """Nor one whose release is too long ago to matter."""
    room.crew()
    sms = Fake("sms")
    room.send_incident()
    room.assign()
    room.do(BreakDown(incident=ONE, unit=AMB03, reason="flat_tyre"))
    room.notify(sms=[sms])
    room.turn()
    assert [one for one in room.letters() if one.about == "released"] == []
