"""The `[watch]` part of the settings: what the centre looks at of itself, for alarm A-11."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

PARTS: Final = ("switch", "web", "geo", "disk")
"""What can be looked at without further settings."""

_HOURS_MAX: Final = 24 * 366


class WatchSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `work` watches. `parts` are those on the same machine; leave out what is elsewhere.

    The disk is that of the state folder, nearly full below `disk_free_percent`. With `backup_dir`
    its newest file must not be older than `backup_hours`. With `ntp` the clock is compared with
    that server's (RFC 5905) and may be off by `clock_s` seconds.
    """

    parts: tuple[str, ...] = PARTS
    disk_free_percent: float = 5.0
    backup_dir: str = ""
    backup_hours: float = 26.0
    ntp: str = ""
    clock_s: float = 2.0


def faults_of_watch(settings: WatchSettings) -> Iterator[str]:
    """What cannot be, in words."""
    unknown = [part for part in settings.parts if part not in PARTS]
    if unknown:
        yield f"watch.parts: {unknown[0]!r} is none of {', '.join(PARTS)}"
    if not 0 < settings.disk_free_percent < 100:
        yield "watch.disk_free_percent must be above 0 and below 100"
    if not 0 < settings.backup_hours <= _HOURS_MAX:
        yield f"watch.backup_hours must be above 0 and at most {_HOURS_MAX}"
    if not settings.clock_s > 0:
        yield "watch.clock_s must be above 0"
