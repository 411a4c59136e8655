"""Fields of a command that nobody reads: its sender is of another version, and is told.

Such a command is done all the same, as far as it is known: a page or a device that is newer or
older than the server by one optional field goes on taking calls, and what a device kept for hours
is not refused for one. But it hears by name what did not count, and the log has how often.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from typing import Final, cast

import msgspec
from msgspec import Struct

NAMED_MAX: Final = 8
"""Fields named in one answer."""

NAME_CHARACTERS_MAX: Final = 80
"""Longest name told; the sender chose it."""

KINDS_MAX: Final = 100
"""Different fields counted by name; more count as one."""

_OTHERS: Final = "others"

_log = logging.getLogger(__name__)


def unread(body: bytes, read: Struct) -> tuple[str, ...]:
    """Names of the fields that `body` has and `read`, which was decoded from it, does not.

    Each is the way to it, as `command.place.floor`; at most `NAMED_MAX`. What is nested too deep
    to be looked at is named as a whole, `JSON`.
    """
    try:
        found = _beside(msgspec.json.decode(body), read, "")
        names = [name for name, _ in zip(found, range(NAMED_MAX), strict=False)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # in what nobody reads
        return ("JSON",)
    return tuple(name[:NAME_CHARACTERS_MAX] for name in names)


class UnreadFields:
    """How often which field was not read, since this process began."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def note(self, kind: str, names: tuple[str, ...]) -> None:
        """Counts them; the log has the first of each, the tenth, the hundredth and so on."""
        for name in names:
            field = f"{kind} {name}"
            if field not in self.counts and len(self.counts) >= KINDS_MAX:
                field = _OTHERS
            self.counts[field] += 1
            count = self.counts[field]
            if count == 10 ** (len(str(count)) - 1):
                _log.warning("a field of another version is not read: %r, count %d", field, count)


def _beside(sent: object, read: object, way: str) -> Iterator[str]:
    if isinstance(read, Struct) and isinstance(sent, dict):
        names = dict(zip(read.__struct_encode_fields__, read.__struct_fields__, strict=True))
        for key, value in cast("dict[str, object]", sent).items():
            if key in names:
                yield from _beside(value, getattr(read, names[key]), f"{way}{key}.")
            elif key != read.__struct_config__.tag_field:
                yield f"{way}{key}"
    elif isinstance(read, tuple) and isinstance(sent, list):
        pairs = zip(cast("list[object]", sent), cast("tuple[object]", read), strict=False)
        for one, other in pairs:
            yield from _beside(one, other, way)
    elif isinstance(read, dict) and isinstance(sent, dict):
        of_key = cast("dict[str, object]", sent)
        for key, other in cast("dict[str, object]", read).items():
            yield from _beside(of_key.get(key), other, f"{way}{key}.")
