"""Gateways over HTTP and SMTP: what they are asked, and what their answers mean."""

import datetime as dt
import email
import email.policy
import json
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from notify_browser import Browser
from notify_mail import MailServer
from notify_room import NOON
from notify_web import Says, Web

from kentongan.edge.notify.channel import Letter, NotSent
from kentongan.edge.notify.mail import Mail
from kentongan.edge.notify.push import Push, is_push_service, new_key, public_key_of
from kentongan.edge.notify.sms_http import HttpSms
from kentongan.edge.notify.whatsapp import Whatsapp
from kentongan.notify_settings import (
    HttpSmsSettings,
    MailSettings,
    PushSettings,
    WhatsappSettings,
)
from kentongan.store.deliveries import Subscription

MakeWeb = Callable[..., Web]

ODD = 'Awak "AMB03" & kru\n{to} %20 ñ 🚑'
"""What would break a template that does not escape."""


def letter(text: str = "Uji", to: str = "+6281303131148") -> Letter:
    """To somebody."""
    return Letter(id="task/one/1", to=to, text=text, title="112 P1 #1", expires_s=300)


def json_gateway(web: Web, secret_file: str, **changed: object) -> HttpSms:
    """A provider that takes JSON and answers with a list of messages."""
    given: dict[str, object] = {
        "name": "penyedia",
        "url": f"{web.url}/send?ref={{id}}",
        "headers": {"Authorization": "Bearer {secret}"},
        "body": '{"messages":[{"to":"{to}","from":"{sender}","text":"{text}"}]}',
        "content_type": "application/json",
        "secret_file": secret_file,
        "ok_field": "messages.0.status",
        "ok_values": ("0", "ok"),
        "later_values": ("busy",),
        "id_field": "messages.0.id",
        "said_field": "messages.0.error",
        "cost_field": "messages.0.price",
        **changed,
    }
    return HttpSms(HttpSmsSettings(**given))  # type: ignore[arg-type]


def test_notify_a_template_is_filled_and_escaped(web: MakeWeb, secret_file: str) -> None:
    """Quotes, braces, line breaks and emoji arrive as they were said; the answer is read."""
    body = b'{"messages":[{"status":0,"id":"m-1","price":"350 IDR"}]}'
    made = web(Says(body=body))
    taken = json_gateway(made, secret_file).send(letter(ODD))
    (asked,) = made.asked
    assert json.loads(asked.body) == {
        "messages": [{"to": "+6281303131148", "from": "112", "text": ODD}]
    }
    assert asked.headers["authorization"] == "Bearer rahasia"
    assert asked.path == "/send?ref=task%2Fone%2F1"
    assert (taken.ids, taken.cost) == (("m-1",), "350 IDR")


def test_notify_a_form_and_a_get_are_filled_too(web: MakeWeb) -> None:
    """Percent-encoded, with the number as the provider wants it."""
    made = web(Says(body=b"OK 1"))
    form = HttpSmsSettings(name="f", url=f"{made.url}/f", body="msisdn={digits}&message={text}")
    assert HttpSms(form).send(letter(ODD)).said == "OK 1"
    assert parse_qs(made.asked[0].body.decode()) == {"msisdn": ["6281303131148"], "message": [ODD]}
    url = f"{made.url}/g?n={{digits}}&t={{text}}"
    HttpSms(HttpSmsSettings(name="g", url=url, method="GET")).send(letter("a b&c"))
    assert made.asked[1].path == "/g?n=6281303131148&t=a%20b%26c"
    assert made.asked[1].body == b""


@pytest.mark.parametrize(
    ("says", "why", "is_lasting", "is_unsure", "is_gateway"),
    [
        (Says(200, b'{"messages":[{"status":4,"error":"no credit"}]}'), "refused", True, False, 0),
        (Says(200, b'{"error":"insufficient credit"}'), "refused", True, False, 0),
        (Says(200, b'{"messages":[{"status":"busy"}]}'), "gateway_failed", False, False, 1),
        (Says(200, b"<html>OK</html>"), "odd_answer", False, True, 1),
        (Says(200, b"[" * 60_000), "odd_answer", False, True, 1),
        (Says(503, b"later"), "gateway_failed", False, False, 1),
        (Says(429, b"", (("Retry-After", "7"),)), "throttled", False, False, 1),
        (Says(401, b"who?"), "not_allowed", False, False, 1),
        (Says(400, b"bad number"), "refused", True, False, 0),
        (Says(302, b"", (("Location", "http://127.0.0.1/x"),)), "odd_answer", False, False, 1),
        (Says(0), "broken_off", False, True, 1),
    ],
)
def test_notify_answers_of_a_gateway_are_judged(
    web: MakeWeb,
    secret_file: str,
    says: Says,
    why: str,
    is_lasting: bool,
    is_unsure: bool,
    is_gateway: int,
) -> None:
    """A 200 with an error inside was not taken; a cut line may have been."""
    made = web(says)
    with pytest.raises(NotSent) as refused:
        json_gateway(made, secret_file).send(letter())
    found = refused.value
    assert (found.why, found.is_lasting, found.is_unsure) == (why, is_lasting, is_unsure)
    assert found.is_gateway == bool(is_gateway)
    assert len(found.said) <= 200
    assert found.pause_s == (7.0 if why == "throttled" else None)
    assert len(made.asked) == 1


