"""Being told where a caller is: the part of RFC 6665 that one short subscription needs.

    subscribe -> 2xx and NOTIFY, in either order -> NOTIFY ... -> over
                 `unsubscribe`, too many NOTIFYs -> SUBSCRIBE with Expires 0 -> its last NOTIFY

The NOTIFY makes the dialog (section 4.4.1); a 2xx alone makes none, and one that no NOTIFY follows
within Timer N has failed. The first notifier counts: a fork of it is told 481. A subscription is
renewed before it runs out, as long as the call wants it, and for an hour at most (section 4.1.2.2);
a renewal that is refused, or followed by no NOTIFY, lets it run out. All we send goes to the peer
that was named, whatever Contact and Record-Route say: those only stand in the request. A challenge
is a refusal: no proof of ours ever goes to whom a caller's INVITE named.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.admission import Refusal
from kentongan.sip.alarms import Alarm
from kentongan.sip.answerer import Answerer
from kentongan.sip.arrival import Arrival
from kentongan.sip.build import ExtraHeaders, in_dialog
from kentongan.sip.client_transaction import ClientRequest
from kentongan.sip.dialog import ROUTES_MAX, Dialog
from kentongan.sip.errors import ParseError
from kentongan.sip.facts import tags_of
from kentongan.sip.fields import call_id_of, cseq_of, from_of, to_of
from kentongan.sip.grammar import find_param, read_params, readable, split
from kentongan.sip.message import Request
from kentongan.sip.outside import Outside
from kentongan.sip.presence import ACCEPTED, EVENT, document_of
from kentongan.sip.requester import Requester
from kentongan.sip.table import Table
from kentongan.sip.transaction import T1_S

TIMER_N_S: Final = 64 * T1_S
"""How long the NOTIFY of a SUBSCRIBE is waited for (RFC 6665 section 4.1.2.4), seconds."""

EXPIRES_S: Final = 600
"""What is asked for, and granted at most, seconds: longer than nearly every call for help."""

GRANTED_S_MIN: Final = 60
"""What is taken to be granted at least: a server that wants to be asked more often is not."""

LASTS_S_MAX: Final = 3_600
"""A subscription is renewed no more after so long: no call for help moves for an hour."""

RENEWED_BEFORE_S: Final = 30
"""So long before it runs out it is renewed: its SUBSCRIBE may take a Timer F of most of that."""

NOTICES_MAX: Final = 20
"""NOTIFYs of one subscription that are read between two renewals; with more it is given up. One
that tells of each half minute fits."""

DOCUMENT_OCTETS_MAX: Final = 16_384
"""The largest body of a NOTIFY that is read; a location document has about 1,000 octets."""


Answer = events.Response | events.Timeout


class Subscription(Struct, kw_only=True):
    """`dialog` is not in `Table.dialogs`, as no call is in it; its `remote` has no tag until the
    first NOTIFY. `is_ending`: nothing of it is told any more. `told` counts the NOTIFYs since it
    was last renewed; it runs out at `until`, and is renewed at most until `ends_at`."""

    key: str
    dialog: Dialog
    notices: int = 0
    told: int = 0
    until: float = 0.0
    ends_at: float = 0.0
    is_renewing: bool = False
    is_ending: bool = False

    @property
    def has_notifier(self) -> bool:
        """Whether a NOTIFY has come."""
        return self.dialog.remote_seq is not None


class Subscriber:
    """All subscriptions of a stack."""

    def __init__(self, table: Table, requester: Requester, answerer: Answerer) -> None:
        self._table = table
        self._requester = requester
        self._answerer = answerer
        self._known: dict[str, Subscription] = {}

    def subscribe(self, target: str, now: float, peer: Address, transport: Transport) -> str:
        """Ask to be told of `target` by way of `peer`; the key of the subscription."""
        wanted = Outside(method="SUBSCRIBE", target=target, headers=_fields(EXPIRES_S))
        request, key = self._requester.outside(wanted, transport, peer.host)
        dialog = Dialog(
            call_id=call_id_of(request),
            local=request.headers.find("from") or "",
            remote=request.headers.find("to") or "",
            target=request.uri,
            routes=(),
            peer=peer,
            transport=transport,
            is_uas=False,
            local_seq=cseq_of(request).number,
        )
        dialog = self._table.known(dialog, peer, transport)
        self._known[key] = Subscription(key=key, dialog=dialog, ends_at=now + LASTS_S_MAX)
        self._table.alarms.set(key, Alarm.SUBSCRIPTION, now + TIMER_N_S)
        self._send(key, request, dialog, now)
        return key

    def unsubscribe(self, key: str, now: float) -> bool:
        """Be told no more; False where that is over or under way already."""
        known = self._known.get(key)
        if known is None or known.is_ending:
            return False
        known.is_ending = True
        self._table.alarms.set(key, Alarm.SUBSCRIPTION, now + TIMER_N_S)
        if known.has_notifier:
            self._ask_again(known, 0, now)
        return True

    def _ask_again(self, known: Subscription, expires_s: int, now: float) -> None:
        """SUBSCRIBE within the dialog: a renewal, or the end of it."""
        known.dialog = dialog = known.dialog.with_next_seq()
        peer, transport = dialog.peer, dialog.transport
        fields = _fields(expires_s)
        usual = self._requester.usual("SUBSCRIBE", transport, peer.host, fields)
        via = self._table.via(transport, peer.host)
        request = in_dialog(dialog, "SUBSCRIBE", via, extra=(*usual, *fields))
        self._send(known.key, request, dialog, now)

    def _send(self, key: str, request: Request, dialog: Dialog, now: float) -> None:
        machine = ClientRequest(request, dialog.peer, dialog.transport)
        machine.name = key
        self._requester.start(machine, now)

    # What comes back

    def follow(self, found: Iterable[events.Event]) -> list[events.Event]:
        """The same events, with what an answer to a SUBSCRIBE means in place of the answer."""
        followed: list[events.Event] = []
        for event in found:
            if isinstance(event, Answer) and event.method == "SUBSCRIBE":
                followed += self._answered(event)
            else:
                followed.append(event)
        return followed

    def _answered(self, event: Answer) -> list[events.Event]:
        """A success says nothing yet; a failure is one where no NOTIFY has come all the same."""
        known = self._known.get(event.call)
        if known is None or (isinstance(event, events.Response) and event.status < 300):
            return []
        if known.has_notifier and not known.is_ending:
            return []
        if isinstance(event, events.Timeout):
            return self._over(known, "no_answer", "nothing came back")
        said = f"{event.status} {event.reason}".strip()
        return self._over(known, "refused", said, event.status)

    def fire(self, key: str, now: float) -> list[events.Event]:
        """Its time is over, or nearly."""
        known = self._known.get(key)
        if known is None:
            return []
        if known.has_notifier and not known.is_ending and not known.is_renewing:
            return self._renew(known, now)
        if known.has_notifier:
            return self._over(known, "expired", "its renewal was not answered")
        return self._over(known, "no_answer", f"no NOTIFY within {TIMER_N_S:g} s")

    def _renew(self, known: Subscription, now: float) -> list[events.Event]:
        """It is about to run out."""
        if now >= known.ends_at:
            return self._given_up(known, "expired", f"it lasted {LASTS_S_MAX} s", now)
        known.is_renewing = True
        self._table.alarms.set(known.key, Alarm.SUBSCRIPTION, known.until)
        self._ask_again(known, EXPIRES_S, now)
        return []

    def _over(
        self, known: Subscription, cause: events.SubscriptionEnd, said: str, status: int = 0
    ) -> list[events.Event]:
        del self._known[known.key]
        self._table.alarms.clear(known.key)
        if known.is_ending:
            return []
        ended = events.SubscriptionEnded(
            subscription=known.key, cause=cause, said=said, status=status
        )
        return [ended]

    # NOTIFY

    def receive(self, arrival: Arrival, now: float) -> list[events.Event] | None:
        """A NOTIFY with a To tag; None where it belongs to no subscription."""
        request = arrival.request
        known = self._known.get(f"{call_id_of(request)}|{to_of(request).tag}")
        if known is None:
            return None
        if not self._table.may_speak(known.dialog, arrival.source, arrival.transport):
            return [self._answerer.refuse_foreign(arrival)]
        if (refusal := _refusal(known, request)) is not None:
            return [self._answerer.refuse(arrival, refusal)]
        if known.is_ending and not known.has_notifier:
            self._answerer.send_once(arrival, 481, ())  # it ends at its notifier with that
            return []
        if len(request.body) > DOCUMENT_OCTETS_MAX:
            self._answerer.send_once(arrival, 413, ())
            said = f"a NOTIFY of more than {DOCUMENT_OCTETS_MAX} octets"
            return self._given_up(known, "too_long", said, now)
        self._answerer.send_once(arrival, 200, ())
        if cseq_of(request).number == known.dialog.remote_seq:
            return []  # a repeat
        return self._notified(known, request, now)

    def _notified(self, known: Subscription, request: Request, now: float) -> list[events.Event]:
        is_first = not known.has_notifier
        known.dialog = _heard(known.dialog, request)
        state, reason, expires_s = _state_of(request)
        found: list[events.Event] = []
        if not known.is_ending:
            known.notices += 1
            known.told += 1
            if request.body:
                document = document_of(request)
                found.append(
                    events.Notified(subscription=known.key, number=known.notices, document=document)
                )
            if is_first or known.is_renewing:
                self._granted(known, expires_s, now)
        if state == "terminated":
            return [*found, *self._over(known, "terminated", reason or "no reason is given")]
        if known.told >= NOTICES_MAX and not known.is_ending:
            found += self._given_up(known, "too_many", f"{NOTICES_MAX} NOTIFYs", now)
        return found

    def _granted(self, known: Subscription, expires_s: int, now: float) -> None:
        """It goes on for so long, and is renewed shortly before."""
        known.is_renewing, known.told = False, 1
        known.until = now + max(GRANTED_S_MIN, min(expires_s, EXPIRES_S))
        self._table.alarms.set(known.key, Alarm.SUBSCRIPTION, known.until - RENEWED_BEFORE_S)

    def _given_up(
        self, known: Subscription, cause: events.SubscriptionEnd, said: str, now: float
    ) -> list[events.Event]:
        """We want no more of it, and say so."""
        if not self.unsubscribe(known.key, now):
            return []
        return [events.SubscriptionEnded(subscription=known.key, cause=cause, said=said, status=0)]


def _fields(expires_s: int) -> ExtraHeaders:
    return (("Event", EVENT), ("Accept", ACCEPTED), ("Expires", str(expires_s)))


def _refusal(known: Subscription, request: Request) -> Refusal | None:
    """489 for another event, 481 for a fork, 500 for one that was overtaken."""
    event = (request.headers.find("event") or "").partition(";")[0].strip(" \t").lower()
    if event != EVENT:
        return Refusal(489, (("Allow-Events", EVENT),))
    if not known.has_notifier:
        return None
    if from_of(request).tag != known.dialog.remote_tag:
        return Refusal(481)
    before = known.dialog.remote_seq
    is_late = before is not None and cseq_of(request).number < before
    return Refusal(500) if is_late else None


def _heard(dialog: Dialog, request: Request) -> Dialog:
    """After a NOTIFY; the first one says who the notifier is and by which way."""
    heard = dialog.received(request, dialog.peer, refreshes_target=True)
    if dialog.remote_seq is not None:
        return heard
    remote = request.headers.find("from") or ""
    routes = tags_of(request, "record-route")[:ROUTES_MAX]
    return replace(heard, remote=remote, routes=routes)


def _state_of(request: Request) -> tuple[str, str, int]:
    """Subscription-State, its reason and how long it goes on, `EXPIRES_S` where that is not said;
    one that cannot be read goes on (section 4.1.3).
    """
    text = request.headers.find("subscription-state") or ""
    state, _, _ = text.partition(";")
    try:
        _, *rest = split(text, ";")
        params = read_params(rest)
    except ParseError:
        params = ()
    digits = find_param(params, "expires") or ""
    is_number = digits.isascii() and digits.isdigit() and len(digits) < 11
    expires_s = int(digits) if is_number else EXPIRES_S
    return state.strip(" \t").lower(), readable(find_param(params, "reason") or ""), expires_s
