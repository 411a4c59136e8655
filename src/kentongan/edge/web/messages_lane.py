"""Words of refusal for appointments, tickets, late entries and handovers. See `messages`."""

from collections.abc import Mapping
from typing import Final

LANE: Final[Mapping[str, tuple[str, str]]] = {
    "not_by_appointment": (
        "Subkategori ini tidak dilayani dengan janji. Pilih yang benar, atau kirim.",
        "This sub-category is not served by appointment. Choose the right one, or send.",
    ),
    "appointment_too_urgent": (
        "Prioritas {priority} tidak menunggu janji. Kirim sekarang.",
        "Priority {priority} does not wait for an appointment. Send now.",
    ),
    "appointment_over": (
        "Waktu janji harus belum lewat dan paling jauh {days_max} hari ke depan.",
        "The appointment must not be over and be at most {days_max} days ahead.",
    ),
    "appointment_window": (
        "Janji harus punya awal sebelum akhir, paling lama {hours_max} jam.",
        "An appointment must begin before it ends and last at most {hours_max} hours.",
    ),
    "no_ticket_channel": (
        "{agency} tidak menerima pengaduan bertiket. Libatkan sebagai instansi.",
        "{agency} takes no complaints by ticket. Ask it as an agency.",
    ),
    "neighbour_word_missing": (
        "Tulis kata atau nomor rujukan dari 112 tetangga. Tanpa itu insiden tetap milik kita.",
        "Write the neighbouring centre's word or number. Without it the incident stays ours.",
    ),
    "form_missing": (
        "Tulis nomor formulir kertas.",
        "Write the number of the paper form.",
    ),
    "late_time_unreadable": (
        "Ada waktu di masa depan atau lebih tua dari {days_max} hari. Periksa tanggal dan jam.",
        "A time lies ahead or is older than {days_max} days. Check date and hour.",
    ),
    "late_time_order": (
        "Urutan waktu tidak mungkin ({what}). Periksa jam di formulir.",
        "The order of the times is not possible ({what}). Check the hours on the form.",
    ),
    "late_not_ended": (
        "Selesai perlu hasil dan semua unit selesai; tanpa itu, kosongkan jam selesai.",
        "An end needs an outcome and every unit clear; without that, leave its hour empty.",
    ),
    "late_named_twice": (
        "{what} tertulis dua kali.",
        "{what} is written twice.",
    ),
    "late_too_many": (
        "Terlalu banyak baris; paling banyak {parts_max}.",
        "Too many lines; at most {parts_max}.",
    ),
    "handover_replaced": (
        "Serah terima itu sudah diganti yang lebih baru. Baca yang baru.",
        "That handover was replaced by a newer one. Read the new one.",
    ),
    "handover_own": (
        "Serah terima sendiri ditandatangani orang lain.",
        "Your own handover is signed by somebody else.",
    ),
    "handover_not_yours": (
        "Serah terima itu ditandatangani {by}; hanya {by} dapat menariknya.",
        "That handover was signed by {by}; only {by} can take it back.",
    ),
    "handover_signed_long_ago": (
        "Tanda tangan hanya dapat ditarik dalam {minutes} menit. Tulis serah terima baru.",
        "A signature is taken back within {minutes} minutes. Put a note in a new handover.",
    ),
}
