"""SMPP 3.4 as octets: what we send, and what a message centre may send us. Pure.

Only what a transceiver needs: bind_transceiver, submit_sm, deliver_sm, enquire_link, unbind,
generic_nack. Numbers in brackets are sections of the SMPP specification v3.4, issue 1.2. What the
other side sends is judged strictly where a mistake would lose the frame (lengths) and leniently
where it would only lose a detail; a response that reports an error may have no body.
"""

import re
import struct
from typing import Final

from msgspec import Struct

from kentongan.edge.notify.sms_text import text_of, unpacked

PDU_OCTETS_MAX: Final = 70_000
"""A deliver_sm with the largest message_payload (64 kB) and its header; more is no SMPP."""

HEAD: Final = struct.Struct(">IIII")

GENERIC_NACK: Final = 0x80000000
SUBMIT_SM: Final = 0x00000004
DELIVER_SM: Final = 0x00000005
UNBIND: Final = 0x00000006
BIND_TRANSCEIVER: Final = 0x00000009
ENQUIRE_LINK: Final = 0x00000015
RESPONSE: Final = 0x80000000
"""Added to a command's number in the answer to it [5.1.2.1]."""

OK: Final = 0x00
INVALID_COMMAND: Final = 0x03
SYSTEM_ERROR: Final = 0x08
"""What we answer to what we cannot keep now: the centre sends it again."""

NEVER_READABLE: Final = 0x65
"""What we answer to what cannot be read: the centre does not send it again [5.1.3]."""

DATA_DEFAULT: Final = 0x00
DATA_UCS2: Final = 0x08
ESM_RECEIPT: Final = 0x04
ESM_UDH: Final = 0x40

NAMES: Final = {
    0x01: "invalid_message_length", 0x02: "invalid_command_length", 0x03: "invalid_command",
    0x04: "bind_status", 0x05: "already_bound", 0x06: "invalid_priority", 0x08: "system_error",
    0x0A: "invalid_source", 0x0B: "invalid_number", 0x0C: "invalid_message_id",
    0x0D: "bind_failed", 0x0E: "invalid_password", 0x0F: "invalid_system_id",
    0x11: "cancel_failed", 0x13: "replace_failed", 0x14: "queue_full", 0x15: "invalid_service_type",
    0x40: "invalid_destination_flag", 0x42: "invalid_submit_with_replace",
    0x43: "invalid_esm_class", 0x44: "cannot_submit_to_list", 0x45: "submit_failed",
    0x48: "invalid_source_ton", 0x49: "invalid_source_npi", 0x50: "invalid_destination_ton",
    0x51: "invalid_destination_npi", 0x53: "invalid_system_type", 0x58: "throttled",
    0x61: "invalid_schedule", 0x62: "invalid_expiry", 0xFF: "unknown_error",
}  # fmt: skip
"""Command status [5.1.3] in words."""

LASTING: Final = frozenset(
    {0x01, 0x06, 0x0A, 0x0B, 0x15, 0x40, 0x42, 0x43, 0x48, 0x49, 0x50, 0x51, 0x61, 0x62}
)
"""The same message will be refused again, whenever it is sent."""

THROTTLED: Final = frozenset({0x14, 0x58})
"""Too fast: the link is well, and wants a pause."""

_RECEIPTED_ID: Final = 0x001E
_MESSAGE_PAYLOAD: Final = 0x0424
_MESSAGE_STATE: Final = 0x0427
_STATES: Final = {
    1: "ENROUTE", 2: "DELIVRD", 3: "EXPIRED", 4: "DELETED", 5: "UNDELIV", 6: "ACCEPTD",
    7: "UNKNOWN", 8: "REJECTD",
}  # fmt: skip


class Garbage(Exception):  # noqa: N818 - what it is
    """Octets that are no SMPP; where the next message begins is not known any more."""


