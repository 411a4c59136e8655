"""STUN against RFC 5769's vectors and against itself."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from kentongan.media import stun

PASSWORD = "VOkJxbRl1RmTxUk/WvJxBt"
REQUEST = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74"
    "002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
)
RESPONSE = bytes.fromhex(
    "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220"
    "002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
    "80280004c07d4c96"
)


def _has_checksum(data: bytes) -> bool:
    """As a browser looks: FINGERPRINT is last and right (RFC 8489, section 14.7)."""
    checksum = zlib.crc32(data[:-8]) ^ 0x5354554E
    return data[-8:] == b"\x80\x28\0\4" + checksum.to_bytes(4)


def test_the_sample_request_of_rfc_5769() -> None:
    """Section 2.1: user name, proof and checksum are found right."""
    message = stun.parse(REQUEST)
    assert message is not None
    assert message.type == stun.MessageType.BINDING_REQUEST
    assert message.username == "evtj:h6vY"
    assert stun.is_proved(message, PASSWORD)
    assert not stun.is_proved(message, PASSWORD + "x")
    assert _has_checksum(REQUEST)


def test_the_sample_response_of_rfc_5769() -> None:
    """Section 2.2: the mapped address is written as the standard writes it."""
    message = stun.parse(RESPONSE)
    assert message is not None
    assert stun.is_proved(message, PASSWORD)
    address = message.attributes[stun.Attribute.XOR_MAPPED_ADDRESS]
    assert address == stun.xor_address(("192.0.2.1", 32853), message.transaction)


@given(st.integers(0, len(REQUEST) - 9), st.integers(1, 255))
def test_any_changed_byte_breaks_the_proof(place: int, change: int) -> None:
    """A check that was touched on its way is not taken for the browser's."""
    touched = bytearray(REQUEST)
    touched[place] ^= change
    message = stun.parse(bytes(touched))
    assert message is None or not stun.is_proved(message, PASSWORD)


@given(st.binary(max_size=120))
def test_any_bytes_are_read_without_harm(tail: bytes) -> None:
    """Random attributes under a right header give a message or nothing."""
    length = (len(tail) - len(tail) % 4).to_bytes(2)
    message = stun.parse(b"\0\1" + length + REQUEST[4:20] + tail)
    assert message is None or not stun.is_proved(message, PASSWORD)


def test_our_answer_is_proved_and_readable() -> None:
    """Our answer passes the checks that a browser makes, for IPv4 and IPv6."""
    request = stun.parse(REQUEST)
    assert request is not None
    for host in ("127.0.0.1", "2001:db8::7"):
        data = stun.binding_success(request, (host, 5004), "our password")
        answer = stun.parse(data)
        assert answer is not None
        assert answer.transaction == request.transaction
        assert stun.is_proved(answer, "our password")
        assert _has_checksum(data)


def test_what_follows_the_proof_is_not_believed() -> None:
    """An attribute appended behind the integrity by somebody else is ignored."""
    appended = b"\0\x25\0\0"
    length = (int.from_bytes(REQUEST[2:4]) + 4).to_bytes(2)
    message = stun.parse(REQUEST[:2] + length + REQUEST[4:] + appended)
    assert message is not None
    assert stun.Attribute.USE_CANDIDATE not in message.attributes
