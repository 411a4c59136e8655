"""From whatever a media process has to what a call needs, one command at a time."""

from hypothesis import given
from hypothesis import strategies as st

from kentongan.core.words import DeskKey
from kentongan.edge.switch.bridge import (
    ActualBridge,
    WantedBridge,
    after,
    found_bridge,
    missing_pages,
    next_step,
)
from kentongan.media import protocol

DESKS = st.sampled_from(["desk_1", "desk_2"]).map(DeskKey)
MODES = st.sampled_from(["talk", "hold"])
SOUNDS = st.sampled_from(["", "wait.wav", "hold.wav"])
REMOTES = st.sampled_from([None, ("127.0.0.1", 4000), ("127.0.0.1", 5000)])
STEPS_MAX = 10


@st.composite
def wanted_bridges(draw: st.DrawFn) -> WantedBridge:
    remote = draw(REMOTES)
    return WantedBridge(
        bridge="c1",
        record="c1-1.wav",
        ip=remote[0] if remote else None,
        port=remote[1] if remote else None,
        codec=8,
        dtmf=101,
        local_port=draw(st.sampled_from([None, 40_000])),
        modes=draw(st.dictionaries(DESKS, MODES, max_size=2)),
        playing=draw(SOUNDS),
    )


ACTUAL_BRIDGES = st.none() | st.builds(
    ActualBridge,
    has_citizen=st.booleans(),
    remote=REMOTES,
    modes=st.dictionaries(DESKS, MODES, max_size=2),
    playing=SOUNDS,
)


@given(st.none() | wanted_bridges(), ACTUAL_BRIDGES)
def test_any_state_comes_to_rest_as_wanted(
    wanted: WantedBridge | None, actual: ActualBridge | None
) -> None:
    """In at most ten commands; then modes, sound and remote are the wanted ones."""
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
    assert actual.has_citizen
    assert actual.playing == wanted.playing
    assert actual.remote == ((wanted.ip, wanted.port) if wanted.ip else None)
    assert all(wanted.modes[DeskKey(leg)] == mode for leg, mode in actual.modes.items())


def _wanted() -> WantedBridge:
    return WantedBridge(
        bridge="c1",
        record="c1-1.wav",
        ip="127.0.0.1",
        port=4000,
        codec=8,
        dtmf=101,
        local_port=40_000,
        modes={DeskKey("desk_1"): "talk"},
        playing="",
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
