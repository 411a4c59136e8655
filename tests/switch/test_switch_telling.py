"""A telephone is told of a change until it knows; nothing goes in clear that had a key."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from switch_playbook import Playbook, talking

from kentongan.core.commands import InviteParty
from kentongan.core.words import PartyKey, personal
from kentongan.edge.switch import dialling, signalling, telling
from kentongan.edge.switch.descriptions import first_leg, readable, taking_answer
from kentongan.edge.switch.record import CITIZEN, SipLeg
from kentongan.edge.switch.trunks import Trunk
from kentongan.sip import events
from kentongan.sip.codecs import Codec, Format
from kentongan.sip.crypto import Crypto
from kentongan.sip.sdp import Session, read_audio, write_audio

PARTY = PartyKey("damkar-1")


@pytest.fixture
def book(tmp_path: Path) -> Playbook:
    """A call at a desk."""
    return talking(tmp_path)


def _ports(heard: list[events.Event]) -> list[int]:
    """What the re-INVITEs that somebody heard say of our port."""
    said = [readable(one.sdp) for one in heard if isinstance(one, events.Reinvite)]
    return [audio.port for audio in said if audio is not None]


def _move(book: Playbook, port: int) -> None:
    signalling.placed(book.board, book.phones, book.call.id, "127.0.0.1", port, book.moment)


def _agree(book: Playbook) -> None:
    """The telephone takes the last re-INVITE."""
    asked = next(one for one in reversed(book.heard) if isinstance(one, events.Reinvite))
    body = write_audio(Session("127.0.0.2", 4000, session_id=7))
    book.phone.respond(asked.request, 200, now=book.elapsed_s, body=body)
    book.flush()


def test_a_caller_who_agrees_is_told_once(book: Playbook) -> None:
    """One re-INVITE with the new port, and no other while time passes."""
    _move(book, 40_100)
    book.flush()
    assert _ports(book.heard) == [40_100]
    _agree(book)
    assert book.call.citizen.tell_at is None
    book.wait(30)
    assert _ports(book.heard) == [40_100]


def test_every_agreed_codec_is_offered_again_and_another_may_be_taken(book: Playbook) -> None:
    """From then on we speak the one that the answer names first."""
    _move(book, 40_100)
    book.flush()
    (asked,) = book.told(events.Reinvite)
    offered = readable(asked.sdp)
    assert offered is not None
    assert [form.codec for form in offered.formats] == [Codec.PCMA, Codec.PCMU]
    ulaw = Session("127.0.0.2", 4000, session_id=7, version=2, formats=(Format(Codec.PCMU, 0),))
    now, body = book.elapsed_s, write_audio(ulaw)
    book.phone.respond(asked.request, 200, now=now, body=body)
    book.flush()
    wanted = book.board.wanted(book.call.id)
    citizen = None if wanted is None else wanted.find(CITIZEN)
    assert citizen is not None
    assert citizen.phone is not None
    assert (citizen.phone.codec, citizen.phone.payload_type) == ("pcmu", 0)


def test_a_second_move_while_the_first_is_under_way_is_told_afterwards(book: Playbook) -> None:
    """The 200 to the first says nothing of the second, which follows by itself."""
    _move(book, 40_100)
    book.flush()
    _move(book, 40_200)
    book.flush()
    assert _ports(book.heard) == [40_100]
    _agree(book)
    assert book.call.citizen.tell_at is not None
    book.wait(4)
    assert _ports(book.heard) == [40_100, 40_200]
    _agree(book)
    assert book.call.citizen.tell_at is None


def test_a_refused_change_is_told_again_and_not_for_ever(book: Playbook) -> None:
    """488 each time: `TRIES_MAX` tries, then the call goes on as it is."""
    _move(book, 40_100)
    book.flush()
    answered = 0
    for _ in range(100):
        asked = [one for one in book.heard if isinstance(one, events.Reinvite)]
        for one in asked[answered:]:
            book.phone.respond(one.request, 488, now=book.elapsed_s)
        answered = len(asked)
        book.flush()
        book.wait(1)
    assert answered == telling.TRIES_MAX
    assert (book.call.citizen.tell_at, book.state) == (None, "answered")


def test_an_agency_is_told_of_its_new_port(book: Playbook) -> None:
    """Its leg lost its port to somebody else: the agency hears of the new one, and is heard."""
    book.ask(
        InviteParty(call=book.call.id, party=PARTY, kind="agency", number=personal("0247605871"))
    )
    book.place_party()
    book.agency_answers()
    dialling.displaced(book.board, book.call.id, "party-1", "port-taken")
    book.place_party(port=40_010)
    book.wait(3)
    assert _ports(book.agency_heard) == [40_010]
    asked = next(one for one in book.agency_heard if isinstance(one, events.Reinvite))
    body = write_audio(Session("127.0.0.5", 6010, session_id=9, version=2))
    book.agency.respond(asked.request, 200, now=book.elapsed_s, body=body)
    book.flush()
    (party,) = book.call.parties
    assert (party.leg.tell_at, party.leg.port) == (None, 6010)


def test_a_port_that_moved_while_an_agency_rang_is_told_when_it_answers(book: Playbook) -> None:
    """The INVITE named the old one."""
    book.ask(
        InviteParty(call=book.call.id, party=PARTY, kind="agency", number=personal("0247605871"))
    )
    book.place_party()
    dialling.displaced(book.board, book.call.id, "party-1", "port-taken")
    book.place_party(port=40_010)
    book.agency_answers()
    book.wait(3)
    assert _ports(book.agency_heard) == [40_010]


def test_what_is_told_survives_a_restart(book: Playbook) -> None:
    """The switch dies before the telephone agreed: the next one tells it again."""
    _move(book, 40_100)
    book._commit()
    book.restart()
    book.wait(3)
    assert set(_ports(book.heard)) == {40_100}


def test_new_keys_for_a_long_call_in_a_new_media_process(book: Playbook) -> None:
    """Its packets' numbers have wrapped: the new process could not know; a short call keeps its."""
    ours = Crypto(1, "AES_CM_128_HMAC_SHA1_80", "B" * 40)
    leg = replace(book.call.citizen, crypto=ours, crypto_in="C" * 40)
    book.board.put(replace(book.call, citizen=leg))
    telling.in_process(book.board, book.call.id, CITIZEN, "first", book.moment)
    telling.in_process(book.board, book.call.id, CITIZEN, "second", book.moment)
    assert book.call.citizen.crypto == ours
    book.board.put(replace(book.call, citizen=replace(book.call.citizen, direction="sendrecv")))
    book.elapsed_s += telling.REKEY_AFTER.total_seconds()
    telling.in_process(book.board, book.call.id, CITIZEN, "second", book.moment)
    assert book.call.citizen.crypto == ours  # the process is the same: the switch was away
    telling.in_process(book.board, book.call.id, CITIZEN, "third", book.moment)
    assert book.call.citizen.crypto == Crypto(1, ours.suite, "A" * 40)
    assert book.call.citizen.tell_at == book.moment.at


