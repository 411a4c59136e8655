"""A call as the switch remembers it across a crash: its facts, its legs, its recordings.

Values only. The facts are the call's own stream, so that the switch can go on deciding while the
store is away; legs say who is connected and how, so that a bridge can be built again. SIP dialogs
are kept beside it by `spool`, in the stack's own words.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from kentongan.core.events import CallEvent
from kentongan.core.words import CallId, CommandId, DeskKey, Meta
from kentongan.sip.sdp import Direction

CITIZEN = "citizen"
"""Name and role of the caller's leg; every call has exactly one."""

DESK = "desk"
"""Role of the call-taker's leg; its name is the desk's key."""


class Fact(Struct, frozen=True, kw_only=True):
    """One event of the call with its meta, and the command that led to it."""

    event: CallEvent
    meta: Meta
    command: CommandId


class SipLeg(Struct, frozen=True, kw_only=True, tag="sip"):
    """The caller's telephone. `ip` and `port` are where it listens, None until it has said so.

    `codecs` are those we answer with (8 A-law, 0 mu-law), the one we send first; `local_ip` and
    `local_port` our own media address, None until the media process gave it; `session_version`
    counts the descriptions we sent (the version in o=, RFC 3264 section 8).
    """

    ip: str | None = None
    port: int | None = None
    codecs: tuple[Literal[0, 8], ...] = (8, 0)
    dtmf: int | None = 101
    direction: Direction = Direction.SENDRECV
    local_ip: str | None = None
    local_port: int | None = None
    session_id: int = 1
    session_version: int = 1
    silent_since: datetime | None = None
    probed_at: datetime | None = None


class WebLeg(Struct, frozen=True, kw_only=True, tag="web"):
    """A desk's page. `lost_at` is set while nothing comes from it."""

    desk: DeskKey
    agent: str
    is_connected: bool = False
    was_connected: bool = False
    lost_at: datetime | None = None


class SpooledCall(Struct, frozen=True, kw_only=True):
    """Everything the switch knows about one call.

    `is_answered` is SIP's word: our 200 is out (a caller who only waits has it too).
    `recordings` are files begun, `kept` those whose digest has been told.
    """

    id: CallId
    trunk: str
    announcement: str
    at_desk: bool = False  # our 200 waits for a desk; the announcement is early media
    dialog: str = ""
    invite: str = ""  # the stack's name of the request to be answered, "" once it was
    training: bool = False
    shard: int = 0
    facts: tuple[Fact, ...] = ()
    citizen: SipLeg = SipLeg()
    desks: tuple[WebLeg, ...] = ()
    is_answered: bool = False
    is_over: bool = False
    over_at: datetime | None = None
    recordings: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def has_all_recordings(self) -> bool:
        """Whether the digest of every file begun has been told."""
        return set(self.recordings) <= set(self.kept)

    def find_desk(self, desk: DeskKey) -> WebLeg | None:
        """The leg of that desk's page."""
        return next((leg for leg in self.desks if leg.desk == desk), None)
