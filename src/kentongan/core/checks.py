"""What every decision checks about text, numbers and places that came from outside.

Not a parser: the edges parse. Here is the one answer to "how long may it be" and "is that a place
on earth". It promises that nothing spoken is lost: free text is cut and marked, a number of any
length rings, and only a place that cannot be drawn on any map is refused.
"""

from collections.abc import Sequence
from math import inf, isfinite
from typing import Final

from msgspec import structs

from kentongan.cities.facts import Box, Point
from kentongan.cities.steering import steering_sign
from kentongan.core.words import (
    LABEL_CHARACTERS_MAX,
    TEXT_CHARACTERS_MAX,
    Fix,
    Personal,
    Place,
    Promise,
    RawFact,
    Refused,
    Sector,
)


def check_label(text: str | Personal | None, field: str) -> None:
    """Refuse a name, label or reason longer than `LABEL_CHARACTERS_MAX`."""
    words = text.text if isinstance(text, Personal) else text
    if words is not None and len(words) > LABEL_CHARACTERS_MAX:
        raise Refused("text_too_long", field=field, characters_max=str(LABEL_CHARACTERS_MAX))


def check_labels(**fields: str | Personal | None) -> None:
    """`check_label` for several fields by name."""
    for field, text in fields.items():
        check_label(text, field)


def check_names(**names: str) -> None:
    """`check_labels` for what a unit, an agency or a person is called: it stands before and behind
    other words on every screen, so nothing in it may turn them round (`text_steers`)."""
    for field, text in names.items():
        check_label(text, field)
        sign = steering_sign(text)
        if sign is not None:
            raise Refused("text_steers", field=field, sign=sign)


def cut_label(text: str) -> str:
    """At most `LABEL_CHARACTERS_MAX` characters: for what must never be refused, a ringing call."""
    return text[:LABEL_CHARACTERS_MAX]


def cut_text(text: Personal) -> tuple[Personal, bool]:
    """The text, at most `TEXT_CHARACTERS_MAX` long, and whether it was cut."""
    if text.text is None or len(text.text) <= TEXT_CHARACTERS_MAX:
        return text, False
    return structs.replace(text, text=text.text[:TEXT_CHARACTERS_MAX]), True


def cut_note(note: Personal | None) -> tuple[Personal | None, bool]:
    """`cut_text` for a text that may be missing."""
    return (None, False) if note is None else cut_text(note)


REASON_KEYS: Final = frozenset(
    {
        "",
        "triage",
        "no_capacity",
        "not_ours",
        "out_of_area",
        "other",
        "no_answer",
        "no_crew",
        "nearer",
        "flat_tyre",
        "broken_down",
        "crashed",
        "stuck",
        "swapped",
        "not_me",
        "other_call",
        "wrong_language",
        "script",
        "dead_desk",
        "headset",
        "technical",
        "meal",
        "prayer",
        "break",
        "handover",
        "quality_review",
        "complaint_review",
        "training",
        "evidence",
        "court_order",
        "legal_hold",
        "retention",
        "flood",
        "tidal_flood",
        "landslide",
        "fallen_tree",
        "accident",
        "fire",
        "road_works",
        "event",
        "expired",
        "mistake",
        "wrong_position",
        "crew_tired",
        "road_blocked",
        "duty_ended",
        "assigned",
        "seen",
        "link_sent",
        "undone",
        "by_hand",
        "by_dispatcher",
    }
)
"""Reasons that a screen or a device offers; everything else is what a person typed."""

TYPED: Final = "text"
"""Stands in the journal where somebody typed; the words themselves are personal text."""


def split_reason(reason: str, field: str = "reason") -> tuple[str, Personal | None]:
    """The key and, for what is no key of ours, the words to be sealed.

    Whoever types why a unit was released may name the patient. Refuses with `text_too_long`.
    """
    check_label(reason, field)
    if reason in REASON_KEYS:
        return reason, None
    return (TYPED, Personal(text=reason)) if reason.strip() else ("", None)


NUMBER_CHARACTERS_MAX: Final = 32
"""Of a caller's number: 15 digits (E.164), an exchange's prefix, and what is written between."""

RAW_FACTS_MAX: Final = 16
"""Raw facts of one call; a call with everything that standards name has about ten."""

RAW_FACT_CHARACTERS_MAX: Final = 4_096
"""Of one raw fact; a location document has about 1,000."""

RAW_CHARACTERS_MAX: Final = 8_192
"""Of all raw facts of a call: its row goes to every screen with each change of the call."""


def clean_number(number: Personal | None) -> tuple[Personal | None, bool]:
    """A caller's number without what cannot be shown, cut; and whether anything was taken away."""
    if number is None or number.text is None:
        return number, False
    clean = "".join(sign for sign in number.text if sign.isprintable()).strip()
    kept = clean[:NUMBER_CHARACTERS_MAX]
    return (structs.replace(number, text=kept) if kept else None), kept != number.text.strip(" ")


