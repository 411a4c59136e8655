"""What every connection of a fleet reads with: one buffer for all of them.

asyncio reads for a plain protocol into a new buffer of 256 KiB each time; the allocator gets it
from the kernel and gives it back, which costs several times what it takes to read a position. Here
the octets land in one buffer and are copied out before the next connection is read: the loop reads
one at a time.
"""

import asyncio
from typing import Final

BUFFER_BYTES: Final = 64 * 1_024
"""Read at once; what is longer comes in several pieces."""

_BUFFER: Final = memoryview(bytearray(BUFFER_BYTES))


class Hearing(asyncio.BufferedProtocol):
    """A protocol to which octets come as they would to a plain one."""

    def get_buffer(self, sizehint: int) -> memoryview:
        """asyncio: where to read to."""
        del sizehint
        return _BUFFER

    def buffer_updated(self, nbytes: int) -> None:
        """asyncio: so many octets were read."""
        self.data_received(bytes(_BUFFER[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """Some octets."""
        raise NotImplementedError
