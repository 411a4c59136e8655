"""Runs the switch alone: `python -m kentongan.edge.switch --settings JSON --store URL`."""

import argparse
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from kentongan.cities.pack import load, packaged
from kentongan.edge.switch.process import run
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.switch.wiring import city_of, door_to
from kentongan.store.open import open_store


def prepared(arguments: Sequence[str] | None = None) -> Callable[[], None]:
    """Read everything that these words name; what is returned serves until SIGTERM."""
    parser = argparse.ArgumentParser(description="Run one switch process.")
    parser.add_argument("--settings", required=True, help="SwitchSettings as JSON")
    parser.add_argument("--store", required=True, help="where the journal is, e.g. sqlite:PATH")
    parser.add_argument("--city", type=Path, default=packaged(), help="folder of the city pack")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = msgspec.json.decode(chosen.settings, type=SwitchSettings)
    city = city_of(load(chosen.city), chosen.city, hold_sound=settings.hold_sound)
    return lambda: run(settings, city, door_to(lambda: open_store(chosen.store), city.plans))


def main() -> None:
    """Read the command line and serve."""
    prepared()()


if __name__ == "__main__":
    main()
