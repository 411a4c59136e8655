"""The journal's chain: each line carries a hash over itself and all lines before it.

`chain = sha256(previous chain || canonical line)`, where the canonical line is the UTF-8 JSON array
[position, stream, version, kind, at, recorded_at, agent, agent_name, because, command_id, data]
without white space, times as RFC 3339 in UTC, `data` as it was written. Whoever keeps one day's
last value outside can later prove that nothing before it was changed. It proves nothing about
personal text beyond its salted digest, so that text can be erased lawfully.
"""

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from kentongan.store.tables import Line

START = bytes(32)
"""What stands before the first line."""

_encoder = msgspec.json.Encoder()


def canonical(covered: Sequence[object]) -> bytes:
    """The bytes of a line that the chain covers: its columns up to and with `data`."""
    *head, data = covered
    return _encoder.encode((*head, msgspec.Raw(str(data).encode())))


def link(previous: bytes, line: bytes) -> bytes:
    """The chain value of a line whose canonical bytes and predecessor's value are given."""
    return sha256(previous + line).digest()


def chain_of(previous: bytes, line: Line) -> bytes:
    """What the line's chain value must be."""
    return link(previous, canonical(msgspec.structs.astuple(line)[:-1]))
