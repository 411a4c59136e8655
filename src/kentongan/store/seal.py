"""Personal text leaves events and rows before they are written, and comes back on reading.

In the journal a `core.words.Personal` is `{"sealed": "personal", "ref": …, "digest": …}`; its text
stands in a side table under the ref, with a random salt. digest = hex sha256(salt || UTF-8 text).
Erasing the text and its salt leaves the journal, and so its chain, untouched, and the digest
without the salt says nothing, not even about something as short as a telephone number.

Pure: the salt comes in from outside.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, cast

import msgspec

from kentongan.core.events import AnyEvent
from kentongan.core.rows import AnyRow
from kentongan.core.words import Refused
from kentongan.store.codec import encode, event_of
from kentongan.store.tables import Text

MARK = '"sealed":"personal"'
"""How JSON text that holds something personal is recognised without parsing it. Inside a string
the quotes would be escaped, so the mark never appears by accident."""

_NESTED = (dict, list, tuple)

Salt = Callable[[], bytes]
"""A source of random bytes, 16 at a time."""

Known = Callable[[str], Text | None]
"""Finds the stored text of a ref."""


def digest_of(salt: bytes, text: bytes) -> str:
    """The salted digest kept in the journal."""
    return sha256(salt + text).hexdigest()


def seal_event(
    event: AnyEvent, event_id: str, salt: Salt, known: Known
) -> tuple[str, AnyEvent, list[Text]]:
    """JSON for the journal, the event with its refs (text opened), and the texts to keep.

    Text that already has a ref and is unchanged keeps it, so that a number copied from the call
    into the report is erased with the call's. `Refused("unknown_text")` for a ref never given out.
    """
    try:
        data = encode(event)
    except UnicodeEncodeError:  # half a surrogate pair, from octets that were not UTF-8
        event = event_of(_readable(msgspec.to_builtins(event)))
        data = encode(event)
    if MARK not in data:
        return data, event, []
    builtins = msgspec.to_builtins(event)
    texts: list[Text] = []
    opened: list[tuple[dict[str, Any], str | None]] = []
    for item in personals(builtins):
        text = cast("str | None", item.pop("text", None))
        opened.append((item, text))
        if _is_kept(item, text, known):
            continue
        item["ref"], item["digest"] = None, None
        if text is not None:
            kept = _new_text(f"{event_id}.{len(texts) + 1}", text, salt)
            texts.append(kept)
            item["ref"], item["digest"] = kept.ref, kept.digest
    sealed = encode(builtins)
    for item, text in opened:
        item["text"] = text
    return sealed, event_of(builtins), texts


def _is_kept(item: dict[str, Any], text: str | None, known: Known) -> bool:
    """Whether the item's own ref can stay; a ref must be known with just that digest."""
    ref = cast("str | None", item.get("ref"))
    if ref is None:
        return False
    stored = known(ref)
    if stored is None or stored.digest != item.get("digest"):
        raise Refused("unknown_text", ref=ref)
    if text is None:
        return True
    return stored.salt is not None and digest_of(stored.salt, text.encode()) == stored.digest


def _new_text(ref: str, text: str, salt: Salt) -> Text:
    fresh, raw = salt(), text.encode()
    return Text(ref=ref, digest=digest_of(fresh, raw), salt=fresh, text=raw)


def _readable(value: Any) -> Any:
    """The same value with every character that UTF-8 cannot hold as a question mark."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_readable(k): _readable(v) for k, v in cast("dict[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_readable(inner) for inner in cast("Sequence[Any]", value)]
    return value


def seal_row(row: AnyRow) -> str:
    """JSON for the board, without any personal text.

    `ValueError` when the row holds text that was never sealed: a row is made from events as
    `append` or `load` returned them, never from a command.
    """
    data = encode(row)
    if MARK not in data:
        return data
    builtins = msgspec.to_builtins(row)
    for item in personals(builtins):
        if item.pop("text", None) is not None and item.get("ref") is None:
            raise ValueError("a board row holds personal text that was never sealed")
    return encode(builtins)


def refs_in(data: str) -> tuple[str, ...]:
    """The refs of the personal texts in an event's or row's JSON."""
    return () if MARK not in data else refs_of(msgspec.json.decode(data))


def refs_of(builtins: Any) -> tuple[str, ...]:
    """The refs of the personal texts in plain dicts and lists."""
    return tuple(item["ref"] for item in personals(builtins) if item.get("ref"))


def open_event(data: str, texts: Mapping[str, str]) -> AnyEvent:
    """The event with its personal text; an erased one reads as None."""
    builtins = msgspec.json.decode(data)
    for item in personals(builtins):
        item["text"] = texts.get(item.get("ref") or "")
    return event_of(builtins)


def personals(value: Any) -> list[dict[str, Any]]:
    """Every personal item in plain dicts and lists, in order."""
    found: list[dict[str, Any]] = []
    if isinstance(value, _NESTED):
        _gather(value, found)
    return found


def _gather(value: Any, found: list[dict[str, Any]]) -> None:
    """Looks into what can hold something only: a row is mostly plain words and numbers."""
    if isinstance(value, dict):
        item = cast("dict[str, Any]", value)
        if item.get("sealed") == "personal":
            found.append(item)
            return
        value = item.values()
    for inner in cast("Iterable[Any]", value):
        if isinstance(inner, _NESTED):
            _gather(inner, found)
