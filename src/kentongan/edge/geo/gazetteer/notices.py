"""What must be told besides the proposals, so that nothing is passed over in silence: namesakes, a
number that is on no map, words that nobody knows, a text that was cut."""

from collections.abc import Sequence
from typing import Final

from kentongan.cities.gazetteer import (
    GENERIC,
    Caution,
    Notice,
    PlaceKind,
    PlaceNotice,
    PlaceProposal,
)

NAMESAKES_MAX: Final = 4
"""Namesakes named; nobody reads out more."""

WORDS_MAX: Final = 4
"""Unknown words named."""

LETTERS_MIN: Final = 3
"""A shorter word that means nothing is no name."""


def of(
    found: Sequence[PlaceProposal],
    unknown: Sequence[str],
    *,
    no_crossing: bool = False,
    is_cut: bool = False,
) -> tuple[PlaceNotice, ...]:
    """About the proposals as they are shown; the best one counts, since it is what Enter takes."""
    told: list[PlaceNotice] = []
    best = found[0] if found else None
    if best is not None and Caution.NAME_TWICE in best.cautions:
        alike = [one.label for one in found if _name(one) == _name(best)]
        told.append(PlaceNotice(Notice.NAME_TWICE, tuple(alike[:NAMESAKES_MAX])))
    if best is not None and best.address and Caution.APPROXIMATE in best.cautions:
        told.append(PlaceNotice(Notice.NUMBER_UNKNOWN, (best.address.partition(" (")[0],)))
    is_local = best is not None and best.source == ("alias",)
    is_crossing = best is not None and best.kind is PlaceKind.INTERSECTION
    words = [one for one in unknown if len(one) >= LETTERS_MIN and one not in GENERIC]
    if words and not is_local and not is_crossing:
        told.append(PlaceNotice(Notice.LEFT_OUT, tuple(words[:WORDS_MAX])))
    if no_crossing and not is_local:
        told.append(PlaceNotice(Notice.NO_CROSSING))
    if is_cut:
        told.append(PlaceNotice(Notice.CUT))
    return tuple(told)


def _name(one: PlaceProposal) -> str:
    """Without what tells it from its namesakes."""
    return one.label.partition(",")[0].partition(" (")[0].casefold()
