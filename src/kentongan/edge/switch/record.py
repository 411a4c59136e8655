"""A call as the switch remembers it across a crash: its facts, its legs, its recordings.

Values only. The facts are the call's own stream, so that the switch can go on deciding while the
store is away; legs say who is connected and how, so that a bridge can be built again. SIP dialogs
are kept beside it by `spool`, in the stack's own words.
"""

from datetime import datetime
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from kentongan.core.events import CallEvent
from kentongan.core.words import CallId, CommandId, DeskKey, Meta, PartyKey
from kentongan.sip.codecs import Codec, Format
from kentongan.sip.crypto import Crypto
from kentongan.sip.hops import HOPS
from kentongan.sip.sdp import Direction
from kentongan.sip.text_line import Text

CITIZEN: Final = "citizen"
"""Name and role of the caller's leg; every call has exactly one."""

DESK: Final = "desk"
"""Role of the call-taker's leg; its name is the desk's key."""

PARTNER: Final = "partner"
"""Role of another desk that was asked into the call."""

SUPERVISOR: Final = "supervisor"
"""Role of the desk that listens, whispers or speaks as a supervisor."""

PARTY: Final = "party"
"""Role of a telephone that we rang into the call."""

PageRole = Literal["desk", "partner", "supervisor"]


class Fact(Struct, frozen=True, kw_only=True):
    """One event of the call with its meta, and the command that led to it."""

    event: CallEvent
    meta: Meta
    command: CommandId


class TextSide(Struct, frozen=True, kw_only=True):
    """A telephone's text line: `offered` is what it said of it, `crypto` our key and `crypto_in`
    theirs; `local_port` is ours, None until the media process gave it.
    """

    offered: Text
    crypto: Crypto | None = None
    crypto_in: str = ""
    local_port: int | None = None


class TypedLine(Struct, frozen=True, kw_only=True):
    """What one side has typed of a line that is not finished; `agent` and `name` at a desk."""

    text: str = ""
    begun_at: datetime | None = None
    changed_at: datetime | None = None
    agent: str = ""
    name: str = ""


class Typing(Struct, frozen=True, kw_only=True):
    """Both sides' unfinished lines, and up to where the typing was taken.

    `epoch` and `seq` are of the media process's last word, `source` and `number` of the last packet
    in it; `stream` and `count` of the desk's page.
    """

    caller: TypedLine = TypedLine()
    desk: TypedLine = TypedLine()
    epoch: str = ""
    seq: int = 0
    source: int = 0
    number: int = 0
    stream: str = ""
    count: int = 0


class SipLeg(Struct, frozen=True, kw_only=True, tag="sip"):
    """A telephone. `ip` and `port` are where it listens, None until it has said so.

    `formats` are the codecs we describe, the one we send first; `crypto` is our key and
    `crypto_in` theirs where the sound is SRTP. `local_ip` and `local_port` are our own media
    address, None until the media process gave it, `family` the IP version that it is bound on, None
    for a call of before there was a choice; `session_version` counts the descriptions we sent
    (the version in o=, RFC 3264 section 8). `before` and `after` are the lines of other media
    in an answer of ours, all refused; `text` takes the place of one of them. Without `has_audio` it
    is a telephone for text alone. From `tell_at` on it has to be told (again) what we describe,
    None when it knows; `told_version` is what our last re-INVITE said. `epoch` names the media
    process that its sound was last in. One that is silent (`silent_since`) is asked (`probed_at`)
    whether it is still there; `present_at` is when it last said so. A silent one that came to
    another media process at `moved_at` is silent until that one could have said so again.
    """

    ip: str | None = None
    port: int | None = None
    formats: tuple[Format, ...] = (Format(Codec.PCMA, 8), Format(Codec.PCMU, 0))
    dtmf: int | None = 101
    direction: Direction = Direction.SENDRECV
    ptime_ms: int = 20
    profile: str = ""
    rtcp_port: int | None = None
    rtcp_mux: bool = False
    crypto: Crypto | None = None
    crypto_in: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    has_audio: bool = True
    text: TextSide | None = None
    local_ip: str | None = None
    local_port: int | None = None
    family: Literal[4, 6] | None = None
    session_id: int = 1
    session_version: int = 1
    silent_since: datetime | None = None
    probed_at: datetime | None = None
    present_at: datetime | None = None
    moved_at: datetime | None = None
    tell_at: datetime | None = None
    tell_tries: int = 0
    told_version: int = 0
    epoch: str = ""

    @property
    def has_place(self) -> bool:
        """Whether the media process has given an address for all that is described."""
        has_sound = not self.has_audio or self.local_port is not None
        return has_sound and (self.text is None or self.text.local_port is not None)

    @property
    def is_in_clear(self) -> bool:
        """Whether sound is agreed, and without SRTP."""
        return self.has_audio and bool(self.formats) and self.crypto is None


