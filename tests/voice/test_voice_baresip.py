"""baresip, a SIP program that is not ours, through every way of talking in three codecs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import voice_baresip

FOLDERS = ("media", "switch", "voice")


@pytest.mark.peer
@pytest.mark.slow
def test_baresip_through_every_way_of_talking(tmp_path: Path) -> None:
    """PCMA, PCMU and G.722, each judged by tone at every ear as our own telephone is."""
    if not voice_baresip.is_there():
        pytest.skip("baresip with aufile, sndfile and G.722 is not installed")
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("a network of its own needs root, and ip")
    tests = Path(__file__).parents[1]
    paths = os.pathsep.join(str(tests / folder) for folder in FOLDERS)
    walks = (sys.executable, str(tests / "voice" / "voice_baresip.py"), str(tmp_path / "room"))
    done = subprocess.run(
        ("unshare", "-n", "sh", "-ec", voice_baresip.LANE, "lane", *walks),
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=300,  # a busy machine leaves a voice whole for half a second now and then
        check=False,
    )
    print(done.stdout)
    if "Operation not permitted" in done.stderr and "unshare" in done.stderr:
        pytest.skip("no network of its own may be made here")
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("blind transfer") == 2 * len(voice_baresip.WAYS)
