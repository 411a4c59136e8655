"""Documents as proposals: what a screen shows, and every doubt about it.

The label is what an operator accepts, so two places of one name never share a label. What the
caller said below the street and where he stands as seen from it is repeated in the detail and moves
no point.
"""

from typing import Final

from msgspec import structs

from kentongan.cities.distance import distance_m
from kentongan.cities.facts import Confidence, Point
from kentongan.cities.gazetteer import Caution, PlaceKind, PlaceProposal
from kentongan.edge.geo.gazetteer.aliases import Alias, AliasState
from kentongan.edge.geo.gazetteer.crossings import Crossing
from kentongan.edge.geo.gazetteer.documents import Document
from kentongan.edge.geo.gazetteer.said import APPROXIMATELY
from kentongan.edge.geo.gazetteer.tolls import KilometreAsked, KilometreFound

SIDE_UNKNOWN: Final = "jalur belum pasti"


def of_document(
    document: Document, score: float, *, twice: bool, found_as: str = ""
) -> PlaceProposal:
    """A document as a proposal; `twice` when another place has the same name, `found_as` when it
    was found by another name than its own."""
    cautions = document.cautions
    if twice and Caution.NAME_TWICE not in cautions:
        cautions = (*cautions, Caution.NAME_TWICE)
    if document.kind is PlaceKind.STREET and document.source == "pack":
        cautions = (*cautions, Caution.ROUGH)
    return PlaceProposal(
        label=_label(document, twice=Caution.NAME_TWICE in cautions),
        detail=_detail(document),
        kind=document.kind,
        point=Point(document.lat, document.lon),
        source=document.facts or (document.source,),
        confidence=document.confidence,
        key=document.key,
        kelurahan=document.kelurahan,
        cautions=cautions,
        score=score,
        accuracy_m=document.accuracy_m,
        found_as=found_as,
    )


def of_crossing(crossing: Crossing, score: float) -> PlaceProposal:
    """Where two streets meet."""
    origin = crossing.origin
    return PlaceProposal(
        label=crossing.label,
        detail=crossing.context,
        kind=PlaceKind.INTERSECTION,
        point=Point(crossing.lat, crossing.lon),
        source=origin.facts or (origin.source,),
        confidence=origin.confidence,
        key=f"x:{crossing.lat:.5f},{crossing.lon:.5f}",
        kelurahan=None,
        cautions=origin.cautions,
        score=score,
        accuracy_m=origin.accuracy_m,
    )


def of_kilometre(
    found: KilometreFound, asked: KilometreAsked, score: float, carriageway: Point | None = None
) -> PlaceProposal:
    """A kilometre of a toll road, and how it is known; `carriageway` is the point on the side that
    was meant. Without one it is told that the side is not known."""
    exact = found.off_km == 0
    mark = found.mark
    if not exact:
        detail = f"tanda terdekat, {found.off_km:g} km dari KM {asked.km:g}"
    elif found.next_mark is not None:
        detail = f"di antara {mark.name} – {found.next_mark.name} ({APPROXIMATELY})"
    else:
        detail = mark.context
    cautions = mark.cautions if exact else (*mark.cautions, Caution.APPROXIMATE)
    side = f"jalur {asked.side}" if asked.side else ""
    way = "dari arah" if asked.is_away else "arah"
    towards = f"{way} {asked.towards}" if asked.towards else ""
    said = " ".join(part for part in (side, towards) if part)
    if carriageway is None:
        detail = f"{detail} · {SIDE_UNKNOWN}"
    return PlaceProposal(
        label=found.label,
        detail=" · ".join(part for part in (said, detail) if part),
        kind=PlaceKind.TOLL_KM,
        point=carriageway or Point(found.lat, found.lon),
        source=mark.facts or (mark.source,),
        confidence=mark.confidence if exact else Confidence.LOW,
        key=mark.key,
        kelurahan=None,
        cautions=tuple(dict.fromkeys(cautions)),
        score=score,
        accuracy_m=found.accuracy_m,
        relation=said,
    )


def of_alias(alias: Alias, score: float) -> PlaceProposal:
    """A local name; who gave it and when stands beside it."""
    added = alias.added
    return PlaceProposal(
        label=added.label,
        detail=_provenance(alias),
        kind=PlaceKind.LANDMARK,
        point=added.point,
        source=("alias",),
        confidence=_confidence(alias),
        key=f"alias:{added.id}",
        kelurahan=None,
        cautions=_review_cautions(alias),
        score=score,
        accuracy_m=added.accuracy_m,
    )


def corrected(proposal: PlaceProposal, alias: Alias) -> PlaceProposal:
    """The proposal at the point that a crew found, and the map's point no longer."""
    kept = tuple(
        one for one in proposal.cautions if one not in {Caution.LOW_CONFIDENCE, Caution.AREA_CENTRE}
    )
    return structs.replace(
        proposal,
        point=alias.added.point,
        detail=" · ".join(part for part in (proposal.detail, _provenance(alias)) if part),
        source=("alias",),
        confidence=_confidence(alias),
        cautions=(*kept, *_review_cautions(alias)),
        accuracy_m=alias.added.accuracy_m,
    )


def with_distance(proposal: PlaceProposal, near: Point | None) -> PlaceProposal:
    """The proposal with its metres from the caller's position, when that is known."""
    if near is None:
        return proposal
    return structs.replace(proposal, distance_m=round(distance_m(near, proposal.point)))


def _label(document: Document, *, twice: bool) -> str:
    match document.kind:
        case PlaceKind.KELURAHAN | PlaceKind.OUTSIDE:
            return f"{document.name}, {document.context}"
        case _:
            return (
                f"{document.name}, {document.context}"
                if twice and document.context
                else document.name
            )


def _detail(document: Document) -> str:
    if document.kind is PlaceKind.KELURAHAN:
        return f"Kelurahan {document.name}, Kecamatan {document.context}"
    return " · ".join(part for part in (document.address, document.context) if part)


def _provenance(alias: Alias) -> str:
    added = alias.added
    parts = [added.by, f"{added.at:%d.%m.%Y %H:%M}"]
    if added.incident:
        parts.append(added.incident)
    return ", ".join(parts)


def _confidence(alias: Alias) -> Confidence:
    return Confidence.HIGH if alias.state is AliasState.REVIEWED else Confidence.MEDIUM


def _review_cautions(alias: Alias) -> tuple[Caution, ...]:
    return () if alias.state is AliasState.REVIEWED else (Caution.NOT_REVIEWED,)