class WebLeg(Struct, frozen=True, kw_only=True, tag="web"):
    """A desk's page. `lost_at` is set while nothing comes from it."""

    desk: DeskKey
    agent: str
    role: PageRole = "desk"
    is_connected: bool = False
    was_connected: bool = False
    lost_at: datetime | None = None


class CitizenPage(Struct, frozen=True, kw_only=True, tag="page"):
    """A caller who rings from a browser. `key` is the digest of what proves that it is them.

    One who only types has no sound: the page says again and again that it is there (`seen_at`).
    `must_offer`: the media process that had its sound is gone; it hears so with its next question.
    """

    key: str
    only_types: bool = False
    seen_at: datetime | None = None
    is_connected: bool = False
    was_connected: bool = False
    must_offer: bool = False
    lost_at: datetime | None = None


class PartyLeg(Struct, frozen=True, kw_only=True, tag="party"):
    """A telephone that we ring into a call. `name` is its leg's in the bridge.

    `target` is the Request-URI. `calling` names our INVITE in the stack, "" until it is out;
    `dialog` what it became when it was answered.
    """

    party: PartyKey
    name: str
    trunk: str
    target: str
    asked_at: datetime
    leg: SipLeg = SipLeg()
    calling: str = ""
    dialog: str = ""
    tried: tuple[str, ...] = ()  # trunks that did not take it
    is_ringing: bool = False
    is_joined: bool = False
    wall: DeskKey | None = None  # a telephone on the wall, rung for a caller who waits
    has_failed: bool = False  # such a one, which did not answer, since `failed_at`; it rests
    failed_at: datetime | None = None
    tries: int = 0  # how often such a one failed for this caller
    referred_by: PartyKey | None = None  # whose place it is to take, as that one's exchange wants
    replaces: str = ""  # and whose call there


class Question(Struct, frozen=True, kw_only=True):
    """The silent test on its way to the caller: due until it was heard to its end.

    `since` is when it was asked for or cut off, `begun` how often it has begun by itself since the
    desk asked. `epoch` and `seq` name the media process's word of its last end.
    """

    since: datetime
    is_due: bool = False
    begun: int = 0
    epoch: str = ""
    seq: int = 0


class SealedSegment(Struct, frozen=True, kw_only=True):
    """A segment of the recording, by its file's name, and its key sealed with the centre's."""

    name: str
    key_id: str
    made_at: datetime
    sealed: bytes


class Measured(Struct, frozen=True, kw_only=True):
    """How a leg sounded at its last measurement in the media process of that epoch, which goes on
    measuring it; `seq` names the process's word.
    """

    leg: str
    epoch: str
    seq: int
    codec: str
    packets: int
    lost: int
    jitter_ms: float
    mos: float
    round_trip_ms: float | None = None


