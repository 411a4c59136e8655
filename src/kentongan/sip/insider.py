"""Requests from the peer within a dialog (RFC 3261 12.2.2, 14.2, 15.1.2; RFC 3262, 3311, 3515).

Order is checked first, then the pace: a storm in one call is answered 500 without memory and
hurts no other. What the switch must decide (a new offer, a transfer) comes out as an event that
waits for `respond`; all else is answered here.
"""

from __future__ import annotations

from msgspec.structs import replace

from kentongan.sip import events, session_timer
from kentongan.sip.admission import Refusal, has_room
from kentongan.sip.answerer import Answerer
from kentongan.sip.arrival import Arrival
from kentongan.sip.build import ExtraHeaders, answer
from kentongan.sip.dialog import Dialog, Phase, of_request
from kentongan.sip.errors import ParseError
from kentongan.sip.facts import raw_of, sdp_of
from kentongan.sip.fields import cseq_of, read_address
from kentongan.sip.grammar import find_param, read_params, readable, split
from kentongan.sip.message import Request
from kentongan.sip.offers import Side, has_update_under_way, open_offer
from kentongan.sip.pace import Pace
from kentongan.sip.reliable import rack_of
from kentongan.sip.replaces import read_referral, read_sipfrag
from kentongan.sip.requester import SUPPORTED
from kentongan.sip.server_transaction import ServerRequest, server_key
from kentongan.sip.table import Table
from kentongan.sip.unmatched import OFFER_IS_OPEN

ACCEPT = "application/sdp, application/pidf+xml, multipart/mixed, text/plain, message/sipfrag"
"""Body types we read."""
REFERRALS_MAX = 4
"""Transfers of one dialog that are told of at the same time."""


