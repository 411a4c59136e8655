"""What the driver of the media processes asks of whoever knows the calls, and tells them."""

from typing import Protocol

from kentongan.core.words import CallId, DeskKey
from kentongan.edge.switch.bridge import WantedBridge
from kentongan.edge.switch.prompting import Once
from kentongan.media import protocol


class Owner(Protocol):
    """Who knows the calls. Called from the event loop, never re-entered."""

    def wanted(self, call: CallId) -> WantedBridge | None:
        """How the call should sound; None when it is over or unknown."""
        ...

    async def begin_segment(self, call: CallId) -> protocol.Create:
        """A bridge is about to be made: with a new segment, whose key is on disk by then."""
        ...

    def placed(self, call: CallId, leg: str, ip: str, port: int, epoch: str) -> None:
        """That telephone's leg has this media address of ours, in the process of that epoch."""
        ...

    def text_placed(self, call: CallId, ip: str, port: int) -> None:
        """The caller's text line has this address of ours."""
        ...

    def refused(self, call: CallId, step: protocol.AnyCommand, key: str) -> None:
        """The process will not do this; the next attempt is in a second."""
        ...

    def carried_out(self, call: CallId, step: protocol.AnyCommand) -> None:
        """The process did this."""
        ...

    def said(self, call: CallId, command: Once) -> None:
        """The process took what is heard or read once."""
        ...

    def plays(self, call: CallId, files: tuple[str, ...]) -> None:
        """A process met again plays this to the caller."""
        ...

    def pages_heard(self, call: CallId, desks: tuple[DeskKey, ...]) -> None:
        """These pages are connected."""
        ...

    def pages_missing(self, call: CallId, desks: tuple[DeskKey, ...]) -> None:
        """These pages must offer again."""
        ...

    def heard(self, epoch: str, event: protocol.AnyEvent) -> None:
        """The process says what happened; epoch and number tell a repeated event."""
        ...

    def room_told(self, shard: int, bridges_max: int) -> None:
        """The process says how many calls it carries."""
        ...

    def carries(self, shard: int) -> int:
        """How many calls that process carries, as far as is known."""
        ...

    def calls_of(self, shard: int) -> tuple[CallId, ...]:
        """The calls in that process, also those over whose bridge may still be there."""
        ...

    def process_lost(self, shard: int) -> None:
        """The line to that process broke; as a rule because it died."""
        ...

    def process_found(self, shard: int, recording: frozenset[str], epoch: str) -> None:
        """A process not met before; it writes these files and no others of that shard's calls."""
        ...