class SpooledCall(Struct, frozen=True, kw_only=True):
    """Everything the switch knows about one call.

    `is_answered` is SIP's word: our 200 is out (a caller who only waits has it too).
    `recordings` are files begun, `kept` those whose digest has been told, `keys` open them.
    """

    id: CallId
    trunk: str
    announcements: tuple[str, ...]
    languages: tuple[str, ...] = ()  # of each of them: the caller hears all else in these too
    at_desk: bool = False  # our 200 waits for a desk; the announcement is early media
    hops: int = HOPS  # Max-Forwards of the INVITE
    may_be: tuple[CallId, ...] = ()  # the calls of which it may be a copy that came back
    is_offerless: bool = False  # the INVITE described nothing: the first offer is our 200's
    dialog: str = ""
    invite: str = ""  # the stack's name of the request to be answered, "" once it was
    training: bool = False
    shard: int = 0
    facts: tuple[Fact, ...] = ()
    citizen: SipLeg = SipLeg()
    page: CitizenPage | None = None  # the caller's, who has no telephone then
    desks: tuple[WebLeg, ...] = ()
    parties: tuple[PartyLeg, ...] = ()
    parties_asked: int = 0  # how many telephones were rung into it; the next one's number
    target: str = ""  # of a call that we place: whom we ring
    calling: str = ""  # and our INVITE's name in the stack
    invited_at: datetime | None = None  # when that went out
    tried: tuple[str, ...] = ()  # trunks that did not take it
    is_ringing: bool = False  # and whether it rings there
    is_answered: bool = False
    is_spoken_with: bool = False  # somebody of ours and the caller, since the caller last waited
    is_over: bool = False
    over_at: datetime | None = None
    recordings: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    keys: tuple[SealedSegment, ...] = ()
    pending: str = ""  # a change that the caller asked for, until its media have a place
    typing: Typing = Typing()
    noticed: tuple[str, ...] = ()  # breath or speech in the caller's sound
    measured: tuple[Measured, ...] = ()  # by leg, until its final measurement comes
    question: Question | None = None  # None: never asked, and knocks are not listened for

    def find_key(self, segment: str) -> SealedSegment | None:
        """The sealed key of a segment."""
        return next((key for key in self.keys if key.name == segment), None)

    @property
    def has_all_recordings(self) -> bool:
        """Whether the digest of every file begun has been told."""
        return set(self.recordings) <= set(self.kept)

    @property
    def has_voice(self) -> bool:
        """Whether the caller can be heard: not who only types, nor a page without sound so far."""
        return self.citizen.has_audio if self.page is None else self.page.was_connected

    @property
    def is_listened_to(self) -> bool:
        """Whether the caller's sound had a place to come to."""
        return self.has_voice and (self.page is not None or self.citizen.local_port is not None)

    @property
    def has_line(self) -> bool:
        """Whether it takes a place in a media process while it is not over.

        Who only types needs none, until a desk or a telephone of ours takes part.
        """
        if self.page is None or not self.page.only_types:
            return True
        return bool(self.desks) or any(not leg.has_failed for leg in self.parties)

    @property
    def trunks(self) -> tuple[str, ...]:
        """The trunk of each telephone in it."""
        return (self.trunk, *(leg.trunk for leg in self.parties))

    @property
    def main_desk(self) -> WebLeg | None:
        """The page of the desk that has the call."""
        return next((leg for leg in self.desks if leg.role == DESK), None)

    @property
    def is_placed_by_us(self) -> bool:
        """Whether we rang the person, not they us."""
        return bool(self.target)

    def find_desk(self, desk: DeskKey) -> WebLeg | None:
        """The leg of that desk's page."""
        return next((leg for leg in self.desks if leg.desk == desk), None)

    def find_party(self, party: PartyKey) -> PartyLeg | None:
        """The telephone of that party."""
        return next((leg for leg in self.parties if leg.party == party), None)

    def telephone(self, dialog: str) -> SipLeg:
        """The telephone of that dialog; the caller's unless a party has it."""
        return next((leg.leg for leg in self.parties if leg.dialog == dialog), self.citizen)

    def dialog_of(self, name: str) -> str:
        """The dialog of a telephone by its leg's name in the bridge; the caller's by default."""
        return next((leg.dialog for leg in self.parties if leg.name == name), self.dialog)

    def trunk_of(self, dialog: str) -> str:
        """The trunk that dialog's telephone is reached by."""
        return next((leg.trunk for leg in self.parties if leg.dialog == dialog), self.trunk)

    def with_telephone(self, dialog: str, phone: SipLeg) -> "SpooledCall":
        """The call with that dialog's telephone changed."""
        if all(leg.dialog != dialog for leg in self.parties):
            return replace(self, citizen=phone)
        legs = (replace(leg, leg=phone) if leg.dialog == dialog else leg for leg in self.parties)
        return replace(self, parties=tuple(legs))
