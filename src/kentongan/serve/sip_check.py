"""`kentongan sip check FILE...`: what the SIP parser makes of messages kept in files.

One JSON line per file, in the order given; a file holds one message, as one datagram would.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from kentongan.sip.check import check

FILE_BYTES_MAX = 1_048_576
"""Octets read of one file; a datagram has at most 65,535, so a longer file is no message."""


def run_sip_check(files: Sequence[Path]) -> int:
    """Judge each file; the exit code."""
    code = 0
    for file in files:
        try:
            with file.open("rb") as opened:
                data = opened.read(FILE_BYTES_MAX)
        except OSError as error:
            line = {"file": str(file), "verdict": "error", "status": None, "kind": None}
            line |= {"method": None, "reason": error.strerror or str(error), "facts": {}}
            code = 2
        else:
            line = {"file": str(file), **msgspec.to_builtins(check(data))}
        sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    return code
