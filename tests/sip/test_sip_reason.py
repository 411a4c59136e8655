"""The Reason header (RFC 3326): protocol, cause and words, and nothing that stops a BYE."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.sip.reason import CAUSES_MAX, Cause, read_causes


@pytest.mark.parametrize(
    ("text", "causes"),
    [
        ("", ()),
        ("Q.850;cause=16", (Cause("Q.850", 16, ""),)),
        (
            'q.850 ; cause=41 ; text="Temporary, failure; really", SIP;cause=200',
            (Cause("Q.850", 41, "Temporary, failure; really"), Cause("SIP", 200, "")),
        ),
        ("preemption;cause=1", (Cause("PREEMPTION", 1, ""),)),
        ("SIP;text=ended", (Cause("SIP", None, "ended"),)),
        ("Q.850;cause=banyak, Q.850;cause=102", (Cause("Q.850", 102, ""),)),
        (";cause=41", ()),
    ],
)
def test_values_are_read(text: str, causes: tuple[Cause, ...]) -> None:
    """Several values, quoted commas, no cause; what cannot be read is left out, the rest stays."""
    assert read_causes(text) == causes


@given(st.text(max_size=200))
def test_any_text_has_some_causes(text: str) -> None:
    """Never an error, never more than the limit."""
    assert len(read_causes(text)) <= CAUSES_MAX
