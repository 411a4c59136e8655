"""Text as short messages: alphabets, packing, parts, cutting; addresses of people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.core.reach import masked
from kentongan.edge.notify.addresses import BadAddress, mail, phone, phone_of_gateway
from kentongan.edge.notify.sms_text import (
    PART_SEPTETS,
    PART_UNITS,
    PARTS_MAX,
    SINGLE_SEPTETS,
    SINGLE_UNITS,
    concatenation,
    packed,
    parts_of,
    septets,
    text_of,
    unpacked,
)

GSM_TEXT = st.text(alphabet="abc ÄÖ@£€[]{}~^|\\\nΔ0123?", max_size=2_000)


def test_notify_packing_is_that_of_the_specification() -> None:
    """The example everybody knows: "hellohello" is E8329BFD4697D9EC37."""
    plain = septets("hellohello")
    assert plain is not None
    assert packed(plain).hex().upper() == "E8329BFD4697D9EC37"
    assert text_of(unpacked(bytes.fromhex("E8329BFD4697D9EC37"), 10)) == "hellohello"


def test_notify_every_sign_of_the_alphabet_has_its_code() -> None:
    """Places of the table that are easily mistaken, and the extension behind the escape."""
    assert septets("@£$¥èéùìòÇ") == bytes(range(10))
    assert septets("Δ_ΦΓΛΩΠΨΣΘΞ") == bytes(range(0x10, 0x1B))
    assert septets("ÆæßÉ ") == bytes(range(0x1C, 0x21))
    assert septets("¡AZÄÖÑÜ§¿azäöñüà") == bytes.fromhex("40415A5B5C5D5E5F60617A7B7C7D7E7F")
    assert septets("€[") == bytes.fromhex("1B651B3C")
    assert septets("`") is None


@given(GSM_TEXT, st.integers(0, 6))
def test_notify_what_was_packed_is_read_again(text: str, fill_bits: int) -> None:
    """Also behind a header whose end is in the middle of an octet."""
    plain = septets(text)
    assert plain is not None
    again = unpacked(packed(plain, fill_bits), len(plain), fill_bits)
    assert text_of(again) == text


@pytest.mark.parametrize(
    ("text", "count", "is_gsm"),
    [
        ("", 1, True),
        ("a" * SINGLE_SEPTETS, 1, True),
        ("a" * (SINGLE_SEPTETS + 1), 2, True),
        ("a" * (2 * PART_SEPTETS), 2, True),
        ("a" * (2 * PART_SEPTETS + 1), 3, True),
        ("€" * (SINGLE_SEPTETS // 2), 1, True),
        ("ꦱ" * SINGLE_UNITS, 1, False),
        ("ꦱ" * (SINGLE_UNITS + 1), 2, False),
        ("😀" * (SINGLE_UNITS // 2), 1, False),
        ("😀" * (SINGLE_UNITS // 2 + 1), 2, False),
        ("– “Jalan” … 5 m", 1, True),
        ("مستشفى", 1, False),
    ],
)
def test_notify_parts_are_counted_as_networks_count(text: str, count: int, is_gsm: bool) -> None:
    """At the edges of one message and of a part; typographic signs do not make it dearer."""
    parts = parts_of(text)
    assert len(parts.parts) == count
    assert parts.is_gsm == is_gsm
    assert not parts.cut


@given(st.text(max_size=700))
def test_notify_no_sign_is_torn_and_nothing_is_lost(text: str) -> None:
    """Parts fit, are numbered, and together are the text unless it says that it was cut."""
    parts = parts_of(text)
    most = PART_SEPTETS if parts.is_gsm else 2 * PART_UNITS
    if len(parts.parts) > 1:
        assert all(0 < len(part.octets) <= most for part in parts.parts)
    assert [part.number for part in parts.parts] == list(range(1, len(parts.parts) + 1))
    assert len(parts.parts) <= PARTS_MAX
    if not parts.is_gsm:
        whole = "".join(part.octets.decode("utf-16-be") for part in parts.parts)
        expected = text.replace("\0", "")
        assert whole == expected or (parts.cut and expected.startswith(whole[:-1]))


def test_notify_two_thousand_characters_are_cut_and_say_so() -> None:
    """At a limit, in both alphabets, never silently; an escape stays with its sign."""
    long = parts_of("a" * 2_000)
    assert long.cut
    assert len(long.parts) == PARTS_MAX
    assert text_of(long.parts[-1].octets).endswith("a...")
    wide = parts_of("火" * 2_000)
    assert wide.cut
    assert wide.parts[-1].octets.decode("utf-16-be").endswith("火…")
    for part in parts_of("a" + "€" * 500).parts:
        assert part.octets[-1] != 0x1B
    assert concatenation(0x1FF, wide.parts[2]) == bytes((5, 0, 3, 0xFF, 6, 3))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("+62 813-0313-1148", "+6281303131148"),
        ("0062 (813) 0313.1148", "+6281303131148"),
        ("+1 202 555 0123", "+12025550123"),
    ],
)
def test_notify_numbers_are_kept_as_e164(said: str, kept: str) -> None:
    """However people write them."""
    assert phone(said) == kept


@pytest.mark.parametrize(
    "said", ["081303131148", "112", "+0813", "", "+62 813x", "+6281303131148999", "+٦٢٨١٣٠٣١٣١١٤٨"]
)
def test_notify_a_number_without_its_country_is_refused(said: str) -> None:
    """Never guessed: it would be somebody else's telephone."""
    with pytest.raises(BadAddress):
        phone(said)


def test_notify_senders_are_read_as_gateways_write_them() -> None:
    """With or without a plus; names and short codes are nobody's telephone."""
    assert phone_of_gateway("6281303131148") == "+6281303131148"
    assert phone_of_gateway("+6281303131148") == "+6281303131148"
    assert phone_of_gateway("BANK-INFO") == ""
    assert phone_of_gateway("081303131148") == ""
    assert phone_of_gateway("112") == ""


def test_notify_masked_addresses_can_be_told_apart_and_not_used() -> None:
    """Three digits, a letter and a domain, a host."""
    assert masked("+6281303131148") == "+•••148"
    assert masked("budi@semarang.example") == "b•••@semarang.example"
    assert masked("https://push.example/secret/path") == "push.example"
    assert masked("x") == "•••"
    assert mail(" budi@semarang.example ") == "budi@semarang.example"
    for bad in ("budi", "a@b", "a@b.c\r\nBcc: x@y.z", "a b@c.de", "a@" + "b" * 300 + ".de"):
        with pytest.raises(BadAddress):
            mail(bad)
