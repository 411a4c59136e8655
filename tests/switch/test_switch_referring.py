"""REFER from a party's exchange: another telephone in its place, and who may not."""

from pathlib import Path
from urllib.parse import quote

import pytest
from switch_playbook import DESK, TRUNKS, Playbook

from kentongan.core.commands import AnswerCall, DropParty, InviteParty, TransferCall
from kentongan.core.words import PartyKey, personal
from kentongan.media import protocol
from kentongan.sip import events

DAMKAR = PartyKey("damkar-1")
OFFICER = "sip:201@127.0.0.5"


@pytest.fixture
def book(tmp_path: Path) -> Playbook:
    """A caller, a desk and the fire service, by its exchange, in one call."""
    return conferring(Playbook(tmp_path))


def conferring(book: Playbook) -> Playbook:
    """The fire service has joined."""
    book.ring()
    book.place()
    book.ask(AnswerCall(call=book.call.id, desk=DESK))
    book.media(protocol.WebChanged(bridge=book.call.id, leg=DESK, state="connected"))
    number = personal("0247605871")
    book.ask(InviteParty(call=book.call.id, party=DAMKAR, kind="agency", number=number))
    book.place_party()
    book.agency_answers()
    return book


def refer(book: Playbook, target: str = OFFICER) -> list[events.Response]:
    """The exchange asks; the answers to its REFER."""
    (first, *_) = [one for one in book.agency_heard if isinstance(one, events.Invite)]
    before = len(book.agency_heard)
    assert book.agency.refer(first.dialog, target, now=book.elapsed_s, referred_by="sip:200@damkar")
    book.flush()
    said = book.agency_heard[before:]
    return [one for one in said if isinstance(one, events.Response) and one.method == "REFER"]


def notices(book: Playbook) -> list[int | None]:
    """What the exchange was told of how it goes on."""
    return [one.status for one in book.agency_heard if isinstance(one, events.Referred)]


def parties(book: Playbook) -> list[tuple[str, str | None]]:
    """State of each party, and the number that the screens show."""
    row = book.board.ledger.row(book.call.id)
    return [(one.state, one.number.text if one.number else None) for one in row.parties]


def hung_up(book: Playbook) -> int:
    """How many telephones of the exchange we hung up."""
    return sum(isinstance(one, events.Bye) for one in book.agency_heard)


def test_a_blind_transfer_at_an_exchange_changes_the_party_and_not_the_call(
    book: Playbook,
) -> None:
    """202, rung beside the first, NOTIFY to the end, then the first is hung up; all on record."""
    assert [one.status for one in refer(book)] == [202]
    assert book.modes()["party-1"] == "talk"
    book.place_party("party-2", 40_004)
    invite = [one for one in book.agency_heard if isinstance(one, events.Invite)][-1]
    assert invite.request_uri == OFFICER
    book.agency_answers(180)
    assert hung_up(book) == 0
    book.agency_answers()
    assert notices(book) == [100, 180, 200]
    assert hung_up(book) == 1
    assert parties(book) == [("left", "0247605871"), ("joined", "201")]
    assert book.modes() == {"citizen": "talk", DESK: "talk", "party-2": "talk"}
    assert book.facts[-3:] == ["call.party_referred", "call.party_joined", "call.party_left"]
    assert book.state == "answered"


@pytest.mark.parametrize(("status", "told"), [(486, 486), (603, 603), (404, 503)])
def test_who_does_not_come_leaves_the_party_as_it_was(
    book: Playbook, status: int, told: int
) -> None:
    """The exchange is told why, and may try another one."""
    refer(book)
    book.place_party("party-2", 40_004)
    book.agency_answers(status)
    assert notices(book) == [100, told]
    assert parties(book) == [("joined", "0247605871"), ("failed", "201")]
    assert book.modes() == {"citizen": "talk", DESK: "talk", "party-1": "talk"}
    assert [one.status for one in refer(book, "sip:202@127.0.0.5")] == [202]


def test_nobody_is_rung_for_ever_nor_two_at_once_and_a_desk_may_end_it(book: Playbook) -> None:
    """After 30 s 480; a second REFER meanwhile is declined; let go by a desk, 487."""
    refer(book)
    assert [one.status for one in refer(book)] == [603]
    book.place_party("party-2", 40_004)
    book.agency_answers(180)
    book.wait(31)
    assert notices(book) == [100, 180, 480]
    refer(book)
    book.place_party("party-3", 40_006)
    book.agency_answers(180)
    second = book.board.ledger.row(book.call.id).parties[-1].party
    book.ask(DropParty(call=book.call.id, party=second))
    assert notices(book)[-1] == 487
    assert [state for state, _ in parties(book)] == ["joined", "failed", "left"]


