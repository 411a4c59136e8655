"""Addresses at which people are reached, as others see them. Pure."""

from typing import Final
from urllib.parse import urlsplit

SHOWN_DIGITS: Final = 3
"""Last digits shown of a masked number: enough to tell two telephones of one person apart."""


def masked(address: str) -> str:
    """The address for who need not see it: it can be recognised and not used."""
    if address.startswith("+"):
        return f"+•••{address[-SHOWN_DIGITS:]}"
    if address.startswith(("https:", "http:")):
        try:
            return urlsplit(address).hostname or "•••"
        except ValueError:
            return "•••"
    name, at, domain = address.partition("@")
    return f"{name[:1]}•••{at}{domain}" if at else "•••"
