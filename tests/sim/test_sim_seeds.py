"""A hundred seeds hold every rule, and the same seed always tells the same story."""

import json
import logging

import msgspec
import pytest

from kentongan.sim import run as running
from kentongan.sim.run import Failure, Summary, main, run
from kentongan.sim.world import Counts


def test_sim_hundred_seeds() -> None:
    """No rule is broken, and the bad luck that was meant to happen did happen."""
    summary = run(100)
    assert summary.failures == ()
    counts = summary.counts
    assert counts.double_engagements == 0
    assert counts.contested > 20
    assert counts.alarms_contested > 10
    assert counts.overtaken > 200
    assert counts.deaths > 200
    assert counts.away > 200
    assert counts.calls > 300


def test_sim_same_seed_same_story() -> None:
    """Counting everything that happened twice gives the same."""
    assert run(3, 17) == run(3, 17)
    assert run(1, 17) != run(1, 18)


def test_sim_on_disk() -> None:
    """The same stories on SQLite end as they do in memory."""
    assert run(3, 5, on_disk=True) == run(3, 5)


def test_sim_prints_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """`main` prints one JSON line with the seeds, the steps and no violations."""
    before = logging.getLogger("kentongan").level
    assert main(["--seeds", "2", "--seed", "5"]) == 0
    assert logging.getLogger("kentongan").level == before  # it kept still, and no longer does
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    line = json.loads(out)
    assert line["seeds"] == 2
    assert line["violations"] == 0
    assert line["steps"] > 100
    assert err == ""


def test_sim_names_the_seed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken rule goes to standard error with its seed, and the exit code says so."""
    failure = Failure(seed=7, rule="a rule", seen="a rule: what was seen")

    def found(*_: object, **__: object) -> Summary:
        return Summary(1, Counts(), (failure,))

    monkeypatch.setattr(running, "run", found)
    assert main(["--seeds", "1", "--seed", "7"]) == 1
    out, err = capsys.readouterr()
    assert msgspec.json.decode(out)["violations"] == 1
    assert err == "seed 7: a rule: what was seen\n"


@pytest.mark.parametrize("seeds", ["0", "-1", "1000001"])
def test_sim_bounds_its_seeds(seeds: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No seed, or more than a night has time for, is wrong use."""
    with pytest.raises(SystemExit) as caught:
        main(["--seeds", seeds])
    assert caught.value.code == 2
    assert "--seeds" in capsys.readouterr().err
