"""Sound on both IP versions: each telephone is bound, and told where, on its own; both are heard in
one bridge; a change within a call to the other one is refused and the call goes on.
"""

import socket
from pathlib import Path

import pytest
from switch_playbook import AGENCY, DESK, Playbook
from switch_room import BUDI, DEWI, Page, Room, free_port, until
from test_switch_calls import CALLER_HZ, DESK_HZ, play

from kentongan.core.commands import CallBack, InviteParty
from kentongan.core.words import CallId, PartyKey, Personal
from kentongan.edge.caller.answering import AnsweringPhone, RungCall
from kentongan.edge.caller.phone import CallState, Phone, PhoneCall
from kentongan.edge.caller.voice import level_of, tone
from kentongan.edge.switch import families
from kentongan.edge.switch.bridge import ActualBridge, next_step
from kentongan.edge.switch.descriptions import phone_of
from kentongan.edge.switch.record import SipLeg
from kentongan.media import protocol
from kentongan.sip import events
from kentongan.sip.address import Address
from kentongan.sip.sdp import Session, read_audio, write_audio

FOUR, SIX = "127.0.0.1", "2001:db8::1"
BOTH = (FOUR, SIX)
OFFER_FOUR = write_audio(Session("127.0.0.2", 4000, session_id=7))
OFFER_SIX = write_audio(Session("2001:db8::7", 4000, session_id=7))
OTHER_HZ = 2100
NUMBER = Personal(text="0247605871")


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _book(folder: Path, **overrides: object) -> Playbook:
    return Playbook(folder, media_host=FOUR, media_host_v6=SIX, **overrides)


def _told_to_media(book: Playbook) -> protocol.Rtp:
    """How the media process is to make the caller's leg."""
    wanted = book.board.wanted(book.call.id)
    step = next_step(wanted, ActualBridge(), book.call.id)
    assert isinstance(step, protocol.Rtp)
    return step


@pytest.mark.parametrize(("offer", "family"), [(OFFER_FOUR, 4), (OFFER_SIX, 6)])
def test_each_caller_is_bound_on_the_version_of_its_sound(
    tmp_path: Path, offer: bytes, family: int
) -> None:
    """Whatever SIP came by; it is in the spool, so a switch that is started again keeps it."""
    book = _book(tmp_path)
    book.ring(offer)
    assert (book.state, _told_to_media(book).family) == ("offered", family)
    book.restart()
    assert _told_to_media(book).family == family


def test_who_names_no_place_is_bound_where_its_sip_comes_from() -> None:
    """Offerless or on hold from the start; and on the first where nothing tells."""
    for ip in (None, "0.0.0.0", "::"):
        assert families.bound(SipLeg(ip=ip), "2001:db8::7", BOTH).family == 6
        assert families.bound(SipLeg(ip=ip), "192.0.2.7", BOTH).family == 4
        assert families.bound(SipLeg(ip=ip), "", BOTH).family == 4
    assert families.bound(SipLeg(ip="192.0.2.9"), "2001:db8::7", BOTH).family == 4
    assert not families.is_heard(SipLeg(ip="2001:db8::7"), "", BOTH)  # a call of before


def test_a_change_to_the_other_version_is_refused_and_the_call_goes_on(tmp_path: Path) -> None:
    """Its port stays; a change within the version is taken."""
    book = _book(tmp_path)
    book.ring(OFFER_FOUR)
    book.place()
    leg = book.call.citizen
    book.phone.request(book.phone_dialog, "INVITE", now=book.elapsed_s, body=OFFER_SIX)
    book.flush()
    assert book.statuses[-1] == 488
    assert book.call.citizen == leg
    elsewhere = write_audio(Session("127.0.0.3", 4010, session_id=7, version=2))
    book.phone.request(book.phone_dialog, "INVITE", now=book.elapsed_s, body=elsewhere)
    book.flush()
    assert (book.statuses[-1], book.call.citizen.ip) == (200, "127.0.0.3")


def test_an_answer_of_the_other_version_names_no_place() -> None:
    """The media process would refuse it for ever; it waits for packets instead."""
    leg = SipLeg(ip="2001:db8::7", port=4000, family=4)
    assert (phone_of(leg, ()).ip, phone_of(leg, ()).port) == (None, None)
    assert phone_of(SipLeg(ip="192.0.2.7", port=4000, family=4), ()).ip == "192.0.2.7"
    before_the_choice = SipLeg(ip="192.0.2.7", port=4000)
    assert phone_of(before_the_choice, ()).family is None


