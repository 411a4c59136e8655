"""A trunk that does not take a call of ours: the next one is tried, within seconds, and not for
what the person's own telephone said.
"""

from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import AGENCY, CITY, DESK, Playbook

from kentongan.core.commands import AnswerCall, CallBack, InviteParty, RingDesks
from kentongan.core.words import CallId, DeskKey, PartyKey, personal
from kentongan.edge.switch.detour import SILENT_FOR
from kentongan.edge.switch.wiring import _with_telephones
from kentongan.media import protocol
from kentongan.sip import events

WALL = DeskKey("wall_1")
WAYS = ("first", "second", "third", "fourth")
TRUNKS = [
    {"key": "local", "networks": ["127.0.0.0/8"]},
    *(
        {"key": key, "host": AGENCY.host, "port": AGENCY.port, "domain": f"{key}.example"}
        for key in WAYS
    ),
]


@pytest.fixture(params=["party", "person", "wall"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Who is rung: an agency for a desk, somebody who is called back, a telephone on the wall."""
    plans = _with_telephones(CITY.plans, [WALL])
    monkeypatch.setattr("switch_playbook.CITY", replace(CITY, plans=plans))
    return str(request.param)


@pytest.fixture
def book(kind: str, tmp_path: Path) -> Playbook:
    """They are being rung by the first of four trunks."""
    return rung(kind, tmp_path)


def rung(kind: str, folder: Path, *, is_gone: bool = False) -> Playbook:
    """The same; `is_gone`: no trunk says anything."""
    made = Playbook(folder, trunks=TRUNKS, wall_telephones={WALL: "201"})
    made.is_agency_gone = is_gone
    number = personal("0247605871")
    assert number is not None
    if kind == "person":
        made.ask(CallBack(call=CallId("b"), number=number, line="112", trunk="", desk=DESK))
        made.media(protocol.WebChanged(bridge=made.call.id, leg=DESK, state="connected"))
        made.place(40_002)
        return made
    made.ring()
    made.place()
    if kind == "party":
        made.ask(AnswerCall(call=made.call.id, desk=DESK))
        made.media(protocol.WebChanged(bridge=made.call.id, leg=DESK, state="connected"))
        party = PartyKey("d")
        made.ask(InviteParty(call=made.call.id, party=party, kind="agency", number=number))
    else:
        ring = RingDesks(call=made.call.id, desks=(WALL,), stage="telephones")
        made.board.act("ring", ring, made.moment)
        made.flush()
    made.place_party()
    return made


def ways(book: Playbook) -> list[str]:
    """The trunks by which it was rung, in turn."""
    invites = [one for one in book.agency_heard if isinstance(one, events.Invite)]
    found = [one.request_uri.partition("@")[2].partition(".")[0] for one in invites]
    return list(dict.fromkeys(found))


def outcome(book: Playbook) -> str:
    """What the record says of whoever was rung."""
    row = book.board.ledger.row(book.call.id)
    if row.parties:
        return row.parties[0].reason or row.parties[0].state
    if row.state == "ended":
        return str(getattr(book.call.facts[-1].event, "reason", ""))
    return f"rings at {len(row.rung)}" if row.state == "queued" else row.state


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_what_one_trunk_does_not_take_goes_by_the_next(book: Playbook, status: int) -> None:
    """At once, at the same place in the bridge; whoever answers there is in the call."""
    book.agency_answers(status)
    assert ways(book) == ["first", "second"]
    invites = [one for one in book.agency_heard if isinstance(one, events.Invite)]
    assert len({one.hops for one in invites}) == 1, "the next trunk goes no further"
    book.agency_answers(180)
    book.agency_answers()
    assert outcome(book) in ("joined", "answered")
    assert "party-1" not in book.modes() or book.modes()["party-1"] == "talk"


@pytest.mark.parametrize("status", [486, 404, 603, 480])
def test_what_the_person_says_is_not_asked_elsewhere(book: Playbook, status: int) -> None:
    """Busy is busy."""
    book.agency_answers(status)
    assert ways(book) == ["first"]


def test_a_trunk_that_rang_and_then_fails_is_the_end(book: Playbook) -> None:
    """408 after ringing: nobody picked up."""
    book.agency_answers(180)
    book.agency_answers(408)
    assert ways(book) == ["first"]


def test_three_trunks_and_no_more(book: Playbook) -> None:
    """Then the outcome is said."""
    for _ in range(3):
        book.agency_answers(503)
    assert ways(book) == ["first", "second", "third"]
    assert outcome(book) in ("unreachable", "rings at 0")


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_trunk_that_says_nothing_is_left_within_seconds(
    kind: str, tmp_path: Path, *, is_restarted: bool
) -> None:
    """Whatever comes of the first INVITE later is taken back: one call, one telephone."""
    book = rung(kind, tmp_path, is_gone=True)
    if is_restarted:
        book.restart()
    book.wait(3)
    assert not ways(book)
    book.is_agency_gone = False
    book.wait(SILENT_FOR.total_seconds() - 2)
    newest = ways(book)[-1]
    assert newest == "second"
    book.agency_answers()
    book.wait(30)
    assert outcome(book) in ("joined", "answered")
    assert any(isinstance(one, events.Cancel) for one in book.agency_heard) == (
        "first" in ways(book)
    )
    assert book.state == "answered"


def test_where_no_other_trunk_leads_the_first_is_waited_for(tmp_path: Path) -> None:
    """A slow exchange is better than none."""
    book = Playbook(tmp_path)
    book.is_agency_gone = True
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    number = personal("0247605871")
    book.ask(InviteParty(call=book.call.id, party=PartyKey("d"), kind="agency", number=number))
    book.place_party()
    book.wait(6)
    book.is_agency_gone = False
    book.wait(3)
    book.agency_answers()
    assert outcome(book) == "joined"
