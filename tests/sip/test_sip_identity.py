"""Who calls: the network's word before the caller's, withheld numbers, diverted calls."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sip_peer import invite, only, receive, stack_at

from kentongan.sip import events
from kentongan.sip.identity import DIVERSIONS_MAX, Diversion, Identity, Source, identity_of
from kentongan.sip.message import Request
from kentongan.sip.parse import parse_message

FROM = '"Sari" <sip:08123456789@10.0.0.2;user=phone>;tag=peer'
NAMELESS = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=peer'


def _identity(*lines: str, sender: str = FROM) -> Identity:
    extra = "".join(f"{line}\r\n" for line in lines)
    message = parse_message(invite(sender=sender, extra=extra))
    assert isinstance(message, Request)
    return identity_of(message)


@pytest.mark.parametrize(
    ("lines", "sender", "number", "source"),
    [
        ((), FROM, "08123456789", Source.FROM),
        ((), "<tel:+62-812-3456>;tag=peer", "+628123456", Source.FROM),
        (("P-Asserted-Identity: <sip:+62811@op;user=phone>",), FROM, "+62811", Source.ASSERTED),
        (("P-Asserted-Identity: <sip:x@op>, <tel:+62811>",), FROM, "+62811", Source.ASSERTED),
        (
            ("P-Asserted-Identity: <sip:x@op>", "P-Asserted-Identity: tel:+62(811)22"),
            FROM,
            "+6281122",
            Source.ASSERTED,
        ),
        (("P-Asserted-Identity: <tel:+62811>", "Privacy: id"), NAMELESS, "+62811", Source.ASSERTED),
        (("Privacy: id",), FROM, "", Source.NOBODY),
        (("Privacy: none",), FROM, "08123456789", Source.FROM),
        (("Privacy: header;critical",), FROM, "", Source.NOBODY),
        ((), NAMELESS, "", Source.NOBODY),
        (("P-Preferred-Identity: <tel:+62822>",), NAMELESS, "", Source.NOBODY),
        (("P-Preferred-Identity: <tel:+62822>",), "<sip:sari@a>;tag=x", "+62822", Source.PREFERRED),
        (("Remote-Party-ID: <sip:024@a>;party=calling;screen=yes",), FROM, "024", Source.SCREENED),
        (("Remote-Party-ID: <sip:024@a>;screen=no",), FROM, "08123456789", Source.FROM),
        (("Remote-Party-ID: <tel:1>;party=called;screen=yes",), FROM, "08123456789", Source.FROM),
        (("P-Asserted-Identity: <<rusak",), FROM, "08123456789", Source.FROM),
    ],
)  # fmt: skip
def test_which_number_to_call_back(
    lines: tuple[str, ...], sender: str, number: str, source: Source
) -> None:
    """Asserted, screened, shown, preferred; nothing of what is withheld unless asserted."""
    identity = _identity(*lines, sender=sender)
    assert (identity.number, identity.source) == (number, source)


def test_a_withheld_number_is_known_as_withheld() -> None:
    """From is still there for the record; the name is not shown."""
    identity = _identity("Privacy: id; user")
    assert identity.is_anonymous
    assert identity.privacy == ("id", "user")
    assert (identity.from_number, identity.display) == ("08123456789", "")


def test_the_asserted_name_is_shown_first() -> None:
    """Also to a nameless From, and in UTF-8."""
    line = 'P-Asserted-Identity: "Sari Déwi" <tel:+62811>'.encode().decode("latin-1")
    message = parse_message(
        invite(sender=NAMELESS, extra="X: y\r\n").replace(b"X: y", line.encode("latin-1"))
    )
    assert isinstance(message, Request)
    assert identity_of(message).display == "Sari Déwi"


def test_diversions_tell_the_number_dialled_first() -> None:
    """RFC 5806: the last exchange wrote on top."""
    identity = _identity(
        "Diversion: <sip:+62247600112@op;user=phone>;reason=no-answer;counter=1",
        'Diversion: "Lama" <tel:024-7605871>;reason="unconditional"',
    )
    assert identity.diversions == (
        Diversion("tel:024-7605871", "0247605871", "unconditional"),
        Diversion("sip:+62247600112@op;user=phone", "+62247600112", "no-answer"),
    )
    assert identity.first_dialled == "0247605871"


def test_history_counts_before_diversion() -> None:
    """RFC 7044 by index, with the cause of RFC 4458 or of an escaped Reason."""
    identity = _identity(
        "Diversion: <tel:1>;reason=unknown",
        "History-Info: <sip:112@centre;cause=302>;index=1.1.1, "
        "<sip:0247605871@op?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%22>;index=1",
        "History-Info: <sip:0243513@op>;index=1.1",
    )
    assert [(d.number, d.reason) for d in identity.diversions] == [
        ("0247605871", "user-busy"),
        ("0243513", "unconditional"),
    ]
    assert identity.first_dialled == "0247605871"


@pytest.mark.parametrize(
    "lines",
    [
        ("History-Info: <sip:112@centre>;index=1",),
        ("History-Info: <sip:1@a>;index=x, <sip:2@a>",),
        ("Diversion: rusak <", "History-Info: <"),
    ],
)
def test_without_a_readable_diversion_nothing_was_dialled_first(lines: tuple[str, ...]) -> None:
    """One entry alone is where the call goes now; noise is nothing."""
    identity = _identity(*lines)
    assert (identity.diversions, identity.first_dialled) == ((), "")


def test_lists_are_bounded_and_access_is_kept_raw() -> None:
    """A header that repeats itself a hundred times fills nothing."""
    access = "3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=510101234ABCDEF"
    many = ", ".join(f"<tel:{n}>;reason=unknown" for n in range(100))
    identity = _identity(f"Diversion: {many}", f"P-Access-Network-Info: {access}")
    assert len(identity.diversions) <= DIVERSIONS_MAX
    assert identity.access_network == (access,)


def test_the_call_tells_its_identity() -> None:
    """The event of an INVITE carries all of it."""
    call = only(
        receive(stack_at(), invite(extra="P-Asserted-Identity: <tel:+62811>\r\n")), events.Invite
    )
    assert call.identity.number == call.asserted_number == "+62811"


_LINE = st.tuples(
    st.sampled_from(
        [
            "P-Asserted-Identity",
            "P-Preferred-Identity",
            "Privacy",
            "Diversion",
            "History-Info",
            "Remote-Party-ID",
            "P-Access-Network-Info",
        ]
    ),
    st.sampled_from(["<tel:+62811>", "id;user", "<sip:a@b>;index=1.1;reason=x", "anonymous"])
    | st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=20),
)


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(_LINE, max_size=8))
def test_any_header_lines_give_an_identity(lines: list[tuple[str, str]]) -> None:
    """A number has a source, and the call rings."""
    identity = _identity(*(f"{name}: {value}" for name, value in lines))
    assert (identity.number == "") == (identity.source is Source.NOBODY)
