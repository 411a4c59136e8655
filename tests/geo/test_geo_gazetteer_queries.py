"""What callers really say is found: 40 queries of the design, 72 messier ones, all by name.

Each query names what it must find; several where the words leave it open and asking is right.
The names stand in `geo_gazetteer_city`, which says what they are worth.
"""

import ast
from pathlib import Path

import pytest
from geo_gazetteer_city import search

DESIGN: dict[str, str] = {
    "dekat lawang sewu": "Lawang Sewu",
    "lawangsewu": "Lawang Sewu",
    "dpn rs kariadi smg": "RSUP Dr. Kariadi",
    "rumah sakit karyadi": "RSUP Dr. Kariadi",
    "jln pandanarang no 45": "Jalan Pandanaran",
    "jl.pemuda": "Jalan Pemuda",
    "jl a yani": "Jalan Ahmad Yani",
    "jl mt haryono 512 semarang": "Jalan MT Haryono",
    "puspanjolo tengah 2": "Jalan Puspanjolo Tengah II",
    "jl sri rejeki raya kalibanteng kidul": "Jalan Sri Rejeki Raya",
    "krobokan rt 03 rw 05 kel krobokan kec semarang barat": "Krobokan, Semarang Barat",
    "kel. bulu lor": "Bulu Lor, Semarang Utara",
    "kalurahan panggung lor rt4/rw2": "Panggung Lor, Semarang Utara",
    "gg lombok": "Gang Lombok",
    "sidodady timur": "Jalan Sidodadi Timur",
    "sidodadhi timur gang 3": "Jalan Sidodadi Timur",
    "djatingaleh": "Jatingaleh|Jalan Jatingaleh",
    "tjandi": "Candi, Candisari",
    "kampus undip tembalang": "Undip Tembalang",
    "unes sekaran": "Unnes Sekaran",
    "mesjid agung jawa tengah": "Masjid Agung Jawa Tengah",
    "setasiun poncol": "Stasiun Poncol",
    "stasion tawang": "Stasiun Tawang",
    "sma 15": "SMA Negeri 15 Semarang",
    "smp n 22": "SMP Negeri 22 Semarang",
    "pasar djohar": "Pasar Johar",
    "psr gayam sari": "Pasar Gayamsari",
    "perempatan tugumuda": "Tugu Muda",
    "puskesmas bongsari": "Puskesmas Ngemplak Simongan|Bongsari, Semarang Barat",
    "perum plamongan indah blok c12": "Perumahan Plamongan Indah",
    "pemadam kebakaran": "Damkar Pos Induk (Mako) Madukoro|Damkar Pos Genuk"
    "|Damkar Pos Semarang Timur|Damkar Pos Tugu/Ngaliyan|Dinas Pemadam Kebakaran",
    "simpang lima": "Simpang Lima",
    "wr supratman manyaran": "Jalan WR Supratman",
    "woltermongisidi": "Jalan Woltermonginsidi|Jalan Wolter Monginsidi",
    "jl profesor sudarto": "Jalan Prof. Soedarto",
    "kyai saleh": "Jalan Kyai Saleh",
    "terminal trboyo": "Terminal Terboyo",
    "rsud ketileng": "RSD K.R.M.T. Wongsonegoro",
    "tlogsari": "Jalan Tlogosari Raya|Perumahan Tlogosari|Tlogosari Kulon, Pedurungan"
    "|Tlogosari Wetan, Pedurungan",
    "gajahmungkur": "Kecamatan Gajahmungkur|Gajahmungkur, Gajahmungkur",
}