def test_an_attended_transfer_names_the_call_at_the_exchange(book: Playbook) -> None:
    """The INVITE takes that call's place (RFC 3891)."""
    (first,) = [one for one in book.agency_heard if isinstance(one, events.Invite)]
    call_id, to, sender = first.dialog.split("|")  # any call of the exchange: this one
    replaces = quote(f"{call_id};to-tag={to};from-tag={sender}", safe="")
    assert [one.status for one in refer(book, f"{OFFICER}?Replaces={replaces}")] == [202]
    book.place_party("party-2", 40_004)
    invite = [one for one in book.agency_heard if isinstance(one, events.Invite)][-1]
    assert (invite.request_uri, invite.replaces) == (OFFICER, first.dialog)


def test_a_restart_in_the_middle_changes_nothing(book: Playbook) -> None:
    """What is rung goes on, who asked is told, and the first is hung up."""
    refer(book)
    book.place_party("party-2", 40_004)
    book.agency_answers(180)
    book.restart()
    book.agency_answers()
    assert notices(book) == [100, 180, 200]
    assert [state for state, _ in parties(book)] == ["left", "joined"]
    assert hung_up(book) == 1


def test_an_exchange_that_hangs_up_at_once_leaves_the_caller_company(book: Playbook) -> None:
    """As many do after the 202: the transferred caller waits for the other, then has it."""
    book.ask(TransferCall(call=book.call.id, party=DAMKAR))
    refer(book)
    first = next(one for one in book.agency_heard if isinstance(one, events.Invite))
    book.agency.bye(first.dialog, now=book.elapsed_s)
    book.flush()
    assert book.state == "transferred"
    book.place_party("party-2", 40_004)
    book.agency_answers()
    assert book.state == "transferred"
    assert book.modes() == {"citizen": "talk", "party-2": "talk"}


@pytest.mark.parametrize(
    ("target", "cause"),
    [
        ("sip:201@127.0.0.5;method=BYE", "refer_more_than_a_call"),
        ("sip:201@127.0.0.5?Subject=x", "refer_more_than_a_call"),
        ("sip:201@127.0.0.5?Route=%3Csip%3A192.0.2.1%3E", "refer_more_than_a_call"),
        ("sips:201@127.0.0.5", "refer_other_scheme"),
        ("http://127.0.0.5/201", "refer_other_scheme"),
        ("urn:service:sos", "refer_other_scheme"),
        ("sip:201@192.0.2.7", "refer_elsewhere"),
        ("sip:desk@127.0.0.1", "refer_elsewhere"),
        ("sip:112@127.0.0.1", "refer_own_line"),
        ("tel:112", "refer_own_line"),
        ("sip:" + "9" * 300 + "@127.0.0.5", "refer_too_long"),
        ("sip:x@192.0.2.7?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2", "refer_elsewhere"),
    ],
)
def test_where_we_do_not_ring_is_declined(book: Playbook, target: str, cause: str) -> None:
    """603, said once; the call is as it was."""
    assert [one.status for one in refer(book, target)] == [603]
    assert book.board.notices.counts[cause] == 1
    assert parties(book) == [("joined", "0247605871")]
    assert notices(book) == []


@pytest.mark.parametrize(
    "target", ["tel:0243513113", "sip:0243513113@127.0.0.1", "sip:201@127.0.0.5;user=phone"]
)
def test_numbers_are_rung_as_any_number_is(book: Playbook, target: str) -> None:
    """By the party's own trunk: its exchange knows what may be dialled."""
    assert [one.status for one in refer(book, target)] == [202]
    book.place_party("party-2", 40_004)
    invite = [one for one in book.agency_heard if isinstance(one, events.Invite)][-1]
    assert invite.request_uri.endswith(("0243513113@127.0.0.5:5070", "@127.0.0.5;user=phone"))


def test_no_channel_is_a_no(tmp_path: Path) -> None:
    """The trunk's channels bound it, as they bound a desk."""
    trunks = [TRUNKS[0], {**TRUNKS[1], "calls_max": 1}]
    book = conferring(Playbook(tmp_path, trunks=trunks))
    assert [one.status for one in refer(book)] == [603]
    assert book.board.notices.counts["refer_no_trunk"] == 1


def test_nobody_sends_a_caller_elsewhere(book: Playbook) -> None:
    """REFER in the caller's own dialog: 603, and they stay with us."""
    assert book.phone.refer(book.phone_dialog, "sip:201@127.0.0.5", now=book.elapsed_s)
    book.flush()
    said = [one for one in book.told(events.Response) if one.method == "REFER"]
    assert [one.status for one in said] == [603]
    assert book.board.notices.counts["refer_of_caller"] == 1
    assert book.state == "answered"
