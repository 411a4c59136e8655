"""Text conversation in RTP: T.140 blocks with redundancy (RFC 4103, RFC 2198), both directions.

Every packet repeats the blocks of the packets before it, so that as many consecutive losses as
there are generations lose nothing. What is lost for good is known by the gap in the sequence
numbers, waited for a second (it may be overtaken) and then marked. Pure: `now` is monotonic.
"""

from collections import deque
from typing import Final

from kentongan.media.rtp import OutboundStream, RtpPacket
from kentongan.media.t140 import BYTE_ORDER_MARK, T140Reader, to_send

CLOCK_HZ: Final = 1_000
"""RFC 4103 section 10."""
BUFFER_S: Final = 0.3
"""Between two packets: what is typed meanwhile travels together (section 5.1)."""
GENERATIONS_MAX: Final = 5
CPS: Final = 30
"""Characters a second a peer takes that names no other number, over ten seconds (section 6)."""
CPS_WINDOW_S: Final = 10.0
CPS_TAKEN: Final = 150
"""What we take ourselves: a pasted address at once, but no flood."""
WAITING_CHARACTERS_MAX: Final = 4_000
"""Of ours, not sent yet: two minutes for a peer of 30 characters a second."""
BLOCK_BYTES_MAX: Final = 400
"""One block: with two repetitions a packet stays below 1,300 bytes, and below the 1,023 of a
redundancy header by far (RFC 2198 section 3)."""
KEEP_ALIVE_S: Final = 10.0
"""Without text: a mark that shows nothing goes out, so that a firewall keeps the way back."""
OVERTAKEN_S: Final = 1.0
"""How long a missing packet is waited for before its text counts as lost (section 5.4)."""
WINDOW: Final = 1_000
"""Packets ahead that are still the same stream: five minutes of typing."""
_OFFSET_MAX: Final = (1 << 14) - 1
_HEADERS_MAX: Final = 16


def blocks_of(payload: bytes, t140_type: int) -> tuple[bytes, ...] | None:
    """The blocks of a redundant payload, the oldest first; none if it is malformed."""
    lengths: list[int] = []
    at = 0
    while at < len(payload) and payload[at] & 0x80:
        if at + 4 > len(payload) or payload[at] & 0x7F != t140_type or len(lengths) >= _HEADERS_MAX:
            return None
        lengths.append(int.from_bytes(payload[at + 2 : at + 4]) & 0x3FF)
        at += 4
    if at >= len(payload) or payload[at] != t140_type:
        return None
    at += 1
    if at + sum(lengths) > len(payload):
        return None
    blocks: list[bytes] = []
    for length in lengths:
        blocks.append(payload[at : at + length])
        at += length
    return (*blocks, payload[at:])


def redundant(blocks: list[tuple[int, bytes]], primary: bytes, timestamp: int, kind: int) -> bytes:
    """A payload: earlier blocks with their timestamps, the oldest first, then the new one."""
    heads, bodies = bytearray(), bytearray()
    for sent_at, block in blocks:
        offset = min((timestamp - sent_at) & 0xFFFFFFFF, _OFFSET_MAX)
        heads += bytes([0x80 | kind]) + ((offset << 10) | len(block)).to_bytes(3)
        bodies += block
    return bytes(heads) + bytes([kind]) + bytes(bodies) + primary


class TextReceiver:
    """Puts a peer's text back in order. `take` packets, then `text`."""

    def __init__(self, heard: tuple[int, int] | None = None) -> None:
        """`heard`: source and number of the packet that was told last, by a receiver before us."""
        self.received = 0
        self.lost = 0  # packets whose text is gone
        self.malformed = 0
        self._ssrc: int | None = None if heard is None else heard[0]
        self._next: int | None = None if heard is None else (heard[1] + 1) & 0xFFFF
        self._waiting: dict[int, bytes] = {}
        self._gap_at: float | None = None
        self._has_resumed = heard is not None  # and nothing came since
        self._old = 0
        self._reader = T140Reader()
        self._text: list[str] = []
        self._allowed = CPS_TAKEN * CPS_WINDOW_S
        self._allowed_at: float | None = None
        self._is_flooded = False

    @property
    def heard(self) -> tuple[int, int] | None:
        """Source and number of the last packet whose text was told."""
        if self._ssrc is None or self._next is None:
            return None
        return self._ssrc, (self._next - 1) & 0xFFFF

    def take(self, packet: RtpPacket, t140_type: int, red_type: int | None, now: float) -> bool:
        """One packet; whether it was text."""
        if packet.payload_type == red_type:
            blocks = blocks_of(packet.payload, t140_type)
        elif packet.payload_type == t140_type:
            blocks = (packet.payload,)
        else:
            blocks = None
        if blocks is None:
            self.malformed += 1
            return False
        self.received += 1
        self._place(packet, blocks)
        self._in_order()
        if self._waiting and self._gap_at is None:
            self._gap_at = now
        return True

    def text(self, now: float) -> str:
        """What can be read now."""
        if self._gap_at is not None and now - self._gap_at >= OVERTAKEN_S:
            self._skip_gap()
            self._gap_at = now if self._waiting else None
        if not self._text:
            return ""
        found, self._text = "".join(self._text), []
        return self._paced(found, now)

    def _place(self, packet: RtpPacket, blocks: tuple[bytes, ...]) -> None:
        first = (packet.sequence - len(blocks) + 1) & 0xFFFF
        if packet.ssrc != self._ssrc or self._next is None:
            self._begin(packet.ssrc, first)
        elif self._has_begun_anew(packet.sequence):
            self._give_up()
            self._begin(packet.ssrc, packet.sequence)
            self._text.append(self._reader.lose())
        elif self._has_resumed and packet.marker and self._ahead(first) < WINDOW:
            self._next = first  # the peer had paused: what we did not hear only repeated
        self._has_resumed = False
        for place, block in enumerate(blocks):
            number = (first + place) & 0xFFFF
            if self._ahead(number) < WINDOW:
                self._waiting.setdefault(number, block)

    def _begin(self, ssrc: int, first: int) -> None:
        """A new source; what the old one still owes will not come."""
        if self._ssrc is not None and self._ssrc != ssrc:
            self._give_up()
        self._ssrc, self._next, self._old = ssrc, first, 0
        self._reader = T140Reader()

    def _has_begun_anew(self, sequence: int) -> bool:
        """Far ahead of us, or behind us for longer than a repetition can be."""
        ahead = self._ahead(sequence)
        if ahead < WINDOW:
            self._old = 0
            return False
        self._old += 1
        return self._old > GENERATIONS_MAX and ahead < 0x10000 - WINDOW

    def _ahead(self, number: int) -> int:
        return (number - (self._next or 0)) & 0xFFFF

    def _in_order(self) -> None:
        while self._next is not None and self._next in self._waiting:
            self._text.append(self._reader.read(self._waiting.pop(self._next)))
            self._next = (self._next + 1) & 0xFFFF
        if not self._waiting:
            self._gap_at = None

    def _skip_gap(self) -> None:
        """The first packet that is there is the next one; what is before it is lost."""
        following = min(self._waiting, key=self._ahead)
        self.lost += self._ahead(following)
        self._text.append(self._reader.lose())
        self._next = following
        self._in_order()

    def _give_up(self) -> None:
        while self._waiting:
            self._skip_gap()
        self._gap_at = None

    def _paced(self, text: str, now: float) -> str:
        """What comes faster than anybody types, or pastes, is not read; that it was, is told."""
        if self._allowed_at is not None:
            earned = (now - self._allowed_at) * CPS_TAKEN
            self._allowed = min(CPS_TAKEN * CPS_WINDOW_S, self._allowed + earned)
        self._allowed_at = now
        taken = text[: int(self._allowed)]
        self._allowed -= len(taken)
        was_flooded, self._is_flooded = self._is_flooded, len(taken) < len(text)
        if self._is_flooded and not was_flooded:
            taken += self._reader.lose()
        return taken


