"""What the answers to our requests within a dialog mean (RFC 3261 12.2.1.2 and 14.1, RFC 4028).

A 2xx moves the dialog on, 481 and 408 end a confirmed one, a 491 and a 422 are asked again; what
the stack asked for itself (refreshes, probes, notices) is not news unless it failed.
"""

from __future__ import annotations

from msgspec.structs import replace

from kentongan.sip import events
from kentongan.sip.alarms import Alarm
from kentongan.sip.answered import response_event
from kentongan.sip.client_transaction import Client, ClientInvite
from kentongan.sip.dialog import Dialog, Phase
from kentongan.sip.fields import cseq_of
from kentongan.sip.message import Response
from kentongan.sip.reliable import rseq_of
from kentongan.sip.renewal import REFERRAL_S, Renewal
from kentongan.sip.requester import Requester, purpose_of
from kentongan.sip.session_timer import (
    TOO_SMALL,
    agreed,
    read_min,
    request_fields,
    with_terms,
)
from kentongan.sip.table import Table
from kentongan.sip.transaction import Purpose

GLARES_MAX = 5
"""How often one change is asked again after a 491; each time the chance to collide is small."""
GONE = frozenset({408, 481})
"""The other side has no such dialog, or is not there (section 12.2.1.2)."""
CHANGES = frozenset({"INVITE", "UPDATE"})


class Outcomes:
    def __init__(self, table: Table, requester: Requester, renewal: Renewal) -> None:
        self._table = table
        self._requester = requester
        self._renewal = renewal

    def answered(self, machine: Client, response: Response, now: float) -> list[events.Event]:
        dialog = self._table.dialogs.get(machine.dialog)
        method, status = machine.request.method, response.status
        if dialog is None or status == 100 or method == "PRACK":
            return []
        if method == "NOTIFY":
            return self._noticed(dialog, status)
        if status < 200:
            return self._provisional(machine, dialog, response, now)
        if status < 300:
            is_repeat = not self._succeeded(machine, dialog, response, now)
            if is_repeat:
                return []
        elif self._is_asked_again(machine, dialog, response, now):
            return [events.Changed(dialog=dialog.id)]
        is_ended = method == "BYE" or (status in GONE and dialog.phase is not Phase.EARLY)
        if is_ended:
            self._table.forget(dialog.id)
        match purpose_of(machine):
            case Purpose.PROBE if status in GONE and (is_ended or status == 408):
                return [events.ProbeFailed(dialog=dialog.id, status=status, is_ended=is_ended)]
            case Purpose.REFRESH if dialog.phase is Phase.ENDING:
                return []  # our BYE decides
            case Purpose.REFRESH if not is_ended:
                return self._refreshed(machine, dialog.id, response, now)
            case _:
                event = response_event(response, machine, dialog=dialog.id, is_ended=is_ended)
                return [event]

    def _provisional(
        self, machine: Client, dialog: Dialog, response: Response, now: float
    ) -> list[events.Event]:
        rseq = rseq_of(response)
        if isinstance(machine, ClientInvite) and rseq is not None:
            if dialog.remote_rseq not in {None, rseq - 1}:
                return []
            self._requester.prack(dialog, response, rseq, now)
        return [response_event(response, machine, dialog=dialog.id)]

    def _succeeded(self, machine: Client, dialog: Dialog, response: Response, now: float) -> bool:
        """Whether this success is news. The ACK of a repeated one is sent all the same."""
        method = machine.request.method
        if method == "INVITE":
            self._requester.acknowledge(dialog.retargeted(response), machine.request)
            if isinstance(machine, ClientInvite) and not machine.first_success():
                return False
        if method in CHANGES:
            dialog = dialog.retargeted(response)
            dialog = replace(dialog, description=machine.request.body or dialog.description)
            if dialog.phase is Phase.CONFIRMED:
                dialog = with_terms(dialog, agreed(response))
            self._table.dialogs[dialog.id] = dialog
            self._renewal.wind(dialog, now)
        elif method == "REFER":
            self._table.alarms.set(dialog.id, Alarm.REFERRAL, now + REFERRAL_S)
        return True

    def _is_asked_again(
        self, machine: Client, dialog: Dialog, response: Response, now: float
    ) -> bool:
        """Whether the stack itself sends it again: now after a 422, later after a 491."""
        ask, status = machine.ask, response.status
        if machine.request.method == "REFER":
            left = tuple(n for n in dialog.referrals if n != cseq_of(machine.request).number)
            self._table.dialogs[dialog.id] = replace(dialog, referrals=left)
        if ask is None or ask.method not in CHANGES or dialog.phase is not Phase.CONFIRMED:
            return False
        if status == TOO_SMALL and read_min(response) > dialog.session_s:
            least = read_min(response)
            longer = replace(dialog, session_s=least, min_session_s=least)
            self._table.dialogs[dialog.id] = longer
            fields = request_fields(longer)
            return self._requester.again(machine, now, fields=fields) is not None
        if status == 491 and ask.tries < GLARES_MAX:
            wait_s = self._renewal.glare_s(dialog)
            if ask.purpose is Purpose.REFRESH:
                self._table.alarms.set(dialog.id, Alarm.SESSION, now + wait_s)
                return True
            self._table.asked_again[dialog.id] = replace(ask, tries=ask.tries + 1)
            self._table.alarms.set(dialog.id, Alarm.GLARE, now + wait_s)
            return True
        return False

    def _refreshed(
        self, machine: Client, name: str, response: Response, now: float
    ) -> list[events.Event]:
        """The peer lives, whatever it thinks of the extension."""
        dialog = self._table.dialogs[name]
        if response.status >= 300 and machine.request.method == "UPDATE":
            self._without_update(dialog, now)
        elif response.status >= 300 or machine.request.method == "OPTIONS":
            self._renewal.wind(dialog, now)
        elif machine.request.method == "INVITE":
            return [response_event(response, machine, dialog=name)]
        return [events.Changed(dialog=name)]

    def _without_update(self, dialog: Dialog, now: float) -> None:
        allow = tuple(method for method in dialog.allow if method != "UPDATE")
        self._table.dialogs[dialog.id] = changed = replace(dialog, allow=allow)
        self._renewal.refresh(changed, now)

    def _noticed(self, dialog: Dialog, status: int) -> list[events.Event]:
        """A NOTIFY that is not wanted ends its subscription, not the dialog (RFC 5057)."""
        if status >= 300 and dialog.notices:
            self._table.dialogs[dialog.id] = replace(dialog, notices=())
            self._table.alarms.clear(dialog.id, Alarm.NOTICE)
            return [events.Changed(dialog=dialog.id)]
        return []

    def expired(self, machine: Client, now: float) -> list[events.Event]:
        """Nobody answered for 32 s."""
        method, name = machine.request.method, machine.dialog
        if method in {"PRACK", "NOTIFY"}:
            return []  # the INVITE's fate decides; the notice is lost
        if method == "BYE":
            self._table.forget(name)
        dialog = self._table.dialogs.get(name)
        purpose = purpose_of(machine)
        if dialog is not None and purpose is Purpose.PROBE:
            return [events.ProbeFailed(dialog=name, status=None, is_ended=False)]
        if dialog is not None and purpose is Purpose.REFRESH:
            if dialog.phase is Phase.ENDING:
                return []
            if method == "UPDATE" and dialog.description:
                self._without_update(dialog, now)
                return [events.Changed(dialog=name)]
            return [events.SessionExpired(dialog=name)]
        is_ended = dialog is None
        return [events.Timeout(call="", dialog=name, method=method, is_ended=is_ended)]
