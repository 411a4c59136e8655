"""Text as short messages carry it: GSM 7-bit with its extension table, or UCS-2, in parts.

3GPP TS 23.038 (alphabets) and 23.040, section 9.2.3.24.1 (concatenation). A text that fits the GSM
alphabet costs one septet a character; one foreign letter makes every character two octets. So the
few typographic signs that mean the same as plain ones are written plainly first; letters never are:
a name stays as it is. What is too long is cut, and says so.
"""

from typing import Final

from msgspec import Struct

SINGLE_SEPTETS: Final = 160
PART_SEPTETS: Final = 153
"""Septets in one message, and in a part whose first seven are its header."""

SINGLE_UNITS: Final = 70
PART_UNITS: Final = 67
"""UTF-16 units in one message, and in a part."""

PARTS_MAX: Final = 6
"""Parts of one text: more than a crew reads while it drives, and each costs as a message."""

ESCAPE: Final = 0x1B

BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The default alphabet; the sign at place 0x1B opens the extension table."""

EXTENSION: Final = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E,
    "|": 0x40, "€": 0x65,
}  # fmt: skip

# fmt: off
_PLAIN: Final = str.maketrans({
    "–": "-", "—": "-", "−": "-", "‑": "-", "‘": "'", "’": "'", "“": '"', "”": '"',
    "…": "...", "•": "*", "·": ".", "→": "->", "±": "+/-", "\u00a0": " ", "\u202f": " ",
    "\t": " ", "×": "x", "≥": ">=", "≤": "<=",
})
# fmt: on
_CODE: Final = {sign: code for code, sign in enumerate(BASIC) if code != ESCAPE}
_SIGN_OF_EXTENSION: Final = {code: sign for sign, code in EXTENSION.items()}


class Part(Struct, frozen=True):
    """A message of its own. `octets`: unpacked septets, one an octet, or UTF-16 big-endian."""

    octets: bytes
    number: int
    of: int


class Parts(Struct, frozen=True):
    """A text ready to be sent. `is_gsm`: the default alphabet, else UCS-2; `cut`: not all of it."""

    parts: tuple[Part, ...]
    is_gsm: bool
    cut: bool


def parts_of(text: str) -> Parts:
    """The text in at most `PARTS_MAX` parts; no sign is torn, no part is empty but an empty text's.

    A text in the GSM alphabet gives it; any other sign anywhere gives UCS-2.
    """
    plain = text.translate(_PLAIN).replace("\0", "").replace("\r\n", "\n")
    if septets(plain) is not None:
        signs = [septets(sign) or b"" for sign in plain]
        return _divided(signs, SINGLE_SEPTETS, PART_SEPTETS, septets("...") or b"", is_gsm=True)
    wide = text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    units = [sign.encode("utf-16-be") for sign in wide]
    return _divided(units, 2 * SINGLE_UNITS, 2 * PART_UNITS, "…".encode("utf-16-be"), is_gsm=False)


def septets(text: str) -> bytes | None:
    """The text in the GSM alphabet, one septet an octet; None when a sign is not in it."""
    found = bytearray()
    for sign in text:
        if sign in _CODE:
            found.append(_CODE[sign])
        elif sign in EXTENSION:
            found += bytes((ESCAPE, EXTENSION[sign]))
        else:
            return None
    return bytes(found)


def text_of(octets: bytes) -> str:
    """The text of unpacked septets; what no table knows is a space (TS 23.038, section 6.2.1.1)."""
    found: list[str] = []
    codes = iter(octets)
    for code in codes:
        if code == ESCAPE:
            found.append(_SIGN_OF_EXTENSION.get(next(codes, 0), " "))
        else:
            found.append(BASIC[code] if code < len(BASIC) else " ")
    return "".join(found)


def packed(octets: bytes, fill_bits: int = 0) -> bytes:
    """Septets as eight in seven octets, lowest bits first, after so many empty bits (6.1.2.1)."""
    bits, length = 0, fill_bits
    for septet in octets:
        bits |= (septet & 0x7F) << length
        length += 7
    return bits.to_bytes((length + 7) // 8, "little")


def unpacked(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """So many septets out of packed octets."""
    bits = int.from_bytes(octets, "little") >> fill_bits
    return bytes((bits >> (7 * place)) & 0x7F for place in range(count))


def concatenation(reference: int, part: Part) -> bytes:
    """The header of one part (23.040, 9.2.3.24.1): its length octet and everything after it."""
    return bytes((5, 0, 3, reference & 0xFF, part.of, part.number))


def _divided(signs: list[bytes], single: int, each: int, ending: bytes, *, is_gsm: bool) -> Parts:
    """Whole signs into one message, or into parts; the last of too many ends with `ending`."""
    if sum(map(len, signs)) <= single:
        return Parts((Part(b"".join(signs), 1, 1),), is_gsm, cut=False)
    filled = [bytearray()]
    for sign in signs:
        if len(filled[-1]) + len(sign) > each:
            filled.append(bytearray())
        filled[-1] += sign
    is_cut = len(filled) > PARTS_MAX
    if is_cut:
        filled = _shortened(signs, each, ending)
    count = len(filled)
    parts = tuple(Part(bytes(one), number, count) for number, one in enumerate(filled, 1))
    return Parts(parts, is_gsm, cut=is_cut)


def _shortened(signs: list[bytes], each: int, ending: bytes) -> list[bytearray]:
    filled = [bytearray()]
    for sign in signs:
        is_last = len(filled) == PARTS_MAX
        room = each - (len(ending) if is_last else 0)
        if len(filled[-1]) + len(sign) > room:
            if is_last:
                break
            filled.append(bytearray())
        filled[-1] += sign
    filled[-1] += ending
    return filled
