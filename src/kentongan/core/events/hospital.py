"""What can happen to a hospital, as far as the room knows."""

from msgspec import Struct

from kentongan.core.scene_words import EmergencyRoom
from kentongan.core.words import Personal


class HospitalStatusSet(Struct, frozen=True, kw_only=True, tag="hospital.status_set"):
    """Emergency room and free beds."""

    emergency: EmergencyRoom
    beds: int | None = None
    note: Personal | None = None


HospitalEvent = HospitalStatusSet
