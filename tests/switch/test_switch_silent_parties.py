"""Telephones that we rang and that vanish without a BYE: no caller stays on a dead line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import CITY, DESK, Playbook

from kentongan.core.commands import AnswerCall, InviteParty, RingDesks, TransferCall
from kentongan.core.words import DeskKey, PartyKey, personal
from kentongan.edge.switch import signalling
from kentongan.edge.switch.wiring import _with_telephones
from kentongan.media import protocol
from kentongan.sip import events

DAMKAR = PartyKey("damkar-1")
WALL = DeskKey("wall_1")
GIVEN_UP_S = 33.0
"""After that SIP itself has given up a question (64 T1)."""

Scene = Callable[[Path], Playbook]


def transferred(folder: Path) -> Playbook:
    """The caller speaks with the fire service alone."""
    book = conferring(folder)
    book.ask(TransferCall(call=book.call.id, party=DAMKAR))
    return book


def conferring(folder: Path) -> Playbook:
    """The caller speaks with a desk and the fire service."""
    book = Playbook(folder, wall_telephones={WALL: "201"})
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    book.media(protocol.WebChanged(bridge=book.call.id, leg=DESK, state="connected"))
    book.ask(
        InviteParty(call=book.call.id, party=DAMKAR, kind="agency", number=personal("0247605871"))
    )
    book.place_party()
    book.agency_answers()
    return book


def lifted(folder: Path) -> Playbook:
    """Somebody has lifted the telephone on the wall for the caller."""
    book = Playbook(folder, wall_telephones={WALL: "201"})
    book.ring()
    book.place()
    ring = RingDesks(call=book.call.id, desks=(WALL,), stage="telephones")
    book.board.act("ring", ring, book.moment)
    book.flush()
    book.place_party()
    book.agency_answers()
    return book


def telephones_on_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    """The city has one."""
    plans = _with_telephones(CITY.plans, [WALL])
    monkeypatch.setattr("switch_playbook.CITY", replace(CITY, plans=plans))


@pytest.fixture(params=[transferred, lifted])
def alone(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Playbook:
    """A caller who speaks with one telephone of ours and with nobody else."""
    telephones_on_the_wall(monkeypatch)
    scene: Scene = request.param
    return scene(tmp_path)


def falls_silent(book: Playbook) -> None:
    """The media process has heard nothing of it for 5 s."""
    book.media(protocol.TimedOut(bridge=book.call.id, leg="party-1"))


@pytest.mark.parametrize("is_restarted", [False, True])
def test_one_that_vanishes_gives_the_caller_back_as_soon_as_a_desk(
    alone: Playbook, *, is_restarted: bool
) -> None:
    """10 s after the last sound: at the head of the queue, and an announcement is heard."""
    assert alone.state in ("transferred", "answered")
    alone.is_agency_gone = True
    falls_silent(alone)
    alone.wait(1)
    if is_restarted:
        alone.restart()
    alone.wait(3)
    assert alone.state in ("transferred", "answered")
    alone.wait(3)
    assert alone.state == "queued"
    assert alone.playing() == "wait_id.wav wait_jv.wav wait_en.wav"
    assert alone.board.ledger.row(alone.call.id).requeued == 1
    assert alone.modes() == {"citizen": "talk"}


def test_one_that_only_says_nothing_stays(alone: Playbook) -> None:
    """An exchange that sends no silence is asked for a quarter of an hour, and answers."""
    before = alone.state
    falls_silent(alone)
    alone.wait(900)
    assert alone.state == before
    asked = [one for one in alone.agency_heard if isinstance(one, events.Options | events.Update)]
    assert 30 <= len(asked) <= 100
    assert alone.modes() == {"citizen": "talk", "party-1": "talk"}


def test_one_that_vanishes_after_a_long_silence_is_found_too(alone: Playbook) -> None:
    """It answered before; the next question is not answered."""
    falls_silent(alone)
    alone.wait(60)
    alone.is_agency_gone = True
    alone.wait(16)
    assert alone.state == "queued"


def test_one_that_is_heard_again_is_no_longer_asked(alone: Playbook) -> None:
    """A gap of the network costs nothing."""
    before = alone.state
    alone.is_agency_gone = True
    falls_silent(alone)
    alone.wait(3)
    alone.is_agency_gone = False
    alone.media(protocol.Returned(bridge=alone.call.id, leg="party-1"))
    alone.wait(60)
    assert alone.state == before


def test_an_expired_session_counts_for_a_silent_telephone_only(alone: Playbook) -> None:
    """RFC 4028: nobody refreshed; one that is heard stays."""
    before, leg = alone.state, alone.call.parties[0]
    expired = events.SessionExpired(dialog=leg.dialog)
    signalling.take(alone.board, alone.phones, expired, alone.moment)
    alone.flush()
    assert alone.state == before
    falls_silent(alone)
    signalling.take(alone.board, alone.phones, expired, alone.moment)
    alone.flush()
    assert alone.state == "queued"


def test_beside_a_desk_it_is_given_the_time_of_sip(tmp_path: Path) -> None:
    """The caller is not alone: nobody is cut off for a gap, and who has gone is seen to have."""
    book = conferring(tmp_path)
    book.is_agency_gone = True
    falls_silent(book)
    book.wait(20)
    assert book.modes() == {"citizen": "talk", DESK: "talk", "party-1": "talk"}
    book.wait(GIVEN_UP_S - 18)
    assert book.modes() == {"citizen": "talk", DESK: "talk"}
    assert book.board.ledger.row(book.call.id).parties[0].state == "left"
