"""Which city is in use: the imported version, else the prepared synthetic one, else bare names.

A thread of low priority looks every second: an import that switched is loaded beside the city in
use and takes over when it is whole; a version that cannot be read is told and left alone, and what
was in use goes on. What takes long (making the synthetic city, compiling the road search, drawing
the map) is done by a child process that steps back as far, so that answers never wait for it.
"""

import logging
import os
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import msgspec

from kentongan.cities.pack import CityPack
from kentongan.edge.geo.gazetteer.gazetteer import GazetteerBroken
from kentongan.edge.geo.imported.versions import SYNTHETIC, CityVersions, Version, VersionFiles
from kentongan.edge.geo.network.compiled import is_kept
from kentongan.edge.geo.network.profiles import Profile, SirenRules
from kentongan.edge.geo.network.road_network import NetworkBroken
from kentongan.edge.geo.served.city import City
from kentongan.edge.geo.served.prepared import SyntheticCity
from kentongan.edge.geo.served.told import Tellers
from kentongan.edge.geo.speeds.files import SpeedFiles, SpeedsBroken
from kentongan.geography import CityShown

LOOK_S: Final = 1.0
"""Between two looks for another version, seconds."""

NICE: Final = 10
"""How far loading steps back behind calls and screens (nice)."""

PREPARE_AFTER_S: Final = 4.0
"""How long after the start the child is let loose, seconds: the centre's start comes first."""

PREPARE_AGAIN_S: Final = 60.0
"""Pause after a child that failed, seconds."""

AFTER_FAULT_S: Final = 30.0
"""Pause after a fault of our own, seconds: what failed takes long to load, and would fail again."""

UNREADABLE: Final = (
    GazetteerBroken,
    NetworkBroken,
    msgspec.MsgspecError,
    OSError,
    EOFError,
    BadZipFile,
    ValueError,  # arrays that do not fit each other, half a character
    LookupError,  # a number that points outside of them
    MemoryError,
)
"""What a file of a city raises that does not hold what it should. Anything else is our own fault:
the version is not blamed for it."""

_log = logging.getLogger(__name__)


