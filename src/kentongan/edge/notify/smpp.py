"""SMS by SMPP 3.4: one session as a transceiver, held open, begun again when it breaks.

Two threads: `send` is called by the lane's, one for each place in the window; one of our own reads.
A submission waits for its answer; when the line breaks first, nobody knows whether the centre took
it, and that is said. Links are proved by enquire_link; what is no SMPP ends the session, because
where the next unit begins is not known any more.
"""

import logging
import select
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Sequence
from hashlib import sha256
from time import monotonic
from typing import Final, Literal

from kentongan.edge.notify import smpp_pdu as pdu
from kentongan.edge.notify.channel import (
    GATHERED_MAX,
    AnyIn,
    Letter,
    NotSent,
    ReceiptIn,
    Taken,
    TextIn,
)
from kentongan.edge.notify.sms_text import concatenation, parts_of
from kentongan.notify_settings import SmppSettings, secret_of

ANSWER_S: Final = 10.0
"""Longest wait for an answer, seconds: centres answer in a tenth, and a full one in three."""

CONNECT_S: Final = 5.0
WRITE_S: Final = 5.0
"""Longest the other side may take to take what we write, seconds."""

AGAIN_S: Final = 1.0
AGAIN_MAX_S: Final = 30.0
"""Between two attempts to be let in, seconds: the first pause, and the longest; it doubles."""

TURN_S: Final = 0.5
"""How often the reading thread looks at the time, seconds."""

SILENT_ENQUIRIES_MAX: Final = 2
"""Enquiries without an answer after which the line is dead."""

THROTTLE_S: Final = 2.0
"""How long a centre that says "throttled" is left alone, seconds."""

Outcome = Literal["accepted", "delivered", "read", "failed"]

OUTCOMES: Final[dict[str, Outcome]] = {
    "DELIVRD": "delivered", "EXPIRED": "failed", "DELETED": "failed", "UNDELIV": "failed",
    "REJECTD": "failed", "ACCEPTD": "accepted", "ENROUTE": "accepted", "UNKNOWN": "accepted",
}  # fmt: skip

Came = Callable[[pdu.Pdu], int]
Made = Callable[[int], pdu.Pdu]

_log = logging.getLogger(__name__)


