"""What the switch asks of a dialog: whether it may be sent now, and in which form.

Every function returns False where nothing was sent. What the answers mean is in `outcomes`.
"""

from __future__ import annotations

from msgspec.structs import replace

from kentongan.sip.answerer import Answerer
from kentongan.sip.build import ExtraHeaders
from kentongan.sip.dialog import Dialog, Phase
from kentongan.sip.grammar import wire
from kentongan.sip.insider import REFERRALS_MAX
from kentongan.sip.offers import has_update_under_way, open_offer
from kentongan.sip.renewal import Renewal
from kentongan.sip.replaces import refer_to, replaces_of
from kentongan.sip.requester import Requester, purpose_of
from kentongan.sip.table import Table
from kentongan.sip.transaction import Ask, Purpose

EARLY_METHODS = frozenset({"UPDATE", "INFO", "MESSAGE", "OPTIONS"})
"""What an early dialog can be asked."""
_NOT_ASKED = frozenset({"ACK", "CANCEL", "PRACK"})


class Asker:
    def __init__(
        self, table: Table, requester: Requester, renewal: Renewal, answerer: Answerer
    ) -> None:
        self._table = table
        self._requester = requester
        self._renewal = renewal
        self._answerer = answerer

    def _usable(self, name: str, *, early: bool) -> Dialog | None:
        dialog = self._table.dialogs.get(name)
        if dialog is None or dialog.phase is Phase.ENDING:
            return None
        return dialog if early or dialog.phase is Phase.CONFIRMED else None

    def bye(self, name: str, now: float, extra: ExtraHeaders) -> bool:
        waiting = self._table.server_invite(name)
        dialog = self._usable(name, early=waiting is not None and waiting.holds_answer)
        if dialog is None:
            return False
        self._answerer.respond(name, 487, now=now)
        if dialog.phase is Phase.EARLY:
            return True
        if self._table.server_invite(name) is not None:
            self._table.owed_byes.add(name)
            self._table.dialogs[name] = self._table.dialogs[name].ending()
            return True
        self._requester.bye(dialog, now, extra)
        return True

    def request(
        self,
        name: str,
        method: str,
        now: float,
        body: bytes,
        content_type: str,
        extra: ExtraHeaders,
    ) -> bool:
        dialog = self._usable(name, early=method in EARLY_METHODS)
        if dialog is None or method in _NOT_ASKED:
            return False
        if method == "BYE":
            return self.bye(name, now, extra)
        if method == "INVITE" and not (body and self._may_reinvite(dialog)):
            return False
        if method == "UPDATE" and not self._may_update(dialog, has_offer=bool(body)):
            return False
        ask = Ask(method=method, body=body, content_type=content_type, extra=extra)
        self._requester.ask(dialog, ask, now)
        return True

    def _may_reinvite(self, dialog: Dialog) -> bool:
        return not self._renewal.is_busy(dialog) and dialog.id not in self._table.asked_again

    def _may_update(self, dialog: Dialog, *, has_offer: bool) -> bool:
        """RFC 3311 section 5.1: the peer has it, one at a time, and no offer across another."""
        if not dialog.allows("UPDATE") or has_update_under_way(self._table, dialog):
            return False
        return not has_offer or open_offer(self._table, dialog) is None

    def probe(self, name: str, now: float) -> bool:
        dialog = self._usable(name, early=True)
        if dialog is None:
            return False
        if self._is_probed(name):
            return False
        is_calm = dialog.phase is Phase.EARLY or not self._renewal.is_busy(dialog)
        can_update = is_calm and self._may_update(dialog, has_offer=False)
        method = "UPDATE" if can_update else "OPTIONS"
        self._requester.ask(dialog, Ask(method=method, purpose=Purpose.PROBE), now)
        return True

    def _is_probed(self, name: str) -> bool:
        ours = self._table.clients.of_dialog(name)
        return any(m.is_unanswered and purpose_of(m) is Purpose.PROBE for m in ours)

    def refer(self, name: str, target: str, now: float, replaces: str, referred_by: str) -> bool:
        dialog = self._usable(name, early=False)
        replaced = self._table.dialogs.get(replaces) if replaces else None
        if dialog is None or (replaces and replaced is None):
            return False
        if len(dialog.referrals) >= REFERRALS_MAX or (dialog.allow and not dialog.allows("REFER")):
            return False
        value = refer_to(target, replaces_of(replaced) if replaced else "")
        extra: list[tuple[str, str]] = [("Refer-To", value)]
        if referred_by:
            extra.append(("Referred-By", f"<{wire(referred_by)}>"))
        dialog = replace(dialog, referrals=(*dialog.referrals, dialog.local_seq + 1))
        self._requester.ask(dialog, Ask(method="REFER", extra=tuple(extra)), now)
        return True

    def notify(self, name: str, status: int, now: float, reason: str) -> bool:
        dialog = self._usable(name, early=False)
        if dialog is None or not dialog.notices:
            return False
        is_over = status >= 200
        cseq = dialog.notices[0]
        self._renewal.notify(dialog, cseq, status, reason, now, is_over=is_over)
        return True
