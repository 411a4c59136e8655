"""The characters of a text conversation (ITU-T T.140): what a keyboard sends and a display shows.

Out of the octets of T.140 blocks come characters, `\\b` for an erasure and `\\n` for a new line,
and nothing else: byte order marks, colours, bells and terminal control are taken out, as T.140
lets a display do. What was lost on the way, or is no UTF-8, stands as U+FFFD, the missing text
marker. Pure; packets are `text_rtp`'s affair.
"""

import codecs
import unicodedata
from typing import Final

BACKSPACE: Final = "\b"
NEW_LINE: Final = "\n"
LINE_SEPARATOR: Final = "\u2028"
"""A new line as T.140 sends it (section 8.1)."""
BYTE_ORDER_MARK: Final = "\ufeff"
"""Begins a session and shows nothing; also sent so that a path stays open."""
LOST: Final = "\ufffd"
"""Stands for text that did not arrive (T.140 addendum 1, RFC 4103 section 5.4)."""

CONTROL_CHARACTERS_MAX: Final = 256
"""Longest control string that is waited to end; a longer one was never meant as such."""

_CR, _ESC, _CSI, _SOS, _ST = "\r", "\x1b", "\x9b", "\x98", "\x9c"
_NEW_LINES: Final = frozenset({"\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c"})
_JOINING: Final = frozenset({"\u200d", "\ufe0e", "\ufe0f"})
_SKIN: Final = range(0x1F3FB, 0x1F400)


class T140Reader:
    """Reads one direction of a conversation; a block may end in the middle of anything."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._was_return = False
        self._until = ""  # what ends the control sequence we are in: "one", "csi", "string" or none
        self._skipped = 0

    def read(self, block: bytes) -> str:
        """The characters in the next block."""
        return self._clean(self._decoder.decode(block))

    def lose(self) -> str:
        """Something between the last block and the next one did not arrive."""
        broken = self._decoder.decode(b"", final=True)
        self._decoder.reset()
        self._was_return, self._until = False, ""
        return broken or LOST

    def _clean(self, text: str) -> str:
        return "".join(shown for shown in map(self._shown, text) if shown)

    def _shown(self, character: str) -> str:
        """What a character adds to the display, "" for nothing."""
        was_return, self._was_return = self._was_return, character == _CR
        if self._until:
            return self._skip(character)
        if character == _CR:
            return NEW_LINE
        if character in _NEW_LINES:
            return "" if was_return and character == "\n" else NEW_LINE
        if character == BACKSPACE:
            return BACKSPACE
        if character == "\t":
            return " "
        self._until = {_ESC: "one", _CSI: "csi", _SOS: "string"}.get(character, "")
        self._skipped = 0
        is_shown = unicodedata.category(character) not in {"Cc", "Cs"}
        return character if is_shown and character != BYTE_ORDER_MARK else ""

    def _skip(self, character: str) -> str:
        """Within control: nothing is shown until it ends, or proves to be text."""
        self._skipped += 1
        if self._skipped > CONTROL_CHARACTERS_MAX:
            self._until = ""
        elif self._until == "one":
            self._until = {"[": "csi", "X": "string"}.get(character, "")
        elif self._until == "csi":
            self._until = "" if "@" <= character <= "~" else "csi"
        elif character == _ST or (character == _ESC and self._until == "string"):
            self._until = "one" if character == _ESC else ""
        return ""


def to_send(text: str) -> str:
    """Text of ours as T.140 sends it: new lines as one character, no other control."""
    whole = text.replace("\r\n", NEW_LINE).replace(_CR, NEW_LINE)
    return "".join(_sent(character) for character in whole)


def _sent(character: str) -> str:
    if character in _NEW_LINES:
        return LINE_SEPARATOR
    if character == BACKSPACE:
        return BACKSPACE
    if character == "\t":
        return " "
    return "" if unicodedata.category(character) in {"Cc", "Cs"} else character


def erased(line: str) -> str:
    """The line without its last character, whatever code points make it up; "" of an empty one."""
    end = len(line)
    while end > 1 and _belongs_to_previous(line, end - 1):
        end -= 1
    return line[: max(0, end - 1)]


def _belongs_to_previous(line: str, at: int) -> bool:
    """Whether that code point is seen as one character with the one before it."""
    character = line[at]
    return (
        unicodedata.combining(character) > 0
        or unicodedata.category(character) in {"Mn", "Me"}
        or character in _JOINING
        or line[at - 1] == "\u200d"
        or ord(character) in _SKIN
    )