def test_notify_who_is_not_there_took_nothing(web: MakeWeb, secret_file: str) -> None:
    """A refused connection is no doubt: the letter did not go."""
    made = web()
    gateway = json_gateway(made, secret_file)
    made.stop()
    with pytest.raises(NotSent) as refused:
        gateway.send(letter())
    assert (refused.value.why, refused.value.is_unsure) == ("unreachable", False)


# --- web push -------------------------------------------------------------------------------------


def push_gateway(
    tmp_path: Path, web: Web, find: Callable[[str], Subscription | None], gone: list[str]
) -> Push:
    """Our side of a push service on this machine."""
    key = tmp_path / "vapid.pem"
    key.write_bytes(new_key())
    settings = PushSettings(
        key_file=str(key), subject="mailto:112@semarang.example", hosts=(f"127.0.0.1:{web.port}",)
    )
    assert len(public_key_of(key)) == 87
    return Push(settings, find, gone.append, lambda: NOON)


def test_notify_a_push_arrives_and_only_that_browser_reads_it(web: MakeWeb, tmp_path: Path) -> None:
    """With a lifetime, a topic that replaces a copy, and our proof; decrypted by its keys."""
    made = web(Says(201, b"", (("Location", "/message/1"),)))
    browser = Browser(f"{made.url}/push/1")
    push = push_gateway(tmp_path, made, lambda _: browser.subscription, [])
    push.send(letter("112 P1 AMB03 🚑", browser.subscription.endpoint))
    (asked,) = made.asked
    assert json.loads(browser.read(asked.body)) == {
        "id": "task/one/1",
        "title": "112 P1 #1",
        "text": "112 P1 AMB03 🚑",
    }
    assert asked.headers["ttl"] == "300"
    assert asked.headers["urgency"] == "high"
    assert asked.headers["content-encoding"] == "aes128gcm"
    assert asked.headers["authorization"].startswith("vapid t=")
    assert len(asked.headers["topic"]) <= 32
    push.send(letter("🚑" * 2_000, browser.subscription.endpoint))
    assert len(made.asked[1].body) <= 4_096


def test_notify_a_browser_that_is_gone_is_forgotten(web: MakeWeb, tmp_path: Path) -> None:
    """410 is for ever; 429 is not; an address of our own network is never asked."""
    made = web(Says(410), Says(429), Says(201))
    browser = Browser(f"{made.url}/push/1").subscription
    gone: list[str] = []
    push = push_gateway(tmp_path, made, lambda _: browser, gone)
    with pytest.raises(NotSent) as refused:
        push.send(letter(to=browser.endpoint))
    assert refused.value.is_lasting
    assert gone == [browser.endpoint]
    with pytest.raises(NotSent) as slow:
        push.send(letter(to=browser.endpoint))
    assert slow.value.is_too_fast
    with pytest.raises(NotSent) as stranger:
        push.send(letter(to="https://10.0.0.1/admin"))
    assert stranger.value.is_lasting
    assert len(made.asked) == 2


@pytest.mark.parametrize(
    ("endpoint", "believed"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://wns2.notify.windows.com/w/?token=x", True),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evilfcm.googleapis.com@10.0.0.1/x", False),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("http://127.0.0.1:9000/x", True),
        ("http://127.0.0.1:9001/x", False),
        ("https://[::1", False),
        ("https://fcm.googleapis.com/" + "x" * 1_000, False),
    ],
)
def test_notify_only_push_services_are_asked(endpoint: str, believed: bool) -> None:
    """A browser's word for an address is not enough."""
    hosts = ("fcm.googleapis.com", "notify.windows.com", "127.0.0.1:9000")
    assert is_push_service(endpoint, hosts) == believed


# --- WhatsApp -------------------------------------------------------------------------------------


def whatsapp_gateway(web: Web, secret_file: str) -> Whatsapp:
    """Our side of the Cloud API."""
    return Whatsapp(
        WhatsappSettings(
            url=web.url,
            phone_id="1066",
            token_file=secret_file,
            app_secret_file=secret_file,
            template="tugas_baru",
        )
    )


def test_notify_whatsapp_is_asked_for_a_template(web: MakeWeb, secret_file: str) -> None:
    """The text is its one variable, on one line."""
    made = web(Says(200, b'{"messages":[{"id":"wamid.X"}]}'))
    taken = whatsapp_gateway(made, secret_file).send(letter("a\n\tb     c"))
    assert taken.ids == ("wamid.X",)
    (asked,) = made.asked
    assert asked.path == "/1066/messages"
    assert asked.headers["authorization"] == "Bearer rahasia"
    said = json.loads(asked.body)
    assert said["to"] == "6281303131148"
    assert said["template"]["name"] == "tugas_baru"
    assert said["template"]["components"][0]["parameters"] == [{"type": "text", "text": "a b c"}]


