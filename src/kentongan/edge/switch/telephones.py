"""The SIP side of calls: what a telephone is answered, and which dialogs have to be remembered.

Puts the stack's verbs and our media address together. The stack queues what is to be sent; the
process sends it after the commit, which includes every dialog named here as changed.
"""

from datetime import timedelta

from msgspec import json
from msgspec.structs import replace

from kentongan.core.words import CallId
from kentongan.edge.switch.descriptions import description_of, renewed
from kentongan.edge.switch.faults import Caught, uncaught
from kentongan.edge.switch.ledger import Ledger, Moment
from kentongan.edge.switch.record import PartyLeg, SipLeg, SpooledCall
from kentongan.edge.switch.routes import Route, transport_of
from kentongan.edge.switch.spool import SavedDialog
from kentongan.sip.build import ExtraHeaders
from kentongan.sip.errors import ParseError
from kentongan.sip.events import Invite
from kentongan.sip.hops import HOPS
from kentongan.sip.stack import Stack
from kentongan.sip.unmatched import mismatch_named

RETRY_AFTER_S = 5
"""What a trunk is told when we cannot take the call: try the other node, or again."""

KEY_MS = 160
"""How long a key is said to be pressed."""

TELL_AGAIN = timedelta(seconds=2)
"""When a re-INVITE is sent anew that nobody has answered with a 200; a glare lasts 2.1 to 4 s for
who made the call (RFC 3261 section 14.1), and the stack waits for it by itself."""

_LATER = (("Retry-After", str(RETRY_AFTER_S)),)
_ALL_LINES = ("Warning", '399 kentongan "all lines are taken"')  # RFC 3261 section 20.43

_STATUS = {"full": 503, "no_media": 503}
"""How a call that never got its 200 is refused, by the reason of its end; else 480."""


