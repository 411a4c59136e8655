"""Makes the helpers here importable, and those of the switch's, SIP's and the media's tests."""

import sys
from pathlib import Path

for _folder in ("media", "sip", "switch", "voice"):
    sys.path.insert(0, str(Path(__file__).parents[1] / _folder))
