"""The calling side of a stack: calls and other requests outside dialogs, and all responses.

The first 2xx to an INVITE wins; a fork that answers later is acknowledged and hung up (RFC 3261
13.2.2.4). A CANCEL is held until a provisional response came (section 9.1). A call that answers
although it was cancelled is acknowledged and hung up. What answers within a dialog mean is in
`outcomes`.
"""

from __future__ import annotations

from typing import assert_never

from msgspec.structs import replace

from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.answered import redirections, response_event
from kentongan.sip.build import ExtraHeaders, cancel_of
from kentongan.sip.client_transaction import Client, ClientInvite, ClientRequest, client_key
from kentongan.sip.dialog import Dialog, Phase, as_caller, of_response
from kentongan.sip.fields import cseq_of, to_of
from kentongan.sip.message import Response, canonical
from kentongan.sip.outcomes import Outcomes
from kentongan.sip.outside import Outside
from kentongan.sip.reliable import rseq_of
from kentongan.sip.renewal import Renewal
from kentongan.sip.requester import Requester
from kentongan.sip.session_timer import (
    TOO_SMALL,
    agreed,
    first_fields,
    read_expires,
    read_min,
    with_terms,
)
from kentongan.sip.table import FORKS_MAX, Call, Table
from kentongan.sip.transaction import Deliver, Expired


