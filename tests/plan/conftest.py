"""Plans of an imported city use the written town of the geography's tests."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "geo"))
