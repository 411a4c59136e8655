"""The vocabulary of Indonesian addresses: abbreviations, phrases, relation and filler words.

Tables only; `normaliser` applies them, at import and at query alike. National usage and Javanese
variants stand here; what is peculiar to one city (its landmarks' nicknames) belongs in its pack.
Every value of `WORDS` and every outcome of `PHRASES` is already in its final form.
"""

from typing import Final

WORDS: Final = {
    # streets
    "jl": "jalan", "jln": "jalan", "jn": "jalan", "jalanan": "jalan", "dalan": "jalan",
    "street": "jalan", "gg": "gang", "lorong": "gang", "no": "nomor", "nmr": "nomor",
    "nomer": "nomor", "blk": "blok", "ry": "raya", "lrg": "gang",
    # areas
    "kel": "kelurahan", "kalurahan": "kelurahan", "kec": "kecamatan", "kab": "kabupaten",
    "ds": "desa", "dsn": "dusun", "dk": "dukuh", "dkh": "dukuh", "kp": "kampung",
    "kpg": "kampung", "kmp": "kampung", "kampong": "kampung", "perum": "perumahan",
    "prum": "perumahan", "prm": "perumahan", "perumh": "perumahan", "komp": "kompleks",
    "kompl": "kompleks", "komplek": "kompleks", "kodya": "kota", "smg": "semarang",
    # facilities
    "rumahsakit": "rs", "pkm": "puskesmas", "pusk": "puskesmas", "mesjid": "masjid",
    "msjd": "masjid", "mjd": "masjid",
    "shelter": "halte", "halt": "halte", "musholla": "musala", "mushola": "musala",
    "musolla": "musala", "mushalla": "musala", "musholah": "musala", "langgar": "musala",
    "sta": "stasiun", "stsn": "stasiun", "setasiun": "stasiun", "stasion": "stasiun",
    "station": "stasiun", "sepur": "kereta", "term": "terminal", "ps": "pasar", "psr": "pasar",
    "pom": "spbu", "jbt": "jembatan", "jemb": "jembatan", "kreteg": "jembatan",
    "univ": "universitas", "ponpes": "pesantren", "damkar": "pemadam", "pmk": "pemadam",
    "pol": "polisi", "kelenteng": "klenteng", "goa": "gua", "gdg": "gedung", "gd": "gedung",
    "lap": "lapangan", "alon": "alun", "ktr": "kantor", "kntr": "kantor", "apt": "apartemen",
    "bandar": "bandara", "airport": "bandara", "pelab": "pelabuhan", "rmh": "rumah",
    "posyandu": "posyandu", "warong": "warung", "wr": "wr", "pabrike": "pabrik",
    # junctions
    "perempatan": "simpang", "prapatan": "simpang", "prempatan": "simpang",
    "perapatan": "simpang", "pertigaan": "simpang", "pertelon": "simpang",
    "protelon": "simpang", "persimpangan": "simpang", "simp": "simpang",
    "bangjo": "simpang", "bunderan": "bundaran", "bundran": "bundaran",
    # titles
    "dr": "doktor", "jend": "jenderal", "jendral": "jenderal", "jendr": "jenderal",
    "let": "letnan", "brigjend": "brigjen", "mayjend": "mayjen", "letjend": "letjen",
    "kh": "kyai", "ki": "kyai", "kiai": "kyai", "kiyai": "kyai", "prof": "profesor",
    "sint": "santo", "santa": "santo", "saint": "santo", "hj": "haji", "sos": "sosial",
    # directions
    "sel": "selatan", "slt": "selatan", "sltn": "selatan", "utr": "utara", "brt": "barat",
    "tmr": "timur", "tmur": "timur", "tgh": "tengah", "tngh": "tengah",
}  # fmt: skip
"""One written word to its full form."""

