"""The words of every no about calls and desks, in Indonesian and English.

Part of `messages`, which says what the sentences promise; apart, because the telephone has as many
ways to say no as everything else together.
"""

from collections.abc import Mapping
from typing import Final

CALL: Final[Mapping[str, tuple[str, str]]] = {
    "unknown_call": ("Panggilan itu tidak dikenal.", "That call is not known."),
    "call_taken": (
        "Sudah dijawab {by} ({desk}).",
        "Already answered by {by} ({desk}).",
    ),
    "call_over": ("Panggilan itu sudah berakhir.", "That call is over."),
    "call_not_answered": (
        "Panggilan itu belum dijawab.",
        "That call has not been answered yet.",
    ),
    "silent_test_missing": (
        "Belum diuji: minta dulu menekan 5 atau mengetuk dua kali (Ctrl+D), lalu dengarkan.",
        "Not tested yet: first ask to press 5 or to tap twice (Ctrl+D), and listen.",
    ),
    "not_rung_back": (
        "Tidak ada yang menjawab panggilan ini: telepon balik dulu, atau tulis alasannya.",
        "Nobody answered this call: ring back first, or write why not.",
    ),
    "silent_test_runs": (
        "Uji hening masih berjalan: dengarkan {seconds} detik lagi.",
        "The silent test still runs: listen {seconds} seconds more.",
    ),
    "caller_answered": (
        "Penelepon menjawab uji hening ({keys}): ini bukan panggilan hantu.",
        "The caller answered the silent test ({keys}): this is no ghost call.",
    ),
    "duty_call": (
        "Panggilan ini menelepon petugas jaga ({label}); tidak ada meja di dalamnya.",
        "This call rings somebody on duty ({label}); no desk is in it.",
    ),
    "already_rung": (
        "Telepon petugas jaga itu sudah dideringkan untuk tugas ini.",
        "That telephone of somebody on duty is already rung for this task.",
    ),
    "caller_wrote": (
        "Penelepon menulis di samping suara: ini bukan panggilan hantu.",
        "The caller wrote beside the voice: this is no ghost call.",
    ),
    "desk_busy": (
        "{desk} masih punya panggilan. Akhiri atau tahan dulu.",
        "{desk} still has a call. End it or hold it first.",
    ),
    "recording_differs": (
        "Rekaman {segment} sudah tercatat dengan isi lain.",
        "The recording {segment} is already recorded with another content.",
    ),
    "too_many_recordings": (
        "Rekaman panggilan ini sudah {recordings_max}; tidak ditambah lagi.",
        "This call already has {recordings_max} recordings; no more are added.",
    ),
    "call_transferred": (
        "Panggilan itu sudah dialihkan; penelepon sedang dengan pihak lain.",
        "That call was transferred; the caller is with somebody else.",
    ),
    "call_exists": (
        "Nomor panggilan itu sudah dipakai. Coba lagi.",
        "The id of that call is in use already. Try again.",
    ),
    "number_missing": ("Nomor yang dituju kosong.", "The number to ring is empty."),
    "no_trunk": (
        "Tidak ada saluran keluar untuk nomor itu.",
        "No trunk leads to that number.",
    ),
    "lines_full": (
        "Semua saluran terpakai. Coba lagi sebentar.",
        "All lines are in use. Try again shortly.",
    ),
    "too_late": (
        "Permintaan menelepon datang terlambat dan tidak dilakukan. Tekan lagi.",
        "The wish to ring came too late and was not carried out. Press again.",
    ),
    "not_rung": ("Panggilan itu tidak berdering di {desk}.", "That call does not ring at {desk}."),
    "own_call": ("Panggilan itu milik meja ini sendiri.", "That call is this desk's own."),
    "too_many_texts": (
        "Panggilan ini sudah {texts_max} baris teks; tidak ditambah lagi.",
        "This call already has {texts_max} lines of text; no more are added.",
    ),
    "too_many_lines": (
        "Terlalu cepat: paling banyak {lines_max} baris dalam 10 detik. Kirim lagi sebentar.",
        "Too fast: at most {lines_max} lines in 10 seconds. Send it again shortly.",
    ),
    "offer_unreadable": (
        "Tawaran suara dari peramban tidak dapat dibaca ({why}).",
        "The browser's offer of sound cannot be read ({why}).",
    ),
    "no_text_line": (
        "Telepon penelepon ini tidak menerima teks.",
        "This caller's telephone takes no text.",
    ),
    "caller_types": (
        "Penelepon ini tidak terdengar, hanya mengetik; telepon lain tidak dapat membacanya.",
        "This caller cannot be heard and only types; no other telephone can read that.",
    ),
    "unknown_party": ("Pihak itu tidak dikenal.", "That party is not known."),
    "party_used": (
        "Kunci pihak itu sudah dipakai untuk pihak lain. Coba lagi.",
        "That party's key was used for somebody else. Try again.",
    ),
    "party_gone": ("Pihak itu sudah tidak tersambung.", "That party is no longer connected."),
    "party_not_joined": ("Pihak itu belum menjawab.", "That party has not answered yet."),
    "party_held": (
        "Meja ini sedang ditahan: sampai dilanjutkan, ia tidak didengar dan tidak mendengar.",
        "This desk is on hold: until it is resumed it is not heard and does not hear.",
    ),
    "party_without_address": (
        "Pihak itu tidak punya nomor. Pilih dari direktori atau tulis nomornya.",
        "That party has no number. Choose one from the directory or type the number.",
    ),
    "too_many_parties": (
        "Panggilan ini sudah dengan {parties_max} pihak. Lepaskan satu dulu.",
        "This call already has {parties_max} parties. Let one go first.",
    ),
    "desk_not_joined": (
        "{desk} belum ikut dalam panggilan. Undang dulu.",
        "{desk} is not in the call yet. Invite it first.",
    ),
    "too_many_supervisors": (
        "Panggilan ini sudah didengar {supervisors_max} supervisor.",
        "{supervisors_max} supervisors hear this call already.",
    ),
    "call_not_over": ("Panggilan itu belum berakhir.", "That call is not over yet."),
    "callback_settled": (
        "Panggilan itu sudah diselesaikan.",
        "That call has been settled already.",
    ),
    "callback_claimed": (
        "{by} sudah menangani telepon balik ini.",
        "{by} is already ringing back.",
    ),
    "too_many_callbacks": (
        "Sudah {callbacks_max} kali ditelepon balik; tidak dicatat lagi.",
        "Rung back {callbacks_max} times already; no more are noted.",
    ),
    "no_voice_callback": (
        "Jangan ditelepon balik: di sana mungkin ada yang mendengar. Kirim pesan netral saja.",
        "Do not ring back: somebody may be listening there. Send a neutral text only.",
    ),
    "unknown_recording": (
        "Rekaman {segment} tidak dikenal.",
        "The recording {segment} is not known.",
    ),
    "recording_erased": (
        "Rekaman {segment} sudah dihapus.",
        "The recording {segment} has been erased.",
    ),
    "recordings_held": (
        "Rekaman ini ditahan untuk keperluan hukum dan tidak boleh dihapus.",
        "These recordings are on legal hold and may not be erased.",
    ),
    "reason_missing": ("Alasan wajib diisi.", "A reason is required."),
    "quality_unreadable": (
        "Angka mutu suara tidak dapat dibaca.",
        "The figures of the sound could not be read.",
    ),
    "too_many_legs": (
        "Panggilan ini sudah {legs_max} saluran; mutunya tidak dicatat lagi.",
        "This call already has {legs_max} legs; no more quality is kept.",
    ),
}

