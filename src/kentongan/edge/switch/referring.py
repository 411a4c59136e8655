"""A party's exchange puts another telephone in its place: REFER within a party's dialog (RFC 3515).

    REFER -> 202, the other is rung beside the party, NOTIFY 100, 180
          -> it answers: NOTIFY 200, it is in the call, the party is hung up
          -> it does not: NOTIFY says why, the party stays as it was
    REFER of anybody else, or to where we do not ring -> 603, and nothing changes

Only telephones that we rang into a call may ask: nobody sends a caller elsewhere, nor a telephone
on the wall, which has the caller as a desk has. A blind transfer names somebody, an attended one a
call of the exchange as well (Replaces). Where we ring: what the party's own trunk leads to, or what
the directory names. What else Refer-To may ask for (other methods, headers, schemes, hosts) is not
carried out. How often it may be asked is a rule of the call (`core.call.parties`).
"""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from kentongan.core.commands import ReferParty
from kentongan.core.words import CallId, PartyFailure, PartyKey, Personal
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.record import PartyLeg, SpooledCall
from kentongan.edge.switch.routes import Route, dialled
from kentongan.edge.switch.telephones import Telephones
from kentongan.edge.switch.trunks import Trunk, is_within
from kentongan.sip import events
from kentongan.sip.errors import ParseError
from kentongan.sip.grammar import find_param
from kentongan.sip.uri import Uri, read_uri, telephone_number

TARGET_CHARACTERS_MAX: Final = 200
"""Longest Refer-To that is rung; a telephone's Contact at an exchange has 40 to 100."""

ACCEPTED, DECLINED = 202, 603

_TOLD: Final[dict[PartyFailure, int]] = {
    "busy": 486, "no_answer": 480, "refused": 603, "unreachable": 503, "cancelled": 487,
}  # fmt: skip


class _Unfit(Exception):  # noqa: N818 - an answer to the exchange, no error of ours
    """Not there: the cause is said in the log, once for each trunk."""


class _Target(Struct, frozen=True):
    """Whom to ring, and whether it is one of the party's own exchange."""

    whom: str
    is_there: bool


def take(board: Board, phones: Telephones, event: events.Refer, moment: Moment) -> None:
    """Ring whom the exchange wants in its telephone's place, or decline."""
    call_id = phones.find_call(event.dialog)
    call = None if call_id is None else board.ledger.find(call_id)
    leg = None if call is None else _asking(call, event.dialog)
    if call is None or leg is None:
        told = "a REFER of a caller got 603: nobody sends a caller elsewhere"
        board.notices.say("refer_of_caller", "" if call is None else call.trunk, told)
        phones.refuse(event.request, DECLINED, moment)
        return
    try:
        _begin(board, call, leg, event, moment)
    except _Unfit as unfit:
        board.notices.say(f"refer_{unfit}", leg.trunk, "a REFER of a party got 603")
        phones.refuse(event.request, DECLINED, moment)
        return
    phones.refuse(event.request, ACCEPTED, moment)
    phones.changed(event.dialog)


def rings(phones: Telephones, call: SpooledCall, leg: PartyLeg, moment: Moment) -> None:
    """The other telephone rings."""
    if not leg.is_ringing:
        _tell(phones, call, leg, 180, moment)


def joined(phones: Telephones, call: SpooledCall, leg: PartyLeg, moment: Moment) -> None:
    """It answered; the party that it replaces is hung up next."""
    _tell(phones, call, leg, 200, moment)


def failed(
    phones: Telephones, call: SpooledCall, leg: PartyLeg, reason: PartyFailure, moment: Moment
) -> None:
    """It did not come."""
    if not leg.is_joined:
        _tell(phones, call, leg, _TOLD[reason], moment)


def let_go(
    board: Board, phones: Telephones, call_id: CallId, leg: PartyLeg, moment: Moment
) -> None:
    """It is rung no more, whoever ended that."""
    call = board.ledger.find(call_id)
    if call is not None:
        failed(phones, call, leg, "cancelled", moment)


