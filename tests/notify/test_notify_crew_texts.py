"""Text messages of crews and reports of gateways: through the door, bounded, never unproved."""

import hashlib
import hmac
import json
from base64 import b64encode
from http.client import HTTPConnection
from urllib.request import Request, urlopen

import pytest
from notify_room import AMB03, CREW_PHONE, ONE, Fake, Room

from kentongan.core.commands import ProgressUnit
from kentongan.core.rows import UnitRow
from kentongan.core.words import Progress
from kentongan.edge.notify.channel import GATHERED_MAX, ReceiptIn, TextIn
from kentongan.edge.notify.hooks import Asked, Hooks, HookServer
from kentongan.edge.notify.whatsapp import Whatsapp
from kentongan.notify_settings import HttpSmsSettings, WhatsappSettings


def text(words: str, key: str, source: str = "6281303131148") -> TextIn:
    """A message as a gateway brings it."""
    return TextIn(gateway="sms", id=key, source=source, text=words)


@pytest.fixture
def sms(room: Room) -> Fake:
    """A room with AMB03 on its way to an incident, and its telephone registered."""
    made = Fake("sms")
    room.crew()
    room.notify(sms=[made])
    room.send_incident()
    room.assign()
    room.turn()
    made.sent.clear()
    return made


def said(sms: Fake) -> list[str]:
    """The answers."""
    return [letter.text for letter in sms.sent if letter.id.startswith("reply/")]


def test_notify_a_crew_works_by_text_message(room: Room, sms: Fake) -> None:
    """Each step is a fact under the telephone's name, and is answered."""
    steps = ["TERIMA", "berangkat amb03", "Tiba AMB-3", "PASIEN", "ANTAR KARIADI", "RS", "SERAH"]
    steps.append("SELESAI")
    for number, words in enumerate(steps):
        sms.came = [text(words, str(number))]
        room.turn(60)
    assignment = room.incident().assignments[0]
    assert list(assignment.progress_at) == list(Progress)
    assert assignment.destination == "rsup_dr_kariadi"
    assert not assignment.open
    assert said(sms)[:3] == [
        "AMB03 TERIMA tercatat (insiden 1).",
        "AMB03 BERANGKAT tercatat (insiden 1).",
        "AMB03 TIBA tercatat (insiden 1).",
    ]
    last = room.store.load(f"incident:{ONE}")[-1]
    assert (last.meta.agent, last.meta.agent_name) == ("sms:hp-amb03", "Hp-Amb03 (SMS)")


def test_notify_a_message_that_comes_twice_is_one(room: Room, sms: Fake) -> None:
    """A gateway that did not hear us brings it again: one fact, one answer."""
    sms.came = [text("TERIMA", "7"), text("TERIMA", "7")]
    room.turn(1)
    sms.came = [text("TERIMA", "7")]
    room.turn(1)
    assert len(said(sms)) == 1
    assert room.incident().assignments[0].progress is Progress.ACCEPTED


def test_notify_the_crews_emergency_comes_through(room: Room, sms: Fake) -> None:
    """DARURAT by text is the same as the held button."""
    sms.came = [text("Darurat!!", "1")]
    room.turn(1)
    found = room.store.find_row("unit", AMB03)
    assert found is not None
    assert isinstance(found.row, UnitRow)
    assert found.row.emergency_at == room.now


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("TIBA AMB04", "Nomor ini terdaftar untuk AMB03. Tidak ada yang dicatat."),
        ("halo 🚑", "Tidak dimengerti"),
        ("PULANG", "AMB03 PULANG ditolak: unit masih bertugas. Hubungi pengendali."),
        ("ANTAR RS MARS", "AMB03 ANTAR tercatat (insiden 1). 'RS MARS' tidak dikenal"),
        ("{unit} {verbs}", "Tidak dimengerti"),
    ],
)
def test_notify_what_cannot_be_is_said_in_words(
    room: Room, sms: Fake, words: str, answer: str
) -> None:
    """Another's unit, a riddle, what the door refuses, a hospital nobody knows."""
    sms.came = [text(words, "1")]
    room.turn(1)
    assert said(sms)[0].startswith(answer)


def test_notify_a_crew_without_an_incident_is_told(room: Room, sms: Fake) -> None:
    """Nothing is written down for nothing."""
    room.do(ProgressUnit(incident=ONE, unit=AMB03, progress=Progress.CLEAR))
    events = room.store.last_position()
    sms.came = [text("TIBA", "1")]
    room.turn(1)
    assert said(sms)[0].startswith("AMB03 tidak sedang bertugas")
    assert room.store.last_position() == events