def test_a_trunk_of_the_other_version_gets_a_place_of_its_own_first(tmp_path: Path) -> None:
    """The first does not take the call; the next speaks IPv4: bound there, then rung."""
    trunks = [
        {"key": "six", "host": "2001:db8::5", "port": AGENCY.port},
        {"key": "four", "host": AGENCY.host, "port": AGENCY.port},
    ]
    book = _book(tmp_path, trunks=trunks)
    book.is_deaf = True  # nobody is at the other address
    book.ask(CallBack(call=CallId("b"), number=NUMBER, line="112", trunk="", desk=DESK))
    book.media(protocol.WebChanged(bridge=book.call.id, leg=DESK, state="connected"))
    assert (book.call.trunk, book.call.citizen.family) == ("six", 6)
    book.place(40_002)
    book.wait(6)
    call = book.call
    assert (call.trunk, call.citizen.family, call.citizen.has_place) == ("four", 4, False)
    assert not any(isinstance(one, events.Invite) for one in book.agency_heard)
    book.place(40_010)
    (invite,) = (one for one in book.agency_heard if isinstance(one, events.Invite))
    offered = read_audio(invite.sdp or b"")
    assert offered is not None
    assert offered.port == 40_010


async def _talk(room: Room, page: Page, phone: Phone, hz: float) -> tuple[PhoneCall, str]:
    """A call that the page has answered, heard both ways."""
    call = await phone.call("112", voice=tone(hz))
    await call.reach(CallState.TALKING)
    key = (await room.call_in("queued"))["key"]
    await page.answer(key)
    await _is_heard(call, page, hz)
    return call, key


async def _is_heard(call: PhoneCall, page: Page, hz: float) -> None:
    await until(lambda: level_of(call.audio.heard(0.3), page.hz) > 5000)
    await page.peer.hear(0.5)
    await until(lambda: level_of(page.peer.heard(0.4).astype("int16"), hz) > 5000)


def test_both_versions_are_heard_and_keep_their_ports(tmp_path: Path) -> None:
    """A caller from ::1 beside one from 127.0.0.1; kill -9 of media, then of the switch; and an
    exchange that is rung over IPv6, in one bridge with the caller of IPv4.
    """
    if not _has_ipv6():
        pytest.skip("this machine has no IPv6 loopback")
    port = free_port()
    rung: list[RungCall] = []

    async def scenario(room: Room) -> None:
        six_phone = Phone(Address("::1", room.settings.sip_port), host="::1")
        await six_phone.start()
        dewi, budi = Page(room.control, DEWI, DESK_HZ), Page(room.control, BUDI, DESK_HZ + 300)
        four, four_key = await _talk(room, dewi, await room.phone(), CALLER_HZ)
        six, six_key = await _talk(room, budi, six_phone, OTHER_HZ)
        places = four.audio._remote, six.audio._remote
        assert [None if one is None else one[0] for one in places] == ["127.0.0.1", "::1"]

        room.media[0].kill()
        room.media[0].start()
        await until(lambda: sum(push["event"] == "redo" for push in room.control.pushed) > 1)
        for page, key in ((dewi, four_key), (budi, six_key)):
            await page.peer.close(says_farewell=False)
            await page.join(key)
        await _is_heard(four, dewi, CALLER_HZ)
        await _is_heard(six, budi, OTHER_HZ)

        room.control.close()
        room.switch.kill()
        room.switch.start()
        await room.control.connect()
        exchange = AnsweringPhone(Address("::1", room.settings.sip_port), rung.append, host="::1")
        await exchange.start(port)
        party = PartyKey("p")
        invite = InviteParty(call=CallId(four_key), party=party, kind="agency", number=NUMBER)
        await room.control.command(invite)
        (agency,) = await until(lambda: tuple(rung))
        agency.accept()
        await until(lambda: level_of(agency.audio.heard(0.3), CALLER_HZ) > 3000)
        agency.say(tone(OTHER_HZ))
        await until(lambda: level_of(four.audio.heard(0.3), OTHER_HZ) > 3000)
        await _is_heard(six, budi, OTHER_HZ)
        assert agency.audio._remote is not None
        assert agency.audio._remote[0] == "::1"
        assert (four.audio._remote, six.audio._remote) == places
        assert (four.reinvites, six.reinvites) == (0, 0)
        await exchange.close()
        await six_phone.close()
        for page in (dewi, budi):
            await page.peer.close()

    networks = ["127.0.0.0/8", "::1/128"]
    play(
        tmp_path,
        scenario,
        sip_hosts=["127.0.0.1", "::1"],
        media_host_v6="::1",
        trunks=[
            {"key": "local", "networks": networks},
            {"key": "pbx", "host": "::1", "port": port},
        ],
    )
