"""What must be told besides the proposals, so that nothing is passed over in silence: namesakes, a
number that is on no map, words that no proposal has, a text that was cut or found nowhere."""

from collections.abc import Sequence
from typing import Final

from kentongan.cities.gazetteer import Caution, Notice, PlaceNotice, PlaceProposal
from kentongan.edge.geo.gazetteer import no_street

NAMESAKES_MAX: Final = 4
"""Namesakes named; nobody reads out more."""

WORDS_MAX: Final = 8
"""Words named that a proposal does without."""

TEXT_MAX: Final = 80
"""Characters repeated of a text that nothing was found for."""


def of(
    found: Sequence[PlaceProposal],
    text: str,
    *,
    no_crossing: bool = False,
    kilometre: str = "",
    crossing: str = "",
    is_cut: bool = False,
) -> tuple[PlaceNotice, ...]:
    """About the proposals as they are shown for that text; the best one counts, since it is what
    Enter takes."""
    told: list[PlaceNotice] = []
    best = found[0] if found else None
    if best is None:
        told.append(PlaceNotice(Notice.NOT_FOUND, (text.strip()[:TEXT_MAX],)))
    elif Caution.NAME_TWICE in best.cautions:
        alike = [one.label for one in found if _name(one) == _name(best)]
        told.append(PlaceNotice(Notice.NAME_TWICE, tuple(alike[:NAMESAKES_MAX])))
    if best is not None and Caution.OTHER_NAME in best.cautions:
        pairs = (f"{said} → {found}" for said, found in best.misspelt)
        told.append(PlaceNotice(Notice.READ_AS, tuple(pairs)))
    if best is not None and best.address and Caution.APPROXIMATE in best.cautions:
        told.append(PlaceNotice(Notice.NUMBER_UNKNOWN, (best.address.partition(" (")[0],)))
    if street := no_street.missing(found, text):
        told.append(PlaceNotice(Notice.NO_STREET, street))
    if kilometre:
        told.append(PlaceNotice(Notice.KILOMETRE_UNKNOWN, (kilometre,)))
    nowhere, elsewhere = _left_out(found, (kilometre, crossing))
    if nowhere:
        told.append(PlaceNotice(Notice.LEFT_OUT, nowhere))
    if elsewhere:
        told.append(PlaceNotice(Notice.PARTLY, elsewhere))
    is_local = best is not None and best.source == ("alias",)
    if no_crossing and not is_local:
        told.append(PlaceNotice(Notice.NO_CROSSING))
    if is_cut:
        told.append(PlaceNotice(Notice.CUT))
    return tuple(told)


def _left_out(
    found: Sequence[PlaceProposal], apart: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the best proposal does without: what no other has either, and what another one has.
    What stands `apart`, a kilometre or the word for a crossing, is told by itself."""
    missed = [word for word in found[0].left_out if word not in apart] if found else []
    nowhere = [word for word in missed if all(word in other.left_out for other in found[1:])]
    elsewhere = [word for word in missed if word not in nowhere]
    return tuple(nowhere[:WORDS_MAX]), tuple(elsewhere[:WORDS_MAX])


def _name(one: PlaceProposal) -> str:
    """Without what tells it from its namesakes."""
    return one.label.partition(",")[0].partition(" (")[0].casefold()
