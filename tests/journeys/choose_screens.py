"""`make pictures`: of the pictures that the journeys took, one of each screen for `docs/screens`.

Each is brought down to 128 colours, a quarter of its size; nothing else is done to it. What each
shows is written into the list beside them.
"""

import sys
from pathlib import Path
from typing import Final

from PIL import Image

TAKEN: Final = Path(__file__).parent.parent / "pictures"
CHOSEN: Final = Path(__file__).parents[2] / "docs" / "screens"
COLOURS: Final = 128

SCREENS: Final = {
    "masuk": ("look-gelap-id-sign-in", "Masuk: signing in"),
    "mulai-dinas": ("look-gelap-id-begin-duty", "Mulai dinas: desk, headset and microphone"),
    "serah-terima": ("shift-5-leaving", "Serah terima: what who leaves signs, from the live state"),
    "serah-terima-baca": (
        "shift-6-coming",
        "Serah terima: read by who comes, before the first call",
    ),
    "panggilan": ("look-gelap-id-panggilan", "Panggilan: a call in hand, the interview"),
    "panggilan-day": ("look-terang-en-panggilan", "the same by day, in English"),
    "panggilan-bisu": ("silent-1-key", "Panggilan: nobody speaks, and a key was pressed"),
    "panggilan-teks": ("text-1-letters", "Panggilan: a caller types, letter by letter"),
    "armada": ("look-gelap-id-armada", "Armada: incidents, units, the map"),
    "armada-day": ("look-terang-en-armada", "the same by day, in English"),
    "papan-unit": ("look-gelap-id-unit-board", "Armada, Papan unit: every unit and its state"),
    "kejadian-massal": ("mass-event", "Armada: a mass event, counted, in waves, over hospitals"),
    "kiriman": ("silent-keys", "Armada: who was told by app, SMS and telephone, with each try"),
    "beku": ("link-cut", "Armada: the link is cut, the data frozen since"),
    "paket-kertas": ("paper", "Paket kertas: what the room prints to go on without screens"),
    "jalan": ("roads-list-gelap-id", "Penutupan & banjir: a road that is closed"),
    "armada-kabari": ("told-later-line", "Armada: the line of that incident"),
    "instansi": ("look-gelap-id-instansi", "Instansi: an agency and its task"),
    "pantau": ("look-gelap-id-walikota", "Pantau, as the city sees it: how the room does now"),
    "pantau-day": ("look-terang-en-walikota", "the same by day, in English"),
    "pantau-supervisor": ("look-gelap-id-supervisor", "Pantau, as the supervisor has it"),
    "evaluasi": ("past-gelap-id-evaluasi", "Evaluasi, Angka: all of it, of a past made up"),
    "evaluasi-day": ("past-terang-en-evaluasi", "the same by day, in English"),
    "evaluasi-rencana": ("past-gelap-id-evaluasi-plans", "Evaluasi, Rencana: twin, posts, desks"),
    "evaluasi-film": ("past-film", "Evaluasi: the film of one case"),
    "evaluasi-impor": ("past-gelap-id-evaluasi-import", "Evaluasi, Impor: another centre's file"),
    "atur": ("look-gelap-id-isi", "Atur, Isi: the tables of the city, a row changed"),
    "atur-day": ("look-terang-en-isi", "the same by day, in English"),
    "atur-coba": ("look-gelap-id-coba", "Atur, Coba: two people changed the same row"),
    "atur-versi": ("look-gelap-id-versi", "Atur, Versi: who changed what, when and why"),
    "atur-panduan": ("look-gelap-id-panduan", "Atur, Panduan: protocols, to be signed"),
    "atur-pengguna": ("look-gelap-id-pengguna", "Atur, Pengguna: who may sign in"),
    "atur-nama": ("look-gelap-id-nama", "Atur, Nama setempat: what people call places"),
    "atur-jejak": ("look-gelap-id-jejak", "Atur, Jejak: everything that was done"),
    "atur-kesehatan": ("look-gelap-id-kesehatan", "Atur, Kesehatan: how the parts do"),
    "atur-cadangan": ("look-gelap-id-cadangan", "Atur, Cadangan: backups, and when one was proved"),
    "latihan": ("drill-1-panel-id", "Latihan: the trainer's panel"),
    "alarm": ("look-gelap-id-alarms", "Alarm: the register"),
    "alarm-kabari": ("told-later-register", "Alarm: a delay that a caller has not heard of"),
    "bantuan": ("look-gelap-id-help", "Bantuan: every key of the screen"),
    "cari": ("look-gelap-id-search", "Cari: calls, incidents, people"),
    "lapangan": ("look-gelap-id-lapangan", "Lapangan: a crew's telephone, its task"),
    "warga": ("look-gelap-id-112", "Warga: 112 by the ordinary telephone or by the internet"),
    "warga-day": ("look-terang-en-112", "the same by day, in English"),
    "warga-bisu": ("citizen-prompt", "Warga: a call by somebody who cannot speak"),
    "lokasi": ("position-3-page", "Lokasi: a caller sends where they are"),
    "lacak": ("look-gelap-id-lacak", "Lacak: who reported follows the help"),
    "rekaman": ("look-terang-en-public", "Rekaman: what everybody may read of the record"),
}
"""The name in `docs/screens`, the picture of a journey, and what it shows."""

TITLE: Final = """# Every screen

Taken by the journeys in Chromium and written here by `make pictures`, this list, too; by night and
in Indonesian unless said otherwise. People, calls, streets and vehicles are made up.

| picture | shows |
|---|---|
"""


def main() -> int:
    """Choose them all; says which are missing."""
    missing = [taken for taken, _ in SCREENS.values() if not (TAKEN / f"{taken}.png").exists()]
    if missing:
        print(f"no picture of {', '.join(missing)}", file=sys.stderr)
        return 1
    CHOSEN.mkdir(exist_ok=True)
    for old in CHOSEN.glob("*.png"):
        old.unlink()
    for name, (taken, _) in SCREENS.items():
        with Image.open(TAKEN / f"{taken}.png") as picture:
            fewer = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            fewer.save(CHOSEN / f"{name}.png", optimize=True)
    lines = [f"| [{name}]({name}.png) | {shows} |\n" for name, (_, shows) in SCREENS.items()]
    (CHOSEN / "README.md").write_text(TITLE + "".join(lines), encoding="utf-8")
    print(f"{len(SCREENS)} pictures in {CHOSEN}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
