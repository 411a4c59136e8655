"""The `[notify]` part of the settings: the ladder, and the gateways behind each way.

Values and their checks. Without a gateway nothing is sent and nothing is tried: agencies then look
at their inbox, crews at their page, as before. Passwords and keys stand in files of their own,
whose first line counts, so that settings can be shown.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from msgspec import Struct, field

from kentongan.core.ladder import LADDER, RUNGS_MAX, Rung

A_MINUTE_MAX: Final = 60_000.0
"""Letters a minute that no gateway of a city takes."""

KEEP_DAYS_MAX: Final = 3_660

PLACEHOLDERS: Final = ("to", "digits", "text", "id", "sender", "secret")
"""What a template of an HTTP gateway may name, in braces."""

PUSH_HOSTS: Final = (
    "fcm.googleapis.com",
    "updates.push.services.mozilla.com",
    "web.push.apple.com",
    "notify.windows.com",
)

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,30}")
_MODEM: Final = re.compile(r"/dev/\S+|tcp:[^:\s]+:\d{1,5}")
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")


class HttpSmsSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An SMS gateway with an HTTP interface of its own making (docs/operate/notifications.md).

    `url`, `headers` and `body` may hold `{to}` (+62…), `{digits}` (62…), `{text}`, `{id}`,
    `{sender}` and `{secret}`; in an address and a form they are percent-encoded, in JSON escaped.
    A 2xx answer counts as taken only when `ok_field` (a path like `messages.0.status`) is one of
    `ok_values`; an empty `ok_field` believes the status alone. One of `later_values` there means:
    try again. Receipts and messages come to `/notify/NAME/receipt` and `/notify/NAME/incoming`; the
    other fields say where in them things stand. `at_once`: requests at the same time.
    """

    name: str
    url: str
    method: Literal["POST", "GET"] = "POST"
    headers: dict[str, str] = {}
    body: str = ""
    content_type: str = "application/x-www-form-urlencoded"
    sender: str = "112"
    secret_file: str = ""
    ok_field: str = ""
    ok_values: tuple[str, ...] = ()
    later_values: tuple[str, ...] = ()
    id_field: str = ""
    said_field: str = ""
    cost_field: str = ""
    receipt_id_field: str = "id"
    receipt_state_field: str = "status"
    delivered_values: tuple[str, ...] = ("delivered", "DELIVRD")
    failed_values: tuple[str, ...] = ("failed", "undelivered", "expired", "rejected", "UNDELIV")
    from_field: str = "from"
    text_field: str = "text"
    incoming_id_field: str = "id"
    a_minute: float = 300.0
    at_once: int = 4


class SmppSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message centre that speaks SMPP 3.4. `window`: messages without an answer at once."""

    name: str
    host: str
    port: int = 2775
    tls: bool = False
    system_id: str
    password_file: str
    system_type: str = ""
    service_type: str = ""
    sender: str = "112"
    a_minute: float = 600.0
    window: int = 10
    enquire_s: float = 30.0


class MailSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mail server. `security`: `starttls` (port 587), `tls` (465), or `none`, to a server on this
    machine. Without `user` nobody signs in."""

    name: str = "mail"
    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str = ""
    user: str = ""
    password_file: str = ""
    sender: str
    a_minute: float = 60.0


class PushSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Web push. `key_file` holds our VAPID key (`kentongan notify push-key` makes one), `subject`
    is whom a push service writes to; `hosts` are the push services that are believed."""

    name: str = "push"
    key_file: str
    subject: str
    hosts: tuple[str, ...] = PUSH_HOSTS
    a_minute: float = 3_000.0


class WhatsappSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """WhatsApp's Cloud API. A centre may open a conversation with an approved template only:
    `template` has one variable, our text; so has `caller_template`, which callers get their links
    by (empty: the same). `verify_file` is the word of the webhook's set-up."""

    name: str = "whatsapp"
    url: str = "https://graph.facebook.com/v21.0"
    phone_id: str
    token_file: str
    app_secret_file: str
    verify_file: str = ""
    template: str
    caller_template: str = ""
    language: str = "id"
    a_minute: float = 600.0


class ModemSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A modem with a SIM card. `device` is a serial device, or `tcp:HOST:PORT`."""

    name: str = "modem"
    device: str
    pin_file: str = ""
    a_minute: float = 10.0


class TelephoneSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The centre's own switch rings people and says that a task waits; `a_minute` for all."""

    name: str = "telepon"
    a_minute: float = 12.0


class NotifySettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Telling people beyond their screens.

    The gateways of a way are tried in the order in which they stand here. Gateways report to
    `hook_host`:`hook_port` (0: closed), behind the TLS proxy, and prove themselves by the word in
    `hook_secret_file`. `useful_s`: an ask older than that is told to nobody new, `expires_s`: a
    letter older than that is not sent. `reply_a_minute`: answers to one telephone. `words` take the
    place of our texts (`edge/notify/letters.py`). `country`: callers' whose
    number names none.
    """

    ladder: tuple[Rung, ...] = LADDER
    sms_http: tuple[HttpSmsSettings, ...] = ()
    smpp: tuple[SmppSettings, ...] = ()
    modem: tuple[ModemSettings, ...] = ()
    push: tuple[PushSettings, ...] = ()
    mail: tuple[MailSettings, ...] = ()
    whatsapp: tuple[WhatsappSettings, ...] = ()
    telephone: tuple[TelephoneSettings, ...] = ()
    hook_host: str = "127.0.0.1"
    hook_port: int = 0
    hook_secret_file: str = ""
    useful_s: float = 900.0
    expires_s: float = 300.0
    reply_a_minute: int = 6
    keep_days: int = 365
    country: str = "62"
    words: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def is_open(self) -> bool:
        """Whether there is anything to send by."""
        return bool(self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """The gateways' names."""
        every = (
            *self.sms_http,
            *self.smpp,
            *self.modem,
            *self.push,
            *self.mail,
            *self.whatsapp,
            *self.telephone,
        )
        return tuple(one.name for one in every)


