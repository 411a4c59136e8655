"""Closed lists about shortages and hospitals."""

from typing import Literal

ShortageWay = Literal["soon_free", "part", "other_agency", "neighbour", "own_transport", "wait"]
"""What a person decides when no fitting unit is free: send one as soon as it is, send what can do a
part, ask an agency whose vehicles we do not assign, the neighbouring centre, let somebody drive
with guidance, or wait by a supervisor's word."""

EmergencyRoom = Literal["open", "busy", "full", "closed"]
"""How a hospital's emergency room stands: it takes patients, takes them slowly, takes none, is
shut."""

HelpKind = Literal["police", "ambulance", "fire_rescue", "other", "reporter"]
"""What those at the scene ask the room for: police, one more ambulance, fire engine or rescue,
something else, or to be connected with who reported, whose number they do not see."""

Danger = Literal[
    "electricity",
    "gas",
    "fire",
    "chemicals",
    "weapon",
    "crowd",
    "traffic",
    "water",
    "collapse",
    "animal",
    "none",
]
"""What endangers those who come, as the caller says: a live wire, gas, fire or smoke, chemicals,
somebody armed or violent, a crowd, traffic that does not stop, deep or running water, what may fall
down, an animal. "none" is an answer too: it was asked, and the caller knows of nothing."""

Zone = Literal["hot", "warm", "cold"]
"""Where a unit works in a mass event: in the danger, where people are sorted and made ready, or
behind it, where they are treated and taken away."""