class Pdu(Struct, frozen=True):
    """One protocol data unit."""

    command: int
    status: int
    sequence: int
    body: bytes

    @property
    def octets(self) -> bytes:
        """As it goes over the line."""
        length = HEAD.size + len(self.body)
        return HEAD.pack(length, self.command, self.status, self.sequence) + self.body


class Bind(Struct, frozen=True, kw_only=True):
    """How we say who we are [4.1.5]."""

    system_id: str
    password: str
    system_type: str = ""


class Submit(Struct, frozen=True, kw_only=True):
    """One short message [4.4.1]. `octets` with the user data header in front when `has_header`."""

    source: str
    to: str
    octets: bytes
    data_coding: int
    has_header: bool = False
    service_type: str = ""
    validity: str = ""


class Receipt(Struct, frozen=True):
    """What became of a message: the centre's name of it, its state, its error."""

    id: str
    state: str
    error: str = ""


class Text(Struct, frozen=True):
    """A message from a telephone."""

    source: str
    text: str


class Splitter:
    """Octets in, whole units out."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, octets: bytes) -> list[Pdu]:
        """Units that are whole by now; raises `Garbage`."""
        self._rest += octets
        found: list[Pdu] = []
        while len(self._rest) >= HEAD.size:
            length, command, status, sequence = HEAD.unpack_from(self._rest)
            if not HEAD.size <= length <= PDU_OCTETS_MAX:
                raise Garbage(f"a unit of {length} octets")
            if len(self._rest) < length:
                break
            found.append(Pdu(command, status, sequence, self._rest[HEAD.size : length]))
            self._rest = self._rest[length:]
        return found


def bind_transceiver(bind: Bind, sequence: int) -> Pdu:
    """The request to send and receive [4.1.5]."""
    body = _text(bind.system_id, 16) + _text(bind.password, 9) + _text(bind.system_type, 13)
    return Pdu(BIND_TRANSCEIVER, OK, sequence, body + bytes((0x34, 0, 0)) + b"\0")


def submit_sm(submit: Submit, sequence: int) -> Pdu:
    """The request to deliver a message, and to tell when it is there."""
    source_ton, source_npi = _kind_of(submit.source)
    body = (
        _text(submit.service_type, 6)
        + bytes((source_ton, source_npi))
        + _text(submit.source.removeprefix("+"), 21)
        + bytes((1, 1))  # international, E.164 [5.2.5, 5.2.6]
        + _text(submit.to.removeprefix("+"), 21)
        + bytes((ESM_UDH if submit.has_header else 0, 0, 1))  # priority above normal [5.2.14]
        + b"\0"  # at once
        + _text(submit.validity, 17)
        + bytes((1, 0, submit.data_coding, 0, len(submit.octets)))  # with a receipt [5.2.17]
        + submit.octets
    )
    return Pdu(SUBMIT_SM, OK, sequence, body)


def validity_of(seconds: float) -> str:
    """A relative period, at most a day [7.1.1.2]."""
    whole = max(60, min(int(seconds), 86_399))
    return f"000000{whole // 3600:02}{whole // 60 % 60:02}{whole % 60:02}000R"


def response_to(pdu: Pdu, status: int = OK) -> Pdu:
    """The answer to a request; deliver_sm_resp has an empty message_id [4.6.2]."""
    body = b"\0" if pdu.command == DELIVER_SM else b""
    return Pdu(pdu.command | RESPONSE, status, pdu.sequence, body)


def nack_of(pdu: Pdu, status: int = INVALID_COMMAND) -> Pdu:
    """The answer to a request that nobody knows [4.3]."""
    return Pdu(GENERIC_NACK, status, pdu.sequence, b"")


def message_id(body: bytes) -> str:
    """The name that submit_sm_resp gives the message [4.4.2]; empty when there is none."""
    return body.partition(b"\0")[0][:65].decode("ascii", "replace")


def read_deliver(body: bytes) -> Receipt | Text:
    """What deliver_sm brings [4.6.1]; raises `Garbage` when it ends too early."""
    fields = _Reader(body)
    fields.text(6)
    fields.take(2)
    source = fields.text(21)
    fields.take(2)
    fields.text(21)
    esm_class = fields.take(1)[0]
    fields.take(2)
    fields.text(17)
    fields.text(17)
    fields.take(2)
    data_coding = fields.take(1)[0]
    fields.take(1)
    octets = fields.take(fields.take(1)[0])
    options = fields.options()
    octets = octets or options.get(_MESSAGE_PAYLOAD, b"")
    if esm_class & 0x3C == ESM_RECEIPT:
        return _receipt(_readable(octets, 0x01), options)
    if esm_class & ESM_UDH and octets and octets[0] < len(octets):
        octets = octets[1 + octets[0] :]
    return Text(source, _readable(octets, data_coding))


def names_of(part: str) -> tuple[str, ...]:
    """Under which names a receipt's message may be known.

    Some centres answer a submission in hexadecimal and write the receipt in decimal, or the other
    way round, with or without leading zeros.
    """
    names = [part]
    if part.isascii() and part.isdigit() and len(part) <= 20:
        names += [f"{int(part):x}", f"{int(part):X}", f"{int(part):08x}", f"{int(part):08X}"]
    if re.fullmatch(r"[0-9A-Fa-f]{1,16}", part):
        names += [str(int(part, 16)), f"{int(part, 16):010}"]
    return tuple(dict.fromkeys(names))


class _Reader:
    """Fields one after the other."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._place = 0

    def take(self, count: int) -> bytes:
        """So many octets."""
        found = self._octets[self._place : self._place + count]
        if len(found) < count:
            raise Garbage("a unit that ends too early")
        self._place += count
        return found

    def text(self, most: int) -> str:
        """A C string of at most so many octets with its end."""
        end = self._octets.find(b"\0", self._place, self._place + most)
        if end < 0:
            raise Garbage("a text without an end")
        found = self._octets[self._place : end]
        self._place = end + 1
        return found.decode("ascii", "replace")

    def options(self) -> dict[int, bytes]:
        """Optional parameters [3.2.4]; what is broken at the end is left out."""
        found: dict[int, bytes] = {}
        while len(self._octets) - self._place >= 4:
            tag, length = struct.unpack_from(">HH", self._octets, self._place)
            start = self._place + 4
            if start + length > len(self._octets):
                break
            found[tag] = self._octets[start : start + length]
            self._place = start + length
        return found


