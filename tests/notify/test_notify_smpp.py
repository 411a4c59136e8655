"""SMPP: what goes over the line, and what a message centre may do to it."""

import contextlib
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from notify_centre import Centre, Plan

from kentongan.edge.notify import smpp_pdu as pdu
from kentongan.edge.notify.channel import AnyIn, Letter, NotSent, ReceiptIn, TextIn
from kentongan.edge.notify.smpp import Smpp
from kentongan.edge.notify.sms_text import packed, septets
from kentongan.notify_settings import SmppSettings

MakeCentre = Callable[..., Centre]


def gateway(centre: Centre, secret_file: str, **changed: object) -> Smpp:
    """Our side of it."""
    given_: dict[str, object] = {
        "name": "smpp",
        "host": "127.0.0.1",
        "port": centre.port,
        "system_id": "k112",
        "password_file": secret_file,
        **changed,
    }
    return Smpp(SmppSettings(**given_))  # type: ignore[arg-type]


def letter(text: str = "Uji", key: str = "a") -> Letter:
    """To a telephone in Semarang."""
    return Letter(id=key, to="+6281303131148", text=text, expires_s=300)


def waited(smpp: Smpp, count: int = 1) -> list[AnyIn]:
    """What comes in, waited for."""
    found: list[AnyIn] = []
    for _ in range(400):
        found += smpp.gathered()
        if len(found) >= count:
            return found
        time.sleep(0.01)
    pytest.fail(f"only {found}")


def answered(centre: Centre, count: int) -> list[tuple[int, int]]:
    """What we answered, waited for: it goes out on a thread of its own."""
    for _ in range(400):
        if len(centre.answers) >= count:
            break
        time.sleep(0.01)
    return centre.answers


def test_notify_a_message_is_submitted_as_the_specification_says(
    centre: MakeCentre, secret_file: str
) -> None:
    """Bound with name and password; number, alphabet, validity, receipt; the centre's name back."""
    made = centre()
    smpp = gateway(made, secret_file)
    taken = smpp.send(letter("112 P1 AMB03 #41 €"))
    assert made.binds == [("k112", "rahasia")]
    (sent,) = made.submitted
    assert (sent.source, sent.to) == ("112", "6281303131148")
    assert sent.octets == septets("112 P1 AMB03 #41 €")
    assert (sent.esm_class, sent.data_coding, sent.registered) == (0, 0, 1)
    assert sent.validity == "000000000500000R"
    assert taken.ids == ("0000001B",)
    smpp.close()


def test_notify_a_long_text_goes_in_numbered_parts(centre: MakeCentre, secret_file: str) -> None:
    """UCS-2 for what GSM has not; one reference; no more parts than are paid for."""
    made = centre()
    smpp = gateway(made, secret_file)
    taken = smpp.send(letter("ꦱꦼꦩꦫꦁ 🚑 " * 200))
    assert len(made.submitted) == len(taken.ids) == 6
    assert taken.said == "cut"
    heads = [sent.octets[:6] for sent in made.submitted]
    assert [(head[:3], head[4], head[5]) for head in heads] == [
        (b"\5\0\3", 6, number) for number in range(1, 7)
    ]
    assert len({head[3] for head in heads}) == 1
    assert all(sent.esm_class == 0x40 and sent.data_coding == 8 for sent in made.submitted)
    assert all(len(sent.octets) <= 140 for sent in made.submitted)
    smpp.close()


@pytest.mark.parametrize(
    ("status", "why", "is_lasting", "is_too_fast"),
    [
        (0x58, "throttled", False, True),
        (0x14, "queue_full", False, True),
        (0x0B, "invalid_number", True, False),
        (0x08, "system_error", False, False),
        (0x4FF, "status_4ff", False, False),
    ],
)
def test_notify_refusals_are_told_apart(
    centre: MakeCentre,
    secret_file: str,
    status: int,
    why: str,
    is_lasting: bool,
    is_too_fast: bool,
) -> None:
    """Throttling is a pause, a bad number is for ever, an error without a body is an error."""
    smpp = gateway(centre(Plan(statuses=[status])), secret_file)
    with pytest.raises(NotSent) as refused:
        smpp.send(letter())
    assert refused.value.why == why
    assert refused.value.is_lasting == is_lasting
    assert refused.value.is_too_fast == is_too_fast
    assert (refused.value.pause_s is not None) == is_too_fast
    assert not refused.value.is_unsure
    assert smpp.send(letter()).ids
    smpp.close()


def test_notify_half_a_text_is_unsure(centre: MakeCentre, secret_file: str) -> None:
    """The first part was taken and the second was not: a copy more may follow, and says so."""
    smpp = gateway(centre(Plan(statuses=[0, 0x08])), secret_file)
    with pytest.raises(NotSent) as refused:
        smpp.send(letter("a" * 200))
    assert refused.value.is_unsure
    smpp.close()


def test_notify_a_wrong_password_is_said_and_not_tried_without_end(
    centre: MakeCentre, secret_file: str
) -> None:
    """The centre's reason, and a pause before the next attempt, however many letters wait."""
    made = centre(Plan(password="lain"))
    smpp = gateway(made, secret_file)
    for _ in range(5):
        with pytest.raises(NotSent) as refused:
            smpp.send(letter())
        assert refused.value.why == "invalid_password"
    assert len(made.binds) == 1
    assert smpp.trouble is not None
    smpp.close()


