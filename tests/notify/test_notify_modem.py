"""A modem: messages in its own octets, errors told apart, what the card holds."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notify_modem import Card, FakeModem

from kentongan.edge.notify.channel import Letter, NotSent, ReceiptIn, TextIn
from kentongan.edge.notify.modem import Modem
from kentongan.edge.notify.modem_pdu import BadPdu, Incoming, Report, read, submit
from kentongan.edge.notify.sms_text import parts_of, text_of, unpacked
from kentongan.notify_settings import ModemSettings

MakeModem = Callable[..., FakeModem]

HELLO = "07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37"
"""A message that every text about PDUs shows: "hellohello" of 30 March 1999."""

REPORT = "0006{reference:02X}0D91261803030131412800622111020082622111020082{status:02X}"


@pytest.fixture
def modem() -> Iterator[MakeModem]:
    """Makes modems that end with the test."""
    made: list[FakeModem] = []

    def make(card: Card, *, by_tcp: bool = False) -> FakeModem:
        made.append(FakeModem(card, by_tcp=by_tcp))
        return made[-1]

    yield make
    for one in made:
        one.close()


def gateway(fake: FakeModem, pin_file: str = "") -> Modem:
    """Our side of it."""
    return Modem(ModemSettings(device=fake.device, pin_file=pin_file))


def letter(text: str = "Uji") -> Letter:
    """To a telephone in Semarang."""
    return Letter(id="a", to="+6281303131148", text=text, expires_s=600)


def test_notify_the_example_everybody_knows_is_read() -> None:
    """Sender, time with its zone, text."""
    said = read(HELLO)
    assert isinstance(said, Incoming)
    assert said.text == "hellohello"
    assert said.source == "27838890001"
    assert said.sent_at == datetime(2099, 3, 29, 13, 16, 59, tzinfo=UTC)  # two digits, GMT+2


def test_notify_a_message_is_written_as_the_specification_says() -> None:
    """Octet by octet: report wanted, relative validity, swapped digits, septets."""
    (part,) = parts_of("hellohello").parts
    octets, length = submit("+46708251358", part, is_gsm=True, reference=1, valid_s=86_400)
    assert octets == "0031000B916407281553F800008F0AE8329BFD4697D9EC37"
    assert length == len(octets) // 2 - 1


@settings(max_examples=25)
@given(st.text(alphabet="abc ÄÖ€[]", min_size=1, max_size=600), st.integers(0, 255))
def test_notify_parts_carry_their_header_and_their_septets(text: str, reference: int) -> None:
    """Read back by hand: the header, then septets from the next septet's edge on."""
    parts = parts_of(text)
    found = ""
    for part in parts.parts:
        octets, _ = submit("+6281303131148", part, is_gsm=True, reference=reference, valid_s=300)
        data = bytes.fromhex(octets)[1:]
        body = data[14:]
        count, payload = body[0], body[1:]
        assert len(payload) == (count * 7 + 7) // 8 <= 140
        if part.of > 1:
            assert data[0] & 0x40
            assert payload[:6] == bytes((5, 0, 3, reference, part.of, part.number))
            found += text_of(unpacked(payload[6:], count - 7, 1))
        else:
            found += text_of(unpacked(payload, count))
    assert found == text


@given(st.binary(max_size=200))
def test_notify_any_octets_are_a_message_or_none(octets: bytes) -> None:
    """The reader raises its own error and no other."""
    try:
        read(octets.hex())
    except BadPdu:
        return