_RECEIPT: Final = re.compile(r"\b(id|stat|err):\s*([^\s]{1,65})", re.IGNORECASE)


def _receipt(text: str, options: dict[int, bytes]) -> Receipt:
    """By its optional parameters, else by the text that is usual [appendix B]."""
    said = {match[1].lower(): match[2] for match in _RECEIPT.finditer(text)}
    part = message_id(options.get(_RECEIPTED_ID, b"")) or said.get("id", "")
    code = options.get(_MESSAGE_STATE, b"")
    state = _STATES.get(code[0], "UNKNOWN") if code else said.get("stat", "UNKNOWN").upper()
    return Receipt(part, state, said.get("err", ""))


def _readable(octets: bytes, data_coding: int) -> str:
    """The text, by its coding [5.2.19]; centres that pack default septets are recognised."""
    if data_coding & 0xEC == 0x08:
        return octets[: len(octets) // 2 * 2].decode("utf-16-be", "replace")
    if data_coding in (0x01, 0x03):
        return octets.decode("latin-1")
    if any(octet > 0x7F for octet in octets):
        return text_of(unpacked(octets, len(octets) * 8 // 7)).rstrip("@\r")
    return text_of(octets)


def _text(value: str, most: int) -> bytes:
    """A C string of at most so many octets with its end."""
    return value.encode("ascii", "replace").replace(b"\0", b"?")[: most - 1] + b"\0"


def _kind_of(source: str) -> tuple[int, int]:
    """Type and plan of a sender [5.2.5]: a number with its country, a short code, or a name."""
    if source.startswith("+"):
        return 1, 1
    return (3, 0) if source.isascii() and source.isdigit() else (5, 0)
