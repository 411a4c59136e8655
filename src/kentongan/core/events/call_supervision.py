"""What a supervisor does with somebody's call. Each is on record: nobody listens in secret."""

from msgspec import Struct

from kentongan.core.words import DeskKey, SupervisionMode


class CallSupervised(Struct, frozen=True, kw_only=True, tag="call.supervised"):
    """A supervisor hears the call from this desk, in this mode."""

    desk: DeskKey
    agent: str
    agent_name: str
    mode: SupervisionMode
    tone: bool = False


class SupervisionEnded(Struct, frozen=True, kw_only=True, tag="call.supervision_ended"):
    """That desk hears it no more."""

    desk: DeskKey


class CallTakenOver(Struct, frozen=True, kw_only=True, tag="call.taken_over"):
    """A supervisor has the call now."""

    desk: DeskKey
    agent: str
    agent_name: str
    from_desk: DeskKey | None = None


SupervisionEvent = CallSupervised | SupervisionEnded | CallTakenOver
