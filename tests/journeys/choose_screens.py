"""`make pictures`: of the pictures that the journeys took, one of each screen for `docs/screens`.

Each is brought down to 128 colours, a quarter of its size; nothing else is done to it.
"""

import sys
from pathlib import Path
from typing import Final

from PIL import Image

TAKEN: Final = Path(__file__).parent.parent / "pictures"
CHOSEN: Final = Path(__file__).parents[2] / "docs" / "screens"
COLOURS: Final = 128

SCREENS: Final = {
    "panggilan": "look-gelap-id-panggilan",
    "panggilan-day": "look-terang-en-panggilan",
    "armada": "look-gelap-id-armada",
    "armada-day": "look-terang-en-armada",
    "instansi": "look-gelap-id-dinkes",
    "lapangan": "look-gelap-id-lapangan",
    "pantau": "look-gelap-id-pantau",
    "pantau-day": "look-terang-en-pantau",
    "atur": "look-gelap-id-admin",
    "atur-day": "look-terang-en-admin",
    "alarm": "look-gelap-id-alarms",
    "bantuan": "look-gelap-id-help",
    "cari": "look-gelap-id-search",
    "masuk": "look-gelap-id-sign-in",
    "mulai-dinas": "look-gelap-id-begin-duty",
    "lacak": "look-lacak",
    "warga": "citizen-gelap-ID",
}
"""The name in `docs/screens`, and the picture of a journey."""


def main() -> int:
    """Choose them all; says which are missing."""
    missing = [taken for taken in SCREENS.values() if not (TAKEN / f"{taken}.png").exists()]
    if missing:
        print(f"no picture of {', '.join(missing)}", file=sys.stderr)
        return 1
    CHOSEN.mkdir(exist_ok=True)
    for name, taken in SCREENS.items():
        with Image.open(TAKEN / f"{taken}.png") as picture:
            fewer = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            fewer.save(CHOSEN / f"{name}.png", optimize=True)
    print(f"{len(SCREENS)} pictures in {CHOSEN}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
