"""The words of every no about shortages, mass events, hospitals and units that break down."""

from collections.abc import Mapping
from typing import Final

SCENE: Final[Mapping[str, tuple[str, str]]] = {
    "unknown_breakdown": (
        "Sebab {cause} tidak dikenal. Pilih mogok, kecelakaan, terjebak atau ban.",
        "{cause} is no known cause. Choose broken down, crashed, stuck or tyre.",
    ),
    "help_by_one": (
        "Bantuan diminta oleh satu unit atau satu instansi. Muat ulang halaman, lalu coba lagi.",
        "Help is asked for by one unit or one agency. Reload the page, then try again.",
    ),
    "help_not_wanted": (
        "Permintaan bantuan di insiden {incident_number} sudah ditarik.",
        "The request for help at incident {incident_number} was withdrawn.",
    ),
    "too_many_wishes": (
        "Sudah {most} permintaan bantuan di insiden ini. Hubungi pusat lewat radio.",
        "There are {most} requests for help at this incident. Call the centre by radio.",
    ),
    "no_shortage": (
        "Insiden {incident_number} tidak kekurangan unit lagi.",
        "Incident {incident_number} is not short of a unit any more.",
    ),
    "too_many_decisions": (
        "Sudah {most} keputusan tercatat. Tulis catatan di insiden.",
        "{most} decisions are on record already. Write a note instead.",
    ),
    "count_unreadable": (
        "Jumlah korban harus antara 0 dan {most}.",
        "Numbers of casualties must be between 0 and {most}.",
    ),
    "danger_known": (
        "Insiden {incident_number} sudah punya bahaya yang tercatat. Hapus itu dulu.",
        "Incident {incident_number} has a danger on record. Take that off first.",
    ),
    "black_by_crew_only": (
        "Tanda hitam hanya dapat diisi awak di lokasi.",
        "The black tag is set by a crew at the scene alone.",
    ),
    "too_many_warnings": (
        "Sudah {most} pemberitahuan ke rumah sakit untuk insiden ini.",
        "Hospitals were told {most} times of this incident already.",
    ),
    "hospital_not_warned": (
        "Rumah sakit {hospital} belum diberi tahu.",
        "Hospital {hospital} has not been told yet.",
    ),
    "not_a_picture": (
        "Berkas ini bukan foto JPEG yang utuh. Tidak ada yang disimpan.",
        "This file is no whole JPEG picture. Nothing was kept.",
    ),
    "photo_not_kept": (
        "Foto tidak dapat disimpan sekarang. Coba lagi, atau jelaskan lewat radio.",
        "The picture cannot be kept now. Try again, or describe it by radio.",
    ),
    "photo_locked": (
        "Foto terkunci: kunci pusat tidak ada. Beri tahu teknisi.",
        "The picture is locked: the centre's key is missing. Tell an engineer.",
    ),
    "photo_erased": (
        "Foto ini sudah dihapus sesuai masa simpan.",
        "This picture was erased when its time was over.",
    ),
    "photo_damaged": (
        "Foto ini rusak di penyimpanan.",
        "This picture is damaged on disk.",
    ),
    "too_many_photos": (
        "Sudah {most} foto di insiden ini.",
        "There are {most} pictures of this incident already.",
    ),
    "beds_unreadable": (
        "Jumlah tempat tidur harus antara 0 dan {most}.",
        "The number of beds must be between 0 and {most}.",
    ),
}
