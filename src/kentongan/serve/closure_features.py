"""Closures as GeoJSON features: what a file says of each, and the command that says the same.

A FeatureCollection; a feature's geometry is the drawing, its properties the fields of
`ClosureFeature`. `reason` is a key that the screens offer, or words of one's own; where words of
the record were left out it is `text`. Nothing is read from or written to the record here.
"""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

import msgspec
from msgspec import Struct

from kentongan.core.checks import TYPED
from kentongan.core.commands import CloseRoads
from kentongan.core.references import CLOSURES_MAX
from kentongan.core.rows import ClosureRow
from kentongan.core.shapes import Shape
from kentongan.core.words import ClosureId, Personal, WayDirection, personal
from kentongan.edge.geo.imported.refused import ImportRefused
from kentongan.geography import RoadClosure

FILE_BYTES_MAX: Final = 20_000_000
"""A file of `CLOSURES_MAX` shapes of the longest kind has about 12 MB."""

OTHER: Final = "other"
"""The reason given where the words were left out."""

_PLACE = re.compile(r" - at `\$\.?(.*)`$")


class ClosureFeature(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A closure in a file; fields as in `core.rows.ClosureRow`. A field that is none is refused:
    a mistyped depth would shut a road that fire engines can still pass."""

    id: str
    geometry: Shape
    reason: str
    reason_text: str | None = None
    label: str | None = None
    way: int | None = None
    factors: dict[str, float] = {}
    depth_cm: int | None = None
    direction: WayDirection = "both"
    from_at: datetime | None = None
    until_at: datetime | None = None


def feature_of(row: ClosureRow, words: Mapping[str, str]) -> ClosureFeature:
    """The row as a feature; `words` are the opened texts by ref, none of them leaves words out."""
    return ClosureFeature(
        id=row.key,
        geometry=row.geometry,
        reason=row.reason,
        reason_text=_opened(row.reason_text, words),
        label=_opened(row.label, words),
        way=row.way,
        factors=row.factors,
        depth_cm=row.depth_cm,
        direction=row.direction,
        from_at=row.from_at,
        until_at=row.until_at,
    )


def road_closure_of(feature: ClosureFeature) -> RoadClosure:
    """As the geography takes it."""
    return RoadClosure(
        id=feature.id,
        seq=0,
        geometry=msgspec.to_builtins(feature.geometry),
        way=feature.way,
        factors=feature.factors,
        depth_cm=feature.depth_cm,
        direction=feature.direction,
        from_at=feature.from_at,
        until_at=feature.until_at,
        reason=feature.reason,
    )


def command_of(feature: ClosureFeature, known: ClosureRow | None) -> CloseRoads:
    """The command that closes what the feature says.

    Words that the feature leaves out are those of `known`, the row on record with its words open.
    """
    label, reason = personal(feature.label), feature.reason_text or feature.reason
    if feature.reason == TYPED and feature.reason_text is None:
        reason = OTHER
        if known is not None:
            reason = (known.reason_text and known.reason_text.text) or known.reason
    if label is None and known is not None:
        label = known.label
    return CloseRoads(
        closure=ClosureId(feature.id),
        geometry=feature.geometry,
        reason=reason,
        label=label,
        way=feature.way,
        factors=feature.factors,
        depth_cm=feature.depth_cm,
        direction=feature.direction,
        from_at=feature.from_at,
        until_at=feature.until_at,
    )


def to_geojson(features: Iterable[ClosureFeature]) -> bytes:
    """The file's content, the same for the same closures, one feature a line."""
    lines: list[bytes] = []
    for one in sorted(features, key=lambda one: one.id):
        properties = cast(dict[str, Any], msgspec.to_builtins(one))
        geometry = properties.pop("geometry")
        for words in ("label", "reason_text"):
            if properties[words] is None:
                del properties[words]
        feature = {"type": "Feature", "properties": properties, "geometry": geometry}
        lines.append(msgspec.json.encode(feature, order="deterministic"))
    return b'{"type":"FeatureCollection","features":[\n' + b",\n".join(lines) + b"\n]}\n"


def read_features(path: Path) -> list[ClosureFeature]:
    """The features of a file; raises `ImportRefused` with line, number and field for a wrong one.

    What the record thinks of them is not asked here.
    """
    features: dict[str, ClosureFeature] = {}
    for number, one in enumerate(_features(path)):
        feature = _feature(path, f"features[{number}]", one)
        if feature.id in features:
            raise ImportRefused(
                f"the id {feature.id!r} a second time",
                file=path.name,
                field=f"features[{number}].properties.id",
            )
        features[feature.id] = feature
    return list(features.values())


def _opened(text: Personal | None, words: Mapping[str, str]) -> str | None:
    return None if text is None or text.ref is None else words.get(text.ref)


def _features(path: Path) -> list[Any]:
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            raise ImportRefused(f"more than {FILE_BYTES_MAX:,} bytes", file=path.name)
        content: Any = json.loads(path.read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise ImportRefused(f"not JSON: {error.msg}", file=path.name, line=error.lineno) from error
    except OSError as error:
        raise ImportRefused(error.strerror or str(error), file=path.name) from error
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise ImportRefused(f"not JSON: {error}", file=path.name) from error
    whole = cast(dict[str, Any], content) if isinstance(content, dict) else {}
    if whole.get("type") != "FeatureCollection":
        raise ImportRefused("a FeatureCollection belongs here", file=path.name, field="type")
    features = whole.get("features")
    if not isinstance(features, list):
        raise ImportRefused("a FeatureCollection belongs here", file=path.name, field="features")
    some = cast(list[Any], features)
    if len(some) > CLOSURES_MAX:
        raise ImportRefused(f"more than {CLOSURES_MAX} closures", file=path.name, field="features")
    return some


def _feature(path: Path, field: str, value: Any) -> ClosureFeature:
    feature = cast(dict[str, Any], value) if isinstance(value, dict) else {}
    said, geometry = feature.get("properties"), feature.get("geometry")
    if not isinstance(said, dict) or not isinstance(geometry, dict):
        raise ImportRefused(
            "a Feature with properties and geometry belongs here", file=path.name, field=field
        )
    inner = "geometry"
    try:
        drawing = cast(Shape, msgspec.convert(geometry, Shape))
        inner = "properties"
        properties = {**cast(dict[str, Any], said), "geometry": msgspec.to_builtins(drawing)}
        found = msgspec.convert(properties, ClosureFeature)
        msgspec.json.encode(found)
        return found
    except (UnicodeEncodeError, OverflowError) as error:  # half a character, a number without end
        raise ImportRefused(str(error), file=path.name, field=f"{field}.{inner}") from error
    except msgspec.ValidationError as error:
        text = str(error)
        if place := _PLACE.search(text):
            text, inner = text[: place.start()], f"{inner}.{place[1]}"
        raise ImportRefused(text, file=path.name, field=f"{field}.{inner}") from error