DESK: Final[Mapping[str, tuple[str, str]]] = {
    "no_location_reference": (
        "Panggilan ini tidak membawa rujukan lokasi yang boleh ditanya.",
        "This call brought no reference to a location that may be asked.",
    ),
    "location_just_asked": (
        "Lokasi baru saja ditanyakan. Coba lagi setelah {seconds} detik.",
        "The location has just been asked for. Try again after {seconds} s.",
    ),
    "location_asked_enough": (
        "Lokasi sudah {times} kali ditanyakan lagi dalam panggilan ini.",
        "The location was asked for again {times} times in this call already.",
    ),
    "location_link_unreadable": (
        "Tautan lokasi tidak dapat dibuat. Coba lagi.",
        "The link for the location could not be made. Try again.",
    ),
    "unknown_desk": ("Meja {desk} tidak dikenal.", "The desk {desk} is not known."),
    "desk_taken": (
        "{desk} sedang dipakai {by}.",
        "{desk} is in use by {by}.",
    ),
    "desk_free": ("Tidak ada yang berdinas di {desk}.", "Nobody is on duty at {desk}."),
    "not_on_duty": (
        "Anda belum berdinas. Mulai dinas di meja Anda, lalu coba lagi.",
        "You are not on duty. Start duty at your desk and try again.",
    ),
    "on_duty_elsewhere": (
        "Anda berdinas di {desk}, bukan di meja itu.",
        "You are on duty at {desk}, not at that desk.",
    ),
    "agent_at_other_desk": (
        "Anda masih berdinas di {desk}. Akhiri dinas di sana dulu.",
        "You are still on duty at {desk}. End duty there first.",
    ),
    "on_duty_in_other_window": (
        "Anda sedang bertugas di jendela lain ({desk}). Suara hanya di satu jendela.",
        "You are on duty in another window ({desk}). One window has the sound.",
    ),
    "desk_in_call": (
        "{desk} sedang dalam panggilan. Akhiri atau alihkan dulu, lalu akhiri dinas.",
        "{desk} is in a call. End it or hand it over first, then end duty.",
    ),
    "last_desk": (
        "Tidak ada meja lain yang berdinas. Tunggu pengganti, lalu istirahat.",
        "No other desk is on duty. Wait for somebody, then take the break.",
    ),
    "time_unreadable": ("Waktu itu tidak dapat dibaca.", "That time could not be read."),
    "too_many_skills": (
        "Terlalu banyak keahlian atau bahasa; paling banyak {skills_max}.",
        "Too many skills or languages; at most {skills_max}.",
    ),
}
