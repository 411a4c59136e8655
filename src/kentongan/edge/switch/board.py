"""The switchboard's table: calls, the SIP stack, and what has to be told to whom.

Everything that happens changes values here and nothing else; the process around it commits, sends,
tends the bridges and pushes, in that order. `signalling` brings in what telephones do, `desks`
what the room does, `hearing` what the media processes say, `watch` what time does.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from kentongan.cities.facts import Line
from kentongan.cities.training import Written
from kentongan.core.call.life import HUNG_UP, UNHEARD
from kentongan.core.commands import CallCommand, EndCall, Envelope, QueueCall, RequeueCall
from kentongan.core.events import (
    CallAbandoned,
    CallAnswered,
    CallEnded,
    CallEvent,
    CallSupervised,
    CallTransferred,
)
from kentongan.core.plans import Plans
from kentongan.core.words import CallId, CommandId, DeskKey, PartyKey, Personal, Refused
from kentongan.edge.switch import families, prompting, texting
from kentongan.edge.switch.announcements import Sounds
from kentongan.edge.switch.arrival import FindLine
from kentongan.edge.switch.bridge import WantedBridge
from kentongan.edge.switch.descriptions import NewKey, first_leg
from kentongan.edge.switch.gate import Gate
from kentongan.edge.switch.ledger import SWITCH, Ledger, Moment
from kentongan.edge.switch.legs import in_step
from kentongan.edge.switch.lines import Lines
from kentongan.edge.switch.location_servers import Reference, Subscribed
from kentongan.edge.switch.losses import Loss
from kentongan.edge.switch.notices import Notices
from kentongan.edge.switch.own_lines import is_own_line, own_numbers
from kentongan.edge.switch.record import PartyLeg, SipLeg, SpooledCall
from kentongan.edge.switch.refusals import Refusals
from kentongan.edge.switch.routes import LiteralReach, Reach, Route, find_route
from kentongan.edge.switch.settings import SwitchSettings
from kentongan.edge.switch.sounding import wanted_bridge
from kentongan.edge.switch.speaking import is_unheard, noted
from kentongan.edge.switch.trunks import Trunk

SILENT_AFTER = timedelta(seconds=5)
"""Whoever waited so long without a sound was silent; before, there was hardly time for one."""

PUSHES_MAX = 10_000
"""Messages to the pages between two commits; a burst of 500 calls makes 2,000."""


class City(Struct, frozen=True, kw_only=True):
    """What the switch knows of its city: plans, the line that digits reach, sounds and words.

    `emergency` is the line of service URNs and of digits that nobody knows.
    """

    plans: Plans
    find_line: FindLine
    emergency: Line
    sounds: Sounds
    missing_sounds: tuple[tuple[str, str], ...] = ()
    """Key and language of what a caller would hear in another language, or not at all."""
    written: Written
    country_code: str = "62"
    lines: Mapping[str, Line] = {}
    """By key."""
    directory: Mapping[str, str] = {}
    """Numbers or SIP addresses by directory key: agencies, hospitals, neighbours, interpreters."""

    def line_of(self, key: str) -> Line:
        """The line of that key; the emergency line when the city has none of that name."""
        return self.lines.get(key, self.emergency)

    def skills_of(self, line: str) -> tuple[str, ...]:
        """What callers of a line ask for, by the line's key."""
        found = self.lines.get(line)
        return () if found is None else found.skills


class Counts(Struct, kw_only=True):
    """What happened since the start, for health."""

    calls: int = 0
    full: int = 0
    messages: int = 0  # of trunks, given to the SIP stack to read
    strangers: int = 0  # requests from networks that belong to no trunk
    over_allowance: int = 0  # messages of a source that sends too many; dropped unread
    requeued: int = 0
    unreadable: int = 0  # octets that are no SIP message
    refused_invites: int = 0  # by the rules of SIP, before they were a call
    off_record: int = 0  # of those, beyond what may go on record
    recording_failures: int = 0
    recording_seconds_lost: float = 0.0


