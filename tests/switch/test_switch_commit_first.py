"""The process writes down before it speaks: what leaves it is on the disk already.

Here the process itself runs, between a telephone and an agency without a network. At each message
the spool is read as a switch would read it that is started at this very moment.
"""

import asyncio
import time
from pathlib import Path

from msgspec import json
from switch_playbook import AGENCY, CENTRE, CITY, DESK, PHONE, Playbook
from switch_room import free_port
from test_switch_parties import NUMBER
from test_switch_process import Door

from kentongan.core.commands import AnswerCall, DropParty, InviteParty
from kentongan.core.words import PartyKey
from kentongan.edge.switch.ledger import Moment
from kentongan.edge.switch.process import Switch, moment
from kentongan.sip.address import Address, Outgoing, Transport


class Watched(Playbook):
    """The process, and what stood in its spool whenever it said something."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            folder,
            control_socket=str(folder / "switch.sock"),
            media_sockets=[str(folder / "media.sock")],
            sip_port=free_port(),
        )
        self.switch = Switch(self.settings, CITY, Door)
        self.board, self.phones = self.switch._board, self.switch._phones
        self.switch._sockets.send = self._leaves  # pyright: ignore[reportAttributeAccessIssue]
        self.elapsed_s = time.monotonic()
        self.left: list[str] = []
        self.early: list[str] = []
        self._on_the_way: list[Outgoing] = []

    @property
    def moment(self) -> Moment:
        """Now, as the process has it."""
        return moment()

    def flush(self) -> None:
        """Let all three speak until nobody has anything to say."""
        while True:
            self.switch._flush()
            said, self._on_the_way = [(out, CENTRE) for out in self._on_the_way], []
            said += [(out, PHONE) for out in self.phone.drain()]
            said += [(out, AGENCY) for out in self.agency.drain()]
            if not said:
                return
            for out, source in said:
                self._deliver(out.data, source, out.address)

    def _deliver(self, data: bytes, source: Address, to: Address) -> None:
        if source == CENTRE:
            super()._deliver(data, source, to)
        else:
            self.switch._received(data, source, Transport.UDP)

    def _leaves(self, out: Outgoing) -> None:
        self._on_the_way.append(out)
        said = _name(out.data)
        self.left.append(said)
        stack, calls = self.phones.stack, self.board.ledger
        dialogs = {key: stack.save(key) for key in self.phones._calls}
        meant = {key: json.encode(one) for key, one in dialogs.items() if one is not None}
        written = {one.key: one.data for one in self.spool.load_dialogs()}
        if written != meant or self.spool.load_calls() != tuple(calls):
            self.early.append(said)


def _name(data: bytes) -> str:
    """The method of a request; of an answer its status and what it answers."""
    first, _, rest = data.decode().partition("\r\n")
    method = next(line.split()[-1] for line in rest.split("\r\n") if line.startswith("CSeq:"))
    return f"{first.split()[1]} {method}" if first.startswith("SIP/") else method


def test_nothing_is_said_before_it_is_on_the_disk(tmp_path: Path) -> None:
    """A caller, an agency that is given up while it rings, one that talks and is let go, BYE."""

    async def main() -> None:
        book = Watched(tmp_path)
        await book.switch.start()
        try:
            book.ring()
            book.place()
            call = book.call.id
            book.ask(AnswerCall(call=call, desk=DESK))
            for number, status in ((1, 180), (2, 200)):
                party = PartyKey(f"party {number}")
                book.ask(InviteParty(call=call, party=party, kind="agency", number=NUMBER))
                book.place_party(f"party-{number}", 40_000 + 2 * number)
                book.agency_answers(status)
                book.ask(DropParty(call=call, party=party))
            book.phone.bye(book.phone_dialog, now=book.elapsed_s)
            book.flush()
        finally:
            await book.switch.stop()
        assert book.early == []
        assert {"180 INVITE", "200 INVITE", "ACK", "CANCEL", "BYE", "200 BYE"} <= {*book.left}
        assert (book.call.is_over, book.switch._faults.count) == (True, 0)

    asyncio.run(main())
