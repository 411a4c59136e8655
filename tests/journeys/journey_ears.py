"""How loud a tone is in what somebody heard. Knows no browser and no telephone."""

import numpy as np
import numpy.typing as npt

PIECE_S = 0.1


def level_in(samples: npt.ArrayLike, frequency_hz: float, rate_hz: float = 8_000) -> float:
    """A tone's peak, as the median over pieces of 100 ms; 0 where too little was heard.

    A frame that came late to a busy machine shifts the phase: that spoils one piece, and not all.
    Tones of multiples of 10 Hz do not leak into each other.
    """
    heard = np.asarray(samples, float)
    size = round(rate_hz * PIECE_S)
    count = len(heard) // size
    if count == 0:
        return 0.0
    pieces = heard[-count * size :].reshape(count, size)
    turns = np.exp(-2j * np.pi * frequency_hz / rate_hz * np.arange(size))
    return float(np.median(2 * np.abs(pieces @ turns) / size))
