"""What every gateway to people's telephones and mailboxes has in common.

A gateway sends one letter at a time and says what became of it: taken, or why not. It knows nothing
of incidents, ladders and ledgers, keeps no queue and never tries again by itself; all of that is
the lane's (`lane.py`), the same for all. What comes in meanwhile, receipts and messages, it hands
out when it is asked.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, Protocol

from msgspec import Struct

SAID_CHARACTERS_MAX: Final = 200
"""Of a gateway's own words, what is kept: enough to find its documentation by."""

GATHERED_MAX: Final = 1_000
"""Receipts and messages a gateway holds until it is asked; a second of the busiest."""


class Letter(Struct, frozen=True, kw_only=True):
    """What to send. `id` is ours and is given to a gateway that recognises repetitions by it;
    `about` says what it is (`Delivery.about`) where a gateway words letters apart."""

    id: str
    to: str
    text: str
    title: str = ""
    about: str = ""
    expires_s: float = 600.0


class Taken(Struct, frozen=True, kw_only=True):
    """The gateway has it. `ids` are its names of the parts, `cost` its own words.

    `is_over`: no receipt will come.
    """

    ids: tuple[str, ...] = ()
    said: str = ""
    cost: str = ""


class NotSent(Exception):  # noqa: N818 - an answer
    """The gateway has not taken it, or it is not known whether it has (`is_unsure`).

    `why` is a key, `said` the gateway's own words. `is_lasting`: the same letter will be refused
    again. `is_gateway`: the gateway is to blame, not the letter, which counts against it.
    `pause_s`: how long it wants to be left alone.
    """

    def __init__(
        self,
        why: str,
        said: str = "",
        *,
        is_lasting: bool = False,
        is_unsure: bool = False,
        is_gateway: bool = True,
        pause_s: float | None = None,
    ) -> None:
        super().__init__(f"{why}: {said}" if said else why)
        self.why = why
        self.said = clipped(said)
        self.is_lasting = is_lasting
        self.is_unsure = is_unsure
        self.is_gateway = is_gateway and not is_lasting
        self.pause_s = pause_s

    @property
    def is_too_fast(self) -> bool:
        """Whether the gateway is well and only wants a pause."""
        return self.why in ("throttled", "queue_full")


class ReceiptIn(Struct, frozen=True, kw_only=True):
    """What a gateway says became of a part. `names`: all names it may mean."""

    gateway: str
    names: tuple[str, ...]
    outcome: Literal["accepted", "delivered", "read", "failed"]
    why: str = ""
    said: str = ""
    cost: str = ""


class TextIn(Struct, frozen=True, kw_only=True):
    """A message from a telephone. `id` is the gateway's, or made of what was said and when."""

    gateway: str
    id: str
    source: str
    text: str
    sent_at: datetime | None = None


AnyIn = ReceiptIn | TextIn


class Gateway(Protocol):
    """One way out. Used by one thread per letter, at most `at_once` of them."""

    @property
    def name(self) -> str:
        """Its name in the settings."""
        ...

    @property
    def at_once(self) -> int:
        """Letters it may be given at the same time."""
        ...

    def send(self, letter: Letter) -> Taken:
        """Hand the letter over, within half a minute; raises `NotSent`."""
        ...

    def gathered(self) -> Sequence[AnyIn]:
        """What came in since it was asked last."""
        ...

    @property
    def trouble(self) -> NotSent | None:
        """What is wrong with its line now, where it holds one open."""
        ...

    def close(self) -> None:
        """Let go of its connections."""
        ...


def clipped(said: str) -> str:
    """A gateway's words as they are kept: printable, and not too many."""
    shown = "".join(sign if sign.isprintable() else " " for sign in said[: 2 * SAID_CHARACTERS_MAX])
    return " ".join(shown.split())[:SAID_CHARACTERS_MAX]