@pytest.mark.parametrize("by_tcp", [False, True])
def test_notify_a_modem_sends_and_hears(modem: MakeModem, by_tcp: bool) -> None:
    """Over a serial line and over TCP: the network's reference, a report between the lines, a text
    from the card, which is deleted when it was read."""
    card = Card(report_at_once=REPORT.replace("{status:02X}", "00").replace(":02X", ":02x"))
    fake = modem(card, by_tcp=by_tcp)
    made = gateway(fake)
    taken = made.send(letter("Uji ꦱ"))
    assert taken.ids == ("41",)
    (length, octets) = card.sent[0]
    assert length == len(octets) // 2 - 1
    assert bytes.fromhex(octets).endswith("Uji ꦱ".encode("utf-16-be"))
    card.stored = {3: HELLO, 5: "zz", 7: HELLO[:20]}
    made.tend()
    found = made.gathered()
    assert [one.outcome for one in found if isinstance(one, ReceiptIn)] == ["delivered"]
    assert [one.names for one in found if isinstance(one, ReceiptIn)] == [("41",)]
    assert [one.text for one in found if isinstance(one, TextIn)] == ["hellohello"]
    assert card.stored == {}
    assert made.gathered() == []
    made.close()


def test_notify_a_long_text_goes_in_parts(modem: MakeModem) -> None:
    """Each with its own reference of the network."""
    card = Card()
    made = gateway(modem(card))
    assert made.send(letter("a" * 300)).ids == ("41", "42")
    assert len(card.sent) == 2
    made.close()


@pytest.mark.parametrize(
    ("error", "why", "is_lasting", "is_unsure"),
    [
        ("+CMS ERROR: 1", "modem_1", True, False),
        ("+CMS ERROR: 38", "modem_38", False, False),
        ("+CMS ERROR: 331", "modem_331", False, False),
        ("ERROR", "modem_0", False, False),
    ],
)
def test_notify_errors_of_the_network_are_told_apart(
    modem: MakeModem, error: str, why: str, is_lasting: bool, is_unsure: bool
) -> None:
    """An unassigned number is for ever, no network is for now; the line goes on."""
    card = Card(errors=[error])
    made = gateway(modem(card))
    with pytest.raises(NotSent) as refused:
        made.send(letter())
    found = refused.value
    assert (found.why, found.is_lasting, found.is_unsure) == (why, is_lasting, is_unsure)
    assert made.send(letter()).ids == ("41",)
    made.close()


def test_notify_silence_after_the_message_is_unsure(
    modem: MakeModem, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network may have it; before it was given, it has it not."""
    monkeypatch.setattr("kentongan.edge.notify.modem.SEND_S", 0.2)
    monkeypatch.setattr("kentongan.edge.notify.modem.ANSWER_S", 0.3)
    made = gateway(modem(Card(errors=["silence"])))
    with pytest.raises(NotSent) as refused:
        made.send(letter())
    assert refused.value.is_unsure
    dead = gateway(modem(Card(is_silent=True)))
    with pytest.raises(NotSent) as away:
        dead.send(letter())
    assert not away.value.is_unsure
    assert dead.trouble is not None
    made.close()


def test_notify_a_wrong_pin_is_tried_once(modem: MakeModem, tmp_path: Path) -> None:
    """Three would lock the card; without a PIN, and with the right one, it is said and done."""
    pin = tmp_path / "pin"
    pin.write_text("0000\n")
    card = Card(pin="1234")
    made = gateway(modem(card), str(pin))
    for _ in range(3):
        with pytest.raises(NotSent):
            made.send(letter())
        made._again_at = 0.0
    assert card.pins == ['AT+CPIN="0000"']
    assert made.trouble is not None
    assert made.trouble.why == "sim_locked"
    pin.write_text("1234\n")
    assert gateway(modem(card), str(pin)).send(letter()).ids == ("41",)


def test_notify_a_device_that_is_not_there_is_said() -> None:
    """And not a crash of the process."""
    made = Modem(ModemSettings(device="/dev/nowhere"))
    with pytest.raises(NotSent) as refused:
        made.send(letter())
    assert refused.value.why == "unreachable"
    made.tend()
    assert made.trouble is not None


def test_notify_reports_say_what_became() -> None:
    """There, still tried, given up."""
    for status, reference in ((0x00, 1), (0x30, 2), (0x46, 255)):
        said = read(REPORT.format(reference=reference, status=status))
        assert said == Report(reference=reference, status=status)
    assert read("000100") is None
