"""Short messages as a modem takes and gives them: TPDUs of 3GPP TS 23.040, in hexadecimal. Pure."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from msgspec import Struct

from kentongan.edge.notify.sms_text import Part, concatenation, packed, text_of, unpacked

DCS_GSM: Final = 0x00
DCS_UCS2: Final = 0x08

_REPORT_WANTED: Final = 0x20
_RELATIVE_VALIDITY: Final = 0x10
_HEADER: Final = 0x40
_INTERNATIONAL: Final = 0x91


class BadPdu(ValueError):  # noqa: N818 - what it is
    """Octets that are no message."""


class Incoming(Struct, frozen=True, kw_only=True):
    """SMS-DELIVER: a message from a telephone. `sent_at` is the network's word."""

    source: str
    text: str
    sent_at: datetime | None


class Report(Struct, frozen=True, kw_only=True):
    """SMS-STATUS-REPORT: what became of the message with that reference (0 to 255)."""

    reference: int
    status: int


def submit(to: str, part: Part, *, is_gsm: bool, reference: int, valid_s: float) -> tuple[str, int]:
    """SMS-SUBMIT to an E.164 number: its hexadecimal, and the length that AT+CMGS wants."""
    digits = to.removeprefix("+")
    first = 0x01 | _REPORT_WANTED | _RELATIVE_VALIDITY
    header = concatenation(reference, part) if part.of > 1 else b""
    if header:
        first |= _HEADER
    if is_gsm:
        fill = -8 * len(header) % 7
        data = header + packed(part.octets, fill)
        length = (8 * len(header) + fill) // 7 + len(part.octets)
    else:
        data = header + part.octets
        length = len(data)
    octets = bytes((first, 0, len(digits), _INTERNATIONAL)) + _semi(digits)
    octets += bytes((0, DCS_GSM if is_gsm else DCS_UCS2, _validity(valid_s), length)) + data
    return f"00{octets.hex()}".upper(), len(octets)


def read(hexadecimal: str) -> Incoming | Report | None:
    """A message or a report; None for another kind. Raises `BadPdu`."""
    try:
        octets = _Reader(bytes.fromhex(hexadecimal.strip()))
    except ValueError as error:
        raise BadPdu(str(error)) from error
    octets.take(octets.one())  # the service centre
    first = octets.one()
    match first & 0x03:
        case 0:
            return _deliver(octets, has_header=bool(first & _HEADER))
        case 2:
            reference = octets.one()
            octets.address()
            octets.take(14)
            return Report(reference=reference, status=octets.one())
        case _:
            return None


class _Reader:
    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._place = 0

    def take(self, count: int) -> bytes:
        found = self._octets[self._place : self._place + count]
        if len(found) < count:
            raise BadPdu("it ends too early")
        self._place += count
        return found

    def one(self) -> int:
        return self.take(1)[0]

    def address(self) -> str:
        """A number, or a name of letters (9.1.2.5)."""
        count, kind = self.one(), self.one()
        octets = self.take((count + 1) // 2)
        if kind & 0x70 == 0x50:
            return text_of(unpacked(octets, count * 4 // 7))
        digits = "".join(f"{octet & 0x0F:x}{octet >> 4:x}" for octet in octets)[:count]
        if not digits.isdigit():
            raise BadPdu("a number with other signs than digits")
        return f"+{digits}" if kind & 0x70 == 0x10 else digits


def _deliver(octets: _Reader, *, has_header: bool) -> Incoming:
    source = octets.address()
    octets.one()
    coding = octets.one()
    sent_at = _moment(octets.take(7))
    length = octets.one()
    is_gsm = coding & 0x0C in (0x00, 0x0C) and coding & 0xF4 != 0xF4
    data = octets.take((length * 7 + 7) // 8 if is_gsm else length)
    skipped = data[0] + 1 if has_header and data else 0
    if skipped > len(data):
        raise BadPdu("a header that ends too early")
    if is_gsm:
        fill = -8 * skipped % 7
        count = length - (8 * skipped + fill) // 7
        text = text_of(unpacked(data[skipped:], max(0, count), fill))
    elif coding & 0x0C == DCS_UCS2:
        text = data[skipped:].decode("utf-16-be", "replace")
    else:
        text = data[skipped:].decode("latin-1")
    return Incoming(source=source, text=text, sent_at=sent_at)


def _semi(digits: str) -> bytes:
    """Digits as swapped half octets (9.1.2.3)."""
    padded = digits + "F" * (len(digits) % 2)
    return bytes(int(padded[place + 1] + padded[place], 16) for place in range(0, len(padded), 2))


def _validity(seconds: float) -> int:
    """A relative period: steps of five minutes to twelve hours (9.2.3.12.1)."""
    return max(0, min(143, int(seconds // 300) - 1))


def _moment(octets: bytes) -> datetime | None:
    """The service centre's time (9.2.3.11); None when it is none."""
    parts = [(octet & 0x0F) * 10 + (octet >> 4) for octet in octets[:6]]
    quarters = (octets[6] & 0x07) * 10 + (octets[6] >> 4)
    sign = -1 if octets[6] & 0x08 else 1
    try:
        zone = timezone(sign * timedelta(minutes=15 * quarters))
        year, month, day, hour, minute, second = parts
        local = datetime(2000 + year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None
    return local.astimezone(UTC)
