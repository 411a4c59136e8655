"""Where somebody is heading: "arah Srondol", "menuju Solo", "dari arah Jakarta".

Kept word for word beside a place, and read as a way along a toll road. Pure.
"""

import re
from typing import Final

from msgspec import Struct

from kentongan.edge.geo.gazetteer.words import FILLERS, HONORIFICS, RELATIONS

WAY: Final = "arah"
"""The relation that such words are noted as."""

_DIRECTION: Final = re.compile(
    r"\b(?P<away>dari\s+)?(?:(?P<way>arah|jurusan|menuju)|ke|towards?)"
    r"\s+(?P<town>[a-z]{3,})(?P<more>\s(?!km\b|tol\b|di\b)[a-z]{3,})?"
)


class Direction(Struct, frozen=True):
    """The place that was named, whether one comes from there, and the words as they stood."""

    town: str
    is_away: bool
    words: str
    is_way: bool
    """Whether a word said that a way is meant: "ke" alone may be anything."""

    @property
    def shown(self) -> str:
        """For people: "arah srondol"."""
        return f"dari arah {self.town}" if self.is_away else f"arah {self.town}"


def direction_said(flat: str) -> Direction | None:
    """The first direction in folded words."""
    found = _DIRECTION.search(flat)
    if found is None:
        return None
    more = found["more"] or ""
    if more.strip() in FILLERS | HONORIFICS | RELATIONS.keys():
        more = ""
    words = found[0].removesuffix(found["more"] or "") + more
    town = found["town"] + more
    return Direction(town, found["away"] is not None, words, found["way"] is not None)
