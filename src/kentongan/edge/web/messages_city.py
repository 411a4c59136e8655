"""The words of every no about closed roads, shapes on the map and words for places."""

from collections.abc import Mapping
from typing import Final

CITY: Final[Mapping[str, tuple[str, str]]] = {
    "shape_empty": (
        "Belum ada titik. Ketik koordinat, cari nama jalan, atau gambar di peta.",
        "There is no point yet. Type coordinates, look up a street, or draw on the map.",
    ),
    "shape_too_long": (
        "Terlalu banyak titik; paling banyak {positions_max}. Sederhanakan gambarnya.",
        "Too many points; at most {positions_max}. Draw it more simply.",
    ),
    "shape_unreadable": (
        "{position} bukan posisi di bumi.",
        "{position} is no position on earth.",
    ),
    "shape_swapped": (
        "Lintang dan bujur tertukar. Maksudnya {position}.",
        "Latitude and longitude are exchanged. {position} was meant.",
    ),
    "shape_outside_city": (
        "{position} berada jauh di luar kota. Periksa koordinatnya.",
        "{position} lies far outside the city. Check the coordinates.",
    ),
    "line_too_short": (
        "Sebuah garis perlu dua titik yang berbeda.",
        "A line needs two different points.",
    ),
    "ring_open": (
        "Sebuah bidang perlu tiga sudut dan harus kembali ke titik awal.",
        "An area needs three corners and must come back to where it began.",
    ),
    "ring_flat": (
        "Semua sudut bidang terletak pada satu garis.",
        "All corners of the area lie on one line.",
    ),
    "shape_crosses_itself": (
        "Batas bidang memotong dirinya sendiri di dekat {position}. Gambar ulang.",
        "The border of the area crosses itself near {position}. Draw it again.",
    ),
    "closure_reason_missing": (
        "Tulis alasannya: banjir, pohon tumbang, kebakaran, atau dengan kata sendiri.",
        "Say why: flood, fallen tree, fire, or in your own words.",
    ),
    "depth_unreadable": (
        "Kedalaman air 0 sampai {depth_max_cm} cm.",
        "The depth of water is 0 to {depth_max_cm} cm.",
    ),
    "unknown_profile": (
        "Jenis kendaraan {profile} tidak dikenal.",
        "There is no kind of vehicle {profile}.",
    ),
    "factor_unreadable": (
        "Faktor untuk {profile} harus 0 (tertutup) atau 1 sampai {factor_max}.",
        "The factor for {profile} must be 0 (closed) or 1 to {factor_max}.",
    ),
    "way_unreadable": ("Nomor jalan OSM tidak sah.", "The OSM way is not valid."),
    "closure_over": (
        "Waktu berakhirnya sudah lewat.",
        "The end is in the past.",
    ),
    "closure_ends_before_it_begins": (
        "Penutupan berakhir sebelum dimulai.",
        "The closure ends before it begins.",
    ),
    "closure_too_long": (
        "Penutupan paling lama {days_max} hari. Periksa tahunnya.",
        "A closure lasts at most {days_max} days. Check the year.",
    ),
    "closure_exists": (
        "Penutupan ini sudah ada dengan isi lain. Ubah yang ada.",
        "This closure exists already and says something else. Change that one.",
    ),
    "closure_lifted": (
        "Penutupan ini sudah dicabut oleh {by}. Buat yang baru.",
        "This closure was lifted by {by}. Make a new one.",
    ),
    "unknown_closure": ("Penutupan itu tidak ada.", "There is no such closure."),
    "too_many_closures": (
        "Sudah ada {most} penutupan yang berlaku. Cabut dulu yang tidak perlu.",
        "{most} closures are in force already. Lift those that are not needed.",
    ),
    "unknown_alias": ("Nama lokasi itu tidak ada.", "There are no such words for a place."),
    "change_day_unreadable": (
        "Tanggal perubahan harus tidak lewat dari hari ini dan paling lama 20 tahun lalu.",
        "The day of the change must not be after today, nor more than 20 years ago.",
    ),
    "change_exists": (
        "Catatan perubahan itu sudah ada dan tidak diubah lagi; tarik dan catat yang baru.",
        "That note of a change exists and is not changed any more; withdraw it and note anew.",
    ),
    "change_incomplete": (
        "Lengkapi sesuai jenis perubahan: unit, pos baru dan pos lain, aturan, atau titik jalan.",
        "Give what this kind of change needs: units, both posts, the rule, or the point.",
    ),
    "change_outside_city": (
        "Titik itu di luar kota.",
        "That point is outside the city.",
    ),
    "unknown_change": ("Catatan perubahan itu tidak ada.", "There is no such note of a change."),
    "alias_exists": (
        "Nama lokasi ini sudah ada dengan isi lain.",
        "These words for a place exist already and say something else.",
    ),
    "alias_ended": (
        "Nama lokasi ini sudah diakhiri oleh {by}. Tambahkan yang baru.",
        "These words for a place were ended by {by}. Add new ones.",
    ),
    "alias_without_words": (
        "Tulis bagaimana orang menyebut tempat itu.",
        "Say what people call the place.",
    ),
    "phrase_too_long": (
        "Sebutan tempat paling panjang {characters_max} huruf.",
        "Words for a place have at most {characters_max} characters.",
    ),
    "too_many_phrases": (
        "Paling banyak {phrases_max} sebutan untuk satu tempat.",
        "At most {phrases_max} different words for one place.",
    ),
    "accuracy_unreadable": (
        "Ketelitian titik 1 sampai {accuracy_max_m} meter.",
        "The point is accurate to 1 to {accuracy_max_m} metres.",
    ),
    "too_many_aliases": (
        "Sudah ada {most} nama lokasi yang berlaku. Batalkan dulu yang tidak perlu.",
        "{most} words for places are in effect already. Undo those that are not needed.",
    ),
    "fix_outside_city": (
        "Posisi perangkat berada jauh di luar kota; tidak dikirim.",
        "The device's position lies far outside the city; it was not sent.",
    ),
    "too_many_corrections": (
        "Lokasi insiden ini sudah dibetulkan {corrections_max} kali. Hubungi petugas lewat radio.",
        "This incident's place was corrected {corrections_max} times. Call the room by radio.",
    ),
}
