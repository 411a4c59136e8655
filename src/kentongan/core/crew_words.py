"""What a crew may say in a text message: "TIBA AMB03". Pure.

A verb and, for who likes to say it, the unit; the telephone says already whose message it is. The
words are those of the crew's page. A message that means nothing, or something else than this crew
may say, is answered in words and changes nothing: a misread "SELESAI" would set a unit free.
"""

import re
from typing import Final, Literal

from msgspec import Struct

from kentongan.core.commands import (
    AnyCommand,
    EndUnitDuty,
    ProgressUnit,
    RaiseCrewEmergency,
    StartUnitDuty,
)
from kentongan.core.words import IncidentId, Progress, UnitId

CHARACTERS_MAX: Final = 160
"""Characters of a message that are looked at; a verb and a call sign are a tenth of it."""

_STEPS: Final[dict[str, Progress]] = {
    "TERIMA": Progress.ACCEPTED,
    "BERANGKAT": Progress.DEPARTED,
    "TIBA": Progress.ON_SCENE,
    "PASIEN": Progress.AT_PATIENT,
    "KORBAN": Progress.AT_PATIENT,
    "ANTAR": Progress.TRANSPORTING,
    "RS": Progress.AT_HOSPITAL,
    "SERAH": Progress.HANDED_OVER,
    "SELESAI": Progress.CLEAR,
    "SIAGA": Progress.CLEAR,
}
"""The crew's page says the same: Terima, Berangkat, Tiba, Di sisi pasien, Antar, Tiba di RS, Serah
terima, Siaga."""

_OTHERS: Final = ("DARURAT", "DINAS", "PULANG")

VERBS: Final = (*_STEPS, *_OTHERS)
"""All verbs, for the answer to who said something else."""

Fault = Literal["not_understood", "other_unit"]
"""Why a message leads to nothing."""


class CrewWord(Struct, frozen=True):
    """What was said: a verb of `VERBS`, and words behind it that are no unit (a hospital)."""

    verb: str
    rest: str = ""


def understood(text: str, unit: str) -> CrewWord | Fault:
    """The verb, when the message is one of that unit's crew; else why it is none."""
    words = re.findall(r"[0-9A-Za-z]+", text[:CHARACTERS_MAX].upper())
    if not words or words[0] not in VERBS:
        return "not_understood"
    named, rest = _unit_and_rest(words[1:])
    if named and named != folded(unit):
        return "other_unit"
    verb = words[0]
    if rest and verb != "ANTAR":
        return "not_understood"
    return CrewWord(verb, "_".join(rest).lower())


def command_of(word: CrewWord, unit: UnitId, incident: IncidentId | None) -> AnyCommand | None:
    """What the verb asks for; None when it is about an incident and there is none."""
    match word.verb:
        case "DARURAT":
            return RaiseCrewEmergency(unit=unit)
        case "DINAS":
            return StartUnitDuty(unit=unit)
        case "PULANG":
            return EndUnitDuty(unit=unit)
        case verb:
            if incident is None:
                return None
            destination = word.rest or None
            return ProgressUnit(
                incident=incident, unit=unit, progress=_STEPS[verb], destination=destination
            )


def folded(call_sign: str) -> str:
    """A call sign as people type it: "amb 3", "AMB-03" and "AMB03" are the same."""
    parts = re.findall(r"[A-Z]+|\d+", call_sign.upper())
    return "".join(part.lstrip("0") or "0" if part.isdigit() else part for part in parts)


def _unit_and_rest(words: list[str]) -> tuple[str, list[str]]:
    """The call sign at the beginning, in one word or two, and what follows it."""
    if words and re.fullmatch(r"[A-Z]{2,5}\d{1,3}", words[0]):
        return folded(words[0]), words[1:]
    if len(words) > 1 and re.fullmatch(r"[A-Z]{2,5}", words[0]) and words[1].isdigit():
        return folded(words[0] + words[1]), words[2:]
    return "", words
