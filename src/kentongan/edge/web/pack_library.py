"""The files of pack versions as they were read last: a page asks for table after table of one."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from kentongan.cities.files import PackFiles
from kentongan.cities.pack import read_checked

KEPT_MAX: Final = 3
"""Versions whose files stay read: a page asks for table after table of the same one."""


class PackLibrary:
    """The files of versions that were read: a version never changes. Used on worker threads."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._read: OrderedDict[int, PackFiles] = OrderedDict()
        self._reading = threading.Lock()

    def files(self, number: int, overlay: Mapping[str, str]) -> PackFiles:
        """The files of that version. Raises `PackError`."""
        with self._reading:  # whoever asks meanwhile waits instead of reading the same
            known = self._read.get(number)
            if known is None:
                known = read_checked(self._directory, overlay)
                self._read[number] = known
                while len(self._read) > KEPT_MAX:
                    self._read.popitem(last=False)
            self._read.move_to_end(number)
            return known
