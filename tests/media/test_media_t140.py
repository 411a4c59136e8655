"""The characters of a text conversation: what T.140 sends, shows and erases."""

from hypothesis import given
from hypothesis import strategies as st

from kentongan.media.t140 import (
    BYTE_ORDER_MARK,
    CONTROL_CHARACTERS_MAX,
    LINE_SEPARATOR,
    LOST,
    T140Reader,
    erased,
    to_send,
)

PLAIN = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]))


def _read(*blocks: bytes) -> str:
    reader = T140Reader()
    return "".join(reader.read(block) for block in blocks)


def test_what_shows_nothing_is_taken_out() -> None:
    """Byte order marks, bells, colours, control strings and escapes; the text between stays."""
    assert _read(f"{BYTE_ORDER_MARK}to{BYTE_ORDER_MARK}long\x07".encode()) == "tolong"
    assert _read("a\x9b31mb\x1b[0mc".encode()) == "abc"
    assert _read("a\x98anything\x9cb\x1bXanything\x1b\\c".encode()) == "abc"
    assert _read(b"a\x1bab\x00c\x7fd") == "abcd"


def test_every_new_line_is_one() -> None:
    """U+2028, and CR LF also when a packet ends between them."""
    for line in (LINE_SEPARATOR, "\r\n", "\r", "\n", "\u2029", "\x85"):
        assert _read(f"a{line}b".encode()) == "a\nb"
    assert _read(b"a\r", b"\nb\n", b"\n") == "a\nb\n\n"


def test_a_character_cut_in_two_is_one() -> None:
    """A block should hold whole characters; one that does not is put together."""
    assert _read("é".encode()[:1], "é".encode()[1:]) == "é"


def test_a_loss_is_marked_once_and_ends_what_was_open() -> None:
    """Half a character and half a control string are part of what was lost."""
    reader = T140Reader()
    assert reader.read("a\x98unfinished".encode() + "é".encode()[:1]) == "a"
    assert reader.lose() == LOST
    assert reader.read(b"b") == "b"
    assert reader.lose() == LOST


def test_octets_that_are_no_text_are_marked() -> None:
    """A neighbour that sends Latin-1 is read as far as it goes."""
    assert _read(b"caf\xe9 3") == f"caf{LOST} 3"


def test_a_control_string_without_end_does_not_swallow_the_call() -> None:
    """After some hundred characters what follows is text again."""
    shown = _read(("\x98" + "x" * (CONTROL_CHARACTERS_MAX + 50)).encode())
    assert shown == "x" * 49


@given(st.lists(st.binary(max_size=40)))
def test_nothing_a_peer_sends_is_raised_or_harmful(blocks: list[bytes]) -> None:
    """Any octets become characters, erasures and new lines, and no other control."""
    shown = _read(*blocks)
    assert all(character in "\b\n" or character >= " " for character in shown)
    assert BYTE_ORDER_MARK not in shown


@given(PLAIN, st.integers(min_value=1, max_value=7))
def test_however_text_is_cut_it_reads_the_same(text: str, size: int) -> None:
    """The borders of packets mean nothing."""
    octets = to_send(text).encode()
    assert _read(*(octets[at : at + size] for at in range(0, len(octets), size))) == to_send(text)


def test_what_we_send_is_what_a_display_reads_back() -> None:
    """New lines travel as U+2028, erasures as BS; tabs and control do not travel."""
    assert to_send("Jl. Pandu\r\n15\b4\t\x1b!") == f"Jl. Pandu{LINE_SEPARATOR}15\b4 !"
    assert _read(to_send("a\nb\b").encode()) == "a\nb\b"


def test_an_erasure_takes_one_character_as_people_see_it() -> None:
    """Accents, skin colours and joined pictures go with what they belong to."""
    assert erased("155") == "15"
    assert erased("") == ""
    assert erased("ae\u0301") == "a"
    assert erased("a\U0001f44d\U0001f3fd") == "a"
    assert erased("a\U0001f469\u200d\U0001f692") == "a"
