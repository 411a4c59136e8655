"""One question to the switch beside us, over its control socket, and its answer.

The switch answers a command when it is on its disk. Pushes that come in between are for screens.
"""

import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from kentongan.core.commands import Envelope
from kentongan.edge.notify.channel import NotSent

PATIENCE_S: Final = 5.0
"""How long the switch may take; it takes milliseconds."""

ANSWER_BYTES_MAX: Final = 8 * 1024 * 1024
"""What is read for one answer, pushes among it."""

_NUMBER: Final = 1


def ask(path: Path, envelope: Envelope) -> Mapping[str, Any]:
    """What the switch says to that command. Raises `NotSent` where it says nothing."""
    line = msgspec.json.encode({"n": _NUMBER, "do": "command", "envelope": envelope}) + b"\n"
    until = time.monotonic() + PATIENCE_S
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
        link.settimeout(PATIENCE_S)
        try:
            link.connect(str(path))
        except OSError as error:
            raise NotSent("no_switch", str(error)) from error
        try:
            link.sendall(line)
            return _answer(link, until)
        except OSError as error:
            raise NotSent("no_answer", str(error), is_unsure=True) from error


def _answer(link: socket.socket, until: float) -> Mapping[str, Any]:
    read, rest = 0, b""
    while (left := until - time.monotonic()) > 0 and read < ANSWER_BYTES_MAX:
        link.settimeout(left)
        octets = link.recv(65_536)
        if not octets:
            break
        read += len(octets)
        *lines, rest = (rest + octets).split(b"\n")
        for line in lines:
            answer: Mapping[str, Any] = msgspec.json.decode(line)
            if answer.get("n") == _NUMBER:
                return answer
    raise NotSent("no_answer", is_unsure=True)
