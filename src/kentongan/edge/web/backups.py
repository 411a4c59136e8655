"""What is known of the centre's backups, and who keeps them: `serve.backups`, or nobody."""

from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

Work = Literal["backup", "check"]


class BackupFile(Struct, frozen=True, kw_only=True):
    """A backup. `made_at` and `events` are None where its table of contents cannot be read.

    `is_whole` is what the last proof said: every octet by its digest, and the chain of the journal.
    """

    name: str
    octets: int
    made_at: datetime | None = None
    events: int | None = None
    checked_at: datetime | None = None
    is_whole: bool | None = None
    problem: str = ""


class BackupWork(Struct, frozen=True, kw_only=True):
    """What is being done, or what failed last."""

    what: Work
    name: str
    since: datetime
    problem: str = ""


class BackupsShown(Struct, frozen=True, kw_only=True):
    """The newest first; `folder` as the server's keeper knows it."""

    folder: str
    files: tuple[BackupFile, ...]
    kept_most: int
    free_octets: int
    running: BackupWork | None = None
    failed: BackupWork | None = None


class Backups(Protocol):
    """The folder of backups. What takes long is a process of its own, at the lowest priority."""

    def shown(self) -> BackupsShown:
        """What is there now. Looks at the disk: not on the event loop."""
        ...

    async def start(self) -> None:
        """Begin a backup; raises `Problem` while another is made, or without room for it."""
        ...

    async def check(self, name: str) -> None:
        """Begin to prove that one; raises `Problem`, 404 for a name that is none of ours."""
        ...

    def stop(self) -> None:
        """End what is being done; nothing half-made stays."""
        ...
