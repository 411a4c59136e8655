"""The first fact of a call that somebody tries to make: what an INVITE says, put on record.

Whether it rings is decided elsewhere. One that SIP had to refuse, or that nobody could read, is a
call too, with the number as far as it shows: somebody tried to reach us and may be rung back. Each
attempt goes on record once, as far as `refusals` allows, and the log has each cause once.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from kentongan.core.commands import KeepRawFact, OfferCall
from kentongan.core.queue_room import CAME_BACK, MANY_HOPS
from kentongan.core.words import CallId, RawFact, RawKind, personal
from kentongan.edge.switch import families
from kentongan.edge.switch.announcements import greetings
from kentongan.edge.switch.arrival import Arrival, arrival_of, national_form
from kentongan.edge.switch.board import Board
from kentongan.edge.switch.descriptions import first_leg
from kentongan.edge.switch.hops import LEFT_MIN
from kentongan.edge.switch.learnt import locate
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.location_servers import (
    REFERENCES_MAX,
    Reference,
    may_be_asked,
    may_be_subscribed_to,
    to_be_asked,
)
from kentongan.edge.switch.record import SpooledCall
from kentongan.edge.switch.routes import dialled
from kentongan.edge.switch.text_side import taking
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip import events

NOT_RUNG = "not_rung"
"""Remark of an attempt that could not ring, whatever room there was: it asked for what nobody can
give, or could not be read. Many of them at once are a machine's."""

_REFUSED = {
    406: "answer_not_taken",
    415: "body_not_readable",
    416: "address_not_readable",
    420: "extension_unknown",
    503: "overload",
}
"""Why SIP refused a new call, as the reason of its end; else the bare status."""


def refused(board: Board, event: events.RefusedInvite, moment: Moment) -> None:
    """SIP has refused it already."""
    board.counts.refused_invites += 1
    reason = event.cause or _REFUSED.get(event.status, f"refused_{event.status}")
    _put_on_record(board, event.invite, reason, f"an INVITE got {event.status}", moment)


def failed(board: Board, invite: events.Invite, moment: Moment) -> None:
    """A fault of ours while it was dealt with: if it is in hand already, its caller is owed a call.

    Left as it is it would ring at desks without a telephone behind it.
    """
    for call in tuple(board.ledger.in_hand()):
        if (call.dialog, call.invite) == (invite.dialog, invite.request):
            board.end(call.id, "switch", "fault", moment)


def unreadable(board: Board, event: events.Malformed, moment: Moment) -> None:
    """No message at all, or a call that could not be answered but with a refusal."""
    board.counts.unreadable += 1
    answered = event.answered or "no answer"
    if event.invite is None:
        board.notices.say("unreadable", event.source.host, f"{event.reason}: {answered}")
    else:
        told = f"an INVITE got {answered}: {event.reason}"
        _put_on_record(board, event.invite, "unreadable", told, moment)


def _put_on_record(
    board: Board, invite: events.Invite, reason: str, told: str, moment: Moment
) -> None:
    """That somebody tried to reach us, and why it failed: each once, and said in the log."""
    trunk = board.gate.find(invite.source, invite.transport)
    host, now, refusals = invite.source.host, moment.now, board.refusals
    board.notices.say("stranger" if trunk is None else reason, host, told)
    if trunk is None:
        board.counts.strangers += 1
        return
    if refusals.is_repeat(host, invite.call_id, now):
        return
    if not refusals.may_record(trunk.key, host, invite.call_id, now):
        board.counts.off_record += 1
        return
    remarks = () if reason == _REFUSED[503] else (NOT_RUNG,)
    call = offered(board, invite, trunk, moment, remarks)
    board.end(call.id, "switch", reason, moment)


def offered(
    board: Board,
    invite: events.Invite,
    trunk: Trunk,
    moment: Moment,
    remarks: tuple[str, ...] = (),
) -> SpooledCall:
    """A new call with its first fact; `remarks` are those that stand in no INVITE."""
    city = board.city
    arrival = arrival_of(
        invite,
        city.find_line,
        emergency=city.emergency.dialled[0],
        country=city.country_code,
    )
    rung_out = tuple(call.id for call in board.ledger.in_hand() if call.parties)
    stays = _why_it_stays(board, invite, rung_out) if rung_out else ""
    arrival = replace(arrival, remarks=(*arrival.remarks, *filter(None, (*remarks, stays))))
    call = _new_call(board, invite, arrival, trunk, moment)
    call = replace(call, may_be=rung_out if stays else ())
    board.ledger.open(call)
    try:
        board.act("offer", _offer(board, call, arrival), moment)
    except Exception:
        board.ledger.forget(call.id)  # one without facts would stop the queue for everybody
        raise
    locate(board, call.id, "locate_by_value", arrival.places[1:], moment)
    _refer(board, call.id, arrival, moment)
    return board.ledger.get(call.id)


