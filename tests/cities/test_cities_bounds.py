"""Texts that are too long and times below nothing are faults of a pack, told with their file."""

import pytest

from kentongan.cities.check_bounds import LABEL_CHARACTERS_MAX, beyond
from kentongan.cities.pack import PackError, packaged, read_checked

FILE = "targets.yaml"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("escalate_s: 30", "escalate_s: -5", "must not be negative"),
        ("P1: 60", "P1: -60", "must not be negative"),
        ("label: {id: ", "label: {id: " + "x" * LABEL_CHARACTERS_MAX, "at most 200"),
    ],
)
def test_what_is_beyond_its_bounds_is_no_pack(old: str, new: str, said: str) -> None:
    """As an administrator tries it in *Atur*: file, line and field, and nothing is taken."""
    text = (packaged() / FILE).read_text("utf-8")
    assert old in text
    with pytest.raises(PackError, match=said) as told:
        read_checked(packaged(), {FILE: text.replace(old, new, 1)})
    assert FILE in str(told.value)


def test_degrees_may_be_negative() -> None:
    """A place south of the equator has no fault, nor has a true or a false."""
    assert list(beyond({"point": [-7.0, 110.4], "lat": -6.9, "is_s": True})) == []
