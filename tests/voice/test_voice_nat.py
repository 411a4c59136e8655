"""A telephone behind a NAT that really translates: heard, followed, and robbed by nobody."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import voice_nat

FOLDERS = ("media", "switch", "voice")


def missing() -> str:
    """Why there can be no such networks here; empty if there can."""
    if os.geteuid() != 0:
        return "networks of one's own with a NAT between them need root"
    wanting = [one for one in ("ip", "nft", "unshare") if shutil.which(one) is None]
    if wanting:
        return f"not installed: {', '.join(wanting)}"
    tried = ("unshare", "-nm", "sh", "-ec", voice_nat.lanes(voice_nat.OUTER[0]), "lanes", "true")
    done = subprocess.run(tried, capture_output=True, text=True, timeout=30, check=False)
    return "" if done.returncode == 0 else f"no networks may be made here: {done.stderr[-200:]}"


@pytest.mark.slow
@pytest.mark.parametrize("outer", voice_nat.OUTER)
def test_a_telephone_behind_a_nat_in_a_network_of_its_own(tmp_path: Path, outer: str) -> None:
    """Its SDP and Contact name 192.168.1.20, which the centre cannot reach; a gateway of the trunk
    gives its sound a port by chance. It is heard and hears, by tone; so it is when the NAT gives it
    another port after a silence, and our BYE finds it. A stranger from another network, and another
    telephone behind the same NAT, speak to the same port: nobody hears them, and nothing is sent to
    them. So is a telephone there whose SDP says 127.0.0.1, and nothing is sent to our own.
    """
    if why := missing():
        pytest.skip(why)
    tests = Path(__file__).parents[1]
    paths = os.pathsep.join([*(str(tests / folder) for folder in FOLDERS), *sys.path])
    walk = (sys.executable, str(tests / "voice" / "voice_nat.py"), str(tmp_path / "room"), outer)
    done = subprocess.run(
        ("unshare", "-nm", "sh", "-ec", voice_nat.lanes(outer), "lanes", *walk),
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("from another port") == 2
    assert done.stdout.count("says 127.0.0.1") == (4 if outer == voice_nat.OUTER[0] else 0)
