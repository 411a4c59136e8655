"""What the map's addresses answer, where it is not a word of geography itself."""

from msgspec import Struct

from kentongan.geography import CityShown, MapFacility


class MapCity(Struct, frozen=True, kw_only=True):
    """The city in use and what stands in it."""

    city: CityShown
    facilities: tuple[MapFacility, ...]
