"""F5: where it takes long. By kelurahan, and as points of about 110 m."""

from collections import Counter
from typing import Final

import numpy as np
from msgspec import Struct

from kentongan.measure.figures import percentile
from kentongan.measure.screens.frame import Frame
from kentongan.measure.statistics.by_days import share_by_days
from kentongan.measure.statistics.quantiles import Estimate

POINTS_MAX: Final = 1_500
"""Points of one map, those with the most cases."""

SHARE_MIN: Final = 10
"""Cases of a kelurahan before its share is shown."""


class Area(Struct, frozen=True, kw_only=True):
    """A kelurahan. `lat` and `lon` are its middle, filled in by who knows the city."""

    kelurahan: str
    n: int
    all: int
    late: int
    share: Estimate | None
    p50: Estimate | None
    p90: Estimate | None
    lat: float | None = None
    lon: float | None = None


class Point(Struct, frozen=True, kw_only=True):
    """Cases of about one place; of a sensitive incident there is no point."""

    lat: float
    lon: float
    n: int
    late: int


class Places(Struct, frozen=True, kw_only=True):
    """F5; `nowhere` are cases without a kelurahan."""

    limit_s: float
    nowhere: int
    areas: tuple[Area, ...]
    points: tuple[Point, ...]


def places(frame: Frame) -> Places:
    """By place; a case without a value counts in `all` and not in a share."""
    found, limit_s = frame.observed(), frame.limit_s
    areas: list[Area] = []
    nowhere = len(found)
    for group, part in found.split(["kelurahan"]) if "kelurahan" in found.labels else []:
        if not group[0]:
            continue
        values = part.values()
        nowhere -= len(part)
        late = int((values > limit_s).sum())
        areas.append(
            Area(
                kelurahan=group[0],
                n=len(values),
                all=len(part),
                late=late,
                share=share_by_days(part.seconds[part.valued] <= limit_s, part.days[part.valued])
                if len(values) >= SHARE_MIN
                else None,
                p50=percentile(part, 0.5, values),
                p90=percentile(part, 0.9, values),
            )
        )
    points: list[Point] = []
    cells = found.labels.get("cell")
    if cells is not None:
        counted = Counter[str]()
        late_ones = Counter[str]()
        valued = found.valued
        size = len(cells.names)
        counts = np.bincount(cells.codes[valued], minlength=size).tolist()
        late = np.bincount(cells.codes[valued & (found.seconds > limit_s)], minlength=size).tolist()
        for name, n, k in zip(cells.names, counts, late, strict=True):
            counted[name] += n
            late_ones[name] += k
        for name, n in counted.most_common(POINTS_MAX):
            lat, comma, lon = name.partition(",")
            if comma and n:
                points.append(Point(lat=float(lat), lon=float(lon), n=n, late=late_ones[name]))
    return Places(limit_s=limit_s, nowhere=nowhere, areas=tuple(areas), points=tuple(points))
