"""A small, safe reader of XML into plain nodes.

No DTD, no entities, no network; size and depth are bounded. Not a validator: it says whether the
octets are well formed and what they contain.
"""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from kentongan.sip.errors import ParseError

XML_BYTES_MAX = 65_536
"""Octets of one document: the largest message we read."""
DEPTH_MAX = 40
"""Nested elements; a PIDF-LO has about ten."""
NODES_MAX = 4_000
"""Elements of one document; a polygon of 1,000 points in single `pos` elements fits."""


class Node:
    """An element: namespace, local name, attributes, own text, children."""

    __slots__ = ("attributes", "children", "name", "namespace", "text")

    def __init__(self, namespace: str, name: str, attributes: dict[str, str]) -> None:
        self.namespace = namespace
        self.name = name
        self.attributes = attributes
        self.text = ""
        self.children: list[Node] = []

    def walk(self) -> list[Node]:
        """This node and all below it, in document order."""
        found: list[Node] = []
        waiting: list[Node] = [self]
        while waiting:
            node = waiting.pop()
            found.append(node)
            waiting.extend(reversed(node.children))
        return found

    def find(self, name: str) -> Node | None:
        """The first node of that local name, below this one or itself."""
        return next((node for node in self.walk() if node.name == name), None)


class _Builder:
    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= DEPTH_MAX or self._count > NODES_MAX:
            raise ParseError("document too deep or too long", None)
        namespace, _, local = name.rpartition(" ")
        plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        node = Node(namespace, local, plain)
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.root = node
        self._open.append(node)

    def end(self, _name: str) -> None:
        self._open.pop()

    def characters(self, text: str) -> None:
        self._open[-1].text += text


def _refuse_doctype(*_: object) -> NoReturn:
    raise ParseError("document type declarations are not read", None)


def read_xml(data: bytes) -> Node:
    """The root element. Raises `ParseError` for anything not well formed or beyond the limits."""
    if len(data) > XML_BYTES_MAX:
        raise ParseError(f"document of more than {XML_BYTES_MAX} octets", None)
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(data.strip(), True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise ParseError(f"not well-formed XML: {error}", None) from None
    if builder.root is None:
        raise ParseError("document without an element", None)
    return builder.root