PHRASES: Final = {
    "rumah sakit": "rs",
    "rumah sakit umum": "rsu",
    "rumah sakit umum daerah": "rsud",
    "rumah sakit umum pusat": "rsup",
    "rumah sakit jiwa": "rsj",
    "rumah sakit islam": "rsi",
    "rumah sakit ibu dan anak": "rsia",
    "spbu bensin": "spbu",
    "pemadam kebakaran": "pemadam",
    "lampu merah": "simpang",
    "bang jo": "simpang",
    "a yani": "ahmad yani",
    "ayani": "ahmad yani",
    "achmad yani": "ahmad yani",
    "m t haryono": "mt haryono",
    "let jen": "letjen",
    "may jen": "mayjen",
    "brig jen": "brigjen",
    "w r supratman": "wr supratman",
    "r a kartini": "ra kartini",
    "alun2": "alun alun",
    "alunalun": "alun alun",
    "palang kereta api": "perlintasan",
    "palang kereta": "perlintasan",
    "palang pintu kereta api": "perlintasan",
    "palang pintu kereta": "perlintasan",
    "palang ka": "perlintasan",
    "perlintasan kereta api": "perlintasan",
    "perlintasan kereta": "perlintasan",
    "perlintasan ka": "perlintasan",
    "perlintasan rel": "perlintasan",
    "perlintasan sebidang": "perlintasan",
    "lintasan kereta": "perlintasan",
    "pintu kereta": "perlintasan",
    "palang rel": "perlintasan",
    "jalan tol": "tol",
    "gerbang tol": "gerbang",
    "gt tol": "gerbang",
    "lintang selatan": "ls",
    "simpang 3": "simpang tiga",
    "simpang 4": "simpang empat",
    "simpang 5": "simpang lima",
    "simpang 6": "simpang enam",
    "simpang 7": "simpang tujuh",
}
"""Several words to fewer, in the words' full form; the longest phrase wins."""

NUMBERED: Final = {"sma": "sman", "sman": "sman", "smp": "smpn", "smpn": "smpn"} | {
    "smk": "smkn", "smkn": "smkn", "sd": "sdn", "sdn": "sdn", "mi": "min", "mts": "mtsn",
    "mtsn": "mtsn", "smu": "sman", "smun": "sman", "slb": "slbn",
}  # fmt: skip
"""A school with a bare number is a state school: "sma 15", "sma n 15", "sma negeri 15"."""

GLUED_LETTERS: Final = ("jln", "jl", "gg")
"""Prefixes written together with the name: "jlpemuda". No Indonesian word begins so."""

GLUED_NUMBERS: Final = (
    "jln", "jl", "gg", "gang", "nomor", "nmr", "no", "kel", "kec", "rt", "rw", "blok", "blk",
    "km", "jpl", "sman", "sma", "smpn", "smp", "smkn", "smk", "sdn", "sd", "lt", "spbu",
)  # fmt: skip
"""Prefixes written together with a number: "rt4", "sman15"."""

RELATIONS: Final = {
    "depan": "depan", "dpn": "depan", "didepan": "depan", "ngarep": "depan", "ngarepe": "depan",
    "ngajeng": "depan", "depannya": "depan", "muka": "depan",
    "belakang": "belakang", "blkg": "belakang", "blakang": "belakang", "dibelakang": "belakang",
    "mburi": "belakang", "mburine": "belakang", "wingking": "belakang",
    "belakangnya": "belakang",
    "samping": "samping", "smping": "samping", "smpng": "samping", "disamping": "samping",
    "sampingnya": "samping", "sisih": "sebelah", "sebelah": "sebelah", "sblh": "sebelah",
    "disebelah": "sebelah", "sebelahnya": "sebelah",
    "seberang": "seberang", "sbrg": "seberang", "sebrang": "seberang", "diseberang": "seberang",
    "seberangnya": "seberang",
    "dekat": "dekat", "deket": "dekat", "dket": "dekat", "dkt": "dekat", "didekat": "dekat",
    "cedak": "dekat", "cerak": "dekat", "celak": "dekat", "caket": "dekat", "dekatnya": "dekat",
    "sekitar": "sekitar", "sekitaran": "sekitar", "arah": "arah", "jurusan": "arah",
    "menuju": "arah", "atas": "atas", "bawah": "bawah", "ngisor": "bawah", "dalam": "dalam",
    "jero": "dalam", "pojok": "pojok", "pojokan": "pojok", "ujung": "ujung", "kiri": "kiri",
    "kanan": "kanan", "kiwo": "kiri", "tengen": "kanan", "masuk": "masuk",
    "kidule": "selatan", "kidulnya": "selatan", "lore": "utara", "lornya": "utara",
    "wetane": "timur", "wetannya": "timur", "kulone": "barat", "kulonnya": "barat",
}  # fmt: skip
"""Where the caller is as seen from what he names, to one word that is shown to the crew."""

