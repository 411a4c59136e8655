"""Addresses of people, read strictly when somebody enters them.

A telephone number is kept as E.164. One without a country is refused instead of guessed: "0813…"
means another telephone in every country, and an alert to a stranger is worse than a question.
"""

import re
from typing import Final

DIGITS_MIN: Final = 8
DIGITS_MAX: Final = 15
"""ITU-T E.164, section 6: at most 15 digits with the country."""

MAIL_CHARACTERS_MAX: Final = 254
"""RFC 5321, section 4.5.3.1.3."""

_FILLERS: Final = re.compile(r"[\s\-./()\u2010-\u2015]+")
_MAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class BadAddress(ValueError):  # noqa: N818 - an answer to whoever entered it
    """An address that nothing can be sent to; the text says why, for whoever entered it."""


def phone(text: str) -> str:
    """The number as E.164, from "+62 813-0313-1148" or "0062813…". Raises `BadAddress`."""
    packed = _FILLERS.sub("", text.strip())
    if packed.startswith("00"):
        packed = f"+{packed[2:]}"
    if not packed.startswith("+"):
        raise BadAddress(f"{text[:40]!r}: a number needs its country, like +62 813 0313 1148")
    digits = packed[1:]
    if not (digits.isascii() and digits.isdigit()) or digits.startswith("0"):
        raise BadAddress(f"{text[:40]!r} is no telephone number")
    if not DIGITS_MIN <= len(digits) <= DIGITS_MAX:
        raise BadAddress(f"{text[:40]!r}: a number has {DIGITS_MIN} to {DIGITS_MAX} digits")
    return packed


def phone_of_gateway(text: str) -> str:
    """A sender's number as gateways write it: with its country, with or without "+".

    Empty when it is none: a short code, or a name like BANK.
    """
    packed = _FILLERS.sub("", text.strip())
    if packed[:1].isdigit() and not packed.startswith("0"):
        packed = f"+{packed}"
    try:
        return phone(packed)
    except BadAddress:
        return ""


def mail(text: str) -> str:
    """The address of a mailbox. Raises `BadAddress`."""
    packed = text.strip()
    if len(packed) > MAIL_CHARACTERS_MAX or not _MAIL.fullmatch(packed):
        raise BadAddress(f"{text[:40]!r} is no e-mail address")
    return packed
