"""Callers' places by reference that is a SIP or a presence URI: subscribed to while the call runs.

By way of the trunk that brought the call, to whatever of that trunk or of the list the reference
names, and never anywhere else. One subscription of a call at a time; it begins when the call rings,
goes out after the ring and the commit, and ends with the call. What it tells is one more position
of the call each time; what fails stands beside it like a failure of HELD (`references`). A switch
that was started anew subscribes again for every call in hand; what was told to the one before gets
481, which ends that.
"""

from typing import Final

from kentongan.core.words import RawKind
from kentongan.edge.switch.arrival import usable
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.learnt import is_in_hand, keep_failure, keep_places, references_in
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.location_servers import (
    Reference,
    Subscribed,
    may_be_subscribed_to,
    presence_target,
)
from kentongan.edge.switch.record import SpooledCall
from kentongan.edge.switch.routes import transport_of
from kentongan.edge.switch.telephones import Telephones
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.errors import ParseError
from kentongan.sip.presence import read_document

SUBSCRIPTIONS_MAX: Final = 200
"""At the same time; one more is noted as busy. As many as references that wait to be asked."""

_WILL_PASS: Final = frozenset({408, 429})
_ALWAYS_SAID: Final = frozenset({"too_long", "too_many"})
"""Ends that are noted also where a place was told: somebody has to look at that server."""


def begin(board: Board, phones: Telephones, reference: Reference, moment: Moment) -> None:
    """Subscribe to where a caller is said to be."""
    call = board.ledger.find(reference.call)
    trunk = None if call is None else board.find_trunk(call.trunk)
    if call is None or trunk is None or call.is_over:
        return
    target = presence_target(reference.uri, board.settings.location_servers, trunk)
    way = _way(board, phones, call, trunk)
    known = [one.reference.call for one in board.subscribed.values()]
    if target is None:
        said = f"neither of the trunk {trunk.key} nor on the list"
        keep_failure(board, reference, "not_allowed", said, moment)
    elif call.id in known:
        keep_failure(board, reference, "already_asked", "one subscription of a call", moment)
    elif len(known) >= SUBSCRIPTIONS_MAX:
        keep_failure(board, reference, "busy", "too many are being asked", moment)
    elif way is None:
        keep_failure(board, reference, "unreachable", "no address of the trunk is known", moment)
    else:
        key = phones.stack.subscribe(target, now=moment.now, peer=way[0], transport=way[1])
        board.subscribed[key] = Subscribed(reference)


def resume(board: Board, call: SpooledCall) -> None:
    """A call of before a restart, whose subscription went with it: again, in the same order."""
    row = board.ledger.row(call.id)
    number = 1 + sum(fact.kind is RawKind.LOCATION_ANSWER for fact in row.raw_facts)
    for uri in [uri for uri in references_in(row) if may_be_subscribed_to(uri)][:1]:
        board.to_subscribe.append(Reference(call.id, uri, number))


def end(board: Board, phones: Telephones, moment: Moment) -> None:
    """Be told no more of callers whose calls are over."""
    for key, one in tuple(board.subscribed.items()):
        if not is_in_hand(board, one.reference.call):
            del board.subscribed[key]
            phones.stack.unsubscribe(key, now=moment.now)


def take(board: Board, event: events.Notified | events.SubscriptionEnded, moment: Moment) -> None:
    """Something was told, or nothing more will be."""
    known = board.subscribed.get(event.subscription)
    if known is None:
        return
    reference = known.reference
    if isinstance(event, events.Notified):
        reference = reference._replace(number=reference.number + event.number - 1)
        if _has_told(board, reference, event.document, moment):
            board.subscribed[event.subscription] = known._replace(has_place=True)
        return
    del board.subscribed[event.subscription]
    if not known.has_place or event.cause in _ALWAYS_SAID:
        keep_failure(board, reference, _cause_of(event), event.said, moment)


def _has_told(board: Board, reference: Reference, document: bytes, moment: Moment) -> bool:
    """Whether a notice brought a place; if not, why is beside the call."""
    try:
        found = read_document(reference.uri, document)
    except ParseError as error:
        keep_failure(board, reference, "unreadable", error.reason, moment, document)
        return False
    places = usable(found)
    if not places:
        said = "; ".join(found[0].defects)
        keep_failure(board, reference, "no_place", said, moment, document)
        return False
    keep_places(board, reference, places, moment)
    return True


def _cause_of(event: events.SubscriptionEnded) -> str:
    """In the words of `location_fetch` where it is the same."""
    is_servers = event.status >= 500 or event.status in _WILL_PASS
    return "server_failed" if is_servers else event.cause


def _way(
    board: Board, phones: Telephones, call: SpooledCall, trunk: Trunk
) -> tuple[Address, Transport] | None:
    """Where calls to that trunk go; of one that only calls in, where this call came from."""
    peer = board.reach.address_of(trunk) if trunk.host else None
    if peer is not None:
        return peer, transport_of(trunk)
    dialog = phones.stack.dialogs.get(call.dialog)
    return None if dialog is None else (dialog.peer, dialog.transport)
