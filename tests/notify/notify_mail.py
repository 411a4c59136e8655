"""A mail server that speaks SMTP with STARTTLS, written from RFC 5321 over bare sockets."""

import base64
import contextlib
import socket
import ssl
import threading
from dataclasses import dataclass, field


@dataclass
class Taken:
    """A message with its envelope."""

    user: str = ""
    was_tls: bool = False
    recipients: list[str] = field(default_factory=list[str])
    octets: bytes = b""


class MailServer:
    """Listens on a port of 127.0.0.1. `refuses`: a verb and the code it is answered with."""

    def __init__(
        self,
        certificate: str,
        key: str,
        *,
        has_tls: bool = True,
        refuses: tuple[str, int] = ("", 0),
    ) -> None:
        self.messages: list[Taken] = []
        self.passwords = 0
        self._has_tls = has_tls
        self._refuses = refuses
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Gone."""
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._server.accept()
                threading.Thread(target=self._guarded, args=(line,), daemon=True).start()

    def _guarded(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._serve(line)

    def _serve(self, line: socket.socket) -> None:
        reader, taken = line.makefile("rb"), Taken()
        line.sendall(b"220 surat ESMTP\r\n")
        while words := reader.readline():
            verb = words.split()[0].upper().decode()
            if verb == self._refuses[0]:
                self.passwords += verb == "AUTH"
                line.sendall(b"%d tidak\r\n" % self._refuses[1])
                continue
            match verb:
                case "EHLO":
                    offers = [b"surat", b"SMTPUTF8", b"8BITMIME"]
                    if taken.was_tls:
                        offers.append(b"AUTH PLAIN")
                    elif self._has_tls:
                        offers.append(b"STARTTLS")
                    for offer in offers[:-1]:
                        line.sendall(b"250-" + offer + b"\r\n")
                    line.sendall(b"250 " + offers[-1] + b"\r\n")
                case "STARTTLS":
                    line.sendall(b"220 go\r\n")
                    line = self._context.wrap_socket(line, server_side=True)
                    reader, taken.was_tls = line.makefile("rb"), True
                case "AUTH":
                    self.passwords += 1
                    _, user, password = base64.b64decode(words.split()[2]).split(b"\0")
                    ok = password == b"rahasia"
                    taken.user = user.decode() if ok else ""
                    line.sendall(b"235 ok\r\n" if ok else b"535 no\r\n")
                case "RCPT":
                    taken.recipients.append(words.decode().strip().partition(":")[2])
                    line.sendall(b"250 ok\r\n")
                case "DATA":
                    line.sendall(b"354 go\r\n")
                    lines: list[bytes] = []
                    while (one := reader.readline()) != b".\r\n":
                        lines.append(one.removeprefix(b".") if one.startswith(b"..") else one)
                    taken.octets = b"".join(lines)
                    self.messages.append(taken)
                    line.sendall(b"250 ok\r\n")
                case "QUIT":
                    line.sendall(b"221 bye\r\n")
                    return
                case _:
                    line.sendall(b"250 ok\r\n")