def test_notify_receipts_and_messages_come_in_and_are_confirmed(
    centre: MakeCentre, secret_file: str
) -> None:
    """Receipts by text and by parameter, texts in three codings; each is answered once."""
    made = centre()
    smpp = gateway(made, secret_file)
    smpp.tend()
    made.receipt("0000001B", "DELIVRD")
    made.receipt("27", "UNDELIV", "012")
    tlv = struct.pack(">HH", 0x1E, 5) + b"ABCD\0" + struct.pack(">HHB", 0x427, 1, 5)
    body = b"\0\1\x0162813\0\0\x01112\0" + bytes((4, 0, 0)) + b"\0\0" + bytes((0, 0, 0, 0, 0)) + tlv
    made.raw_deliver(body)
    made.deliver("6281303131148", b"TIBA AMB03")
    made.deliver("6281303131148", "TIBA".encode("utf-16-be"), coding=8)
    made.deliver("6281303131148", packed(septets("BERANGKAT") or b""))
    found = waited(smpp, 6)
    receipts = [one for one in found if isinstance(one, ReceiptIn)]
    assert [one.outcome for one in receipts] == ["delivered", "failed", "failed"]
    assert "0000001B" in receipts[0].names
    assert "0000001B" in receipts[1].names  # 27 in hexadecimal
    assert "ABCD" in receipts[2].names
    assert (receipts[1].why, receipts[1].said) == ("undeliv", "err 012")
    texts = [one for one in found if isinstance(one, TextIn)]
    assert [one.text for one in texts] == ["TIBA AMB03", "TIBA", "BERANGKAT"]
    assert len({one.id for one in texts}) == 3
    assert answered(made, 6) == [(0x80000005, 0)] * 6
    smpp.close()


def test_notify_what_cannot_be_read_is_answered_and_the_line_lives(
    centre: MakeCentre, secret_file: str
) -> None:
    """A broken body is refused for ever, an unknown command is named so; letters go on."""
    made = centre()
    smpp = gateway(made, secret_file)
    smpp.tend()
    made.raw_deliver(b"\0\1")
    made.raw(struct.pack(">IIII", 16, 0x111, 0, 99))
    made.raw(struct.pack(">IIII", 16, 0x80000004, 0, 12345))  # an answer to nothing
    assert smpp.send(letter()).ids
    assert sorted(answered(made, 2)) == [(0x80000000, 3), (0x80000005, 0x65)]
    assert len(made.binds) == 1
    smpp.close()


@pytest.mark.parametrize(
    "octets", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0\0\x04" + b"x" * 20, b"\xff" * 16]
)
def test_notify_garbage_ends_the_session_and_a_new_one_is_had(
    centre: MakeCentre, secret_file: str, octets: bytes
) -> None:
    """Where the next unit begins is not known any more; the next letter binds anew."""
    made = centre()
    smpp = gateway(made, secret_file)
    smpp.tend()
    made.raw(octets)
    for _ in range(200):
        with contextlib.suppress(NotSent):  # one may be on its way when the session ends
            smpp.send(letter())
        if len(made.binds) == 2:
            break
        time.sleep(0.01)
    assert smpp.send(letter()).ids
    assert len(made.binds) == 2
    smpp.close()


def test_notify_a_line_that_breaks_before_the_answer_is_unsure(
    centre: MakeCentre, secret_file: str
) -> None:
    """The centre has the message, and nobody knows: never said to be refused."""
    made = centre(Plan(hangs_up_after=1))
    smpp = gateway(made, secret_file)
    with pytest.raises(NotSent) as refused:
        smpp.send(letter())
    assert refused.value.is_unsure
    assert refused.value.why == "broken_off"
    assert smpp.send(letter()).ids  # on a new line
    smpp.close()


def test_notify_the_window_is_used_and_each_answer_finds_its_letter(
    centre: MakeCentre, secret_file: str
) -> None:
    """Ten submissions wait for their answers at once."""
    made = centre()
    made.holds = True
    smpp = gateway(made, secret_file, window=10)
    smpp.tend()
    with ThreadPoolExecutor(10) as pool:
        sent = [pool.submit(smpp.send, letter(key=str(number))) for number in range(10)]
        for _ in range(400):
            if len(made.submitted) == 10:
                break
            time.sleep(0.01)
        made.release()
        names = {one.result().ids for one in sent}
    assert made.most_waiting == 10
    assert len(names) == 10
    smpp.close()


def test_notify_a_silent_centre_is_found_out(centre: MakeCentre, secret_file: str) -> None:
    """Enquiries go unanswered: the line is dead, and that is said."""
    made = centre()
    smpp = gateway(made, secret_file, enquire_s=0.2)
    smpp.tend()
    for _ in range(300):
        if made.enquiries:
            break
        time.sleep(0.02)
    assert made.enquiries
    made.plan.is_silent = True
    made.plan.bind_status = 0x0D
    for _ in range(300):
        smpp.tend()
        if smpp.trouble is not None:
            break
        time.sleep(0.02)
    assert smpp.trouble is not None
    assert smpp.trouble.why == "bind_failed"
    smpp.close()


@given(st.binary(max_size=300))
def test_notify_any_octets_are_a_unit_or_garbage(octets: bytes) -> None:
    """The parser raises its own error and no other."""
    splitter = pdu.Splitter()
    with contextlib.suppress(pdu.Garbage):
        for unit in splitter.feed(octets):
            pdu.message_id(unit.body)
    with contextlib.suppress(pdu.Garbage):
        pdu.read_deliver(octets)


@given(st.binary(max_size=120), st.integers(1, 20))
def test_notify_units_are_whole_however_they_arrive(body: bytes, step: int) -> None:
    """Octet by octet or all at once: the same units."""
    unit = pdu.Pdu(pdu.DELIVER_SM, 0, 7, body)
    octets = unit.octets * 3
    splitter, found = pdu.Splitter(), list[pdu.Pdu]()
    for start in range(0, len(octets), step):
        found += splitter.feed(octets[start : start + step])
    assert found == [unit] * 3
