"""What one source may send, and whose turn it is: a mad trunk costs itself alone."""

from collections.abc import Callable
from pathlib import Path

from switch_playbook import Playbook

from kentongan.edge.switch.board import Counts
from kentongan.edge.switch.intake import (
    CALLS_BURST,
    OF_CALLS_IN_A_ROW,
    OTHERS_BURST,
    OTHERS_PER_S,
    TURN_S,
    Intake,
)
from kentongan.edge.switch.notices import Notices
from kentongan.sip.address import Address, Transport

MAD, CALM = Address("127.0.0.9", 5060), Address("127.0.0.8", 5060)
LIVING = "the-one-that-talks"


class Desk:
    """An intake, what it handed on, and a clock that handling moves by `cost_s`."""

    def __init__(self, cost_s: float = 0.0) -> None:
        self.now = 0.0
        self.cost_s = cost_s
        self.handled: list[tuple[Address, bytes]] = []
        self.due: list[Callable[[], None]] = []
        self.counts = Counts()
        self.notices = Notices(lambda: self.now)
        self.intake = Intake(
            self._handle,
            has_call=lambda call: call == LIVING,
            counts=self.counts,
            notices=self.notices,
            soon=self.due.append,
            clock=lambda: self.now,
        )

    def _handle(self, data: bytes, source: Address, transport: Transport) -> None:
        del transport
        self.now += self.cost_s
        self.handled.append((source, data))

    def send(self, source: Address, count: int, method: str, **fields: str) -> None:
        """So many of one kind."""
        call, to = fields.get("call", "none"), fields.get("to", "<sip:112@x>")
        head = f"{method} sip:112@x SIP/2.0\r\nTo: {to}\r\nCall-ID: {call}\r\n\r\n"
        for _ in range(count):
            self.intake.receive(head.encode(), source, Transport.UDP)

    def turn(self) -> None:
        """One turn of the loop."""
        due, self.due[:] = self.due[:], []
        for action in due:
            action()

    def rest(self) -> None:
        """Until nobody waits."""
        while self.due:
            self.turn()


def test_what_is_over_the_allowance_is_dropped_counted_and_said_once() -> None:
    """And the allowance grows again."""
    desk = Desk()
    desk.send(MAD, 5_000, "OPTIONS")
    desk.rest()
    assert len(desk.handled) == OTHERS_BURST
    assert desk.counts.over_allowance == 5_000 - OTHERS_BURST
    assert desk.counts.messages == OTHERS_BURST
    assert desk.notices.counts["over_allowance"] == desk.counts.over_allowance
    desk.send(CALM, 10, "OPTIONS")
    desk.now += 1
    desk.send(MAD, 5_000, "OPTIONS")
    desk.rest()
    assert len(desk.handled) == OTHERS_BURST + 10 + OTHERS_PER_S


def test_whatever_belongs_to_a_living_call_passes_and_new_calls_ring() -> None:
    """Also when the same source has used up all else."""
    desk = Desk()
    desk.send(MAD, 5_000, "OPTIONS")
    desk.send(MAD, 1_500, "BYE", call=LIVING, to="<sip:112@x>;tag=1")
    desk.send(MAD, 1_000, "INVITE")
    desk.rest()
    methods = [data.split(b" ")[0] for _, data in desk.handled]
    assert methods.count(b"BYE") == 1_500
    assert methods.count(b"INVITE") == 1_000
    desk.send(MAD, 5_000, "INVITE")
    desk.send(MAD, 100, "INVITE", to="<sip:112@x>;tag=7")  # of a call that nobody knows
    desk.rest()
    assert [data.split(b" ")[0] for _, data in desk.handled].count(b"INVITE") == CALLS_BURST


def test_a_long_line_of_one_source_delays_nobody_else() -> None:
    """The other one's only message is handled second."""
    desk = Desk(cost_s=TURN_S / 4)
    desk.send(MAD, 400, "OPTIONS")
    desk.send(CALM, 1, "OPTIONS")
    desk.turn()
    assert [source for source, _ in desk.handled][:2] == [MAD, CALM]
    assert len(desk.handled) == 4, "then the sockets are looked at again"
    desk.rest()
    assert len(desk.handled) == 401


def methods_of(desk: Desk) -> list[bytes]:
    """What was handled, in order."""
    return [data.split(b" ")[0] for _, data in desk.handled]


def test_what_belongs_to_living_calls_goes_before_new_ones() -> None:
    """Who hung up gives back a line before the next caller is told that there is none."""
    desk = Desk()
    desk.send(CALM, 20, "INVITE")
    desk.send(CALM, 10, "BYE", call=LIVING, to="<sip:112@x>;tag=1")
    desk.rest()
    assert methods_of(desk) == [b"BYE"] * 10 + [b"INVITE"] * 20


def test_a_storm_about_one_call_lets_its_sources_new_calls_in() -> None:
    """And in each line what came first goes first."""
    desk = Desk()
    desk.send(MAD, 3, "INVITE")
    desk.send(MAD, 1, "CANCEL")  # of one that still waits itself
    storm = 10 * OF_CALLS_IN_A_ROW
    desk.send(MAD, storm, "INFO", call=LIVING, to="<sip:112@x>;tag=1")
    desk.rest()
    found = methods_of(desk)
    others = [at for at, method in enumerate(found) if method != b"INFO"]
    assert [found[at] for at in others] == [b"INVITE"] * 3 + [b"CANCEL"]
    assert others == [(n + 1) * OF_CALLS_IN_A_ROW + n for n in range(4)]
    assert len(found) == storm + 4


def test_the_stack_knows_the_call_ids_of_its_calls(tmp_path: Path) -> None:
    """From the first INVITE to the end."""
    book = Playbook(tmp_path)
    stack = book.phones.stack
    book.ring()
    call_id = book.phone.dialogs[book.phone_dialog].call_id
    assert stack.has_call(call_id)
    assert not stack.has_call(call_id + "x")
    book.place()
    assert stack.has_call(call_id)
    book.end_call(book.call.id)
    assert not stack.has_call(call_id)
