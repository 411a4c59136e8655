"""One address of the API: what `addresses` lists."""

from typing import Any

from msgspec import Struct


class Operation(Struct, frozen=True, kw_only=True):
    """One address. `answer` None means no JSON; `many` a list of it."""

    method: str
    path: str
    summary: str
    answer: Any = None
    body: Any = None
    many: bool = False
    query: tuple[str, ...] = ()