NOT_A_STOP = "the list also takes a bus stop of that name: a stop must not stand for the place"
OWN_NAME = "the same place under the name that the city's own names have"
DEPARTURES: dict[str, str] = {
    "dpn rs kariadi smg": NOT_A_STOP,
    "rumah sakit karyadi": NOT_A_STOP,
    "puspanjolo tengah 2": "the list also takes the street without its number: II was said",
    "jl sri rejeki raya kalibanteng kidul": "one street, which the list has in three spellings",
    "krobokan rt 03 rw 05 kel krobokan kec semarang barat": "the kelurahan was said, twice; the "
    "list also takes its office and a street",
    "kampus undip tembalang": OWN_NAME,
    "unes sekaran": NOT_A_STOP,
    "setasiun poncol": OWN_NAME,
    "stasion tawang": OWN_NAME,
    "sma 15": f"{OWN_NAME}; {NOT_A_STOP}",
    "smp n 22": "the school; the list has only its two stops",
    "pasar djohar": NOT_A_STOP,
    "perempatan tugumuda": NOT_A_STOP,
    "puskesmas bongsari": "the city pack has none of that name: that of Bongsari is called "
    "Ngemplak Simongan; the kelurahan is right as well",
    "pemadam kebakaran": "no post was named: each fire station of the pack is right, and asking",
    "wr supratman manyaran": f"{OWN_NAME}; {NOT_A_STOP}",
    "woltermongisidi": "the street is written in two ways",
    "kyai saleh": NOT_A_STOP,
    "terminal trboyo": NOT_A_STOP,
    "rsud ketileng": "the hospital in Ketileng has a name of its own",
    "tlogsari": NOT_A_STOP,
    "gajahmungkur": f"kecamatan and kelurahan, told apart; {NOT_A_STOP}",
}
"""Where `DESIGN` wants another place than the list that the design was measured with, and why. The
list's words are all here; its 84,695 documents are not: ours are 80,000, made up but for the city's
own names (`geo_gazetteer_city`), so figures of the one say nothing of the other. Names and `MESSY`
have one author."""

LIST = Path(__file__).parents[3] / "shared" / "prototypes" / "geo" / "queries.py"

MESSY: dict[str, str] = {
    "tulung kobongan ning cedak pasar johar": "Pasar Johar",
    "ngarep masjid baiturrahman pak": "Masjid Raya Baiturrahman",
    "mburi lawang sewu": "Lawang Sewu",
    "kidule tugu muda": "Tugu Muda",
    "lor e stasiun tawang": "Stasiun Tawang",
    "seberang dp mall": "DP Mall",
    "sebelahnya gereja katedral": "Gereja Katedral Randusari",
    "jln. dr. soetomo": "Jalan Dr. Sutomo",
    "jl dr tjipto": "Jalan Dr. Cipto",
    "jalan sultan agoeng": "Jalan Sultan Agung",
    "jl soekarno hatta": "Jalan Soekarno-Hatta",
    "sukarno hata": "Jalan Soekarno-Hatta",
    "jl mh thamrin": "Jalan M.H. Thamrin",
    "brigjen soediarto": "Jalan Brigjen Sudiarto",
    "jend sudirman": "Jalan Jenderal Sudirman",
    "jlgajahmada": "Jalan Gajah Mada",
    "jln.gajah mada no.12b rt01/rw03": "Jalan Gajah Mada",
    "ahmad yani jalan": "Jalan Ahmad Yani",
    "raya kaligawe": "Jalan Kaligawe Raya",
    "pamularsih": "Jalan Pamularsih Raya",
    "kelud rya": "Jalan Kelud Raya",
    "ngesrep tmr 5": "Jalan Ngesrep Timur V",
    "ngesrep timur v": "Jalan Ngesrep Timur V",
    "banjarsari sel": "Jalan Banjarsari Selatan",
    "jl prof hamka": "Jalan Prof. Hamka",
    "untung surapati": "Jalan Untung Suropati",
    "abdul rahman saleh": "Jalan Abdulrahman Saleh",
    "jl walisanga": "Jalan Walisongo",
    "gombel": "Tanjakan Gombel|Jalan Gombel Lama",
    "tanjakan gombel": "Tanjakan Gombel",
    "bunderan kalibanteng": "Bundaran Kalibanteng",
    "kel purwoyoso": "Purwoyoso, Ngaliyan",
    "kecamatan pedurungan": "Kecamatan Pedurungan",
    "pedurungan kidul": "Pedurungan Kidul, Pedurungan",
    "pedurungan selatan": "Pedurungan Kidul, Pedurungan",
    "srondol wetan": "Srondol Wetan, Banyumanik",
    "srondol timur": "Srondol Wetan, Banyumanik",
    "tlogosari kulon": "Tlogosari Kulon, Pedurungan",
    "bandarhardjo": "Bandarharjo, Semarang Utara",
    "tanjung mas": "Tanjung Mas, Semarang Utara",
    "tanjung emas pelabuhan": "Pelabuhan Tanjung Emas",
    "bandara achmad yani": "Bandara Ahmad Yani",
    "pom bensin pandanaran": "SPBU Pandanaran",
    "klenteng tay kaksie": "Klenteng Tay Kak Sie",
    "sampokong": "Sam Poo Kong",
    "rs telogorejo": "RS Telogorejo",
    "rumah sakit tlogorejo": "RS Telogorejo",
    "elisabet": "RS St. Elisabeth",
    "rs st elisabeth": "RS St. Elisabeth",
    "panti wilasa citarum": "RS Panti Wilasa Citarum",
    "rsi sultan agung": "RSI Sultan Agung",
    "roemani": "RS Roemani Muhammadiyah",
    "pkm ngaliyan": "Puskesmas Ngaliyan",
    "puskesmas kedung mundu": "Puskesmas Kedungmundu",
    "polsek bnyumanik": "Polsek Banyumanik",
    "kantor polisi genuk": "Polsek Genuk",
    "polrestabes": "Polrestabes Semarang",
    "damkar genuk": "Damkar Pos Genuk",
    "sman 3": "SMA Negeri 3 Semarang",
    "smk n 7": "SMK Negeri 7 Semarang",
    "sd pekunden": "SD Negeri Pekunden",
    "kampung pelangi": "Kampung Pelangi",
    "perumahan bukit kencono joyo": "Perumahan Bukit Kencana Jaya",
    "pucang gadhing": "Perumahan Pucang Gading",
    "unisula": "Terminal Terboyo",
    "usm": "Universitas Semarang",
    "musium ronggo warsito": "Museum Ronggowarsito",
    "waduk undip diponegoro": "Waduk Diponegoro",
    "hotel ciputra simpang lima": "Hotel Ciputra",
    "posisi saya di depan balai kota semarang": "Balai Kota Semarang",
    "ungaran": "Ungaran, Kabupaten Semarang (Ungaran)",
    "mranggen demak": "Mranggen, Kabupaten Demak",
}

