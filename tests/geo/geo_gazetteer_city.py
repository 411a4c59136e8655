"""A gazetteer to test the search with: the Semarang pack, and names entered here by hand.

No street file of Semarang ships, so the streets, schools, stops and estates below are real names
at approximate points (a few hundred metres off, from general knowledge, never for dispatch), and a
few thousand invented names stand around them as noise. What is measured here is how names are
found, not whether a city is complete.
"""

import random
from functools import cache

from kentongan.cities.gazetteer import PlaceKind
from kentongan.cities.pack import CityPack, load, packaged
from kentongan.edge.geo.gazetteer.areas import Areas, contexts_of
from kentongan.edge.geo.gazetteer.crossings import Crossings
from kentongan.edge.geo.gazetteer.documents import Document
from kentongan.edge.geo.gazetteer.from_pack import documents_of_pack
from kentongan.edge.geo.gazetteer.gazetteer import Gazetteer, build
from kentongan.edge.geo.gazetteer.search import CitySearch

STREETS = {
    "Jalan Pandanaran": (-6.987, 110.416), "Jalan Pemuda": (-6.980, 110.415),
    "Jalan Pahlawan": (-6.995, 110.420), "Jalan Gajah Mada": (-6.982, 110.421),
    "Jalan MT Haryono": (-6.985, 110.433), "Jalan Ahmad Yani": (-6.990, 110.430),
    "Jalan Majapahit": (-7.005, 110.456), "Jalan Siliwangi": (-6.985, 110.370),
    "Jalan Jenderal Sudirman": (-6.985, 110.394), "Jalan Dr. Cipto": (-6.980, 110.437),
    "Jalan Brigjen Sudiarto": (-7.001, 110.448), "Jalan Imam Bonjol": (-6.978, 110.411),
    "Jalan Kaligawe Raya": (-6.957, 110.455), "Jalan Setiabudi": (-7.060, 110.415),
    "Jalan Teuku Umar": (-7.018, 110.419), "Jalan Sultan Agung": (-7.008, 110.417),
    "Jalan Diponegoro": (-7.000, 110.415), "Jalan Veteran": (-6.996, 110.413),
    "Jalan Kyai Saleh": (-6.990, 110.414), "Jalan Dr. Sutomo": (-6.990, 110.409),
    "Jalan Indraprasta": (-6.980, 110.407), "Jalan Hasanudin": (-6.968, 110.408),
    "Jalan Ronggowarsito": (-6.960, 110.434), "Jalan Soekarno-Hatta": (-6.985, 110.462),
    "Jalan Tlogosari Raya": (-6.988, 110.462), "Jalan Fatmawati": (-7.015, 110.472),
    "Jalan Kedungmundu Raya": (-7.020, 110.456), "Jalan Sriwijaya": (-7.000, 110.429),
    "Jalan Tentara Pelajar": (-7.008, 110.434), "Jalan M.H. Thamrin": (-6.985, 110.418),
    "Jalan Pamularsih Raya": (-6.991, 110.392), "Jalan Menoreh Raya": (-7.006, 110.395),
    "Jalan Dewi Sartika": (-7.013, 110.396), "Jalan Papandayan": (-7.003, 110.407),
    "Jalan Mataram": (-6.985, 110.432), "Jalan Depok": (-6.981, 110.419),
    "Gang Lombok": (-6.9745, 110.4275), "Gang Pinggir": (-6.975, 110.429),
    "Jalan Wotgandul Timur": (-6.979, 110.427), "Jalan Sompok Baru": (-6.998, 110.439),
    "Jalan Lamper Tengah": (-7.002, 110.443), "Jalan Ngesrep Timur V": (-7.048, 110.422),
    "Jalan Banjarsari Selatan": (-7.059, 110.446), "Jalan Prof. Soedarto": (-7.053, 110.434),
    "Jalan Jatingaleh": (-7.025, 110.420), "Jalan Gombel Lama": (-7.037, 110.419),
    "Jalan Durian Raya": (-7.065, 110.423), "Jalan Sidodadi Timur": (-6.984, 110.438),
    "Jalan Sidodadi Barat": (-6.984, 110.437), "Jalan Citarum": (-6.981, 110.440),
    "Jalan Barito": (-6.976, 110.442), "Jalan Cilosari": (-6.974, 110.440),
    "Jalan Tambak Lorok": (-6.948, 110.437), "Jalan Arteri Yos Sudarso": (-6.961, 110.400),
    "Jalan Woltermonginsidi": (-6.962, 110.480), "Jalan Padi Raya": (-6.964, 110.485),
    "Jalan Puspanjolo Tengah": (-6.984, 110.396), "Jalan Puspanjolo Tengah II": (-6.985, 110.396),
    "Jalan Puspanjolo Selatan": (-6.987, 110.396), "Jalan Sri Rejeki Raya": (-6.982, 110.389),
    "Jalan WR Supratman": (-6.996, 110.387), "Jalan Krobokan": (-6.977, 110.393),
    "Jalan Untung Suropati": (-7.003, 110.379), "Jalan Abdulrahman Saleh": (-7.000, 110.384),
    "Jalan Wolter Monginsidi": (-6.962, 110.478), "Jalan Gajah Raya": (-6.990, 110.452),
    "Jalan Kelud Raya": (-7.007, 110.402), "Jalan Tumpang Raya": (-7.010, 110.401),
    "Jalan Raung": (-7.008, 110.409), "Jalan Rinjani": (-7.004, 110.409),
    "Jalan Kawi": (-7.010, 110.423), "Jalan Jangli": (-7.030, 110.430),
    "Jalan Tirto Agung": (-7.060, 110.430), "Jalan Sirojudin": (-7.056, 110.441),
    "Jalan Raya Ngaliyan": (-6.999, 110.349), "Jalan Prof. Hamka": (-7.003, 110.347),
    "Jalan Walisongo": (-6.985, 110.345), "Jalan Raya Gunungpati": (-7.085, 110.375),
    "Jalan Madukoro Raya": (-6.965, 110.396), "Jalan Anjasmoro Raya": (-6.976, 110.388),
    "Jalan Cakrawala": (-6.983, 110.382), "Jalan Kokrosono": (-6.972, 110.402),
    "Jalan Sugiyopranoto": (-6.983, 110.405), "Jalan Piere Tendean": (-6.982, 110.412),
    "Jalan Sekayu Raya": (-6.981, 110.413), "Jalan Inspeksi": (-6.977, 110.413),
    "Jalan Ki Mangunsarkoro": (-6.990, 110.428), "Jalan Batan Selatan": (-6.997, 110.425),
    "Jalan Seroja": (-6.994, 110.424), "Jalan Anggrek Raya": (-6.991, 110.424),
    "Jalan Mugas Raya": (-6.996, 110.415), "Jalan Taman Siswa": (-7.049, 110.394),
    "Jalan Sendangguwo Raya": (-7.010, 110.457), "Jalan Bangetayu Raya": (-6.980, 110.478),
}  # fmt: skip
HAMLETS = {
    "Perumahan Plamongan Indah": (-7.023, 110.490), "Perumahan Graha Padma": (-6.988, 110.348),
    "Perumahan Tlogosari": (-6.985, 110.463), "Perumahan Bukit Kencana Jaya": (-7.043, 110.465),
    "Perumahan Pucang Gading": (-7.020, 110.500), "Kampung Kauman": (-6.973, 110.424),
    "Kampung Pelangi": (-6.989, 110.409), "Perumahan Permata Puri": (-6.994, 110.335),
}  # fmt: skip
PLACES = {
    "SMA Negeri 15 Semarang": (-7.035, 110.462), "SMA Islam 15 Hidayatullah": (-7.060, 110.420),
    "SMA Negeri 1 Semarang": (-6.993, 110.423), "SMA Negeri 3 Semarang": (-6.982, 110.412),
    "SMP Negeri 22 Semarang": (-7.048, 110.394), "SMP Negeri 2 Semarang": (-7.001, 110.449),
    "SD Negeri Pekunden": (-6.987, 110.419), "SMK Negeri 7 Semarang": (-6.994, 110.418),
    "Pasar Gayamsari": (-7.000, 110.448), "Pasar Bulu": (-6.985, 110.409),
    "Gereja Katedral Randusari": (-6.986, 110.409), "Klenteng Tay Kak Sie": (-6.975, 110.428),
    "SPBU Pandanaran": (-6.986, 110.413), "DP Mall": (-6.983, 110.413),
    "Museum Ronggowarsito": (-6.986, 110.383), "Masjid Agung Kauman": (-6.972, 110.423),
    "Terminal Cangkiran": (-7.090, 110.320), "Waduk Diponegoro": (-7.048, 110.444),
    "Taman Indonesia Kaya": (-6.994, 110.419), "Apotek Sputnik": (-6.979, 110.425),
    "Pabrik Sido Muncul": (-7.120, 110.430), "Hotel Ciputra": (-6.989, 110.423),
}  # fmt: skip
STOPS = {
    "RS Kariadi A": (-6.993, 110.407), "Damkar": (-6.973, 110.396),
    "Balaikota": (-6.982, 110.414),
    "Tugumuda 3": (-6.984, 110.410), "SMA N 15 A": (-7.035, 110.461),
    "Simpang Lima": (-6.991, 110.422),
    "UNDIP": (-7.050, 110.438), "Pasar Johar A": (-6.971, 110.424),
    "Tlogosari B": (-6.986, 110.463),
}  # fmt: skip
JUNCTIONS = (
    ("Jalan Pandanaran", "Jalan Pahlawan"), ("Jalan Pemuda", "Jalan Imam Bonjol"),
    ("Jalan Pandanaran", "Jalan M.H. Thamrin"), ("Jalan Gajah Mada", "Jalan Pemuda"),
    ("Jalan Ahmad Yani", "Jalan MT Haryono"), ("Jalan Kaligawe Raya", "Jalan Soekarno-Hatta"),
    ("Jalan Sultan Agung", "Jalan Diponegoro"), ("Jalan Majapahit", "Jalan Fatmawati"),
    ("Jalan Siliwangi", "Jalan Jenderal Sudirman"), ("Jalan Setiabudi", "Jalan Prof. Soedarto"),
    ("Jalan Kelud Raya", "Jalan Menoreh Raya"), ("Jalan Veteran", "Jalan Kyai Saleh"),
    ("Jalan Brigjen Sudiarto", "Jalan Gajah Raya"), ("Jalan Dr. Cipto", "Jalan Citarum"),
)  # fmt: skip
MARKS = {
    "KM 427 Tol Semarang–Solo": (-7.112, 110.426),
    "KM 429 Tol Semarang–Solo": (-7.127, 110.433),
}
NOISE = 4_000

