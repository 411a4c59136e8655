"""How a call should sound: who is in its bridge, who hears whom, and what is played to whom.

Pure: from the call's row and its legs to the wanted bridge. Never a dead line: whoever hears nobody
hears that somebody is there. A held caller hears reassurance alone while the desk speaks with an
agency; who was rung and has not answered yet is in the bridge without being heard.
"""

from collections.abc import Callable

from msgspec.structs import replace

from kentongan.core.call_rows import CallRow
from kentongan.core.words import PartyKey
from kentongan.edge.switch.announcements import (
    DUTY,
    DUTY_TRIAL,
    OVERFLOW,
    RINGING,
    SILENT_TEST,
    TRANSFER,
    Sounds,
)
from kentongan.edge.switch.bridge import WantedBridge, WantedLeg, WantedText
from kentongan.edge.switch.descriptions import phone_of
from kentongan.edge.switch.legs import is_on_hold
from kentongan.edge.switch.prompting import question_of
from kentongan.edge.switch.record import (
    CITIZEN,
    PARTNER,
    PARTY,
    SUPERVISOR,
    SpooledCall,
    WebLeg,
)
from kentongan.edge.switch.text_side import text_phone

TALK = "talk"
HOLD = "hold"
LISTEN = "listen"

NetworksOf = Callable[[str], tuple[str, ...]]
"""Where a trunk's sound may come from, by the trunk's key."""


def wanted_bridge(
    call: SpooledCall,
    row: CallRow,
    sounds: Sounds,
    networks_of: NetworksOf,
    position: int | None = None,
) -> WantedBridge | None:
    """How the call should sound now; None when it is over, or nobody in it has a voice yet.

    `position` in the queue is told.
    """
    if call.is_over or not call.has_line:
        return None
    return WantedBridge(
        bridge=call.id,
        record=call.recordings[-1] if call.recordings else "",
        legs=(
            *_caller(call, row, sounds, networks_of, position),
            *(_page(leg, call, row, sounds) for leg in call.desks),
            *_parties(call, row, sounds, networks_of),
        ),
        texts=_texts(call, networks_of),
    )


def _texts(call: SpooledCall, networks_of: NetworksOf) -> tuple[WantedText, ...]:
    """The caller's text line, whatever is heard meanwhile: a held caller may go on typing."""
    side, typing = call.citizen.text, call.typing
    if side is None:
        return ()
    text = WantedText(
        name=CITIZEN,
        phone=text_phone(call.citizen, side, networks_of(call.trunk)),
        local_port=side.local_port,
        heard=(typing.source, typing.number) if typing.source else None,
    )
    return (text,)


def _caller(
    call: SpooledCall,
    row: CallRow,
    sounds: Sounds,
    networks_of: NetworksOf,
    position: int | None,
) -> tuple[WantedLeg, ...]:
    """The caller's leg: a telephone's, a page's, or none for whoever only types."""
    if call.page is not None and call.page.only_types:
        return ()
    if call.page is None and not call.citizen.has_audio:
        return ()
    apart = is_apart(call, row)
    question = () if apart else question_of(call, sounds)
    leg = WantedLeg(
        name=CITIZEN,
        role=CITIZEN,
        mode=HOLD if apart else TALK,
        playing=question or _to_caller(call, row, sounds, position),
        plays_once=bool(question),
        taps=call.question is not None,
    )
    if call.page is not None:
        return (leg,)
    is_to_press = call.question is not None or row.duty is not None
    phone = phone_of(call.citizen, networks_of(call.trunk))
    return (replace(leg, tones=is_to_press, phone=phone, local_port=call.citizen.local_port),)


def is_apart(call: SpooledCall, row: CallRow) -> bool:
    """Whether the caller is to hear reassurance alone."""
    return row.state == "held" or (row.state == "transferred" and not _has_company(call, row))


def _has_company(call: SpooledCall, row: CallRow) -> bool:
    """Whether somebody beside our desks speaks with the caller: who is on hold does not."""
    held = _held(row)
    return any(leg.is_joined and leg.party not in held for leg in call.parties)


