"""Whom a desk can ring by name."""

from kentongan.cities.directory import directory_of
from kentongan.cities.pack import load, packaged


def test_semarangs_directory() -> None:
    """The fire service by its telephone, hospitals by theirs; nobody without a number."""
    contacts = {contact.key: contact for contact in directory_of(load(packaged()))}
    assert contacts["damkar"].number == "024-7605871"
    assert contacts["damkar"].kind == "agency"
    assert contacts["rsup_dr_kariadi"].kind == "hospital"
    assert "dinkes" not in contacts  # it has a console and no telephone
    assert all(contact.number for contact in contacts.values())
