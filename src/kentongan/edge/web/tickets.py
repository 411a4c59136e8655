"""Tickets to hear a recording: given after the access check, good for one listening of one person.

A ticket must be used soon, by the session it was given to. A request for all of it uses it up at
once. A player asks piece by piece (Range), so pieces are given until the recording could have been
heard once at leisure; then it is over, and whoever wants to hear it again says again why. Kept in
memory: after a restart of the web process the page asks for a new one.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct

from kentongan.media.seal_keys import SegmentKey
from kentongan.media.stereo import FRAME_BYTES

UNUSED_S: Final = 60.0
"""How long a ticket waits for its first use, seconds: a click, not a bookmark."""

LEISURE_S: Final = 300.0
"""What a listener may spend on pausing and going back, beyond the recording's own length."""

TICKETS_MAX: Final = 500
"""Tickets at once; a room of 200 desks never has so many. The oldest gives way."""


class Sound(Struct, frozen=True, kw_only=True):
    """What may be heard: the first `good_bytes` of a segment. Each listener opens the file."""

    path: Path
    key: SegmentKey
    rate_hz: int
    good_bytes: int

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.good_bytes / (self.rate_hz * FRAME_BYTES)


class Ticket(Struct, kw_only=True):
    """This sound may be heard by this session until then."""

    session: str
    sound: Sound
    until: datetime
    is_begun: bool = False


class Tickets:
    """The tickets of this process. Used on the event loop only."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._tickets: dict[str, Ticket] = {}

    def give(self, session: str, sound: Sound) -> tuple[str, datetime]:
        """A new ticket's name, which cannot be guessed, and until when it must be used."""
        self._sweep()
        while len(self._tickets) >= TICKETS_MAX:
            del self._tickets[next(iter(self._tickets))]
        name = secrets.token_urlsafe(24)
        until = self._clock() + timedelta(seconds=UNUSED_S)
        self._tickets[name] = Ticket(session=session, sound=sound, until=until)
        return name, until

    def find(self, name: str, session: str) -> Sound | None:
        """What may be heard piece by piece; None when it is over or somebody else's."""
        self._sweep()
        ticket = self._tickets.get(name)
        if ticket is None or not secrets.compare_digest(ticket.session, session):
            return None
        if not ticket.is_begun:
            ticket.is_begun = True
            ticket.until = self._clock() + timedelta(seconds=ticket.sound.seconds + LEISURE_S)
        return ticket.sound

    def take(self, name: str, session: str) -> Sound | None:
        """What may be heard as a whole, once; None when it is over or somebody else's."""
        sound = self.find(name, session)
        if sound is not None:
            del self._tickets[name]
        return sound

    def _sweep(self) -> None:
        now = self._clock()
        for name in [name for name, ticket in self._tickets.items() if ticket.until <= now]:
            del self._tickets[name]
