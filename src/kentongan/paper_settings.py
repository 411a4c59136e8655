"""The `[paper]` part of the settings: the pack that a room prints when no screen works."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

EVERY_S_MIN: Final = 30.0
KEPT_MAX: Final = 1_000


class PaperSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A pack each `every_s` seconds in `folder`, the newest `kept` of them; 0 makes none.

    `folder` is `paper` in the state folder unless it is given: best on another machine's disk.
    """

    folder: str = ""
    every_s: float = 300.0
    kept: int = 12
    language: str = "id"


def faults_of_paper(settings: PaperSettings) -> Iterator[str]:
    """What cannot be, in words."""
    if settings.every_s != 0 and not settings.every_s >= EVERY_S_MIN:
        yield f"paper.every_s must be 0 (none) or at least {EVERY_S_MIN:.0f}"
    if not 1 <= settings.kept <= KEPT_MAX:
        yield f"paper.kept must be 1 to {KEPT_MAX}"
    if settings.language not in {"id", "en"}:
        yield "paper.language must be id or en"