class Smpp:
    """Implements `channel.Gateway`."""

    def __init__(self, settings: SmppSettings) -> None:
        self._settings = settings
        self._password = secret_of(settings.password_file)
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._trouble: NotSent | None = None
        self._again_s = AGAIN_S
        self._again_at = 0.0
        self._gathered: deque[AnyIn] = deque(maxlen=GATHERED_MAX)

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self._settings.name

    @property
    def at_once(self) -> int:
        """The window."""
        return self._settings.window

    def send(self, letter: Letter) -> Taken:
        """All parts of the letter; raises `NotSent`.

        When one part was taken and a later one was not, it is unsure: the crew may hold a half.
        """
        session = self._bound()
        text = parts_of(letter.text)
        reference = sha256(letter.id.encode()).digest()[0]
        ids: list[str] = []
        for part in text.parts:
            header = concatenation(reference, part) if part.of > 1 else b""
            submit = pdu.Submit(
                source=self._settings.sender,
                to=letter.to,
                octets=header + part.octets,
                data_coding=pdu.DATA_DEFAULT if text.is_gsm else pdu.DATA_UCS2,
                has_header=bool(header),
                service_type=self._settings.service_type,
                validity=pdu.validity_of(letter.expires_s),
            )
            try:
                ids.append(session.submit(submit))
            except NotSent as not_sent:
                if not ids or not_sent.is_unsure:
                    raise
                raise NotSent(
                    not_sent.why, not_sent.said, is_unsure=True, pause_s=not_sent.pause_s
                ) from not_sent
        return Taken(ids=tuple(ids), said="cut" if text.cut else "")

    def gathered(self) -> Sequence[AnyIn]:
        """Receipts and messages since the last time."""
        found: list[AnyIn] = []
        while self._gathered:
            found.append(self._gathered.popleft())
        return found

    def tend(self) -> None:
        """Have the session, also while there is nothing to send: receipts come by it."""
        try:
            self._bound()
        except NotSent as not_sent:
            _log.debug("%s: %s", self.name, not_sent)

    @property
    def trouble(self) -> NotSent | None:
        """Why there is no session."""
        session = self._session
        return None if session is not None and session.is_open else self._trouble

    def close(self) -> None:
        """Say good-bye."""
        with self._lock:
            if self._session is not None:
                self._session.close()
                self._session = None

    def _bound(self) -> "Session":
        with self._lock:
            if self._session is not None and self._session.is_open:
                return self._session
            if self._trouble is not None and monotonic() < self._again_at:
                raise NotSent(self._trouble.why, self._trouble.said)
            try:
                self._session = Session(self._settings, self._password, self._came)
            except NotSent as not_sent:
                _log.warning("%s: no session: %s", self.name, not_sent)
                self._trouble = not_sent
                self._again_at = monotonic() + self._again_s
                self._again_s = min(2 * self._again_s, AGAIN_MAX_S)
                raise
            self._trouble, self._again_s = None, AGAIN_S
            return self._session

    def _came(self, unit: pdu.Pdu) -> int:
        """A deliver_sm; what we answer. Not kept is not confirmed: the centre sends it again."""
        try:
            said = pdu.read_deliver(unit.body)
        except pdu.Garbage as error:
            _log.warning("%s: a message that cannot be read: %s", self.name, error)
            return pdu.NEVER_READABLE
        if len(self._gathered) >= GATHERED_MAX:
            return pdu.SYSTEM_ERROR
        if isinstance(said, pdu.Receipt):
            self._gathered.append(
                ReceiptIn(
                    gateway=self.name,
                    names=pdu.names_of(said.id),
                    outcome=OUTCOMES.get(said.state, "accepted"),
                    why="" if said.state == "DELIVRD" else said.state.lower(),
                    said=f"err {said.error}" if said.error else "",
                )
            )
        else:
            digest = sha256(unit.body + unit.sequence.to_bytes(4, "big")).hexdigest()[:24]
            self._gathered.append(
                TextIn(gateway=self.name, id=digest, source=said.source, text=said.text)
            )
        return pdu.OK


