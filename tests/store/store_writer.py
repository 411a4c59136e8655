"""A process that appends without end and says so after each commit; tests kill it in the middle.

    python store_writer.py ADDRESS NAME

It prints the number of each append once the store has acknowledged it.
"""

import sys

from store_drafts import ring

from kentongan.app.ports import Unavailable
from kentongan.store.open import open_store


def main() -> None:
    """Append until killed."""
    address, first = sys.argv[1], int(sys.argv[2])
    store = open_store(address)
    for number in range(first, first + 1_000_000):
        while True:
            try:
                ring(store, number)
                break
            except Unavailable:
                continue
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


main()
