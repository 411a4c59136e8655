"""A city pack and a store as the switch wants them: lines, sounds, and the door."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from kentongan.app.city import plans_of
from kentongan.app.handle import handle
from kentongan.cities.directory import directory_of
from kentongan.cities.pack import CityPack
from kentongan.core.commands import Envelope
from kentongan.core.events import AnyEvent
from kentongan.core.plans import Plans
from kentongan.edge.switch.board import City
from kentongan.edge.switch.sounding import Sounds
from kentongan.store.tables import KeyLine
from kentongan.store.whole import WholeStore

EMERGENCY_LINE = "112"


def city_of(
    pack: CityPack, directory: Path, *, hold_sound: str = "hold", wall: Iterable[str] = ()
) -> City:
    """What the switch needs of a pack that was read from `directory`.

    `wall` names telephones that may have a call like a desk. A sound whose file is missing is
    silence. Raises `KeyError` when the pack has no line 112.
    """
    files = {
        sound.key: directory / "sounds" / sound.file
        for sound in pack.sounds
        if (directory / "sounds" / sound.file).is_file()
    }
    announcements = {key: str(file.resolve()) for key, file in files.items()}
    return City(
        plans=_with_telephones(plans_of(pack), wall),
        find_line=pack.find_line,
        emergency=pack.line_by_key[EMERGENCY_LINE],
        skills={line.key: line.skills for line in pack.lines},
        directory={contact.key: contact.number for contact in directory_of(pack)},
        sounds=_sounds(announcements, hold_sound),
        written=pack.written,
    )


def _with_telephones(plans: Plans, wall: Iterable[str]) -> Plans:
    telephones = dict.fromkeys(wall, "telephone")
    return replace(plans, desks={**plans.desks, **telephones})


def _sounds(announcements: dict[str, str], hold_sound: str) -> Sounds:
    return Sounds(
        announcements=announcements,
        hold=announcements.get(hold_sound, ""),
        ringing=announcements.get("ringing", ""),
        transfer=announcements.get("transfer", ""),
        overflow=announcements.get("overflow", ""),
    )


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
