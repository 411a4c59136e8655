"""Numbers that lead back to us: our own lines, in every way they are written. Pure.

A call of ours to one of them would ring us as a new caller, who is sent there again. So such a
number is no telephone on the wall, no neighbour, and nobody who can be rung.
"""

from collections.abc import Container, Iterable, Iterator
from typing import Final

from kentongan.cities.facts import Line
from kentongan.edge.switch.routes import dialled
from kentongan.sip.errors import ParseError
from kentongan.sip.uri import read_uri

EMERGENCY: Final = frozenset({"112"})
"""The line of every centre, where no city pack is at hand."""

COUNTRY: Final = "62"


def own_numbers(lines: Iterable[Line]) -> frozenset[str]:
    """What reaches us, of a pack's lines; a pattern that ends in `*` may be anybody's number."""
    return frozenset(one for line in lines for one in line.dialled if not one.endswith("*"))


def is_own_line(
    whom: str,
    ours: Container[str],
    *,
    hosts: Container[str] | None = None,
    country: str = COUNTRY,
) -> bool:
    """Whether that number or SIP address is one of ours, with or without country code and zero.

    An address names its host: with `hosts`, ours, the line of another centre is not ours.
    """
    number, host = _read(whom)
    is_elsewhere = bool(host) and hosts is not None and host not in hosts
    return not is_elsewhere and any(form in ours for form in _forms(number, country))


def _read(whom: str) -> tuple[str, str]:
    """The number, and the host of an address; a number alone has none."""
    if ":" not in whom or whom.startswith("tel:"):
        return dialled(whom.partition(";")[0]), ""
    try:
        uri = read_uri(whom)
    except ParseError:
        return "", ""
    return ("112" if uri.is_emergency_service else dialled(uri.user.partition(";")[0])), uri.host


def _forms(number: str, country: str) -> Iterator[str]:
    """As it stands, and what is left without the marks of the country and of long distance."""
    yield number
    for prefix in (f"+{country}", f"00{country}", country, "0"):
        if number.startswith(prefix):
            bare = number.removeprefix(prefix)
            yield from (bare, f"0{bare}", f"+{country}{bare}")