@pytest.mark.parametrize(
    ("status", "code", "why", "is_lasting"),
    [
        (400, 131026, "refused", True),
        (400, 130429, "throttled", False),
        (401, 190, "not_allowed", False),
        (500, 131000, "gateway_failed", False),
        (200, 132001, "not_allowed", False),
    ],
)
def test_notify_whatsapps_codes_are_judged(
    web: MakeWeb, secret_file: str, status: int, code: int, why: str, is_lasting: bool
) -> None:
    """The code counts, whatever the status of the answer."""
    body = json.dumps({"error": {"code": code, "message": "x"}}).encode()
    gateway = whatsapp_gateway(web(Says(status, body)), secret_file)
    with pytest.raises(NotSent) as refused:
        gateway.send(letter())
    assert (refused.value.why, refused.value.is_lasting) == (why, is_lasting)


# --- e-mail ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A certificate for 127.0.0.1 and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return str(folder / "cert.pem"), str(folder / "key.pem")


def mail_gateway(server: MailServer, ca_file: str, secret_file: str, **changed: object) -> Mail:
    """Our side of SMTP."""
    given: dict[str, object] = {
        "host": "127.0.0.1",
        "port": server.port,
        "ca_file": ca_file,
        "user": "k112",
        "password_file": secret_file,
        "sender": "112 Semarang <112@semarang.example>",
        **changed,
    }
    return Mail(MailSettings(**given), lambda: NOON)  # type: ignore[arg-type]


def test_notify_a_mail_goes_by_starttls(certificate: tuple[str, str], secret_file: str) -> None:
    """Signed in behind TLS only; one line of subject; the text whole; a name of its own."""
    server = MailServer(*certificate)
    gateway = mail_gateway(server, certificate[0], secret_file)
    gateway.send(letter("Kebakaran 🚒 di ꦱꦼꦩꦫꦁ\n.\nselesai", "boss@semarang.example"))
    gateway.send(letter("lagi", "boss@semarang.example"))
    first, second = server.messages
    assert first.was_tls
    assert first.user == "k112"
    assert first.recipients == ["<boss@semarang.example>"]
    read = email.message_from_bytes(first.octets, policy=email.policy.default)
    assert read["Subject"] == "112 P1 #1"
    body = read.get_body()
    assert body is not None
    assert body.get_content().splitlines() == ["Kebakaran 🚒 di ꦱꦼꦩꦫꦁ", ".", "selesai"]
    again = email.message_from_bytes(second.octets, policy=email.policy.default)
    assert read["Message-ID"] == again["Message-ID"]  # the same letter, recognised as a copy
    server.close()


def test_notify_a_server_without_tls_gets_no_password(
    certificate: tuple[str, str], secret_file: str
) -> None:
    """It does not offer STARTTLS, or shows a certificate that nobody vouches for."""
    bare = MailServer(*certificate, has_tls=False)
    with pytest.raises(NotSent):
        mail_gateway(bare, certificate[0], secret_file).send(letter(to="a@b.example"))
    stranger = MailServer(*certificate)
    with pytest.raises(NotSent) as refused:
        mail_gateway(stranger, "", secret_file).send(letter(to="a@b.example"))
    assert not refused.value.is_unsure
    for server in (bare, stranger):
        assert server.messages == []
        assert server.passwords == 0
        server.close()


@pytest.mark.parametrize(
    ("verb", "code", "why", "is_lasting"),
    [
        ("RCPT", 550, "refused", True),
        ("RCPT", 451, "gateway_failed", False),
        ("MAIL", 552, "refused", True),
        ("AUTH", 535, "not_allowed", False),
        ("DATA", 421, "gateway_failed", False),
    ],
)
def test_notify_answers_of_a_mail_server_are_judged(
    certificate: tuple[str, str], secret_file: str, verb: str, code: int, why: str, is_lasting: bool
) -> None:
    """5xx is for ever, 4xx for now, and a refused sign-in is the server's matter."""
    server = MailServer(*certificate, refuses=(verb, code))
    with pytest.raises(NotSent) as refused:
        mail_gateway(server, certificate[0], secret_file).send(letter(to="a@b.example"))
    assert (refused.value.why, refused.value.is_lasting) == (why, is_lasting)
    assert str(code) in refused.value.said
    server.close()


def test_notify_no_address_becomes_a_header(certificate: tuple[str, str], secret_file: str) -> None:
    """Line breaks in an address or a title write nothing into the head of the message."""
    server = MailServer(*certificate)
    gateway = mail_gateway(server, certificate[0], secret_file)
    with pytest.raises(NotSent):
        gateway.send(letter(to="a@b.example\r\nBcc: x@y.example"))
    odd = Letter(id="x", to="a@b.example", text="t", title="a\r\nBcc: x@y.example")
    gateway.send(odd)
    read = email.message_from_bytes(server.messages[0].octets, policy=email.policy.default)
    assert read["Bcc"] is None
    assert read["Subject"] == "a Bcc: x@y.example"
    server.close()
