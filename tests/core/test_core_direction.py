"""Text from outside turns nothing around it."""

import pytest

from kentongan.core.direction import set_apart


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("Sri Wahyuni", "Sri Wahyuni"),
        ("Sri \u202einuyhaW", "Sri inuyhaW"),
        ("\u2067a\u2069\u202bb\u202c\u200d🚑", "ab\u200d🚑"),
        ("Jl. Pandanaran – ꦱꦼꦩꦫꦁ 🚑", "Jl. Pandanaran – ꦱꦼꦩꦫꦁ 🚑"),
        ("0812\u200f-555\u061c-\u200e01", "0812-555-01"),
        ("محمد", "\u2068محمد\u2069"),
        ("\u2069 محمد\u202e", "\u2068 محمد\u2069"),
        ("", ""),
    ],
)
def test_steering_signs_are_left_out_and_other_directions_set_apart(said: str, shown: str) -> None:
    """Whatever is shown again stays the same: an edited field grows no signs."""
    assert set_apart(said) == shown
    assert set_apart(shown) == shown
