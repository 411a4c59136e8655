"""The words of every no about versions of the city pack links to follow help, and drills."""

from collections.abc import Mapping
from typing import Final

PACK: Final[Mapping[str, tuple[str, str]]] = {
    "pack_reason_missing": (
        "Tulis alasan perubahan. Alasan tercatat di jejak audit.",
        "Say why it is changed. The reason goes on record.",
    ),
    "pack_moved_on": (
        "Usulan dibuat atas versi {base}, yang berlaku versi {active}. Coba ulang di atasnya.",
        "This was written over version {base}; version {active} is in use. Try it over that one.",
    ),
    "pack_unchanged": (
        "Tidak ada yang berubah dari versi yang berlaku.",
        "Nothing differs from the version in use.",
    ),
    "pack_too_large": (
        "Berkasnya terlalu besar; paling banyak {characters_max} huruf.",
        "The files are too large; at most {characters_max} characters.",
    ),
    "too_many_pack_proposals": (
        "Sudah ada {most} usulan yang menunggu. Berlakukan atau tarik dulu.",
        "{most} proposals are waiting already. Put one into use or withdraw one first.",
    ),
    "pack_own_proposal": (
        "Yang mengusulkan tidak bisa menyetujui atau mengesahkan sendiri. Minta orang lain.",
        "Whoever proposed it cannot agree to it or sign it. Ask somebody else.",
    ),
    "pack_needs_second": (
        "{places} perubahan melemahkan keselamatan. Admin lain harus menyetujui dulu.",
        "{places} changes weaken safety. Another administrator must agree first.",
    ),
    "protocol_not_signed": (
        "Panduan {protocols} belum disahkan oleh yang berwenang.",
        "Protocol {protocols} has not been signed by its authority.",
    ),
    "protocol_authority_unknown": (
        "Pilih sebagai siapa panduan ini disahkan: {authorities}.",
        "Choose as whom this protocol is signed: {authorities}.",
    ),
    "protocol_signed_by_you": (
        "Akun ini sudah mengesahkan panduan ini. Tanda tangan lainnya dari akun lain.",
        "This account has signed this protocol. The other signature comes from another account.",
    ),
    "protocol_other_authority": (
        "Akun ini mengesahkan sebagai {authority}. Pejabat lain memakai akunnya sendiri.",
        "This account signs as {authority}. Another authority signs with an account of its own.",
    ),
    "protocol_digest_unreadable": (
        "Tanda panduan itu tidak terbaca. Buka panduannya sekali lagi.",
        "That protocol's mark cannot be read. Open the protocol once more.",
    ),
    "pack_in_use": (
        "Versi yang sedang berlaku tidak bisa ditarik. Kembalikan versi lain.",
        "The version in use cannot be withdrawn. Bring another one back.",
    ),
    "pack_version_over": (
        "Versi {number} sudah tidak menunggu lagi.",
        "Version {number} is not waiting any more.",
    ),
    "unknown_pack_version": ("Tidak ada versi {number}.", "There is no version {number}."),
    "pack_has_problems": (
        "Ada {problems} kesalahan. Yang pertama: {first}.",
        "There are {problems} mistakes. The first: {first}.",
    ),
    "pack_weakens_too_much": (
        "Lebih dari {most} tempat melemahkan keselamatan. Usulkan dalam beberapa bagian.",
        "More than {most} places weaken safety. Propose it in parts.",
    ),
    "follow_not_safe": (
        "Insiden ini tidak diberi tautan: HP pelapor mungkin dilihat orang lain.",
        "This incident gets no link: somebody else may look at the reporter's telephone.",
    ),
    "too_many_follow_links": (
        "Pelapor ini sudah mendapat {most} tautan.",
        "This reporter has {most} links already.",
    ),
    "link_unreadable": ("Tautan itu tidak terbaca.", "That link cannot be read."),
    "too_many_looks": (
        "Terlalu banyak percobaan dari jaringan ini. Telepon 112.",
        "Too many attempts from this network. Phone 112.",
    ),
    "no_drill": (
        "Belum ada latihan skenario itu dalam tiga jam terakhir.",
        "There was no drill of that scenario in the last three hours.",
    ),
}
