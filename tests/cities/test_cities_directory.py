"""Whom a desk can ring by name."""

from msgspec.structs import replace

from kentongan.cities.directory import directory_of
from kentongan.cities.facts import AgencyKind
from kentongan.cities.pack import load, packaged


def test_semarangs_directory() -> None:
    """The fire service by its telephone, hospitals by theirs; nobody without a number."""
    contacts = {contact.key: contact for contact in directory_of(load(packaged()))}
    assert contacts["damkar"].number == "024-7605871"
    assert contacts["damkar"].kind == "agency"
    assert contacts["rsup_dr_kariadi"].kind == "hospital"
    assert "dinkes" not in contacts  # it has a console and no telephone
    assert all(contact.number for contact in contacts.values())


def test_an_interpreter_is_found_as_one() -> None:
    """Of an agency that interprets, a desk sees what it is, as of a neighbouring centre."""
    pack = load(packaged())
    fire = next(agency for agency in pack.agencies if agency.key == "damkar")
    kinds = (AgencyKind.INTERPRETER, AgencyKind.NEIGHBOUR, AgencyKind.FIRE)
    agencies = tuple(replace(fire, key=kind.value, kind=kind) for kind in kinds)
    contacts = directory_of(replace(pack, agencies=agencies))[:3]
    assert [contact.kind for contact in contacts] == ["interpreter", "neighbour", "agency"]
