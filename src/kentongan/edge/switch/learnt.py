"""What a server of locations said, or why it said nothing of use, as facts of the call.

However it was asked: by HELD (`references`) or by a subscription (`subscribing`). A position is one
more of the call, believed by the rules of `core.caller_position`; the document is kept as it came;
a failure stands beside the call once for each cause, and in the log.
"""

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from kentongan.core.call_rows import CallRow
from kentongan.core.commands import KeepRawFact, LocateCall
from kentongan.core.words import CallId, RawFact, RawKind, personal
from kentongan.edge.switch.arrival import ToldPlace, told_place
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.location_servers import Reference
from kentongan.sip.errors import ParseError
from kentongan.sip.location import Location
from kentongan.sip.uri import read_uri


def is_in_hand(board: Board, call: CallId) -> bool:
    """Whether there is a call that somebody still wants to know the place of."""
    known = board.ledger.find(call)
    return known is not None and not known.is_over


def keep_places(
    board: Board, reference: Reference, found: Sequence[Location], moment: Moment
) -> None:
    """Where the caller is: all usable locations of one answer."""
    locate(board, reference.call, "locate_by_reference", map(told_place, found), moment)
    _keep_answer(board, reference, found[0].raw, moment)


def locate(
    board: Board, call: CallId, name: str, places: Iterable[ToldPlace], moment: Moment
) -> None:
    """Each of them is a position of the call, or an address; `name` says how they were learnt."""
    for number, told in enumerate(places, 1):
        command = LocateCall(call=call, place=told.place, measured_at=told.measured_at)
        board.act(name if number == 1 else f"{name}_{number}", command, moment)


def keep_failure(
    board: Board,
    reference: Reference,
    cause: str,
    said: str,
    moment: Moment,
    raw: bytes = b"",
) -> bool:
    """Why there is no place; `raw` is an answer that was of no use to us. Whether the call took
    it: one that is over is told nothing."""
    host = host_of(reference.uri)
    board.notices.say(f"location_{cause}", host, said)
    content = personal(f"{host}: {said}")
    if content is None or not is_in_hand(board, reference.call):
        return False
    fact = RawFact(kind=RawKind.LOCATION_REFERENCE, label=cause, content=content)
    board.act("note_reference", KeepRawFact(call=reference.call, fact=fact), moment)
    _keep_answer(board, reference, raw, moment)
    return True


def _keep_answer(board: Board, reference: Reference, raw: bytes, moment: Moment) -> None:
    """The answer as it came, also where all of it is on the map: it may say more."""
    content = personal(raw.decode("utf-8", "replace"))
    if content is None:
        return
    fact = RawFact(kind=RawKind.LOCATION_ANSWER, label=answer_label(reference), content=content)
    board.act("keep_answer", KeepRawFact(call=reference.call, fact=fact), moment)


def answer_label(reference: Reference) -> str:
    """What the answer to a reference is called among the call's raw facts."""
    host = host_of(reference.uri)
    return host if reference.number == 1 else f"{host} ({reference.number})"


def references_in(row: CallRow) -> list[str]:
    """The references that came with a call, as far as they are kept whole."""
    return [
        fact.content.text or ""
        for fact in row.raw_facts
        if fact.kind is RawKind.LOCATION_REFERENCE and not fact.label and not fact.cut
    ]


def host_of(uri: str) -> str:
    """For people: the reference itself is a secret of the caller's, and stands on the call."""
    scheme, _, rest = uri.partition(":")
    if scheme.lower() in {"sip", "sips", "pres"}:
        try:
            return read_uri(f"sip:{rest}").host or "?"
        except ParseError:
            return scheme.lower()
    try:
        return urlsplit(uri).hostname or urlsplit(uri).scheme or "?"
    except ValueError:
        return "?"
