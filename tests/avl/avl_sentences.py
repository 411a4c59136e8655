"""Sentences of a receiver, for tests: with their checksums."""

from datetime import datetime

from kentongan.edge.avl.nmea import checksum


def sentence(content: str) -> str:
    """The content with `$` and its checksum."""
    return f"${content}*{checksum(content):02X}"


def angle(value: float, digits: int, sides: str) -> str:
    """Degrees as ddmm.mmmm and a side."""
    degrees = int(abs(value))
    minutes = (abs(value) - degrees) * 60
    return f"{degrees:0{digits}}{minutes:08.5f},{sides[value < 0]}"


def rmc(at: datetime, lat: float, lon: float, *, status: str = "A", knots: str = "22.4") -> str:
    """An RMC sentence."""
    where = f"{angle(lat, 2, 'NS')},{angle(lon, 3, 'EW')}"
    return sentence(f"GPRMC,{at:%H%M%S}.00,{status},{where},{knots},084.4,{at:%d%m%y},,,A")


def gga(at: datetime, lat: float, lon: float, *, quality: int = 1, hdop: str = "0.9") -> str:
    """A GGA sentence."""
    where = f"{angle(lat, 2, 'NS')},{angle(lon, 3, 'EW')}"
    return sentence(f"GNGGA,{at:%H%M%S}.00,{where},{quality},08,{hdop},12.0,M,5.1,M,,")
