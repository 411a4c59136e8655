"""Whose offer is open in a dialog: what may be offered now, and what has to wait (RFC 3264, 6337).

Looks at what a stack remembers and decides nothing; an offer goes in an INVITE, UPDATE, PRACK,
reliable provisional or 2xx, and is closed by the answer that may follow in each.
"""

from __future__ import annotations

from enum import StrEnum

from kentongan.sip.dialog import Dialog, Phase
from kentongan.sip.facts import sdp_of
from kentongan.sip.server_transaction import ServerInvite
from kentongan.sip.table import Table

_WITH_OFFER = frozenset({"INVITE", "UPDATE", "PRACK"})


class Side(StrEnum):
    """Who has made, or has to make, the offer that is not answered yet."""

    OURS = "ours"
    THEIRS = "theirs"


def open_offer(table: Table, dialog: Dialog) -> Side | None:
    """Whose offer waits for its answer; None: either side may make one."""
    for theirs in table.servers.of_dialog(dialog.id):
        if isinstance(theirs, ServerInvite):
            side = _of_invite(theirs)
            if side is not None:
                return side
        elif theirs.request.method in _WITH_OFFER and theirs.is_unanswered:
            return Side.THEIRS
    for ours in table.clients.of_dialog(dialog.id):
        if ours.is_unanswered and ours.request.method in _WITH_OFFER and ours.request.body:
            return Side.OURS
    is_unanswered = dialog.phase is Phase.EARLY and not dialog.is_uas
    return Side.OURS if is_unanswered and not dialog.is_offer_answered else None


def _of_invite(machine: ServerInvite) -> Side | None:
    """The offer of an INVITE of the peer, or the one we owe to an INVITE without."""
    has_offer = sdp_of(machine.request) is not None
    if machine.is_unanswered:
        if has_offer:
            return None if machine.is_described else Side.THEIRS
        is_closed = machine.is_described and machine.unacknowledged is None
        return None if is_closed else Side.OURS
    return Side.OURS if machine.awaits_ack and not has_offer else None


def has_update_under_way(table: Table, dialog: Dialog) -> bool:
    """Whether an UPDATE in either direction waits for its answer."""
    machines = (*table.servers.of_dialog(dialog.id), *table.clients.of_dialog(dialog.id))
    return any(m.request.method == "UPDATE" and m.is_unanswered for m in machines)