class Telephones:
    """Calls' dialogs within one stack."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._calls: dict[str, CallId] = {}
        self._changed: dict[str, CallId] = {}

    def adopt(self, dialog: SavedDialog, now: float) -> None:
        """Go on with a dialog of before. Raises `ParseError` for one that is none."""
        if dialog.data is not None:
            name = self.stack.adopt(json.decode(dialog.data), now)
            if name != dialog.key:
                raise ParseError(f"it was saved as {dialog.key!r} and is {name!r}")
            self._calls[dialog.key] = dialog.call
            self._changed[dialog.key] = dialog.call

    def find_call(self, dialog: str) -> CallId | None:
        """The call of a dialog."""
        return self._calls.get(dialog)

    def is_our_own(self, invite: Invite) -> bool:
        """Whether a new call is one that we make and that has come back: its Call-ID and the tag of
        its From, which is ours, are those of a call or a dialog of ours that lives.
        """
        ours = f"{invite.call_id}|{invite.dialog.rpartition('|')[2]}"
        return any(key == ours or key.startswith(f"{ours}|") for key in self._calls)

    def own(self, call: SpooledCall) -> None:
        """A new call's dialog."""
        self._calls[call.dialog] = call.id
        self.changed(call.dialog)

    def changed(self, dialog: str) -> None:
        """The stack may have changed this dialog: the next commit remembers it."""
        call = self._calls.get(dialog)
        if call is not None:
            self._changed[dialog] = call

    def write_down(self, ledger: Ledger, caught: Caught = uncaught) -> None:
        """Give every changed dialog to the next commit; one that is over is forgotten."""
        changed, self._changed = self._changed, {}
        for dialog, call in changed.items():
            with caught("writing a dialog down"):
                saved = self.stack.save(dialog)
                data = None if saved is None else json.encode(saved)
                ledger.keep_dialog(SavedDialog(key=dialog, call=call, data=data))
                if saved is None:
                    self._calls.pop(dialog, None)

    def refuse(self, request: str, status: int, moment: Moment, headers: ExtraHeaders = ()) -> None:
        """A final answer to a request that becomes no call."""
        self.stack.respond(request, status, now=moment.now, headers=headers)

    def ring(self, call: SpooledCall, moment: Moment) -> None:
        """180: the caller hears it ringing."""
        self.stack.respond(call.invite, 180, now=moment.now)
        self.changed(call.dialog)

    def announce(self, call: SpooledCall, moment: Moment) -> None:
        """183: the caller hears our announcement before the answer."""
        self.stack.respond(call.invite, 183, now=moment.now, body=description_of(call.citizen))
        self.changed(call.dialog)

    def accept(self, call: SpooledCall, moment: Moment) -> SpooledCall:
        """200: the call is answered as far as SIP is concerned."""
        self.stack.respond(call.invite, 200, now=moment.now, body=description_of(call.citizen))
        self.changed(call.dialog)
        return replace(call, invite="", is_answered=True)

    def agree(self, call: SpooledCall, request: str, leg: SipLeg, moment: Moment) -> SpooledCall:
        """200 to a change of the session, with our own description for it."""
        changed = self.agree_to(request, call.citizen, leg, moment)
        self.changed(call.dialog)
        return replace(call, citizen=changed)

    def agree_to(self, request: str, before: SipLeg, leg: SipLeg, moment: Moment) -> SipLeg:
        """200 to a change of any telephone's session; its leg with our new description."""
        changed = replace(renewed(before, leg), tell_at=None)
        self.stack.respond(request, 200, now=moment.now, body=description_of(changed))
        return changed

    def agree_late(self, call: SpooledCall, moment: Moment) -> SpooledCall:
        """200 to the change that waited until its media had a place."""
        leg = replace(call.citizen, session_version=call.citizen.session_version + 1)
        self.stack.respond(call.pending, 200, now=moment.now, body=description_of(leg))
        self.changed(call.dialog)
        return replace(call, citizen=leg, pending="")

    def move(self, call: SpooledCall, moment: Moment) -> SpooledCall:
        """Our media address is another one: tell the telephone (re-INVITE)."""
        leg = self.move_leg(call.dialog, call.citizen, moment)
        return replace(call, citizen=leg)

    def move_leg(self, dialog: str, leg: SipLeg, moment: Moment) -> SipLeg:
        """Our media address for that dialog's telephone is another one (re-INVITE)."""
        leg = replace(leg, session_version=leg.session_version + 1, tell_tries=0)
        return self.tell(dialog, leg, moment)

    def tell(self, dialog: str, leg: SipLeg, moment: Moment) -> SipLeg:
        """Send what we describe now, unless another change is under way; again in `TELL_AGAIN`."""
        body = description_of(leg)
        is_sent = self.stack.request(dialog, "INVITE", now=moment.now, body=body)
        self.changed(dialog)
        return replace(
            leg,
            tell_at=moment.at + TELL_AGAIN,
            tell_tries=leg.tell_tries + is_sent,
            told_version=leg.session_version if is_sent else leg.told_version,
        )

    def ring_out(
        self,
        call: CallId,
        leg: SipLeg,
        route: Route,
        moment: Moment,
        *,
        replaces: str = "",
        hops: int = HOPS,
        told: ExtraHeaders = (),
    ) -> str:
        """INVITE to somebody whom we ring; the name of our call in the stack. `replaces` names a
        call there that it takes the place of (RFC 3891), `hops` is its Max-Forwards, `told` more
        header fields.
        """
        headers: ExtraHeaders = (("Max-Forwards", str(hops)), *told)
        if replaces:
            headers += (("Require", "replaces"), ("Replaces", replaces))
        key = self.stack.invite(
            route.target,
            description_of(leg),
            now=moment.now,
            peer=route.peer,
            transport=transport_of(route.trunk),
            from_uri=route.from_uri,
            headers=headers,
        )
        self.also(key, call)
        return key

    def also(self, dialog: str, call: CallId) -> None:
        """One more dialog, or call of ours, that belongs to a call."""
        self._calls[dialog] = call
        self.changed(dialog)

    def refer(self, call: SpooledCall, leg: PartyLeg, moment: Moment) -> None:
        """Ask the caller's side to call that party itself, in our place (REFER with Replaces)."""
        self.stack.refer(call.dialog, leg.target, now=moment.now, replaces=leg.dialog)
        self.changed(call.dialog)

    def notify(self, dialog: str, status: int, moment: Moment) -> None:
        """Tell who asked for a transfer how it goes on; nothing where nobody wants to know."""
        if self.stack.notify(dialog, status, now=moment.now):
            self.changed(dialog)

    def press(self, dialog: str, keys: str, moment: Moment) -> None:
        """Keys by INFO, one each, for a trunk that hears them no other way."""
        for key in keys:
            body = f"Signal={key}\r\nDuration={KEY_MS}\r\n".encode()
            self.stack.request(
                dialog, "INFO", now=moment.now, body=body, content_type="application/dtmf-relay"
            )
        self.changed(dialog)

    def part(self, call: CallId, leg: PartyLeg, moment: Moment) -> None:
        """Somebody whom we rang is in the call no more: BYE, or CANCEL while it rings."""
        self.leave(call, leg.dialog, leg.calling, moment)

    def leave(self, call: CallId, dialog: str, calling: str, moment: Moment) -> None:
        """End a dialog that we began, or the attempt at one."""
        if dialog and self.stack.bye(dialog, now=moment.now):
            self.also(dialog, call)
        elif calling:
            self.stack.cancel(calling, now=moment.now)
            self.also(calling, call)

    def probe(self, call: SpooledCall, moment: Moment) -> None:
        """Ask a silent telephone whether it still has the call, also one that only rings."""
        self.ask(call.dialog, moment)

    def ask(self, dialog: str, moment: Moment) -> None:
        """The same of any telephone's dialog."""
        self.stack.probe(dialog, now=moment.now)
        self.changed(dialog)

    def hang_up(self, call: SpooledCall, reason: str, moment: Moment) -> None:
        """End the telephone's side: a refusal while it rings, BYE afterwards."""
        if call.is_placed_by_us and not call.invite:
            self.leave(call.id, call.dialog, call.calling, moment)
            return
        if call.invite:
            status, headers = _refusal(reason)
            self.stack.respond(call.invite, status, now=moment.now, headers=headers)
        else:
            self.stack.bye(call.dialog, now=moment.now)
        self.changed(call.dialog)


def _refusal(reason: str) -> tuple[int, ExtraHeaders]:
    """The status and the explaining fields for a call that ends so before it was answered."""
    mismatch = mismatch_named(reason)
    if mismatch is not None:
        return 488, mismatch.headers
    status = _STATUS.get(reason, 480)
    headers: ExtraHeaders = _LATER if status == 503 else ()
    return status, (*headers, _ALL_LINES) if reason == "full" else headers