def keep_raw_facts(facts: Sequence[RawFact]) -> tuple[tuple[RawFact, ...], bool]:
    """As many of the facts as are kept, in their order, and whether anything was left out."""
    kept: list[RawFact] = []
    room = RAW_CHARACTERS_MAX
    for fact in facts[:RAW_FACTS_MAX]:
        text = fact.content.text or ""
        content = text[: min(room, RAW_FACT_CHARACTERS_MAX)]
        if content:
            room -= len(content)
            sealed = structs.replace(fact.content, text=content)
            is_cut = fact.cut or content != text
            kept.append(
                RawFact(kind=fact.kind, content=sealed, label=cut_label(fact.label), cut=is_cut)
            )
    return tuple(kept), len(kept) < len(facts) or any(fact.cut for fact in kept)


def same_words(one: Personal | None, other: Personal | None) -> bool:
    """Whether both say the same, wherever the text is kept."""
    return (one and one.text) == (other and other.text)


def is_readable(point: Point) -> bool:
    """Whether a point lies on earth; 0/0 is what a receiver without a fix says."""
    return (
        isfinite(point.lat)
        and isfinite(point.lon)
        and abs(point.lat) <= 90
        and abs(point.lon) <= 180
        and (point.lat, point.lon) != (0.0, 0.0)
    )


NEAR_DEG: Final = 0.1
"""How far outside the city's box is still near, degrees: about 11 km, into its neighbours."""


def is_near(point: Point, box: Box) -> bool:
    """Whether the point lies in the box or near it."""
    return (
        box.lat_min - NEAR_DEG <= point.lat <= box.lat_max + NEAR_DEG
        and box.lon_min - NEAR_DEG <= point.lon <= box.lon_max + NEAR_DEG
    )


def check_place(place: Place, box: Box) -> Place:
    """The place, ready to be kept: accepted as spoken, with a caution when it lies outside `box`.

    Refuses with `place_unreadable` what no map can show, and `place_empty` what says nothing.
    """
    has_words = any((place.words, place.label, place.landmark, place.kelurahan, place.kecamatan))
    if place.point is None and not has_words:
        raise Refused("place_empty")
    if place.point is not None and not is_readable(place.point):
        raise Refused("place_unreadable")
    if place.radius_m is not None and not (isfinite(place.radius_m) and place.radius_m >= 0):
        raise Refused("place_unreadable")
    if place.sector is not None and not _is_sector(place.sector):
        raise Refused("place_unreadable")
    check_labels(label=place.label, landmark=place.landmark, kelurahan=place.kelurahan)
    check_labels(kecamatan=place.kecamatan)
    for caution in place.cautions:
        check_label(caution, "cautions")
    cautions = tuple(caution for caution in place.cautions if caution != "outside_city")
    if place.point is not None and not box.holds(place.point):
        cautions = (*cautions, "outside_city")
    words, is_cut = cut_note(place.words)
    if is_cut and "words_cut" not in cautions:
        cautions = (*cautions, "words_cut")
    return structs.replace(place, words=words, cautions=cautions)


def _is_sector(one: Sector) -> bool:
    return (
        0 <= one.inner_m < one.outer_m < inf
        and 0 <= one.start_deg <= 360
        and 0 < one.opening_deg <= 360
    )


def same_place(one: Place, other: Place | None) -> bool:
    """Whether both say the same; where the text of one is kept sealed does not matter."""
    return other is not None and _plain(one) == _plain(other)


def _plain(place: Place) -> Place:
    def bare(text: Personal | None) -> Personal | None:
        return text if text is None or text.text is None else Personal(text=text.text)

    return structs.replace(
        place, words=bare(place.words), label=bare(place.label), landmark=bare(place.landmark)
    )


def readable_fix(fix: Fix | None) -> Fix | None:
    """The fix, or None when it cannot be a position: a tap is kept even when the receiver errs."""
    if fix is None or not is_readable(fix.point):
        return None
    measures = (fix.accuracy_m, fix.heading_deg, fix.speed_m_s)
    if all(measure is None or isfinite(measure) for measure in measures):
        return fix
    return structs.replace(fix, accuracy_m=None, heading_deg=None, speed_m_s=None)


def check_promise(promise: Promise) -> None:
    """Refuse a range that ends before it begins, and times without a zone."""
    check_label(promise.travel_source, "travel_source")
    times = (promise.depart_by, promise.arrive_from, promise.arrive_to)
    if any(time.tzinfo is None for time in times) or promise.arrive_to < promise.arrive_from:
        raise Refused("promise_unreadable")
