"""Commands to a hospital: how its emergency room stands, as somebody there said."""

from msgspec import Struct

from kentongan.core.scene_words import EmergencyRoom
from kentongan.core.words import Personal


class SetHospitalStatus(Struct, frozen=True, kw_only=True, tag="hospital.set_status"):
    """Emergency room and free beds, as of now. Said again it is as new as that."""

    hospital: str
    emergency: EmergencyRoom
    beds: int | None = None
    note: Personal | None = None


HospitalCommand = SetHospitalStatus
