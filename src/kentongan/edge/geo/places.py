"""Places by the caller's words, out of the city pack: proposals, never a decision.

The search itself is `cities.places`; this keeps a text of any length from costing any time.
"""

from collections.abc import Callable
from typing import Final

from kentongan.cities.facts import Point
from kentongan.cities.pack import CityPack
from kentongan.cities.places import PlaceProposal, search

WORDS_MAX: Final = 200
"""Characters looked at; nobody says a longer address."""

RESULTS_MAX: Final = 10
"""Proposals shown."""


def searcher(pack: CityPack) -> Callable[[str, Point | None], list[PlaceProposal]]:
    """The search over that city."""

    def find(words: str, near: Point | None) -> list[PlaceProposal]:
        return search(pack, words[:WORDS_MAX], near, RESULTS_MAX)

    return find
