"""The folder of recordings and the key of the centre: opens segments, removes them, looks at space.

It knows files and keys, not calls: what may be opened, by whom and why, is decided before. A name
that would lead out of the folder is no segment.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Final

from msgspec import Struct

from kentongan.media.seal_keys import SegmentKey, load_centre_key
from kentongan.media.seal_read import SealedRecording

NAME: Final = re.compile(r"[A-Za-z0-9_@:-][A-Za-z0-9_@:.-]{0,200}\Z")


class Space(Struct, frozen=True):
    """The disk of the recordings, in octets."""

    free_bytes: int
    total_bytes: int

    @property
    def free_percent(self) -> float:
        """How much of it is free."""
        return 100 * self.free_bytes / self.total_bytes if self.total_bytes else 0.0


class Archive:
    """One centre's recordings. Every method may be called from any thread."""

    def __init__(self, folder: Path, key_file: Path) -> None:
        self._folder = folder
        self._key_file = key_file

    def path_of(self, segment: str) -> Path:
        """The file of a segment; `FileNotFoundError` for what is no name of one."""
        if not NAME.match(segment):
            raise FileNotFoundError(segment[:100])
        return self._folder / segment

    def key_of(self, key_id: str, sealed: bytes) -> SegmentKey:
        """A segment's key; `KeyRefusedError` when the centre's key does not open it."""
        return load_centre_key(self._key_file).open(key_id, sealed)

    def open(self, segment: str, key_id: str, sealed: bytes) -> SealedRecording:
        """A segment to be read.

        Raises `KeyRefusedError`, `SealError` when it is not what was recorded, or `OSError`.
        """
        return SealedRecording(self.path_of(segment), self.key_of(key_id, sealed))

    def has(self, segment: str) -> bool:
        """Whether its file is there."""
        try:
            return self.path_of(segment).exists()
        except FileNotFoundError:
            return False

    def remove(self, segment: str) -> bool:
        """Take the file away; whether there was one. `OSError` when the disk does not let it."""
        try:
            self.path_of(segment).unlink()
        except FileNotFoundError:
            return False
        return True

    def names(self) -> frozenset[str]:
        """Every file of the folder; none when it is not there."""
        try:
            return frozenset(entry.name for entry in os.scandir(self._folder))
        except FileNotFoundError:
            return frozenset()

    def space(self) -> Space | None:
        """The disk's space; None when the folder cannot be reached."""
        try:
            usage = shutil.disk_usage(self._folder)
        except OSError:
            return None
        return Space(usage.free, usage.total)
