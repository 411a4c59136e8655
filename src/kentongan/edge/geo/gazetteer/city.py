"""The gazetteer of a whole city from whatever is known of it: pack, map, road network.

A bare pack gives names with centroids; a network adds streets and crossings; an extract adds all
that is mapped. Where the pack and the map know the same facility, both are kept: the pack's has the
city's own telephone numbers and says its source, and places that close count as one.
"""

from collections.abc import Sequence

from kentongan.cities.pack import CityPack
from kentongan.edge.geo.gazetteer.areas import Areas
from kentongan.edge.geo.gazetteer.crossings import Crossings
from kentongan.edge.geo.gazetteer.documents import Document
from kentongan.edge.geo.gazetteer.from_extract import crossings_of, documents_of
from kentongan.edge.geo.gazetteer.from_network import crossings_of_network, documents_of_network
from kentongan.edge.geo.gazetteer.from_pack import documents_of_pack, streets_of_pack
from kentongan.edge.geo.gazetteer.gazetteer import Gazetteer, build
from kentongan.edge.geo.network.road_network import RoadNetwork
from kentongan.edge.geo.osm.raw import Extract


def build_city(
    pack: CityPack,
    extract: Extract | None = None,
    network: RoadNetwork | None = None,
    further: Sequence[Document] = (),
) -> Gazetteer:
    """Everything that is known, as one gazetteer.

    With an extract, streets come from its ways and crossings from the nodes they share; a network
    serves where there is no extract (the synthetic city). Where no street is mapped the crossings
    and main streets that the pack knows are found, too.
    """
    areas = Areas.of_pack(pack, extract.areas if extract else ())
    documents: list[Document] = [*documents_of_pack(pack), *further]
    if extract is not None:
        documents += documents_of(extract, areas)
        crossings = crossings_of(extract)
    elif network is not None:
        documents += documents_of_network(network, areas)
        is_mapped = network.source == "osm"
        crossings = crossings_of_network(network, () if is_mapped else pack.junctions)
        if not is_mapped:
            documents += streets_of_pack(pack, documents)
    else:
        documents += streets_of_pack(pack, documents)
        crossings = Crossings.of((), known=pack.junctions)
    return build(documents, areas, crossings)
