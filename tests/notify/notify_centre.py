"""A message centre that speaks SMPP 3.4, written from the specification with `struct` alone.

It does what a test tells it: lets in or not, answers each submission as listed, sends receipts and
messages when it is asked, speaks garbage, falls silent, hangs up.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

BIND, SUBMIT, DELIVER, ENQUIRE, UNBIND = 0x9, 0x4, 0x5, 0x15, 0x6


@dataclass
class Submitted:
    """A submit_sm as it was read."""

    source: str
    to: str
    esm_class: int
    data_coding: int
    validity: str
    registered: int
    octets: bytes


@dataclass
class Plan:
    """What the centre does. `statuses` are for the next submissions, 0 when there are no more."""

    password: str = "rahasia"
    bind_status: int = 0
    statuses: list[int] = field(default_factory=list[int])
    is_silent: bool = False
    hangs_up_after: int | None = None
    early_receipt: bool = False
    bare_errors: bool = True


class Centre:
    """Listens on a port of 127.0.0.1."""

    def __init__(self, plan: Plan | None = None) -> None:
        self.plan = plan or Plan()
        self.submitted: list[Submitted] = []
        self.binds: list[tuple[str, str]] = []
        self.answers: list[tuple[int, int]] = []
        self.enquiries = 0
        self.most_waiting = 0
        self._held: list[tuple[socket.socket, int]] = []
        self.holds = False
        self._next = 0
        self._count = 0x1A
        self._lock = threading.Lock()
        self._lines: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Gone, and every line with it."""
        self._server.close()
        self.hang_up()

    def hang_up(self) -> None:
        """End every line."""
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
        self._lines.clear()

    def deliver(self, source: str, octets: bytes, *, esm: int = 0, coding: int = 0) -> None:
        """A deliver_sm to whoever is bound."""
        body = b"\0" + b"\1\1" + source.encode() + b"\0" + b"\0\1" + b"112\0"
        body += bytes((esm, 0, 0)) + b"\0\0" + bytes((0, 0, coding, 0, len(octets))) + octets
        self.raw_deliver(body)

    def raw_deliver(self, body: bytes) -> None:
        """A deliver_sm with that body."""
        self._next += 1
        self.raw(struct.pack(">IIII", 16 + len(body), DELIVER, 0, self._next) + body)

    def receipt(self, name: str, state: str, error: str = "000") -> None:
        """What became of a message, in the usual words."""
        text = (
            f"id:{name} sub:001 dlvrd:001 submit date:2611231200 done date:2611231200 "
            f"stat:{state} err:{error} text:-"
        )
        self.deliver("6281", text.encode(), esm=4)

    def raw(self, octets: bytes) -> None:
        """Octets on the newest line."""
        self._lines[-1].sendall(octets)

    def release(self) -> None:
        """Answer the submissions that are held back."""
        for line, number in self._held:
            self._answer_submission(line, number)
        self._held.clear()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._server.accept()
                self._lines.append(line)
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for command, status, number, body in _units(line):
                self._take(line, command, status, number, body)

    def _take(
        self, line: socket.socket, command: int, status: int, number: int, body: bytes
    ) -> None:
        if command & 0x80000000:
            self.answers.append((command, status))
            return
        if self.plan.is_silent and command != BIND:
            return
        match command:
            case 0x9:
                system_id, password = body.split(b"\0")[:2]
                self.binds.append((system_id.decode(), password.decode()))
                refused = password.decode() != self.plan.password
                code = 0x0E if refused else self.plan.bind_status
                _say(line, BIND | 0x80000000, code, number, b"pusat\0" if code == 0 else b"")
            case 0x4:
                self.submitted.append(_submitted(body))
                if self.plan.hangs_up_after == len(self.submitted):
                    line.close()
                elif self.holds:
                    self._held.append((line, number))
                    self.most_waiting = max(self.most_waiting, len(self._held))
                else:
                    self._answer_submission(line, number)
            case 0x15:
                self.enquiries += 1
                _say(line, ENQUIRE | 0x80000000, 0, number, b"")
            case 0x6:
                _say(line, UNBIND | 0x80000000, 0, number, b"")
            case _:
                _say(line, 0x80000000, 3, number, b"")

    def _answer_submission(self, line: socket.socket, number: int) -> None:
        with self._lock:
            status = self.plan.statuses.pop(0) if self.plan.statuses else 0
            self._count += 1
            name = f"{self._count:08X}"
        if status:
            body = b"" if self.plan.bare_errors else b"\0"
            _say(line, SUBMIT | 0x80000000, status, number, body)
            return
        if self.plan.early_receipt:
            self.receipt(name, "DELIVRD")
        _say(line, SUBMIT | 0x80000000, 0, number, name.encode() + b"\0")


def _say(line: socket.socket, command: int, status: int, number: int, body: bytes) -> None:
    line.sendall(struct.pack(">IIII", 16 + len(body), command, status, number) + body)


def _units(line: socket.socket) -> Iterator[tuple[int, int, int, bytes]]:
    rest = b""
    while octets := line.recv(65_536):
        rest += octets
        while len(rest) >= 16:
            length, command, status, number = struct.unpack(">IIII", rest[:16])
            if len(rest) < length:
                break
            yield command, status, number, rest[16:length]
            rest = rest[length:]


def _submitted(body: bytes) -> Submitted:
    """Field by field, as section 4.4.1 lists them."""

    def text() -> str:
        nonlocal body
        found, _, body = body.partition(b"\0")
        return found.decode()

    def octet() -> int:
        nonlocal body
        found, body = body[0], body[1:]
        return found

    text()  # service_type
    octet()
    octet()
    source = text()
    ton, npi = octet(), octet()
    assert (ton, npi) == (1, 1)
    to = text()
    esm_class = octet()
    octet()
    octet()
    text()  # schedule_delivery_time
    validity = text()
    registered = octet()
    octet()  # replace_if_present
    data_coding = octet()
    octet()  # sm_default_msg_id
    length = octet()
    assert len(body) == length
    return Submitted(source, to, esm_class, data_coding, validity, registered, body)