class Insider:
    def __init__(self, table: Table, answerer: Answerer, allow: str, extra: frozenset[str]) -> None:
        self._table = table
        self._answerer = answerer
        self._allow = allow
        self._extra = extra

    def receive(self, arrival: Arrival, now: float) -> list[events.Event]:
        request = arrival.request
        dialog = self._table.dialogs.get(of_request(request))
        if dialog is None:
            return [self._answerer.refuse(arrival, Refusal(481))]
        if not self._table.may_speak(dialog, arrival.source, arrival.transport):
            return [self._answerer.refuse_foreign(arrival)]
        if dialog.remote_seq is not None and cseq_of(request).number < dialog.remote_seq:
            return [self._answerer.refuse(arrival, Refusal(500))]
        if not self._pace(dialog, now).takes(request.method, now):
            later = self._answerer.retry_later()
            return [self._answerer.refuse(arrival, Refusal(500, later))]
        if request.method == "OPTIONS":
            self._heard(dialog, arrival)
            return [self.present(arrival)]
        is_bye = request.method == "BYE"
        if not is_bye and not has_room(arrival.source, self._table, for_help=True):
            return [self._answerer.refuse(arrival, Refusal(503))]
        refusal = self._refusal(dialog, request)
        if request.method == "INVITE":
            return [self._reinvited(arrival, dialog, refusal, now)]
        dialog = self._heard(dialog, arrival)
        if refusal is not None:
            return [self._answerer.refuse(arrival, refusal)]
        machine = ServerRequest(request, arrival.reply_to, arrival.transport)
        machine.dialog = dialog.id
        self._answerer.keep(machine, arrival)
        return [self._taken(arrival, dialog, machine, now)]

    def _taken(
        self, arrival: Arrival, dialog: Dialog, machine: ServerRequest, now: float
    ) -> events.Event:
        request = arrival.request
        content_type = readable(request.headers.find("content-type") or "")
        if request.method in self._extra:
            return self._answerer.other(arrival, None)
        match request.method:
            case "BYE":
                return self._hung_up(arrival, dialog, now)
            case "UPDATE":
                return self._updated(arrival, dialog, now)
            case "PRACK":
                return self._pracked(arrival, dialog, now)
            case "REFER":
                return self._referred(arrival, dialog, machine, now)
            case "NOTIFY":
                return self._notified(arrival, dialog, now)
            case "MESSAGE":
                self._answerer.respond(arrival.key, 200, now=now)
                return events.Message(
                    dialog=dialog.id, content_type=content_type, body=request.body
                )
            case _:
                self._answerer.respond(arrival.key, 200, now=now)
                return events.Info(dialog=dialog.id, content_type=content_type, body=request.body)

    def present(self, arrival: Arrival) -> events.Options:
        """We are here, and this is what we can (section 11.2)."""
        about = (("Allow", self._allow), ("Accept", ACCEPT), ("Supported", SUPPORTED))
        self._answerer.send_once(arrival, 200, about)
        dialog = of_request(arrival.request)
        found = dialog if dialog in self._table.dialogs else ""
        return events.Options(source=arrival.source, transport=arrival.transport, dialog=found)

    def _pace(self, dialog: Dialog, now: float) -> Pace:
        return self._table.dialogs.paces.setdefault(dialog.id, Pace(at=now))

    def _heard(self, dialog: Dialog, arrival: Arrival) -> Dialog:
        request, transport = arrival.request, arrival.transport
        is_target = request.method in {"INVITE", "UPDATE"}
        source = arrival.source if transport is dialog.transport else dialog.peer
        heard = dialog.received(request, source, refreshes_target=is_target)
        self._table.dialogs[dialog.id] = heard
        return heard

    # What has to wait, or cannot be

    def _refusal(self, dialog: Dialog, request: Request) -> Refusal | None:
        """What stands against a request in this state of the dialog."""
        if request.method in self._extra:
            return None
        match request.method:
            case "INVITE":
                return self._refuse_invite(dialog, request)
            case "UPDATE":
                return self._refuse_update(dialog, request)
            case "PRACK":
                return Refusal(400) if rack_of(request) is None else None
            case "REFER" if len(dialog.notices) >= REFERRALS_MAX:
                return Refusal(500, self._answerer.retry_later())
            case "NOTIFY":
                return _refuse_notify(dialog, request)
            case _:
                return None

    def _refuse_invite(self, dialog: Dialog, request: Request) -> Refusal | None:
        """491 where ours is under way, 500 where theirs is (section 14.2)."""
        pending = self._table.server_invite(dialog.id)
        if pending is not None and pending.is_unanswered:
            return Refusal(500, self._answerer.retry_later())
        if dialog.phase is not Phase.CONFIRMED:
            return Refusal(481)
        if self._table.client_invite(dialog.id) is not None:
            return Refusal(491)
        return self._refuse_offer(dialog) or _refuse_interval(dialog, request)

    def _refuse_update(self, dialog: Dialog, request: Request) -> Refusal | None:
        """One at a time, and no offer across another (RFC 3311 section 5.2)."""
        if has_update_under_way(self._table, dialog):
            return self._refuse_offer(dialog) or Refusal(491)
        refusal = self._refuse_offer(dialog) if sdp_of(request) is not None else None
        return refusal or _refuse_interval(dialog, request)

    def _refuse_offer(self, dialog: Dialog) -> Refusal | None:
        match open_offer(self._table, dialog):
            case Side.OURS:
                return Refusal(491)
            case Side.THEIRS:
                return Refusal(500, self._answerer.retry_later())
            case None:
                return None

    # One method each

    def _reinvited(
        self, arrival: Arrival, dialog: Dialog, refusal: Refusal | None, now: float
    ) -> events.Event:
        """A change of session, to be decided by the switch."""
        request = arrival.request
        machine = self._answerer.open_invite(arrival, dialog.id)
        self._answerer.keep(machine, arrival)
        if refusal is not None:
            self._answerer.answer(machine, refusal.status, refusal.extra, now)
            return self._answerer.other(arrival, refusal.status)
        self._heard(dialog, arrival)
        self._table.apply(machine, machine.answer(answer(request, 100), now))
        return events.Reinvite(
            dialog=dialog.id, request=arrival.key, sdp=sdp_of(request), raw=raw_of(request)
        )

    def _updated(self, arrival: Arrival, dialog: Dialog, now: float) -> events.Update:
        """A sign of life or a new address is agreed to; an offer waits for the switch."""
        sdp = sdp_of(arrival.request)
        if sdp is None:
            self._answerer.respond(arrival.key, 200, now=now)
        return events.Update(
            dialog=dialog.id,
            request="" if sdp is None else arrival.key,
            sdp=sdp,
            raw=raw_of(arrival.request),
        )

    def _pracked(self, arrival: Arrival, dialog: Dialog, now: float) -> events.Event:
        """A reliable provisional has arrived; what waited for that goes now (RFC 3262 3)."""
        rack, sdp = rack_of(arrival.request), sdp_of(arrival.request)
        found = next(
            (
                machine
                for machine in self._table.servers.invites_of(dialog.id)
                if rack is not None
                and machine.awaits_prack(rack.rseq)
                and cseq_of(machine.request) == rack.cseq
            ),
            None,
        )
        if found is None:
            self._answerer.respond(arrival.key, 481, now=now)
            return self._answerer.other(arrival, 481)
        is_answer = sdp_of(found.request) is None
        is_offer = sdp is not None and not is_answer
        if is_offer and not found.is_described:
            self._answerer.respond(arrival.key, 488, now=now, extra=OFFER_IS_OPEN.headers)
            is_offer, sdp = False, None
        elif not is_offer:
            self._answerer.respond(arrival.key, 200, now=now)
        self._table.apply(found, found.pracked(now))
        self._answerer.settle(found, now)
        key = arrival.key if is_offer else ""
        return events.Prack(dialog=dialog.id, request=key, sdp=sdp, raw=raw_of(arrival.request))

    def _referred(
        self, arrival: Arrival, dialog: Dialog, machine: ServerRequest, now: float
    ) -> events.Event:
        request = arrival.request
        try:
            referral = read_referral(request)
        except ParseError:
            self._answerer.answer(machine, 400, (), now)
            return self._answerer.other(arrival, 400)
        return events.Refer(
            dialog=dialog.id,
            request=arrival.key,
            target=readable(referral.target),
            replaces=readable(referral.replaces),
            others=tuple(readable(name) for name in referral.others),
            referred_by=_uri_of(request, "referred-by"),
            raw=raw_of(request),
        )

    def _notified(self, arrival: Arrival, dialog: Dialog, now: float) -> events.Referred:
        """How a transfer we asked for goes on (RFC 3515 section 2.4.4)."""
        request = arrival.request
        self._answerer.respond(arrival.key, 200, now=now)
        state = (request.headers.find("subscription-state") or "").partition(";")[0]
        is_over = state.strip(" \t").lower() == "terminated"
        if is_over:
            named = _referral_of(request)
            left = tuple(n for n in dialog.referrals if named not in {None, n})
            self._table.dialogs[dialog.id] = replace(dialog, referrals=left)
        return events.Referred(dialog=dialog.id, status=read_sipfrag(request.body), is_over=is_over)

    def _hung_up(self, arrival: Arrival, dialog: Dialog, now: float) -> events.Bye:
        """200 to the BYE, 487 to an INVITE still unanswered (section 15.1.2)."""
        self._answerer.respond(arrival.key, 200, now=now)
        for pending in self._table.server_invites(dialog.id):
            key = server_key(pending.request)
            if pending.is_unanswered:
                self._answerer.respond(key, 487, now=now)
            else:
                pending.acknowledged(now)
                self._table.watch_server(key, pending)
        self._table.forget(dialog.id)
        reason = readable(arrival.request.headers.find("reason") or "")
        return events.Bye(dialog=dialog.id, reason=reason, raw=raw_of(arrival.request))


