"""A modem that speaks AT commands, written from 3GPP TS 27.005, on a terminal or a TCP port."""

import contextlib
import os
import socket
import threading
import tty
from dataclasses import dataclass, field


@dataclass
class Card:
    """What the modem holds and does. `errors` are for the next messages, "" when they go well."""

    pin: str = ""
    pins: list[str] = field(default_factory=list[str])
    stored: dict[int, str] = field(default_factory=dict[int, str])
    sent: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    errors: list[str] = field(default_factory=list[str])
    report_at_once: str = ""
    is_silent: bool = False
    echoes: bool = True
    reference: int = 40


class FakeModem:
    """`device` is what the settings name."""

    def __init__(self, card: Card, *, by_tcp: bool = False) -> None:
        self.card = card
        self._theirs: int | None = None
        if by_tcp:
            self._server = socket.create_server(("127.0.0.1", 0))
            self.device = f"tcp:127.0.0.1:{self._server.getsockname()[1]}"
            threading.Thread(target=self._accept, daemon=True).start()
            return
        ours, theirs = os.openpty()
        tty.setraw(ours)
        tty.setraw(theirs)
        self.device = os.ttyname(theirs)
        self._theirs = theirs
        threading.Thread(target=self._serve, args=(ours,), daemon=True).start()

    def close(self) -> None:
        """Gone; who still reads our end closes it, or its number might be the next modem's."""
        if self._theirs is None:
            self._server.close()
        else:
            os.close(self._theirs)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(line.detach(),), daemon=True).start()

    def _serve(self, number: int) -> None:
        rest: bytes = b""
        with contextlib.suppress(OSError), open(number, "rb", buffering=0):
            while octets := os.read(number, 4_096):
                rest += octets
                while b"\r" in rest:
                    command, rest = _cut(rest, b"\r")
                    if self.card.is_silent:
                        continue
                    if self.card.echoes:
                        os.write(number, command + b"\r")
                    if command.startswith(b"AT+CMGS="):
                        rest = self._message(number, int(command[8:]), rest)
                    else:
                        os.write(number, self._answer(command.decode()).encode())

    def _message(self, number: int, length: int, rest: bytes) -> bytes:
        os.write(number, b"\r\n> ")
        while b"\x1a" not in rest:
            rest += os.read(number, 4_096)
        octets, rest = _cut(rest, b"\x1a")
        self.card.sent.append((length, octets.decode()))
        error = self.card.errors.pop(0) if self.card.errors else ""
        if error == "silence":
            return rest
        if error:
            os.write(number, f"\r\n{error}\r\n".encode())
            return rest
        self.card.reference += 1
        if self.card.report_at_once:
            report = self.card.report_at_once.format(reference=self.card.reference)
            os.write(number, f"\r\n+CDS: 25\r\n{report}\r\n".encode())
        os.write(number, f"\r\n+CMGS: {self.card.reference}\r\n\r\nOK\r\n".encode())
        return rest

    def _answer(self, command: str) -> str:
        card = self.card
        match command.partition("=")[0]:
            case "ATE0":
                card.echoes = False
            case "AT+CPIN?":
                state = "SIM PIN" if card.pin else "READY"
                return f"\r\n+CPIN: {state}\r\n\r\nOK\r\n"
            case "AT+CPIN":
                card.pins.append(command)
                if command != f'AT+CPIN="{card.pin}"':
                    return "\r\n+CME ERROR: 16\r\n"
                card.pin = ""
            case "AT+CMGL":
                listed = "".join(
                    f"+CMGL: {place},1,,{len(octets) // 2 - 1}\r\n{octets}\r\n"
                    for place, octets in card.stored.items()
                )
                return f"\r\n{listed}\r\nOK\r\n"
            case "AT+CMGD":
                card.stored.pop(int(command.partition("=")[2]), None)
            case "AT+CMEE" | "AT+CMGF" | "AT+CNMI":
                pass
            case _:
                return "\r\nERROR\r\n"
        return "\r\nOK\r\n"


def _cut(octets: bytes, at: bytes) -> tuple[bytes, bytes]:
    before, _, after = octets.partition(at)
    return before, after
