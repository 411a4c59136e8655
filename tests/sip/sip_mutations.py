"""A flood of damaged messages beside a call that lives: for the suite (short) and `make bench`.

The damage is repeatable: a seed gives the same messages each time.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

from sip_peer import PEER, SDP, follow_up, invite, receive, stack_at, to_header
from sip_torture_above import IPV6, LAYERS_ABOVE
from sip_torture_invalid import INVALID
from sip_torture_valid import VALID

from kentongan.sip import events
from kentongan.sip.address import Address, Transport
from kentongan.sip.parse import parse_message
from kentongan.sip.stack import Stack

STEP_S = 0.002
"""Time between two messages: 500 a second."""
_SCRAPS = (
    b"\r\n", b"\r\n\r\n", b";", b",", b"<", b">", b'"', b"\\", b":", b"\x00", b"\xff", b"%", b"=",
    b"Content-Length: 99999\r\n", b"SIP/2.0", b"CSeq: 1 BYE\r\n", b"\r\n ", b"[::1", b"9" * 40,
)  # fmt: skip


def originals() -> list[bytes]:
    """Valid and invalid messages of every kind, none of them of the live call."""
    own = [
        torture.data for group in (VALID, INVALID, LAYERS_ABOVE, IPV6) for torture in group.values()
    ]
    nobody = "<sip:112@10.0.0.1>;tag=nobody"
    methods = ("BYE", "CANCEL", "ACK", "INFO", "UPDATE", "PRACK", "REFER", "NOTIFY", "MESSAGE")
    return [
        *own,
        invite(),
        *(follow_up(method, to=nobody, call_id="strange") for method in methods),
    ]


def mutated(count: int, seed: int) -> Iterator[bytes]:
    """Damaged copies: octets changed, cut, doubled and crossed with another message."""
    chance = random.Random(seed)
    sources = originals()
    for number in range(count):
        data = chance.choice(sources)
        if chance.random() < 0.5:  # half of it tries to begin calls, as many as it can
            data = invite(branch=f"z9hG4bK{number}", call_id=f"flood-{number}")
        for _ in range(chance.randrange(5)):
            data = _damaged(data, chance, sources)
        yield data


def _damaged(data: bytes, chance: random.Random, sources: list[bytes]) -> bytes:
    at = chance.randrange(len(data) + 1)
    end = min(len(data), at + chance.randrange(1, 30))
    match chance.randrange(6):
        case 0:
            return data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
        case 1:
            return data[:at] + data[end:]
        case 2:
            return data[:end] + data[at:]
        case 3:
            return data[:at] + chance.choice(_SCRAPS) + data[at:]
        case 4:
            other = chance.choice(sources)
            return data[:at] + other[chance.randrange(len(other) + 1) :]
        case _:
            return data[:at]


class LiveCall:
    """A stack with one answered call in it."""

    def __init__(self) -> None:
        self.stack: Stack = stack_at()
        call_id = "live"
        (found,) = receive(self.stack, invite(branch="z9hG4bKlive", call_id=call_id))
        assert isinstance(found, events.Invite)
        self.stack.respond(found.request, 200, body=SDP, now=0.0)
        answer = parse_message(self.stack.drain()[-1].data)
        self._say = {"to": to_header(answer), "call_id": call_id}
        self.dialog = found.dialog
        self._tell("ACK", 1, 0.1, "z9hG4bKack")
        self.seen: Counter[str] = Counter()
        self.kept_max = 0
        self.dialogs_max = 0
        self.now = 1.0

    def _tell(self, method: str, cseq: int, now: float, branch: str) -> list[events.Event]:
        data = follow_up(method, cseq=cseq, branch=branch, **self._say)
        return self.stack.receive(data, PEER, Transport.UDP, now)

    def flood(self, messages: Iterator[bytes], senders: int) -> None:
        """Every message to the stack, from so many addresses; calls that ring are refused."""
        for number, data in enumerate(messages):
            self.now += STEP_S
            source = Address(f"10.0.1.{number % senders}", 5060)
            found = [
                *self.stack.receive(data, source, Transport.UDP, self.now),
                *self.stack.poll(self.now),
            ]
            for event in found:
                self.seen[type(event).__name__] += 1
                if isinstance(event, events.Invite):
                    self.stack.respond(event.request, 486, now=self.now)
            self.stack.drain()
            self.kept_max = max(self.kept_max, self.stack.kept)
            self.dialogs_max = max(self.dialogs_max, len(self.stack.dialogs))

    def settle(self) -> None:
        """Nobody sends any more, and every timer runs out."""
        self.now += 200.0
        for _ in range(5):
            self.stack.poll(self.now)
            self.stack.drain()
            self.now += 100.0

    def is_undisturbed(self) -> bool:
        """Whether the dialog is there, answers OPTIONS in it, and hangs up when asked to."""
        if self.dialog not in self.stack.dialogs:
            return False
        self.stack.drain()
        self._tell("OPTIONS", 2, self.now, "z9hG4bKoptions")
        answers = [outgoing.data for outgoing in self.stack.drain()]
        (bye,) = self._tell("BYE", 3, self.now, "z9hG4bKbye")
        is_alive = len(answers) == 1 and answers[0].startswith(b"SIP/2.0 200")
        return is_alive and isinstance(bye, events.Bye) and bye.dialog == self.dialog
