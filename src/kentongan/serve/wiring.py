"""What every process needs at its start: the city pack, the plans, the clock."""

import contextlib
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from kentongan.app.pack_in_use import Edition, PackInUse, edition_of, known_pack, load_edition
from kentongan.app.ports import Unavailable
from kentongan.cities.pack import CityPack, PackError, packaged
from kentongan.settings import Settings
from kentongan.store.errors import StoreDamaged
from kentongan.store.open import open_store

_log = logging.getLogger(__name__)

KEPT = "pack-in-use.json"
"""The version in use as it was when the store was last asked: a store that is away at the start of
a process must not bring yesterday's limits back."""


def load_pack(settings: Settings) -> CityPack:
    """The city pack in use; ends the process with every mistake named when it cannot be read."""
    return pack_in_use(settings).pack


def pack_in_use(settings: Settings) -> PackInUse:
    """The version in use; ends the process when the pack on disk cannot be read."""
    edition = _edition(settings)
    try:
        found = load_edition(pack_directory(settings), edition)
    except PackError as error:
        print(error.to_text(), file=sys.stderr)
        raise SystemExit(2) from None
    for problem in found.problems:
        _log.critical("pack version %d is not used: %s", found.number, problem.to_text())
    return found


def told_pack(settings: Settings) -> PackInUse:
    """The version in use; the log says which protocols nobody signed, and what becomes of them."""
    found = pack_in_use(settings)
    drafts = [f"{one.code} v{one.version}" for one in found.pack.protocols if one.is_draft]
    if drafts:
        fate = "withheld on duty" if found.plans.withholds_unsigned else "used on duty all the same"
        _log.warning("%d protocols are not signed (%s): %s", len(drafts), fate, ", ".join(drafts))
    return found


def loader_of(settings: Settings) -> Callable[[Edition], PackInUse]:
    """Loads a version of the pack for a process that goes on. Raises `PackError`."""

    def load(edition: Edition) -> PackInUse:
        _keep(settings, edition)
        return load_edition(pack_directory(settings), edition)

    return load


def pack_directory(settings: Settings) -> Path:
    """The folder of the city pack on disk."""
    return Path(settings.city_pack) if settings.city_pack else packaged()


def utc_now() -> datetime:
    """The server's clock: the one that counts."""
    return datetime.now(UTC)


def _edition(settings: Settings) -> Edition:
    """What the journal says; what it said last when it cannot be asked."""
    if not has_store(settings.store_url):
        return Edition()
    try:
        store = open_store(settings.store_url)
    except (Unavailable, StoreDamaged) as broken:
        _log.warning("the version of the pack is the one known last: %s", broken)
        return _kept(settings)
    try:
        edition = edition_of(known_pack(store))
    except (Unavailable, StoreDamaged) as broken:
        _log.warning("the version of the pack is the one known last: %s", broken)
        return _kept(settings)
    finally:
        store.close()
    _keep(settings, edition)
    return edition


def has_store(url: str) -> bool:
    """A database file that is not there yet is not made by looking for it."""
    return not url.startswith("sqlite:") or Path(url.removeprefix("sqlite:")).exists()


def _keep(settings: Settings, edition: Edition) -> None:
    """Written whole under another name first: a process may be killed at any moment."""
    if not edition.number and not edition.signatures:
        return
    file = settings.state_path / KEPT
    part = file.with_suffix(".part")
    with contextlib.suppress(OSError):  # a full disk: the journal still has it
        part.write_bytes(msgspec.json.encode(edition))
        part.replace(file)


def _kept(settings: Settings) -> Edition:
    try:
        raw = (settings.state_path / KEPT).read_bytes()
        return msgspec.json.decode(raw, type=Edition)
    except (OSError, msgspec.DecodeError):
        return Edition()