SECURE = Trunk(key="aman", networks=("127.0.0.0/8",), srtp="required")


def _offered() -> SipLeg:
    made = first_leg(SECURE, 1, lambda: "A" * 40)
    assert made.crypto is not None
    return replace(made, local_ip="127.0.0.1", local_port=40_000)


@pytest.mark.parametrize("lines", ["", "a=crypto:1 AES_256_CM_HMAC_SHA1_80 inline:" + "D" * 40])
def test_srtp_that_is_not_answered_with_a_key_is_no_answer(lines: str) -> None:
    """RTP in clear, or a suite that we did not offer: never taken for agreement."""
    plain = read_audio(write_audio(Session("127.0.0.5", 6000, session_id=9)))
    assert plain is not None
    text = write_audio(Session("127.0.0.5", 6000, session_id=9)).decode()
    odd = read_audio((text.replace("RTP/AVP", "RTP/SAVP") + lines + "\r\n").encode())
    assert taking_answer(_offered(), plain) is None
    if odd is not None:
        assert taking_answer(_offered(), odd) is None


def test_srtp_that_is_answered_with_a_key_is_taken() -> None:
    """Their key decrypts, ours encrypts."""
    theirs = Crypto(1, "AES_CM_128_HMAC_SHA1_80", "D" * 40)
    session = Session("127.0.0.5", 6000, session_id=9, crypto=(theirs,))
    answer = read_audio(write_audio(session))
    assert answer is not None
    taken = taking_answer(_offered(), answer)
    assert taken is not None
    assert taken.crypto_in == theirs.key
