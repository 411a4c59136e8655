"""A crew stands where the incident really is, and says so: "lokasi salah".

The incident's own place is not moved by it: that is for a person in the room, who sees both points.
What follows by itself is an alias (`core.policy`), so that the next caller who uses the same words
is found. Not from a drill, and not from a sensitive incident: where somebody was hurt at home is
not to turn up in a search. Nor from a position that was old when it was sent: the crew has gone on
since, or come from somewhere. Far from where the place was taken to be, or by a fix that says of
itself that it is coarse, the words wait until somebody has looked at them: a tap at the station or
the hospital would send the next crew across the city. So do words that many places are called by:
"masjid", "tidak tahu", a kelurahan's name alone. One that says nothing at all is no name. One that
becomes sensitive later takes its aliases back. Pure.
"""

from datetime import timedelta
from typing import Final

from kentongan.cities.distance import distance_m
from kentongan.cities.spelling import GENERIC, tokens
from kentongan.core.alias import words_for
from kentongan.core.assignment import find_assignment
from kentongan.core.checks import cut_label, cut_note, is_near, readable_fix, same_words
from kentongan.core.commands.incident import CorrectPlace
from kentongan.core.context import Context
from kentongan.core.events.incident import PlaceCorrected
from kentongan.core.rows import IncidentRow, PlaceCorrection
from kentongan.core.words import AliasDoubt, AliasId, Fix, IncidentId, Meta, Personal, Refused

FRESH: Final = timedelta(seconds=60)
"""A position measured longer before the word, or after it, does not say where the crew stands."""

FAR_M: Final = 2_000
"""Farther from the place as it was known (or beyond its own radius) it is rarely the same place,
and oftener a tap made somewhere else: a kelurahan here is one to two kilometres wide."""

COARSE_M: Final = 100
"""A fix that says no better than this is another gang, or another street."""

COMMON: Final = frozenset(
    {"masjid", "musala", "musholla", "gereja", "sekolah", "sd", "smp", "sma", "smk", "kantor"}
    | {"pasar", "toko", "warung", "minimarket", "alfamart", "indomaret", "pom", "bensin", "spbu"}
    | {"perempatan", "pertigaan", "simpang", "jembatan", "lapangan", "makam", "sungai", "kali"}
    | {"raya", "tengah", "utara", "selatan", "timur", "barat", "lor", "kidul", "wetan", "kulon"}
    | {"tidak", "tahu", "ngerti", "mboten", "sekolahan", "balai", "pos", "taman", "hotel", "bank"}
)
"""Words that many places are called by; one of them tells nobody which."""

CORRECTIONS_MAX: Final = 20
"""Corrections of one incident's place; several units may each tell, and tell better."""


def decide(command: CorrectPlace, row: IncidentRow, context: Context) -> tuple[PlaceCorrected, ...]:
    """What the crew's word leads to; kept also when it comes late, after the unit left.

    Refuses with `unit_not_assigned`, `place_unreadable`, `fix_outside_city` and
    `too_many_corrections`.
    """
    if find_assignment(row.assignments, command.unit) is None:
        raise Refused("unit_not_assigned", unit=command.unit)
    fix = readable_fix(command.fix)
    if fix is None:
        raise Refused("place_unreadable")
    if not is_near(fix.point, context.plans.box):
        raise Refused("fix_outside_city")
    words, _ = cut_note(command.words)
    known = (one for one in row.corrections if one.unit == command.unit)
    if any(one.point == fix.point and same_words(one.words, words) for one in known):
        return ()
    if len(row.corrections) >= CORRECTIONS_MAX:
        raise Refused("too_many_corrections", corrections_max=str(CORRECTIONS_MAX))
    phrases = _phrases(row) if _is_fresh(fix, context) else ()
    return (
        PlaceCorrected(
            unit=command.unit,
            fix=fix,
            words=words,
            phrases=phrases,
            label=_label(row, phrases),
            doubt=_doubt(row, fix, phrases) if phrases else "",
        ),
    )


def _is_fresh(fix: Fix, context: Context) -> bool:
    return fix.at.tzinfo is not None and abs(context.at - fix.at) <= FRESH


def _doubt(row: IncidentRow, fix: Fix, phrases: tuple[Personal, ...]) -> AliasDoubt:
    known = row.place
    if known is not None and known.point is not None:
        bound_m = max(FAR_M, known.radius_m or 0)
        if distance_m(known.point, fix.point) > bound_m:
            return "far"
    if (fix.accuracy_m or 0) > COARSE_M:
        return "coarse"
    return "vague" if any(_is_vague(one) for one in phrases) else ""


def _said(phrase: Personal) -> set[str]:
    """Words of a phrase that may be part of a name; behind a comma stands where it is."""
    name = (phrase.text or "").partition(",")[0]
    return {word for word in tokens(name) if word not in GENERIC}


def _is_vague(phrase: Personal) -> bool:
    """Whether the words may mean many places: one word alone, as an area or a street is called,
    or only such as many are called by."""
    said = _said(phrase)
    return len(said) < 2 or said <= COMMON


def _phrases(row: IncidentRow) -> tuple[Personal, ...]:
    """The words under which the place was said, if they may become everybody's."""
    if row.place is None or row.sensitive or row.training:
        return ()
    place = row.place
    named = (one for one in (place.words, place.label, place.landmark) if one and _names(one))
    return words_for(tuple(named))


def _names(phrase: Personal) -> bool:
    """Whether anything is named: not by "rumah saya", nor by "RT 3 RW 5"."""
    return any(not word.isdigit() for word in _said(phrase))


def _label(row: IncidentRow, phrases: tuple[Personal, ...]) -> Personal | None:
    if not phrases or row.place is None:
        return None
    return row.place.label or phrases[0]


def alias_of(incident: IncidentId, meta: Meta) -> AliasId:
    """The alias that a correction leads to; `meta` is its event's."""
    return AliasId(f"{incident}.{meta.version}")


def corrected(row: IncidentRow, event: PlaceCorrected, meta: Meta) -> tuple[PlaceCorrection, ...]:
    """The incident's corrections after the event."""
    correction = PlaceCorrection(
        unit=event.unit,
        point=event.fix.point,
        accuracy_m=event.fix.accuracy_m,
        words=event.words,
        at=meta.at,
        agent_name=cut_label(meta.agent_name),
        has_alias=bool(event.phrases),
        doubt=event.doubt,
    )
    return (*row.corrections, correction)