class Caller:
    def __init__(
        self, table: Table, requester: Requester, renewal: Renewal, session_s: int
    ) -> None:
        self._table = table
        self._requester = requester
        self._renewal = renewal
        self._outcomes = Outcomes(table, requester, renewal)
        self._session_s = session_s

    def invite(
        self, wanted: Outside, *, now: float, peer: Address, transport: Transport, redirects: int
    ) -> str:
        said = {canonical(name) for name, _ in wanted.headers}
        timed = () if "session-expires" in said else first_fields(self._session_s)
        wanted = replace(wanted, headers=(*timed, *wanted.headers))
        request, key = self._requester.outside(wanted, transport, peer.host)
        machine = ClientInvite(request, peer, transport)
        machine.name = key
        self._table.calls[key] = Call(
            key=key,
            transaction=client_key(request),
            request=request,
            peer=peer,
            transport=transport,
            redirects=redirects,
            tried={request.uri},
        )
        self._requester.start(machine, now)
        return key

    def send(self, wanted: Outside, *, now: float, peer: Address, transport: Transport) -> str:
        """A request outside dialogs that is no call; its key."""
        request, key = self._requester.outside(wanted, transport, peer.host)
        machine = ClientRequest(request, peer, transport)
        machine.name = key
        self._requester.start(machine, now)
        return key

    def cancel(self, key: str, now: float) -> bool:
        """Give up a call of ours; False where there is none, or it is answered already."""
        call = self._table.calls.get(key)
        machine = self._table.clients.get(call.transaction) if call else None
        if call is None or not isinstance(machine, ClientInvite) or not machine.is_unanswered:
            return False
        call.wants_cancel = True
        if machine.may_cancel:
            self._send_cancel(call, machine, now)
        return True

    def is_unheard(self, key: str) -> bool:
        """Whether nothing at all has come back to a call of ours."""
        call = self._table.calls.get(key)
        machine = self._table.clients.get(call.transaction) if call else None
        return isinstance(machine, ClientInvite) and machine.is_unheard

    def _send_cancel(self, call: Call, machine: ClientInvite, now: float) -> None:
        if call.is_cancelled:
            return
        call.is_cancelled = True
        cancel = ClientRequest(cancel_of(machine.request), machine.peer, machine.transport)
        self._requester.start(cancel, now)
        machine.abandon(now)
        self._table.watch_client(call.transaction, machine)

    def retry_with(self, request: str, fields: ExtraHeaders, now: float) -> bool:
        """Send a refused request again with these fields (section 22.2)."""
        machine = self._table.clients.get(request)
        if machine is None or machine.request.method in {"ACK", "CANCEL"}:
            return False
        call = self._table.calls.get(machine.name)
        return (call is None or not call.wants_cancel) and self._again(machine, now, fields=fields)

    def _again(
        self, machine: Client, now: float, *, uri: str = "", fields: ExtraHeaders = ()
    ) -> bool:
        fresh = self._requester.again(machine, now, uri=uri, fields=fields)
        if fresh is None:
            return False
        call = self._table.calls.get(fresh.name)
        if call is not None:
            call.request, call.transaction = fresh.request, client_key(fresh.request)
        return True

    def receive(self, response: Response, now: float) -> list[events.Event]:
        if len(response.headers.items("via")) != 1:
            return []  # not for us (section 8.1.3.3)
        key = client_key(response)
        machine = self._table.clients.get(key)
        if machine is None:
            self._acknowledge_stray(response)
            return []
        left = self._table.apply(machine, machine.receive(response, now))
        self._table.watch_client(key, machine)
        return [event for effect in left for event in self._outcome(machine, effect, now)]

    def fire(self, key: str, now: float) -> list[events.Event]:
        machine = self._table.clients.get(key)
        if machine is None:
            return []
        left = self._table.apply(machine, machine.fire(now))
        self._table.watch_client(key, machine)
        found = [event for effect in left for event in self._outcome(machine, effect, now)]
        call = self._table.calls.get(machine.name)
        if machine.is_over and call is not None and call.transaction == key:
            del self._table.calls[machine.name]
        return found

    def _acknowledge_stray(self, response: Response) -> None:
        """A repeated 2xx whose transaction was lost with an earlier process."""
        dialog = self._table.dialogs.get(of_response(response))
        cseq = cseq_of(response)
        if (
            dialog is not None
            and cseq.method == "INVITE"
            and 200 <= response.status < 300
            and cseq.number == dialog.invite_seq
        ):
            self._requester.acknowledge(dialog)

    def _outcome(
        self, machine: Client, effect: Deliver | Expired, now: float
    ) -> list[events.Event]:
        if machine.request.method == "CANCEL":
            return []
        match effect:
            case Expired():
                return self._expired(machine, now)
            case Deliver(response=response):
                call = self._table.calls.get(machine.name)
                if call is not None and isinstance(machine, ClientInvite):
                    return self._call_answered(call, machine, response, now)
                if machine.name:
                    is_ended = response.status >= 200
                    return [response_event(response, machine, call=machine.name, is_ended=is_ended)]
                return self._outcomes.answered(machine, response, now)
            case _:
                assert_never(effect)

    def _call_answered(
        self, call: Call, machine: ClientInvite, response: Response, now: float
    ) -> list[events.Event]:
        if response.status < 200:
            if call.wants_cancel:
                self._send_cancel(call, machine, now)
            if response.status == 100 or not self._is_heard(call, response, now):
                return []
            return [response_event(response, machine, call=call.key)]
        if response.status < 300:
            return self._accepted(call, machine, response, now)
        self._close_forks(call, "")
        if call.wants_cancel:
            return [response_event(response, machine, call=call.key, is_ended=True)]
        if self._asked_for_longer(machine, response, now):
            return []
        is_moved = self._redirected(call, machine, response, now)
        return [response_event(response, machine, call=call.key, is_ended=not is_moved)]

    def _is_heard(self, call: Call, response: Response, now: float) -> bool:
        """Take in a provisional response; False for one out of order, or of one phone too many."""
        if not to_of(response).tag:
            return True
        dialog = self._open(call, response)
        if dialog is None:
            return False
        rseq = rseq_of(response)
        if rseq is None:
            return True
        if dialog.remote_rseq not in {None, rseq - 1}:
            return False  # a repeat, or one before it was lost (RFC 3262 section 4)
        is_answered = dialog.is_offer_answered or bool(response.body)
        dialog = replace(dialog, is_offer_answered=is_answered)
        self._requester.prack(dialog, response, rseq, now)
        return True

    def _asked_for_longer(self, machine: ClientInvite, response: Response, now: float) -> bool:
        """Try again after a 422, with the interval the peer wants (RFC 4028 section 7.3)."""
        asked, least = read_expires(machine.request), read_min(response)
        if response.status != TOO_SMALL or asked is None or least <= asked[0]:
            return False
        return self._again(machine, now, fields=first_fields(asked[0], least))

    def _redirected(
        self, call: Call, machine: ClientInvite, response: Response, now: float
    ) -> bool:
        """Follow a 3xx by the same way, as often as the call allows (section 8.1.3.4)."""
        if response.status >= 400 or call.redirects <= 0:
            return False
        target = next((uri for uri in redirections(response) if uri not in call.tried), None)
        if target is None or not self._again(machine, now, uri=target):
            return False
        call.redirects -= 1
        call.tried.add(target)
        return True

    def _opened(self, call: Call, response: Response) -> Dialog:
        dialog = as_caller(call.request, response, call.peer, call.transport)
        return self._table.known(dialog, call.peer, call.transport)

    def _open(self, call: Call, response: Response) -> Dialog | None:
        """The dialog of this response, new or known; a 2xx brings its final route and target."""
        fresh = self._opened(call, response)
        known = self._table.dialogs.get(fresh.id)
        if known is None and fresh.id not in call.forks and len(call.forks) >= FORKS_MAX:
            return None
        if known is not None:
            if response.status < 200:
                fresh = known.learned(response)
            else:  # what was sent and heard in it before goes on counting
                fresh = replace(
                    fresh,
                    local_seq=known.local_seq,
                    remote_seq=known.remote_seq,
                    allow=fresh.allow or known.allow,
                    supported=fresh.supported or known.supported,
                )
        call.forks.add(fresh.id)
        self._table.dialogs[fresh.id] = fresh
        return fresh

    def _accepted(
        self, call: Call, machine: ClientInvite, response: Response, now: float
    ) -> list[events.Event]:
        name = of_response(response)
        if name == call.answered or name in call.hung_up:
            known = self._table.dialogs.get(name)
            dialog = known or self._opened(call, response)
            self._requester.acknowledge(dialog, call.request)
            return []
        dialog = self._open(call, response)
        if dialog is None:
            return []
        self._requester.acknowledge(dialog, call.request)
        if call.answered or call.wants_cancel:
            call.hung_up.add(dialog.id)
            self._requester.bye(dialog, now)
            if call.answered:
                return []
            call.answered = dialog.id
            return [response_event(response, machine, call=call.key, is_ended=True)]
        call.answered = dialog.id
        dialog = with_terms(dialog, agreed(response))
        self._table.dialogs[dialog.id] = dialog
        self._renewal.wind(dialog, now)
        self._close_forks(call, dialog.id)
        return [response_event(response, machine, call=call.key)]

    def _close_forks(self, call: Call, winner: str) -> None:
        """Early dialogs of forks end with the final response (section 13.2.2.4)."""
        for name in call.forks - {winner}:
            dialog = self._table.dialogs.get(name)
            if dialog is not None and dialog.phase is Phase.EARLY:
                self._table.forget(name)

    def _expired(self, machine: Client, now: float) -> list[events.Event]:
        if not machine.name:
            return self._outcomes.expired(machine, now)
        call = self._table.calls.get(machine.name)
        if call is not None:
            self._close_forks(call, "")
        method = machine.request.method
        return [events.Timeout(call=machine.name, dialog="", method=method, is_ended=True)]
