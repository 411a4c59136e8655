"""Where gateways report: receipts and messages over HTTP, behind the TLS proxy of the centre.

    POST or GET  /notify/NAME/receipt     what became of a message (an HTTP gateway)
    POST or GET  /notify/NAME/incoming    a message from a telephone (an HTTP gateway)
    POST         /notify/NAME             WhatsApp's webhook, signed; GET is its set-up

Nobody is believed without a proof: the word of the settings, or Meta's signature over the body.
What is believed is only handed on; a gateway is answered when it is in our hands, or told to come
again when they are full.
"""

import base64
import hmac
import json
import logging
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Literal
from urllib.parse import parse_qs, parse_qsl, urlsplit

from msgspec import Struct

from kentongan.edge.notify.channel import GATHERED_MAX, AnyIn, ReceiptIn, TextIn, clipped
from kentongan.edge.notify.sms_http import value_at
from kentongan.edge.notify.whatsapp import Whatsapp
from kentongan.notify_settings import HttpSmsSettings

BODY_OCTETS_MAX: Final = 256_000
"""Largest body: a thousand statuses of WhatsApp."""

AT_ONCE_MAX: Final = 32
"""Requests at the same time; gateways come again."""

WAIT_S: Final = 10.0
"""Longest silence of a peer, seconds."""

_log = logging.getLogger(__name__)


class Asked(Struct, frozen=True, kw_only=True):
    """A request, as far as it matters."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Answer(Struct, frozen=True):
    """Status and text."""

    status: int
    text: str = ""


class Hooks:
    """Judges requests and gathers what they bring. Used by the server's threads."""

    def __init__(
        self, secret: str, sms: Sequence[HttpSmsSettings], whatsapp: Sequence[Whatsapp]
    ) -> None:
        self._secret = secret
        self._sms = {one.name: one for one in sms}
        self._whatsapp = {one.name: one for one in whatsapp}
        self._gathered: deque[AnyIn] = deque()
        self._lock = threading.Lock()
        self.refused = 0

    def gathered(self) -> Sequence[AnyIn]:
        """What came since the last time."""
        with self._lock:
            found = list(self._gathered)
            self._gathered.clear()
        return found

    def answer(self, asked: Asked) -> Answer:
        """What to say to a gateway."""
        parts = [part for part in asked.path.split("/") if part]
        if len(parts) == 2 and parts[0] == "notify" and parts[1] in self._whatsapp:
            return self._of_whatsapp(self._whatsapp[parts[1]], asked)
        if len(parts) == 3 and parts[0] == "notify" and parts[1] in self._sms:
            return self._of_sms(self._sms[parts[1]], parts[2], asked)
        return Answer(404)

    def _of_whatsapp(self, gateway: Whatsapp, asked: Asked) -> Answer:
        if asked.method == "GET":
            said = {name: values[0] for name, values in parse_qs(asked.query).items()}
            word = said.get("hub.verify_token", "")
            if said.get("hub.mode") == "subscribe" and _same(word, gateway.verify_word):
                return Answer(200, said.get("hub.challenge", "")[:200])
            return self._no()
        if not gateway.is_signed(asked.body, asked.headers.get("x-hub-signature-256", "")):
            return self._no()
        return self._take(list(gateway.read(asked.body)))

    def _of_sms(self, settings: HttpSmsSettings, kind: str, asked: Asked) -> Answer:
        if not _same(_word_of(asked), self._secret):
            return self._no()
        said = _said(asked)
        if said is None:
            return Answer(400, "neither JSON nor a form")
        match kind:
            case "receipt":
                found = _receipt(settings, said)
            case "incoming":
                found = _incoming(settings, said)
            case _:
                return Answer(404)
        if found is None:
            return Answer(400, "a field is missing")
        return self._take([found])

    def _take(self, found: Sequence[AnyIn]) -> Answer:
        with self._lock:
            if len(self._gathered) + len(found) > GATHERED_MAX:
                return Answer(503, "later")
            self._gathered.extend(found)
        return Answer(200, "OK")

    def _no(self) -> Answer:
        self.refused += 1
        _log.warning("a report without a proof was refused")
        return Answer(403)


class HookServer:
    """The port. `OSError` when it is not free."""

    def __init__(self, hooks: Hooks, host: str, port: int) -> None:
        handler = type("Handler", (_Handler,), {"hooks": hooks})
        self._server = _Server((host, port), handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="notify-hooks", daemon=True
        )
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that is open."""
        return int(self._server.server_address[1])

    def stop(self) -> None:
        """Close it."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *given: Any) -> None:
        self._room = threading.Semaphore(AT_ONCE_MAX)
        super().__init__(*given)

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        del request, client_address
        _log.info("a gateway's connection broke", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    hooks: Hooks
    timeout = WAIT_S
    server_version = "kentongan"
    sys_version = ""

    def do_GET(self) -> None:
        self._handle("GET", b"")

    def do_POST(self) -> None:
        said = self.headers.get("Content-Length", "")
        if not (said.isascii() and said.isdigit()):
            self._say(Answer(411))
        elif int(said) > BODY_OCTETS_MAX:
            self._say(Answer(413))
        else:
            self._handle("POST", self.rfile.read(int(said)))

    def _handle(self, method: str, body: bytes) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(method=method, path=parts.path, query=parts.query, headers=headers, body=body)
        self._say(self.hooks.answer(asked))

    def _say(self, answer: Answer) -> None:
        body = answer.text.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Nothing: addresses of requests may hold words and numbers."""


def _same(said: str, wanted: str) -> bool:
    """Whether it is the word; no word is nobody's."""
    return bool(wanted) and hmac.compare_digest(said.encode(), wanted.encode())


def _word_of(asked: Asked) -> str:
    """The proof: `Authorization: Bearer`, the password of `Basic`, or `word` in the address."""
    scheme, _, rest = asked.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[2]
        except ValueError:
            return ""
    return dict(parse_qsl(asked.query)).get("word", "")


def _said(asked: Asked) -> Any | None:
    """The fields: of JSON, of a form, or of the address."""
    if asked.method == "GET":
        return dict(parse_qsl(asked.query))
    if "json" in asked.headers.get("content-type", ""):
        try:
            return json.loads(asked.body)
        except (ValueError, RecursionError):
            return None
    try:
        return dict(parse_qsl(asked.body.decode(), max_num_fields=100))
    except ValueError:
        return None


def _receipt(settings: HttpSmsSettings, said: Any) -> ReceiptIn | None:
    name = value_at(said, settings.receipt_id_field)
    state = value_at(said, settings.receipt_state_field)
    if not name or not state:
        return None
    outcome: Literal["accepted", "delivered", "failed"] = "accepted"
    if state in settings.delivered_values:
        outcome = "delivered"
    elif state in settings.failed_values:
        outcome = "failed"
    return ReceiptIn(
        gateway=settings.name,
        names=(name[:200],),
        outcome=outcome,
        why="" if outcome != "failed" else "undelivered",
        said=clipped(state),
        cost=clipped(value_at(said, settings.cost_field)),
    )


def _incoming(settings: HttpSmsSettings, said: Any) -> TextIn | None:
    source, text = (
        value_at(said, settings.from_field),
        value_at(said, settings.text_field),
    )
    if not source:
        return None
    name = value_at(said, settings.incoming_id_field)
    digest = sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:24]
    return TextIn(gateway=settings.name, id=name[:150] or digest, source=source, text=text)
