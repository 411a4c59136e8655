"""How far a journey's time strays: P10 to P90 around the reckoned time, never a single promise.

Driving times over their reckoning are close to log-normal: a factor, not a number of seconds. The
table is by profile and part of the day; seeds until the centre's own journeys have calibrated it
(`calibration.spread_of`).
"""

import math
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from kentongan.edge.geo.network.profiles import BANDS, PROFILES, Band, Profile

Z_P90: Final = 1.2815515655446004
"""The standard normal's 90th percentile; P10 is its negative."""

_SIGMA: Final = {
    Profile.AMBULANCE: (0.18, 0.24, 0.34),
    Profile.FIRE_ENGINE: (0.18, 0.25, 0.36),
    Profile.MOTORCYCLE: (0.16, 0.20, 0.25),
    Profile.POLICE_CAR: (0.18, 0.24, 0.33),
    Profile.PLAIN: (0.20, 0.30, 0.42),
}
"""Standard deviation of the logarithm by night, day and peak. Seeds to calibrate."""


class Spread(Struct, frozen=True, kw_only=True, eq=False):
    """Mean and standard deviation of ln(driven / reckoned), by profile and band."""

    mu: NDArray[np.float64]
    sigma: NDArray[np.float64]

    def factors(self, profile: Profile, band: Band) -> tuple[float, float]:
        """What P10 and P90 are over the reckoned time."""
        at = PROFILES.index(profile), BANDS.index(band)
        mu, sigma = float(self.mu[at]), float(self.sigma[at])
        return math.exp(mu - Z_P90 * sigma), math.exp(mu + Z_P90 * sigma)


def seed_spread() -> Spread:
    """The table above, unbiased."""
    sigma = np.array([_SIGMA[profile] for profile in PROFILES])
    return Spread(mu=np.zeros_like(sigma), sigma=sigma)
