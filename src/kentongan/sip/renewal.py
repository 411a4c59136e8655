"""What a dialog does by itself when an alarm goes off: refresh, ask again, close a referral.

A session is refreshed by UPDATE, by a re-INVITE with our description where the peer has no UPDATE,
else by OPTIONS. Where the peer promised to refresh and did not, we do it once ourselves before the
call is given up: no call ends only because the other side forgot an extension (RFC 4028 section
10 lets either side refresh).
"""

from __future__ import annotations

from msgspec.structs import replace

from kentongan.sip import events
from kentongan.sip.alarms import Alarm
from kentongan.sip.build import ExtraHeaders, reason_of
from kentongan.sip.dialog import Dialog, Phase
from kentongan.sip.grammar import wire
from kentongan.sip.offers import has_update_under_way, open_offer
from kentongan.sip.replaces import SIPFRAG, write_sipfrag
from kentongan.sip.requester import Requester
from kentongan.sip.session_timer import wait_s
from kentongan.sip.table import Table
from kentongan.sip.transaction import Ask, Purpose

BUSY_S = 5.0
"""When a dialog in which something is under way is looked at again."""
GLARE_STEP_S = 0.01
"""Waits after a 491 are drawn in these steps (RFC 3261 section 14.1)."""
REFERRAL_S = 180
"""How long the outcome of a transfer is waited for, and told."""


class Renewal:
    def __init__(self, table: Table, requester: Requester) -> None:
        self._table = table
        self._requester = requester

    def fire(self, name: str, alarm: Alarm, now: float) -> list[events.Event]:
        dialog = self._table.dialogs.get(name)
        if dialog is None:
            return []
        if alarm is Alarm.REFERRAL:
            self._table.dialogs[name] = replace(dialog, referrals=())
            return [events.Referred(dialog=name, status=None, is_over=True)]
        if alarm is Alarm.NOTICE:
            for cseq in dialog.notices:
                self.notify(self._table.dialogs[name], cseq, 100, "", now, is_over=True)
        elif dialog.phase is not Phase.CONFIRMED:
            return []
        elif alarm is Alarm.SESSION:
            self.refresh(dialog, now)
        else:
            self._ask_again(dialog, now)
        return [events.Changed(dialog=name)]

    def wind(self, dialog: Dialog, now: float) -> None:
        """Set the clock of a session by its terms."""
        if dialog.session_s and dialog.phase is Phase.CONFIRMED:
            self._table.alarms.set(dialog.id, Alarm.SESSION, now + wait_s(dialog))
        else:
            self._table.alarms.clear(dialog.id, Alarm.SESSION)

    def refresh(self, dialog: Dialog, now: float) -> None:
        """Give a sign of life, and ask for one, by the best means the peer has."""
        if self.is_busy(dialog):
            self._table.alarms.set(dialog.id, Alarm.SESSION, now + BUSY_S)
        elif dialog.allows("UPDATE"):
            self._requester.ask(dialog, Ask(method="UPDATE", purpose=Purpose.REFRESH), now)
        elif dialog.description:
            ask = Ask(method="INVITE", body=dialog.description, purpose=Purpose.REFRESH)
            self._requester.ask(dialog, ask, now)
        else:
            self._requester.ask(dialog, Ask(method="OPTIONS", purpose=Purpose.REFRESH), now)

    def is_busy(self, dialog: Dialog) -> bool:
        """Whether a change is under way in it, in either direction."""
        table = self._table
        return (
            table.server_invite(dialog.id) is not None
            or table.client_invite(dialog.id) is not None
            or has_update_under_way(table, dialog)
            or open_offer(table, dialog) is not None
        )

    def glare_s(self, dialog: Dialog) -> float:
        """How long to wait after a 491: the owner of the Call-ID longer (RFC 3261 14.1)."""
        low, high = (0.0, 2.0) if dialog.is_uas else (2.1, 4.0)
        steps = round((high - low) / GLARE_STEP_S)
        return low + GLARE_STEP_S * int(self._table.chance() * (steps + 1))

    def _ask_again(self, dialog: Dialog, now: float) -> None:
        ask = self._table.asked_again.pop(dialog.id, None)
        if ask is None:
            return
        if self.is_busy(dialog):
            self._table.asked_again[dialog.id] = ask
            self._table.alarms.set(dialog.id, Alarm.GLARE, now + self.glare_s(dialog))
        else:
            self._requester.ask(dialog, ask, now)

    def notify(
        self, dialog: Dialog, cseq: int, status: int, reason: str, now: float, *, is_over: bool
    ) -> None:
        """Tell the peer how far the transfer it asked for has come (RFC 3515 section 2.4.4)."""
        if is_over:
            ended = "timeout" if status < 200 else "noresource"
            left = tuple(number for number in dialog.notices if number != cseq)
            dialog = replace(dialog, notices=left)
            state = f"terminated;reason={ended}"
        else:
            state = f"active;expires={REFERRAL_S}"
        extra: ExtraHeaders = (("Event", f"refer;id={cseq}"), ("Subscription-State", state))
        body = write_sipfrag(status, wire(reason) or reason_of(status))
        ask = Ask(method="NOTIFY", body=body, content_type=SIPFRAG, extra=extra)
        self._requester.ask(dialog, ask, now)
