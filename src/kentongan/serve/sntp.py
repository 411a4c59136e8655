"""How far our clock is from a time server's: one question and one answer (SNTP, RFC 5905 §14)."""

import socket
import struct
import time
from typing import Final

PORT: Final = 123

_EPOCH_S: Final = 2_208_988_800
"""From 1900, where NTP begins, to 1970, seconds."""

_PACKET: Final = struct.Struct("!BBbb11I")
_CLIENT: Final = 0x23  # version 4, mode 3
_SERVER: Final = 4
_STRATUM_MAX: Final = 15


class NtpAway(Exception):  # noqa: N818 - a state of the neighbour
    """The server did not answer, or not with a time."""


def offset_s(server: str, patience_s: float) -> float:
    """Seconds by which the server's clock is ahead of ours; `NtpAway` when it does not tell.

    `server` is a name or an address, with `:port` when that is not 123.
    """
    host, port = _address(server)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        with socket.socket(found[0][0], socket.SOCK_DGRAM) as line:
            line.settimeout(patience_s)
            line.connect(found[0][4])
            sent = time.time()
            line.send(_PACKET.pack(_CLIENT, *[0] * 12, *_stamp(sent)))
            answer = line.recv(1_024)
            came = time.time()
    except OSError as error:
        raise NtpAway(str(error)) from None
    return _read(answer, sent, came)


def _address(server: str) -> tuple[str, int]:
    host, colon, port = server.rpartition(":")
    if colon and port.isdigit() and ":" not in host:
        return host, int(port)
    return server, PORT


def _stamp(at: float) -> tuple[int, int]:
    whole = int(at)
    return whole + _EPOCH_S & 0xFFFFFFFF, int((at - whole) * 2**32)


def _read(answer: bytes, sent: float, came: float) -> float:
    if len(answer) < _PACKET.size:
        raise NtpAway("too short an answer")
    first, stratum, _, _, *words = _PACKET.unpack(answer[: _PACKET.size])
    if first & 7 != _SERVER or not 0 < stratum <= _STRATUM_MAX or first >> 6 == 3:
        raise NtpAway("the server has no time itself")
    if tuple(words[5:7]) != _stamp(sent):
        raise NtpAway("an answer to another question")
    received, told = _seconds(words[7], words[8]), _seconds(words[9], words[10])
    return ((received - sent) + (told - came)) / 2


def _seconds(whole: int, part: int) -> float:
    return whole - _EPOCH_S + part / 2**32