def test_notify_a_stranger_changes_nothing_and_costs_little(room: Room, sms: Fake) -> None:
    """One answer an hour to each, twenty a minute to all; short codes and names get none."""
    events = room.store.last_position()
    sms.came = [text("TIBA AMB03", str(number), "6281999999999") for number in range(50)]
    sms.came += [text("TIBA AMB03", f"n{number}", "BANK") for number in range(5)]
    room.turn(1)
    assert said(sms) == ["Nomor ini tidak terdaftar. Tidak ada yang dicatat. Darurat: telepon 112."]
    sms.came = [text("x", f"s{number}", f"62819990000{number:02}") for number in range(60)]
    room.turn(1)
    assert len(said(sms)) == 20
    room.turn(3_700)
    sms.came = [text("x", "later", "6281999999999")]
    room.turn(1)
    assert len(said(sms)) == 21
    assert room.store.last_position() == events


def test_notify_a_telephone_that_floods_is_bounded(room: Room, sms: Fake) -> None:
    """Answers stop first, reading afterwards; the last facts of the minute before count."""
    sms.came = [text("halo", str(number)) for number in range(200)]
    room.turn(1)
    assert len(said(sms)) == 6
    room.turn(61)
    sms.came = [text("TERIMA", "after")]
    room.turn(1)
    assert room.incident().assignments[0].progress is Progress.ACCEPTED


def test_notify_without_sms_a_crew_is_heard_and_not_answered(room: Room) -> None:
    """By WhatsApp alone: the fact stands, and no answer waits for a gateway that is not there."""
    room.crew()
    whatsapp = Fake("whatsapp")
    room.notify(whatsapp=[whatsapp])
    room.send_incident()
    room.assign()
    room.turn()
    whatsapp.came = [text("TERIMA", "1")]
    room.turn(1)
    assert room.incident().assignments[0].progress is Progress.ACCEPTED
    assert [one for one in room.letters() if one.about == "reply"] == []


def test_notify_one_number_for_two_units_is_nobodys(room: Room, sms: Fake) -> None:
    """Whose word would it be? It is refused, as an unregistered one."""
    room.contact("hp-lain", unit="AMB04", phone=CREW_PHONE)
    sms.came = [text("TERIMA", "1")]
    room.turn(1)
    assert said(sms)[0].startswith("Nomor ini tidak terdaftar")
    assert room.incident().assignments[0].progress is Progress.ASSIGNED


# --- reports over HTTP ----------------------------------------------------------------------------

SMS = HttpSmsSettings(
    name="penyedia",
    url="https://sms.example/",
    body="{to}{text}",
    receipt_id_field="message.id",
    receipt_state_field="message.state",
    from_field="sender",
)


@pytest.fixture
def whatsapp(secret_file: str) -> Whatsapp:
    """Our side of the Cloud API."""
    return Whatsapp(
        WhatsappSettings(
            phone_id="1066",
            token_file=secret_file,
            app_secret_file=secret_file,
            verify_file=secret_file,
            template="tugas",
        )
    )


@pytest.fixture
def hooks(whatsapp: Whatsapp) -> Hooks:
    """The hooks of both."""
    return Hooks("kata", (SMS,), (whatsapp,))