class CityKeeper:
    """The city in use. `prepare` is the command of the child; `changed` is called after every
    change, on the keeper's thread."""

    def __init__(
        self,
        data: Path,
        pack: CityPack,
        offset: timedelta,
        rules: Mapping[Profile, SirenRules],
        tellers: Tellers,
        prepare: tuple[str, ...],
        changed: Callable[[], None],
    ) -> None:
        """Raises `ImportRefused` when the pack's key names no folder."""
        self.city: City | None = None
        self._pack = pack
        self._offset = offset
        self._rules = rules
        self._versions = CityVersions(data, pack.city.key)
        self._synthetic = SyntheticCity(data, pack)
        self._speeds = SpeedFiles(self._versions.folder)
        self._speeds_of: tuple[City | None, str] = (None, "")
        self._speeds_problem = ""
        self._tellers = tellers
        self._prepare = prepare
        self._changed = changed
        self._broken: dict[str, str] = {}
        self._link = ""
        self._imported: Version | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._child_from = time.monotonic() + PREPARE_AFTER_S
        self._has_failed = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="city", daemon=True)
        self._shown: tuple[CityShown, str] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Stop looking; a child at work is ended, and leaves nothing half-made in use."""
        self._stopping.set()
        if self._child is not None:
            self._child.terminate()

    def shown(self) -> tuple[CityShown, str] | None:
        """What is said of the city in use, and the path of its map; None before the first look."""
        return self._shown

    # --- on the keeper's thread --------------------------------------------------------------

    def _run(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        while not self._stopping.is_set():
            pause_s = LOOK_S
            try:
                self.look()
            except Exception:  # noqa: BLE001 - outermost loop: told, then on with what there is
                _log.exception("looking after the city failed; what is in use goes on")
                pause_s = AFTER_FAULT_S
            self._stopping.wait(pause_s)

    def look(self) -> None:
        """One look: load, switch, prepare, tell."""
        for files in self._candidates():
            if self._use(files):
                break
        self._look_after_speeds()
        self._look_after_child()
        self._tell()

    def _candidates(self) -> list[VersionFiles | None]:
        """What could be in use, best first: the version that the link names, what is in use
        already, older versions, the synthetic city, and the pack alone."""
        found: list[VersionFiles | None] = []
        if (current := self._current()) is not None:
            found.append(current)
        if self._is_synthetic_wanted and self._synthetic.is_there:
            return [self._synthetic, None]
        if self.city is not None and isinstance(self.city.files, Version):
            found.append(self.city.files)
        elif self._link in self._broken:
            found += self._versions.all()
        if self._synthetic.is_there:
            found.append(self._synthetic)
        return [one for one in found if one is None or one.name not in self._broken] + [None]

    def _current(self) -> Version | None:
        """The version that the link names; one that cannot be read is remarked once."""
        newer = self._versions.poll()
        if newer is not None:
            self._imported = newer
            self._broken.pop(newer.name, None)  # switched to anew: perhaps it was mended
        self._link = self._versions.named()
        if self._imported is not None and self._imported.name == self._link:
            return self._imported
        if self._link not in ("", SYNTHETIC) and self._link not in self._broken:
            self._refuse(self._link, "its manifest cannot be read")
        return None

    @property
    def _is_synthetic_wanted(self) -> bool:
        """Whether somebody went back to the pack's own city. What is in use goes on until that is
        made."""
        return self._link == SYNTHETIC

    def _use(self, files: VersionFiles | None) -> bool:
        """Let that city be in use, or go on being; False when it cannot be."""
        before = city = self.city
        name = "" if files is None else files.name
        try:
            if city is None or city.name != name:
                city = City(self._pack, self._offset, files, self._rules)
                if self.city is None or self.city.driving is None:
                    self.city = city  # names answer while roads are loaded
                    self._tell()
            if city.driving is None and files is not None and self._may_load():
                city.load_roads(self._tellers.now)
        except UNREADABLE as error:
            self._refuse(name, str(error) or type(error).__name__)
            if self.city is not before:  # its names have answered already
                self.city = before
            return False
        if city.driving is not None or self.city is None:
            self.city = city
        return True

    def _may_load(self) -> bool:
        """Not before the child has compiled: it would be done here, in the way of answers."""
        return is_kept() or self._has_failed or not self._prepare

    def _refuse(self, name: str, why: str) -> None:
        self._broken[name] = why
        _log.error("city %s is not used: %s", name or "of the pack", why, exc_info=True)

    def _look_after_speeds(self) -> None:
        """Take up the newest speeds, once for each city and file; broken ones are told and left,
        and what was driven by before goes on."""
        city, name = self.city, self._speeds.newest()
        if city is None or city.driving is None or (city, name) == self._speeds_of:
            return
        self._speeds_of = (city, name)
        self._speeds_problem = ""
        if not name and city.speeds is None:
            return
        try:
            city.take_speeds(self._speeds.read(name) if name else None, name)
            _log.info("speeds in use: %s", name or "the table's")
        except SpeedsBroken as error:
            self._speeds_problem = str(error)
            _log.error("speeds are not used: %s", error)

    def _look_after_child(self) -> None:
        now = time.monotonic()
        if self._child is not None:
            code = self._child.poll()
            if code is None:
                return
            self._child = None
            self._has_failed = code != 0
            self._child_from = now + PREPARE_AGAIN_S
            if code:
                again = PREPARE_AGAIN_S
                _log.error("preparing the city ended with %d; again in %.0f s", code, again)
        is_imported = self.city is not None and isinstance(self.city.files, Version)
        is_imported = is_imported and not self._is_synthetic_wanted
        is_whole = is_kept() and (is_imported or self._synthetic.has_map)
        if self._prepare and not is_whole and now >= self._child_from:
            self._child = subprocess.Popen(  # noqa: S603 - our own command
                self._prepare, stdin=subprocess.DEVNULL
            )

    def _tell(self) -> None:
        """Say so when anything that is shown has changed."""
        if self.city is None:
            return
        why = self._broken.get(self._link, "")
        problem = f"{self._link}: {why}" if why and self._link else self._speeds_problem
        shown = self.city.shown(problem), self.city.tiles
        if shown != self._shown:
            self._shown = shown
            _log.info("city in use: %s", shown[0])
            self._changed()
