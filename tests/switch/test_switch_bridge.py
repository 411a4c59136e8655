"""From whatever a media process has to what a call needs, one command at a time."""

from hypothesis import given
from hypothesis import strategies as st

from kentongan.edge.switch.bridge import (
    ActualBridge,
    ActualLeg,
    Phone,
    WantedBridge,
    WantedLeg,
    after,
    found_bridge,
    missing_pages,
    next_step,
    whole,
)
from kentongan.media import protocol

PAGES = st.sampled_from(["desk_1", "desk_2"])
MODES = st.sampled_from(["talk", "hold", "listen", "whisper:desk_1"])
SOUNDS = st.lists(st.sampled_from(["wait.wav", "place.wav", "hold.wav"]), max_size=2).map(tuple)
PHONES = st.sampled_from(
    [
        Phone(),
        Phone(ip="127.0.0.1", port=4000),
        Phone(ip="127.0.0.1", port=5000, codec="g722", payload_type=9),
    ]
)
PARTIES = st.sampled_from(["party-1", "party-2"])
STEPS_MAX = 25


@st.composite
def wanted_bridges(draw: st.DrawFn) -> WantedBridge:
    telephones = ["citizen", *draw(st.lists(PARTIES, unique=True, max_size=2))]
    legs = [
        WantedLeg(
            name=name,
            role="party",
            mode=draw(MODES),
            playing=draw(SOUNDS),
            phone=draw(PHONES),
            taps=draw(st.booleans()),
            tones=draw(st.booleans()),
        )
        for name in telephones
    ]
    pages = draw(st.lists(PAGES, unique=True, max_size=2))
    legs += [WantedLeg(name=name, role="desk", mode=draw(MODES)) for name in pages]
    return WantedBridge(bridge="c1", record="c1-1.wav", legs=tuple(legs))


ACTUAL_BRIDGES = st.none() | st.builds(
    ActualBridge,
    legs=st.dictionaries(
        PAGES | PARTIES | st.just("citizen"),
        st.builds(
            ActualLeg,
            mode=MODES,
            playing=SOUNDS,
            phone=PHONES,
            taps=st.booleans(),
            tones=st.booleans(),
        ),
        max_size=4,
    ),
)


@given(st.none() | wanted_bridges(), ACTUAL_BRIDGES)
def test_any_state_comes_to_rest_as_wanted(
    wanted: WantedBridge | None, actual: ActualBridge | None
) -> None:
    """In a few commands; then telephones, modes and sounds are the wanted ones, and nobody else."""
    for _ in range(STEPS_MAX):
        step = next_step(wanted, actual, "c1")
        if step is None:
            break
        actual = after(actual, step)
    assert next_step(wanted, actual, "c1") is None
    if wanted is None:
        assert actual is None
        return
    assert actual is not None
    assert set(actual.legs) <= {leg.name for leg in wanted.legs}
    for leg in wanted.legs:
        found = actual.legs.get(leg.name)
        if leg.phone is None and found is None:
            assert leg.name in missing_pages(wanted, actual)
            continue
        assert found is not None
        assert (found.mode, found.playing) == (leg.mode, leg.playing)
        assert found.taps >= leg.taps
        assert found.tones >= leg.tones
        assert leg.phone is None or found.phone == leg.phone


@given(wanted_bridges())
def test_a_bridge_is_made_with_all_that_belongs_into_it(wanted: WantedBridge) -> None:
    """The commands that one after the other would lead to the same, and then there is none left."""
    create = protocol.Create(bridge="c1", record="c1-2.wav")
    steps = whole(wanted, create, "c1")
    actual: ActualBridge | None = None
    assert steps[0] is create
    for step in steps:
        actual = after(actual, step)
    assert next_step(wanted, actual, "c1") is None
    assert whole(None, create, "c1") == (create,)


def test_a_page_that_comes_gets_its_mode_and_its_sound() -> None:
    """A supervisor's page that offered while the desk only talked is made to listen at once."""
    wanted = WantedBridge(
        bridge="c1", legs=(WantedLeg(name="desk_9", role="supervisor", mode="listen"),)
    )
    offered = protocol.Web(bridge="c1", leg="desk_9", sdp="v=0", mode="talk")
    step = next_step(wanted, after(ActualBridge(), offered), "c1")
    assert step == protocol.SetMode(bridge="c1", leg="desk_9", mode="listen")


def test_a_new_way_of_a_page_changes_nothing_else() -> None:
    """ICE begun anew (RFC 8445 section 9) keeps the mode; no command follows."""
    wanted = _wanted()
    offered = protocol.Web(bridge="c1", leg="desk_1", sdp="v=0", mode="talk", restart=True)
    found = ActualBridge(
        legs={
            "citizen": ActualLeg(phone=wanted.legs[0].phone),
            "desk_1": ActualLeg(),
        }
    )
    assert after(found, offered) == found
    assert next_step(wanted, found, "c1") is None


def _wanted() -> WantedBridge:
    return WantedBridge(
        bridge="c1",
        record="c1-1.wav",
        legs=(
            WantedLeg(
                name="citizen",
                role="citizen",
                phone=Phone(ip="127.0.0.1", port=4000),
                local_port=40_000,
            ),
            WantedLeg(name="desk_1", role="desk"),
        ),
    )


def _row(*, port: int = 40_000, is_silent: bool = False) -> protocol.LegRow:
    return protocol.LegRow(
        leg="citizen", kind="rtp", role="citizen", mode="talk", state="open", received=1, sent=1,
        lost=0, late=0, malformed=0, target=2, port=port, remote="10.0.0.9:7777",
        is_silent=is_silent, playing="",
    )  # fmt: skip


def test_a_new_process_gets_the_same_port() -> None:
    """After a restart everything is made again where the telephone already sends."""
    create = next_step(_wanted(), None, "c1")
    assert isinstance(create, protocol.Create)
    assert create.record == "c1-1.wav"
    leg = next_step(_wanted(), after(None, create), "c1")
    assert isinstance(leg, protocol.Rtp)
    assert (leg.lport, leg.ip, leg.port) == (40_000, "127.0.0.1", 4000)


def test_a_running_bridge_is_left_as_it_is() -> None:
    """A switch that returns sends no command for a call that is heard, also behind NAT."""
    row = protocol.BridgeRow(bridge="c1", record=None, legs=[_row()])
    found = found_bridge(row, _wanted())
    assert next_step(_wanted(), found, "c1") is None
    assert missing_pages(_wanted(), found) == ("desk_1",)


def test_a_silent_leg_is_told_its_remote_again() -> None:
    """What may have been lost with the old switch is repeated where nobody is heard."""
    row = protocol.BridgeRow(bridge="c1", record=None, legs=[_row(is_silent=True)])
    assert isinstance(next_step(_wanted(), found_bridge(row, _wanted()), "c1"), protocol.Rtp)