def _refuse_interval(dialog: Dialog, request: Request) -> Refusal | None:
    """422 for a session interval that is too short (RFC 4028 section 9)."""
    if dialog.is_for_help or not session_timer.is_too_small(request):
        return None
    least: ExtraHeaders = (("Min-SE", str(session_timer.MIN_SESSION_S)),)
    return Refusal(session_timer.TOO_SMALL, least)


def _refuse_notify(dialog: Dialog, request: Request) -> Refusal | None:
    """489 for other events, 481 for one nobody subscribed to (RFC 6665 section 4.1.3)."""
    event = (request.headers.find("event") or "").partition(";")[0].strip(" \t").lower()
    if event != "refer":
        return Refusal(489, (("Allow-Events", "refer"),))
    named = _referral_of(request)
    is_known = named in dialog.referrals if named is not None else bool(dialog.referrals)
    return None if is_known else Refusal(481)


def _referral_of(request: Request) -> int | None:
    """The number of the REFER a NOTIFY is about; None where it does not say."""
    try:
        _, *rest = split(request.headers.find("event") or "", ";")
        digits = find_param(read_params(rest), "id") or ""
    except ParseError:
        return None
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 11 else None


def _uri_of(request: Request, name: str) -> str:
    try:
        return readable(read_address(request.headers.find(name) or "").uri)
    except ParseError:
        return ""
