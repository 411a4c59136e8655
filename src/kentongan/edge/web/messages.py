"""The words of every no, in Indonesian and English: what happened, what still works, what to do.

Keys are the reasons of `Refused` and of this folder's own problems. `{name}` is filled in from the
details; a detail that is missing reads as a dash. A test keeps the list complete.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from kentongan.edge.web.messages_account import ACCOUNT
from kentongan.edge.web.messages_call import CALL, DESK
from kentongan.edge.web.messages_city import CITY
from kentongan.edge.web.messages_lane import LANE
from kentongan.edge.web.messages_pack import PACK
from kentongan.edge.web.messages_recording import RECORDING
from kentongan.edge.web.messages_scene import SCENE
from kentongan.edge.web.terms import in_words


class Message(Struct, frozen=True):
    """One sentence in both languages."""

    id: str
    en: str


_WEB: Final[Mapping[str, tuple[str, str]]] = {
    "wrong_password": ("Nama atau kata sandi salah.", "The name or the password is wrong."),
    "too_many_attempts": (
        "Terlalu banyak percobaan. Coba lagi dalam {wait_s} detik.",
        "Too many attempts. Try again in {wait_s} seconds.",
    ),
    "too_many_rings": (
        "Terlalu banyak panggilan dari jaringan ini. Telepon 112.",
        "Too many calls from this network. Phone 112.",
    ),
    "too_often": (
        "Terlalu sering diminta. Coba lagi sebentar.",
        "Asked too often. Try again shortly.",
    ),
    "report_failed": (
        "Laporan tidak dapat dibuat sekarang. Coba lagi.",
        "The report cannot be made now. Try again.",
    ),
    "not_signed_in": ("Silakan masuk dulu.", "Please sign in first."),
    "session_expired": (
        "Sesi Anda berakhir. Masuk lagi; telepon yang sedang berjalan tidak terputus.",
        "Your session has ended. Sign in again; a call in progress is not cut off.",
    ),
    "signed_in_as_other": (
        "{name} yang masuk di perangkat ini. Pemiliknya perlu masuk lagi.",
        "{name} is signed in on this device. Its owner has to sign in again.",
    ),
    "foreign_origin": (
        "Permintaan datang dari halaman lain dan ditolak.",
        "The request came from another page and was refused.",
    ),
    "csrf_failed": (
        "Halaman ini sudah usang. Muat ulang, lalu coba lagi.",
        "This page is out of date. Reload it and try again.",
    ),
    "not_permitted": (
        "Peran Anda tidak boleh melakukan ini.",
        "Your role may not do this.",
    ),
    "bad_request": ("Permintaan tidak dapat dibaca.", "The request could not be read."),
    "body_not_json": (
        "Isi permintaan bukan JSON yang utuh. Tidak ada yang disimpan.",
        "The request is not complete JSON. Nothing was saved.",
    ),
    "body_invalid": (
        "Isi permintaan tidak sesuai: {where}. Tidak ada yang disimpan.",
        "The request does not fit: {where}. Nothing was saved.",
    ),
    "body_too_large": (
        "Isi permintaan terlalu besar. Tidak ada yang disimpan; kirim yang lebih pendek.",
        "The request is too large. Nothing was saved; send a shorter one.",
    ),
    "bad_subscription": (
        "Peramban ini tidak dapat menerima pemberitahuan.",
        "This browser cannot take notifications.",
    ),
    "bad_span": (
        "Rentang waktu tidak sah: perlu awal sebelum akhir.",
        "The span of time is not valid: the start must be before the end.",
    ),
    "bad_question": (
        "Pertanyaan ini tidak dapat dijawab: {detail}.",
        "This cannot be answered: {detail}.",
    ),
    "evaluation_many": (
        "Anda sudah menunggu {most} jawaban. Yang ini dijawab setelah salah satunya selesai.",
        "You are waiting for {most} answers already. This one follows when one of them is there.",
    ),
    "not_a_table": (
        "Berkas ini bukan tabel yang dapat dibaca ({kinds}).",
        "This file is no table that can be read ({kinds}).",
    ),
    "upload_gone": (
        "Berkas itu sudah dihapus dari server (paling lama satu jam). Pilih lagi.",
        "That file is gone from the server (after an hour at most). Choose it again.",
    ),
    "job_gone": (
        "Hitungan itu sudah tidak ada. Mulai lagi.",
        "That work is not there any more. Begin again.",
    ),
    "evaluation_preparing": (
        "Angka sedang disiapkan dari catatan. Coba lagi sebentar lagi.",
        "The figures are being made from the record. Try again in a moment.",
    ),
    "not_classified": (
        "Insiden {incident_number} belum punya subkategori. Pilih dulu, lalu unit diusulkan.",
        "Incident {incident_number} has no sub-category yet. Choose one, then units are proposed.",
    ),
    "not_found": ("Tidak ditemukan.", "Not found."),
    "method_not_allowed": ("Alamat ini tidak menerima cara itu.", "Not possible at this address."),
    "busy": (
        "Sedang sangat sibuk. Coba lagi; tindakan yang sama tidak akan tercatat dua kali.",
        "Very busy now. Try again; the same action is never recorded twice.",
    ),
    "store_away": (
        "Basis data tidak terjangkau. Telepon tetap jalan; coba lagi sebentar.",
        "The database cannot be reached. The telephone works on; try again shortly.",
    ),
    "switch_away": (
        "Sakelar telepon tidak terjangkau. Panggilan yang berjalan tetap terdengar; coba lagi.",
        "The telephone switch cannot be reached. Calls in progress go on; try again.",
    ),
    "switch_failed": (
        "Sakelar telepon tidak dapat melakukannya sekarang ({why}). Coba lagi.",
        "The telephone switch cannot do this now ({why}). Try again.",
    ),
    "internal": (
        "Terjadi kesalahan pada server dan sudah dicatat. Coba lagi; bila berulang, hubungi admin.",
        "The server made a mistake and has recorded it. Try again; if it goes on, tell the admin.",
    ),
}

_INCIDENT: Final[Mapping[str, tuple[str, str]]] = {
    "unknown_incident": ("Insiden itu tidak dikenal.", "That incident is not known."),
    "incident_closed": (
        "Insiden {incident_number} sudah ditutup. Buka kembali bila perlu.",
        "Incident {incident_number} is closed. Reopen it if needed.",
    ),
    "incident_merged": (
        "Insiden itu sudah digabung ke insiden lain.",
        "That incident was merged into another one.",
    ),
    "merged_into_itself": (
        "Insiden tidak dapat digabung dengan dirinya sendiri.",
        "An incident cannot be merged with itself.",
    ),
    "units_still_working": (
        "Belum dapat ditutup: {units} masih bekerja pada insiden {incident_number}.",
        "It cannot be closed yet: {units} still work on incident {incident_number}.",
    ),
    "units_at_work": (
        "Tidak dapat dibatalkan: {units} sudah bekerja pada insiden {incident_number}.",
        "It cannot be undone: {units} already work on incident {incident_number}.",
    ),
    "too_late_to_undo": (
        "Terlambat dibatalkan: sudah lebih dari {seconds_max} detik.",
        "Too late to undo: it is more than {seconds_max} seconds ago.",
    ),
    "not_an_answer": (
        "Instansi belum menjawab: {state}.",
        "The agency has not answered: {state}.",
    ),
    "not_sent": (
        "Insiden {incident_number} belum dikirim. Kirim dulu, lalu tugaskan unit.",
        "Incident {incident_number} has not been sent. Send it first, then assign units.",
    ),
    "not_enough_to_send": (
        "Belum cukup untuk mengirim bantuan. Masih perlu: {missing}.",
        "Not enough to send help yet. Still needed: {missing}.",
    ),
    "changed_meanwhile": (
        "{by} baru saja mengubah isian ini. Lihat dulu, lalu pilih lagi.",
        "{by} has just changed this field. Look at it, then choose again.",
    ),
    "unknown_nature": (
        "Subkategori {nature} tidak ada. Pilih dari daftar.",
        "There is no sub-category {nature}. Choose one from the list.",
    ),
    "unknown_protocol": ("Protokol {protocol} tidak ada.", "There is no protocol {protocol}."),
    "unknown_question": (
        "Pertanyaan {question} tidak ada dalam protokol ini.",
        "The question {question} is not in this protocol.",
    ),
    "answer_unreadable": (
        "Jawaban untuk {question} tidak dapat dibaca.",
        "The answer to {question} could not be read.",
    ),
    "place_empty": (
        "Lokasi kosong: isi kata-kata penelepon atau titik di peta.",
        "The place is empty: give the caller's words or a point on the map.",
    ),
    "place_unreadable": (
        "Koordinat tidak dapat dibaca. Periksa angka lintang dan bujur.",
        "The coordinates could not be read. Check latitude and longitude.",
    ),
    "too_many_notes": (
        "Catatan insiden ini sudah {notes_max}; tidak ditambah lagi.",
        "This incident already has {notes_max} notes; no more are added.",
    ),
    "too_many_reports": (
        "Laporan insiden ini sudah {reports_max}; buka insiden baru.",
        "This incident already has {reports_max} reports; open a new one.",
    ),
    "unknown_report": ("Laporan itu tidak dikenal.", "That report is not known."),
    "report_linked_elsewhere": (
        "Laporan itu sudah terhubung ke insiden {incident_number}.",
        "That report is already linked to incident {incident_number}.",
    ),
}

_TASK: Final[Mapping[str, tuple[str, str]]] = {
    "unknown_agency": ("Instansi {agency} tidak dikenal.", "The agency {agency} is not known."),
    "agency_not_tasked": (
        "{agency} belum diminta untuk insiden ini.",
        "{agency} has not been asked for this incident.",
    ),
    "task_over": (
        "Tugas {agency} sudah selesai ({state}).",
        "The task of {agency} is over ({state}).",
    ),
    "handed_over_to_itself": (
        "Tugas tidak dapat diserahkan ke instansi yang sama.",
        "A task cannot be handed over to the same agency.",
    ),
    "too_many_officers": (
        "Sudah {officers_max} petugas memantau; tidak ditambah lagi.",
        "{officers_max} officers are watching already; no more are added.",
    ),
}

_UNIT: Final[Mapping[str, tuple[str, str]]] = {
    "unknown_unit": ("Unit {unit} tidak dikenal.", "The unit {unit} is not known."),
    "unit_taken": (
        "{unit} baru saja ditugaskan ke insiden {incident_number} oleh {by}.",
        "{unit} was just assigned to incident {incident_number} by {by}.",
    ),
    "unit_not_available": (
        "{unit} sedang tidak siaga ({state}).",
        "{unit} is not available ({state}).",
    ),
    "unit_of_other_agency": (
        "{unit} adalah unit {agency}; tugaskan atas nama instansi itu.",
        "{unit} belongs to {agency}; assign it for that agency.",
    ),
    "not_mass": (
        "Insiden {incident_number} bukan kejadian massal. Nyatakan dulu.",
        "Incident {incident_number} is no mass event. Declare it first.",
    ),
    "unit_not_assigned": (
        "{unit} tidak ditugaskan ke insiden ini.",
        "{unit} is not assigned to this incident.",
    ),
    "unit_at_work": (
        "{unit} sedang bertugas di insiden {incident_number}.",
        "{unit} is at work on incident {incident_number}.",
    ),
    "addressee_missing": (
        "Pesan perlu satu tujuan: unit atau instansi.",
        "A message needs one addressee: a unit or an agency.",
    ),
    "message_empty": ("Pesan itu kosong.", "That message is empty."),
    "agency_not_asked": (
        "{agency} belum dilibatkan di insiden ini.",
        "{agency} has not been asked to this incident.",
    ),
    "too_many_messages": (
        "Insiden ini sudah punya {messages_max} pesan. Telepon saja.",
        "This incident has {messages_max} messages already. Phone instead.",
    ),
    "unit_released": (
        "{unit} sudah dilepas dari insiden ini.",
        "{unit} has been released from this incident.",
    ),
    "unit_working": (
        "{unit} masih bekerja pada sebuah insiden.",
        "{unit} still works on an incident.",
    ),
    "assignment_over": (
        "Penugasan {unit} sudah selesai.",
        "The assignment of {unit} is over.",
    ),
    "progress_backward": (
        "{unit} sudah sampai tahap {now}. Pakai koreksi bila salah ketuk.",
        "{unit} has already reached {now}. Use a correction if it was a wrong tap.",
    ),
    "unknown_hospital": ("Rumah sakit {hospital} tidak ada.", "There is no hospital {hospital}."),
    "promise_unreadable": (
        "Waktu tiba tidak masuk akal: berangkat, paling cepat, paling lambat harus berurutan.",
        "The arrival times make no sense: departure, earliest and latest must be in order.",
    ),
    "too_many_assignments": (
        "Insiden ini sudah memiliki {assignments_max} penugasan.",
        "This incident already has {assignments_max} assignments.",
    ),
    "too_many_reasons": (
        "Terlalu banyak alasan; paling banyak {reasons_max}.",
        "Too many reasons; at most {reasons_max}.",
    ),
}

_ALARM: Final[Mapping[str, tuple[str, str]]] = {
    "alarm_taken": ("Sudah diambil {by} ({desk}).", "Already taken by {by} ({desk})."),
    "alarm_taken_away": ("Sudah diambil {by}.", "Already taken by {by}."),
    "alarm_over": (
        "Alarm itu sudah selesai dengan sendirinya.",
        "That alarm has ended by itself.",
    ),
    "unknown_alarm": ("Alarm itu tidak dikenal.", "That alarm is not known."),
    "alarm_too_urgent": (
        "Hanya alarm ● yang boleh ditunda. Ambil alarm ini.",
        "Only a ● alarm may be shelved. Take this one.",
    ),
    "shelved_too_long": (
        "Paling lama {minutes_max} menit.",
        "At most {minutes_max} minutes.",
    ),
}

_ANY: Final[Mapping[str, tuple[str, str]]] = {
    "text_steers": (
        "Teks {field} memuat tanda pembalik arah tulisan ({sign}); ketik ulang, jangan ditempel.",
        "The text {field} has a sign that turns the direction of writing ({sign}); type it anew.",
    ),
    "text_too_long": (
        "Teks {field} terlalu panjang; paling banyak {characters_max} huruf.",
        "The text {field} is too long; at most {characters_max} characters.",
    ),
    "command_id_invalid": (
        "Nomor tindakan tidak sah. Muat ulang halaman.",
        "The action's id is not valid. Reload the page.",
    ),
    "command_id_used": (
        "Nomor tindakan sudah dipakai untuk hal lain. Coba lagi.",
        "The action's id was used for something else. Try again.",
    ),
    "key_unreadable": ("Kunci tidak dapat dibaca.", "The key could not be read."),
    "bad_identifier": ("Kunci tidak dapat dibaca.", "The key could not be read."),
    "unknown_text": ("Teks itu tidak dikenal.", "That text is not known."),
    "taken": ("Sudah dipegang pihak lain.", "Somebody else has it already."),
}

TABLES: Final = (
    _WEB,
    ACCOUNT,
    CALL,
    DESK,
    RECORDING,
    CITY,
    PACK,
    LANE,
    SCENE,
    _INCIDENT,
    _TASK,
    _UNIT,
    _ALARM,
    _ANY,
)
"""No key stands in two of them: the words of one would be told for the other."""

MESSAGES: Final[Mapping[str, tuple[str, str]]] = {
    reason: words for table in TABLES for reason, words in table.items()
}


class _Details(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def message(reason: str, details: Mapping[str, str]) -> Message:
    """The sentence for a reason; an unknown one is told as the key itself."""
    known = MESSAGES.get(reason)
    if known is None:
        return Message(f"Ditolak: {reason}.", f"Refused: {reason}.")
    terms = {name: in_words(name, value) for name, value in details.items()}
    indonesian = _Details({name: term[0] for name, term in terms.items()})
    english = _Details({name: term[1] for name, term in terms.items()})
    return Message(
        id=_begun(known[0].format_map(indonesian)), en=_begun(known[1].format_map(english))
    )


def _begun(sentence: str) -> str:
    """With a capital, also where it begins with the name of a desk."""
    return sentence[:1].upper() + sentence[1:]
