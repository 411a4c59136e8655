"""Where a crossing is known from: the map, the city's own pack, or streets that were made up."""

from typing import Final

from msgspec import Struct

from kentongan.cities.facts import Confidence
from kentongan.cities.gazetteer import Caution
from kentongan.cities.junctions import Junction
from kentongan.edge.geo.gazetteer.documents import Source

MAPPED_ACCURACY_M: Final = 25
SYNTHETIC_ACCURACY_M: Final = 500
"""Streets of the synthetic network stand for none that exist."""

ACCURACY_M: Final = {Confidence.HIGH: 50, Confidence.MEDIUM: 150, Confidence.LOW: 400}
"""How far off a point of the pack may be: low is "within about 300 m" or worse."""


class Origin(Struct, frozen=True):
    """How a crossing is known; `facts` are the pack's source keys where the pack is the source."""

    source: Source
    confidence: Confidence = Confidence.HIGH
    facts: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: Source) -> "Origin":
        """Of a whole network or extract."""
        is_made_up = source == "synthetic"
        return cls(source, Confidence.LOW if is_made_up else Confidence.HIGH)

    @classmethod
    def of_junction(cls, junction: Junction) -> "Origin":
        """Of a crossing of the pack."""
        return cls("pack", junction.confidence, junction.source)

    @property
    def cautions(self) -> tuple[Caution, ...]:
        """What to be careful about with its point."""
        if self.source == "synthetic":
            return (Caution.DEMO,)
        return (Caution.LOW_CONFIDENCE,) if self.confidence is Confidence.LOW else ()

    @property
    def accuracy_m(self) -> int:
        """How far off its point may be."""
        if self.source == "synthetic":
            return SYNTHETIC_ACCURACY_M
        return ACCURACY_M[self.confidence] if self.source == "pack" else MAPPED_ACCURACY_M
