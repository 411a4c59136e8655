"""From a question to its answer, on a working thread; and what makes a question unanswerable.

Before a question is worked on it is checked against every limit. Names and roads first follow what
the record told, so that a closure counts from the next question on.
"""

import math
from typing import Final, TypeVar, assert_never

from kentongan.cities.facts import Point
from kentongan.edge.geo.served import protocol
from kentongan.edge.geo.served.city import City
from kentongan.edge.geo.served.protocol import (
    Answered,
    CoverageFound,
    CoverageWanted,
    FacilitiesAsked,
    FacilitiesFound,
    Failed,
    JourneysAsked,
    JourneysFound,
    NameAsked,
    NameFound,
    PlacesAsked,
    PlacesTold,
    Question,
    RoutesAsked,
    RoutesFound,
    ShutAsked,
    ShutFound,
    StreetAsked,
    StreetFound,
)
from kentongan.edge.geo.served.told import Told
from kentongan.geography import WITHOUT_MAX, CoverageAsked, Start

_Part = TypeVar("_Part")

LIMIT_S_MAX: Final = 7_200.0
"""Farther than two hours nobody is called near, seconds."""


class Refusal(Exception):  # noqa: N818 - an answer, not an error
    """A question that is not answered; `why` is a key of `protocol.Failed`."""

    def __init__(self, why: str, text: str) -> None:
        super().__init__(text)
        self.why = why

    def to(self, question: Question) -> Failed:
        """As an answer to it."""
        return Failed(n=question.n, why=self.why, text=str(self))


def checked(question: Question) -> None:
    """Raises `Refusal` for what is beyond a limit or no value."""
    match question:
        case JourneysAsked(goal=goal, moved=moved, units=units):
            _check_point("goal", goal)
            _check_count("moved", len(moved), protocol.STARTS_MAX)
            _check_count("units", len(units or ()), protocol.STARTS_MAX)
        case RoutesAsked(goal=goal, starts=starts):
            _check_point("goal", goal)
            _check_count("starts", len(starts), protocol.ROUTES_MAX)
            _check_once(starts)
        case CoverageWanted(asked=asked):
            _check_coverage(asked)
        case NameAsked(point=point):
            _check_point("point", point)
        case StreetAsked(near=near):
            _check_point("near", near)
        case PlacesAsked(near=near):
            if near is not None:
                _check_point("near", near)
        case ShutAsked() | FacilitiesAsked():
            pass
        case _:
            assert_never(question)


def answer(
    question: Question, starts: tuple[Start, ...], city: City, told: Told, askers: tuple[int, int]
) -> Answered:
    """The answer; `starts` are of a question of journeys. Raises `Refusal` while roads load."""
    city.follow(told)
    n = question.n
    match question:
        case JourneysAsked(goal=goal, at=at):
            driving = _loaded(city.driving)
            return JourneysFound(n=n, found=driving.journeys(askers[0], goal, starts, at))
        case RoutesAsked(goal=goal, at=at):
            driving = _loaded(city.driving)
            return RoutesFound(n=n, found=driving.routes(askers[1], goal, question.starts, at))
        case CoverageWanted(asked=asked, at=at):
            return CoverageFound(n=n, found=_loaded(city.reach).cover(asked, at))
        case PlacesAsked(words=words, near=near):
            return PlacesTold(n=n, found=city.places(words, near))
        case NameAsked(point=point):
            return NameFound(n=n, found=city.named(point))
        case StreetAsked(key=key, label=label, near=near):
            streets = _loaded(city.streets)
            return StreetFound(n=n, found=streets.find(key, label, near))
        case ShutAsked(closure=closure):
            return ShutFound(n=n, found=_loaded(city.driving).would_shut(closure))
        case FacilitiesAsked():
            return FacilitiesFound(n=n, found=city.facilities)
        case _:
            assert_never(question)


def _loaded(part: _Part | None) -> _Part:
    if part is None:
        raise Refusal("loading", "the roads are being loaded")
    return part


def _check_point(name: str, point: Point) -> None:
    if not (-90 <= point.lat <= 90 and -180 <= point.lon <= 180):
        raise Refusal("bad_value", f"{name}: {point.lat}, {point.lon} is no point on the earth")


def _check_count(name: str, count: int, most: int) -> None:
    if count > most:
        raise Refusal("too_many", f"{name}: {count}, at most {most}")


def _check_once(starts: tuple[Start, ...]) -> None:
    if len({one.unit for one in starts}) < len(starts):
        raise Refusal("bad_value", "starts: one unit twice")


def _check_coverage(asked: CoverageAsked) -> None:
    _check_count("starts", len(asked.starts), protocol.STARTS_MAX)
    _check_count("limits_s", len(asked.limits_s), protocol.LIMITS_MAX)
    _check_count("without", len(asked.without), WITHOUT_MAX)
    if not 0 <= asked.turnout_s <= LIMIT_S_MAX:
        raise Refusal("bad_value", f"turnout_s: 0 to {LIMIT_S_MAX:.0f}")
    good = all(math.isfinite(one) and 0 < one <= LIMIT_S_MAX for one in asked.limits_s)
    if not asked.limits_s or not good:
        raise Refusal("bad_value", f"limits_s: one or more, above 0 and at most {LIMIT_S_MAX:.0f}")
