"""SMS by a modem with a SIM card: AT commands (3GPP TS 27.005, 27.007) in PDU mode.

Over a serial device, or over TCP to one elsewhere. One message at a time; the modem is looked at
every second for what came. A PIN is entered once in the life of the process and never again: a
wrong one three times locks the card.
"""

import logging
import os
import select
import socket
import termios
import threading
import tty
from collections import deque
from collections.abc import Sequence
from hashlib import sha256
from itertools import pairwise
from time import monotonic
from typing import Final, Protocol

from kentongan.edge.notify.channel import (
    GATHERED_MAX,
    AnyIn,
    Letter,
    NotSent,
    ReceiptIn,
    Taken,
    TextIn,
    clipped,
)
from kentongan.edge.notify.modem_pdu import BadPdu, Incoming, Report, read, submit
from kentongan.edge.notify.sms_text import parts_of
from kentongan.notify_settings import ModemSettings, secret_of

ANSWER_S: Final = 5.0
"""Longest wait for an answer to an ordinary command, seconds."""

SEND_S: Final = 25.0
"""Longest wait for the network to take a message, seconds."""

AGAIN_S: Final = 5.0
"""Between two attempts to reach a modem that is away, seconds."""

LINE_OCTETS_MAX: Final = 2_000
"""Longest line: a message of 175 octets in hexadecimal, and more than its head."""

LISTED_MAX: Final = 100
"""Messages read from the card at a time; a card holds about thirty."""

LASTING: Final = frozenset({1, 8, 10, 21, 28, 29, 30, 50, 69})
"""Causes (27.005, 3.2.5; 24.011, E-2) with which the same message will be refused again."""

_log = logging.getLogger(__name__)


class Modem:
    """Implements `channel.Gateway`."""

    def __init__(self, settings: ModemSettings) -> None:
        self._settings = settings
        self._pin = secret_of(settings.pin_file)
        self._lock = threading.Lock()
        self._line: Line | None = None
        self._trouble: NotSent | None = None
        self._again_at = 0.0
        self._gathered: deque[AnyIn] = deque()

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self._settings.name

    @property
    def at_once(self) -> int:
        """One: it is one telephone."""
        return 1

    @property
    def trouble(self) -> NotSent | None:
        """Why it cannot be used."""
        return self._trouble

    def send(self, letter: Letter) -> Taken:
        """All parts; raises `NotSent`. After the first part was taken it is unsure."""
        text = parts_of(letter.text)
        reference = sha256(letter.id.encode()).digest()[0]
        ids: list[str] = []
        with self._lock:
            line = self._ready()
            for part in text.parts:
                octets, length = submit(
                    letter.to,
                    part,
                    is_gsm=text.is_gsm,
                    reference=reference,
                    valid_s=letter.expires_s,
                )
                try:
                    ids.append(self._submit(line, octets, length))
                except NotSent as not_sent:
                    if not ids or not_sent.is_unsure:
                        raise
                    raise NotSent(not_sent.why, not_sent.said, is_unsure=True) from not_sent
        return Taken(ids=tuple(ids), said="cut" if text.cut else "")

    def tend(self) -> None:
        """Have the line, and fetch what came."""
        with self._lock:
            try:
                line = self._ready()
                if len(self._gathered) < GATHERED_MAX:
                    self._fetch(line)
            except NotSent as not_sent:
                _log.debug("%s: %s", self.name, not_sent)

    def gathered(self) -> Sequence[AnyIn]:
        """What came since the last time."""
        found: list[AnyIn] = []
        while self._gathered:
            found.append(self._gathered.popleft())
        return found

    def close(self) -> None:
        """Let go of the line."""
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None

    def _ready(self) -> "Line":
        if self._line is not None:
            return self._line
        if self._trouble is not None and monotonic() < self._again_at:
            raise NotSent(self._trouble.why, self._trouble.said)
        line = None
        try:
            line = _opened(self._settings.device)
            self._begin(line)
        except NotSent as not_sent:
            if line is not None:
                line.close()
            self._trouble, self._again_at = not_sent, monotonic() + AGAIN_S
            raise
        self._line, self._trouble = line, None
        return line

    def _begin(self, line: "Line") -> None:
        self._ask(line, "ATE0")
        self._ask(line, "AT+CMEE=1")
        state = " ".join(self._ask(line, "AT+CPIN?"))
        if "SIM PIN" in state and "PIN2" not in state:
            pin, self._pin = self._pin, ""
            if not pin:
                raise NotSent("sim_locked", "the card wants its PIN")
            self._ask(line, f'AT+CPIN="{pin}"')
        elif "READY" not in state:
            raise NotSent("sim_locked", state)
        self._ask(line, "AT+CMGF=0")
        self._ask(line, "AT+CNMI=2,1,0,1,0")

    def _ask(self, line: "Line", command: str) -> list[str]:
        """The lines before OK; raises `NotSent` at an error, and gives the line up at silence."""
        try:
            line.write(command.encode("ascii", "replace") + b"\r")
            return self._answer(line, ANSWER_S)
        except (OSError, TimeoutError) as error:
            self._lost(line)
            raise NotSent("unreachable", str(error) or "the modem does not answer") from error

    def _answer(self, line: "Line", wait_s: float) -> list[str]:
        found: list[str] = []
        until = monotonic() + wait_s
        while True:
            words = line.read_line(until - monotonic())
            if words == "OK":
                return found
            if words == "ERROR" or words.startswith(("+CMS ERROR", "+CME ERROR")):
                raise _judged(words)
            if words.startswith("+CDS:"):
                self._came(line.read_line(until - monotonic()))
            elif words and not words.startswith(("+CMTI:", "AT")):
                found.append(words)

    def _submit(self, line: "Line", octets: str, length: int) -> str:
        """The network's reference of the message."""
        is_out = False
        try:
            line.write(f"AT+CMGS={length}\r".encode())
            line.read_prompt(ANSWER_S)
            is_out = True
            line.write(octets.encode() + b"\x1a")
            said = self._answer(line, SEND_S)
        except (OSError, TimeoutError) as error:
            self._lost(line)
            raise NotSent("no_answer", str(error), is_unsure=is_out) from error
        for words in said:
            head, _, rest = words.partition(":")
            number = rest.partition(",")[0].strip()
            if head == "+CMGS" and number.isdigit():
                return str(int(number))
        raise NotSent("odd_answer", " ".join(said), is_unsure=True)

    def _fetch(self, line: "Line") -> None:
        """Read the card, and delete what was read."""
        listed = self._ask(line, "AT+CMGL=4")[: 2 * LISTED_MAX]
        for head, octets in pairwise(listed):
            place = head.removeprefix("+CMGL:").partition(",")[0].strip()
            if head.startswith("+CMGL:") and place.isdigit():
                self._came(octets)
                self._ask(line, f"AT+CMGD={place}")

    def _came(self, octets: str) -> None:
        try:
            said = read(octets)
        except BadPdu as bad:
            _log.warning("%s: a message that cannot be read: %s", self.name, bad)
            return
        if isinstance(said, Report):
            self._gathered.append(_receipt(self.name, said))
        elif isinstance(said, Incoming):
            name = sha256(octets.strip().upper().encode()).hexdigest()[:24]
            self._gathered.append(
                TextIn(
                    gateway=self.name,
                    id=name,
                    source=said.source,
                    text=said.text,
                    sent_at=said.sent_at,
                )
            )

    def _lost(self, line: "Line") -> None:
        line.close()
        self._line = None
        self._trouble = NotSent("unreachable", "the modem does not answer")
        self._again_at = monotonic() + AGAIN_S


