"""What every process needs at its start: the city pack, the plans, the clock."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from kentongan.cities.pack import CityPack, PackError, load, packaged
from kentongan.settings import Settings


def load_pack(settings: Settings) -> CityPack:
    """The city pack in use; ends the process with every mistake named when it cannot be read."""
    try:
        return load(pack_directory(settings))
    except PackError as error:
        print(error.to_text(), file=sys.stderr)
        raise SystemExit(2) from None


def pack_directory(settings: Settings) -> Path:
    """The folder of the city pack in use."""
    return Path(settings.city_pack) if settings.city_pack else packaged()


def utc_now() -> datetime:
    """The server's clock: the one that counts."""
    return datetime.now(UTC)
