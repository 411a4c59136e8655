"""What leaves the room of an incident that is nobody's business: counted, and not told."""

import pytest
from measure_story import AT_CITY_HALL, CITY_HALL, founding_call, journal
from msgspec import structs

from kentongan.cities.pack import load, packaged
from kentongan.core.events import IncidentClassified, IncidentLocated
from kentongan.core.words import NOT_FOR_OTHERS, NatureCode, Priority
from kentongan.measure.cases import cases_of
from kentongan.measure.exclusions import discreet


@pytest.mark.parametrize(
    ("nature", "category"),
    [
        ("MED-01", "MED"),
        ("KRM-01", "KRM"),
        ("KRM-08", ""),
        ("KDR-04", ""),
        ("SOS-01", ""),
        ("KBK-01", "KBK"),
    ],
)
def test_a_sensitive_nature_leaves_its_category_unless_that_would_tell(
    nature: str, category: str
) -> None:
    """Who was ill or robbed counts by kind; violence at home, a child, a mind do not. And
    what its own record called sensitive stays so, though the pack says nothing of fires."""
    natures = load(packaged()).nature_by_code
    known = NatureCode(nature)
    facts = [
        *founding_call(),
        (
            "incident:i1",
            2_700.0,
            IncidentClassified(nature=known, priority=Priority.P1, sensitive=True),
        ),
    ]
    case = discreet(cases_of(journal(facts)), natures).incidents["i1"]
    assert (case.nature, case.category, case.point) == (None, category, None)
    assert case.incident == "i1"


def test_a_place_that_nobody_else_may_have_leaves_the_room_without_its_point() -> None:
    """Counted in its kecamatan; a point that somebody gave later, without that word, is a point."""
    confined = structs.replace(AT_CITY_HALL, cautions=(NOT_FOR_OTHERS,))
    told = ("incident:i1", 35.0, IncidentLocated(place=confined, usable=True))
    again = ("incident:i1", 36.0, IncidentLocated(place=AT_CITY_HALL, usable=True))
    for facts, point in (((told,), None), ((told, again), CITY_HALL)):
        cases = cases_of(journal([*founding_call(), *facts]))
        case = discreet(cases, {}).incidents["i1"]
        assert (case.point, case.kecamatan) == (point, "33.74.01")