def _why_it_stays(board: Board, invite: events.Invite, rung_out: Iterable[CallId]) -> str:
    """The remark of a call that may be one of ours, come back; "" for every other one.

    Asked while a telephone that we rang is in some call: without one nothing of ours can come
    back, and an exchange that shows its own number for others' calls is served as any.
    """
    if _shows_us(board, invite) or _shows_caller_of(board, invite, rung_out):
        return CAME_BACK
    return MANY_HOPS if invite.hops < LEFT_MIN else ""


def _shows_us(board: Board, invite: events.Invite) -> bool:
    """Whether the caller's number is one that we show when we ring out, a line or a trunk's
    `caller_id`, or is that of the centre we overflow to. Exchanges and carriers change the Call-ID
    of what they send on, not the number.
    """
    shown = {invite.identity.number, invite.identity.from_number} - {""}
    country = board.city.country_code
    neighbour = board.city.directory.get(board.settings.ladder.overflow_to or "", "")
    told = (neighbour, *(trunk.caller_id for trunk in board.settings.trunks))
    ours = {national_form(dialled(number), country) for number in told} - {""}
    return any(
        board.city.find_line(number) is not None or national_form(number, country) in ours
        for number in shown
    )


def _shows_caller_of(board: Board, invite: events.Invite, calls: Iterable[CallId]) -> bool:
    """Whether the caller's number is that of somebody whom we are sending on now, by a trunk that
    is told it: whoever sends them back shows it."""
    country = board.city.country_code
    shown = national_form(dialled(invite.identity.number), country)
    told = {trunk.key for trunk in board.settings.trunks if trunk.tells_caller}
    sent_on = (board.ledger.get(call) for call in calls)
    rows = (board.ledger.row(c.id) for c in sent_on if any(leg.trunk in told for leg in c.parties))
    numbers = ((row.number.text if row.number is not None else None) or "" for row in rows)
    return bool(shown) and any(national_form(dialled(one), country) == shown for one in numbers)


def _refer(board: Board, call: CallId, arrival: Arrival, moment: Moment) -> None:
    """Whom to ask where the caller is, where anybody may be; what is never asked says so."""
    askable = [uri for uri in arrival.references if may_be_asked(uri)]
    told = [uri for uri in arrival.references if may_be_subscribed_to(uri)]
    others = (uri for uri in arrival.references if uri not in askable and uri not in told)
    schemes = dict.fromkeys(uri.partition(":")[0].lower() for uri in others)
    not_asked = [f"{scheme}: is not asked, only https:, sip:, sips:, pres:" for scheme in schemes]
    first = min(len(askable), REFERENCES_MAX) + 1
    board.to_subscribe += [Reference(call, uri, number) for number, uri in enumerate(told, first)]
    if board.settings.location_servers.hosts:
        board.to_locate += to_be_asked(call, askable)
        more = len(askable) - REFERENCES_MAX
        not_asked += [f"{more} more than {REFERENCES_MAX}"] if more > 0 else []
    content = personal("; ".join(not_asked))
    if content is not None:
        fact = RawFact(kind=RawKind.LOCATION_REFERENCE, label="not_asked", content=content)
        board.act("note_reference", KeepRawFact(call=call, fact=fact), moment)


def _new_call(
    board: Board, invite: events.Invite, arrival: Arrival, trunk: Trunk, moment: Moment
) -> SpooledCall:
    line = arrival.line or board.city.emergency
    is_asked = arrival.is_training and board.settings.may_train(invite.source.host)
    leg = first_leg(trunk, int(moment.at.timestamp()), board.new_key)
    said = (arrival.audio, arrival.text)
    if invite.sdp is not None and said != (None, None):
        leg = taking(leg, invite.sdp, said, trunk, board.new_key) or replace(leg, formats=())
    leg = families.bound(leg, invite.source.host, board.settings.media_hosts)
    greeted = greetings(line)
    return SpooledCall(
        id=CallId(board.token()),
        trunk=trunk.key,
        announcements=tuple(one.key for one in greeted) or (board.settings.default_announcement,),
        languages=tuple(one.language for one in greeted),
        at_desk=trunk.answer == "at_desk",
        hops=invite.hops,
        is_offerless=invite.sdp is None,
        training=trunk.training or is_asked,
        shard=board.choose_shard(),
        citizen=leg,
        dialog=invite.dialog,
        invite=invite.request,
    )


def _offer(board: Board, call: SpooledCall, arrival: Arrival) -> OfferCall:
    line = arrival.line or board.city.emergency
    first = arrival.places[0] if arrival.places else None
    return OfferCall(
        call=call.id,
        line=line.key,
        dialled=arrival.dialled,
        trunk=call.trunk,
        number=personal(arrival.number),
        number_withheld=arrival.is_withheld,
        place=first and first.place,
        measured_at=first and first.measured_at,
        training=call.training,
        remarks=arrival.remarks,
        line_priority=line.priority,
        language=line.languages[0] if line.languages else None,
        raw_facts=arrival.raw_facts,
    )
