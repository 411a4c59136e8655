"""Sealed recordings in tests: a key, and the sound of a file by side."""

import base64
from pathlib import Path

import numpy as np

from kentongan.media.seal_keys import SegmentKey
from kentongan.media.seal_read import SealedRecording

KEY = SegmentKey("5e" * 16, bytes(range(32)))
KEY_FIELDS = {"key_id": KEY.id, "key": base64.b64encode(KEY.secret).decode()}
"""What `create` wants besides a file's name."""

Sides = np.ndarray[tuple[int, int], np.dtype[np.int16]]


def sides_of(path: str | Path, key: SegmentKey = KEY) -> Sides:
    """The samples of a recording: left and right."""
    with SealedRecording(Path(path), key) as recording:
        assert recording.header.rate_hz == 8000
        data = b"".join(recording.pieces())
    return np.frombuffer(data, "<i2").reshape(-1, 2)
