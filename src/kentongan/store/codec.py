"""Events and rows as JSON text and back. Nothing else decides how they are written.

Unknown fields of a later release are ignored on reading; an unknown kind is an error, because a
fact that cannot be understood must not be skipped silently.
"""

from typing import Any

import msgspec

from kentongan.core.events import AnyEvent
from kentongan.core.rows import AnyRow
from kentongan.store.errors import StoreDamaged

_encoder = msgspec.json.Encoder()
_event_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_row_decoder: msgspec.json.Decoder[AnyRow] = msgspec.json.Decoder(AnyRow)


def kind_of(value: AnyEvent | AnyRow) -> str:
    """The written-out tag of an event or row."""
    return str(type(value).__struct_config__.tag)


def encode(value: Any) -> str:
    """JSON text without white space."""
    return _encoder.encode(value).decode()


def decode_event(data: str | bytes) -> AnyEvent:
    """The event; `StoreDamaged` when it is not one this release knows."""
    try:
        return _event_decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise StoreDamaged(f"an event that cannot be read: {error}") from error


def event_of(builtins: Any) -> AnyEvent:
    """The event from plain dicts and lists.

    By way of JSON: a decoder keeps what it knows of the union of all kinds, while `convert` learns
    it anew each time, which is eighty times slower.
    """
    return decode_event(_encoder.encode(builtins))


def decode_row(data: str | bytes) -> AnyRow:
    """The board row; `StoreDamaged` when it is not one this release knows (rebuild the board)."""
    try:
        return _row_decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise StoreDamaged(f"a board row that cannot be read: {error}") from error
