"""Text from outside that turns nothing around it.

Signs of Unicode that steer the direction of writing reach to the end of a line: an override in a
caller's name would print the telephone number behind it backwards. They are no words and are left
out wherever text is shown; text with letters that run from right to left is set apart, so that its
neighbours keep their order (Unicode Standard Annex 9, sections 2.4 and 2.7). What is on record
stays as it was said. Pure.
"""

import re
from typing import Final

from kentongan.cities.steering import STEERING

_RIGHT_TO_LEFT: Final = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_ISOLATE: Final = "\u2068"
_END: Final = "\u2069"


def unsteered(text: str) -> str:
    """The text without signs that steer: for a line that somebody else composes or prints."""
    return text if text.isascii() else STEERING.sub("", text)


def set_apart(text: str) -> str:
    """The text as it may stand beside other text; what was set apart stays as it is."""
    plain = unsteered(text)
    if plain.isascii() or not _RIGHT_TO_LEFT.search(plain):
        return plain
    return f"{_ISOLATE}{plain}{_END}"
