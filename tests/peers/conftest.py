"""Makes the peers of this folder and those of the media and switch tests importable."""

import sys
from pathlib import Path

_TESTS = Path(__file__).parent.parent
for _folder in ("peers", "switch", "media"):
    sys.path.insert(0, str(_TESTS / _folder))
