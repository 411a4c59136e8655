"""Prints what failed in the last run that used a cache folder of pytest, a test a line.

`python .ci/failed.py FOLDER`; ends with 1 when nothing is known to have failed.
"""

import json
import sys
from pathlib import Path


def main() -> int:
    """Print and say whether there was anything."""
    noted = Path(sys.argv[1]) / "v" / "cache" / "lastfailed"
    failed = sorted(json.loads(noted.read_text())) if noted.exists() else []
    print("\n".join(failed))
    return 0 if failed else 1


if __name__ == "__main__":
    raise SystemExit(main())