TOP_1_MIN = 0.90
TOP_5_MIN = 0.99


def ranks(queries: dict[str, str]) -> dict[str, int]:
    """For each query the place of the first right proposal, 0 for the first, 99 for none."""
    found: dict[str, int] = {}
    for said, right in queries.items():
        labels = [one.label for one in search().search(said, limit=5)]
        wanted = right.split("|")
        found[said] = next((n for n, label in enumerate(labels) if label in wanted), 99)
    return found


@pytest.mark.parametrize("queries", [DESIGN, MESSY], ids=["design", "messy"])
def test_most_queries_are_right_at_once_and_nearly_all_in_five(queries: dict[str, str]) -> None:
    """Nine of ten first proposals are right, and ninety-nine of a hundred among five."""
    found = ranks(queries)
    late = {said: place for said, place in found.items() if place > 0}
    assert sum(place == 0 for place in found.values()) >= TOP_1_MIN * len(found), late
    assert sum(place < 5 for place in found.values()) >= TOP_5_MIN * len(found), late


@pytest.mark.parametrize("said", list({**DESIGN, **MESSY}))
def test_each_query_is_answered_with_the_right_place_among_five(said: str) -> None:
    """Every single one of them, so that a change that loses one is named."""
    assert ranks({said: {**DESIGN, **MESSY}[said]})[said] < 5


def test_every_departure_from_the_list_is_named() -> None:
    """The same forty queries; where another place is wanted, it stands above with its reason."""
    if not LIST.is_file():
        pytest.skip("the list of the design is not beside the project")
    pairs: list[tuple[str, str]] = ast.literal_eval(LIST.read_text("utf-8").partition("=")[2])
    listed = dict(pairs)
    assert listed.keys() == DESIGN.keys()
    differ = {said for said, right in listed.items() if _named(right) != _named(DESIGN[said])}
    assert differ == DEPARTURES.keys()
    assert all(DEPARTURES.values())


def _named(right: str) -> set[str]:
    """The places without the area that a label ends with."""
    return {one.partition(", ")[0] for one in right.split("|")}


def test_there_are_as_many_queries_as_claimed() -> None:
    """Forty of the design and at least sixty of our own, none twice."""
    assert len(DESIGN) == 40
    assert len(MESSY) >= 60
    assert not DESIGN.keys() & MESSY.keys()