_SYLLABLES = ("ba", "bu", "de", "do", "ga", "gi", "ja", "jo", "ka", "ke", "la", "lu", "ma", "mo",
    "na", "ni", "pa", "pu", "ra", "ri", "sa", "su", "ta", "ti", "wa", "wo")  # fmt: skip


@cache
def pack() -> CityPack:
    """The pack as it ships."""
    return load(packaged())


@cache
def city() -> Gazetteer:
    """The pack, the names above, and the noise."""
    areas = Areas.of_pack(pack())
    junctions = [(*_between(one, other), (one, other)) for one, other in JUNCTIONS]
    return build([*city_documents(), *noise_documents(NOISE)], areas, Crossings.of(junctions))


def city_documents() -> list[Document]:
    """The pack, and the names above."""
    return [*documents_of_pack(pack()), *_documents(Areas.of_pack(pack()))]


@cache
def search() -> CitySearch:
    """The search over it."""
    return CitySearch(city(), pack())


def noise_documents(count: int, seed: int = 112) -> list[Document]:
    """Invented names, the same ones each time, all over the province."""
    chance = random.Random(seed)
    kinds = ("Jalan", "Jalan", "Gang", "Masjid", "SD Negeri", "Perumahan", "Warung", "Toko", "")
    ends = ("", "", " Raya", " I", " II", " Timur", " Barat", " Baru", " Indah")
    found: list[Document] = []
    for n in range(count):
        name = "".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(3, 5)))
        whole = f"{chance.choice(kinds)} {name.title()}{chance.choice(ends)}".strip()
        found.append(
            Document(
                key=f"noise{n}",
                name=whole,
                kind=PlaceKind.PLACE,
                lat=-7.5 + chance.random(),
                lon=110.0 + chance.random(),
                source="osm",
                accuracy_m=50,
                context=f"Desa {name[:4].title()}rejo, Kecamatan {name[:2].title()}sari",
            )
        )
    return found


def _documents(areas: Areas) -> list[Document]:
    groups = (
        (PlaceKind.STREET, 0.7, STREETS), (PlaceKind.HAMLET, 0.6, HAMLETS),
        (PlaceKind.PLACE, 0.5, PLACES), (PlaceKind.STOP, 0.3, STOPS),
        (PlaceKind.TOLL_KM, 0.4, MARKS),
    )  # fmt: skip
    return [
        Document(
            key=f"{kind}:{name}",
            name=name,
            kind=kind,
            lat=point[0],
            lon=point[1],
            source="osm",
            accuracy_m=300,
            context=contexts_of(areas, [point])[0][0],
            importance=importance,
        )
        for kind, importance, places in groups
        for name, point in places.items()
    ]


def _between(one: str, other: str) -> tuple[float, float]:
    (a, b), (c, d) = STREETS[one], STREETS[other]
    return (a + c) / 2, (b + d) / 2