BEFORE_A_NAME: Final = frozenset({"atas", "bawah", "dalam", "jero", "ujung", "muka", "ngisor"})
"""Relation words that also stand in names (Kampung Dalam): a relation only before the name."""

COMPASS: Final = {
    "utara": "utara", "selatan": "selatan", "timur": "timur", "barat": "barat",
    "lor": "utara", "kidul": "selatan", "wetan": "timur", "kulon": "barat",
}  # fmt: skip
"""Directions. In a name they belong to the name (Bulu Lor); before a name they are a relation."""

FILLERS: Final = frozenset({
    "ada", "aku", "alamat", "alamatnya", "ana", "antara", "area", "ber", "bro", "daerah", "dan",
    "dari", "deh", "di", "dong", "halo", "iki", "ing", "ini", "itu", "kami", "ke", "kebakaran",
    "kecelakaan", "kobongan", "kula", "kulo", "kuwi", "lho", "lokasi", "lokasinya", "nang",
    "neng", "nggih", "nih", "niki", "niku", "ning", "nya", "onten", "pas", "patokan",
    "patokannya", "persis", "posisi", "posisinya", "rumahnya", "sama", "sana", "saya", "sekarang",
    "sih", "sini", "tabrakan", "tempat", "tepatnya", "tolong", "tulung", "wilayah", "wonten",
    "ya", "yang", "yg",
})  # fmt: skip
"""Words around an address that name nothing; dropped unless nothing else was said."""

HONORIFICS: Final = frozenset({
    "bapak", "bu", "dik", "ibu", "mas", "mba", "mbak", "om", "pak", "tante",
})  # fmt: skip
"""Fillers when somebody is spoken to; inside a name they belong to it (Tanjung Mas)."""

TYPE_WORDS: Final = frozenset({
    "alun", "blok", "desa", "doktor", "dukuh", "dusun", "gang", "gedung", "jalan",
    "kampung", "kantor", "kecamatan", "kelurahan", "kompleks", "kota", "nomor", "perumahan",
    "profesor", "raya", "rumah", "simpang", "toko", "tol", "warung",
})  # fmt: skip
"""Words that say what a thing is or that very many names share: they weigh little."""

BESIDE_A_NAME: Final = frozenset({"asri", "baru", "besar", "indah", "kecil", "lama", "permai"})
"""Words that stand beside a name and name nothing themselves: in "Candi Baru" it is Candi that is
meant, not whatever else is new. They weigh less than names."""

AREA_WORDS: Final = frozenset({"kelurahan", "kecamatan", "desa"})
"""The word after one of these names an area."""

SYNONYMS: Final = {
    "lor": "utara", "kidul": "selatan", "wetan": "timur", "kulon": "barat", "utara": "lor",
    "selatan": "kidul", "timur": "wetan", "barat": "kulon", "klenteng": "vihara",
    "pemadam": "damkar", "rs": "rsu", "rsu": "rs", "rsud": "rs", "rsup": "rs", "rsd": "rs",
    "kampus": "universitas", "mall": "mal", "mal": "mall", "plaza": "mall", "gua": "goa",
    "jembatan": "kreteg", "musala": "masjid", "kyai": "haji", "raden": "r", "perumahan": "kompleks",
    "kompleks": "perumahan", "lapangan": "stadion", "sman": "sma", "smpn": "smp", "smkn": "smk",
}  # fmt: skip
"""A word that may stand for another one, at a discount."""

SHORT_NAMES: Final = {
    "universitas diponegoro": "undip",
    "universitas negeri semarang": "unnes",
    "universitas islam sultan agung": "unissula",
    "universitas dian nuswantoro": "udinus",
    "universitas katolik soegijapranata": "unika",
    "politeknik negeri semarang": "polines",
    "universitas gadjah mada": "ugm",
    "universitas sebelas maret": "uns",
    "perusahaan listrik negara": "pln",
    "palang merah indonesia": "pmi",
    "kereta api indonesia": "kai",
}
"""Institutions known by a short name; a place called one is found by the other too."""

ROMAN: Final = {
    "i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8",
    "ix": "9", "x": "10", "xi": "11", "xii": "12", "xiii": "13", "xiv": "14", "xv": "15",
    "xvi": "16",
}  # fmt: skip
"""Roman numerals as Indonesian streets use them."""
