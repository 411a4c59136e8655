"""A city pack and a store as the switch wants them: lines, sounds, and the door."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.cities.directory import directory_of, telephones_of
from kentongan.cities.pack import CityPack
from kentongan.core.commands import Envelope
from kentongan.core.events import AnyEvent
from kentongan.core.plans import Plans
from kentongan.edge.switch.announcements import Sounds
from kentongan.edge.switch.board import City
from kentongan.store.tables import KeyLine
from kentongan.store.whole import WholeStore

EMERGENCY_LINE = "112"


def city_of(
    pack: CityPack, directory: Path, *, hold_sound: str = "hold", wall: Iterable[str] = ()
) -> City:
    """What the switch needs of a pack that was read from `directory`.

    `wall` names telephones that may have a call like a desk. A sound whose file is missing is
    left out, and stands in `missing_sounds`. Raises `KeyError` when the pack has no line 112.
    """
    sounds = _sounds(pack, directory / "sounds", hold_sound)
    return City(
        plans=_with_telephones(plans_of(pack), wall),
        find_line=pack.find_line,
        emergency=pack.line_by_key[EMERGENCY_LINE],
        lines=pack.line_by_key,
        directory=directory_by_key(pack),
        sounds=sounds,
        missing_sounds=tuple(sounds.missing(pack.lines)),
        written=pack.written,
    )


def directory_by_key(pack: CityPack) -> dict[str, str]:
    """Numbers or SIP addresses of a pack that may be rung, by key."""
    contacts = {contact.key: contact.number for contact in directory_of(pack)}
    return telephones_of(pack) | contacts


def _with_telephones(plans: Plans, wall: Iterable[str]) -> Plans:
    telephones = dict.fromkeys(wall, "telephone")
    return replace(plans, desks={**plans.desks, **telephones})


def _sounds(pack: CityPack, folder: Path, hold: str) -> Sounds:
    files: dict[str, str] = {}
    spoken: dict[str, dict[str, str]] = {}
    for sound in pack.sounds:
        file = folder / sound.file
        if file.is_file():
            files[sound.key] = str(file.resolve())
            spoken.setdefault(sound.of or sound.key, {})[sound.language] = files[sound.key]
    return Sounds(files=files, spoken=spoken, hold=hold)


class StoreDoor:
    """`app.handle` before a store; implements `outbox.Door`."""

    def __init__(self, store: WholeStore, plans: Plans) -> None:
        self._store = store
        self._plans = plans

    def handle(self, envelope: Envelope) -> tuple[AnyEvent, ...]:
        """Let a command in; raises `Refused`, `Busy` or `Unavailable`."""
        outcome = handle(self._store, self._plans, envelope, datetime.now(UTC))
        return tuple(recorded.event for recorded in outcome.events)

    def keep_keys(self, keys: Sequence[KeyLine]) -> None:
        """Keep sealed keys of recordings; raises `Unavailable`."""
        self._store.recording_keys.keep(keys)

    def close(self) -> None:
        """Let the store go."""
        self._store.close()


def door_to(open_store: Callable[[], WholeStore], plans: Plans) -> Callable[[], StoreDoor]:
    """How the outbox opens its door, in its own thread."""
    return lambda: StoreDoor(open_store(), plans)
