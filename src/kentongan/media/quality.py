"""How good a leg sounds to whoever listens, from loss, delay and codec: the E-model, simplified.

R = 93.2 - Id - Ie,eff (ITU-T G.107 with all its other inputs at their defaults), the mean opinion
score from R by its annex B. Id by the two straight lines of Cole and Rosenbluth (2001); Ie and Bpl
from G.113, appendix I, for random loss with concealment, where it has them. An estimate for
comparing legs and finding bad trunks, from 1.0 to 4.5; nobody was asked. Pure.
"""

from typing import Final

from msgspec import Struct

from kentongan.media.codec import CodecName

DEFAULT_R: Final = 93.2
SHORT_DELAY_MS: Final = 177.3  # beyond it conversation suffers, not only the ear
MOS_MIN: Final = 1.0
MOS_MAX: Final = 4.5


class Impairment(Struct, frozen=True):
    """A codec's own loss of quality, and how well it bears the network's."""

    ie: float
    bpl: float


IMPAIRMENTS: Final = {
    CodecName.PCMA: Impairment(0.0, 25.1),  # G.113, table I.4: G.711 with concealment
    CodecName.PCMU: Impairment(0.0, 25.1),
    CodecName.G722: Impairment(0.0, 25.1),  # heard here in the telephone's band, like G.711
    CodecName.OPUS: Impairment(5.0, 30.0),  # not in G.113: our estimate at 24 kbit/s with FEC
}


def rating(codec: CodecName, lost_share: float, delay_ms: float) -> float:
    """R, from 0 to 93.2; `lost_share` from 0 to 1, `delay_ms` from mouth to ear."""
    impairment = IMPAIRMENTS[codec]
    percent = 100 * min(max(lost_share, 0.0), 1.0)
    equipment = impairment.ie + (95 - impairment.ie) * percent / (percent + impairment.bpl)
    delay = max(delay_ms, 0.0)
    slowness = 0.024 * delay + 0.11 * max(0.0, delay - SHORT_DELAY_MS)
    return max(0.0, DEFAULT_R - slowness - equipment)


def mean_opinion(r: float) -> float:
    """The mean opinion score of an R (G.107, annex B)."""
    if r <= 0:
        return MOS_MIN
    if r >= 100:
        return MOS_MAX
    return max(MOS_MIN, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