def secret_of(file: str) -> str:
    """The first line of that file; empty without one. Raises `OSError`."""
    if not file:
        return ""
    lines = Path(file).read_text("utf-8").splitlines()
    return lines[0].strip() if lines else ""


def faults_of_notify(settings: NotifySettings) -> Iterator[str]:
    """What cannot be, one sentence each."""
    names = settings.names
    for name in names:
        if not _NAME.fullmatch(name):
            yield f"notify: {name!r} is no name for a gateway: small letters, digits, - and _"
        if names.count(name) > 1:
            yield f"notify: two gateways are called {name!r}"
    if not 1 <= len(settings.ladder) <= RUNGS_MAX:
        yield f"notify.ladder has 1 to {RUNGS_MAX} rungs"
    for rung in settings.ladder:
        times = (rung.wait_s, rung.not_before_s)
        if not rung.ways or not all(0 <= one <= 3600 for one in times):
            yield "notify.ladder: a rung has ways, and times of 0 to 3600 seconds"
    if not 0 < settings.expires_s <= 86_400 or not 0 < settings.useful_s <= 86_400:
        yield "notify: expires_s and useful_s are more than 0 and at most a day"
    if not 1 <= settings.keep_days <= KEEP_DAYS_MAX:
        yield f"notify.keep_days must be 1 to {KEEP_DAYS_MAX}"
    if not 1 <= settings.reply_a_minute <= 60:
        yield "notify.reply_a_minute must be 1 to 60"
    if not re.fullmatch(r"[1-9]\d{0,2}", settings.country):
        yield "notify.country is a country's code, like 62"
    if not 0 <= settings.hook_port <= 65_535:
        yield "notify.hook_port must be 0 (closed) to 65535"
    yield from _of_gateways(settings)


def _of_gateways(settings: NotifySettings) -> Iterator[str]:
    for one in (
        *settings.sms_http,
        *settings.smpp,
        *settings.modem,
        *settings.push,
        *settings.mail,
        *settings.whatsapp,
        *settings.telephone,
    ):
        if not 0 < one.a_minute <= A_MINUTE_MAX:
            yield f"notify: {one.name}: a_minute is more than 0 and at most {A_MINUTE_MAX:.0f}"
    if len(settings.telephone) > 1:
        yield "notify.telephone stands once: there is one switch beside this process"
    yield from _of_lines(settings)
    for http in settings.sms_http:
        yield from _of_http(http)
    for push in settings.push:
        if not push.subject.startswith(("mailto:", "https:")):
            yield f"notify: {push.name}: subject is like mailto:112@semarang.example"
    for mail in settings.mail:
        if mail.security == "none" and not _is_here(mail.host):
            yield f"notify: {mail.name}: without TLS only to a server on this machine"
    for whatsapp in settings.whatsapp:
        if not _is_safe(whatsapp.url):
            yield f"notify: {whatsapp.name}: url must be https"


def _of_lines(settings: NotifySettings) -> Iterator[str]:
    """Of gateways that hold a line."""
    for smpp in settings.smpp:
        if not 1 <= smpp.window <= 100 or not 1 <= smpp.enquire_s <= 600:
            yield f"notify: {smpp.name}: window is 1 to 100, enquire_s 1 to 600"
        if not 0 < smpp.port <= 65_535:
            yield f"notify: {smpp.name}: port must be 1 to 65535"
    for modem in settings.modem:
        if not _MODEM.fullmatch(modem.device):
            yield f"notify: {modem.name}: device is like /dev/ttyUSB0 or tcp:192.0.2.7:5000"


def _of_http(http: HttpSmsSettings) -> Iterator[str]:
    if not _is_safe(http.url):
        yield f"notify: {http.name}: url must be https, or http to this machine"
    if not 1 <= http.at_once <= 50:
        yield f"notify: {http.name}: at_once is 1 to 50"
    if http.ok_field and not http.ok_values:
        yield f"notify: {http.name}: ok_field needs ok_values"
    templates = (http.url, http.body, *http.headers.values())
    named = {name for template in templates for name in _PLACEHOLDER.findall(template)}
    if unknown := named.difference(PLACEHOLDERS):
        yield f"notify: {http.name}: {{{min(unknown)}}} is not one of {', '.join(PLACEHOLDERS)}"
    if "text" not in named or not named.intersection(("to", "digits")):
        yield f"notify: {http.name}: nothing says {{to}} or {{digits}}, and {{text}}"


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname))
    except ValueError:
        return False


def _is_here(host: str | None) -> bool:
    return host is not None and (host in ("localhost", "::1") or host.startswith("127."))