class TextSender:
    """Sends what is typed here. `write`, then `due` at each tick."""

    def __init__(self, stream: OutboundStream, now: float) -> None:
        self.stream = stream
        self.t140_type = 98
        self.red_type: int | None = None
        self.generations = 0
        self.cps = CPS
        self._began_at = now
        self._first_timestamp = stream.timestamp
        self.timestamp = stream.timestamp  # of the last packet
        self._waiting = BYTE_ORDER_MARK
        self._sent: deque[tuple[int, bytes]] = deque(maxlen=GENERATIONS_MAX)
        self._owed = 0  # packets that must still repeat what was said
        self._next_at = now
        self._idle_since = now
        self._allowed = CPS * CPS_WINDOW_S
        self._allowed_at = now

    def agree(self, t140_type: int, red_type: int | None, generations: int, cps: int) -> None:
        """What the peer reads from now on. Without `red_type` nothing is repeated."""
        self.t140_type, self.red_type = t140_type, red_type
        self.generations = min(generations, GENERATIONS_MAX) if red_type is not None else 0
        self.cps = max(1, cps)
        self._owed = min(self._owed, self.generations)

    def write(self, text: str) -> bool:
        """Whether there was room for it; else nothing of it is sent."""
        typed = to_send(text)
        if len(self._waiting) + len(typed) > WAITING_CHARACTERS_MAX:
            return False
        self._waiting += typed
        return True

    def due(self, now: float) -> bytes | None:
        """The packet to send now, if it is time for one."""
        if now < self._next_at:
            return None
        block = self._next_block(now)
        if not block and not self._owed:
            if now - self._idle_since < KEEP_ALIVE_S:
                return None
            block = BYTE_ORDER_MARK.encode()
        return self._packet(block, now)

    def _packet(self, block: bytes, now: float) -> bytes:
        passed = round((now - self._began_at) * CLOCK_HZ)
        self.timestamp = timestamp = (self._first_timestamp + passed) & 0xFFFFFFFF
        is_first = not self._owed and bool(block)
        self._owed = self.generations if block else self._owed - 1
        self._next_at, self._idle_since = now + BUFFER_S, now
        payload, kind = block, self.t140_type
        if self.red_type is not None:
            payload = redundant(self._earlier(timestamp), block, timestamp, self.t140_type)
            kind = self.red_type
        self._sent.append((timestamp, block))
        return self.stream.event(payload, kind, timestamp, marker=is_first)

    def _earlier(self, timestamp: int) -> list[tuple[int, bytes]]:
        """The blocks to repeat; before the first there were empty ones."""
        known = list(self._sent)[-self.generations :] if self.generations else []
        empty = [(timestamp, b"")] * (self.generations - len(known))
        return [*empty, *known]

    def _next_block(self, now: float) -> bytes:
        """Whole characters, as many as the peer takes and as fit."""
        earned = (now - self._allowed_at) * self.cps
        self._allowed = min(self.cps * CPS_WINDOW_S, self._allowed + earned)
        self._allowed_at = now
        room, length = BLOCK_BYTES_MAX, 0
        for character in self._waiting[: int(self._allowed)]:
            room -= len(character.encode())
            if room < 0:
                break
            length += 1
        text, self._waiting = self._waiting[:length], self._waiting[length:]
        self._allowed -= length
        return text.encode()