def asked(
    path: str, body: bytes = b"", query: str = "", method: str = "POST", **headers: str
) -> Asked:
    """A request to the hooks."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Asked(method=method, path=path, query=query, headers=named, body=body)


def test_notify_receipts_and_messages_of_a_provider_are_read(hooks: Hooks) -> None:
    """As JSON, as a form, in the address; proved by the word in any of three places."""
    basic = "Basic " + b64encode(b"x:kata").decode()
    receipt = json.dumps({"message": {"id": "m1", "state": "delivered"}}).encode()
    requests = (
        asked(
            "/notify/penyedia/receipt",
            receipt,
            content_type="application/json",
            authorization="Bearer kata",
        ),
        asked("/notify/penyedia/incoming", b"sender=62813&text=TIBA&id=9", authorization=basic),
        asked("/notify/penyedia/incoming", query="sender=62813&text=A&word=kata", method="GET"),
    )
    assert [hooks.answer(one).status for one in requests] == [200, 200, 200]
    found = hooks.gathered()
    assert found[0] == ReceiptIn(
        gateway="penyedia", names=("m1",), outcome="delivered", said="delivered"
    )
    assert found[1] == TextIn(gateway="penyedia", id="9", source="62813", text="TIBA")
    assert isinstance(found[2], TextIn)
    assert len(found[2].id) == 24
    assert hooks.gathered() == []


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (asked("/notify/penyedia/receipt", b"id=1"), 403),
        (asked("/notify/penyedia/receipt", b"id=1", authorization="Bearer lain"), 403),
        (asked("/notify/penyedia/receipt", b"id=1", authorization="Basic §"), 403),
        (asked("/notify/penyedia/receipt", b"id=1", authorization="Bearer kata"), 400),
        (asked("/notify/penyedia/receipt", b"\xff", authorization="Bearer kata"), 400),
        (asked("/notify/penyedia/other", b"", authorization="Bearer kata"), 404),
        (asked("/notify/nobody/receipt"), 404),
        (asked("/"), 404),
        (asked("/notify/whatsapp", b"{}"), 403),
        (asked("/notify/whatsapp", query="hub.mode=subscribe", method="GET"), 403),
    ],
)
def test_notify_nobody_is_believed_without_a_proof(
    hooks: Hooks, request_: Asked, status: int
) -> None:
    """And what cannot be read is refused; nothing is kept."""
    assert hooks.answer(request_).status == status
    assert hooks.gathered() == []


def test_notify_whatsapps_webhook_is_proved_by_its_signature(hooks: Hooks) -> None:
    """Over the octets as they came; one letter changed, or another app's secret, is refused."""
    value = {
        "metadata": {"phone_number_id": "1066"},
        "statuses": [
            {"id": "wamid.1", "status": "delivered", "pricing": {"category": "utility"}},
            {"id": "wamid.1", "status": "read"},
            {"id": "wamid.2", "status": "failed", "errors": [{"code": 131026, "title": "no"}]},
            {"id": 7, "status": "sent"},
            {"id": "wamid.3", "status": "singing"},
        ],
        "messages": [{"id": "wamid.9", "from": "6281303131148", "text": {"body": "TIBA"}}],
    }
    foreign = {"metadata": {"phone_number_id": "1"}, "statuses": [{"id": "x", "status": "read"}]}
    changes = [{"value": value}, {"value": foreign}, 5]
    body = json.dumps({"entry": [{"changes": changes}, None]}).encode()
    signature = "sha256=" + hmac.new(b"rahasia", body, hashlib.sha256).hexdigest()
    path = "/notify/whatsapp"
    assert hooks.answer(asked(path, body, x_hub_signature_256=signature)).status == 200
    found = hooks.gathered()
    assert [one.outcome for one in found if isinstance(one, ReceiptIn)] == [
        "delivered",
        "read",
        "failed",
    ]
    assert [one.text for one in found if isinstance(one, TextIn)] == ["TIBA"]
    assert hooks.answer(asked(path, body + b" ", x_hub_signature_256=signature)).status == 403
    other = "sha256=" + hmac.new(b"lain", body, hashlib.sha256).hexdigest()
    assert hooks.answer(asked(path, body, x_hub_signature_256=other)).status == 403
    assert hooks.gathered() == []
    query = "hub.mode=subscribe&hub.verify_token=rahasia&hub.challenge=1158201444"
    answer = hooks.answer(asked(path, query=query, method="GET"))
    assert (answer.status, answer.text) == (200, "1158201444")


def test_notify_full_hands_say_later(hooks: Hooks) -> None:
    """The gateway keeps what we cannot, and nothing grows without end."""
    one = asked("/notify/penyedia/incoming", b"sender=62813&text=A", authorization="Bearer kata")
    answers = [hooks.answer(one).status for _ in range(GATHERED_MAX + 5)]
    assert answers.count(200) == GATHERED_MAX
    assert answers[-1] == 503
    assert len(hooks.gathered()) == GATHERED_MAX


def test_notify_the_port_has_limits(hooks: Hooks) -> None:
    """A body without a length, and one that is too long, are refused before they are read."""
    server = HookServer(hooks, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.port}/notify/penyedia/incoming"
    wanted = Request(url, b"sender=62813&text=A", {"Authorization": "Bearer kata"})
    with urlopen(wanted, timeout=5) as answer:  # noqa: S310 - this machine
        assert answer.read() == b"OK"
    for header, status in (("999999999", 413), ("x", 411)):
        line = HTTPConnection("127.0.0.1", server.port, timeout=5)
        line.putrequest("POST", "/notify/penyedia/incoming")
        line.putheader("Content-Length", header)
        line.endheaders()
        assert line.getresponse().status == status
        line.close()
    server.stop()
