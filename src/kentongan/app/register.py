"""Makes the city pack's agencies and units known to the record, at every start, through the door.

The journal, not the pack, says which units there are; so what the pack says today becomes a fact
with a time. A restart changes nothing, changed facts are registered anew (also when they change
back), and a demonstration unit begins its duty once in its life: afterwards its crew decides.
"""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

import msgspec

from kentongan.app.handle import handle
from kentongan.app.ports import Store
from kentongan.app.system import SYSTEM
from kentongan.cities.facts import Agency, Unit
from kentongan.cities.pack import CityPack
from kentongan.core.commands import (
    AnyCommand,
    Envelope,
    RegisterAgency,
    RegisterUnit,
    StartUnitDuty,
)
from kentongan.core.plans import Plans
from kentongan.core.words import AgencyKey, CommandId, UnitId


def register(store: Store, plans: Plans, pack: CityPack, now: datetime) -> int:
    """Register the pack's agencies and units; returns how many facts were new.

    Raises `Busy` or `Unavailable`; calling it again goes on where it stopped.
    """
    new = 0
    for command_id, command in _commands(store, pack):
        envelope = Envelope(id=CommandId(command_id), agent=SYSTEM, command=command)
        outcome = handle(store, plans, envelope, now)
        new += 0 if outcome.repeated else len(outcome.events)
    return new


def _commands(store: Store, pack: CityPack) -> Iterator[tuple[str, AnyCommand]]:
    for agency in pack.agencies:
        command = _agency(agency)
        yield _id(store, "agency", agency.key, command), command
    for unit in pack.units:
        command = _unit(unit, pack)
        yield _id(store, "unit", unit.call_sign, command), command
        if unit.demo:
            yield (
                f"first_duty/{unit.call_sign}",
                StartUnitDuty(unit=UnitId(unit.call_sign)),
            )


def _id(store: Store, kind: str, key: str, command: AnyCommand) -> str:
    """The same for the same facts, unless other facts were registered in between.

    The number of registrations so far is in it: otherwise a unit that moves to another post and
    back would stay where it was.
    """
    digest = sha256(msgspec.json.encode(command)).hexdigest()[:16]
    registered = [
        recorded
        for recorded in store.load(f"{kind}:{key}")
        if recorded.command is not None and recorded.command.startswith("register/")
    ]
    last = registered[-1].command if registered else None
    turn = len(registered)
    if last is not None and last.startswith(f"register/{digest}/"):
        return last
    return f"register/{digest}/{key}/{turn}"


def _agency(agency: Agency) -> RegisterAgency:
    return RegisterAgency(
        agency=AgencyKey(agency.key),
        name=agency.name.id,
        short=agency.short,
        kind=agency.kind.value,
        mode=agency.mode.value,
    )


def _unit(unit: Unit, pack: CityPack) -> RegisterUnit:
    return RegisterUnit(
        unit=UnitId(unit.call_sign),
        agency=AgencyKey(unit.agency),
        kind=unit.kind.value,
        label=unit.label.id,
        capabilities=tuple(capability.value for capability in unit.capabilities),
        post=unit.post,
        home=unit.home or pack.post_by_key[unit.post].point,
        crew_size=unit.crew,
        demo=unit.demo,
    )