class Session:
    """A bound line. Raises `NotSent` when it cannot be had."""

    def __init__(self, settings: SmppSettings, password: str, came: Came) -> None:
        self._settings = settings
        self._came = came
        self._splitter = pdu.Splitter()
        self._writing = threading.Lock()
        self._waiting: dict[int, _Waiting] = {}
        self._sequence = 0
        self._silent = 0
        self.is_open = True
        self._line = _connected(settings)
        self._line.settimeout(WRITE_S)
        self._poll = select.poll()
        self._poll.register(self._line, select.POLLIN)
        self._reader = threading.Thread(
            target=self._read, name=f"notify-{settings.name}-reader", daemon=True
        )
        self._reader.start()
        bind = pdu.Bind(
            system_id=settings.system_id, password=password, system_type=settings.system_type
        )
        try:
            answer = self._ask(lambda number: pdu.bind_transceiver(bind, number))
        except NotSent as not_sent:
            self._end()
            raise NotSent("unreachable", not_sent.said) from not_sent
        if answer.status != pdu.OK:
            self._end()
            raise NotSent(_named(answer.status), "the message centre does not let us in")

    def submit(self, submit: pdu.Submit) -> str:
        """The centre's name of the message; raises `NotSent`."""
        answer = self._ask(lambda number: pdu.submit_sm(submit, number))
        status = answer.status
        if status == pdu.OK:
            return pdu.message_id(answer.body)
        is_lasting = status in pdu.LASTING
        pause_s = THROTTLE_S if status in pdu.THROTTLED else None
        raise NotSent(
            _named(status), f"status {status:#06x}", is_lasting=is_lasting, pause_s=pause_s
        )

    def close(self) -> None:
        """Unbind, as far as the other side listens."""
        if self.is_open:
            self._write(pdu.Pdu(pdu.UNBIND, pdu.OK, self._next(), b""))
        self._end()
        self._reader.join(2 * TURN_S)

    def _ask(self, made: Made) -> pdu.Pdu:
        waiting = _Waiting()
        number = self._next()
        self._waiting[number] = waiting
        try:
            if not self.is_open or not self._write(made(number)):
                raise NotSent("unreachable", "the line to the message centre is broken")
            if not waiting.done.wait(ANSWER_S):
                raise NotSent("no_answer", "nothing came in time", is_unsure=True)
            if waiting.answer is None:
                raise NotSent("broken_off", "the line broke before the answer", is_unsure=True)
            return waiting.answer
        finally:
            self._waiting.pop(number, None)

    def _next(self) -> int:
        with self._writing:
            self._sequence = self._sequence % 0x7FFFFFFF + 1
            return self._sequence

    def _write(self, unit: pdu.Pdu) -> bool:
        """Whether all of it went; half a unit ends the session."""
        try:
            with self._writing:
                self._line.sendall(unit.octets)
        except OSError as error:
            _log.info("%s: %s", self._settings.name, error)
            self._end()
            return False
        return True

    def _read(self) -> None:
        """The reading thread: units in, answers to who waits, proof of life."""
        heard_at = asked_at = monotonic()
        try:
            while self.is_open:
                octets = self._received()
                now = monotonic()
                if octets is None:
                    if now - max(heard_at, asked_at) >= self._settings.enquire_s:
                        asked_at = now
                        self._enquire()
                    continue
                if not octets:
                    break
                heard_at, self._silent = now, 0
                for unit in self._splitter.feed(octets):
                    self._take(unit)
        except (pdu.Garbage, OSError) as error:
            if self.is_open:
                _log.warning("%s: the session ends: %s", self._settings.name, error)
        finally:
            self._end()

    def _received(self) -> bytes | None:
        """Some octets, nothing at the end of the line, None when there were none for a moment."""
        ready = isinstance(self._line, ssl.SSLSocket) and self._line.pending() > 0
        if not ready and not self._poll.poll(1000 * TURN_S):
            return None
        try:
            with self._writing:  # a TLS line takes one thread at a time
                return self._line.recv(65_536)
        except (TimeoutError, ssl.SSLWantReadError):
            return None

    def _enquire(self) -> None:
        self._silent += 1
        if self._silent > SILENT_ENQUIRIES_MAX:
            raise OSError("the message centre does not answer")
        self._write(pdu.Pdu(pdu.ENQUIRE_LINK, pdu.OK, self._next(), b""))

    def _take(self, unit: pdu.Pdu) -> None:
        if unit.command & pdu.RESPONSE:
            waiting = self._waiting.get(unit.sequence)
            if waiting is not None:  # a late or strange answer is nobody's
                waiting.answer = unit
                waiting.done.set()
            return
        match unit.command:
            case pdu.DELIVER_SM:
                self._write(pdu.response_to(unit, self._came(unit)))
            case pdu.ENQUIRE_LINK:
                self._write(pdu.response_to(unit))
            case pdu.UNBIND:
                self._write(pdu.response_to(unit))
                self._end()
            case _:
                self._write(pdu.nack_of(unit))

    def _end(self) -> None:
        self.is_open = False
        for waiting in list(self._waiting.values()):
            waiting.done.set()
        self._line.close()


class _Waiting:
    """A request without an answer; none comes when it is done and `answer` is None."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.answer: pdu.Pdu | None = None


def _connected(settings: SmppSettings) -> socket.socket:
    try:
        line = socket.create_connection((settings.host, settings.port), CONNECT_S)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not settings.tls:
            return line
        trust = ssl.create_default_context()
        return trust.wrap_socket(line, server_hostname=settings.host)
    except OSError as error:
        raise NotSent("unreachable", str(error)) from error


def _named(status: int) -> str:
    return pdu.NAMES.get(status, f"status_{status:x}")