class Board:
    """One switch's state. Telephones follow it in `signalling.settle`, bridges in `media`."""

    def __init__(
        self,
        settings: SwitchSettings,
        city: City,
        *,
        token: Callable[[], str],
        choose_shard: Callable[[], int],
        new_key: NewKey,
        reach: Reach | None = None,
    ) -> None:
        """`token` names calls, `new_key` makes a key of SRTP; `reach` knows where trunks are."""
        self.settings = settings
        self.city = city
        self.gate = Gate(settings.trunks)
        self.token = token
        self.choose_shard = choose_shard
        self.new_key = new_key
        self.reach = reach or LiteralReach()
        self.ledger = Ledger(city.plans)
        self.lines = Lines(settings.calls_max, len(settings.media_sockets))
        self.counts = Counts()
        self.refusals = Refusals()
        self.notices = Notices()  # what the log is told about peers
        self.pushes: list[Mapping[str, object]] = []
        self.restless: dict[CallId, None] = {}  # calls whose bridge may have to change
        self.to_hang_up: dict[CallId, str] = {}  # with the reason
        self.to_accept: dict[CallId, None] = {}
        self.is_spent: Callable[[CallId], bool] = _unspent
        self.awaited: Callable[[datetime], frozenset[str]] = _nobody  # numbers with lines kept
        self.recall: Callable[[CallId], None] = _forgotten  # put a call of the spool in hand again
        self.positions: dict[CallId, int] = {}  # in the queue, as callers are told
        self.waiting_changed = False  # somebody else may have to be rung
        self.to_ring: dict[tuple[CallId, PartyKey], None] = {}
        self.losing: dict[str, Loss] = {}  # recordings that lost sound, by segment
        self.wall_unreached: dict[DeskKey, datetime] = {}  # telephones that could not be rung
        self.to_ring_wall: dict[tuple[CallId, DeskKey], None] = {}
        self.to_refer: dict[CallId, PartyKey] = {}
        self.to_locate: list[Reference] = []  # what says where callers are
        self.to_subscribe: list[Reference] = []  # the same, where it is told and not asked
        self.subscribed: dict[str, Subscribed] = {}  # by the stack's name of it
        self.to_press: list[tuple[CallId, str, str]] = []  # call, dialog, keys sent by INFO
        self.to_sound: list[prompting.Once] = []  # heard once, and no part of the bridge
        self.to_part: list[tuple[CallId, PartyLeg]] = []

    def wanted(self, call: CallId) -> WantedBridge | None:
        """How the call should sound; None when it is over or not in hand."""
        known = self.ledger.find(call)
        if known is None:
            return None
        row = self.ledger.row(call)
        position = self.positions.get(call)
        return wanted_bridge(known, row, self.city.sounds, self.networks_of, position)

    def find_trunk(self, key: str) -> Trunk | None:
        """The trunk of that name, as long as the settings have it."""
        return next((trunk for trunk in self.settings.trunks if trunk.key == key), None)

    def networks_of(self, key: str) -> tuple[str, ...]:
        """Where that trunk's sound may come from."""
        trunk = self.find_trunk(key)
        return () if trunk is None else trunk.sound_networks

    def find_route(self, contact: str | None, number: Personal | None, line: str) -> Route | None:
        """The way to somebody, by number or by directory key; None when there is none."""
        return self.route_to(self.address_of(contact, number), line)

    def address_of(self, contact: str | None, number: Personal | None) -> str:
        """The number or SIP address to ring; "" when the directory has none."""
        whom = (number.text if number is not None else None) or ""
        return whom or self.city.directory.get(contact or "", "")

    def route_to(self, whom: str, line: str, *, without: Iterable[str] = ()) -> Route | None:
        """The way to a number or a SIP address, by a trunk with a free channel and not tried.

        None leads to a line of our own.
        """
        if self.is_own(whom):
            return None
        taken = {*without, *self.full_trunks()}
        usable = [trunk for trunk in self.settings.trunks if trunk.key not in taken]
        return self._route(usable, whom, line)

    def full_trunks(self) -> tuple[str, ...]:
        """Trunks whose channels are all taken, of those that have a limit."""
        calls = Counter(trunk for call in self.ledger.in_hand() for trunk in call.trunks)
        trunks = self.settings.trunks
        return tuple(one.key for one in trunks if 0 < one.calls_max <= calls[one.key])

    def is_own(self, whom: str) -> bool:
        """Whether whoever is rung there would be us."""
        ours = own_numbers(self.city.lines.values())
        hosts = {*self.settings.hosts, *self.settings.sip_hosts}
        return is_own_line(whom, ours, hosts=hosts, country=self.city.country_code)

    def route_by(self, key: str, whom: str, line: str) -> Route | None:
        """The same by a trunk that was chosen before; its channel is taken already."""
        trunk = self.find_trunk(key)
        return None if trunk is None else self._route([trunk], whom, line)

    def _route(self, trunks: Sequence[Trunk], whom: str, line: str) -> Route | None:
        return find_route(
            trunks,
            self.reach,
            whom,
            own_host=self.settings.hosts[0],
            line=line,
            media_hosts=self.settings.media_hosts,
        )

    def leg_to(self, route: Route, at: datetime) -> SipLeg:
        """Our side towards whom we ring by that way: sound is where the trunk's SIP is."""
        leg = first_leg(route.trunk, int(at.timestamp()), self.new_key)
        return families.bound(leg, route.peer.host, self.settings.media_hosts)

    def put(self, call: SpooledCall) -> None:
        """The call changed beside its facts."""
        self.ledger.put(noted(call, self.ledger.row(call.id)))
        self.restless[call.id] = None

    def act(self, name: str, command: CallCommand, moment: Moment) -> tuple[CallEvent, ...]:
        """What a telephone did, or the switch for it. A refusal means there is nothing to add."""
        number = len(self.ledger.get(command.call).facts)
        envelope = Envelope(
            id=CommandId(f"{command.call}/{number}/{name}"), agent=SWITCH, command=command
        )
        try:
            return self.obey(command.call, envelope, moment.at)
        except Refused:
            return ()

    def obey(self, call: CallId, envelope: Envelope, at: datetime) -> tuple[CallEvent, ...]:
        """A command to a call in hand; raises `Refused`."""
        if isinstance(envelope.command, EndCall):
            texting.flush(self, call, at)
            envelope = replace(envelope, command=self._as_it_ended(envelope.command, at))
        events = self.ledger.act(call, envelope, at)
        if events:
            for event in events:
                self._follow(call, event, at)
            self._bring_in_step(call, at)
            self.waiting_changed = True
            self.restless[call] = None
            self.tell(call)
        return events

    def tell(self, call: CallId) -> None:
        """Tell the pages how the call is now."""
        if len(self.pushes) < PUSHES_MAX:
            row = self.ledger.row(call)
            self.pushes.append({"event": "call", "call": call, "state": row.state, "row": row})

    def show(self, message: Mapping[str, object]) -> None:
        """Something for the pages that may be lost."""
        if len(self.pushes) < PUSHES_MAX:
            self.pushes.append(message)

    def redo(self, call: CallId, desk: str) -> None:
        """Ask a desk's page to offer again."""
        if len(self.pushes) < PUSHES_MAX:
            self.pushes.append({"event": "redo", "call": call, "desk": desk})

    def queue(self, call: SpooledCall, moment: Moment) -> None:
        """The caller hears the announcement and waits."""
        first = call.announcements[0] if call.announcements else None
        command = QueueCall(call=call.id, announcement=first)
        self.act("queue", command, moment)

    def requeue(self, call: CallId, reason: str, moment: Moment) -> None:
        """The desk is lost: back to the head of the queue."""
        if self.act("requeue", RequeueCall(call=call, reason=reason), moment):
            self.counts.requeued += 1

    def end(self, call: CallId, by: str, reason: str, moment: Moment) -> None:
        """The call is over."""
        risk = self._risk(call, moment)
        self.act("end", EndCall(call=call, by=by, reason=reason, risk=risk), moment)

    def _as_it_ended(self, asked: EndCall, at: datetime) -> EndCall:
        """Where nobody was heard nobody said goodbye, whoever hung up."""
        known = self.ledger.find(asked.call)
        hung_up = asked.by != "switch" and asked.reason in HUNG_UP
        if known is None or not (hung_up and is_unheard(known, self.ledger.row(asked.call), at)):
            return asked
        return replace(asked, reason=UNHEARD)

    def _risk(self, call: CallId, moment: Moment) -> tuple[str, ...]:
        """What was heard of a caller with whom nobody spoke: breath and no word, or nothing."""
        known = self.ledger.find(call)
        if known is None or known.is_placed_by_us or not known.is_listened_to or known.desks:
            return ()
        if "speech" in known.noticed:
            return ()
        if "breath" in known.noticed:
            return ("breathing",)
        waited = moment.at - self.ledger.row(call).ring_at
        return ("silent",) if waited >= SILENT_AFTER else ()

    def _follow(self, call: CallId, event: CallEvent, at: datetime) -> None:
        """What a fact means for the caller's telephone."""
        texting.follow(self, call, event)
        prompting.follow(self, call, event, at)
        match event:
            case CallAnswered():
                self.to_accept[call] = None
            case CallEnded(reason=reason) | CallAbandoned(reason=reason):
                known = self.ledger.get(call)
                self.ledger.put(replace(known, is_over=True, over_at=at))
                self.to_hang_up[call] = reason
            case CallTransferred(party=party):
                self.to_refer[call] = party
            case CallSupervised():
                self.to_sound.extend(prompting.beep(self.ledger.get(call), event))
            case _:
                pass  # who takes part is read from the row

    def _bring_in_step(self, call: CallId, at: datetime) -> None:
        """Legs follow the row; who is to be rung or let go is dealt with before the commit."""
        wall = self.settings.wall_telephones
        row = self.ledger.row(call)
        step = in_step(self.ledger.get(call), row, at, wall)
        self.ledger.put(noted(step.call, row))
        self.to_part.extend((call, leg) for leg in step.parted)
        for party in step.asked:
            self.to_ring[call, party] = None
        for desk in step.wall:
            self.to_ring_wall[call, desk] = None


def _nobody(at: datetime) -> frozenset[str]:
    """As long as no room is known."""
    del at
    return frozenset()


def _forgotten(call: CallId) -> None:
    """As long as nothing is remembered of calls that are not in hand."""
    del call


def _unspent(call: CallId) -> bool:
    """As long as nothing is remembered of calls that were forgotten."""
    del call
    return False
