"""Whom a desk can ring by name."""

from msgspec.structs import replace

from kentongan.cities.directory import directory_of, telephones_of
from kentongan.cities.facts import AgencyKind
from kentongan.cities.pack import load, packaged
from kentongan.edge.switch.wiring import city_of


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


def test_a_desks_own_telephone_is_rung_by_the_desk_and_is_in_no_list() -> None:
    """The switch finds it under the desk's key; nobody is offered it as somebody to talk to."""
    pack = load(packaged())
    assert telephones_of(pack) == {}, "no number is invented: a real carrier would ring it"
    first, *others = pack.desks
    fitted = replace(pack, desks=(replace(first, phone="201"), *others))
    assert city_of(fitted, packaged()).directory["desk_1"] == "201"
    assert "desk_1" not in {contact.key for contact in directory_of(fitted)}