class Ends(Protocol):
    """What a line is made of."""

    def fileno(self) -> int:
        """For waiting."""
        ...

    def close(self) -> None:
        """Let go."""
        ...


class Line:
    """Octets to and from a modem, line by line."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        self._rest = b""

    def write(self, octets: bytes) -> None:
        """All of them; raises `OSError`, `TimeoutError` when they are not taken."""
        until = monotonic() + ANSWER_S
        while octets:
            self._wait(select.POLLOUT, until)
            octets = octets[os.write(self._ends.fileno(), octets) :]

    def read_line(self, wait_s: float) -> str:
        """The next line; raises `TimeoutError`, or `OSError` at the end."""
        until = monotonic() + wait_s
        while b"\n" not in self._rest:
            if len(self._rest) > LINE_OCTETS_MAX:
                raise OSError("a line without an end")
            self._more(until)
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode("ascii", "replace").strip("\r\n\0 ")

    def read_prompt(self, wait_s: float) -> None:
        """Wait for "> "; an error in its place raises `NotSent`."""
        until = monotonic() + wait_s
        while b">" not in self._rest:
            while b"\n" in self._rest:
                words = self.read_line(0)
                if "ERROR" in words:
                    raise _judged(words)
            if len(self._rest) > LINE_OCTETS_MAX:
                raise OSError("a line without an end")
            self._more(until)
        self._rest = self._rest.partition(b">")[2]

    def close(self) -> None:
        """Let go."""
        self._ends.close()

    def _more(self, until: float) -> None:
        self._wait(select.POLLIN, until)
        found = os.read(self._ends.fileno(), 4_096)
        if not found:
            raise OSError("the line to the modem ended")
        self._rest += found

    def _wait(self, what: int, until: float) -> None:
        poll = select.poll()
        poll.register(self._ends.fileno(), what)
        if not poll.poll(max(0.0, 1000 * (until - monotonic()))):
            raise TimeoutError("the modem does not answer")


class _Device:
    """A serial device, raw, 115,200 baud."""

    def __init__(self, path: str) -> None:
        self._number = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            tty.setraw(self._number)
            modes = termios.tcgetattr(self._number)
            modes[4] = modes[5] = termios.B115200
            termios.tcsetattr(self._number, termios.TCSANOW, modes)
        except BaseException:
            os.close(self._number)
            raise

    def fileno(self) -> int:
        """For waiting."""
        return self._number

    def close(self) -> None:
        """Let go; again: nothing."""
        if self._number >= 0:
            os.close(self._number)
            self._number = -1


def _opened(device: str) -> Line:
    try:
        if not device.startswith("tcp:"):
            return Line(_Device(device))
        host, _, port = device.removeprefix("tcp:").rpartition(":")
        return Line(socket.create_connection((host, int(port)), ANSWER_S))
    except (OSError, ValueError, termios.error) as error:
        raise NotSent("unreachable", str(error)) from error


def _judged(words: str) -> NotSent:
    """What the modem's error means."""
    number = words.rpartition(":")[2].strip()
    cause = int(number) if number.isdigit() else 0
    is_network = words.startswith("+CMS")
    is_lasting = is_network and cause in LASTING
    return NotSent(f"modem_{cause}", clipped(words), is_lasting=is_lasting)


def _receipt(name: str, report: Report) -> ReceiptIn:
    """TP-Status (23.040, 9.2.3.15): to 1F it is there, to 3F the network still tries."""
    names = (str(report.reference),)
    if report.status < 0x20:
        return ReceiptIn(gateway=name, names=names, outcome="delivered")
    if report.status < 0x40:
        return ReceiptIn(gateway=name, names=names, outcome="accepted")
    why = f"status_{report.status:02x}"
    return ReceiptIn(gateway=name, names=names, outcome="failed", why=why)