def _held(row: CallRow) -> frozenset[PartyKey | None]:
    return frozenset(one.party for one in row.parties if one.state == "held")


def _to_caller(
    call: SpooledCall, row: CallRow, sounds: Sounds, position: int | None
) -> tuple[str, ...]:
    if row.duty is not None:
        return _to_duty(row, sounds, call.languages)
    if row.state == "held":
        return sounds.reassure(call.languages)
    if is_apart(call, row):
        return _connecting(call, row, sounds)
    if _has_company(call, row) or row.state in ("calling", "transferred"):
        return ()
    is_heard = any(
        leg.is_connected and leg.role != SUPERVISOR and not is_held_partner(leg, row)
        for leg in call.desks
    )
    if row.state == "queued":
        return sounds.waiting(call.announcements, call.languages, position)
    if row.state == "answered" and not is_heard:
        return sounds.waiting(call.announcements, call.languages, None)
    return ()


def _to_duty(row: CallRow, sounds: Sounds, languages: tuple[str, ...]) -> tuple[str, ...]:
    """What somebody on duty hears once they lifted; a trial never says that there is something."""
    if row.state != "answered":
        return ()
    if row.duty is not None and row.duty.incident is None:
        return sounds.say(DUTY_TRIAL, languages) or sounds.say(SILENT_TEST, languages)
    return sounds.say(DUTY, languages)


def _connecting(call: SpooledCall, row: CallRow, sounds: Sounds) -> tuple[str, ...]:
    """What a caller hears whom the desk has let go, and whom nobody has taken up yet."""
    is_rung = any(one.kind == "neighbour" and one.state == "invited" for one in row.parties)
    for key in (OVERFLOW, TRANSFER) if is_rung else (TRANSFER,):
        if files := sounds.say(key, call.languages):
            return files
    return sounds.reassure(call.languages)


def is_held_partner(leg: WebLeg, row: CallRow) -> bool:
    """Whether that page is of a desk that was brought in and put on hold."""
    return leg.role == PARTNER and is_on_hold(row, leg.desk)


def _page(leg: WebLeg, call: SpooledCall, row: CallRow, sounds: Sounds) -> WantedLeg:
    if is_held_partner(leg, row):
        return WantedLeg(
            name=leg.desk,
            role=leg.role,
            mode=HOLD,
            playing=sounds.reassure(call.languages),
        )
    rings = row.state == "calling" and call.is_ringing and call.citizen.ip is None
    return WantedLeg(
        name=leg.desk,
        role=leg.role,
        mode=mode_of_supervisor(leg, call, row) if leg.role == SUPERVISOR else TALK,
        playing=sounds.say(RINGING) if rings else (),
    )


def mode_of_supervisor(leg: WebLeg, call: SpooledCall, row: CallRow) -> str:
    """What a supervisor's page may do; anything unknown is only listening."""
    on_wall = (one.name for one in call.parties if one.wall is not None and one.wall == row.desk)
    for one in row.supervisors:
        if one.desk == leg.desk and one.mode == "barge":
            return TALK
        if one.desk == leg.desk and one.mode == "whisper" and row.desk is not None:
            return f"whisper:{next(on_wall, row.desk)}"
    return LISTEN


def _parties(
    call: SpooledCall, row: CallRow, sounds: Sounds, networks_of: NetworksOf
) -> tuple[WantedLeg, ...]:
    """Telephones that were rung into the call; a held one hears the call's languages too."""
    held = _held(row)
    reassurance = sounds.reassure(call.languages)
    return tuple(
        WantedLeg(
            name=leg.name,
            role=PARTY,
            mode=TALK if leg.is_joined and leg.party not in held else HOLD,
            playing=reassurance if leg.party in held else (),
            phone=phone_of(leg.leg, networks_of(leg.trunk)),
            local_port=leg.leg.local_port,
        )
        for leg in call.parties
        if not leg.has_failed
    )
