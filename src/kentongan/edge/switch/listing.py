"""The list of calls as `web` reads it: pages, each one line that any reader takes.

Those in hand come first, then those just over; each in the order of their names, so that a call
which stays where it is stands on one page exactly, whatever comes and goes between two pages. One
that ends meanwhile may stand twice, and is told as it was last.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from kentongan.edge.switch.ledger import Ledger
from kentongan.edge.switch.record import SpooledCall

PAGE_BYTES_MAX: Final = 256 * 1024
"""A page's rows, encoded: some 300 calls; the longest row adds at most 100 kB. Writing one takes
about 3 ms, and readers take lines of 4 MB."""


class DeskAudio(Struct, frozen=True):
    """How a desk's page is connected to a call."""

    desk: str
    is_connected: bool


class CallAudio(Struct, frozen=True):
    """How a call sounds: whether the caller is silent, and which pages are connected."""

    is_silent: bool
    desks: tuple[DeskAudio, ...]


_encode = msgspec.json.Encoder().encode


def page_of(ledger: Ledger, after: str) -> Mapping[str, object]:
    """The page after that place; `next` is the place to ask for then, "" when there is no more."""
    places = {_place(call): call for call in ledger}
    waiting = sorted(place for place in places if place > after)
    rows: list[msgspec.Raw] = []
    audio: dict[str, CallAudio] = {}
    room = PAGE_BYTES_MAX
    for place in waiting:
        call = places[place]
        row = _encode(ledger.row(call.id))
        rows.append(msgspec.Raw(row))
        audio[call.id] = _audio_of(call)
        room -= len(row)
        if room <= 0:
            after = place
            break
    is_last = len(rows) == len(waiting)
    return {"calls": rows, "audio": audio, "next": "" if is_last else after}


def _place(call: SpooledCall) -> str:
    return f"{int(call.is_over)}/{call.id}"


def _audio_of(call: SpooledCall) -> CallAudio:
    legs = tuple(DeskAudio(leg.desk, leg.is_connected) for leg in call.desks)
    return CallAudio(call.citizen.silent_since is not None, legs)