def _tell(
    phones: Telephones, call: SpooledCall, leg: PartyLeg, status: int, moment: Moment
) -> None:
    """NOTIFY to who asked, as long as it is there and wants to know."""
    asking = None if leg.referred_by is None else call.find_party(leg.referred_by)
    if asking is not None:
        phones.notify(asking.dialog, status, moment)


def _asking(call: SpooledCall, dialog: str) -> PartyLeg | None:
    """The telephone of that dialog, where it may ask."""
    found = (leg for leg in call.parties if leg.dialog == dialog and leg.is_joined)
    return next((leg for leg in found if leg.wall is None), None)


def _begin(
    board: Board, call: SpooledCall, asking: PartyLeg, event: events.Refer, moment: Moment
) -> None:
    """Raises `_Unfit`."""
    target = _target(board, asking, event)
    line = board.ledger.row(call.id).line
    others = {trunk.key for trunk in board.settings.trunks} - {asking.trunk}
    route = board.route_to(target.whom, line, without=others if target.is_there else ())
    if route is None:
        raise _Unfit("no_trunk")
    to = PartyKey(board.token())
    shown = Personal(text=telephone_number(target.whom) or target.whom)
    asked = ReferParty(call=call.id, party=asking.party, to=to, number=shown)
    if not board.act("refer", asked, moment):
        raise _Unfit("too_many")
    _put(board, call, to, asking, route, event, moment)


def _put(
    board: Board,
    call: SpooledCall,
    to: PartyKey,
    asking: PartyLeg,
    route: Route,
    event: events.Refer,
    moment: Moment,
) -> None:
    """Its leg, for which a place is made; it is rung when it has one (`dialling.placed`)."""
    call = board.ledger.get(call.id)
    number = call.parties_asked + 1
    leg = PartyLeg(
        party=to,
        name=f"party-{number}",
        trunk=route.trunk.key,
        target=route.target,
        asked_at=moment.at,
        leg=board.leg_to(route, moment.at),
        referred_by=asking.party,
        replaces=event.replaces,
    )
    board.put(replace(call, parties=(*call.parties, leg), parties_asked=number))


def _target(board: Board, asking: PartyLeg, event: events.Refer) -> _Target:
    """Whom to ring. Raises `_Unfit` for what is no telephone that may be rung so."""
    try:
        uri = read_uri(event.target)
    except ParseError as error:
        raise _Unfit("unreadable") from error
    method = find_param(uri.params, "method")
    trunk = board.find_trunk(asking.trunk)
    if event.others or (method is not None and method.upper() != "INVITE"):
        raise _Unfit("more_than_a_call")
    if trunk is None or uri.scheme not in _schemes(trunk):
        raise _Unfit("other_scheme")
    if len(event.target) > TARGET_CHARACTERS_MAX:
        raise _Unfit("too_long")
    number = telephone_number(event.target)
    if number and (board.city.find_line(number) is not None or board.is_own(number)):
        raise _Unfit("own_line")
    found = _found(board, trunk, uri, number)
    if event.replaces and not found.is_there:
        raise _Unfit("elsewhere")
    return found


def _schemes(trunk: Trunk) -> frozenset[str]:
    """`sips:` is a promise that only TLS keeps (RFC 3261 section 26.2.2)."""
    return frozenset({"sip", "tel"} | ({"sips"} if trunk.transport == "tls" else set[str]()))


def _found(board: Board, trunk: Trunk, uri: Uri, number: str) -> _Target:
    if uri.scheme == "tel" or uri.host in board.settings.hosts:  # as our peer, it names us
        if not number:
            raise _Unfit("elsewhere")
        return _Target(number, is_there=not _is_listed(board, number))
    if uri.host in (trunk.host, trunk.domain) or is_within(uri.host, trunk.networks):
        plain = ";".join(p for p in uri.raw.split(";") if not p.lower().startswith("method="))
        return _Target(plain, is_there=True)
    if _is_listed(board, uri.raw):
        return _Target(uri.raw, is_there=False)
    raise _Unfit("elsewhere")


def _is_listed(board: Board, whom: str) -> bool:
    """Whether the directory has that number or address."""
    return any(whom in (one, dialled(one)) for one in board.city.directory.values())
