"""Commands of a supervisor to a call of somebody else."""

from msgspec import Struct

from kentongan.core.words import CallId, DeskKey, SupervisionMode


class SuperviseCall(Struct, frozen=True, kw_only=True, tag="call.supervise"):
    """Hear the call from this desk: unheard, heard by the call-taker only, or by everybody.

    `tone` lets the call-taker know that somebody listens.
    """

    call: CallId
    desk: DeskKey
    mode: SupervisionMode
    tone: bool = False


class StopSupervising(Struct, frozen=True, kw_only=True, tag="call.stop_supervising"):
    """The supervisor's desk hears no more of it."""

    call: CallId
    desk: DeskKey


class TakeOver(Struct, frozen=True, kw_only=True, tag="call.take_over"):
    """The call is the supervisor's from now on, at this desk."""

    call: CallId
    desk: DeskKey


SupervisionCommand = SuperviseCall | StopSupervising | TakeOver
