"""The `[avl]` part of the settings: where devices report positions, and how long these are kept.

Values and their checks. Nothing listens until a port is set: a centre whose crews use the screen of
the field alone needs none of it.
"""

from collections.abc import Iterator
from datetime import timedelta

from msgspec import Struct

from kentongan.core.positions import Bounds

PORT_MAX = 65_535

KEEP_DAYS_MAX = 3_660
"""Ten years of where everybody was is more than any law asks for."""


class AvlSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Automatic vehicle location. `http_port` takes OwnTracks, Traccar and JSON over HTTP and
    WebSocket, `nmea_port` lines of NMEA 0183 over TCP; 0 means closed.

    `proxies` are addresses or networks whose X-Forwarded-For is believed. South, west, north and
    east bound the country (Indonesia): what lies outside is a receiver's mistake. `keep_days` is
    how long it is known where a unit was.
    """

    host: str = "127.0.0.1"
    http_port: int = 0
    nmea_port: int = 0
    proxies: tuple[str, ...] = ()
    south: float = -11.2
    west: float = 94.7
    north: float = 6.3
    east: float = 141.1
    keep_days: int = 90

    @property
    def is_open(self) -> bool:
        """Whether any device may report."""
        return self.http_port > 0 or self.nmea_port > 0

    @property
    def bounds(self) -> Bounds:
        """The country."""
        return Bounds(south=self.south, west=self.west, north=self.north, east=self.east)

    @property
    def kept_for(self) -> timedelta:
        """How long the history of positions is kept."""
        return timedelta(days=self.keep_days)


def faults_of_avl(settings: AvlSettings) -> Iterator[str]:
    """What cannot be, one sentence each."""
    for name in ("http_port", "nmea_port"):
        if not 0 <= getattr(settings, name) <= PORT_MAX:
            yield f"avl.{name} must be 0 (closed) to {PORT_MAX}"
    if settings.is_open and settings.http_port == settings.nmea_port:
        yield "avl.http_port and avl.nmea_port must differ"
    if not 1 <= settings.keep_days <= KEEP_DAYS_MAX:
        yield f"avl.keep_days must be 1 to {KEEP_DAYS_MAX}"
    if not -90 <= settings.south < settings.north <= 90:
        yield "avl: -90 <= south < north <= 90"
    if not -180 <= settings.west < settings.east <= 180:
        yield "avl: -180 <= west < east <= 180"
