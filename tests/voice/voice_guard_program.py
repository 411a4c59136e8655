"""A guard of a test: NAME RUN_DIR -m MODULE ARGUMENTS… runs what the module alone would run."""

import logging
import sys
from pathlib import Path

import msgspec

from kentongan.edge.switch.__main__ import prepared
from kentongan.media import daemon
from kentongan.media.priority import go_before_others, start_before_others
from kentongan.media.settings import MediaSettings
from kentongan.serve.guard import Guard


def main() -> int:
    """Load everything, then stand behind it."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    name, run_dir, _, module, *words = sys.argv[1:]
    guard = Guard(name, Path(run_dir))
    if module == "kentongan.edge.switch":
        return guard.stand(prepared(words))
    told = msgspec.json.decode(words[1], type=MediaSettings)
    daemon.load()
    go_before_others()
    return guard.stand(lambda: daemon.run(told))


if __name__ == "__main__":
    start_before_others()
    sys.exit(main())
